//! Accounts that are made on the way in (XEP-0077), with our server and with those that others wrote.
#![cfg(feature = "server")]

mod support;

use std::{net::SocketAddr, time::Duration};

use support::{Server, account, is_wrong_password, soon, talk};
use xmpp_test_servers::{Accounts, Kind, Server as RealServer, Setup};
use xmpp_tokio::{
    Client, Connector, Error, Event, RequestError, SessionConfig, TlsSettings,
    server::Running,
    xmpp_core::{
        self, RequestError as Unanswered, TlsPolicy,
        stanza::iq,
        stream::{Registration, RegistrationError, StreamCondition},
        xep::register,
        xml::Element,
    },
};

const DEVICE: &str = "08-00-00-1A-7C-FF";

/// Somebody who has no account yet.
fn newcomer(address: &str, password: &str, tls: TlsPolicy) -> SessionConfig {
    let mut config = account(address, password, tls);
    config.client.registration = Some(Registration::new());
    config
}

/// One of the ways to a server.
struct Place {
    domain: &'static str,
    tcp: SocketAddr,
    /// `None`: over TCP.
    url: Option<String>,
    policy: TlsPolicy,
    tls: TlsSettings,
}

impl Place {
    /// TCP with TLS, https, and http in clear.
    fn all(
        domain: &'static str,
        tcp: SocketAddr,
        https: String,
        http: String,
        tls: &TlsSettings,
    ) -> [Self; 3] {
        let place = |url, policy| Self { domain, tcp, url, policy, tls: tls.clone() };
        [
            place(None, TlsPolicy::Required),
            place(Some(https), TlsPolicy::Required),
            place(Some(http), TlsPolicy::Disabled),
        ]
    }

    fn ours(server: &Server) -> [Self; 3] {
        let Running { tcp_addr, http_addr, https_addr, .. } = &server.running;
        let https = format!("https://localhost:{}/bosh", https_addr.expect("it listens").port());
        Self::all("example.org", *tcp_addr, https, format!("http://{http_addr}/bosh"), &server.tls)
    }

    fn real(server: &RealServer) -> [Self; 3] {
        let path = server.bosh_paths()[0];
        let tls = TlsSettings::none().with_ca_file(server.ca_pem_path()).expect("the server's authority");
        let [https, http] = [server.https_base(), server.http_base()].map(|base| format!("{base}{path}"));
        Self::all(server.domain(), server.c2s_addr(), https, http, &tls)
    }

    async fn reach(&self, config: SessionConfig) -> Result<Client, Error> {
        let connector = Connector::new(config).tls(self.tls.clone());
        if let Some(url) = &self.url {
            return soon(Box::pin(connector.bosh(url))).await;
        }
        let connector = connector.host(self.tcp.ip().to_string()).port(self.tcp.port());
        soon(Box::pin(connector.connect())).await
    }
}

fn registration_error(login: Result<Client, Error>) -> RegistrationError {
    match login.expect_err("it must fail") {
        Error::Stream { source: xmpp_core::Error::Registration(error), .. } => error,
        other => panic!("{other}"),
    }
}

async fn ask(client: &Client, payload: &Element) {
    let answer = client.request(iq::set(None, payload), Duration::from_secs(10)).await;
    answer.unwrap_or_else(|error| panic!("{error}"));
}

/// Until the stream ends.
async fn end(client: &mut Client) -> Result<(), xmpp_core::Error> {
    loop {
        match soon(client.next()).await {
            Some(Event::Closed(result)) => return result,
            Some(_) => {}
            None => panic!("an end has a reason"),
        }
    }
}

/// How an account ended: whether its removal was answered, and how its two streams ended.
struct Removed {
    answered: bool,
    ends: [xmpp_core::Error; 2],
}

/// Made and used, not made again; another password; removed.
async fn life_of_an_account(place: &Place) -> Removed {
    let address = |resource: &str| format!("{DEVICE}@{}/{resource}", place.domain);
    let mut device = place.reach(newcomer(&address("ilon"), "0ne", place.policy)).await.expect("made");
    assert_eq!(device.jid().to_string(), address("ilon").to_lowercase());

    let again = registration_error(place.reach(newcomer(&address("x"), "other", place.policy)).await);
    assert_eq!(again, RegistrationError::Conflict);

    let known = |password: &str| account(&address("y"), password, place.policy);
    let mut other = place.reach(known("0ne")).await.expect("login");
    talk(&device, &mut other, "hello").await;
    // Some servers end the other streams when the password is changed.
    soon(device.close()).await;
    ask(&other, &register::change_password(DEVICE, "tw0").expect("sendable")).await;
    let error = place.reach(known("0ne")).await.expect_err("the password is another one");
    assert!(is_wrong_password(&error), "{error}");
    device = place.reach(account(&address("ilon"), "tw0", place.policy)).await.expect("login");

    let removal = other.request(iq::set(None, &register::removal()), Duration::from_secs(10)).await;
    match &removal {
        // Prosody does not answer over BOSH before it ends the session.
        Ok(_) | Err(RequestError::Failed(Unanswered::Disconnected)) => {}
        Err(error) => panic!("{error}"),
    }
    let ends = [end(&mut device).await, end(&mut other).await];
    let error = place.reach(known("tw0")).await.expect_err("it is gone");
    assert!(is_wrong_password(&error), "{error}");
    Removed { answered: removal.is_ok(), ends: ends.map(|end| end.expect_err("ended by the server")) }
}

#[tokio::test]
async fn ours() {
    let server = Server::start(|config| (config.registration, config.clear_bosh) = (true, true)).await;
    for place in Place::ours(&server) {
        let Removed { answered, ends } = life_of_an_account(&place).await;
        assert!(answered);
        for end in ends {
            let xmpp_core::Error::Stream(error) = end else { panic!("{end}") };
            assert_eq!(error.condition, StreamCondition::NotAuthorized);
        }
    }
}

#[tokio::test]
async fn ours_makes_none_unasked() {
    let server = Server::start(|config| config.clear_bosh = true).await;
    for place in Place::ours(&server) {
        let login = place.reach(newcomer("new@example.org", "secret", place.policy)).await;
        assert!(matches!(registration_error(login), RegistrationError::NotOffered(Some(_))));
    }
}

/// `None`: it is not installed, and a line on standard error has said so.
fn start(kind: Kind, registration: bool) -> Option<RealServer> {
    let setup = Setup::new(Accounts::new().with("application", "secret")).registration(registration);
    RealServer::start(kind, &setup).expect("an installed server starts")
}

async fn with_registration(kind: Kind) {
    let Some(server) = start(kind, true) else { return };
    for place in Place::real(&server) {
        life_of_an_account(&place).await;
    }
}

async fn without_registration(kind: Kind) {
    let Some(server) = start(kind, false) else { return };
    for place in Place::real(&server) {
        let login = place.reach(newcomer("new@localhost", "secret", place.policy)).await;
        let error = registration_error(login);
        assert!(matches!(error, RegistrationError::NotOffered(_)), "{error}");
    }
}

#[tokio::test]
async fn prosody() {
    with_registration(Kind::Prosody).await;
}

#[tokio::test]
async fn ejabberd() {
    with_registration(Kind::Ejabberd).await;
}

#[tokio::test]
async fn prosody_makes_none() {
    without_registration(Kind::Prosody).await;
}

#[tokio::test]
async fn ejabberd_makes_none() {
    without_registration(Kind::Ejabberd).await;
}
