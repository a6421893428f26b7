//! The same against servers that others wrote.
#![cfg(feature = "bosh")]

mod support;

use std::time::Duration;

use support::{account, is_wrong_password, soon, talk};
use xmpp_test_servers::{Accounts, Kind, Server, Setup};
use xmpp_tokio::{
    Client, Connector,
    xmpp_core::{
        TlsPolicy,
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
