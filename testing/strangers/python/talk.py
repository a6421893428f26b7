"""Somebody who waits to be told --hears, and answers with --says."""

from stranger import WITHIN, Stranger, arguments, check, main, ok


async def talk(options):
    client = Stranger(options.jid, options.password, options.ca)
    await client.log_in(options.server)
    client.send_presence()
    # When this is answered, the presence has been heard.
    await client.plugin["xep_0199"].ping(client.boundjid.host, timeout=WITHIN)
    ok("here")
    message = await client.next_message()
    check(message["type"] == "chat" and message["body"] == options.hears, message)
    ok(f"{message['from'].bare} says {message['body']}")
    message.reply(options.says).send()
    await client.leave()


main(talk(arguments("hears", "says")))
