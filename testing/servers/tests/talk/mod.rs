//! The little of XMPP that these tests say over plain sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use xmpp_test_servers::{Accounts, Kind, Server, Setup};

/// The header that opens a client's stream.
pub(crate) const HEADER: &str = "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' \
                          xmlns:stream='http://etherx.jabber.org/streams'>";

/// A device whose name is upper case, and an application.
pub(crate) fn accounts() -> Accounts {
    Accounts::new().with("08-00-00-1A-7C-62", "ilon").with("application", "s3cret \"ö\"'")
}

/// Every server that is installed, with these settings.
pub(crate) fn each(change: impl Fn(Setup) -> Setup) -> impl Iterator<Item = Server> {
    let setup = change(Setup::new(accounts()));
    Kind::ALL.into_iter().filter_map(move |kind| match Server::start(kind, &setup) {
        Ok(server) => server,
        Err(error) => panic!("{kind}: {error}"),
    })
}

/// A connection that gives up after a while instead of hanging.
pub(crate) fn connect(addr: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(addr).expect("the server listens");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a time that is not zero");
    socket
}

/// Reads until the text is there.
pub(crate) fn read_until(stream: &mut impl Read, text: &str) -> String {
    let mut all = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let so_far = String::from_utf8_lossy(&all).into_owned();
        if so_far.contains(text) {
            return so_far;
        }
        let count =
            stream.read(&mut chunk).unwrap_or_else(|error| panic!("{error}, waiting for {text}: {so_far}"));
        assert!(count > 0, "closed while waiting for {text}: {so_far}");
        all.extend_from_slice(&chunk[..count]);
    }
}

/// Says the text and reads until the answer holds `until`.
pub(crate) fn ask(stream: &mut (impl Read + Write), text: &str, until: &str) -> String {
    stream.write_all(text.as_bytes()).unwrap();
    read_until(stream, until)
}
