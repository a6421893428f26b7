//! Something that listens where a server should, and does what a script says.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

/// Listens as long as the test program runs.
pub struct Peer {
    /// Host and port.
    pub address: String,
}

/// One connection.
pub struct Talk(TcpStream);

impl Peer {
    /// Does this with every connection, each in a thread of its own, until the client hangs up.
    pub fn start(script: impl Fn(&mut Talk) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let script = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let script = Arc::clone(&script);
                thread::spawn(move || script(&mut Talk(stream)));
            }
        });
        Self { address }
    }

    /// Answers every HTTP request with this.
    pub fn http(status: &'static str, body: &'static str) -> Self {
        Self::start(move |talk| {
            while talk.hear().contains("POST") {
                talk.say(&format!(
                    "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                ));
            }
        })
    }

    /// Offers these features on a stream, then does the rest.
    pub fn features(features: &'static str, rest: impl Fn(&mut Talk) + Send + Sync + 'static) -> Self {
        Self::start(move |talk| {
            talk.hear();
            talk.say(&format!("{HEADER}<stream:features>{features}</stream:features>"));
            rest(talk);
            talk.wait();
        })
    }
}

/// What a server opens a stream with.
pub const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' id='1' from='localhost' version='1.0'>";

impl Talk {
    /// What the client says next; nothing when it has hung up.
    pub fn hear(&mut self) -> String {
        let mut buffer = [0; 4096];
        let read = self.0.read(&mut buffer).unwrap_or(0);
        String::from_utf8_lossy(&buffer[..read]).into_owned()
    }

    pub fn say(&mut self, text: &str) {
        let _ = self.0.write_all(text.as_bytes());
    }

    /// Says nothing more until the client hangs up.
    pub fn wait(&mut self) {
        while !self.hear().is_empty() {}
    }
}
