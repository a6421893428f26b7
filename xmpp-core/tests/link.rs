//! What a link tells its adapter: when to read, and what was said.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail, and needs one base instant"
)]

mod support;

use std::time::Instant;

use support::{HEADER, Scripted, client_config, features};
use xmpp_core::{
    Action, Direction, Item, Session, TcpClient, TlsPolicy, tls::TlsInfo, wire::TcpWire, xml::Limits,
};

const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const SCRAM: &str =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>";

/// Nothing is read in clear once TLS is due, nor after the end.
#[test]
fn nothing_is_read_where_tls_begins() {
    let mut client = Scripted::new(client_config("secret", TlsPolicy::Required));
    assert!(client.link.wants_input());
    client.hear(&format!("{HEADER}{}", features(STARTTLS)));
    assert!(client.link.wants_input());
    client.hear(PROCEED);
    assert!(!client.link.wants_input(), "the handshake is awaited");
    client.tls(Ok(TlsInfo::default()));
    assert!(client.link.wants_input());
    client.hear("</stream:stream>");
    assert_eq!(client.marks, ["StartTls", "Shutdown"]);
    assert!(!client.link.wants_input(), "it is over");
}

/// Before `Shutdown` is drained there may still be something to write, and nothing to read.
#[test]
fn nothing_is_read_before_the_last_write() {
    let mut client = Scripted::online();
    client.link.input(client.now).handle_input(b"</stream:stream>");
    let Some(Action::Transport(last)) = client.link.poll() else { panic!("the answer comes first") };
    assert_eq!(&last[..], b"</stream:stream>");
    assert!(!client.link.wants_input());
    assert!(matches!(client.link.poll(), Some(Action::Shutdown)));
}

/// While a key is derived what arrives must wait.
#[test]
fn nothing_is_read_during_a_derivation() {
    let now = Instant::now();
    let session = Session::new(client_config("secret", TlsPolicy::Disabled), [7; 32], now.into());
    let mut link = TcpClient::new(session, TcpWire::new(Limits::default()), now);
    let mut said = String::new();
    let mut input = format!("{HEADER}{}", features(SCRAM));
    let work = loop {
        match link.poll() {
            Some(Action::Transport(bytes)) => said.push_str(std::str::from_utf8(&bytes).unwrap()),
            Some(Action::Work(work)) => break work,
            None if said.contains("<auth ") => {
                let first = said.split("</auth>").next().unwrap().rsplit('>').next().unwrap();
                let first = String::from_utf8(xmpp_core::sasl::base64::decode(first).unwrap()).unwrap();
                let nonce = first.rsplit("r=").next().unwrap();
                let challenge = format!("r={nonce}more,s=c2FsdHNhbHRzYWx0c2FsdA==,i=4096");
                let challenge = xmpp_core::sasl::base64::encode(challenge.as_bytes());
                let xml =
                    format!("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{challenge}</challenge>");
                link.input(now).handle_input(xml.as_bytes());
                said.clear();
            }
            None => link.input(now).handle_input(std::mem::take(&mut input).as_bytes()),
            other => panic!("{other:?}"),
        }
    };
    assert!(!link.wants_input());
    link.handle_worked(now, work.run());
    assert!(matches!(link.poll(), Some(Action::Transport(bytes)) if bytes.starts_with(b"<response ")));
    assert!(link.wants_input());
}

/// A trace holds what was said on both sides in order, prints it without secrets, and is bounded.
#[test]
fn trace() {
    let mut client = Scripted::online();
    assert!(client.link.next_trace().is_none(), "nobody asked for one");
    client.link.enable_trace();
    client.hear("<message from='a@example.net'><body>1</body></message>");
    client.hear("<iq type='get' id='p' from='a@example.net'><ping xmlns='urn:xmpp:ping'/></iq>");
    client.link.close(client.now);
    client.hear("</stream:stream>");
    let mut trace = Vec::new();
    while let Some((direction, item)) = client.link.next_trace() {
        trace.push((direction, item.to_string()));
    }
    assert!(trace[0].0 == Direction::In && trace[0].1.contains("<body>1</body>"), "{trace:?}");
    assert!(trace[1].0 == Direction::In && trace[1].1.contains("<ping "), "{trace:?}");
    assert!(trace[2].0 == Direction::Out && trace[2].1.contains("type='result'"), "{trace:?}");
    assert_eq!(
        trace[3..],
        [(Direction::Out, "</stream>".to_owned()), (Direction::In, "</stream>".to_owned())]
    );

    let mut client = Scripted::online();
    client.link.enable_trace();
    for number in 0..2000 {
        client.hear(&format!("<message><body>{number}</body></message>"));
    }
    let (_, first) = client.link.next_trace().unwrap();
    let mut kept = 1;
    while client.link.next_trace().is_some() {
        kept += 1;
    }
    assert_eq!(kept, 1024);
    assert!(matches!(first, Item::Element(_)) && first.to_string().contains("<body>976</body>"), "{first}");
}
