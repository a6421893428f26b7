//! Elements for people.

use super::ElementRef;

/// The element indented, one tag a line. Mixed content stays as it is; elements that hold only elements are indented.
pub fn pretty(element: &ElementRef<'_>) -> String {
    let _ = element;
    todo!()
}

/// As [`pretty`], with `***` in place of what SASL elements (`auth`, `response`, `challenge`, `success`; RFC 6120 §6)
/// and `password` of in-band registration (XEP-0077) hold.
pub fn masked(element: &ElementRef<'_>) -> String {
    let _ = element;
    todo!()
}
