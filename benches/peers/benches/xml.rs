//! Streams and elements against everybody else, and the ratios that are to be reached.
#![allow(clippy::unwrap_used, reason = "a measurement")]

use xmpp_benches::{
    contest::{Run, Target},
    corpus::{self, Corpus, Cut},
    paths,
    work::{Typed, Work},
};
use xmpp_benches_foreign as foreign;
use xmpp_benches_peers::{
    streams::{self, angle_brackets},
    typed,
    writers::{self, Rxml, Write, Xso},
};
use xmpp_core::xml::{Context, Element, ElementRef};

const MIXED: usize = 100_000;

fn main() {
    for (name, package, version) in foreign::peers() {
        match version {
            Some(version) => println!("{name} {version}"),
            None => println!("{name} is not installed and takes no part (Debian: {package})"),
        }
    }
    println!();
    let mut run = Run::from_args();
    look_up(&mut run);
    forward(&mut run);
    build(&mut run);
    documents(&mut run);
    for (kind, corpus) in [
        ("chat", corpus::chat(12_000)),
        ("attrs", corpus::attrs(2000)),
        ("soap", corpus::soap(350)),
        ("bulk", corpus::bulk(110)),
        ("intl", corpus::intl(8000)),
    ] {
        stream(&mut run, kind, &corpus, Cut::Whole);
    }
    let corpus = corpus::mixed(MIXED);
    for cut in Cut::ALL {
        stream(&mut run, "mixed", &corpus, cut);
        stanzas(&mut run, &corpus, cut);
    }
    run.print(&targets());
}

/// Bytes to elements, or to whatever a peer makes of them.
fn stream(run: &mut Run, kind: &str, corpus: &Corpus, cut: Cut) {
    let mut contest =
        run.contest::<Work>(&format!("{kind}, {}", cut.name())).with_bytes(corpus.bytes().len());
    if !contest.is_wanted() {
        return;
    }
    let mut work = Work::default();
    paths::look_at_stream(corpus, Cut::Whole, |element| work.element(element));
    work.stanzas = corpus.len();
    for contestant in streams::all() {
        if cut == Cut::Whole || !contestant.whole {
            contest.limit(contestant.name, (contestant.part)(work), move || (contestant.read)(corpus, cut));
        }
    }
    let brackets = corpus.bytes().iter().filter(|b| matches!(b, b'<' | b'>')).count();
    contest.limit("limit: memchr2", brackets, || angle_brackets(corpus, cut));
    contest.measure(run);
}

/// Bytes to messages, presences and requests.
fn stanzas(run: &mut Run, corpus: &Corpus, cut: Cut) {
    let name = format!("typed, mixed, {}", cut.name());
    let mut contest = run.contest::<Typed>(&name).with_bytes(corpus.bytes().len());
    contest.enter("ours", || paths::read_typed(corpus, cut));
    contest.enter("xso", || typed::xso(corpus, cut));
    contest.enter("tokio-xmpp XmlStream", || typed::xml_stream(corpus, cut));
    contest.measure(run);
}

/// One document to an element, and looked at: a reader for each.
fn documents(run: &mut Run) {
    for (name, corpus) in [("chat", corpus::chat(1)), ("soap", corpus::soap(1))] {
        let document = paths::stanza(&corpus).to_xml();
        let mut contest = run.contest(&format!("document, {name}")).with_bytes(document.len());
        contest.enter("ours", || {
            let mut work = Work::default();
            work.element(Element::parse(document.as_bytes()).unwrap().root());
            work.elements
        });
        contest.enter("roxmltree", || {
            let tree = roxmltree::Document::parse(&document).unwrap();
            tree.descendants().filter(roxmltree::Node::is_element).count()
        });
        contest.enter("minidom", || {
            minidom_elements(&minidom::Element::from_reader(document.as_bytes()).unwrap())
        });
        contest.measure(run);
    }
}

fn minidom_elements(element: &minidom::Element) -> usize {
    1 + element.children().map(minidom_elements).sum::<usize>()
}

fn look_up(run: &mut Run) {
    let element = paths::stanza(&corpus::attrs(1));
    let peer = minidom::Element::from_reader(element.to_xml().as_bytes()).unwrap();
    let mut contest = run.contest("attribute look-up, 58 x 4, attrs");
    contest.enter("ours", || {
        let query = element.child("query", "urn:example:meters").unwrap();
        let read = |m: ElementRef<'_>| {
            ["i", "n", "v", "absent"].map(|n| m.attr(n).map_or(0, |v| v.len())).iter().sum::<usize>()
        };
        query.children().map(read).sum::<usize>()
    });
    contest.enter("minidom", || {
        let query = peer.get_child("query", "urn:example:meters").unwrap();
        let read = |m: &minidom::Element| {
            ["i", "n", "v", "absent"].map(|n| m.attr(n).map_or(0, str::len)).iter().sum::<usize>()
        };
        query.children().map(read).sum::<usize>()
    });
    contest.measure(run);
}

/// Writes an element to another stream.
type Forward = fn(&Element, &Context, &mut Vec<u8>);

/// To another stream, as it is and under another sender, against parsing and writing.
fn forward(run: &mut Run) {
    let context = Context::client_stream().lang(Some("en"));
    for (name, corpus) in [("chat", corpus::chat(1)), ("soap", corpus::soap(1))] {
        let element = paths::stanza(&corpus);
        // What it inherits from the stream, without the language, which is the same on both.
        let document = corpus.stanzas().next().unwrap().replacen(' ', " xmlns='jabber:client' ", 1);
        let ways: [(&str, Forward); 3] = [
            ("as it is", |element, context, out| element.write(out, context)),
            ("stamped", paths::forward_to),
            ("stamped and kept", paths::stamp_and_forward_to),
        ];
        for (way, forward) in ways {
            let (mut out, mut copy, mut anew) = (Vec::new(), Vec::new(), Vec::new());
            forward(&element, &context, &mut out);
            forward(&Element::parse(document.as_bytes()).unwrap(), &context, &mut anew);
            assert_eq!(anew, out);
            let expected = out.clone();
            let mut contest = run.contest(&format!("forward {way}, {name}")).with_bytes(expected.len());
            contest.enter("ours", || {
                out.clear();
                forward(&element, &context, &mut out);
                out.len()
            });
            contest.enter("parse and write", || {
                anew.clear();
                forward(&Element::parse(document.as_bytes()).unwrap(), &context, &mut anew);
                anew.len()
            });
            contest.limit("limit: memcpy", expected.len(), || {
                copy.clear();
                copy.extend_from_slice(&expected);
                copy.len()
            });
            contest.measure(run);
        }
    }
}

/// A chat message from nothing to bytes.
fn build(run: &mut Run) {
    let (rxml, xso, context) = (Rxml::new(), Xso::new(), Context::none());
    let mut written = Vec::with_capacity(1024);
    paths::build_chat(&context, &mut written);
    let expected = Element::parse(&written).unwrap();
    let writers: [(&str, Write<'_>); 7] = [
        ("ours", &|out| paths::build_chat(&context, out)),
        ("ours, kept", &|out| paths::keep_and_write_chat(&context, out)),
        ("written by hand", &writers::by_hand),
        ("quick-xml's writer", &writers::quick_xml),
        ("rxml", &|out| rxml.write(out)),
        ("minidom", &writers::minidom),
        ("xso", &|out| xso.write(out)),
    ];
    let mut contest = run.contest("build and write, chat").with_bytes(written.len());
    for (name, write) in writers {
        written.clear();
        write(&mut written);
        assert_eq!(Element::parse(&written).unwrap(), expected, "{name}");
        let mut out = Vec::with_capacity(1024);
        contest.enter(name, move || {
            out.clear();
            write(&mut out);
        });
    }
    contest.measure(run);
}

const KEPT: &str = "ours, elements kept";
const READ: &str = "ours, every name and value read";

/// What is to be reached. The first number is the least that counts as done, the second what we are after.
fn targets() -> Vec<Target> {
    let mut targets = Vec::new();
    let target = |what, contest, ours, peer, floor, goal| Target { what, contest, ours, peer, floor, goal };
    for contest in ["mixed, one buffer", "mixed, 1460 B"] {
        for ours in [KEPT, READ] {
            let elements = |peer, floor, goal| target(contest, contest, ours, peer, floor, goal);
            let read = ours == READ;
            let minidom = if read { "minidom tree, read" } else { "minidom tree" };
            let pugixml = if read { "pugixml tree, read" } else { "pugixml tree" };
            targets.extend([
                elements("libxml2 push", Some(1.3), Some(2.5)),
                elements("expat, namespaces", Some(3.0), None),
                elements("rxml", Some(6.0), None),
                elements(minidom, Some(7.0), Some(15.0)),
                elements(pugixml, None, Some(1.7)),
                elements("limit: memchr2", None, Some(0.33)),
            ]);
        }
    }
    let crumbs = "mixed, 1 to 64 B";
    for ours in [KEPT, READ] {
        targets.push(target(crumbs, crumbs, ours, "libxml2 push", Some(1.3), None));
        targets.push(target(crumbs, crumbs, ours, "limit: memchr2", None, Some(0.5)));
    }
    let (framing, ours) = ("mixed, 16384 B", "ours, elements shown");
    targets.extend([
        target("framing, 16 KiB", framing, ours, "quick-xml, finding ends only", Some(1.2), None),
        target("framing, 16 KiB", framing, ours, "limit: memchr2", None, Some(0.6)),
    ]);
    for contest in ["typed, mixed, one buffer", "typed, mixed, 1460 B"] {
        targets.push(target(contest, contest, "ours", "xso", Some(6.0), Some(15.0)));
    }
    for contest in
        ["forward as it is, chat", "forward stamped, chat", "forward as it is, soap", "forward stamped, soap"]
    {
        targets.push(target(contest, contest, "ours", "parse and write", Some(10.0), None));
        targets.push(target(contest, contest, "ours", "limit: memcpy", None, Some(0.3)));
    }
    let build = "build and write, chat";
    targets.push(target(build, build, "ours", "quick-xml's writer", Some(1.2), None));
    targets.push(target(build, build, "ours, kept", "quick-xml's writer", Some(1.2), None));
    targets.push(target(build, build, "ours", "written by hand", None, Some(1.0)));
    targets
}
