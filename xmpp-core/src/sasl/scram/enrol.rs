//! Stored credentials for a new password, without standing still for the derivation.

use std::{fmt, mem, num::NonZeroU32};

use zeroize::Zeroizing;

use super::{Hash, KeyError, StoredCredentials, StoredKeys};
use crate::{
    entropy::Entropy,
    sasl::prep,
    work::{Ticket, Work, Worked},
};

/// The length of a new salt, bytes. Users that do not exist show the same.
const SALT: usize = 16;

/// Derives what [`StoredCredentials::derive`] does, one [`Work`] for each hash. The password is wiped when it is dropped.
pub(crate) struct Enrolment {
    password: Zeroizing<String>,
    salt: [u8; SALT],
    iterations: NonZeroU32,
    entropy: Entropy,
    done: StoredCredentials,
    awaited: (Hash, Ticket),
}

/// What follows from a piece of work.
#[derive(Debug)]
pub(crate) enum Progress {
    Work(Work),
    Done(StoredCredentials),
    /// It was not awaited.
    Ignored,
}

impl Enrolment {
    /// The first piece of work.
    ///
    /// # Errors
    /// [`KeyError::Password`].
    pub(crate) fn new(
        password: &str,
        iterations: NonZeroU32,
        mut entropy: Entropy,
    ) -> Result<(Self, Work), KeyError> {
        let password = prep::new_password(password).ok_or(KeyError::Password)?;
        let mut salt = [0; SALT];
        entropy.fill(&mut salt);
        let awaited = (Hash::Sha256, Ticket::new(&mut entropy));
        let enrolment =
            Self { password, salt, iterations, entropy, done: StoredCredentials::default(), awaited };
        let work = enrolment.work();
        Ok((enrolment, work))
    }

    fn work(&self) -> Work {
        let (hash, ticket) = self.awaited;
        let password = Zeroizing::new(self.password.as_bytes().to_vec());
        Work::new(ticket, hash, password, self.salt.to_vec(), self.iterations)
    }

    #[expect(clippy::needless_pass_by_value, reason = "a result is used once, and wiped here")]
    pub(crate) fn worked(&mut self, worked: Worked) -> Progress {
        let (hash, ticket) = self.awaited;
        if !worked.answers(ticket) {
            return Progress::Ignored;
        }
        let salted = worked.salted_password();
        self.done.insert(StoredKeys::from_salted_password(hash, &self.salt, self.iterations, salted));
        let next = Hash::ALL.iter().find(|&&hash| self.done.keys(hash).is_none());
        let Some(&next) = next else { return Progress::Done(mem::take(&mut self.done)) };
        self.awaited = (next, Ticket::new(&mut self.entropy));
        Progress::Work(self.work())
    }
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrolment").field("awaited", &self.awaited.0).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: NonZeroU32 = NonZeroU32::new(7).unwrap();

    /// MEC-07: the same keys as in one go, for every hash, and no word of the password on the way.
    #[test]
    fn same_as_in_one_go() {
        let (mut enrolment, mut work) = Enrolment::new("pencil", COUNT, Entropy::new([5; 32])).unwrap();
        let (mut stranger, foreign) = Enrolment::new("pencil", COUNT, Entropy::new([6; 32])).unwrap();
        assert!(matches!(enrolment.worked(foreign.run()), Progress::Ignored));
        assert!(matches!(stranger.worked(work.run()), Progress::Ignored));
        let done = loop {
            assert!(!format!("{enrolment:?} {work:?}").contains("pencil"));
            match enrolment.worked(work.run()) {
                Progress::Work(next) => work = next,
                Progress::Done(done) => break done,
                Progress::Ignored => panic!("it was awaited"),
            }
        };
        let salt = done.best().unwrap().salt();
        let expected = StoredCredentials::derive("pencil", salt, COUNT.get()).unwrap();
        for &hash in Hash::ALL {
            let (made, expected) = (done.keys(hash).unwrap(), expected.keys(hash).unwrap());
            assert_eq!((made.salt(), made.iterations()), (expected.salt(), expected.iterations()));
            assert_eq!(
                (made.stored_key(), made.server_key()),
                (expected.stored_key(), expected.server_key())
            );
        }
    }

    /// MEC-07: what is no password is refused before anything is computed.
    #[test]
    fn unusable_passwords() {
        for password in ["", "\u{7}", "key\u{1f511}"] {
            let refused = Enrolment::new(password, COUNT, Entropy::new([5; 32]));
            assert_eq!(refused.map(|_| ()).unwrap_err(), KeyError::Password, "{password:?}");
        }
    }
}
