use xmpp_core::xml::{BuildError, Builder, Context, Element, Piece, escape, ns};

use crate::{HEADER, element, read};

fn written(e: &Element, context: &Context) -> String {
    let mut out = b"before ".to_vec();
    e.write(&mut out, context);
    String::from_utf8(out).unwrap().strip_prefix("before ").unwrap().to_owned()
}

/// XML-14: what text and values need, and no more.
#[test]
fn escaping() {
    let text = "a<b>&c ]]> \r\n\t'\"";
    let e = Element::build("a", "").attr("v", text).text(text).finish().unwrap();
    assert_eq!(
        e.to_xml(),
        "<a v='a&lt;b&gt;&amp;c ]]&gt; &#13;&#10;&#9;&apos;&quot;'>a&lt;b&gt;&amp;c ]]&gt; &#13;\n\t'\"</a>"
    );
    let back: Element = e.to_xml().parse().unwrap();
    assert_eq!((&*back.text(), back.attr("v").as_deref()), (text, Some(text)));
    assert_eq!(escape::text("plain"), "plain");
    assert_eq!(escape::attr("\0\u{FFFE}"), "\u{FFFD}\u{FFFD}");
}

/// XML-14: each character at each place of strings of each length, in text and in values; what XML cannot carry is the
/// mistake that is told.
#[test]
fn escaping_wherever_it_stands() {
    let replaced = |c: char, in_value: bool| {
        Some(match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '\r' => "&#13;",
            '\'' if in_value => "&apos;",
            '"' if in_value => "&quot;",
            '\t' if in_value => "&#9;",
            '\n' if in_value => "&#10;",
            c if !escape::is_char(c) => "\u{FFFD}",
            _ => return None,
        })
    };
    let odd = [
        '\u{7F}',
        '\u{80}',
        '\u{E9}',
        '\u{FF5E}',
        '\u{FFFD}',
        '\u{FFFE}',
        '\u{FFFF}',
        '\u{EFFF}',
        '\u{1F600}',
    ];
    for c in ('\0'..='~').chain(odd) {
        for (len, at) in (0..40).flat_map(|len| (0..=len).map(move |at| (len, at))) {
            // Neighbours that are nearly special.
            let mut s: String = ";=%a?".chars().cycle().take(len).collect();
            s.insert(at, c);
            let text = replaced(c, false).map_or(s.clone(), |with| s.replace(c, with));
            let value = replaced(c, true).map_or(s.clone(), |with| s.replace(c, with));
            assert_eq!((&*escape::text(&s), &*escape::attr(&s)), (&*text, &*value), "{s:?}");
        }
        let s = format!("&{c}\u{FFFF}");
        for builder in [Element::build("a", "").text(&s), Element::build("a", "").attr("b", &s)] {
            let bad = if escape::is_char(c) { '\u{FFFF}' } else { c };
            assert_eq!(builder.finish(), Err(BuildError::Char(bad)));
        }
    }
}

/// What a builder writes is what its element would write, and the next one finds nothing of it.
#[test]
fn written_without_being_kept() {
    let builders: [fn() -> Builder; 6] = [
        || {
            Element::build("message", ns::CLIENT).attr("to", "a&b").lang("de").leaf(
                "body",
                ns::CLIENT,
                "1 < 2",
            )
        },
        || Element::build("a", "").open("b", "u").open("c", ""),
        || Element::build_prefixed("stream", "features", ns::STREAMS).empty("bind", ns::BIND),
        || Element::build_prefixed("p", "a", "u&v").attr_ns("q", "<w>", "k", "v").declare("unused", "x"),
        || Element::build("a", "u").attr_ns("p", "u", "k", "v").child(&element("<stream:features to='x'/>")),
        || Element::build("a", ns::CLIENT).text(&"long enough that its memory is not kept ".repeat(1000)),
    ];
    let contexts = [
        Context::none(),
        Context::client_stream().lang(Some("en")),
        Context::with_default("u").prefix("p", "u&v"),
        Context::body().prefix("p", "u").prefix("q", "<w>"),
    ];
    for (build, context) in
        builders.iter().flat_map(|build| contexts.iter().map(move |context| (build, context)))
    {
        // Lets fall, and one inside another.
        drop(build().attr("dropped", ""));
        let (mut out, kept) = (b"before ".to_vec(), build().finish().unwrap());
        build().with(|outer| outer.child(&build().finish().unwrap())).finish_lossy();
        assert!(Element::build("a", "").text("\0").finish().is_err());
        build().write(&mut out, context).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("before {}", written(&kept, context)));
    }
    let mut out = b"before".to_vec();
    let bad = Element::build("a", "u").attr("k", "\u{B}").write(&mut out, &Context::none());
    assert_eq!((bad, &*out), (Err(BuildError::Char('\u{B}')), &b"before"[..]));
}

/// XML-01, XML-07, XML-10, XML-15: neither declaration, byte order mark, CDATA nor comments are ever written.
#[test]
fn nothing_forbidden_is_written() {
    let e: Element =
        "<?xml version='1.0' standalone='yes'?><a><![CDATA[<!-- x --><?y?>]]></a>".parse().unwrap();
    assert_eq!(e.to_xml(), "<a>&lt;!-- x --&gt;&lt;?y?&gt;</a>");
}

/// A stanza from a stream goes to a stream of the same kind as it came.
#[test]
fn copied_as_it_stands() {
    for stanza in [
        "<message to=\"a@b\"><body>x &amp; y</body><p:z xmlns:p=\"urn:z\" p:a=\"1\"/></message>",
        "<iq type='get'/>",
        "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>",
    ] {
        let e = element(stanza);
        assert_eq!(written(&e, &Context::client_stream().lang(Some("en"))), stanza);
    }
}

/// XML-18: what a stanza inherited is declared again where it goes.
#[test]
fn redeclared_elsewhere() {
    let e = element("<message><body>x</body></message>");
    assert_eq!(e.to_xml(), "<message xmlns='jabber:client' xml:lang='en'><body>x</body></message>");
    assert_eq!(
        written(&e, &Context::body().prefix("stream", ns::STREAMS).lang(Some("de"))),
        "<message xmlns='jabber:client' xml:lang='en'><body>x</body></message>"
    );
    let features = element("<stream:features/>");
    assert_eq!(
        written(&features, &Context::body()),
        "<stream:features xmlns:stream='http://etherx.jabber.org/streams' xml:lang='en'/>"
    );
    let other = Context::none().prefix("stream", "urn:other").lang(Some("en"));
    assert_eq!(
        written(&features, &other),
        "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>"
    );
}

/// XML-18: used prefixes of the header go with the stanza, unused do not.
#[test]
fn inherited_prefixes() {
    let header = b"<s:stream xmlns='jabber:client' xmlns:s='urn:s' xmlns:p='urn:p' xmlns:q='urn:&amp;q'>";
    let (pieces, _) = read(&[header, b"<message><x q:y='1'/></message>"]);
    let Some(Piece::Element(e)) = pieces.last() else { panic!("{pieces:?}") };
    assert_eq!(written(e, &Context::client_stream()), "<message xmlns:q='urn:&amp;q'><x q:y='1'/></message>");
}

/// What the place declares already is not declared again; what it declares otherwise is undone.
#[test]
fn redundant_declarations() {
    let e = Element::build("iq", ns::CLIENT).attr("id", "1").empty("ping", ns::PING).finish().unwrap();
    assert_eq!(written(&e, &Context::client_stream()), "<iq id='1'><ping xmlns='urn:xmpp:ping'/></iq>");
    assert_eq!(written(&e, &Context::body()), e.to_xml());
    let error = Element::build_prefixed("stream", "error", ns::STREAMS).empty("reset", ns::STREAM_ERRORS);
    assert_eq!(
        written(&error.finish().unwrap(), &Context::client_stream()),
        "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
    );
    let none = Element::build("a", "").empty("b", "").finish().unwrap();
    assert_eq!(written(&none, &Context::client_stream()), "<a xmlns=''><b/></a>");
}

/// XML-15, XML-17: what is not canonical is written anew: CDATA, prefixes on content, odd white space.
#[test]
fn written_anew() {
    for (odd, tidy) in [
        ("<message ><body>x</body ></message\n>", "<message><body>x</body></message>"),
        ("<message  a = '1'\n b='2'/>", "<message a='1' b='2'/>"),
        ("<message><body><![CDATA[a<]]>b</body></message>", "<message><body>a&lt;b</body></message>"),
        ("<message><body>&#65;&#xD;\r\n</body></message>", "<message><body>A&#13;\n</body></message>"),
        (
            "<c:message xmlns:c='jabber:client' xmlns='u'><b/><c:body/></c:message>",
            "<message xmlns:c='jabber:client'><b xmlns='u'/><body/></message>",
        ),
        ("<x xmlns='urn:x' a='1\n2'/>", "<x xmlns='urn:x' a='1 2'/>"),
    ] {
        let e = element(odd);
        let out = written(&e, &Context::client_stream().lang(Some("en")));
        assert_eq!(out, tidy);
        assert_eq!(element(&out), e);
    }
}

/// A subtree that is cut out takes along everything that its content may refer to.
#[test]
fn cut_out_subtrees() {
    let envelope = "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:x='urn:x' xml:lang='de'>\
                    <s:Envelope xmlns:s='urn:soap'><s:Body xmlns:x='urn:inner'><v type='x:T'>x:y</v></s:Body></s:Envelope>\
                    <![CDATA[]]></body>";
    for envelope in [envelope.to_owned(), envelope.replace("<![CDATA[]]>", "")] {
        let whole: Element = envelope.parse().unwrap();
        let body = whole.first_child().unwrap().first_child().unwrap().to_element();
        let alone: Element = body.to_xml().parse().unwrap();
        assert_eq!(alone.attr_ns("lang", ns::XML).as_deref(), Some("de"));
        let v = alone.child("v", ns::HTTP_BIND).unwrap();
        assert_eq!(v.resolve_qname(&v.text()), Some(("urn:inner", "y")));
        assert_eq!(alone.resolve_prefix(Some("s")), Some("urn:soap"));
        let built = Element::build("iq", ns::CLIENT).child(&body).finish().unwrap();
        let v = built.first_child().unwrap().child("v", ns::HTTP_BIND).unwrap();
        assert_eq!(v.resolve_qname(&v.attr("type").unwrap()), Some(("urn:inner", "T")));
        assert_eq!(built, built.to_xml().parse().unwrap());
        let edited = body.with_attrs(&[("id", Some("7"))]).unwrap();
        assert_eq!(edited.attr("id").as_deref(), Some("7"));
        assert_eq!(edited.resolve_prefix(Some("x")), Some("urn:inner"));
    }
}

/// The header as it came is an element like others.
#[test]
fn the_header_is_an_element() {
    let (pieces, _) = read(&[HEADER.as_bytes()]);
    let [Piece::Open(open)] = &*pieces else { panic!("{pieces:?}") };
    assert_eq!(open.to_xml(), HEADER.replace("'>", "'/>"));
    assert_eq!(open.lang().as_deref(), Some("en"));
    assert_eq!(open.resolve_prefix(None), Some(ns::CLIENT));
}
