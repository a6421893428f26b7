//! Comparison by the older rules (RFC 6122: Nodeprep, Nameprep, Resourceprep), for who moves between servers of both kinds.

use core::iter::once;

use unicode_normalization::UnicodeNormalization;

use crate::JidRef;

/// Whether the older rules make one address of both.
pub(crate) fn is_alike(one: JidRef<'_>, other: JidRef<'_>) -> bool {
    one.local().is_some() == other.local().is_some()
        && one.resource().is_some() == other.resource().is_some()
        && folded(one.local().unwrap_or_default()).eq(folded(other.local().unwrap_or_default()))
        && folded(one.domain()).eq(folded(other.domain()))
        && kept(one.resource().unwrap_or_default())
            .nfkc()
            .eq(kept(other.resource().unwrap_or_default()).nfkc())
}

/// Folds case as in RFC 3454 appendix B.2 what is in lower case already: there `ß` is `ss`, a final sigma is a sigma,
/// and a subscript iota a letter, as in the lower case of the upper case.
fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    kept(text)
        .flat_map(|c| {
            // Its upper case is that of `i`, and yet it is another letter.
            let dotless = (c == '\u{131}').then_some(c);
            let others = once(c).filter(|c| *c != '\u{131}');
            dotless.into_iter().chain(others.flat_map(char::to_uppercase).flat_map(char::to_lowercase))
        })
        .nfkc()
}

/// Leaves out what those rules map to nothing (RFC 3454 appendix B.1) and these rules allow in places: the joiners.
fn kept(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|c| !matches!(c, '\u{200C}' | '\u{200D}'))
}
