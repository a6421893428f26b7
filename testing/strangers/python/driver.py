"""An application that drives a device: presence, discovery, chat, SOAP calls and control requests."""

import asyncio

from slixmpp import JID, Iq
from slixmpp.exceptions import IqError
from slixmpp.plugins.xep_0325.stanza import ControlSet
from slixmpp.xmlstream import register_stanza_plugin

from soap import LON, SOAP, body, call, item
from stranger import WITHIN, Failed, Stranger, arguments, check, main, ok, show

CLIENT = "{jabber:client}"
CONTROL = "{urn:xmpp:iot:control}"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
FAULT = "{http://jabber.org/protocol/soap#fault}"
FAN = "Net/LON/iLON App/Room/nviFan"
TIME = call("SystemService_Read_Info",
            "<iLONSystemService><UCPTsystemInfoType>SI_TIME</UCPTsystemInfoType></iLONSystemService>")


async def refused(request):
    """The answer to a request that must be refused."""
    try:
        answer = await request
    except IqError as error:
        return error.iq.xml
    raise Failed(f"it was not refused: {answer}")


async def presence(client, device):
    """The device lets the application see it, and is seen (RFC 6121 §3.1)."""
    heard = {}
    both = asyncio.Event()

    def hear(stanza):
        if stanza["from"].bare == device.bare:
            heard[stanza["type"]] = stanza["from"]
        if {"subscribed", "available"} <= heard.keys():
            both.set()

    for event in ("presence_subscribed", "presence_available"):
        client.add_event_handler(event, hear)
    # Only who keeps a roster is told how a subscription changes (§3.1.6).
    await client.get_roster(timeout=WITHIN)
    client.send_presence_subscription(device.bare)
    try:
        await asyncio.wait_for(both.wait(), WITHIN)
    except asyncio.TimeoutError:
        raise Failed(f"of the device came only {heard}")
    check(heard["available"] == device, f"{heard['available']} is available")
    # With roster versions (§2.6) the answer may be empty: what slixmpp has gathered counts.
    await client.get_roster(timeout=WITHIN)
    subscription = client.client_roster[device.bare]["subscription"]
    check(subscription in ("to", "both"), f"subscription {subscription} in the roster")


async def discovery(client, device):
    info = (await client.plugin["xep_0030"].get_info(jid=device, timeout=WITHIN))["disco_info"]
    check(("automation", "soap") in {identity[:2] for identity in info["identities"]}, info)
    for feature in ("http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/soap",
                    "urn:xmpp:iot:control", "urn:xmpp:iot:sensordata", "urn:xmpp:ping"):
        check(feature in info["features"], f"{feature} is not among the features: {info}")


async def ping(client, device):
    await client.plugin["xep_0199"].ping(device, timeout=WITHIN)


async def chat(client, device):
    message = client.make_message(mto=device, mbody="I am <well> & you?", mtype="chat")
    message["thread"] = "a-thread"
    message.send()
    answer = await client.next_message()
    check(answer["from"] == device and answer["type"] == "chat", answer)
    check(answer["body"] == "I like that statement.", answer)
    check(answer["thread"] == "a-thread", f"in another thread: {answer}")


async def soap_time(client, device):
    """The device's guide leaves open in which kind of request the call comes."""
    for kind in ("set", "get"):
        answer = await client.ask(kind, device, TIME)
        told = body(answer)
        check(told.tag == LON + "SystemService_Read_InfoResponse", show(answer))
        times = [time.text for time in told.iter(LON + "UCPTsystemTime")]
        check(len(times) == 1 and times[0][10:11] == "T", show(answer))


async def soap_fault(client, device):
    """XEP-0072 §6: the envelope with the fault, and the error that tells its code."""
    answer = await refused(client.ask("set", device, call("Dance")))
    error = answer.find(CLIENT + "error")
    check(error.find(STANZAS + "undefined-condition") is not None, show(answer))
    check(error.find(FAULT + "Sender") is not None, show(answer))
    fault = answer.find(f"{SOAP}Envelope/{SOAP}Body/{SOAP}Fault")
    check(fault is not None, show(answer))
    # SOAP 1.1 §4.4 has both without namespace. ejabberd drops each xmlns='' that comes to it over BOSH, and so they
    # come with the namespace around them.
    check(fault.findtext("{*}faultcode").split(":")[-1] == "Client", show(answer))
    check("Dance" in fault.findtext("{*}faultstring"), show(answer))


async def control(client, device):
    """XEP-0325 §3.2: what is set is there when it is read, in both spellings of a boolean."""
    register_stanza_plugin(Iq, ControlSet)
    iq = client.make_iq_set(ito=device)
    iq["set"].add_data("Fan", "boolean", "true")
    iq["set"].add_data("Level", "int", "2")
    iq["set"].add_data("Setpoint", "double", "21.5")
    answer = (await iq.send(timeout=WITHIN)).xml
    check(answer.find(CONTROL + "setResponse") is not None, show(answer))
    await reads(client, device, FAN, "ON")

    # Smack writes `bool`, and its own devices understand nothing else.
    answer = await client.ask("set", device, f"""<set xmlns="{CONTROL[1:-1]}"><bool name="Fan" value="false"/></set>""")
    check(answer.tag == CONTROL + "setResponse", show(answer))
    await reads(client, device, FAN, "OFF")


async def control_refused(client, device):
    """XEP-0325 §3.2: the parameter that is to blame is named, and nothing is set."""
    settings = '<boolean name="Fan" value="true"/><boolean name="Heater" value="true"/>'
    answer = await refused(client.ask("set", device, f'<set xmlns="{CONTROL[1:-1]}">{settings}</set>'))
    error = answer.find(CLIENT + "error")
    check(error.find(STANZAS + "item-not-found") is not None, show(answer))
    check(error.find(CONTROL + "paramError").get("var") == "Heater", show(answer))
    await reads(client, device, FAN, "OFF")


async def sensors(client, device):
    """XEP-0323 §3.1, as slixmpp has it: accepted, fields, done."""
    told, fields = [], {}
    done = asyncio.Event()

    def hear(result, **more):
        told.append(result)
        fields.update((field["name"], field) for field in more.get("fields") or ())
        if result in ("done", "rejected", "failure"):
            done.set()

    client.register_plugin("xep_0323")
    client.plugin["xep_0323"].request_data(client.boundjid.full, device.full, hear, flags={"momentary": "true"})
    await asyncio.wait_for(done.wait(), WITHIN)
    check(told[0] == "accepted" and told[-1] == "done", told)
    check((fields["Fan"]["typename"], fields["Fan"]["value"]) == ("boolean", "false"), fields)
    check((fields["Setpoint"]["typename"], fields["Setpoint"]["value"]) == ("numeric", "21.5"), fields)


async def reads(client, device, point, expected):
    answer = await client.ask("set", device, call("Read", item(point)))
    values = [value.text for value in body(answer).iter(LON + "UCPTvalue")]
    check(values == [expected], f"{point} is not {expected}: {show(answer)}")


async def unknown(client, device):
    """RFC 6120 §8.4: a request that nobody understands is answered."""
    answer = await refused(client.ask("get", device, '<query xmlns="urn:example:nobody-knows-this"/>'))
    check(answer.find(f"{CLIENT}error/{STANZAS}service-unavailable") is not None, show(answer))


async def drive(options):
    client = Stranger(options.jid, options.password, options.ca)
    await client.log_in(options.server)
    client.send_presence()
    device = JID(options.device)
    for behaviour in (presence, discovery, ping, chat, soap_time, soap_fault, control, control_refused, sensors,
                      unknown):
        try:
            await behaviour(client, device)
        except Exception as error:
            raise Failed(f"{behaviour.__name__}: {error!r}") from error
        ok(behaviour.__name__)
    await client.leave()


main(drive(arguments("device")))
