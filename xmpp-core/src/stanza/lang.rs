//! Which of several texts a reader gets (RFC 6120 §8.1.5, RFC 4647 §3.4).

use std::borrow::Cow;

use crate::xml::ElementRef;

/// The child that RFC 4647 §3.4 calls the best: for each wanted language in turn the exact one, else the next more
/// general one; else the stanza's own language; else the first.
pub(super) fn lookup<'a>(
    stanza: ElementRef<'a>,
    name: &'static str,
    wanted: &[&str],
) -> Option<ElementRef<'a>> {
    let candidates = || stanza.children().filter(move |child| child.is(name, stanza.ns()));
    let find =
        |range: &str| candidates().find(|child| child.lang().unwrap_or_default().eq_ignore_ascii_case(range));
    for range in wanted {
        // `*` alone matches what the default matches (§3.4), so it is left to the default.
        let mut range = range.trim();
        while !range.is_empty() && range != "*" {
            if let Some(child) = find(range) {
                return Some(child);
            }
            range = general(range);
        }
    }
    find(&stanza.lang().unwrap_or_default()).or_else(|| candidates().next())
}

/// The next more general range: without the last subtag, and without a single character that would then be last.
fn general(range: &str) -> &str {
    let shorter = range.rsplit_once('-').map_or("", |(shorter, _)| shorter);
    match shorter.rsplit_once('-') {
        Some((shortest, single)) if single.len() == 1 => shortest,
        _ => shorter,
    }
}

/// All children of this name with their languages, in their order.
pub(super) fn all<'a>(
    stanza: ElementRef<'a>,
    name: &'static str,
) -> impl Iterator<Item = (Option<Cow<'a, str>>, Cow<'a, str>)> + 'a {
    stanza
        .children()
        .filter(move |child| child.is(name, stanza.ns()))
        .map(|child| (child.lang().filter(|lang| !lang.is_empty()), child.text()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Element;

    /// STZ-12: RFC 4647 lookup truncates from the end, drops single subtags, and falls back to the default.
    #[test]
    fn lookup_prefers_the_nearest_language() {
        let stanza: Element = "<message xmlns='jabber:client' xml:lang='en'><body>plain</body>\
            <body xml:lang='de'>deutsch</body><body xml:lang='zh-Hant'>han</body></message>"
            .parse()
            .unwrap();
        for (wanted, text) in [
            (&["de"][..], "deutsch"),
            (&["DE-at"], "deutsch"),
            (&["zh-Hant-CN-x-private"], "han"),
            (&["zh"], "plain"),
            (&["fr", "de"], "deutsch"),
            (&["*"], "plain"),
            (&["", "-"], "plain"),
            (&["en-GB"], "plain"),
            (&[], "plain"),
        ] {
            assert_eq!(lookup(stanza.root(), "body", wanted).unwrap().text(), text, "{wanted:?}");
        }
        assert_eq!(lookup(stanza.root(), "subject", &["de"]), None);
        let langs: Vec<_> = all(stanza.root(), "body").map(|(lang, _)| lang.unwrap().into_owned()).collect();
        assert_eq!(langs, ["en", "de", "zh-Hant"]);
    }

    /// STZ-12: nothing in the stanza's language, so the first one.
    #[test]
    fn falls_back_to_the_first() {
        let stanza: Element =
            "<message xmlns='jabber:client'><body xml:lang='cs'>a</body><body xml:lang='de'>b</body></message>"
                .parse()
                .unwrap();
        assert_eq!(lookup(stanza.root(), "body", &["it"]).unwrap().text(), "a");
        assert_eq!(general("zh-Hant-x-private"), "zh-Hant");
        assert_eq!(general("zh"), "");
    }
}
