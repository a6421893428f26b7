//! What the others say.

pub mod expat;
pub mod quick_xml;
pub mod rxml;
