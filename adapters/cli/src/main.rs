//! The program `xmpp`.

fn main() {}
