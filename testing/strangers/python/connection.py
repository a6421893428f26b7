"""A Web connection: one device writes what it is told to another. Here slixmpp is the other device, in both directions.

The device at --device is bound to this one: it reports its output 2 as the output 1 here.
"""

import asyncio
import xml.etree.ElementTree as ET

from slixmpp import JID
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from soap import LON, LON_NS, SOAP, body, call, envelope, item, value
from stranger import WITHIN, Stranger, arguments, check, main, ok, show

OUTPUT_1 = "Net/LON/iLON App/Digital Output 1/nviClaValue_1"
OUTPUT_2 = "Net/LON/iLON App/Digital Output 2/nviClaValue_1"
# Reports of devices carry it, and so do all answers.
PROPERTIES = f"""<SOAP-ENV:Header><p:messageProperties xmlns:p="{LON_NS}">
    <p:UCPTtimeStamp>2008-04-08T11:14:56.289-07:00</p:UCPTtimeStamp><p:UCPTuniqueId>0300000A5BF2</p:UCPTuniqueId>
    </p:messageProperties></SOAP-ENV:Header>"""


def written(answer):
    """The answer to a call that wrote one point."""
    answer = body(answer)
    check(answer.tag == LON + "WriteResponse", show(answer))
    counts = [count.text for count in answer.iter(LON + "UCPTfaultCount")]
    check(counts == ["0"], show(answer))


class Device(Stranger):
    """Takes reports, and answers that they were written."""

    def __init__(self, *account):
        super().__init__(*account)
        self.reports = asyncio.Queue()
        self.register_handler(Callback("report", MatchXPath(f"{{jabber:client}}iq/{SOAP}Envelope"), self.report))

    def report(self, iq):
        if iq["type"] in ("get", "set"):
            answer = iq.reply(clear=True)
            answer.append(ET.fromstring(call("WriteResponse", "<iLonItem><UCPTfaultCount>0</UCPTfaultCount></iLonItem>")))
            answer.send()
            self.reports.put_nowait(iq)


async def connect(options):
    here = Device(options.jid, options.password, options.ca)
    await here.log_in(options.server)
    here.send_presence()
    there = JID(options.device)

    written(await here.ask("set", there, call("Write", item(OUTPUT_2, value("ON")))))
    # Who wrote it is not told of it: another session of the account shall be.
    check(here.reports.empty(), "the report came back to who wrote")
    other = Stranger(JID(options.jid).bare + "/other", options.password, options.ca)
    await other.log_in(options.server)
    written(await other.ask("set", there, call("Write", item(OUTPUT_2, value("OFF")))))
    report = await asyncio.wait_for(here.reports.get(), WITHIN)
    check(report["from"] == there, report)
    wrapper = report.xml.find(SOAP + "Envelope")
    check(wrapper.find(f"{SOAP}Header/{LON}messageProperties/{LON}UCPTuniqueId") is not None, show(wrapper))
    told = body(wrapper)
    names = [name.text for name in told.iter(LON + "UCPTname")]
    values = [value.text for value in told.iter(LON + "UCPTvalue")]
    check((told.tag, names, values) == (LON + "Write", [OUTPUT_1], ["OFF"]), show(told))
    ok("the device reports what was written")

    write = envelope(f'<Write xmlns="{LON_NS}">{item(OUTPUT_1, value("ON"))}</Write>', PROPERTIES)
    written(await here.ask("set", there, write))
    ok("the device takes a report")
    await other.leave()
    await here.leave()


main(connect(arguments("device")))
