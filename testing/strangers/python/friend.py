"""Somebody who wants to see --peer, a person at another client, and is seen by it; they talk, and part.

The person is expected to allow it, to ask for the same, and to say something.
"""

import asyncio

from slixmpp import JID

from stranger import WITHIN, Failed, Stranger, arguments, check, main, ok


class Friend(Stranger):
    def __init__(self, options):
        super().__init__(options.jid, options.password, options.ca)
        self.peer = JID(options.peer)
        self.auto_authorize, self.auto_subscribe = True, False
        self.heard = []
        self.changed = asyncio.Event()
        for kind in ("subscribe", "subscribed", "available", "unavailable"):
            self.add_event_handler(f"presence_{kind}", self.hear)

    def hear(self, presence):
        if presence["from"].bare == self.peer.bare:
            self.heard.append(presence)
            self.changed.set()

    async def hears(self, kind):
        """Waits for presence of this type of the peer's, heard already or not."""
        try:
            async with asyncio.timeout(WITHIN):
                while True:
                    for presence in self.heard:
                        if presence["type"] == kind:
                            return presence
                    self.changed.clear()
                    await self.changed.wait()
        except asyncio.TimeoutError:
            raise Failed(f"no presence {kind} of {self.peer}, but {self.heard}")


async def befriend(options):
    client = Friend(options)
    await client.log_in(options.server)
    await client.get_roster(timeout=WITHIN)
    client.send_presence(pstatus="Wooing")
    client.send_presence_subscription(client.peer.bare)
    ok("asks")
    await client.hears("subscribed")
    session = (await client.hears("available"))["from"]
    ok(f"sees {session}")
    await client.hears("subscribe")
    await client.get_roster(timeout=WITHIN)
    subscription = client.client_roster[client.peer.bare]["subscription"]
    check(subscription == "both", f"the roster says {subscription}")
    ok("is seen")

    info = (await client.plugin["xep_0030"].get_info(jid=session, timeout=WITHIN))["disco_info"]
    check("client" in {identity[0] for identity in info["identities"]}, info)
    ok("knows the client")
    client.send_message(mto=session, mbody="O <Romeo> & you!", mtype="chat")
    message = await client.next_message()
    check(message["from"] == session and message["body"] == "I take thee at thy word", message)
    ok("they talk")
    await client.hears("unavailable")
    ok("sees that the peer is gone")
    await client.leave()


main(befriend(arguments("peer")))
