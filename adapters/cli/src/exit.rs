//! How the program ends: exit codes, and the one line that says why.

use std::{error::Error as _, fmt, io};

use xmpp_core::{
    Error as StreamFailure, RequestError as Unanswered,
    sasl::{self, AuthError},
    stanza::{StanzaCondition, StanzaError},
    stream::{RegistrationError, StreamCondition},
    tls::{TlsError, TlsFailure},
    wire::WireError,
};
use xmpp_tokio::{Error, RequestError, SendError, server::ServeError};

/// Told at the end of the program's help.
pub(crate) const CODES: &str = "\
Exit codes:
  0    done
  1    something else failed, such as writing the output
  2    the command line, the profile or a file that they name cannot be used
  3    no connection: the server cannot be reached or proved, or the connection broke
  4    no login: the user name, the password or the way to prove it was refused
  5    the other side answered with an error
  6    no answer came in time
  130  interrupted (Ctrl-C, or SIGTERM) before it was done";

/// The exit codes. 0 is success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing of what follows.
    Other = 1,
    /// The command line, the profile, or a file that they name.
    Usage = 2,
    /// There is no connection, or it broke.
    Connection = 3,
    /// There is no login.
    Authentication = 4,
    /// The other side answered with an error.
    Remote = 5,
    /// No answer came in time.
    Timeout = 6,
    /// Ctrl-C. 128 and the number of the signal, as shells have it.
    Interrupted = 130,
}

/// Why the program ends, and with which code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// The cause.
    pub(crate) why: String,
    /// What a person can do about it.
    pub(crate) advice: Option<&'static str>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, why: impl Into<String>) -> Self {
        Self { exit, why: why.into(), advice: None }
    }

    /// What was asked for cannot be understood or done like this.
    pub(crate) fn usage(why: impl Into<String>) -> Self {
        Self::new(Exit::Usage, why)
    }

    /// Ctrl-C came first.
    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted")
    }

    /// The same, with what to do about it.
    pub(crate) fn advise(self, advice: &'static str) -> Self {
        Self { advice: Some(advice), ..self }
    }

    /// The same, with whom it is about.
    pub(crate) fn of(self, whom: &impl fmt::Display) -> Self {
        Self { why: format!("{whom}: {}", self.why), ..self }
    }

    /// A file cannot be read or written.
    pub(crate) fn file(path: &std::path::Path, error: &io::Error) -> Self {
        Self::usage(format!("{}: {error}", path.display()))
    }

    /// No answer within the time that was given.
    pub(crate) fn timeout(why: impl Into<String>) -> Self {
        Self::new(Exit::Timeout, why)
    }

    /// Another stanza came back as an error.
    pub(crate) fn refused(error: &StanzaError) -> Self {
        let failure = Self::new(Exit::Remote, error.to_string());
        match error.condition {
            StanzaCondition::ServiceUnavailable | StanzaCondition::RecipientUnavailable => {
                failure.advise("the recipient is offline, or does not know this request")
            }
            StanzaCondition::RemoteServerNotFound => failure.advise("check the domain of the recipient"),
            _ => failure,
        }
    }

    /// The stream ended while it was needed.
    pub(crate) fn lost(result: Result<(), StreamFailure>) -> Self {
        match result {
            Ok(()) => Self::new(Exit::Connection, "the server closed the stream"),
            Err(error) => Self::from(&error),
        }
    }
}

/// One line: the cause, then the advice.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        match self.advice {
            Some(advice) => write!(f, " ({advice})"),
            None => Ok(()),
        }
    }
}

/// What only says what went wrong.
impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self::new(Exit::Other, why)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let told = |exit| Self::new(exit, error.to_string());
        match &error {
            Error::Resolve { .. } => {
                told(Exit::Connection).advise("check the domain, or name the host with --server")
            }
            Error::Connect { .. } => {
                told(Exit::Connection).advise("check --server and --port, and that the server runs")
            }
            Error::ConnectTimeout { .. } => {
                told(Exit::Timeout).advise("check --server, and firewalls on the way")
            }
            Error::Url { .. }
            | Error::CaFile { .. }
            | Error::Certificate { .. }
            | Error::ServerName { .. } => told(Exit::Usage),
            Error::Stream { peer, source } => {
                let failure = Self::from(source);
                let advice = failure.advice.or_else(|| way(peer, source));
                Self { advice, ..failure.of(peer) }
            }
            Error::Closed { .. } => told(Exit::Connection),
            _ => told(Exit::Other),
        }
    }
}

impl From<&StreamFailure> for Failure {
    fn from(error: &StreamFailure) -> Self {
        let told = |exit| Self::new(exit, with_source(error));
        match error {
            StreamFailure::Auth(why) => authentication(told(Exit::Authentication), why),
            StreamFailure::Tls(why) => {
                let failure = told(Exit::Connection);
                match why {
                    TlsError::NotOffered => {
                        failure.advise("--tls if-possible logs in without TLS, and anybody on the way can read along")
                    }
                    TlsError::ClearTransport => {
                        Self::new(Exit::Connection, "TLS is required, and this is plain HTTP").advise(
                            "give an https URL, or --tls disabled where it is meant; SCRAM still protects the password",
                        )
                    }
                    TlsError::RequiredByPeer => failure.advise("leave out --tls disabled"),
                    TlsError::Handshake(TlsFailure { certificate: true, .. }) => {
                        failure.advise("a certificate of your own authority needs --ca FILE")
                    }
                    _ => failure,
                }
            }
            StreamFailure::Registration(why) => registration(told(Exit::Remote), why),
            StreamFailure::Timeout(_) => told(Exit::Timeout),
            StreamFailure::Bind(_) => told(Exit::Remote).advise("another --resource may do"),
            _ => told(Exit::Connection),
        }
    }
}

fn registration(failure: Failure, why: &RegistrationError) -> Failure {
    match why {
        RegistrationError::NotOffered(_) => failure.advise("whoever runs the server makes accounts there"),
        RegistrationError::Conflict => failure.advise("log in with it, or choose another name"),
        RegistrationError::Demands(_) => failure.advise("give what it wants with --field NAME=VALUE"),
        RegistrationError::ClearText => failure.advise("say --in-clear where that is meant"),
        _ => failure,
    }
}

/// What to do about a way to the server that leads nowhere, or elsewhere.
fn way(peer: &str, error: &StreamFailure) -> Option<&'static str> {
    match error {
        StreamFailure::Wire(WireError::Carrier(_)) if peer.starts_with("https:") => {
            Some("check the URL; a certificate of your own authority needs --ca FILE")
        }
        StreamFailure::Wire(WireError::Carrier(_)) => Some("check the URL, and that the server runs"),
        StreamFailure::Wire(_) => Some("check that --server and --port are those of XMPP with STARTTLS"),
        StreamFailure::Stream(error) if error.condition == StreamCondition::HostUnknown => {
            Some("check the domain of the account, and --server")
        }
        _ => None,
    }
}

fn authentication(failure: Failure, why: &AuthError) -> Failure {
    match why {
        AuthError::NoMechanism { withheld, .. }
            if withheld.contains(&(sasl::Mechanism::Plain, sasl::Withheld::InClear)) =>
        {
            failure.advise("leave out --tls disabled, or have the server offer TLS or SCRAM")
        }
        AuthError::NoMechanism { .. } => failure.advise(KNOWN),
        AuthError::ServerSignature | AuthError::Nonce | AuthError::Downgrade(_) => {
            failure.advise("do not trust this server")
        }
        _ if why.blame() == sasl::Blame::Credentials => {
            failure.advise("check the user name and the password")
        }
        _ => failure,
    }
}

/// The ways of login that this program has; a test sees to it that this is all of them.
const KNOWN: &str = "this program logs in with SCRAM (SHA-512, SHA-256, SHA-1) or PLAIN";

/// Errors of a transport tell the cause as their source.
fn with_source(error: &StreamFailure) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Failed(error) => Self::from(&error),
            RequestError::NotSent(error) => error.into(),
            error => Self::new(Exit::Other, error.to_string()),
        }
    }
}

impl From<&Unanswered> for Failure {
    fn from(error: &Unanswered) -> Self {
        match error {
            Unanswered::Refused { error, .. } => Self::refused(error),
            Unanswered::Malformed(_) => Self::new(Exit::Remote, error.to_string()),
            Unanswered::Timeout => Self::timeout(error.to_string()),
            _ => Self::new(Exit::Connection, error.to_string()),
        }
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Closed => Self::new(Exit::Connection, error.to_string()),
            _ => Self::new(Exit::Other, error.to_string()),
        }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let why = error.to_string();
        match error {
            ServeError::System(_) => Self::new(Exit::Other, why),
            ServeError::Listen { .. } => {
                Self::new(Exit::Usage, why).advise("another port, or 0 for any that is free")
            }
            _ => Self::usage(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use xmpp_core::{Phase, sasl::Condition};

    use super::*;

    fn stream(source: StreamFailure) -> Failure {
        Failure::from(Error::Stream { peer: "example.com".to_owned(), source })
    }

    #[test]
    fn each_cause_has_its_code() {
        let rejected = AuthError::Rejected { condition: Condition::NotAuthorized, text: None };
        for (failure, exit) in [
            (stream(rejected.into()), Exit::Authentication),
            (stream(TlsError::NotOffered.into()), Exit::Connection),
            (stream(StreamFailure::Timeout(Phase::Opening)), Exit::Timeout),
            (stream(StreamFailure::Eof(Phase::Opening)), Exit::Connection),
            (stream(StreamFailure::Bind(StanzaCondition::Conflict.into())), Exit::Remote),
            (Failure::from(&Unanswered::Timeout), Exit::Timeout),
            (Failure::from(SendError::Closed), Exit::Connection),
            (Failure::refused(&StanzaCondition::ItemNotFound.into()), Exit::Remote),
        ] {
            assert_eq!(failure.exit, exit, "{failure}");
        }
    }

    #[test]
    fn the_known_mechanisms_are_told() {
        for mechanism in sasl::Mechanism::PASSWORD {
            let name = mechanism.to_string();
            let hash = name.trim_start_matches("SCRAM-").trim_end_matches("-PLUS");
            assert!(KNOWN.contains(hash), "{mechanism:?}");
        }
    }

    #[test]
    fn who_logs_in_in_vain_is_told_what_to_do() {
        let rejected = AuthError::Rejected { condition: Condition::NotAuthorized, text: None };
        let text = stream(rejected.into()).to_string();
        assert!(
            text.starts_with("example.com: ") && text.ends_with("(check the user name and the password)"),
            "{text}"
        );
    }
}
