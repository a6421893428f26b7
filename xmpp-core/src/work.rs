//! Expensive computation that a machine hands out, to run on any thread.

use std::fmt;
use std::num::NonZeroU32;

use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::sasl::scram::Hash;

/// A computation of milliseconds to seconds of one core (the derivation of keys from a password), taken out of the
/// machine so that no event loop stands still for it.
///
/// Run it where you like and hand the [`Worked`] back to the machine that issued it. It is opaque, never shows its
/// content, and wipes it on drop. Dropping it without running it is allowed; the machine then waits until its own
/// deadline.
///
/// ```
/// use xmpp_core::work::{Work, Worked};
///
/// fn in_a_thread(work: Work) -> std::thread::JoinHandle<Worked> {
///     std::thread::spawn(move || work.run())
/// }
/// ```
pub struct Work {
    ticket: Ticket,
    hash: Hash,
    password: Zeroizing<Vec<u8>>,
    salt: Vec<u8>,
    iterations: NonZeroU32,
}

/// The result of a [`Work`]: as secret as the password, opaque, and wiped on drop.
pub struct Worked {
    ticket: Ticket,
    salted_password: Zeroizing<Vec<u8>>,
}

/// Joins a result to the question. Unpredictable, so that a result given to the wrong machine is recognised as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket([u8; 16]);

impl Ticket {
    pub(crate) fn new(entropy: &mut Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        Self(bytes)
    }
}

impl Work {
    pub(crate) fn new(
        ticket: Ticket,
        hash: Hash,
        password: Zeroizing<Vec<u8>>,
        salt: Vec<u8>,
        iterations: NonZeroU32,
    ) -> Self {
        Self { ticket, hash, password, salt, iterations }
    }

    /// Computes; time grows with the iteration count (about 80 ns each on a current core).
    #[must_use]
    pub fn run(&self) -> Worked {
        let salted_password = self.hash.salted_password(&self.password, &self.salt, self.iterations);
        Worked { ticket: self.ticket, salted_password }
    }
}

impl Worked {
    /// True if this is the result of the work with this ticket.
    pub(crate) fn answers(&self, ticket: Ticket) -> bool {
        self.ticket == ticket
    }

    pub(crate) fn salted_password(&self) -> &[u8] {
        &self.salted_password
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work")
            .field("hash", &self.hash)
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Worked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Worked(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(ticket: Ticket) -> Work {
        let password = Zeroizing::new(b"hunter2".to_vec());
        Work::new(ticket, Hash::Sha1, password, b"salt".to_vec(), NonZeroU32::MIN)
    }

    #[test]
    fn runs_anywhere() {
        fn anywhere<T: Send + Sync + 'static>() {}
        anywhere::<Work>();
        anywhere::<Worked>();
    }

    #[test]
    fn a_foreign_result_is_recognised() {
        let mut entropy = Entropy::new([3; 32]);
        let (first, second) = (Ticket::new(&mut entropy), Ticket::new(&mut entropy));
        assert!(!work(first).run().answers(second));
        assert!(work(first).run().answers(first));
    }

    /// SASL-20
    #[test]
    fn is_redacted() {
        let work = work(Ticket([0; 16]));
        let shown = format!("{work:?} {:?}", work.run());
        assert!(!shown.contains("hunter2") && !shown.contains("104") && !shown.contains("salt:"), "{shown}");
    }
}
