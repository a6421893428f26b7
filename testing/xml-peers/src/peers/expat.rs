//! libexpat, the parser of the common servers. The only file of the workspace with `unsafe`.

use crate::{Name, PeerError, Tag, Trace, trace::Raw};

/// Whether the shim was built, which is so where libexpat's header is installed.
pub const fn is_there() -> bool {
    cfg!(libexpat)
}

/// What libexpat says of a document up to its document type, in which nothing is looked at.
///
/// # Panics
/// Where libexpat is not [there](is_there).
pub fn read(document: &[u8]) -> Trace {
    trace(&records(document, true))
}

/// What libexpat says of a whole document.
pub(crate) fn read_with_doctype(document: &[u8]) -> Trace {
    trace(&records(document, false))
}

#[cfg(not(libexpat))]
fn records(_: &[u8], _: bool) -> Vec<u8> {
    panic!("libexpat is not there")
}

#[cfg(libexpat)]
#[allow(unsafe_code, reason = "libexpat is C")]
fn records(document: &[u8], ends_at_doctype: bool) -> Vec<u8> {
    use std::ffi::{c_char, c_int, c_uchar};

    unsafe extern "C" {
        fn xmpp_expat_read(
            document: *const c_char,
            len: c_int,
            ends_at_doctype: c_int,
            block_len: &mut usize,
        ) -> *mut c_uchar;
        fn xmpp_expat_free(block: *mut c_uchar);
    }
    let len = c_int::try_from(document.len()).expect("documents of tests are small");
    let mut block_len = 0;
    // SAFETY: the shim reads `len` bytes behind the first pointer and keeps neither pointer. It returns a block of
    // `block_len` bytes, or null and 0, which is ours until it is freed, once.
    unsafe {
        let block = xmpp_expat_read(document.as_ptr().cast(), len, ends_at_doctype.into(), &mut block_len);
        if block.is_null() {
            return Vec::new();
        }
        let records = std::slice::from_raw_parts(block, block_len).to_vec();
        xmpp_expat_free(block);
        records
    }
}

/// Takes records from the block apart, as the head of expat.c describes them.
struct Records<'a>(&'a [u8]);

impl<'a> Records<'a> {
    fn bytes(&mut self, n: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(n);
        self.0 = rest;
        bytes
    }

    fn number(&mut self) -> u32 {
        u32::from_ne_bytes(self.bytes(4).try_into().expect("four bytes"))
    }

    fn string(&mut self) -> Option<&'a str> {
        let len = Some(self.number()).filter(|&len| len != u32::MAX)?;
        Some(str::from_utf8(self.bytes(len as usize)).expect("libexpat speaks UTF-8"))
    }
}

fn trace(block: &[u8]) -> Trace {
    let mut records = Records(block);
    let mut trace = Trace::default();
    while !records.0.is_empty() {
        let kind = records.bytes(1)[0];
        let (at, len) = (records.number() as usize, records.number() as usize);
        let strings: Vec<_> = (0..records.number()).map(|_| records.string()).collect();
        let string = |i: usize| strings.get(i).copied().flatten();
        trace.events.push(match kind {
            b'<' => {
                let words: Vec<_> = strings.iter().flatten().copied().collect();
                let (first, pairs) = words.split_first().expect("a name comes first");
                let attrs = pairs.chunks_exact(2).map(|pair| (name(pair[0]), pair[1].to_owned())).collect();
                Raw::Start(Tag { name: name(first), attrs })
            }
            b'>' => Raw::End,
            b't' => Raw::Text { text: string(0).unwrap_or_default().to_owned(), at: Some(at) },
            b'[' => Raw::Cdata,
            b'-' => Raw::Comment { at, len },
            b'?' => Raw::Instruction { at, len },
            b'D' => Raw::Doctype { at },
            b'd' => Raw::DoctypeEnd { at: at + len },
            b'x' => Raw::Declaration {
                version: string(0).unwrap_or_default().to_owned(),
                encoding: string(1).map(str::to_owned),
            },
            b'!' => {
                let words = string(0).unwrap_or_default().to_owned();
                trace.error = Some(PeerError { at: Some(at), words });
                break;
            }
            _ => unreachable!("expat.c writes no other kind"),
        });
    }
    trace
}

/// The shim asks for namespace and local name with U+0001 between them.
fn name(expanded: &str) -> Name {
    let (ns, local) = expanded.split_once('\u{1}').unwrap_or(("", expanded));
    Name::new(ns, local)
}
