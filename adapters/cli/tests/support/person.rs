//! Somebody on the other side, who does what the test says.

use std::{
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::mpsc as tokio_mpsc;
use xmpp_core::{
    jid::Jid,
    stanza::{Message, message, presence},
    xml::Element,
};
use xmpp_tokio::{ClientConfig, Connector, Event, SessionConfig};

use super::given::{Given, PEOPLE};

/// Nothing may take longer.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A client in a thread of its own. It goes offline when it is dropped.
pub struct Person {
    say: Option<tokio_mpsc::UnboundedSender<Element>>,
    heard: mpsc::Receiver<Element>,
    thread: Option<JoinHandle<()>>,
}

impl Person {
    /// One of [`PEOPLE`], online and available at the resource `here`.
    pub fn online(given: &Given, user: &str) -> Self {
        let (_, password) = PEOPLE.iter().find(|(name, _)| *name == user).expect("one of the people");
        let account = ClientConfig::new(&format!("{user}@localhost/here"), password).unwrap();
        let (host, port) = given.tcp.rsplit_once(':').unwrap();
        let connector = Connector::new(SessionConfig::new(account))
            .host(host)
            .port(port.parse().unwrap())
            .ca_file(given.ca())
            .unwrap();
        let (say, mut said) = tokio_mpsc::unbounded_channel::<Element>();
        let (hear, heard) = mpsc::channel();
        let (ready, see_ready) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let mut client = connector.connect().await.unwrap();
                client.send(presence::available()).await.unwrap();
                ready.send(()).unwrap();
                loop {
                    tokio::select! {
                        event = client.next() => match event {
                            Some(Event::Stanza(stanza)) => {
                                let _ = hear.send(stanza);
                            }
                            Some(_) => {}
                            None => break,
                        },
                        stanza = said.recv() => match stanza {
                            Some(stanza) => client.send(stanza).await.unwrap(),
                            None => break,
                        },
                    }
                }
                client.close().await;
            });
        });
        see_ready.recv_timeout(PATIENCE).expect("the login");
        Self { say: Some(say), heard, thread: Some(thread) }
    }

    pub fn send(&self, stanza: Element) {
        self.say.as_ref().unwrap().send(stanza).expect("online");
    }

    pub fn say(&self, to: &str, text: &str) {
        self.send(message::chat(&to.parse::<Jid>().unwrap(), text).unwrap());
    }

    /// The next stanza of this name; others are passed over.
    pub fn hear(&self, name: &str) -> Element {
        loop {
            let stanza = self.heard.recv_timeout(PATIENCE).expect("something is heard");
            if stanza.name() == name {
                return stanza;
            }
        }
    }

    /// The next message: from whom, and what.
    pub fn hear_message(&self) -> (String, String) {
        let stanza = self.hear("message");
        let message = Message::parse(stanza.root()).unwrap();
        (message.from.clone().unwrap().to_string(), message.body().unwrap_or_default().into_owned())
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        drop(self.say.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
