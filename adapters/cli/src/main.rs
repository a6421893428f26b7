//! The program `xmpp`.
#![allow(dead_code)]
mod clock;
mod device;
mod driver;

fn main() {}
