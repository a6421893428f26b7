//! XEP-0206 §5: the restart that a client owes after success.

use bosh_core::{Body, BoshSession, Condition, RequestId, SessionConfig, SessionOutput};
use xmpp_core::{
    Action, Link,
    sasl::{scram::StoredCredentials, server},
    stream::{Receiver, ReceiverConfig, ReceiverEvent, StreamCondition, StreamError},
};

use crate::{CREATE, common};

/// The answers to one request.
fn ask(link: &mut Link<Receiver, BoshSession>, rid: u64, attributes: &str, content: &str) -> Vec<Body> {
    let now = common::start();
    let xml = common::body(&format!("rid='{rid}' {attributes}"), content);
    link.input(now).handle_request(RequestId(rid), Body::parse(xml.as_bytes()).unwrap());
    let mut answers = Vec::new();
    while let Some(action) = link.poll() {
        match action {
            Action::Transport(SessionOutput::Reply(reply)) => answers.push(Body::parse(&reply.body).unwrap()),
            Action::Work(work) => link.handle_worked(now, work.run()),
            Action::Event(ReceiverEvent::Lookup { .. }) => {
                let stored = StoredCredentials::derive("secret", b"16 random bytes.", 4096).unwrap();
                link.credentials(now, Some(&stored)).unwrap();
            }
            _ => {}
        }
    }
    answers
}

/// XBH-05: nothing else can take the restart's place; whoever tries is told so, and not left without an answer.
#[test]
fn restart_is_owed() {
    let config = ReceiverConfig::new("example.org", server::Config::new([3; 32]));
    let receiver = Receiver::new(config, [4; 32], common::start().into());
    let session = BoshSession::new(SessionConfig::new("the-sid", true));
    let mut link = Link::new(receiver, session, common::start());
    ask(&mut link, 100, CREATE, "");
    // NUL juliet NUL secret
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGp1bGlldABzZWNyZXQ=</auth>";
    assert_eq!(ask(&mut link, 101, "", auth)[0].payload[0].name(), "success");

    let bind =
        "<iq xmlns='jabber:client' type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
    let answers = ask(&mut link, 102, "", bind);
    assert_eq!(answers[0].condition, Some(Condition::RemoteStreamError));
    let error = StreamError::parse(answers[0].payload[0].root()).unwrap();
    assert_eq!(error.condition, StreamCondition::NotAuthorized);
}
