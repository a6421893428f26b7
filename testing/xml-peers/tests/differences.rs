//! Each difference in the table is one, and is excused by its own row.

use xmpp_xml_peers::{DIFFERENCES, End, Peer, compare, peers::expat, read_ours};

fn is_there(peer: Peer) -> bool {
    peer != Peer::Expat || expat::is_there()
}

/// XML-02, XML-04, XML-08..10: what a peer accepts of it and we refuse, or the other way round.
#[test]
fn each_is_shown() {
    for difference in DIFFERENCES {
        for &peer in difference.peers.iter().filter(|peer| is_there(**peer)) {
            let ours = read_ours(difference.mode, difference.example).end;
            let theirs = peer.trace(difference.example).error;
            assert_eq!(
                ours == End::Complete,
                theirs.is_some(),
                "{}: {peer:?} {ours:?} {theirs:?}",
                difference.name
            );
            match compare(peer, difference.mode, difference.example) {
                Ok(found) => assert_eq!(found, Some(difference), "{peer:?}"),
                Err(disagreement) => panic!("{disagreement}"),
            }
        }
    }
}
