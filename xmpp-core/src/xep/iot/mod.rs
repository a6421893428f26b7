//! What sensor data (XEP-0323) and control (XEP-0325) have in common.

mod date_time;
pub(super) mod lexical;
mod node;

pub use date_time::{DateTime, NotADateTime};
pub use node::Node;

/// How values are written. All spellings are understood; only what is sent depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Spelling {
    /// As the specifications have it.
    #[default]
    Spec,
    /// As the library Smack reads it. In settings it names booleans `bool` and ignores `boolean`. In sensor data it
    /// ignores all but `boolean` and `int`, so whole numbers of 32 bits are sent as `int`, without their unit.
    Smack,
}
