//! XML in colours.

use crate::paint::{Colour, Paint};

/// Colours the tags of what the pretty printer made. What is between them stays as it is.
pub(super) fn highlight(xml: &str, paint: Paint) -> String {
    let mut out = String::with_capacity(xml.len() * 2);
    let mut rest = xml;
    while let Some((text, from_tag)) = rest.split_once('<') {
        out.push_str(text);
        let end = tag_end(from_tag);
        let (inside, behind) = from_tag.split_at(end);
        tag(&mut out, inside, paint);
        rest = behind;
        if let Some(behind) = rest.strip_prefix('>') {
            out.push_str(&paint.paint(Colour::Blue, ">"));
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

/// Where the `>` of a tag is: not inside of quotes.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    tag.len()
}

/// What stands between `<` and `>`.
fn tag(out: &mut String, tag: &str, paint: Paint) {
    let name_end = tag.find([' ', '/', '>']).filter(|&at| at > 0);
    // The slash of an end tag belongs to it.
    let name_end = name_end.or_else(|| tag.get(1..)?.find([' ', '/']).map(|at| at + 1)).unwrap_or(tag.len());
    let (name, mut rest) = tag.split_at(name_end);
    out.push_str(&paint.paint(Colour::Blue, &format!("<{name}")));
    while let Some((attribute, from_value)) = rest.split_once('=') {
        out.push_str(&paint.paint(Colour::Cyan, attribute));
        out.push('=');
        let quote = from_value.chars().next().unwrap_or('\'');
        let end =
            from_value.get(1..).and_then(|value| value.find(quote)).map_or(from_value.len(), |at| at + 2);
        let (value, behind) = from_value.split_at(end);
        out.push_str(&paint.paint(Colour::Yellow, value));
        rest = behind;
    }
    out.push_str(&paint.paint(Colour::Blue, rest));
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<iq to='a>b' type=\"get\">\n  <p:q xmlns:p='u'/>\n  <body>1 &lt; 2 > '</body>\n</iq>";

    /// Colours change nothing of the text.
    #[test]
    fn without_colours_it_is_the_same() {
        for xml in
            [XML, "", "text", "<a/>", "</stream>", "<", "<a b", "<a b='", "<a b='c'", "<a b=é", "a < b"]
        {
            assert_eq!(highlight(xml, Paint::NONE), xml);
            let painted = highlight(xml, Paint::ALWAYS);
            let stripped: String = painted
                .split('\u{1b}')
                .enumerate()
                .map(|(part, text)| if part == 0 { text } else { text.split_once('m').unwrap().1 })
                .collect();
            assert_eq!(stripped, xml);
        }
    }

    #[test]
    fn parts_have_their_colours() {
        let painted = highlight("<a b='c>'>t</a>", Paint::ALWAYS).replace('\u{1b}', "");
        assert_eq!(painted, "[34m<a[0m[36m b[0m=[33m'c>'[0m[34m>[0mt[34m</a[0m[34m>[0m");
    }
}
