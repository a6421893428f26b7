"""What every script here needs: a slixmpp client that has proved the server, and checks that say what is wrong.

A script prints a line `ok: ..` for each thing that is as it should be. The first that is not ends it with a line
`FAILED: ..` and exit code 1.
"""

import argparse
import asyncio
import sys
import xml.etree.ElementTree as ET

import slixmpp

# How long anything may take, in seconds.
WITHIN = 10


class Failed(Exception):
    """Something is not as it should be."""


def check(right, otherwise):
    if not right:
        raise Failed(otherwise)


def ok(what):
    print(f"ok: {what}", flush=True)


def show(element):
    return ET.tostring(element, encoding="unicode")


class Stranger(slixmpp.ClientXMPP):
    """A client that takes STARTTLS with a certificate that it can verify, and SCRAM; nothing less."""

    def __init__(self, jid, password, ca):
        super().__init__(jid, password)
        self.ca_certs = ca
        self.enable_direct_tls = False
        self.enable_plaintext = False
        self.plugin["feature_mechanisms"].min_mech = "SCRAM-SHA-1"
        for plugin in ("xep_0030", "xep_0092", "xep_0199"):
            self.register_plugin(plugin)
        self.messages = asyncio.Queue()
        self.add_event_handler("message", self.messages.put_nowait)
        self.add_event_handler("message_error", self.messages.put_nowait)

    async def log_in(self, server):
        host, port = server.rsplit(":", 1)
        over = {name: asyncio.ensure_future(self.wait_until(name, WITHIN + 5)) for name in
                ("session_start", "failed_all_auth", "connection_failed", "ssl_invalid_chain")}
        self.connect(host, int(port))
        done, _ = await asyncio.wait(over.values(), timeout=WITHIN, return_when=asyncio.FIRST_COMPLETED)
        named = [name for name, future in over.items() if future in done]
        for future in over.values():
            future.cancel()
        check(named == ["session_start"], f"no login: {named or 'nothing happened in time'}")
        tls = self.transport.get_extra_info("ssl_object")
        check(tls is not None and tls.getpeercert(), "the certificate was not verified")
        mechanism = self.plugin["feature_mechanisms"].mech.name
        check(mechanism.startswith("SCRAM-"), f"logged in with {mechanism}")
        ok(f"{self.boundjid.full} is in, {tls.version()}, {mechanism}")

    async def ask(self, kind, to, payload):
        """Sends the payload, a text, as a request; gives the answer's payload, or raises slixmpp's IqError."""
        iq = self.make_iq(ito=to, itype=kind)
        iq.append(ET.fromstring(payload))
        answer = await iq.send(timeout=WITHIN)
        children = [child for child in answer.xml if not child.tag.endswith("}error")]
        check(len(children) <= 1, f"more than one payload: {answer}")
        return children[0] if children else None

    async def next_message(self):
        return await asyncio.wait_for(self.messages.get(), WITHIN)

    async def leave(self):
        """Closes the stream, and sees that the server does so too."""
        await self.disconnect(wait=WITHIN)
        check(self.disconnect_reason == "End of stream", f"the end of the stream: {self.disconnect_reason!r}")
        ok("the server closed the stream as well")


def arguments(*names):
    """The place and the account that every script takes, and what else it wants to know."""
    parser = argparse.ArgumentParser()
    for name in ("server", "ca", "jid", "password", *names):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_args()


def main(script):
    """Runs a script to its end: all of it may not take longer than a minute."""
    try:
        asyncio.run(asyncio.wait_for(script, 60))
    except Failed as failed:
        sys.exit(f"FAILED: {failed}")
    except slixmpp.exceptions.IqError as error:
        sys.exit(f"FAILED: refused: {error.iq}")
    except (slixmpp.exceptions.IqTimeout, asyncio.TimeoutError) as error:
        sys.exit(f"FAILED: no answer in time: {error!r}")
