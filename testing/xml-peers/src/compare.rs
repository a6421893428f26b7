//! Two readings of one document.

use std::fmt;

use crate::{DIFFERENCES, Difference, End, Mode, Peer, Reading, differences::mended, read_ours, read_peer};

/// Two readings that are not the same, and nothing in the table says why.
#[derive(Debug)]
pub struct Disagreement {
    /// With whom.
    pub peer: Peer,
    /// What was read.
    pub document: Vec<u8>,
    /// As what.
    pub mode: Mode,
    /// Our reading.
    pub ours: Reading,
    /// The peer's.
    pub theirs: Reading,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Disagreement { peer, document, mode, ours, theirs } = self;
        let same = ours.pieces.iter().zip(&theirs.pieces).take_while(|(a, b)| a == b).count();
        writeln!(f, "{peer:?} disagrees about {mode:?} {}", document.escape_ascii())?;
        for (whose, reading) in [("ours", ours), ("theirs", theirs)] {
            let rest = reading.pieces.get(same..).unwrap_or_default();
            writeln!(f, "  {whose}: {same} same pieces, then {rest:?}, then {:?}", reading.end)?;
        }
        Ok(())
    }
}

/// Reads the document ourselves and as the peer does. Both must accept it or both refuse it, and with the same pieces
/// before that: what one reader hands over, the other must not refuse. Tells the difference of the table that was met.
pub fn compare(peer: Peer, mode: Mode, document: &[u8]) -> Result<Option<&'static Difference>, Disagreement> {
    let (ours, theirs) = (read_ours(mode, document), read_peer(peer, mode, document));
    let both = (ours.end == End::Complete) == (theirs.end == End::Complete);
    if both && ours.pieces == theirs.pieces {
        return Ok(match theirs.end {
            End::Forbidden(difference) => Some(difference),
            _ => mended(peer, document).1,
        });
    }
    match DIFFERENCES.iter().find(|difference| difference.excuses(peer, document, &ours, &theirs)) {
        Some(difference) => Ok(Some(difference)),
        None => Err(Disagreement { peer, document: document.to_owned(), mode, ours, theirs }),
    }
}
