//! XEP-0124 §9 to §12: how many requests a client sends, and when.
#![allow(clippy::unwrap_used, reason = "a test that meets no value has failed")]

mod common;

use bosh_core::{Body, ClientConfig};
use common::{CREATED, Scripted, body, message, secs};
use xmpp_core::{Item, Wire};

fn payload(request: &bosh_core::HttpRequest) -> Vec<u64> {
    let body = Body::parse(&request.body).unwrap();
    body.payload.iter().map(|element| common::message_number(element).unwrap()).collect()
}

/// BSH-27: a request is held as long as the session lives; the next one follows at once when it is answered.
#[test]
fn a_request_is_always_held() {
    let (mut client, mut held) = Scripted::idle();
    for _ in 0..5 {
        client.now += secs(50);
        client.quiet();
        client.answer(&held, &body("", "<message xmlns='jabber:client'><body>1</body></message>"));
        client.quiet();
        assert_eq!(client.items(), ["1"], "what arrived is looked at first");
        held = client.request();
        client.quiet();
    }
}

/// BSH-27, BSH-29: empty bodies wait until all that arrived is handled, so that an answer to it can go instead.
#[test]
fn empty_bodies_wait_for_what_is_undecoded() {
    let (mut client, held) = Scripted::idle();
    client.answer(&held, &body("", "<message xmlns='jabber:client'><body>1</body></message><message xmlns='jabber:client'><body>2</body></message>"));
    client.quiet();
    assert!(client.wire.has_undecoded());
    client.item();
    client.quiet();
    client.item();
    client.wire.push(Item::Element(message(3)));
    assert_eq!(payload(&client.request()), [3]);
    client.quiet();
}

/// BSH-26, BSH-30: beyond the window stanzas wait and share the next body, in their order.
#[test]
fn stanzas_wait_and_share() {
    let (mut client, _held) = Scripted::idle();
    client.wire.push(Item::Element(message(1)));
    let first = client.request();
    assert_eq!(payload(&first), [1]);
    for number in 2..5 {
        client.wire.push(Item::Element(message(number)));
        client.quiet();
    }
    client.answer(&first, &body("", ""));
    client.quiet();
}

/// BSH-27, BSH-29: what arrived gets a moment to be answered, and the answer goes in the place of an empty request. Where
/// there is none, the empty one follows.
#[test]
fn answers_go_in_the_place_of_empty_requests() {
    let mut client = Scripted::lingering(ClientConfig::new(true));
    let linger = ClientConfig::new(true).linger;
    client.wire.push(common::header("example.org"));
    let create = client.request();
    client.answer(&create, &body(CREATED, ""));
    client.item();
    client.now += linger;
    let mut held = client.request();
    for number in 1..4 {
        client.answer(&held, &body("", "<message xmlns='jabber:client'><body>9</body></message>"));
        assert_eq!(client.items(), ["9"]);
        client.quiet();
        client.wire.push(Item::Element(message(number)));
        held = client.request();
        assert_eq!(payload(&held), [number]);
        client.quiet();
    }
    client.answer(&held, &body("", "<message xmlns='jabber:client'><body>9</body></message>"));
    client.items();
    client.quiet();
    assert_eq!(client.wire.poll_timeout(), Some(client.now + linger));
    client.now += linger;
    held = client.request();
    assert!(payload(&held).is_empty());
    assert!(client.wire.poll_timeout().unwrap() > client.now, "the caller would spin");

    // An empty answer asks for none.
    client.now += secs(60);
    client.answer(&held, &body("", ""));
    client.request();
}

/// BSH-26, BSH-25: the window counts from the oldest request without an answer.
#[test]
fn window_moves_with_the_oldest() {
    let (mut client, held) = Scripted::idle();
    client.wire.push(Item::Element(message(1)));
    client.request();
    client.wire.push(Item::Element(message(2)));
    client.wire.push(Item::Element(message(3)));
    client.quiet();
    client.answer(&held, &body("", ""));
    assert_eq!(payload(&client.request()), [2, 3]);
}

/// BSH-30: a body holds no more than its cap, but always one stanza.
#[test]
fn bodies_are_capped() {
    let mut config = ClientConfig::new(true);
    config.body_bytes = 120;
    config.backlog = 200;
    let mut client = Scripted::created(config, "sid='a' requests='2' hold='1'");
    let held = client.request();
    assert!(client.wire.has_room());
    for number in 1..=5 {
        client.wire.push(Item::Element(message(number)));
    }
    assert!(!client.wire.has_room());
    let first = client.request();
    assert_eq!(payload(&first), [1, 2]);
    client.quiet();
    client.answer(&held, &body("", ""));
    assert_eq!(payload(&client.request()), [3, 4]);
    client.answer(&first, &body("", ""));
    assert_eq!(payload(&client.request()), [5]);
    assert!(client.wire.has_room());
    let mut long = message(6);
    long = long.with_attrs(&[("id", Some(&"x".repeat(500)))]).unwrap();
    client.wire.push(Item::Element(long));
    client.quiet();
}

/// BSH-28: a manager that answers empty requests at once does not make the client spin.
#[test]
fn no_spinning() {
    let (mut client, mut held) = Scripted::idle();
    let mut sent = 1;
    let end = client.now + secs(20);
    while client.now < end {
        client.answer(&held, &body("", ""));
        held = client.poll().unwrap_or_else(|| {
            client.wait();
            client.request()
        });
        sent += 1;
    }
    assert!(sent <= 22, "{sent}");
}

/// BSH-33: a polling session asks at the interval of the manager, at once after an answer that brought something, and
/// says at once what it has.
#[test]
fn polling() {
    let mut config = ClientConfig::new(true);
    config.hold = 0;
    for (config, attributes) in [
        (config, "sid='a' wait='60' hold='0' requests='1' polling='5'"),
        (ClientConfig::new(true), "sid='a' wait='60' hold='1' requests='1' polling='5'"),
        (ClientConfig::new(true), "sid='a' wait='0' hold='1' requests='2' polling='5'"),
    ] {
        let mut client = Scripted::created(config, attributes);
        let mut request = client.request();
        for _ in 0..3 {
            client.answer(&request, &body("", ""));
            client.quiet();
            let before = client.now;
            client.wait();
            assert_eq!(client.now - before, secs(5), "{attributes}");
            request = client.request();
        }
        client.answer(&request, &body("", "<message xmlns='jabber:client'><body>1</body></message>"));
        assert_eq!(client.poll().map(|_| ()), None);
        assert_eq!(client.items(), ["1"]);
        let request = client.request();
        client.answer(&request, &body("", ""));
        client.wire.push(Item::Element(message(2)));
        assert_eq!(payload(&client.request()), [2]);
    }
}

/// BSH-35: a request that is sent while an earlier one is open says up to where the answers have come.
#[test]
fn acknowledgements() {
    let (mut client, held) = Scripted::idle();
    let held_body = Body::parse(&held.body).unwrap();
    assert_eq!(held_body.ack, None, "nothing is open: there is nothing to say");
    client.wire.push(Item::Element(message(1)));
    let sent = Body::parse(&client.request().body).unwrap();
    assert_eq!(sent.ack, Some(held_body.rid.unwrap() - 1));
}

/// BSH-34, BSH-36, BSH-37: acknowledgements and reports of a manager do no harm.
#[test]
fn acknowledgements_of_the_manager() {
    let (mut client, held) = Scripted::idle();
    client.answer(
        &held,
        &body("ack='1' report='2' time='852'", "<message xmlns='jabber:client'><body>1</body></message>"),
    );
    assert_eq!(client.items(), ["1"]);
    client.request();
}

/// BSH-27, XBH-02: during negotiation the client has the word, and a slow key derivation is waited for.
#[test]
fn negotiation_is_not_disturbed() {
    for (attributes, pause) in [(CREATED, 5), ("sid='a' requests='2' hold='1' inactivity='4'", 2)] {
        let mut client = Scripted::new(ClientConfig::new(true));
        client.wire.push(common::header("example.org"));
        let create = client.request();
        client.answer(&create, &body(attributes, "<stream:features/>"));
        assert_eq!(client.items(), ["open", "features"]);
        client.quiet();
        let before = client.now;
        client.wait();
        assert_eq!(client.now - before, secs(pause), "long enough for a key, not so long as to seem gone");
        client.request();
    }
}

/// Others make a client answer. What they want faster than it leaves does not pile up without an end.
#[test]
fn a_flood_ends_the_session() {
    use xmpp_core::wire::WireError;

    let mut client = bosh_core::BoshClient::new(ClientConfig::new(true), [7; 32]);
    client.push(Item::Open(xmpp_core::Header::default()));
    let now = common::start();
    let large = "x".repeat(64 * 1024);
    let answer = xmpp_core::xml::Element::build("iq", "jabber:client").text(&large).finish().unwrap();
    for _ in 0..64 {
        client.push(Item::Element(answer.clone()));
    }
    assert!(client.next_item(now).unwrap().is_none() && !client.has_room());
    for _ in 0..8 {
        client.push(Item::Element(answer.clone()));
    }
    assert!(matches!(client.next_item(now), Err(WireError::Carrier(_))));
}
