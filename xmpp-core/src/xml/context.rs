//! What is in scope where an element is written.

use super::ns;

/// What is in scope at the place of writing, so that nothing is declared twice and nothing is left out
/// (RFC 6120 §4.8.5: a stanza that moves to another stream declares again what it inherited).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    pub(super) default: String,
    pub(super) prefixes: Vec<(String, String)>,
    pub(super) lang: Option<String>,
}

impl Context {
    /// Nothing is in scope: a document of its own, a WebSocket frame.
    pub fn none() -> Context {
        Context::default()
    }

    /// `ns` is the default namespace.
    pub fn with_default(ns: &str) -> Context {
        Context { default: ns.to_owned(), ..Context::default() }
    }

    /// Inside a client's stream: default `jabber:client`, prefix `stream`.
    ///
    /// On a component's stream the same context writes what machines hold as `jabber:client` (XEP-0114).
    pub fn client_stream() -> Context {
        Context::with_default(ns::CLIENT).prefix("stream", ns::STREAMS)
    }

    /// Inside a stream between servers: default `jabber:server`, prefix `stream`.
    pub fn server_stream() -> Context {
        Context::with_default(ns::SERVER).prefix("stream", ns::STREAMS)
    }

    /// Inside a BOSH body: default [`ns::HTTP_BIND`]. Add the prefixes that the body declares.
    pub fn body() -> Context {
        Context::with_default(ns::HTTP_BIND)
    }

    /// The prefix is bound to `ns` as well.
    #[must_use]
    pub fn prefix(mut self, prefix: &str, ns: &str) -> Context {
        self.prefixes.retain(|(p, _)| p != prefix);
        self.prefixes.push((prefix.to_owned(), ns.to_owned()));
        self
    }

    /// `xml:lang` of the surrounding element (RFC 6120 §4.7.4).
    #[must_use]
    pub fn lang(mut self, lang: Option<&str>) -> Context {
        self.lang = lang.map(str::to_owned);
        self
    }
}

impl Context {
    /// Whether the prefix (empty: none) means `uri` here.
    pub(super) fn binds(&self, prefix: &str, uri: &str) -> bool {
        match prefix {
            "" => self.default == uri,
            "xml" => true,
            _ => self.prefixes.iter().any(|(p, u)| p == prefix && u == uri),
        }
    }
}
