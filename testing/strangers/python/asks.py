"""What clients ask of a server when they log in: all of it is answered, whether the server has it or not.

RFC 6120 §8.4 has an error for what a server does not know; no client may be left waiting.
"""

from slixmpp.exceptions import IqError

from stranger import WITHIN, Stranger, arguments, check, main, ok, show

CLIENT = "{jabber:client}"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
INFO = "http://jabber.org/protocol/disco#info"
ITEMS = "http://jabber.org/protocol/disco#items"

# What a small server may have or not: name, kind, whether the account is asked and not the server, payload.
MAYBE = [
    ("the card of the account, XEP-0054", "get", True, '<vCard xmlns="vcard-temp"/>'),
    ("items of the server, XEP-0030", "get", False, f'<query xmlns="{ITEMS}"/>'),
    ("items of the account, XEP-0030", "get", True, f'<query xmlns="{ITEMS}"/>'),
    ("commands of the server, XEP-0050", "get", False,
     f'<query xmlns="{ITEMS}" node="http://jabber.org/protocol/commands"/>'),
    ("the block list, XEP-0191", "get", True, '<blocklist xmlns="urn:xmpp:blocking"/>'),
    ("privacy lists, XEP-0016", "get", True, '<query xmlns="jabber:iq:privacy"/>'),
    ("carbons, XEP-0280", "set", True, '<enable xmlns="urn:xmpp:carbons:2"/>'),
    ("private storage, XEP-0049", "get", True,
     '<query xmlns="jabber:iq:private"><storage xmlns="storage:bookmarks"/></query>'),
    ("bookmarks, XEP-0402", "get", True,
     '<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="urn:xmpp:bookmarks:1"/></pubsub>'),
    ("archive preferences, XEP-0313", "get", True, '<prefs xmlns="urn:xmpp:mam:2"/>'),
    ("archive, XEP-0313", "set", True, '<query xmlns="urn:xmpp:mam:2" queryid="q"/>'),
    ("time of the server, XEP-0202", "get", False, '<time xmlns="urn:xmpp:time"/>'),
    ("last activity, XEP-0012", "get", False, '<query xmlns="jabber:iq:last"/>'),
    ("upload slot, XEP-0363", "get", False,
     '<request xmlns="urn:xmpp:http:upload:0" filename="a.png" size="5"/>'),
    ("services around, XEP-0215", "get", False, '<services xmlns="urn:xmpp:extdisco:2"/>'),
    ("push, XEP-0357", "set", True, '<disable xmlns="urn:xmpp:push:0" jid="push.localhost"/>'),
    ("the form of a registration, XEP-0077", "get", False, '<query xmlns="jabber:iq:register"/>'),
    ("a session, RFC 3921 §3", "set", False, '<session xmlns="urn:ietf:params:xml:ns:xmpp-session"/>'),
]
# How to say that one does not have something.
NOT_HERE = ("service-unavailable", "feature-not-implemented", "item-not-found", "not-allowed")


async def info(client, about, category, kind):
    answer = await client.ask("get", about, f'<query xmlns="{INFO}"/>')
    identities = {(one.get("category"), one.get("type")) for one in answer.iter(f"{{{INFO}}}identity")}
    features = {one.get("var") for one in answer.iter(f"{{{INFO}}}feature")}
    check((category, kind) in identities and INFO in features, show(answer))
    ok(f"discovery of {about}")


async def ask(options):
    client = Stranger(options.jid, options.password, options.ca)
    await client.log_in(options.server)
    server, account = client.boundjid.host, client.boundjid.bare
    roster = await client.get_roster(timeout=WITHIN)
    check(roster.xml.find("{jabber:iq:roster}query") is not None, roster)
    ok("the roster")
    await info(client, server, "server", "im")
    await info(client, account, "account", "registered")
    await client.plugin["xep_0199"].ping(server, timeout=WITHIN)
    ok("ping")
    version = await client.plugin["xep_0092"].get_version(server, timeout=WITHIN)
    check(version["software_version"]["name"] and version["software_version"]["version"], version)
    ok("version")
    for what, kind, own, payload in MAYBE:
        for to in ([account, None] if own else [server]):
            try:
                await client.ask(kind, to, payload)
                ok(f"{what}: answered")
            except IqError as error:
                check(error.condition in NOT_HERE, f"{what}, of {to}: {error.iq}")
                check(error.iq["from"] in (to, "", account), f"{what}, of {to}: who answers? {error.iq}")
                ok(f"{what}: {error.condition}")
    # Nobody answers a probe of a client's, and nobody minds (RFC 6121 §4.3).
    client.send_presence()
    client.send_presence(ptype="probe", pto=account)
    await client.plugin["xep_0199"].ping(server, timeout=WITHIN)
    ok("presence and a probe")
    await client.leave()


main(ask(arguments()))
