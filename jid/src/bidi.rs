//! The Bidi Rule (RFC 5893 §2).

use idna_adapter::{
    Adapter, FIRST_BC_MASK, LAST_LTR_MASK, LAST_RTL_MASK, MIDDLE_LTR_MASK, MIDDLE_RTL_MASK, RTL_MASK,
};

/// Whether the text holds a right-to-left character, so that the rule applies.
pub(crate) fn has_rtl(text: &str) -> bool {
    let adapter = Adapter::new();
    !text.is_ascii() && text.chars().any(|c| adapter.bidi_class(c).to_mask().intersects(RTL_MASK))
}

/// Whether a username or a label satisfies the six conditions.
pub(crate) fn satisfies_rule(text: &str) -> bool {
    let adapter = Adapter::new();
    let class = |c| adapter.bidi_class(c);
    let Some(first) = text.chars().next().map(class) else { return true };
    let last = text.chars().rev().map(class).find(|class| !class.is_nonspacing_mark());
    if !first.to_mask().intersects(FIRST_BC_MASK) {
        return false;
    }
    let (middle, end) =
        if first.is_ltr() { (MIDDLE_LTR_MASK, LAST_LTR_MASK) } else { (MIDDLE_RTL_MASK, LAST_RTL_MASK) };
    let european = text.chars().any(|c| class(c).is_european_number());
    let arabic = text.chars().any(|c| class(c).is_arabic_number());
    text.chars().all(|c| class(c).to_mask().intersects(middle))
        && last.is_some_and(|class| class.to_mask().intersects(end))
        && (first.is_ltr() || !(european && arabic))
}
