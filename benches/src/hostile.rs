//! Streams that a peer makes to cost us work. Each is read at one size and at twice that size: what a byte costs must be
//! the same in both.

use std::hint::black_box;

use xmpp_core::xml::{Element, Limits, Piece, StreamReader};

use crate::paths::Path;

const KIB: usize = 1024;
const HEADER: &[u8] =
    b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

/// One path at two sizes. `check-counts` knows the pairs by the ends of their names.
macro_rules! pair {
    ($name:literal, $unit:literal, $units:expr, $make:expr) => {
        [
            Path {
                name: concat!("hostile: ", $name, ", n"),
                unit: $unit,
                units: $units,
                calls: 1,
                make: || $make($units),
            },
            Path {
                name: concat!("hostile: ", $name, ", 2n"),
                unit: $unit,
                units: 2 * $units,
                calls: 1,
                make: || $make(2 * $units),
            },
        ]
    };
}

/// All pairs.
pub static ALL: [[Path; 2]; 10] = [
    pair!("a value, byte by byte", "KiB", 64, |kib: usize| inside("<a b='", "x", kib * KIB, "'/>", 1)),
    pair!("an unfinished tag, byte by byte", "KiB", 64, |kib: usize| inside(
        "<a b=''",
        " ",
        kib * KIB,
        "",
        1
    )),
    pair!("brackets in CDATA, byte by byte", "KiB", 64, |kib: usize| inside(
        "<a><![CDATA[",
        "]",
        kib * KIB,
        "]]></a>",
        1
    )),
    pair!("references, byte by byte", "KiB", 64, |kib: usize| inside(
        "<a>",
        "&#9;",
        kib * KIB / 4,
        "</a>",
        1
    )),
    pair!("white space, byte by byte", "KiB", 64, |kib: usize| inside("", " ", kib * KIB, "", 1)),
    pair!("text and tags, 64 B", "KiB", 64, |kib: usize| inside(
        "<a>",
        "xx<a/>yy",
        kib * KIB / 8,
        "</a>",
        64
    )),
    pair!("attributes of one tag, 64 B", "attribute", 2000, attributes),
    pair!("names under 128 declarations, 64 B", "name", 4000, prefixes),
    pair!("QNames below many attributes", "look-up", 2000, look_ups),
    pair!("the deepest, 64 B", "KiB", 64, |kib: usize| {
        let deep = "<a>".repeat(127) + &"</a>".repeat(127);
        inside("<a>", &deep, kib * KIB / deep.len(), "</a>", 64)
    }),
];

fn inside(start: &str, more: &str, times: usize, end: &str, piece: usize) -> Box<dyn FnMut()> {
    read(Limits::default(), format!("{start}{}{end}", more.repeat(times)), piece)
}

fn attributes(n: usize) -> Box<dyn FnMut()> {
    let all: String = (0..n).map(|i| format!(" a{i:05}=''")).collect();
    read(Limits { attributes: n, ..Limits::default() }, format!("<a{all}/>"), 64)
}

fn prefixes(n: usize) -> Box<dyn FnMut()> {
    let declarations: String =
        (0..Limits::default().namespace_declarations).map(|i| format!(" xmlns:p{i}='u{i}'")).collect();
    read(Limits::default(), format!("<a{declarations}>{}</a>", "<p0:b p1:c='' p2:d=''/>".repeat(n)), 64)
}

/// As many look-ups as there are attributes around.
fn look_ups(n: usize) -> Box<dyn FnMut()> {
    let attributes: String = (0..n / 2).map(|i| format!(" a{i:05}=''")).collect();
    let document = format!("<a xmlns:p='u' xml:lang='en'{attributes}><b{attributes}><c/></b></a>");
    let limits = Limits { attributes: n, ..Limits::default() };
    let element = Element::parse_with(document.as_bytes(), limits).unwrap();
    Box::new(move || {
        let inside = element.first_child().and_then(|child| child.first_child()).unwrap();
        for _ in 0..n {
            assert_eq!(inside.resolve_qname(black_box("p:x")), Some(("u", "x")));
            assert_eq!(inside.lang().as_deref(), Some("en"));
        }
    })
}

fn read(limits: Limits, content: String, piece: usize) -> Box<dyn FnMut()> {
    Box::new(move || {
        let mut reader = StreamReader::new(limits);
        reader.push(HEADER);
        assert!(matches!(reader.next_piece(), Ok(Some(Piece::Open(_)))));
        for bytes in content.as_bytes().chunks(piece) {
            reader.push(bytes);
            while let Some(piece) = reader.next_piece().unwrap() {
                black_box(piece);
            }
        }
    })
}
