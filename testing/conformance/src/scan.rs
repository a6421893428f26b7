//! A reader of Rust sources that knows just enough: comments, strings, attributes, functions and their braces.

use std::collections::BTreeSet;

use crate::Ids;

/// A test, or another place in a test file, that names requirements.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The function. `None` is the head of a file, which speaks for all tests in it.
    pub function: Option<String>,
    /// What it names.
    pub ids: BTreeSet<String>,
}

/// What one source file says about requirements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Tests that show requirements, in the order of the file.
    pub evidence: Vec<Evidence>,
    /// All ids anywhere in comments and strings.
    pub all: BTreeSet<String>,
    /// Ids in a test file that belong to no function: probably a comment that stands in the wrong place.
    pub adrift: BTreeSet<String>,
}

/// Reads one file. The path decides whether functions without `#[test]` count: in a folder `tests` they check what the
/// tests do (a validator that every request passes through, for instance).
pub fn scan(path: &str, source: &str, ids: &Ids) -> Mentions {
    let in_tests = path.split('/').any(|part| part == "tests") || path.ends_with("/tests.rs");
    let mut scanner = Scanner { in_tests, ..Scanner::new(ids) };
    for token in (Lexer { rest: source }) {
        scanner.token(&token);
    }
    scanner.finish()
}

struct Function {
    name: String,
    is_test: bool,
    ids: BTreeSet<String>,
    /// The number of braces open around the body.
    depth: usize,
}

/// The token before this one, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Hash,
    Fn,
    Other,
}

struct Scanner<'a> {
    ids: &'a Ids,
    in_tests: bool,
    mentions: Mentions,
    head: BTreeSet<String>,
    tests: usize,
    /// Named by comments and strings since the last item ended.
    pending: BTreeSet<String>,
    pending_test: bool,
    /// Behind `#[`: the words inside, and the brackets open.
    attribute: Option<(Vec<String>, usize)>,
    last: Last,
    /// A function whose body has not begun, with the parentheses open around it.
    header: Option<(Function, usize)>,
    functions: Vec<Function>,
    braces: usize,
    parens: usize,
}

impl<'a> Scanner<'a> {
    fn new(ids: &'a Ids) -> Self {
        Self {
            ids,
            in_tests: false,
            mentions: Mentions::default(),
            head: BTreeSet::new(),
            tests: 0,
            pending: BTreeSet::new(),
            pending_test: false,
            attribute: None,
            last: Last::Other,
            header: None,
            functions: Vec::new(),
            braces: 0,
            parens: 0,
        }
    }

    fn token(&mut self, token: &Token<'_>) {
        match *token {
            Token::Head(text) => {
                let ids = self.ids.find(text);
                self.mentions.all.extend(ids.iter().cloned());
                self.head.extend(ids);
            }
            Token::Comment(text) | Token::Text(text) => self.name(text),
            Token::Word(word) => self.word(word),
            Token::Mark(mark) => self.mark(mark),
        }
        self.last = match token {
            Token::Mark('#') => Last::Hash,
            // Attributes of what surrounds them begin with `#!`.
            Token::Mark('!') if self.last == Last::Hash => Last::Hash,
            Token::Word("fn") => Last::Fn,
            _ => Last::Other,
        };
    }

    fn name(&mut self, text: &str) {
        let ids = self.ids.find(text);
        self.mentions.all.extend(ids.iter().cloned());
        let into = match &mut self.header {
            Some((function, _)) => &mut function.ids,
            // A function inside of a test is part of the test.
            None => match self.functions.first_mut() {
                Some(function) => &mut function.ids,
                None => &mut self.pending,
            },
        };
        into.extend(ids);
    }

    fn word(&mut self, word: &str) {
        if let Some((words, _)) = &mut self.attribute {
            words.push(word.to_owned());
        } else if self.last == Last::Fn {
            let function = Function {
                name: word.to_owned(),
                is_test: std::mem::take(&mut self.pending_test),
                ids: std::mem::take(&mut self.pending),
                depth: 0,
            };
            self.header = Some((function, self.parens));
        }
    }

    fn mark(&mut self, mark: char) {
        if let Some((_, open)) = &mut self.attribute {
            match mark {
                '[' => *open += 1,
                ']' => *open -= 1,
                _ => {}
            }
            if let Some((words, _)) = self.attribute.take_if(|(_, open)| *open == 0) {
                let conditional = words.first().is_some_and(|word| word == "cfg" || word == "cfg_attr");
                self.pending_test |= !conditional && words.iter().any(|word| word == "test");
            }
            return;
        }
        match mark {
            '[' if self.last == Last::Hash => self.attribute = Some((Vec::new(), 1)),
            '(' | '[' => self.parens += 1,
            ')' | ']' => self.parens = self.parens.saturating_sub(1),
            '{' => self.open(),
            '}' => self.close(),
            ';' if self.header.as_ref().is_some_and(|(_, parens)| *parens == self.parens) => {
                self.header = None;
            }
            ';' if self.header.is_none() => self.drop_pending(),
            _ => {}
        }
    }

    fn open(&mut self) {
        if let Some((mut function, _)) = self.header.take_if(|(_, parens)| *parens == self.parens) {
            function.depth = self.braces;
            self.functions.push(function);
        } else if self.header.is_none() {
            self.drop_pending();
        }
        self.braces += 1;
    }

    fn close(&mut self) {
        self.braces = self.braces.saturating_sub(1);
        if let Some(function) = self.functions.pop_if(|function| function.depth == self.braces) {
            self.tests += usize::from(function.is_test);
            let counts = function.is_test || self.in_tests;
            match self.functions.first_mut() {
                Some(outer) => outer.ids.extend(function.ids),
                None if counts && !function.ids.is_empty() => {
                    let evidence = Evidence { function: Some(function.name), ids: function.ids };
                    self.mentions.evidence.push(evidence);
                }
                None => {}
            }
        } else if self.header.is_none() {
            self.drop_pending();
        }
    }

    fn drop_pending(&mut self) {
        let ids = std::mem::take(&mut self.pending);
        if self.in_tests {
            self.mentions.adrift.extend(ids);
        }
        self.pending_test = false;
    }

    fn finish(mut self) -> Mentions {
        self.drop_pending();
        if self.in_tests && self.tests > 0 && !self.head.is_empty() {
            self.mentions.evidence.push(Evidence { function: None, ids: self.head });
        }
        self.mentions
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'s> {
    /// `//!` or `/*!`
    Head(&'s str),
    Comment(&'s str),
    Text(&'s str),
    Word(&'s str),
    Mark(char),
}

struct Lexer<'s> {
    rest: &'s str,
}

impl<'s> Iterator for Lexer<'s> {
    type Item = Token<'s>;

    fn next(&mut self) -> Option<Token<'s>> {
        loop {
            self.rest = self.rest.trim_start();
            let text = self.rest;
            let first = text.chars().next()?;
            let (len, token) = if text.starts_with("//") {
                let len = text.find('\n').unwrap_or(text.len());
                (len, Some(comment(&text[..len])))
            } else if text.starts_with("/*") {
                let len = block_comment(text);
                (len, Some(comment(&text[..len])))
            } else if first == '\'' {
                (quote(text), None)
            } else if let Some(len) = string(text) {
                (len, Some(Token::Text(&text[..len])))
            } else if is_word(first) {
                let len = text.find(|c| !is_word(c)).unwrap_or(text.len());
                (len, Some(Token::Word(&text[..len])))
            } else {
                (first.len_utf8(), Some(Token::Mark(first)))
            };
            self.rest = &text[len..];
            if token.is_some() {
                return token;
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn comment(text: &str) -> Token<'_> {
    if text.starts_with("//!") || text.starts_with("/*!") { Token::Head(text) } else { Token::Comment(text) }
}

/// The length of a block comment, others inside of it included.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of a character literal, or of the quote and name of a lifetime.
fn quote(text: &str) -> usize {
    let mut inside = text[1..].chars();
    match inside.next() {
        Some('\\') => escaped(text, '\''),
        Some(c) if inside.next() == Some('\'') => c.len_utf8() + 2,
        _ => 1 + text[1..].find(|c| !is_word(c)).unwrap_or(text.len() - 1),
    }
}

/// The length of a literal with escapes, its quotes included.
fn escaped(text: &str, end: char) -> usize {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == end {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// The length of a string literal of any kind at the start of the text.
fn string(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        text.strip_prefix(prefix).is_some_and(|rest| {
            // `r#` may begin a raw name as well; then no quote follows the hashes.
            let rest = if prefix.ends_with('r') { rest.trim_start_matches('#') } else { rest };
            rest.starts_with('"') || (*prefix == "b" && rest.starts_with('\''))
        })
    })?;
    let rest = &text[prefix.len()..];
    if !prefix.ends_with('r') {
        let end = if rest.starts_with('"') { '"' } else { '\'' };
        return Some(prefix.len() + escaped(rest, end));
    }
    let hashes = &rest[..rest.len() - rest.trim_start_matches('#').len()];
    let open = prefix.len() + hashes.len() + 1;
    let end = format!("\"{hashes}");
    Some(text[open..].find(&end).map_or(text.len(), |at| open + at + end.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str, source: &str) -> Vec<String> {
        let mentions = scan(path, source, &Ids::new(["JID-01"]));
        let place = |e: &Evidence| e.function.clone().unwrap_or_else(|| "*".to_owned());
        let ids = |e: &Evidence| e.ids.iter().cloned().collect::<Vec<_>>().join(" ");
        let mut lines: Vec<_> =
            mentions.evidence.iter().map(|e| format!("{}: {}", place(e), ids(e))).collect();
        lines.extend(mentions.adrift.iter().map(|id| format!("? {id}")));
        lines
    }

    #[test]
    fn comments_above_and_words_inside() {
        let source = "
            /// JID-01: documentation of the product shows nothing.
            fn product<'a>(x: &'a [u8; 2]) -> char { let _ = (r#\"}\"#, b'}', '}', '\\'', \"}\\\"\"); /* } */ '{' }
            #[cfg(test)]
            mod tests {
                fn helper() {}
                /// JID-02
                #[test]
                #[should_panic(expected = \"]\")]
                fn above() {}
                #[tokio::test(flavor = \"x\")]
                // JID-03..04
                async fn between() -> Result<(), [u8; 1]> { if true { assert!(true, \"JID-05: {x}\"); } }
                proptest! {
                    #![proptest_config(config())]
                    /// JID-06
                    #[test]
                    fn property(x in vec(any::<u8>(), { 3 }), y in \"[a-z]{3}\") { fn inner() { /* JID-07 */ } }
                }
            }";
        assert_eq!(
            shown("jid/src/lib.rs", source),
            ["above: JID-02", "between: JID-03 JID-04 JID-05", "property: JID-06 JID-07"]
        );
    }

    #[test]
    fn in_test_files_the_head_and_helpers_count() {
        let source =
            "//! JID-01\n\n/// JID-02\nfn valid() { check(\"JID-03\") }\n/// JID-04\n#[test]\nfn all() {}\n";
        assert_eq!(shown("jid/tests/all.rs", source), ["valid: JID-02 JID-03", "all: JID-04", "*: JID-01"]);
        assert_eq!(shown("jid/src/all.rs", source), ["all: JID-04"]);
        let source = "//! JID-01\n/// JID-02\nstruct Peer;\n/// JID-03\nuse x;\nfn f(g: fn(u8), c: u8);\n";
        assert_eq!(shown("jid/tests/common/mod.rs", source), ["? JID-02", "? JID-03"]);
    }

    #[test]
    fn broken_sources_do_no_harm() {
        for source in ["fn", "fn f(", "}}", "#[", "\"", "r##\"", "/* /*", "'", "b'", "#[]", "#[[]]fn f(){}}"]
        {
            scan("jid/tests/x.rs", source, &Ids::new(["JID-01"]));
        }
    }
}
