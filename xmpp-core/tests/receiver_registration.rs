//! A server's end of a stream that makes accounts (XEP-0077), against a scripted client.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail, and needs one base instant"
)]

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use xmpp_core::{
    Action, ApiMisuse, Error, Phase, TcpServer, TlsPolicy,
    jid::{BareJid, FullJid},
    sasl::{
        base64,
        scram::{Hash, StoredCredentials},
        server,
    },
    stanza::{StanzaCondition, StanzaError},
    stream::{Receiver, ReceiverConfig, ReceiverEvent},
    wire::TcpWire,
    work::Work,
    xml::{Limits, ns},
};

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";
const GET: &str = "<iq type='get' id='g'><query xmlns='jabber:iq:register'/></iq>";
const FEATURE: &str = "<register xmlns='http://jabber.org/features/iq-register'/>";

struct Server {
    link: TcpServer,
    now: Instant,
    events: VecDeque<ReceiverEvent>,
    works: Vec<Work>,
    sent: String,
}

impl Server {
    fn with(change: impl FnOnce(&mut ReceiverConfig)) -> Self {
        let sasl = server::Config::new([3; 32]).plain_without_tls(true).iterations(5);
        let mut config = ReceiverConfig::new("example.org", sasl);
        config.tls = TlsPolicy::Disabled;
        config.registration = true;
        change(&mut config);
        let now = Instant::now();
        let receiver = Receiver::new(config, [4; 32], now.into());
        let link = TcpServer::new(receiver, TcpWire::new(Limits::default()), now);
        Self { link, now, events: VecDeque::new(), works: Vec::new(), sent: String::new() }
    }

    /// Its client has seen the features.
    fn open() -> Self {
        let mut server = Self::with(|_| ());
        assert!(server.hear(HEADER).contains(&format!("</mechanisms>{FEATURE}</stream:features>")));
        server
    }

    fn drain(&mut self) -> String {
        while let Some(action) = self.link.poll() {
            match action {
                Action::Transport(bytes) => self.sent.push_str(std::str::from_utf8(&bytes).unwrap()),
                Action::Work(work) => self.works.push(work),
                Action::StartTls | Action::Shutdown => {}
                Action::Event(event) => self.events.push_back(event),
            }
        }
        std::mem::take(&mut self.sent)
    }

    fn hear(&mut self, xml: &str) -> String {
        self.link.input(self.now).handle_input(xml.as_bytes());
        self.drain()
    }

    /// Runs all that is to be derived; how many pieces that were.
    fn derive(&mut self) -> usize {
        let mut pieces = 0;
        while let Some(work) = self.works.pop() {
            pieces += 1;
            self.link.handle_worked(self.now, work.run());
            assert_eq!(self.drain(), "");
        }
        pieces
    }

    /// The keys that somebody asks for, and who that is.
    fn registers(&mut self, xml: &str) -> (String, StoredCredentials) {
        assert_eq!(self.hear(xml), "");
        assert!(!self.link.wants_input());
        assert_eq!(self.derive(), Hash::ALL.len());
        match self.events.pop_front() {
            Some(ReceiverEvent::Register { account, credentials }) => (account.to_string(), credentials),
            other => panic!("{other:?}"),
        }
    }

    fn answer(&mut self, outcome: Result<(), StanzaError>) -> String {
        self.link.registered(self.now, outcome).unwrap();
        assert!(self.link.wants_input());
        self.drain()
    }

    fn log_in(&mut self, credentials: &StoredCredentials, password: &str) -> String {
        let data = base64::encode(format!("\0juliet\0{password}").as_bytes());
        self.hear(&format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{data}</auth>"));
        assert!(matches!(self.events.pop_front(), Some(ReceiverEvent::Lookup { .. })));
        self.link.credentials(self.now, Some(credentials)).unwrap();
        self.drain();
        let work = self.works.pop().unwrap();
        self.link.handle_worked(self.now, work.run());
        self.drain()
    }

    fn bound() -> Self {
        let mut server = Self::open();
        let stored = StoredCredentials::derive("secret", b"0123456789abcdef", 5).unwrap();
        assert!(server.log_in(&stored, "secret").starts_with("<success "));
        let offered = server.hear(HEADER);
        assert!(!offered.contains(FEATURE), "{offered}");
        server.hear("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
        server.link.bind(server.now, Ok(FullJid::new("juliet@example.org/x").unwrap())).unwrap();
        server.drain();
        server.events.clear();
        server
    }

    fn closed(&mut self) -> Result<(), Error> {
        match self.events.pop_back() {
            Some(ReceiverEvent::Closed(result)) => result,
            other => panic!("not closed: {other:?}"),
        }
    }
}

fn set(content: &str) -> String {
    format!("<iq type='set' id='s'><query xmlns='jabber:iq:register'>{content}</query></iq>")
}

fn account(username: &str, password: &str) -> String {
    set(&format!("<username>{username}</username><password>{password}</password>"))
}

/// The refusal, and nothing of the request in it.
fn refused(answer: &str) -> StanzaError {
    let iq: xmpp_core::xml::Element =
        answer.replacen("<iq ", "<iq xmlns='jabber:client' ", 1).parse().unwrap();
    assert_eq!(iq.attr("type").as_deref(), Some("error"), "{answer}");
    assert!(iq.child("query", ns::REGISTER).is_none() && matches!(iq.attr("id").as_deref(), Some("s" | "g")));
    StanzaError::of_stanza(iq.root()).unwrap()
}

/// XEP-0077 §3.1, MEC-07: asked, told, made, and the keys are those of the password.
#[test]
fn account_is_made() {
    let mut server = Server::open();
    let offer = server.hear(&GET.replace("id=", "to='example.org' id="));
    assert!(offer.starts_with("<iq ") && offer.contains("type='result'"), "{offer}");
    assert!(offer.contains("</instructions><username/><password/></query></iq>"), "{offer}");

    let (account, credentials) = server.registers(&account("Juliet", "s3cret"));
    assert_eq!(account, "juliet@example.org");
    let stored = credentials.best().unwrap();
    assert_eq!((stored.iterations(), stored.salt().len()), (5, 16), "as those of users that do not exist");
    assert_eq!(server.answer(Ok(())), "<iq type='result' id='s'/>");
    assert!(server.log_in(&credentials, "wrong").starts_with("<failure "));
    assert!(server.log_in(&credentials, "s3cret").starts_with("<success "));
}

/// XEP-0077 §8: announced where a login is possible and nowhere else, and only if it is wished for.
#[test]
fn announced_with_the_mechanisms() {
    let mut server = Server::with(|config| config.tls = TlsPolicy::Required);
    let offered = server.hear(HEADER);
    assert!(!offered.contains(FEATURE), "{offered}");
    assert!(server.hear(GET).contains("<not-authorized "), "nothing is registered in clear");
    assert!(matches!(server.closed(), Err(Error::Peer(_))));

    let mut off = Server::with(|config| config.registration = false);
    assert!(!off.hear(HEADER).contains(FEATURE));
    assert_eq!(refused(&off.hear(GET)).condition, StanzaCondition::ServiceUnavailable);
    assert_eq!(refused(&off.hear(&account("a", "b"))).condition, StanzaCondition::ServiceUnavailable);
    assert!(off.works.is_empty());
}

/// STR-12: everything else before the login ends the stream as ever.
#[test]
fn nothing_else_before_login() {
    for said in [
        "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>",
        "<iq type='result' id='1'><query xmlns='jabber:iq:register'/></iq>",
        "<iq type='get'><query xmlns='jabber:iq:register'/></iq>",
        "<iq type='set' id='1'><query xmlns='jabber:iq:register'/><x xmlns='urn:x'/></iq>",
        "<iq type='set' id='1' to='@'><query xmlns='jabber:iq:register'/></iq>",
        "<message id='1' type='get'><query xmlns='jabber:iq:register'/></message>",
    ] {
        let mut server = Server::open();
        assert!(server.hear(said).contains("<not-authorized "), "{said}");
    }
    let mut server = Server::open();
    let elsewhere = GET.replace("id=", "to='example.net' id=");
    assert_eq!(refused(&server.hear(&elsewhere)).condition, StanzaCondition::ServiceUnavailable);
}

/// XEP-0077 §3.1, §3.2: what is no usable request is refused before anything is computed, and may be tried again.
#[test]
fn unusable_requests() {
    let (long_name, long_password) = ("a".repeat(1024), "a".repeat(1024));
    for (request, condition) in [
        (account("", "b"), StanzaCondition::NotAcceptable),
        (account("a", ""), StanzaCondition::NotAcceptable),
        (set("<username>a</username>"), StanzaCondition::NotAcceptable),
        (set("<password>a</password>"), StanzaCondition::NotAcceptable),
        (set(""), StanzaCondition::NotAcceptable),
        (account("a b", "b"), StanzaCondition::NotAcceptable),
        (account("a@b", "b"), StanzaCondition::NotAcceptable),
        (account(&long_name, "b"), StanzaCondition::NotAcceptable),
        (account("a", &long_password), StanzaCondition::NotAcceptable),
        (account("a", "tab\tbed"), StanzaCondition::NotAcceptable),
        (account("a", "key\u{1f511}"), StanzaCondition::NotAcceptable),
        (set("<remove/>"), StanzaCondition::UnexpectedRequest),
        (set("<remove/><username>a</username>"), StanzaCondition::BadRequest),
    ] {
        let mut server = Server::open();
        assert_eq!(refused(&server.hear(&request)).condition, condition, "{request}");
        assert!(server.works.is_empty() && server.events.is_empty());
        server.registers(&account("juliet", "secret"));
    }
}

/// The name must lead to the account when it comes through SASL, too: what an address tells apart may be dropped there
/// (RFC 4013 §2.1).
#[test]
fn name_that_nobody_can_log_in_with() {
    let name = "\u{915}\u{94d}\u{200c}\u{937}";
    assert!(BareJid::from_parts(Some(name), "example.org").is_ok());
    let mut server = Server::open();
    let error = refused(&server.hear(&account(name, "secret")));
    assert_eq!(error.condition, StanzaCondition::NotAcceptable);
}

/// XEP-0077 §3.1: the application says no, and another name may be tried.
#[test]
fn conflict() {
    let mut server = Server::open();
    server.registers(&account("romeo", "secret"));
    let answer = server.answer(Err(StanzaCondition::Conflict.into()));
    assert_eq!(refused(&answer).condition, StanzaCondition::Conflict);
    server.registers(&account("juliet", "secret"));
    assert!(server.answer(Ok(())).contains("type='result'"));
}

/// XEP-0077 §3.1.1: one account a stream, and not for ever.
#[test]
fn requests_are_counted() {
    let mut server = Server::with(|config| config.registration_attempts = 3);
    server.hear(HEADER);
    server.registers(&account("juliet", "secret"));
    server.answer(Ok(()));
    let again = refused(&server.hear(&account("romeo", "secret")));
    assert_eq!(again.condition, StanzaCondition::NotAcceptable);
    assert!(server.works.is_empty());
    server.hear(GET);
    let last = server.hear(GET);
    assert!(last.contains("<policy-violation ") && last.ends_with("</stream:stream>"), "{last}");
}

/// What comes meanwhile waits, and a verb that nobody asked for is misuse.
#[test]
fn one_at_a_time() {
    let mut server = Server::open();
    assert_eq!(server.link.registered(server.now, Ok(())), Err(ApiMisuse::NotReady));
    assert_eq!(server.hear(&format!("{}{GET}", account("juliet", "secret"))), "");
    assert_eq!(server.link.registered(server.now, Ok(())), Err(ApiMisuse::NotReady), "not derived yet");
    let mut stranger = Server::open();
    stranger.hear(&account("juliet", "secret"));
    server.link.handle_worked(server.now, stranger.works[0].run());
    assert!(server.drain().is_empty() && server.events.is_empty(), "the work of somebody else");
    server.derive();
    let answers = server.answer(Ok(()));
    assert!(answers.starts_with("<iq type='result' id='s'/><iq type='result' id='g'>"), "{answers}");
    assert_eq!(server.link.registered(server.now, Ok(())), Err(ApiMisuse::NotReady), "answered once");
    server.link.close(server.now, None);
    assert_eq!(server.link.registered(server.now, Ok(())), Err(ApiMisuse::Closed));
}

/// Whoever derives or decides for too long ends the stream, also when it was established.
#[test]
fn nobody_answers() {
    for (mut server, phase) in [(Server::open(), Phase::Registration), (Server::bound(), Phase::Established)]
    {
        server.now += Duration::from_secs(1);
        server.hear(&account("juliet", "secret"));
        let deadline = server.link.poll_timeout().unwrap();
        server.now = deadline;
        server.link.handle_timeout(deadline);
        assert!(server.drain().contains("<connection-timeout "));
        assert!(matches!(server.closed(), Err(Error::Timeout(at)) if at == phase));
        assert_eq!(server.derive(), 1, "the result comes too late");
        assert!(server.events.is_empty());
    }
}

/// XEP-0077 §3.3: a bound client changes its password; meanwhile it can be sent to.
#[test]
fn password_is_changed() {
    for to in ["", " to='example.org'", " to='juliet@example.org'"] {
        let mut server = Server::bound();
        let request = account("JULIET", "n3w").replacen(" id=", &format!("{to} id="), 1);
        assert_eq!(server.hear(&request), "");
        let message: xmpp_core::xml::Element = "<message xmlns='jabber:client'/>".parse().unwrap();
        server.link.send(server.now, message).unwrap();
        assert_eq!(server.drain(), "<message/>");
        server.derive();
        let Some(ReceiverEvent::ChangePassword { account, credentials }) = server.events.pop_front() else {
            panic!()
        };
        assert_eq!(account.as_str(), "juliet@example.org");
        let answer = server.answer(Ok(()));
        assert!(answer.contains("type='result' id='s'") && !answer.contains("n3w"), "{answer}");
        assert_eq!(server.link.poll_timeout(), None, "established without end");
        let mut other = Server::open();
        assert!(other.log_in(&credentials, "n3w").starts_with("<success "));
    }
}

/// XEP-0077 §3.3: incomplete requests, passwords that are none, and other people's accounts.
#[test]
fn unusable_changes() {
    for (request, condition) in [
        (set("<password>a</password>"), StanzaCondition::BadRequest),
        (account("juliet", ""), StanzaCondition::BadRequest),
        (account("romeo", "a"), StanzaCondition::Forbidden),
        (account("juliet@example.org", "a"), StanzaCondition::Forbidden),
        (account("juliet", "tab\tbed"), StanzaCondition::NotAcceptable),
    ] {
        let mut server = Server::bound();
        assert_eq!(refused(&server.hear(&request)).condition, condition, "{request}");
        assert!(server.works.is_empty() && server.events.is_empty());
    }
}

/// What is not about the own password, or not wished for, is the application's.
#[test]
fn other_requests_pass() {
    let elsewhere = account("juliet", "a").replacen(" id=", " to='other.example' id=", 1);
    for request in [GET.to_owned(), set("<remove/>"), set("<remove/><nick/>"), elsewhere] {
        let mut server = Server::bound();
        assert_eq!(server.hear(&request), "");
        assert!(matches!(server.events.pop_front(), Some(ReceiverEvent::Stanza(_))), "{request}");
    }
    let mut closing = Server::bound();
    closing.link.close(closing.now, None);
    assert_eq!(closing.hear(&account("juliet", "a")), "</stream:stream>");
    assert!(closing.works.is_empty());
}

/// SASL-20: neither events nor what is pending show a password.
#[test]
fn passwords_are_not_shown() {
    let mut server = Server::open();
    server.hear(&account("juliet", "s3cret"));
    let pending = format!("{:?} {:?}", server.link, server.works);
    server.derive();
    let shown = format!("{pending} {:?} {:?}", server.link, server.events);
    assert!(!shown.contains("s3cret"), "{shown}");
}
