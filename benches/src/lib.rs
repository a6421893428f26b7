//! What the benches measure: a corpus, paths through the cores that do one thing often, what hostile peers make them
//! do, and contests between hands that do the same.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a measurement reads clocks, and may fail loudly"
)]

pub mod contest;
pub mod corpus;
pub mod hostile;
pub mod pair;
pub mod paths;
pub mod work;
