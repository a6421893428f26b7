//! Time as the machines see it: always handed in, never read.
//!
//! `Instant` is named here and nowhere else in the cores, so that a build for a place without
//! [`std::time::Instant`] has one line to change.

pub use std::time::{Duration, Instant};

/// A moment of wall-clock time: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `micros` microseconds after (before, when negative) the Unix epoch.
    pub const fn from_unix_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn unix_micros(self) -> i64 {
        self.0
    }
}

/// The time at which a machine is made: the monotonic clock, and the wall clock if the host has one.
///
/// Afterwards a machine is told [`Instant`]s only; its wall time is `utc` plus the monotonic difference.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The monotonic clock. Deadlines are reckoned on it.
    pub mono: Instant,
    /// The wall clock at the same moment. Stamps and saved states need it; logging in does not.
    pub utc: Option<Timestamp>,
}

impl From<Instant> for Now {
    /// A host without a wall clock.
    fn from(mono: Instant) -> Self {
        Self { mono, utc: None }
    }
}

/// The moment `wait` after `now`. A wait that no clock can tell the end of, such as [`Duration::MAX`], ends in some thirty
/// years: whoever asks for it means "never".
#[must_use]
pub fn after(now: Instant, wait: Duration) -> Instant {
    const AGES: Duration = Duration::from_hours(30 * 365 * 24);
    now.checked_add(wait.min(AGES)).unwrap_or(now)
}

/// The earlier of two optional deadlines.
#[must_use]
pub fn earliest(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}
