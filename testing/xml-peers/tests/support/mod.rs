//! Documents that are nearly XML, and what tests do where a peer is missing.
#![allow(dead_code, reason = "each test uses a part")]

use std::{env, io::Write};

use proptest::{collection::vec, prelude::*, sample::select};

pub(crate) const NO_EXPAT: &str = "libexpat is not installed (on Debian: apt-get install libexpat1-dev)";

/// Says that a test is skipped, unless that is forbidden.
#[track_caller]
pub(crate) fn skipped(why: &str) {
    let setting = env::var("XMPP_TEST_SERVERS").unwrap_or_default();
    assert_ne!(setting, "required", "{why}, and XMPP_TEST_SERVERS=required");
    // Straight to standard error: what `eprintln!` says in a test that passes is never shown.
    let _ = std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes());
}

const NAMES: &[&str] = &[
    "a",
    "b",
    "a",
    "b",
    "message",
    "body",
    "p:a",
    "p:b",
    "q:a",
    "xml:lang",
    "xml:space",
    "é",
    "Ω-1",
    "日本",
    "a.b_c-1",
    "p:é",
    "a\u{B7}",
    "_",
];
const ODD_NAMES: &[&str] = &[
    "1",
    "-a",
    ":a",
    "a:",
    "p:1",
    "p:a:b",
    "xmlns:a",
    "xml:a",
    "a\u{D7}",
    "\u{10000}",
    "\u{300}a",
    "",
    "xmlnsa",
    "r:a",
    "a\u{37E}",
];
const DECLARED: &[&str] = &["xmlns", "xmlns:p", "xmlns:q"];
const ODD_DECLARED: &[&str] = &["xmlns:xml", "xmlns:xmlns", "xmlns:", "xmlns:1"];
const URIS: &[&str] =
    &["u", "v", "jabber:client", "http://etherx.jabber.org/streams", "u&amp;v", "u v", "&#117;", "é"];
const ODD_URIS: &[&str] = &[
    "",
    "http://www.w3.org/XML/1998/namespace",
    "http://www.w3.org/2000/xmlns/",
    "u\t",
    "&#10;",
    "<",
    "&x;",
];
const TEXTS: &[&str] = &[
    "x",
    "hello",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "]]",
    "]",
    ">",
    "'",
    "\"",
    "é",
    "日本",
    "\u{10FFFF}",
    "\u{FFFD}",
    "\u{85}",
    "&amp;",
    "&lt;",
    "&gt;",
    "&quot;",
    "&apos;",
    "&#13;",
    "&#10;",
    "&#x41;",
    "&#65;",
    "&#x10FFFF;",
    "&#0065;",
    "\u{7F}",
];
const ODD_TEXTS: &[&str] = &[
    "&",
    "&;",
    "&x;",
    "&amp",
    "&#;",
    "&#x;",
    "&#X41;",
    "&#0;",
    "&#8;",
    "&#xFFFE;",
    "&#xD800;",
    "&#x110000;",
    "&#99999999999999999999;",
    "&a b;",
    "& amp;",
    "]]>",
    "\0",
    "\u{1}",
    "\u{FFFE}",
    "\u{FFFF}",
    "<",
    "&#x41",
    "&#12a;",
];
const MARKUP: &[&str] =
    &["<![CDATA[]]>", "<![CDATA[<&>]]>", "<![CDATA[]]]]><![CDATA[>]]>", "<![CDATA[\r\n]]]>", "<![CDATA[ ]]>"];
const ODD_MARKUP: &[&str] = &[
    "<!-- c -->",
    "<!---->",
    "<!-- a--b -->",
    "<?pi?>",
    "<?pi data?>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE a>",
    "<!",
    "<?",
    "<![CDATA[",
    "<![cdata[]]>",
    "<!ELEMENT a ANY>",
    "</a>",
    "<a",
    "<",
    "<a b",
    "<a b=",
    "<a b='",
    "<!-",
    "<![",
    "<>",
    "</>",
    "< a/>",
    "<a / >",
    "<a/ >",
    "</ a>",
];
const SPACES: &[&str] = &[" ", " ", " ", "\n", "\t", "\r\n", "  \r "];
const BYTES: &[&[u8]] = &[
    b"<",
    b">",
    b"'",
    b"\"",
    b"&",
    b";",
    b"/",
    b"=",
    b"!",
    b"?",
    b"]",
    b"-",
    b":",
    b" ",
    b"\r",
    b"\n",
    b"\0",
    b"\x80",
    b"\xC0\x80",
    b"\xE2\x82",
    b"\xED\xA0\x80",
    b"\xF4\x90\x80\x80",
    b"\xFF",
    b"\xEF\xBB\xBF",
    b"xmlns",
    b"a",
    b"1",
];

/// Mostly of the first list, now and then of the second.
fn mostly(good: &'static [&'static str], odd: &'static [&'static str]) -> BoxedStrategy<String> {
    prop_oneof![120 => select(good), 1 => select(odd)].prop_map(str::to_owned).boxed()
}

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![80 => Just(" "), 8 => select(SPACES), 1 => select(&["", "\u{A0}"][..])]
}

fn value() -> impl Strategy<Value = String> {
    let quoted = (vec(mostly(TEXTS, ODD_TEXTS), 0..4), prop_oneof![3 => Just('\''), 1 => Just('"')])
        .prop_map(|(texts, quote)| format!("{quote}{}{quote}", texts.concat().replace(quote, "")));
    prop_oneof![120 => quoted, 1 => Just("x".to_owned()), 1 => Just("'x\"".to_owned())]
}

fn attribute() -> impl Strategy<Value = (String, String)> {
    let equals = prop_oneof![20 => Just("="), 1 => Just(" = "), 1 => Just("\n=\t")];
    let plain = (mostly(NAMES, ODD_NAMES), equals, value())
        .prop_map(|(name, equals, value)| (name, equals.to_owned() + &value));
    let declaration = (mostly(DECLARED, ODD_DECLARED), mostly(URIS, ODD_URIS))
        .prop_map(|(name, uri)| (name, format!("='{uri}'")));
    prop_oneof![3 => plain, 1 => declaration]
}

/// Mostly without repetitions.
fn attributes() -> impl Strategy<Value = String> {
    let twice = prop_oneof![60 => Just(false), 1 => Just(true)];
    (vec((space(), attribute()), 0..4), twice).prop_map(|(attributes, twice)| {
        let mut names = Vec::new();
        let mut all = String::new();
        for (space, (name, value)) in attributes {
            if twice || !names.contains(&name) {
                all.extend([space, &name, &value]);
                names.push(name);
            }
        }
        all
    })
}

/// The name of a tag, and what stands between its brackets.
fn tag() -> impl Strategy<Value = (String, String)> {
    (mostly(NAMES, ODD_NAMES), attributes(), prop_oneof![6 => Just(""), 1 => space()])
        .prop_map(|(name, attributes, end)| (name.clone(), name + &attributes + end))
}

fn around(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let end = prop_oneof![12 => Just(""), 1 => space()];
    (tag(), vec(inner, 0..5), end)
        .prop_map(|((name, tag), content, end)| format!("<{tag}>{}</{name}{end}>", content.concat()))
}

/// What is in an element; its prefixes are mostly declared further out.
fn content() -> impl Strategy<Value = String> {
    let empty = tag().prop_map(|(_, tag)| format!("<{tag}/>"));
    let leaf = prop_oneof![2 => empty, 2 => mostly(TEXTS, ODD_TEXTS), 1 => mostly(MARKUP, ODD_MARKUP)];
    leaf.prop_recursive(5, 24, 5, around)
}

const DECLARATIONS: &[&str] = &[
    "",
    "",
    "<?xml version='1.0'?>",
    "<?xml version='1.0' encoding='UTF-8'?>",
    "<?xml version=\"1.0\" encoding='utf-8' standalone='yes' ?>\n",
    "\n",
    "<?xml  version = '1.0'\n?>",
    "<?xml version='1.0' standalone='no'?>",
];
const ODD_DECLARATIONS: &[&str] = &[
    "<?xml version='1.1'?>",
    "<?xml encoding='utf-8'?>",
    "<?xml version='1.0' encoding='latin1'?>",
    "<?xml?>",
    " <?xml version='1.0'?>",
    "\u{FEFF}",
    "<?xml version='1.0'encoding='UTF-8'?>",
    "<?xml version='1.0' encoding=''?>",
    "<?xml version='1.0' standalone='YES'?>",
    "<?xml version='1.0' version='1.0'?>",
    "<?xml version='1.0'? >",
    "<!-- -->",
    "<!DOCTYPE s>",
];

const ROOTS: &[&str] = &[
    "<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams' xmlns:p='urn:p' xmlns:q='urn:q'>",
    "<s:stream xmlns:s='s' xmlns:p='urn:p' xmlns:q='urn:p' xml:lang='en' version = \"1.0\">",
    "<s:stream xmlns='u&amp;v' xmlns:q='&#x75;'\n xmlns:s='s' xmlns:p='u'>",
];
const ODD_ROOTS: &[&str] =
    &["<s:stream>", "<s:stream xmlns:s='s' xmlns:s='s'>", "<s:stream xmlns:s='s'/>", "<s:stream xmlns:s=''>"];
const ENDS: &[&str] = &["</s:stream>", "</s:stream>", "</s:stream>", "</s:stream >\n", "</s:stream>\r\n "];
const ODD_ENDS: &[&str] =
    &["", "</s:stream>x", "</stream>", "</s:stream></s:stream>", "</s:stream><a/>", "</s:stream><!-- -->"];

/// A stream or a document: it is read as both.
pub(crate) fn nearly_xml() -> impl Strategy<Value = Vec<u8>> {
    let between = prop_oneof![30 => select(&["", "", " ", "\n"][..]).prop_map(str::to_owned), 1 => content()];
    let stanzas = vec((around(content()), between), 0..4)
        .prop_map(|all| all.into_iter().map(|(element, between)| element + &between).collect::<String>());
    let document = (
        mostly(DECLARATIONS, ODD_DECLARATIONS),
        mostly(ROOTS, ODD_ROOTS),
        prop_oneof![3 => stanzas.boxed(), 1 => content().boxed()],
        mostly(ENDS, ODD_ENDS),
    )
        .prop_map(|(declaration, root, content, end)| declaration + &root + &content + &end);
    let mutations = prop_oneof![3 => Just(Vec::new()), 2 => vec(mutation(), 1..4)];
    (document, mutations).prop_map(|(document, mutations)| {
        mutations.into_iter().fold(document.into_bytes(), |document, mutation| mutation.apply(document))
    })
}

#[derive(Debug, Clone)]
enum Mutation {
    Remove { at: usize, len: usize },
    Insert { at: usize, bytes: Vec<u8> },
    Replace { at: usize, byte: u8 },
    Copy { from: usize, len: usize, to: usize },
    Cut { at: usize },
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<usize>;
    let piece = prop_oneof![
        select(BYTES).prop_map(<[u8]>::to_vec),
        select(ODD_MARKUP).prop_map(|s| s.as_bytes().to_vec()),
        select(ODD_TEXTS).prop_map(|s| s.as_bytes().to_vec()),
        vec(any::<u8>(), 1..3),
    ];
    prop_oneof![
        3 => (at(), 1..4_usize).prop_map(|(at, len)| Mutation::Remove { at, len }),
        4 => (at(), piece).prop_map(|(at, bytes)| Mutation::Insert { at, bytes }),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Replace { at, byte }),
        2 => (at(), 1..20_usize, at()).prop_map(|(from, len, to)| Mutation::Copy { from, len, to }),
        1 => at().prop_map(|at| Mutation::Cut { at }),
    ]
}

impl Mutation {
    fn apply(self, mut document: Vec<u8>) -> Vec<u8> {
        let len = document.len();
        let place = |at: usize| at % (len + 1);
        let range = |at: usize, n: usize| place(at)..(place(at) + n).min(len);
        match self {
            Mutation::Remove { at, len } => drop(document.drain(range(at, len))),
            Mutation::Insert { at, bytes } => drop(document.splice(place(at)..place(at), bytes)),
            Mutation::Replace { at, byte } => {
                if let Some(old) = document.get_mut(place(at)) {
                    *old = byte;
                }
            }
            Mutation::Copy { from, len, to } => {
                let copy = document[range(from, len)].to_vec();
                document.splice(place(to)..place(to), copy);
            }
            Mutation::Cut { at } => document.truncate(place(at)),
        }
        document
    }
}
