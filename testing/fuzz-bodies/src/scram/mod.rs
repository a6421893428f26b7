//! SASL exchanges after a script, with either side as the machine that is attacked.
//!
//! The first byte of an input says which: `C` a client, `S` a server; `D` and `T` the same on a channel that can be bound.
//! Each line after that is one step. What a peer
//! could know is put in for signs, so that scripts come as far as an honest peer does: `%N` the nonce as far as it is
//! known, `%P` the right proof, `%V` the right signature.

mod client;
mod reference;
mod server;

use xmpp_core::sasl::{BindingType, ChannelBindings};

/// What both ends of the channel know.
const BINDING: &[u8] = &[b'b'; 32];

fn bindings() -> ChannelBindings {
    ChannelBindings::new().with(BindingType::TlsExporter, BINDING.to_vec())
}

const USER: &str = "juliet";
const PASSWORD: &str = "r0m30";
const SALT: &[u8] = b"salt of juliet..";
/// Few, because the count does not change what is tested.
const ITERATIONS: u32 = 2;

/// No script makes a machine panic. A server never succeeds without the right proof; a client never believes a success
/// before it has seen the right signature.
pub fn scram(data: &[u8]) {
    match data.split_first() {
        Some((b'C', script)) => _ = client::run(script, ChannelBindings::new()),
        Some((b'S', script)) => _ = server::run(script, ChannelBindings::new()),
        Some((b'D', script)) => _ = client::run(script, bindings()),
        Some((b'T', script)) => _ = server::run(script, bindings()),
        _ => {}
    }
}

fn lines(script: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    // Enough for several attempts.
    script.split(|b| *b == b'\n').filter_map(<[u8]>::split_first).map(|(c, rest)| (*c, rest)).take(32)
}

/// The message with `%` and a letter replaced.
fn filled(message: &[u8], fill: impl Fn(u8) -> Option<String>) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len());
    let mut rest = message;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let sign = if byte == b'%' { rest.first() } else { None };
        if let Some(text) = sign.and_then(|&sign| fill(sign)) {
            out.extend_from_slice(text.as_bytes());
            rest = rest.get(1..).unwrap_or_default();
        } else {
            out.push(byte);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The properties would hold for machines that never succeed, too.
    #[test]
    fn honest_peers_succeed() {
        let none = ChannelBindings::new;
        for hash in ["1", "256", "512"] {
            let script = format!(
                "iSCRAM-SHA-{hash}-PLUS p=tls-exporter,,n=juliet,r=abc\nrc=cD10bHMtZXhwb3J0ZXIsLGJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJi,r=%N,p=%P"
            );
            assert_eq!(server::run(script.as_bytes(), bindings()), 1, "{script}");
            assert_eq!(server::run(script.replace("YmJi,r", "YmJj,r").as_bytes(), bindings()), 0, "{script}");
            assert_eq!(server::run(script.as_bytes(), none()), 0, "{script}");
            let script = format!("SCRAM-SHA-{hash}-PLUS|tls-exporter\ncr=%Nx,s=eA==,i=4\nsv=%V");
            assert_eq!(client::run(script.as_bytes(), bindings()), 1, "{script}");
            assert_eq!(client::run(script.replace("|tls", "|x").as_bytes(), bindings()), 0, "{script}");
            let script = format!("iSCRAM-SHA-{hash} n,,n=juliet,r=abc\nrc=biws,r=%N,p=%P");
            assert_eq!(server::run(script.as_bytes(), none()), 1, "{script}");
            assert_eq!(server::run(script.replace("%P", "%P,x=y").as_bytes(), none()), 0, "{script}");
            assert_eq!(server::run(script.replace("juliet", "romeo").as_bytes(), none()), 0, "{script}");
            let script = format!("SCRAM-SHA-{hash}\ncr=%Nx,s=eA==,i=4\nsv=%V");
            assert_eq!(client::run(script.as_bytes(), none()), 1, "{script}");
            assert_eq!(client::run(script.replace("%V", "%N").as_bytes(), none()), 0, "{script}");
        }
        assert_eq!(server::run(b"iPLAIN \0juliet\0r0m30", none()), 1);
        assert_eq!(server::run(b"iPLAIN \0juliet\0wrong", none()), 0);
    }
}
