//! The only place of this crate that reads a clock. The monotonic one is tokio's, so that a paused runtime pauses the
//! machines with it.

use std::time::{Instant, UNIX_EPOCH};

use xmpp_core::time::{Now, Timestamp};

pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// For the creation of a machine. A wall clock before 1970 counts as none.
#[expect(clippy::disallowed_methods, reason = "the adapter is where the time comes from")]
pub(crate) fn start() -> Now {
    let wall = std::time::SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let utc = wall.and_then(|wall| i64::try_from(wall.as_micros()).ok()).map(Timestamp::from_unix_micros);
    Now { mono: now(), utc }
}

/// Never, when there is no deadline.
pub(crate) async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
