//! What a connection manager decides before, or without, a session.
//!
//! ```
//! use bosh_core::manager::{self, Addressed};
//!
//! let request = b"<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='example.org' wait='60' hold='1'/>";
//! match manager::read("POST", request) {
//!     Ok(body) => match manager::addressed(&body) {
//!         Addressed::New => { /* make a BoshSession with a new sid, keep it under that sid, hand it the body */ }
//!         Addressed::Session(sid) => { /* hand the body to the session of this sid, or answer unknown_session() */ }
//!     },
//!     Err(answer) => { /* send answer.status and answer.body */ }
//! }
//! ```

use bytes::Bytes;
use xmpp_core::xml::Limits;

use crate::{Body, BodyError, Condition, Type};

/// An answer that belongs to no session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// What to send, of the type [`content_type`](Self::content_type). Empty with `OPTIONS`.
    pub body: Bytes,
    /// Header fields to add.
    pub headers: &'static [(&'static str, &'static str)],
    content_type: &'static str,
}

impl Answer {
    /// The `Content-Type` of the body.
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressed<'a> {
    /// It creates a session.
    New,
    /// It belongs to the session of this `sid`.
    Session(&'a str),
}

/// Reads a request under the default [`Limits`].
///
/// # Errors
/// What to answer a request that is none: another method than `POST`, a body that is malformed or has no `rid`.
pub fn read(method: &str, body: &[u8]) -> Result<Body, Answer> {
    read_with(method, body, Limits::default())
}

/// Reads a request. [`Limits::stanza_bytes`] bounds the whole body.
///
/// # Errors
/// As [`read`].
pub fn read_with(method: &str, body: &[u8], limits: Limits) -> Result<Body, Answer> {
    match method {
        "POST" => {}
        "OPTIONS" => return Err(plain(204, "")),
        _ => {
            return Err(plain(
                405,
                "This is an XMPP BOSH connection manager (XEP-0124, XEP-0206). It takes POST requests of XMPP clients.\n",
            ));
        }
    }
    match Body::parse_with(body, limits) {
        Ok(body) if body.rid.is_some() => Ok(body),
        Ok(_) => Err(terminate(Condition::BadRequest)),
        Err(error) => Err(malformed(&error)),
    }
}

/// What a well-formed request is for: without `sid` it creates a session (§7.1).
pub fn addressed(body: &Body) -> Addressed<'_> {
    match &body.sid {
        Some(sid) => Addressed::Session(sid),
        None => Addressed::New,
    }
}

/// The answer to a request whose `sid` nobody knows, or knows no more (§17.2).
#[must_use]
pub fn unknown_session() -> Answer {
    terminate(Condition::ItemNotFound)
}

/// An answer that ends a session, or refuses to create one, for this reason.
#[must_use]
pub fn terminate(condition: Condition) -> Answer {
    let body = Body { kind: Some(Type::Terminate), condition: Some(condition), ..Body::default() };
    Answer { status: 200, body: body.to_bytes(), headers: CORS, content_type: crate::CONTENT_TYPE }
}

/// The answer to what is no body. The session that it was meant for, if any, goes on: anybody can send that.
#[must_use]
pub fn malformed(_error: &BodyError) -> Answer {
    terminate(Condition::BadRequest)
}

/// For clients in web pages of other origins: nothing here depends on cookies.
const CORS: &[(&str, &str)] = &[
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "Content-Type"),
    ("Access-Control-Max-Age", "86400"),
];

const CORS_AND_ALLOW: &[(&str, &str)] = &[
    ("Allow", "POST, OPTIONS"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "Content-Type"),
    ("Access-Control-Max-Age", "86400"),
];

fn plain(status: u16, text: &'static str) -> Answer {
    Answer {
        status,
        body: Bytes::from_static(text.as_bytes()),
        headers: CORS_AND_ALLOW,
        content_type: "text/plain; charset=utf-8",
    }
}
