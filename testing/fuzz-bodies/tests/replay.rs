//! Every committed input once, without a fuzzer.

use std::{fs, path::Path};

fn replay(target: &str, body: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut inputs: Vec<_> = fs::read_dir(&corpus)
        .unwrap_or_else(|error| panic!("{}: {error}", corpus.display()))
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} is empty", corpus.display());
    for input in inputs {
        // Shown by the test runner when the body panics.
        println!("{}", input.display());
        body(&fs::read(&input).expect("inputs can be read"));
    }
}

#[test]
fn bosh_body() {
    replay("bosh_body", xmpp_fuzz_bodies::bosh_body);
}

#[test]
fn chunking() {
    replay("chunking", xmpp_fuzz_bodies::chunking);
    // The first byte is no part of the stream.
    replay("chunking", |data| xmpp_fuzz_bodies::every_cut(data.get(1..).unwrap_or_default()));
}

#[test]
fn element() {
    replay("element", xmpp_fuzz_bodies::element);
}

#[test]
fn framer() {
    replay("framer", xmpp_fuzz_bodies::framer);
    replay("chunking", xmpp_fuzz_bodies::framer);
}

#[test]
fn iot_data() {
    replay("iot_data", xmpp_fuzz_bodies::iot_data);
}

#[test]
fn jid() {
    replay("jid", xmpp_fuzz_bodies::jid);
}

#[test]
fn roundtrip() {
    replay("roundtrip", xmpp_fuzz_bodies::roundtrip);
}

#[test]
fn sasl() {
    replay("sasl", xmpp_fuzz_bodies::sasl);
}

#[test]
fn scram() {
    replay("scram", xmpp_fuzz_bodies::scram);
}

#[test]
fn soap_envelope() {
    replay("soap_envelope", xmpp_fuzz_bodies::soap_envelope);
}
