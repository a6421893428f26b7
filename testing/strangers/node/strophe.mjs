// Strophe.js over BOSH: login by SCRAM, chat with a device, a ping, and an end in order.

import { XMLHttpRequest } from './xhr.mjs';
import { check, happens, main, ok } from './stranger.mjs';
import { $iq, $msg, $pres, Strophe } from 'strophe.js';

globalThis.XMLHttpRequest = XMLHttpRequest;

main(async ({ bosh, jid, password, device }) => {
    Strophe.setLogLevel(Strophe.LogLevel.WARN);
    const client = new Strophe.Connection(bosh);
    const bad = [];
    client.rawInput = (data) => { if (/<stream:error|type=.error/.test(data)) bad.push(data); };

    await happens('login', (done, failed) => {
        client.connect(jid, password, (status, why) => {
            if (status === Strophe.Status.CONNECTED) done();
            else if ([Strophe.Status.CONNFAIL, Strophe.Status.AUTHFAIL, Strophe.Status.DISCONNECTED].includes(status)) {
                failed(`status ${status}, ${why}`);
            }
        });
    });
    check(client.jid === jid, `bound to ${client.jid}`);
    ok(`${client.jid} is in`);

    client.send($pres());
    const answer = await happens('chat', (done) => {
        client.addHandler(done, null, 'message', 'chat', null, device);
        client.send($msg({ to: device, type: 'chat', id: 'm1' }).c('body').t('I am <well> & you?'));
    });
    const body = Strophe.getText(answer.getElementsByTagName('body')[0]);
    check(body === 'I like that statement.', body);
    ok('chat');

    for (const to of [Strophe.getDomainFromJid(jid), device]) {
        const pong = await happens('ping', (done, failed) => {
            client.sendIQ($iq({ to, type: 'get', id: `ping-${to}` }).c('ping', { xmlns: 'urn:xmpp:ping' }), done,
                (error) => failed(error?.outerHTML ?? 'no answer'));
        });
        check(pong.getAttribute('from') === to, `answered by ${pong.getAttribute('from')}`);
        ok(`ping to ${to}`);
    }

    await happens('end', (done) => {
        client.connect_callback = (status) => { if (status === Strophe.Status.DISCONNECTED) done(); };
        client.disconnect('the script is over');
    });
    check(bad.length === 0, `errors came: ${bad}`);
    ok('disconnected');
});
