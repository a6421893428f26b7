//! XML parsers in C and C++ as contestants. The shims do the counting, so that no call crosses a language for a name.
//!
//! This is the only crate with `unsafe`: calls into the shims. A peer whose header is not installed is not there.

use std::ffi::{CStr, c_char, c_int};

/// What a peer has found below the header of a stream; lengths in bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Found {
    pub stanzas: usize,
    pub elements: usize,
    pub names: usize,
    pub namespaces: usize,
    pub attributes: usize,
    pub values: usize,
    pub texts: usize,
}

/// Each peer, the Debian package that has it, and its version if it takes part.
pub fn peers() -> [(&'static str, &'static str, Option<String>); 3] {
    [
        ("libxml2", "libxml2-dev", libxml2::version()),
        ("expat", "libexpat1-dev", expat::version()),
        ("pugixml", "libpugixml-dev", pugixml::version()),
    ]
}

macro_rules! push_parser {
    ($name:ident, $new:ident, $push:ident, $found:ident, $free:ident, $version:ident) => {
        /// A parser that is given pieces.
        pub mod $name {
            use super::Found;

            /// What it finds in a stream; `None` if it is not installed.
            ///
            /// # Panics
            /// It refuses the stream.
            #[cfg($name)]
            pub fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Option<Found> {
                use super::{Reader, c_char, c_int};
                unsafe extern "C" {
                    fn $new() -> *mut Reader;
                    fn $push(reader: *mut Reader, bytes: *const c_char, length: usize) -> c_int;
                    fn $found(reader: *mut Reader) -> Found;
                    fn $free(reader: *mut Reader);
                }
                // SAFETY: made here, checked, used by this thread alone and freed once; `bytes` outlive the call.
                unsafe {
                    let reader = $new();
                    assert!(!reader.is_null());
                    let fine = pieces
                        .map(|bytes| $push(reader, bytes.as_ptr().cast(), bytes.len()) == 1)
                        .fold(true, |all, fine| all && fine);
                    let found = $found(reader);
                    $free(reader);
                    assert!(fine, "{} refuses the stream", stringify!($name));
                    Some(found)
                }
            }

            /// Not installed.
            #[cfg(not($name))]
            pub fn read<'a>(_: impl Iterator<Item = &'a [u8]>) -> Option<Found> {
                None
            }

            #[cfg($name)]
            pub(super) fn version() -> Option<String> {
                unsafe extern "C" {
                    fn $version() -> *const super::c_char;
                }
                // SAFETY: it takes nothing and gives a string that lives for ever.
                Some(unsafe { super::owned($version()) })
            }

            #[cfg(not($name))]
            pub(super) fn version() -> Option<String> {
                None
            }
        }
    };
}

push_parser!(libxml2, libxml2_new, libxml2_push, libxml2_found, libxml2_free, libxml2_version);
push_parser!(expat, expat_new, expat_push, expat_found, expat_free, expat_version);

/// A parser that makes a tree of each stanza, in memory that it uses again.
pub mod pugixml {
    use super::Found;

    /// What is in stanzas whose ends are known, if `look`; otherwise only how many trees were made. `None` if it is
    /// not installed.
    ///
    /// # Panics
    /// It refuses a stanza.
    #[cfg(pugixml)]
    pub fn read<'a>(mut stanzas: impl Iterator<Item = &'a str>, look: bool) -> Option<Found> {
        use super::{Reader, c_char, c_int};
        unsafe extern "C" {
            fn pugixml_new() -> *mut Reader;
            fn pugixml_stanza(
                tree: *mut Reader,
                bytes: *const c_char,
                length: usize,
                look: c_int,
                all: *mut Found,
            ) -> c_int;
            fn pugixml_free(tree: *mut Reader);
        }
        let mut found = Found::default();
        // SAFETY: made here, checked, used by this thread alone and freed once; bytes and `found` outlive the call.
        unsafe {
            let tree = pugixml_new();
            assert!(!tree.is_null());
            let fine = stanzas.all(|stanza| {
                pugixml_stanza(tree, stanza.as_ptr().cast(), stanza.len(), c_int::from(look), &raw mut found)
                    == 1
            });
            pugixml_free(tree);
            assert!(fine, "pugixml refuses a stanza");
        }
        Some(found)
    }

    /// Not installed.
    #[cfg(not(pugixml))]
    pub fn read<'a>(_: impl Iterator<Item = &'a str>, _: bool) -> Option<Found> {
        None
    }

    #[cfg(pugixml)]
    pub(super) fn version() -> Option<String> {
        unsafe extern "C" {
            fn pugixml_version() -> *const super::c_char;
        }
        // SAFETY: it takes nothing and gives a string that lives for ever.
        Some(unsafe { super::owned(pugixml_version()) })
    }

    #[cfg(not(pugixml))]
    pub(super) fn version() -> Option<String> {
        None
    }
}

/// A reader or tree of a shim.
#[repr(C)]
struct Reader([u8; 0]);

/// # Safety
/// As [`CStr::from_ptr`].
#[cfg_attr(not(any(libxml2, expat, pugixml)), expect(dead_code, reason = "none is installed"))]
unsafe fn owned(text: *const c_char) -> String {
    // SAFETY: the caller's.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}
