// StanzaJS over BOSH: login by SCRAM, chat with a device, a ping, discovery, and an end in order.

import { check, happens, main, ok } from './stranger.mjs';
import stanza from 'stanza';

main(async ({ bosh, jid, password, device }) => {
    const client = stanza.createClient({ jid, password, transports: { bosh, websocket: false }, autoReconnect: false });
    const errors = [];
    client.on('stream:error', (error) => errors.push(JSON.stringify(error)));

    await happens('login', (done, failed) => {
        client.on('session:started', done);
        client.on('auth:failed', () => failed('not authorised'));
        client.on('disconnected', (error) => failed(`disconnected: ${error}`));
        client.connect();
    });
    check(client.jid.startsWith(`${jid}/`), `bound to ${client.jid}`);
    ok(`${client.jid} is in`);

    client.sendPresence();
    const answer = await happens('chat', (done) => {
        client.on('chat', (message) => { if (message.from === device) done(message); });
        client.sendMessage({ to: device, type: 'chat', body: 'I am <well> & you?' });
    });
    check(answer.body === 'I like that statement.', JSON.stringify(answer));
    ok('chat');

    await client.ping(device);
    ok('ping');
    const info = await client.getDiscoInfo(device);
    check(info.features.includes('urn:xmpp:iot:control'), JSON.stringify(info));
    ok('discovery');

    await happens('end', (done) => {
        client.on('disconnected', done);
        client.disconnect();
    });
    check(errors.length === 0, `errors came: ${errors}`);
    ok('disconnected');
});
