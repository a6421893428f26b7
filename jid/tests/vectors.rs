//! Addresses and strings that other implementations' tests gathered, where they lie on this machine: the folder that
//! `XMPP_VECTORS` names holds `jid.jsonl`, `jid_mined.jsonl` and `prep.jsonl`, one JSON object a line. Each difference
//! must be one of those that are explained here; what a file calls uncertain or says of older rules is only counted.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jid::{BareJid, Jid, JidError, Part, Reason, escape, unescape};
use serde_json::{Value, json};

/// The records of a file; `None` says that there are none.
fn records(file: &str) -> Option<Vec<Value>> {
    let Some(folder) = std::env::var_os("XMPP_VECTORS") else {
        println!("skipped: XMPP_VECTORS names no folder with {file}");
        return None;
    };
    let text = std::fs::read_to_string(PathBuf::from(folder).join(file)).expect("the file is there");
    Some(text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect())
}

/// How many records ended how, and those that nothing explains.
#[derive(Default)]
struct Tally {
    outcomes: BTreeMap<&'static str, usize>,
    unexplained: Vec<String>,
}

impl Tally {
    fn count(&mut self, outcome: &'static str) {
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    /// Counts a record as agreed, or as explained; it is kept when neither.
    fn judge(
        &mut self,
        record: &Value,
        agreed: bool,
        explanation: Option<&'static str>,
        ours: &impl std::fmt::Debug,
    ) {
        match explanation {
            _ if agreed => self.count("agreed"),
            Some(explanation) => self.count(explanation),
            None => self.unexplained.push(format!("{} {}: {ours:?}", record["id"], record["input"])),
        }
    }

    fn finish(self, least: usize) {
        println!("{:#?}", self.outcomes);
        assert!(self.unexplained.is_empty(), "nothing explains: {:#?}", self.unexplained);
        assert!(self.outcomes.get("agreed").is_some_and(|&agreed| agreed >= least), "too few to tell");
    }
}

fn parts(jid: &Jid) -> Value {
    json!([jid.local(), jid.domain(), jid.resource()])
}

/// What a record expects of an address: its parts, or null when it is to be refused.
fn agrees(ours: &Result<Jid, JidError>, expected: &Value) -> bool {
    ours.as_ref().map_or_else(|_| expected.is_null(), |jid| parts(jid) == *expected)
}

/// JID-12, JID-14, JID-17: addresses and escapes of other projects' tests, with what their authors or most implementations make of them.
#[test]
fn addresses() {
    let Some(records) = records("jid.jsonl") else { return };
    let mut tally = Tally::default();
    for record in records {
        let input = &record["input"];
        match record["kind"].as_str() {
            Some("parse") if record["profile"] == "6122" && record["valid"] == true => {
                let ours = Jid::new(input.as_str().expect("a string"));
                let theirs = Jid::from_parts(
                    record["local"].as_str(),
                    record["domain"].as_str().expect("a domain"),
                    record["resource"].as_str(),
                );
                let alike =
                    matches!((&ours, &theirs), (Ok(ours), Ok(theirs)) if ours.view().is_alike(theirs));
                tally.judge(&record, alike, None, &ours);
            }
            Some("parse") if record["profile"] == "6122" => tally.count("refused by the older rules"),
            Some("parse") if record["confidence"] == "low" => tally.count("uncertain"),
            Some("parse") => {
                let Some(input) = input.as_str() else {
                    tally.count("no UTF-8, which a string cannot hold");
                    continue;
                };
                let ours = Jid::new(input);
                let expected = match record["valid"].as_bool() {
                    Some(true) => json!([record["local"], record["domain"], record["resource"]]),
                    _ => Value::Null,
                };
                // RFC 7622 §3.2 limits the whole part; a name is resolved by the DNS, which limits labels too.
                let explanation = (ours.as_ref().err())
                    .filter(|error| error.reason() == Reason::LabelTooLong)
                    .map(|_| "longer than the DNS allows");
                tally.judge(&record, agrees(&ours, &expected), explanation, &ours);
            }
            Some("equal") => {
                let one = |index: usize| Jid::new(input[index].as_str().expect("a string")).expect("valid");
                let equal = one(0) == one(1);
                tally.judge(&record, Some(equal) == record["equal"].as_bool(), None, &equal);
            }
            Some("parts") => {
                let domain = input[1].as_str().expect("a domain");
                let ours = Jid::from_parts(input[0].as_str(), domain, input[2].as_str());
                tally.judge(&record, ours.is_err(), None, &ours);
            }
            Some("escape") => {
                let ours = escape(input.as_str().expect("a string"));
                let agreed = ours.as_deref().ok() == record["output"].as_str();
                let explanation =
                    ours.is_err().then_some("a space at an end, which XEP-0106 §4.1 does not escape");
                tally.judge(&record, agreed, explanation, &ours);
            }
            Some("unescape") => {
                let ours = unescape(input.as_str().expect("a string"));
                tally.judge(&record, Some(&*ours) == record["output"].as_str(), None, &ours);
            }
            kind => panic!("a kind that this does not know: {kind:?}"),
        }
    }
    tally.finish(200);
}

/// JID-17: addresses found in specifications and sources, with what most implementations of RFC 7622 make of them.
#[test]
fn addresses_found_in_the_wild() {
    let Some(records) = records("jid_mined.jsonl") else { return };
    let mut tally = Tally::default();
    for record in records {
        let expected = match &record["consensus_7622_impls"] {
            Value::String(verdict) if verdict == "invalid" => Value::Null,
            Value::Array(parts) => Value::Array(parts.clone()),
            _ => {
                tally.count("on which the others do not agree");
                continue;
            }
        };
        let ours = Jid::new(record["input"].as_str().expect("a string"));
        tally.judge(&record, agrees(&ours, &expected), None, &ours);
    }
    tally.finish(1000);
}

/// JID-07, JID-08, JID-17: what the profiles of PRECIS make of a string, and which strings its classes hold.
#[test]
fn profiles_and_classes() {
    let Some(records) = records("prep.jsonl") else { return };
    let mut tally = Tally::default();
    let account = BareJid::new("a@b").expect("an address");
    let local = |text: &str| BareJid::from_parts(Some(text), "b").map(|jid| jid.local().map(str::to_owned));
    let resource = |text: &str| account.with_resource(text).map(|jid| Some(jid.resource().to_owned()));
    for record in records {
        let Some(text) = record["input"].as_str() else {
            tally.count("no UTF-8, which a string cannot hold");
            continue;
        };
        let ours = match record["profile"].as_str() {
            Some("UsernameCaseMapped" | "IdentifierClass") => local(text),
            Some("OpaqueString" | "FreeformClass") => resource(text),
            _ => {
                tally.count("of the older rules");
                continue;
            }
        };
        let valid = record["valid"].as_bool().expect("a verdict");
        let is_class = record["profile"].as_str().is_some_and(|profile| profile.ends_with("Class"));
        let agreed = match &ours {
            Ok(enforced) => valid && (is_class || record["output"] == json!(enforced)),
            Err(_) => !valid,
        };
        let explanation = match ours.as_ref().map_err(JidError::reason) {
            Err(Reason::Excluded(_)) => Some("excluded by RFC 7622 §3.3.1"),
            Err(Reason::Bidi) if is_class => Some("a class has no bidi rule, the profile has"),
            Err(Reason::Empty) => Some("empty, which is in a class and no part"),
            Ok(enforced) if is_class && enforced.as_deref() != Some(text) => {
                Some("outside of the class, and mapped into it by the profile")
            }
            _ => None,
        };
        tally.judge(&record, agreed, explanation, &ours);
        if let Err(error) = ours {
            assert!(error.part() != Part::Domain && error.position() <= text.len());
        }
    }
    tally.finish(1000);
}
