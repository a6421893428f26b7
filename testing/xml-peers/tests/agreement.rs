//! Everybody reads the same: inputs that are made, and inputs that are kept.

mod support;

use std::{collections::BTreeMap, fs, path::Path, sync::Mutex};

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use xmpp_xml_peers::{End, Mode, Peer, agree, assert_agreement, compare, peers::expat, read_ours};

use crate::support::{NO_EXPAT, nearly_xml, skipped};

/// As many as `PROPTEST_CASES` says.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2000)
}

/// XML-02..06, XML-08..10, XML-13, XML-15: streams and documents that are nearly XML are accepted or refused by all, and
/// mean the same to all.
#[test]
fn made() {
    if !expat::is_there() {
        skipped(NO_EXPAT);
    }
    let counts = Mutex::new(BTreeMap::<String, usize>::new());
    let count = |what: &str| *counts.lock().unwrap().entry(what.to_owned()).or_default() += 1;
    let config = Config { cases: cases(), failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&nearly_xml(), |document| {
            for mode in [Mode::Stream, Mode::Document] {
                let complete = read_ours(mode, &document).end == End::Complete;
                count(&format!("{mode:?} {}", if complete { "accepted" } else { "refused" }));
                for peer in Peer::all() {
                    match compare(peer, mode, &document) {
                        Ok(None) => {}
                        Ok(Some(difference)) => count(&format!("{peer:?}: {}", difference.name)),
                        Err(disagreement) => return Err(TestCaseError::fail(disagreement.to_string())),
                    }
                }
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    let counts = counts.into_inner().unwrap();
    for (what, count) in &counts {
        println!("{count:8} {what}");
    }
    for mode in ["Stream", "Document"] {
        for verdict in ["accepted", "refused"] {
            let share = counts.get(&format!("{mode} {verdict}")).copied().unwrap_or(0);
            assert!(share * 20 > cases() as usize, "too few of {mode} are {verdict}: {share}");
        }
    }
}

/// XML-12: the same documents, cut in every way, looked at in every way, written in several places.
#[test]
fn made_for_ourselves() {
    let config = Config { cases: cases() / 20, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&nearly_xml(), |document| {
            xmpp_fuzz_bodies::chunking(&[b"%", &*document].concat());
            xmpp_fuzz_bodies::element(&document);
            xmpp_fuzz_bodies::roundtrip(&document);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// What the fuzz targets start from.
#[test]
fn kept() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut inputs = 0;
    for target in ["chunking", "element", "expat_diff"] {
        for entry in fs::read_dir(corpora.join(target)).unwrap() {
            let path = entry.unwrap().path();
            // Shown by the test runner when the body panics.
            println!("{}", path.display());
            let input = fs::read(&path).unwrap();
            // The first byte of the streams that are cut is no part of them.
            agree(input.get(usize::from(target == "chunking")..).unwrap_or_default());
            inputs += 1;
        }
    }
    assert!(inputs > 50);
}

/// Documents that parsers have read wrongly, and mistakes that hide well.
#[test]
fn told() {
    for document in [
        &b"<s><a b='&#13;&#10;'>&#13;\r\n&#10;\r</a></s>"[..],
        b"<s><a>]]&gt;]]<![CDATA[]]]]>]]></a></s>",
        b"<s><a b='x' b='x'/></s>",
        b"<s xmlns:p='u' xmlns:q='u'><a p:b='' q:b=''/><a p:b='' b=''/></s>",
        b"<s xmlns='u'><a xmlns=''><b/></a><b/></s>",
        b"<s xmlns:p='u'><p:a xmlns:p='v'/><p:a/></s>",
        b"<s><p:a xmlns:p='u'></q:a></s>",
        b"<s xmlns:p='u' xmlns:q='u'><p:a></q:a></s>",
        b"<s><a xmlns:p='&#x75;' p:b='1'/></s>",
        b"<s><a b='\xC3\xA9'>\xC3\xA9</a></s>",
        b"<s><a>\xC3</a></s>",
        b"<s><a>\xED\xA0\x80</a></s>",
        b"<s><a>\xF0\x80\x80\x80</a></s>",
        b"<s><a\x0C/></s>",
        b"<s><a b\n=\r'1'\t/></s >",
        b"<s></s/>",
        b"<s a='>'><b c='/>'/></s>",
        b"<s/ >",
        b"<s><xml:a/><xml-a/><xmla/></s>",
        b"<s xml:lang='en' xml:other='x'/>",
        b"<s xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
        b"<s xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
        b"<s><a xmlns:p='u' xmlns:p='u'/></s>",
        b"<s><a>&lt;b&gt;&#60;</a></s>",
        b"<s><a>&ltt;</a></s>",
        b"<s><a>&LT;</a></s>",
        b"<?xml version='1.0'?>\n<s/>\n",
        b"<?xml version='1.0' ?><s/>",
        b"<?XML version='1.0'?><s/>",
        b"<?xml version='1.0' encoding='UTF-8' standalone='maybe'?><s/>",
        b"<?xml version=\"1.0'?><s/>",
    ] {
        assert_agreement(document);
    }
}
