//! `xmpp roster`.

use crate::support::{
    json, run,
    serve::{ACCOUNTS, DEVICE_BARE, Serve, Way},
};

#[test]
fn nobody_yet() {
    let server = Serve::start();
    for way in Way::ALL {
        let ended = run(server.user("juliet", way, &["roster", "--wait=0s"]));
        assert_eq!(ended.well(), "There are no contacts yet; --add ADDRESS asks somebody.\n");
    }
    let told = json(run(server.juliet(&["roster", "--wait=0s", "--json"])).well());
    assert_eq!(told, serde_json::json!({ "contacts": [], "asking": [] }));
}

#[test]
fn contacts_and_their_resources() {
    let server = Serve::start();
    let _device = server.device(Way::Http);
    run(server.juliet(&["roster", "--add", DEVICE_BARE, "--add=romeo@localhost", "--wait=100ms"])).well();
    let ended = run(server.juliet(&["roster", "--wait=200ms"]));
    let lines: Vec<&str> = ended.well().lines().collect();
    assert_eq!(lines.len(), 4, "{ended:?}");
    assert!(lines[0].starts_with("Contact ") && lines[0].ends_with(" Priority   Status"), "{ended:?}");
    let device: Vec<&str> = lines[2].split_whitespace().collect();
    assert_eq!(device, [DEVICE_BARE, "we", "see", "it", "ilon", "online", "0"]);
    let romeo: Vec<&str> = lines[3].split_whitespace().collect();
    assert_eq!(romeo, ["romeo@localhost", "we", "asked"]);
    let told = json(run(server.juliet(&["roster", "--wait=200ms", "--json"])).well());
    let contact = &told["contacts"][0];
    assert_eq!((&contact["jid"], &contact["subscription"]), (&DEVICE_BARE.into(), &"to".into()));
    assert_eq!(
        (&contact["resources"][0]["resource"], &contact["resources"][0]["show"]),
        (&"ilon".into(), &"online".into())
    );
    let steps = run(server.juliet(&["roster", "--wait=0s", "-vv"]));
    assert!(steps.code == Some(0) && steps.err.contains("<query xmlns='jabber:iq:roster'/>"), "{steps:?}");
}

/// One asks, the other approves: then the one sees the other.
#[test]
fn asking_and_approving() {
    let server = Serve::start();
    run(server.user("romeo", Way::Tcp, &["roster", "--add=juliet@localhost", "--wait=0s"])).well();
    let ended = run(server.juliet(&["roster", "--wait=200ms"]));
    let asks = "romeo@localhost asks to see this account's presence; --approve romeo@localhost allows it.\n";
    assert!(ended.well().ends_with(asks), "{ended:?}");
    let told = json(run(server.juliet(&["roster", "--wait=200ms", "--json"])).well());
    assert_eq!(told["asking"], serde_json::json!(["romeo@localhost"]));
    let approved = run(server.juliet(&["roster", "--approve=romeo@localhost", "--wait=200ms"]));
    assert!(approved.well().contains("it sees us"), "{approved:?}");
    let romeo = run(server.user("romeo", Way::Tcp, &["roster", "--wait=0s"]));
    assert!(romeo.well().contains("we see it"), "{romeo:?}");
    let removed = run(server.juliet(&["roster", "--remove=romeo@localhost", "--wait=0s"]));
    assert!(removed.well().starts_with("There are no contacts yet"), "{removed:?}");
}

#[test]
fn contacts_that_are_not_there() {
    let server = Serve::start();
    run(server.juliet(&["roster", "--remove=nobody@localhost"]))
        .fails(5, &["nobody@localhost: item-not-found"]);
}

/// A contact that is added again keeps the name and the groups that another client gave it.
#[test]
fn names_stay() {
    use xmpp_tokio::{ClientConfig, Connector, SessionConfig, xmpp_core};
    let server = Serve::start();
    let (user, password) = ACCOUNTS[0];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let account = ClientConfig::new(&format!("{user}@localhost"), password).unwrap();
        let (host, port) = server.tcp.split_once(':').unwrap();
        let connector = Connector::new(SessionConfig::new(account)).host(host).port(port.parse().unwrap());
        let client = connector.ca_file(&server.ca).unwrap().connect().await.unwrap();
        let set = "<iq xmlns='jabber:client' type='set'><query xmlns='jabber:iq:roster'>\
            <item jid='romeo@localhost' name='My&#x9b;own&#10;love'><group>Verona</group></item></query></iq>";
        let set: xmpp_core::xml::Element = set.parse().unwrap();
        client.request(set, std::time::Duration::from_secs(20)).await.unwrap();
        client.close().await;
    });
    let ended = run(server.juliet(&["roster", "--add=romeo@localhost", "--wait=0s"]));
    assert!(ended.well().contains("romeo@localhost (My\u{fffd}own love)   we asked"), "{ended:?}");
    let told = json(run(server.juliet(&["roster", "--wait=0s", "--json"])).well());
    assert_eq!(told["contacts"][0]["name"], "My\u{9b}own\nlove");
    assert_eq!(told["contacts"][0]["groups"], serde_json::json!(["Verona"]));
}
