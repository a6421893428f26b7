//! Sensor data (XEP-0323), each side alone and both together.
#![allow(clippy::unwrap_used)]

mod cuts;
mod examples;
mod hostile;
mod reader;
mod responder;
mod support;
mod wire;
