//! The server's end of a stream against a scripted client.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail, and needs one base instant"
)]

mod support;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use support::attribute;
use xmpp_core::{
    Action, ApiMisuse, Error, Phase, TcpServer, TlsPolicy,
    jid::FullJid,
    sasl::{base64, scram::StoredCredentials, server},
    stanza::{StanzaCondition, StanzaError},
    stream::{Receiver, ReceiverConfig, ReceiverEvent, StreamCondition, StreamError},
    tls::{TlsError, TlsInfo},
    wire::TcpWire,
    xml::{Element, Limits},
};

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";
const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const BIND: &str = "<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>balcony</resource></bind></iq>";

struct Server {
    link: TcpServer,
    now: Instant,
    events: VecDeque<ReceiverEvent>,
    marks: Vec<&'static str>,
    sent: String,
    store_is_down: bool,
}

impl Server {
    fn new(tls: TlsPolicy) -> Self {
        let mut config =
            ReceiverConfig::new("example.org", server::Config::new([3; 32]).plain_without_tls(true));
        config.tls = tls;
        Self::with(config)
    }

    fn with(config: ReceiverConfig) -> Self {
        let now = Instant::now();
        let link =
            TcpServer::new(Receiver::new(config, [4; 32], now.into()), TcpWire::new(Limits::default()), now);
        Self {
            link,
            now,
            events: VecDeque::new(),
            marks: Vec::new(),
            sent: String::new(),
            store_is_down: false,
        }
    }

    fn drain(&mut self) {
        while let Some(action) = self.link.poll() {
            match action {
                Action::Transport(bytes) => self.sent.push_str(std::str::from_utf8(&bytes).unwrap()),
                Action::StartTls => self.marks.push("StartTls"),
                Action::Shutdown => self.marks.push("Shutdown"),
                Action::Work(work) => self.link.handle_worked(self.now, work.run()),
                Action::Event(ReceiverEvent::Lookup { .. }) if self.store_is_down => {
                    self.link.credentials_unavailable(self.now).unwrap();
                }
                Action::Event(ReceiverEvent::Lookup { username, .. }) => {
                    let known = StoredCredentials::derive("secret", b"0123456789abcdef", 4096).unwrap();
                    self.link.credentials(self.now, (username == "juliet").then_some(&known)).unwrap();
                }
                Action::Event(event) => self.events.push_back(event),
            }
        }
    }

    fn hear(&mut self, xml: &str) -> String {
        self.link.input(self.now).handle_input(xml.as_bytes());
        self.drain();
        std::mem::take(&mut self.sent)
    }

    fn closed(&mut self) -> Result<(), Error> {
        match self.events.pop_back() {
            Some(ReceiverEvent::Closed(result)) => result,
            other => panic!("not closed: {other:?}"),
        }
    }

    fn plain(&mut self, user: &str, password: &str) -> String {
        let data = base64::encode(format!("\0{user}\0{password}").as_bytes());
        self.hear(&format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{data}</auth>"))
    }

    fn authenticated() -> Self {
        let mut server = Self::new(TlsPolicy::Disabled);
        server.hear(HEADER);
        assert_eq!(server.plain("juliet", "secret"), "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
        assert!(
            matches!(server.events.pop_front(), Some(ReceiverEvent::Authenticated { account, .. }) if account.as_str() == "juliet@example.org")
        );
        server
    }

    fn bound() -> Self {
        let mut server = Self::authenticated();
        server.hear(HEADER);
        assert_eq!(server.hear(BIND), "");
        assert!(
            matches!(server.events.pop_front(), Some(ReceiverEvent::Bind { resource: Some(resource), .. }) if resource == "balcony")
        );
        server.link.bind(server.now, Ok(FullJid::new("juliet@example.org/balcony").unwrap())).unwrap();
        let answer = server.hear("");
        assert!(
            answer.contains("<jid>juliet@example.org/balcony</jid>") && answer.contains("id='b1'"),
            "{answer}"
        );
        server
    }
}

/// STR-03, STR-04, STR-06, STR-09: our header, with a new id at each, and features right behind it.
#[test]
fn header_and_features() {
    let mut server = Server::new(TlsPolicy::Required);
    let first = server.hear(HEADER);
    assert!(first.contains(" xmlns='jabber:client'"), "{first}");
    assert!(
        first.contains(" from='example.org'") && first.contains(" xml:lang='en'") && !first.contains(" to="),
        "{first}"
    );
    assert!(first.ends_with("<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"), "{first}");
    server.hear(STARTTLS);
    server.link.handle_tls(server.now, Ok(TlsInfo::default()));
    let header = HEADER.replace(" to=", " from='juliet@example.org/x' to=");
    let second = server.hear(&header);
    assert_ne!(attribute(&first, "id"), attribute(&second, "id"));
    assert_eq!(attribute(&second, "to"), "juliet@example.org");
    assert!(
        !second.contains("starttls") && second.contains("<mechanism>SCRAM-SHA-256</mechanism>"),
        "TLS-04: {second}"
    );
}

/// STR-16, STR-17, STR-19: an error that the header causes comes behind our own header.
#[test]
fn refused_headers() {
    for (header, condition) in [
        (HEADER.replace("example.org", "example.net"), StreamCondition::HostUnknown),
        (HEADER.replace("example.org", "juliet@example.org"), StreamCondition::HostUnknown),
        (HEADER.replace("example.org", "@example.org"), StreamCondition::ImproperAddressing),
        (HEADER.replace("version='1.0'>", ">"), StreamCondition::UnsupportedVersion),
        (HEADER.replace(" to=", " from='@' to="), StreamCondition::InvalidFrom),
        (HEADER.replace("jabber:client", "jabber:server"), StreamCondition::InvalidNamespace),
        (HEADER.replace("<stream:stream", "<stream:steam"), StreamCondition::BadFormat),
        ("<!DOCTYPE x>".to_owned(), StreamCondition::RestrictedXml),
    ] {
        let mut server = Server::new(TlsPolicy::Required);
        let answer = server.hear(&header);
        assert!(answer.starts_with("<?xml version='1.0'?><stream:stream "), "{answer}");
        assert!(answer.contains(&format!("<stream:error><{condition} ")), "{condition}: {answer}");
        assert!(answer.ends_with("</stream:error></stream:stream>"), "{answer}");
        assert_eq!(server.marks, ["Shutdown"]);
        assert!(server.closed().is_err());
    }
}

/// TLS-02, TLS-03: STARTTLS, and clear text behind it.
#[test]
fn starttls() {
    let mut server = Server::new(TlsPolicy::Required);
    server.hear(HEADER);
    assert_eq!(server.hear(STARTTLS), "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    assert_eq!(server.marks, ["StartTls"]);

    let mut server = Server::new(TlsPolicy::Required);
    server.hear(HEADER);
    server.hear(&format!("{STARTTLS}<auth"));
    assert_eq!(server.marks, ["Shutdown"]);
    assert!(matches!(server.closed(), Err(Error::Tls(TlsError::Injection))));

    let mut server = Server::new(TlsPolicy::Disabled);
    server.hear(HEADER);
    assert_eq!(server.hear(STARTTLS), "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>");
}

/// SASL-07: failures can be retried, and not for ever.
#[test]
fn attempts_are_counted() {
    let mut server = Server::new(TlsPolicy::Disabled);
    server.hear(HEADER);
    for user in ["juliet", "nobody"] {
        let failure = server.plain(user, "wrong");
        assert_eq!(failure, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>");
    }
    let last = server.plain("juliet", "wrong");
    assert!(last.contains("<policy-violation ") && last.ends_with("</stream:stream>"), "{last}");
    assert!(matches!(server.closed(), Err(Error::Peer(_))));

    let mut patient = Server::new(TlsPolicy::Disabled);
    patient.hear(HEADER);
    patient.plain("juliet", "wrong");
    assert!(patient.plain("juliet", "secret").starts_with("<success "));
}

/// SASL-07: where guessing is to cost time, a refusal waits, nothing is read meanwhile, and nothing else waits.
#[test]
fn refusals_wait() {
    let delay = Duration::from_secs(2);
    let sasl = server::Config::new([3; 32]).plain_without_tls(true);
    let mut config = ReceiverConfig::new("example.org", sasl);
    config.tls = TlsPolicy::Disabled;
    config.refusal_delay = delay;
    let mut server = Server::with(config);
    server.hear(HEADER);
    for user in ["juliet", "nobody"] {
        assert_eq!(server.plain(user, "wrong"), "", "it waits");
        assert!(!server.link.wants_input());
        assert_eq!(server.link.poll_timeout(), Some(server.now + delay));
        server.link.handle_timeout(server.now + Duration::from_millis(1_999));
        server.drain();
        assert_eq!(server.sent, "");
        server.now += delay;
        server.link.handle_timeout(server.now);
        server.drain();
        let said = std::mem::take(&mut server.sent);
        assert_eq!(said, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>");
        assert_ne!(server.link.poll_timeout(), Some(server.now + delay));
    }
    let unknown = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='NTLM'/>";
    assert!(server.hear(unknown).contains("<invalid-mechanism/>"), "no guess");
    let mut ended = Server::with({
        let mut config =
            ReceiverConfig::new("example.org", server::Config::new([3; 32]).plain_without_tls(true));
        (config.tls, config.refusal_delay) = (TlsPolicy::Disabled, Duration::from_mins(15));
        config
    });
    ended.hear(HEADER);
    ended.plain("juliet", "wrong");
    ended.now += Duration::from_mins(15);
    ended.link.handle_timeout(ended.now);
    ended.drain();
    assert!(!ended.sent.contains("<failure"), "the negotiation has ended before: {}", ended.sent);
    assert!(matches!(ended.closed(), Err(Error::Timeout(_))));
}

/// SASL-04, SASL-06, SASL-08: what is no SASL exchange.
#[test]
fn broken_exchanges() {
    for (said, condition) in [
        ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>*</auth>", "incorrect-encoding"),
        ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='NTLM'/>", "invalid-mechanism"),
        ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "invalid-mechanism"),
        ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AA==</auth>", "malformed-request"),
        ("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AA==</response>", "malformed-request"),
        ("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "aborted"),
    ] {
        let mut server = Server::new(TlsPolicy::Disabled);
        server.hear(HEADER);
        let failure = server.hear(said);
        assert_eq!(
            failure,
            format!("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><{condition}/></failure>"),
            "{said}"
        );
    }
}

/// SASL-12: nobody acts for somebody else.
#[test]
fn authorization_identity() {
    for (authzid, allowed) in
        [("", true), ("juliet@example.org", true), ("romeo@example.org", false), ("@", false)]
    {
        let mut server = Server::new(TlsPolicy::Disabled);
        server.hear(HEADER);
        let data = base64::encode(format!("{authzid}\0juliet\0secret").as_bytes());
        let answer = server
            .hear(&format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{data}</auth>"));
        assert_eq!(answer.starts_with("<success "), allowed, "{authzid}: {answer}");
        assert_eq!(answer.contains("<invalid-authzid/>"), !allowed, "{authzid}: {answer}");
    }
}

/// STR-12: stanzas before login, and before binding.
#[test]
fn stanzas_too_early() {
    let mut server = Server::new(TlsPolicy::Disabled);
    server.hear(HEADER);
    assert!(server.hear("<message/>").contains("<not-authorized "));
    let mut server = Server::authenticated();
    let features = server.hear(HEADER);
    assert!(features.contains("<bind ") && !features.contains("mechanisms"), "SASL-10: {features}");
    assert!(server.hear("<message/>").contains("<not-authorized "));
}

/// BND-01: what only looks like a bind request.
#[test]
fn no_bind_requests() {
    let bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";
    for said in
        [format!("<iq type='get' id='1'>{bind}</iq>"), format!("<message type='set' id='1'>{bind}</message>")]
    {
        let mut server = Server::authenticated();
        server.hear(HEADER);
        assert!(server.hear(&said).contains("<not-authorized "), "{said}");
        assert!(!server.events.iter().any(|event| matches!(event, ReceiverEvent::Bind { .. })), "{said}");
    }
}

/// BND-03: a refused resource leaves the stream open for another.
#[test]
fn bind_can_be_tried_again() {
    let mut server = Server::authenticated();
    server.hear(HEADER);
    server.hear(BIND);
    server.link.bind(server.now, Err(StanzaError::new(StanzaCondition::Conflict))).unwrap();
    let refusal = server.hear("");
    assert!(refusal.contains("type='error'") && refusal.contains("<conflict "), "{refusal}");
    server.events.clear();
    server.hear("<iq type='set' id='b2'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    assert!(matches!(server.events.pop_front(), Some(ReceiverEvent::Bind { resource: None, .. })));
    server.link.bind(server.now, Ok(FullJid::new("juliet@example.org/made").unwrap())).unwrap();
    assert!(server.hear("").contains("<jid>juliet@example.org/made</jid>"));
}

/// BND-03: but not for ever.
#[test]
fn refused_resources_are_counted() {
    let mut server = Server::authenticated();
    server.hear(HEADER);
    let mut last = String::new();
    for _ in 0..5 {
        server.hear(BIND);
        server.link.bind(server.now, Err(StanzaError::new(StanzaCondition::NotAllowed))).unwrap();
        last = server.hear("");
    }
    assert!(last.contains("<policy-violation ") && last.ends_with("</stream:stream>"), "{last}");
}

/// STR-07: the language that the client asks for, if the server speaks it or a more general one.
#[test]
fn language_of_the_response() {
    for (wish, answer) in [
        (None, "en"),
        (Some("de"), "de"),
        (Some("DE-ch-1996"), "de"),
        (Some("zh-Hant-x-tw"), "zh-Hant"),
        (Some("fr-CA"), "en"),
        (Some("d"), "en"),
    ] {
        let mut config = ReceiverConfig::new("example.org", server::Config::new([3; 32]));
        config.langs = ["en", "de", "zh-Hant"].map(str::to_owned).to_vec();
        let mut server = Server::with(config);
        let wish = wish.map_or(" to=".to_owned(), |wish| format!(" xml:lang='{wish}' to="));
        let header = server.hear(&HEADER.replace(" to=", &wish));
        assert_eq!(attribute(&header, "xml:lang"), answer, "{wish}");
    }
}

/// SASL-19: the name in the header and the name that is proved must be one.
#[test]
fn header_and_login_agree() {
    for (from, allowed) in
        [("juliet@example.org", true), ("Juliet@example.org/x", true), ("romeo@example.org", false)]
    {
        let mut server = Server::new(TlsPolicy::Disabled);
        server.hear(&HEADER.replace(" to=", &format!(" from='{from}' to=")));
        let answer = server.plain("juliet", "secret");
        assert_eq!(answer.starts_with("<success "), allowed, "{from}: {answer}");
        assert_eq!(answer.contains("<not-authorized/>"), !allowed, "{from}: {answer}");
    }
}

/// A resource of somebody else's account is not handed out by mistake.
#[test]
fn foreign_address_is_not_bound() {
    let mut server = Server::authenticated();
    server.hear(HEADER);
    server.hear(BIND);
    server.link.bind(server.now, Ok(FullJid::new("romeo@example.org/x").unwrap())).unwrap();
    assert!(server.hear("").contains("<internal-server-error "));
}

/// STZ-06: the sender is stamped; one that is not the client's own is an error.
#[test]
fn sender_is_stamped() {
    let mut server = Server::bound();
    for from in
        ["", " from='juliet@example.org'", " from='juliet@example.org/balcony'", " from='JULIET@example.org'"]
    {
        server.hear(&format!("<message{from}><body>hi</body></message>"));
        let Some(ReceiverEvent::Stanza(stanza)) = server.events.pop_front() else { panic!("{from}") };
        assert_eq!(stanza.attr("from").as_deref(), Some("juliet@example.org/balcony"));
    }
    assert!(server.hear("<message from='romeo@example.org'/>").contains("<invalid-from "));
}

/// BND-07: the session request of old clients.
#[test]
fn legacy_session() {
    let mut server = Server::bound();
    let answer =
        server.hear("<iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>");
    assert_eq!(answer, "<iq type='result' id='s'/>");
}

/// STR-22: a first-level element that is no stanza.
#[test]
fn unknown_first_level_element() {
    let mut server = Server::bound();
    assert!(server.hear("<thing xmlns='urn:example'/>").contains("<unsupported-stanza-type "));
}

/// XML-20: who has not logged in is held to less, which real negotiations never reach.
#[test]
fn oversize_element_before_login() {
    let mut server = Server::new(TlsPolicy::Disabled);
    server.hear(HEADER);
    let mut answer = server.hear("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>");
    for _ in 0..15 {
        answer.push_str(&server.hear(&"A".repeat(1024)));
    }
    assert_eq!(answer, "");
    answer.push_str(&server.hear(&"A".repeat(1024)));
    assert!(answer.contains("<policy-violation ") && answer.ends_with("</stream:stream>"), "{answer}");

    let mut server = Server::bound();
    server.hear(&format!("<message><body>{}</body></message>", "A".repeat(100_000)));
    assert!(matches!(server.events.pop_front(), Some(ReceiverEvent::Stanza(_))));
}

/// XML-20: a stanza over the limit.
#[test]
fn oversize_stanza() {
    let mut server = Server::bound();
    let mut answer = server.hear("<message><body>");
    for _ in 0..1024 {
        answer.push_str(&server.hear(&"x".repeat(1024)));
    }
    assert!(answer.contains("<policy-violation ") && answer.ends_with("</stream:stream>"), "{answer}");
}

/// STR-24: a client that does not get anywhere is not waited for for ever.
#[test]
fn slow_negotiation() {
    let mut server = Server::new(TlsPolicy::Required);
    server.hear(HEADER);
    server.now += Duration::from_secs(61);
    assert!(server.link.poll_timeout().is_some_and(|deadline| deadline <= server.now));
    server.link.handle_timeout(server.now);
    let last = server.hear("");
    assert!(last.contains("<connection-timeout ") && last.ends_with("</stream:stream>"), "{last}");
    assert!(matches!(server.closed(), Err(Error::Timeout(Phase::Opening))));
    assert_eq!(server.link.poll_timeout(), None);
}

/// SASL-08: a store that cannot be asked is no wrong password.
#[test]
fn lookup_that_cannot_be_made() {
    let mut server = Server::new(TlsPolicy::Disabled);
    server.hear(HEADER);
    server.store_is_down = true;
    let failure = server.plain("juliet", "secret");
    assert_eq!(
        failure,
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/></failure>"
    );
    server.store_is_down = false;
    assert!(server.plain("juliet", "secret").starts_with("<success "));
}

/// Verbs at the wrong moment change nothing; after the end they say so.
#[test]
fn verbs_at_the_wrong_moment() {
    let message = || "<message xmlns='jabber:client'/>".parse::<Element>().unwrap();
    let mut server = Server::new(TlsPolicy::Disabled);
    server.hear(HEADER);
    assert_eq!(server.link.credentials(server.now, None), Err(ApiMisuse::NotReady));
    assert_eq!(server.link.bind(server.now, Err(StanzaCondition::Conflict.into())), Err(ApiMisuse::NotReady));
    assert_eq!(server.link.send(server.now, message()), Err(ApiMisuse::NotReady));
    assert!(server.plain("juliet", "secret").starts_with("<success "));

    let mut server = Server::bound();
    server.link.send(server.now, message()).unwrap();
    assert_eq!(server.hear(""), "<message/>");
    server.link.close(server.now, None);
    assert_eq!(server.hear("<message/>"), "</stream:stream>");
    assert!(
        matches!(server.events.pop_front(), Some(ReceiverEvent::Stanza(_))),
        "STR-14: what is on the way arrives"
    );
    assert_eq!(server.link.send(server.now, message()), Err(ApiMisuse::Closed));
    assert_eq!(server.hear("</stream:stream>"), "");
    assert!(matches!(server.closed(), Ok(())));
    assert_eq!(server.link.send(server.now, message()), Err(ApiMisuse::Closed));
}

/// STR-16: the server ends a stream with the reason, once.
#[test]
fn closed_with_an_error() {
    let mut server = Server::bound();
    server.link.close(server.now, Some(StreamError::new(StreamCondition::SystemShutdown, "good night")));
    let last = server.hear("<message/>");
    assert!(
        last.starts_with("<stream:error><system-shutdown ") && last.ends_with("</stream:stream>"),
        "{last}"
    );
    assert_eq!(server.marks, ["Shutdown"]);
    assert!(matches!(server.closed(), Ok(())));
    server.link.close(server.now, None);
    assert_eq!(server.hear(""), "");
}
