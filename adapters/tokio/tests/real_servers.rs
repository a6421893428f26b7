//! The same against servers that others wrote.
#![cfg(feature = "bosh")]

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use support::{account, is_wrong_password, soon, talk};
use xmpp_test_servers::{Accounts, Kind, Server, Setup};
use xmpp_tokio::{
    Client, ClientConfig, Connector, SessionConfig,
    xmpp_core::{
        Direction, Item, TlsPolicy,
        sasl::Mechanism,
        stream::Features,
        xml::{Element, ns},
    },
};

const DEVICE: &str = "08-00-00-1A-7C-62";

/// `None`: it is not installed, and a line on standard error has said so.
fn start(kind: Kind, setup: impl FnOnce(Setup) -> Setup) -> Option<Server> {
    let accounts = Accounts::new().with(DEVICE, "device").with("application", "secret");
    Server::start(kind, &setup(Setup::new(accounts))).expect("an installed server starts")
}

fn application(server: &Server, password: &str) -> Connector {
    let config = account("application@localhost/desk", password, TlsPolicy::Required);
    let address = server.c2s_addr();
    let connector = Connector::new(config).host(address.ip().to_string()).port(address.port());
    connector.ca_file(server.ca_pem_path()).expect("the server's authority")
}

async fn device(server: &Server, policy: TlsPolicy, url: &str) -> Client {
    let config = account(&format!("{DEVICE}@localhost/ilon"), "device", policy);
    let connector = Connector::new(config).ca_file(server.ca_pem_path()).expect("the server's authority");
    soon(connector.bosh(url)).await.unwrap_or_else(|error| panic!("{error}\n{}", server.log()))
}

/// Whoever is logged in is reachable by full address once a presence was sent; the server answers discovery.
async fn arrive(client: &Client) {
    let presence = Element::build("presence", ns::CLIENT).finish().expect("a presence");
    client.send(presence).await.expect("sent");
    let disco = Element::build("iq", ns::CLIENT)
        .attr("type", "get")
        .attr("to", "localhost")
        .empty("query", "http://jabber.org/protocol/disco#info");
    let answer = client.request(disco.finish().expect("a request"), Duration::from_secs(10)).await;
    let answer = answer.expect("the server tells what it is");
    let query = answer.child("query", "http://jabber.org/protocol/disco#info").expect("a result");
    assert!(
        query.child("identity", "http://jabber.org/protocol/disco#info").is_some(),
        "{}",
        answer.to_xml()
    );
}

async fn device_and_application(server: &Server, policy: TlsPolicy, url: &str) {
    let connector = application(server, "secret");
    let mut application =
        soon(connector.connect()).await.unwrap_or_else(|error| panic!("{error}\n{}", server.log()));
    let mut device = device(server, policy, url).await;
    assert_eq!(device.jid().to_string(), "08-00-00-1a-7c-62@localhost/ilon");
    arrive(&application).await;
    arrive(&device).await;
    for round in 0..3 {
        talk(&application, &mut device, &format!("question {round}")).await;
        talk(&device, &mut application, &format!("answer {round}")).await;
    }
    soon(device.close()).await;
    soon(application.close()).await;
}

async fn over_https(kind: Kind) {
    let Some(server) = start(kind, |setup| setup) else { return };
    for path in server.bosh_paths() {
        device_and_application(&server, TlsPolicy::Required, &format!("{}{path}", server.https_base())).await;
    }
    let error = soon(application(&server, "wrong").connect()).await.expect_err("the password is wrong");
    assert!(is_wrong_password(&error), "{error}");
}

async fn over_http(kind: Kind) {
    let Some(server) = start(kind, |setup| setup.plain_bosh(true)) else { return };
    for path in server.bosh_paths() {
        device_and_application(&server, TlsPolicy::Disabled, &format!("{}{path}", server.http_base())).await;
    }
}

/// What a client said and heard, as XML with its secrets masked.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<(Direction, Item)>>>);

impl Said {
    fn note(&self) -> impl Fn(Direction, &Item) + Send + Sync + 'static {
        let said = Arc::clone(&self.0);
        move |direction, item| said.lock().expect("no panic").push((direction, item.clone()))
    }

    /// The last offer.
    fn features(&self) -> Features {
        let said = self.0.lock().expect("no panic");
        let mut offers = said.iter().filter_map(|(direction, item)| match item {
            Item::Element(element) if *direction == Direction::In => Features::parse(element.root()),
            _ => None,
        });
        offers.rfind(|features| !features.mechanisms.is_empty()).expect("mechanisms were offered")
    }

    /// The mechanisms that were tried, in order.
    fn tried(&self) -> Vec<String> {
        let said = self.0.lock().expect("no panic");
        let tried = said.iter().filter_map(|(_, item)| match item {
            Item::Element(element) if element.name() == "auth" => {
                Some(element.root().attr("mechanism").unwrap_or_default().into_owned())
            }
            _ => None,
        });
        tried.collect()
    }
}

/// SASL-01, SASL-07, MEC-15: by every mechanism that the server offers and that needs a password, DIGEST-MD5 included. A
/// -PLUS that the server offers and cannot do is followed by SCRAM without it, and never by less.
async fn every_mechanism(kind: Kind) {
    let Some(server) = start(kind, |setup| setup) else { return };
    let login = async |mechanisms: &[Mechanism], said: &Said| {
        let mut account = ClientConfig::new("application@localhost/desk", "secret").expect("an address");
        account.sasl = account.sasl.mechanisms(mechanisms);
        let address = server.c2s_addr();
        let connector = Connector::new(SessionConfig::new(account))
            .host(address.ip().to_string())
            .port(address.port())
            .trace(said.note())
            .ca_file(server.ca_pem_path())
            .expect("the server's authority");
        soon(connector.connect()).await
    };
    let said = Said::default();
    let client =
        login(Mechanism::PASSWORD, &said).await.unwrap_or_else(|error| panic!("{error}\n{}", server.log()));
    soon(client.close()).await;
    let (offered, tried) = (said.features(), said.tried());
    println!("{kind:?} offers {:?} {:?}; tried: {tried:?}", offered.mechanisms, offered.binding_types);
    assert!(tried.iter().all(|name| name.starts_with("SCRAM-")), "{tried:?}");
    let plus = offered.mechanisms.iter().any(|name| name.ends_with("-PLUS"));
    assert_eq!(tried[0].ends_with("-PLUS"), plus, "{tried:?}");

    let suited = |mechanism: &&Mechanism| {
        let other = [Mechanism::External, Mechanism::OAuthBearer, Mechanism::Anonymous];
        !other.contains(mechanism) && offered.mechanisms.iter().any(|name| name == mechanism.name())
    };
    let mut done = 0;
    for &mechanism in Mechanism::ALL.iter().filter(suited) {
        let said = Said::default();
        match login(&[mechanism], &said).await {
            Ok(client) => {
                assert_eq!(said.tried(), [mechanism.name()]);
                soon(client.close()).await;
                done += 1;
            }
            Err(error) => {
                assert!(mechanism.binds_channel() && is_wrong_password(&error), "{mechanism}: {error}");
            }
        }
    }
    assert!(done >= 3, "{:?}", offered.mechanisms);
}

#[tokio::test]
async fn prosody_every_mechanism() {
    every_mechanism(Kind::Prosody).await;
}

#[tokio::test]
async fn ejabberd_every_mechanism() {
    every_mechanism(Kind::Ejabberd).await;
}

#[tokio::test]
async fn prosody_over_https() {
    over_https(Kind::Prosody).await;
}

#[tokio::test]
async fn prosody_over_http() {
    over_http(Kind::Prosody).await;
}

#[tokio::test]
async fn ejabberd_over_https() {
    over_https(Kind::Ejabberd).await;
}

#[tokio::test]
async fn ejabberd_over_http() {
    over_http(Kind::Ejabberd).await;
}
