//! Properties: cuts, round trips, arbitrary bytes.

use proptest::collection::vec;
use proptest::prelude::*;
use xmpp_core::xml::{Builder, Context, Element, ElementRef, Limits, Piece, StreamReader, ns, pretty};

use crate::{HEADER, element, read, read_with};

/// Fragments that make interesting streams, good and bad.
const FRAGMENTS: &[&str] = &[
    "<?xml version='1.0'?>",
    "<a>",
    "</a>",
    "<b/>",
    "<p:a xmlns:p='u'>",
    "</p:a>",
    "<a b='>' c=\"'\">",
    "text",
    " ",
    "\r\n",
    "&amp;",
    "&#13;",
    "&bad;",
    "<![CDATA[",
    "]]>",
    "]]",
    "<!--",
    "<?x?>",
    "<",
    ">",
    "'",
    "é",
    "\u{FFFE}",
    "\0",
    "</",
    "</stream:stream>",
    "<message><body>hi</body></message>",
    "<x xmlns='' y=''/>",
    "\u{10FFFF}",
    "<a b='1' b='2'/>",
    "&",
    "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/>",
    "<q:a/>",
    "<a xmlns:q=''/>",
    "=",
    ":",
    "/>",
    "<!D",
];

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop_oneof![
        8 => prop::sample::select(FRAGMENTS).prop_map(|s| s.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..4),
    ];
    (any::<bool>(), vec(fragment, 0..12)).prop_map(|(header, fragments)| {
        let mut bytes = if header { HEADER.as_bytes().to_vec() } else { Vec::new() };
        bytes.extend(fragments.concat());
        bytes
    })
}

fn cut<'a>(mut bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for cut in cuts {
        let (head, tail) = bytes.split_at(*cut % (bytes.len() + 1));
        pieces.push(head);
        bytes = tail;
    }
    pieces.push(bytes);
    pieces
}

const TEXTS: &[&str] =
    &["", "x", " ", "a & b", "<", "]]>", "\r", "\n\t", "'\"", "é\u{10FFFF}", "long enough to be seen"];

/// What to do with a builder.
#[derive(Debug, Clone, Copy)]
enum Step {
    Open(&'static str, &'static str, &'static str),
    Close,
    Text(&'static str),
    Attr(&'static str, &'static str, &'static str),
    Declare(&'static str, &'static str),
    Lang,
    Parsed(&'static str),
}

fn step() -> impl Strategy<Value = Step> {
    let uri = || prop::sample::select(&["", "jabber:client", "urn:a", "urn:b&c", "jabber:server"][..]);
    let prefix = || prop::sample::select(&["", "p", "q", "stream", "xml"][..]);
    let name = || prop::sample::select(&["a", "b", "message", "é", "x y", ""][..]);
    prop_oneof![
        (prefix(), name(), uri()).prop_map(|(p, n, u)| Step::Open(p, n, u)),
        Just(Step::Close),
        prop::sample::select(TEXTS).prop_map(Step::Text),
        (prefix(), uri(), prop::sample::select(TEXTS)).prop_map(|(p, u, v)| Step::Attr(p, u, v)),
        (prefix(), uri()).prop_map(|(p, u)| Step::Declare(p, u)),
        Just(Step::Lang),
        prop::sample::select(
            &[
                "<p:a xmlns:p='urn:a' xmlns='urn:b' t='p:x'>x<b/></p:a>",
                "<c:iq xmlns:c='jabber:client' xmlns='urn:z'><q/><![CDATA[<>]]></c:iq>",
                "<a xmlns='urn:&amp;'  b='&#10;'><b xmlns=''/></a>",
            ][..]
        )
        .prop_map(Step::Parsed),
    ]
}

fn apply(builder: Builder, step: Step) -> Builder {
    match step {
        Step::Open(prefix, name, ns) => builder.open_prefixed(prefix, name, ns),
        Step::Close => builder.close(),
        Step::Text(text) => builder.text(text),
        Step::Attr(prefix, ns, value) => builder.attr_ns(prefix, ns, "attr", value),
        Step::Declare(prefix, ns) => builder.declare(prefix, ns),
        Step::Lang => builder.lang("fr"),
        Step::Parsed(xml) => {
            let whole: Element = xml.parse().unwrap();
            builder.child(&whole).children(whole.children())
        }
    }
}

fn built() -> impl Strategy<Value = Element> {
    vec(step(), 0..14).prop_map(|steps| {
        steps.into_iter().fold(Element::build("root", "jabber:client"), apply).finish_lossy()
    })
}

/// Whether two elements say the same, prefixes in scope included, wherever the language is said.
fn same(a: ElementRef<'_>, b: ElementRef<'_>) -> bool {
    let plain = |e: ElementRef<'_>| {
        let mut attrs: Vec<_> = e
            .attrs()
            .filter(|attr| attr.ns != ns::XML)
            .map(|attr| (attr.ns.to_owned(), attr.name.to_owned(), attr.value.into_owned()))
            .collect();
        attrs.sort();
        (
            e.name().to_owned(),
            e.ns().to_owned(),
            e.text().into_owned(),
            e.lang().map(std::borrow::Cow::into_owned),
            attrs,
        )
    };
    plain(a) == plain(b)
        && a.children().count() == b.children().count()
        && a.children().zip(b.children()).all(|(a, b)| same(a, b))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// XML-12: however the bytes are cut, pieces and errors are the same, positions included.
    #[test]
    fn cuts_change_nothing(bytes in stream(), cuts in vec(any::<usize>(), 0..10)) {
        let limits = Limits { stanza_bytes: 60, header_bytes: 140, name_bytes: 20, depth: 4, ..Limits::default() };
        for limits in [limits, Limits::default()] {
            let whole = read_with(limits, &[&bytes]);
            let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(&read_with(limits, &cut(&bytes, &cuts)), &whole);
            prop_assert_eq!(&read_with(limits, &bytewise), &whole);
        }
    }

    /// XML-04, XML-12: arbitrary bytes never panic, alone or in a stream.
    #[test]
    fn arbitrary_bytes(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Element::parse(&bytes);
        let _ = read(&[HEADER.as_bytes(), &bytes]);
        let _ = read(&[HEADER.as_bytes(), b"<a>", &bytes]);
        let _ = read(&[HEADER.as_bytes(), b"<a ", &bytes]);
    }

    /// XML-01, XML-14: whatever is built is well-formed, and read again it is the same.
    #[test]
    fn built_elements_survive(e in built()) {
        let xml = e.to_xml();
        let back = Element::parse(xml.as_bytes());
        prop_assert_eq!(back.as_ref(), Ok(&e), "{}", xml);
        prop_assert!(Element::parse(pretty(&e.root()).as_bytes()).is_ok());
    }

    /// XML-18: in whatever place an element is written, it says the same there.
    #[test]
    fn written_in_any_place(e in built(), edit in prop::sample::select(TEXTS)) {
        let e = e.with_attrs(&[("to", Some(edit))]).unwrap();
        let mut out = HEADER.as_bytes().to_vec();
        e.write(&mut out, &Context::client_stream().lang(Some("en")));
        let mut reader = StreamReader::new(Limits::default());
        reader.push(&out);
        prop_assert!(reader.next_piece().unwrap().is_some());
        let Ok(Some(Piece::Element(read))) = reader.next_piece() else { panic!("{}", String::from_utf8_lossy(&out)) };
        prop_assert!(!reader.has_undecoded());
        prop_assert_eq!(&read, &e);
        // Forwarded: alone, and inside something with other namespaces.
        let alone: Element = read.to_xml().parse().unwrap();
        prop_assert!(same(alone.root(), read.root()), "{} {}", alone, read);
        let mut inside = b"<body xmlns='http://jabber.org/protocol/httpbind' xmlns:p='urn:mine' xml:lang='xx'>".to_vec();
        read.write(&mut inside, &Context::body().prefix("p", "urn:mine").lang(Some("xx")));
        inside.extend_from_slice(b"</body>");
        let inside = Element::parse(&inside).unwrap();
        prop_assert!(same(inside.first_child().unwrap(), read.root()), "{}", inside);
        // And cut out again.
        let out = inside.first_child().unwrap().to_element();
        let again: Element = out.to_xml().parse().unwrap();
        prop_assert!(same(again.root(), read.root()), "{}", again);
    }
}

/// XML-12: each of these, cut at every place, gives the same.
#[test]
fn every_single_cut() {
    let content = "<a b='é&#x41;&lt;'>\r\n]] ><![CDATA[]]]]>]]&gt;<!x</a>".replace("<!x", "");
    let whole = read(&[HEADER.as_bytes(), content.as_bytes()]);
    assert_eq!(whole.1, None);
    for at in 0..=content.len() {
        let (head, tail) = content.as_bytes().split_at(at);
        assert_eq!(read(&[HEADER.as_bytes(), head, tail]), whole, "{at}");
    }
    assert_eq!(element(&content).text(), "\n]] >]]]]>");
}
