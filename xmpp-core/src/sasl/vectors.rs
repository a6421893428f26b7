//! Exchanges and messages that other implementations' tests gathered, where they lie on this machine: the folder that
//! `XMPP_VECTORS` names holds `sasl.jsonl`, one JSON object a line. What differs is explained here.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;

use serde_json::Value;

use super::bearer::Bearer;
use super::client::{Config, Credentials, Negotiation, Reply};
use super::plain::Plain;
use super::scram::client::{Flag, Offered, Scram};
use super::scram::server::First;
use super::scram::{Hash, StoredKeys};
use super::{BindingType, ChannelBindings, Mechanism, Offer, base64, prep};
use crate::entropy::Entropy;

fn records() -> Option<Vec<Value>> {
    let Some(folder) = std::env::var_os("XMPP_VECTORS") else {
        println!("skipped: XMPP_VECTORS names no folder with sasl.jsonl");
        return None;
    };
    let text = std::fs::read_to_string(PathBuf::from(folder).join("sasl.jsonl")).expect("the file is there");
    Some(text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn data(message: &Value) -> Vec<u8> {
    match message["data_b64"].as_str() {
        Some(coded) => base64::decode(coded).unwrap(),
        None => text(message, "data").as_bytes().to_vec(),
    }
}

fn decoded(value: &Value, key: &str) -> Vec<u8> {
    base64::decode(text(value, key)).unwrap()
}

fn credentials(record: &Value) -> Credentials {
    let told = &record["credentials"];
    let credentials = Credentials::new(text(told, "authcid"), told["password"].as_str().unwrap_or("pencil"));
    match told["authzid"].as_str() {
        Some(authzid) => credentials.authzid(authzid),
        None => credentials,
    }
}

fn hash(record: &Value) -> Hash {
    Mechanism::from_name(text(record, "mechanism")).and_then(Mechanism::hash).unwrap_or(Hash::Sha1)
}

/// The binding of a record, if it is of a type that is known.
fn bindings(told: &Value) -> ChannelBindings {
    match BindingType::from_name(text(told, "type")) {
        Some(kind) => ChannelBindings::new().with(kind, decoded(told, "data_b64")),
        None => ChannelBindings::new(),
    }
}

fn client(record: &Value, header: &str, nonce: &str) -> Option<Scram> {
    let bindings = bindings(&record["channel_binding"]);
    let flag = match header.split(',').next().unwrap_or_default() {
        "y" => Flag::NotOffered,
        "n" => Flag::Unsupported,
        bound => {
            let kind = BindingType::from_name(bound.strip_prefix("p=")?)?;
            return scram(record, &Flag::Bound(kind, bindings.get(kind)?), nonce);
        }
    };
    scram(record, &flag, nonce)
}

fn scram(record: &Value, flag: &Flag<'_>, nonce: &str) -> Option<Scram> {
    let offered = Offered { text: String::new(), must_be_confirmed: false };
    let bounds = 1..=1_000_000;
    Scram::new(hash(record), &credentials(record), flag, offered, bounds, Vec::new(), nonce.to_owned()).ok()
}

/// The client's answer; `None`: it refuses.
fn answer(client: &mut Scram, message: &[u8]) -> Option<Vec<u8>> {
    match client.challenge(message, &mut Entropy::new([1; 32])).ok()? {
        Reply::Respond(response) => Some(response),
        Reply::Work(work) => match client.worked(&work.run()) {
            Reply::Respond(response) => Some(response),
            reply => panic!("{reply:?}"),
        },
        Reply::Ignored => panic!("nothing is out of date"),
    }
}

fn keys(hash: Hash, password: &str, salt: &[u8], iterations: u32) -> StoredKeys {
    let iterations = NonZeroU32::new(iterations).unwrap();
    let password = prep::password(password).unwrap();
    let salted = hash.salted_password(password.as_bytes(), salt, iterations);
    StoredKeys::from_salted_password(hash, salt, iterations, &salted)
}

/// What became of each kind, and the records that nothing explains.
#[derive(Default)]
struct Tally(BTreeMap<String, usize>, Vec<String>);

impl Tally {
    fn judge(&mut self, record: &Value, outcome: Result<&str, String>) {
        match outcome {
            Ok(how) => *self.0.entry(format!("{} {how}", text(record, "kind"))).or_default() += 1,
            Err(why) => self.1.push(format!("{} {}: {why}", text(record, "id"), text(record, "name"))),
        }
    }
}

/// MEC-01, MEC-03, MEC-05, MEC-06, MEC-07, MEC-08, MEC-09, MEC-11, MEC-12, MEC-13, MEC-21: every record, by its kind.
#[test]
fn records_of_others() {
    let Some(records) = records() else { return };
    let mut tally = Tally::default();
    for record in &records {
        let outcome = match (text(record, "kind"), text(record, "mechanism")) {
            ("exchange", mechanism) if mechanism.starts_with("SCRAM") => exchange(record),
            ("exchange", "OAUTHBEARER") => bearer_exchange(record),
            #[cfg(feature = "digest-md5")]
            ("exchange" | "parse", "DIGEST-MD5") => digest_md5(record),
            ("client_first", _) => client_first(record),
            ("client_initial", _) => client_initial(record),
            ("client_must_reject", _) => client_must_reject(record),
            ("server_must_reject", _) => server_must_reject(record),
            ("server_parse", mechanism) => server_parse(record, mechanism),
            ("hi", _) => hi(record),
            // Made-up names and priorities; `choice.rs` shows the same with real ones.
            ("mechanism_selection", _) => Ok("left out"),
            _ => Ok("left out: a feature"),
        };
        tally.judge(record, outcome);
    }
    println!("{:#?}", tally.0);
    assert!(tally.1.is_empty(), "{:#?}", tally.1);
}

fn exchange(record: &Value) -> Result<&'static str, String> {
    let recomputed = &record["recomputed"];
    let contradicts_itself = recomputed["proof"] == false || recomputed["server_signature"] == false;
    let messages: Vec<_> = record["messages"].as_array().unwrap().iter().map(data).collect();
    if record["saslprep"] == false {
        return Ok("explained: prepares nothing");
    }
    let [first, challenge, last, signature @ ..] = &messages[..] else {
        return Err("not three messages".into());
    };
    // Some leave the last message out.
    let signature = match signature {
        [signature] => signature.clone(),
        _ => text(&record["derived"], "expected_v").as_bytes().to_vec(),
    };
    let nonce = text(record, "client_nonce");
    let header = String::from_utf8_lossy(first).into_owned();
    let mut client = client(record, &header, nonce).ok_or("no client")?;
    if client.initial() != *first {
        return Err(format!("first: {}", String::from_utf8_lossy(&client.initial())));
    }
    let plus = header.starts_with("p=");
    let server =
        First::parse(first, plus, plus, &bindings(&record["channel_binding"])).map_err(|e| e.to_string())?;
    let challenge_text = String::from_utf8_lossy(challenge);
    let field =
        |name: &str| challenge_text.split(',').find_map(|part| part.strip_prefix(name)).unwrap_or_default();
    let server_nonce = field("r=").strip_prefix(nonce).ok_or("no nonce")?;
    let Some(response) = answer(&mut client, challenge) else {
        // Some tests let the server add nothing to the client's nonce, which is a replay.
        return if server_nonce.is_empty() {
            Ok("explained: no nonce of the server")
        } else {
            Err("refused".into())
        };
    };
    if contradicts_itself {
        return Ok("explained: contradicts itself");
    }
    if response != *last {
        return Err(format!("last: {}", String::from_utf8_lossy(&response)));
    }
    client.success(Some(&signature)).map_err(|error| error.to_string())?;

    let salt = base64::decode(field("s=")).unwrap();
    let password = text(&record["credentials"], "password");
    let keys = keys(hash(record), password, &salt, field("i=").parse().unwrap());
    let (challenged, said) = server.challenge(keys, server_nonce, None);
    if !challenge.starts_with(&said) {
        return Err(format!("challenge: {}", String::from_utf8_lossy(&said)));
    }
    if said.len() < challenge.len() {
        return Ok("agreed, the client alone: an extension of the server");
    }
    match challenged.verify(last) {
        Ok(ours) if ours == signature => Ok("agreed"),
        outcome => Err(format!("{outcome:?}")),
    }
}

fn client_first(record: &Value) -> Result<&'static str, String> {
    let expected = text(record, "expected");
    let nonce = text(record, "client_nonce");
    let flag = match (text(record, "gs2_flag"), BindingType::from_name(text(record, "cb_type"))) {
        ("p", Some(kind)) => Flag::Bound(kind, b"data"),
        ("y", _) => Flag::NotOffered,
        _ => Flag::Unsupported,
    };
    let said = scram(record, &flag, nonce).ok_or("no client")?.initial();
    if said == expected.as_bytes() { Ok("agreed") } else { Err(String::from_utf8_lossy(&said).into_owned()) }
}

fn client_initial(record: &Value) -> Result<&'static str, String> {
    let told = &record["credentials"];
    let mechanism = Mechanism::from_name(text(record, "mechanism")).unwrap();
    let credentials = match mechanism {
        Mechanism::Plain => credentials(record),
        Mechanism::External => Credentials::certificate(),
        Mechanism::Anonymous if told["trace"].as_str().is_some_and(|trace| !trace.is_empty()) => {
            return Ok("explained: we send no trace");
        }
        Mechanism::Anonymous => Credentials::anonymous(),
        _ => Credentials::bearer(text(told, "authzid"), text(told, "token")),
    };
    let credentials = match told["authzid"].as_str().filter(|authzid| !authzid.is_empty()) {
        Some(authzid) => credentials.authzid(authzid),
        None => credentials,
    };
    let mut client = Negotiation::new(Config::new(credentials), true, Entropy::new([1; 32]));
    let said = client.start(&Offer::new([mechanism.name()])).map_err(|error| error.to_string())?.initial;
    if said.as_deref() == Some(&decoded(record, "expected_b64")[..]) {
        Ok("agreed")
    } else {
        Err(format!("{said:?}"))
    }
}

fn client_must_reject(record: &Value) -> Result<&'static str, String> {
    let Some(mut client) = client(record, text(record, "client_first"), text(record, "client_nonce")) else {
        return Ok("refused before anything is said");
    };
    let messages: Vec<_> = record["server_messages"].as_array().unwrap().iter().map(data).collect();
    let last = messages.len() - 1;
    for (n, message) in messages.iter().enumerate() {
        let refused = match n {
            0 => answer(&mut client, message).is_none(),
            _ => client.success(Some(message)).is_err(),
        };
        if refused {
            return Ok("refused");
        }
        assert!(n <= last);
    }
    Err("accepted".into())
}

fn server_must_reject(record: &Value) -> Result<&'static str, String> {
    let config = &record["server_config"];
    let mechanism = Mechanism::from_name(text(record, "mechanism")).unwrap();
    let bindings = bindings(&config["channel_binding"]);
    let messages: Vec<_> = record["client_messages"].as_array().unwrap().iter().map(data).collect();
    let (plus, offered) = (mechanism.binds_channel(), !config["channel_binding"].is_null());
    let Ok(first) = First::parse(&messages[0], plus, offered, &bindings) else { return Ok("refused") };
    if first.username != text(config, "user") {
        return Ok("refused at the end, as an unknown user");
    }
    if first.authzid.is_some() && messages.len() == 1 {
        return Ok("explained: whom a user may act for is the caller's decision");
    }
    let Some(last) = messages.get(1) else { return Err("accepted".into()) };
    let count = u32::try_from(config["iterations"].as_u64().unwrap()).unwrap();
    let keys = keys(hash(record), text(config, "password"), &decoded(config, "salt_b64"), count);
    let (challenged, _) = first.challenge(keys, text(config, "server_nonce_part"), None);
    if challenged.verify(last).is_err() { Ok("refused") } else { Err("accepted".into()) }
}

fn server_parse(record: &Value, mechanism: &str) -> Result<&'static str, String> {
    let message = decoded(record, "message_b64");
    let valid = match mechanism {
        "PLAIN" => Plain::parse(&message).is_ok(),
        _ => Bearer::parse(&message).is_ok_and(|parsed| *parsed.token == text(&record["fields"], "token")),
    };
    if record["valid"] == valid { Ok("agreed") } else { Err(format!("valid: {valid}")) }
}

fn hi(record: &Value) -> Result<&'static str, String> {
    let count = NonZeroU32::new(u32::try_from(record["iterations"].as_u64().unwrap()).unwrap()).unwrap();
    let salted = Hash::Sha256.salted_password(
        text(record, "password").as_bytes(),
        &decoded(record, "salt_b64"),
        count,
    );
    let told = text(record, "salted_password_hex");
    let expected: Vec<u8> =
        (0..told.len() / 2).map(|n| u8::from_str_radix(&told[2 * n..2 * n + 2], 16).unwrap()).collect();
    if *salted == expected { Ok("agreed") } else { Err(format!("{salted:?}")) }
}

/// A bad token and the dialogue about it.
fn bearer_exchange(record: &Value) -> Result<&'static str, String> {
    let messages: Vec<_> = record["messages"].as_array().unwrap().iter().map(data).collect();
    let [initial, report, dummy] = &messages[..] else { return Err("not three messages".into()) };
    let mut client =
        Negotiation::new(Config::new(Credentials::bearer("", "unknown")), true, Entropy::new([1; 32]));
    let said = client.start(&Offer::new(["OAUTHBEARER"])).map_err(|error| error.to_string())?.initial;
    let reply = client.challenge(report).map_err(|error| error.to_string())?;
    let ours = matches!(&reply, Reply::Respond(response) if response == dummy);
    let theirs = super::bearer::TokenError::InvalidToken.report() == *report;
    if said.as_ref() == Some(initial) && ours && theirs { Ok("agreed") } else { Err(format!("{reply:?}")) }
}

#[cfg(feature = "digest-md5")]
fn digest_md5(record: &Value) -> Result<&'static str, String> {
    use super::digest_md5::Digest;

    let start = |cnonce: &str, uri: &str, credentials: &Credentials| {
        Digest::new(credentials, uri.to_owned(), cnonce.to_owned()).map_err(|error| error.to_string())
    };
    if text(record, "kind") == "parse" {
        if text(record, "message_type") != "challenge" {
            return Ok("left out: the grammar is the same");
        }
        let mut client = start("c", "xmpp/example.org", &Credentials::new("user", "pass"))?;
        let message = text(record, "message");
        let valid = client.challenge(message.as_bytes()).is_ok();
        // RFC 2831 §2.1.1 demands a cipher of who offers confidentiality, and forbids it to nobody.
        if valid && message.contains("cipher=") && !message.contains("qop") {
            return Ok("explained: ciphers of no use");
        }
        return if record["valid"] == valid { Ok("agreed") } else { Err(format!("valid: {valid}")) };
    }
    let messages: Vec<_> = record["messages"].as_array().unwrap().iter().map(data).collect();
    let mut client = start(text(record, "cnonce"), text(record, "digest_uri"), &credentials(record))?;
    let Ok(Reply::Respond(response)) = client.challenge(&messages[0]) else { return Err("refused".into()) };
    let expected = text(&record["response_fields"], "response");
    let ours = String::from_utf8_lossy(&response).contains(&format!("response={expected}"));
    let believed = client.success(Some(&messages[2])).is_ok();
    if record["warning"].is_string() {
        return Ok("explained: contradicts itself");
    }
    if ours && believed {
        Ok("agreed")
    } else {
        Err(format!("{} {believed}", String::from_utf8_lossy(&response)))
    }
}
