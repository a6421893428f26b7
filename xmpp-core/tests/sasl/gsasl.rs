//! GNU SASL (`gsasl`, in Debian's package of that name) as the peer, in both directions.
//!
//! It speaks base64, a line a message, and asks for a channel binding where it needs one. Without it these tests are
//! skipped and say so; `XMPP_TEST_SERVERS=required` makes that a failure.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use xmpp_core::entropy::Entropy;
use xmpp_core::sasl::client::{Binding, Config, Credentials, Negotiation};
use xmpp_core::sasl::server::{self, Identity, Step};
use xmpp_core::sasl::{BindingType, ChannelBindings, Mechanism, Offer, base64};

use crate::pair::{respond, stored};

const EXPORTED: [u8; 32] = [0xc; 32];

fn bindings() -> ChannelBindings {
    ChannelBindings::new().with(BindingType::TlsExporter, EXPORTED.to_vec())
}

struct Peer {
    child: Child,
    /// It tells this first.
    mechanism: Mechanism,
    stdin: Option<ChildStdin>,
    output: Receiver<Vec<u8>>,
    buffer: String,
    /// What it is told of the channel.
    binding: &'static [u8],
}

impl Peer {
    /// `None`: it is not installed.
    fn start(arguments: &[&str], mechanism: Mechanism, binding: &'static [u8]) -> Option<Self> {
        let mut command = Command::new("gsasl");
        command.args(arguments).args(["--quiet", "--mechanism", mechanism.name()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                assert!(std::env::var_os("XMPP_TEST_SERVERS").is_none(), "gsasl is needed: {error}");
                eprintln!("skipped: gsasl is not installed ({error})");
                return None;
            }
        };
        let mut stdout = child.stdout.take().unwrap();
        let (send, output) = channel();
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(len @ 1..) = stdout.read(&mut chunk) {
                if send.send(chunk[..len].to_vec()).is_err() {
                    return;
                }
            }
        });
        let stdin = child.stdin.take();
        Some(Self { child, mechanism, stdin, output, buffer: String::new(), binding })
    }

    /// Its next message; `None` when it has ended.
    fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let asked = ["tls-exporter channel binding: ", "tls-unique channel binding: "];
            let asked = asked.iter().filter_map(|question| Some((self.buffer.find(question)?, *question)));
            if let Some((at, question)) = asked.min() {
                self.buffer.drain(..at + question.len());
                let known = if question.starts_with("tls-exporter") { self.binding } else { &[] };
                self.say(known);
                continue;
            }
            if let Some((line, rest)) = self.buffer.split_once('\n') {
                if line == self.mechanism.name() {
                    self.buffer = rest.to_owned();
                    continue;
                }
                let message = base64::decode(line.trim()).unwrap_or_else(|_| panic!("{line:?}"));
                self.buffer = rest.to_owned();
                return Some(message);
            }
            match self.output.recv_timeout(Duration::from_secs(20)) {
                Ok(chunk) => self.buffer.push_str(&String::from_utf8(chunk).unwrap()),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("gsasl is silent after {:?}", self.buffer),
            }
        }
    }

    fn say(&mut self, message: &[u8]) {
        // It may have ended already.
        if let Some(stdin) = &mut self.stdin {
            let _ = writeln!(stdin, "{}", base64::encode(message));
        }
    }

    /// Whether it ended well.
    fn ended_well(mut self) -> bool {
        self.stdin = None;
        while self.next().is_some() {}
        self.child.wait().unwrap().success()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Our client against its server; how each side ended.
fn to_its_server(
    mechanism: Mechanism,
    config: Config,
    arguments: &[&str],
    binding: &'static [u8],
) -> Option<(bool, bool)> {
    let mut peer = Peer::start(&[&["--server"], arguments].concat(), mechanism, binding)?;
    let config = config.mechanisms([mechanism]).service("xmpp/example.org").iterations(1..=100_000);
    let mut client = Negotiation::new(config, true, Entropy::new([10; 32])).with_bindings(bindings());
    let start = client.start(&Offer::new([mechanism.name()])).unwrap();
    let first = peer.next()?;
    match start.initial {
        Some(initial) => {
            assert!(first.is_empty(), "a client begins");
            peer.say(&initial);
        }
        None => peer.say(&respond(&mut client, &first).unwrap()),
    }
    let proves = mechanism.hash().is_some() || mechanism.name() == "DIGEST-MD5";
    let mut believed = !proves;
    // A server that has a last word says it as a challenge; the others end.
    while let Some(challenge) = peer.next() {
        if proves && !challenge.is_empty() {
            let Ok(response) = respond(&mut client, &challenge) else { break };
            believed = response.is_empty() && client.success(None).is_ok();
            peer.say(&response);
            if believed {
                break;
            }
        } else {
            peer.say(&[]); // it waits for this before it says that it is content
            break;
        }
    }
    if !proves {
        believed = client.success(None).is_ok();
    }
    Some((believed, peer.ended_well()))
}

/// Its client against our server; whom we let in, and whether it was content.
fn from_its_client(
    mechanism: Mechanism,
    arguments: &[&str],
    binding: &'static [u8],
) -> Option<(Option<String>, bool)> {
    let mut peer = Peer::start(&[&["--client"], arguments].concat(), mechanism, binding)?;
    let config = server::Config::new([7; 32]).mechanisms([mechanism]).service("xmpp", "example.org");
    let identity = Identity { username: "juliet".to_owned(), address: "juliet@example.org".to_owned() };
    let mut server = server::Negotiation::new(config, true, Entropy::new([20; 32]))
        .with_bindings(bindings())
        .with_identities([identity]);
    #[cfg_attr(not(feature = "digest-md5"), expect(unused_mut, reason = "nothing is added"))]
    let mut known = stored("r0m30");
    #[cfg(feature = "digest-md5")]
    known.insert_digest_md5(
        xmpp_core::sasl::digest_md5::Secret::derive("juliet", "example.org", "r0m30").unwrap(),
    );

    let first = peer.next()?;
    let server_begins = mechanism.name() == "DIGEST-MD5";
    let mut step = server.auth(mechanism.name(), (!server_begins).then_some(&first));
    let username = loop {
        step = match step {
            Ok(Step::Lookup { username, .. }) => server.credentials((username == "juliet").then_some(&known)),
            Ok(Step::Work(work)) => server.worked(work.run()),
            Ok(Step::Challenge(challenge)) => {
                peer.say(&challenge);
                let Some(response) = peer.next() else { return Some((None, peer.ended_well())) };
                server.response(&response)
            }
            Ok(Step::Success { username, data, .. }) => {
                if let Some(data) = data {
                    peer.say(&data);
                    if server_begins {
                        assert_eq!(peer.next().as_deref(), Some(&b""[..]), "its answer to the proof");
                        peer.say(&[]);
                    }
                }
                break Some(username);
            }
            Ok(step) => panic!("{step:?}"),
            Err(_) => break None,
        };
    };
    Some((username, peer.ended_well()))
}

fn juliet(password: &str) -> Config {
    Config::new(Credentials::new("juliet", password)).binding(Binding::Preferred)
}

const SCRAM: [Mechanism; 4] =
    [Mechanism::ScramSha1, Mechanism::ScramSha256, Mechanism::ScramSha1Plus, Mechanism::ScramSha256Plus];

/// MEC-11, MEC-12, MEC-13: our client and its server, bound and unbound; a wrong password and another channel fail.
#[test]
fn its_scram_server() {
    for mechanism in SCRAM {
        let password = ["--password", "r0m30"];
        let Some(right) = to_its_server(mechanism, juliet("r0m30"), &password, &EXPORTED) else { return };
        assert_eq!(right, (true, true), "{mechanism}");
        let wrong = to_its_server(mechanism, juliet("wrong"), &password, &EXPORTED).unwrap();
        assert_eq!(wrong, (false, false), "{mechanism}");
        if mechanism.binds_channel() {
            let other = to_its_server(mechanism, juliet("r0m30"), &password, &[1; 32]).unwrap();
            assert_eq!(other, (false, false), "{mechanism}");
        }
    }
}

/// MEC-11, MEC-12, MEC-13: its client and our server, the same.
#[test]
fn its_scram_client() {
    for mechanism in SCRAM {
        let arguments = |password| ["--authentication-id", "juliet", "--password", password];
        let Some(right) = from_its_client(mechanism, &arguments("r0m30"), &EXPORTED) else { return };
        assert_eq!(right, (Some("juliet".to_owned()), true), "{mechanism}");
        let (wrong, _) = from_its_client(mechanism, &arguments("wrong"), &EXPORTED).unwrap();
        assert_eq!(wrong, None, "{mechanism}");
        if mechanism.binds_channel() {
            let (other, _) = from_its_client(mechanism, &arguments("r0m30"), &[1; 32]).unwrap();
            assert_eq!(other, None, "{mechanism}");
        }
    }
}

/// MEC-01: PLAIN both ways.
#[test]
fn plain() {
    let password = ["--password", "r0m30"];
    let Some(right) = to_its_server(Mechanism::Plain, juliet("r0m30"), &password, &[]) else { return };
    assert_eq!(right, (true, true));
    let (_, content) = to_its_server(Mechanism::Plain, juliet("wrong"), &password, &[]).unwrap();
    assert!(!content);
    let arguments = |password| ["--authentication-id", "juliet", "--password", password];
    let (right, _) = from_its_client(Mechanism::Plain, &arguments("r0m30"), &[]).unwrap();
    assert_eq!(right.as_deref(), Some("juliet"));
    assert_eq!(from_its_client(Mechanism::Plain, &arguments("wrong"), &[]).unwrap().0, None);
}

/// MEC-03, MEC-05: its clients of EXTERNAL and ANONYMOUS. (As a server its program asks for a trace that we do not send,
/// and has no EXTERNAL.)
#[test]
fn without_a_password() {
    let external = |authzid| ["--authorization-id", authzid];
    let Some((named, _)) = from_its_client(Mechanism::External, &external("juliet@example.org"), &[]) else {
        return;
    };
    assert_eq!(named.as_deref(), Some("juliet"));
    let (named, _) = from_its_client(Mechanism::External, &external(""), &[]).unwrap();
    assert_eq!(named.as_deref(), Some("juliet"));
    let (other, _) = from_its_client(Mechanism::External, &external("romeo@example.org"), &[]).unwrap();
    assert_eq!(other, None);
    let (guest, _) = from_its_client(Mechanism::Anonymous, &["--anonymous-token", "sirhc"], &[]).unwrap();
    assert_eq!(guest.map(|name| name.len()), Some(32));
}

/// MEC-17, MEC-18, MEC-19: DIGEST-MD5 both ways.
#[cfg(feature = "digest-md5")]
#[test]
fn digest_md5() {
    let service = [
        "--service",
        "xmpp",
        "--hostname",
        "example.org",
        "--realm",
        "example.org",
        "--quality-of-protection",
        "qop-auth",
    ];
    let with = |more: &[&'static str]| [&service[..], more].concat();
    let its_server = with(&["--password", "r0m30"]);
    let Some(right) = to_its_server(Mechanism::DigestMd5, juliet("r0m30"), &its_server, &[]) else { return };
    assert_eq!(right, (true, true));
    assert_eq!(to_its_server(Mechanism::DigestMd5, juliet("wrong"), &its_server, &[]), Some((false, false)));
    let its_client = |password| with(&["--authentication-id", "juliet", "--password", password]);
    let right = from_its_client(Mechanism::DigestMd5, &its_client("r0m30"), &[]).unwrap();
    assert_eq!(right, (Some("juliet".to_owned()), true));
    assert_eq!(from_its_client(Mechanism::DigestMd5, &its_client("wrong"), &[]).unwrap().0, None);
}
