//! XMPP over HTTP (BOSH: XEP-0124, with the XMPP binding of XEP-0206) as state machines: no sockets, no clock, no
//! generator of random numbers.
//!
//! - [`BoshClient`] and [`BoshSession`] are [`Wire`](xmpp_core::Wire)s: HTTP bodies on one side, stream items on the other. A
//!   [`Link`](xmpp_core::Link) joins one with a speaker: `Link<Session, BoshClient>` is a client that logs in over
//!   BOSH, `Link<Receiver, BoshSession>` one client's session in a connection manager.
//! - [`Body`] is the wrapper that every request and response carries, read and written.
//! - [`manager`] decides what a request is for before any session sees it.
//!
//! # A client's run loop
//! The adapter sends what [`ClientOutput::Request`] holds by HTTP `POST`, and tells how each request ended: through
//! [`Link::input`](xmpp_core::Link::input), because inputs of a wire are its own.
//! ```
//! use std::time::Instant;
//! use bosh_core::{BoshClient, ClientConfig, ClientOutput};
//! use xmpp_core::{Header, Item, Wire};
//!
//! let now = Instant::now(); // the adapter's clock
//! let mut wire = BoshClient::new(ClientConfig::new(true), [7; 32]); // 32 bytes from the operating system
//! wire.push(Item::Open(Header { to: Some("example.org".into()), version: Some((1, 0)), ..Header::default() }));
//!
//! // A link does the rest; this is what it does with the wire.
//! let Some(ClientOutput::Request(request)) = wire.poll_output(now) else { panic!() };
//! assert!(wire.poll_output(now).is_none(), "one request until the session exists (XEP-0124 §7.1)");
//!
//! // The adapter POSTs request.body, and hands in what came back before request.deadline.
//! wire.handle_response(request.id, 200, b"<body xmlns='http://jabber.org/protocol/httpbind' sid='a' wait='60' \
//!     requests='2' hold='1' from='example.org'/>");
//! let Ok(Some(Item::Open(header))) = wire.next_item(now) else { panic!() };
//! assert_eq!(header.from.as_deref(), Some("example.org"));
//! # assert!(matches!(wire.poll_output(now), Some(ClientOutput::Request(_))), "a request is held");
//! ```
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![deny(missing_docs, missing_debug_implementations)]

mod body;
mod client;
mod error;
pub mod manager;
mod opaque;
mod session;

use std::fmt;

pub use body::{Body, BodyError, Condition, Type, Version};
pub use client::{BoshClient, ClientConfig, ClientOutput, HttpRequest};
pub use error::{Blame, BoshError, SessionError};
use opaque::Opaque;
pub use session::{BoshSession, Farewell, HttpReply, SessionConfig, SessionOutput};

/// One HTTP exchange. A client's are numbered by [`BoshClient`], each attempt anew; in a connection manager the adapter
/// numbers them, and no two requests that it hands to one session may have the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// The `Content-Type` of every body that this crate writes (XEP-0124 §5).
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The largest `rid` there may be (XEP-0124 §14.1): 2^53 - 1, what a double holds exactly.
pub const MAX_RID: u64 = 9_007_199_254_740_991;
