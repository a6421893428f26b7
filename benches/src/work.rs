//! What a contestant has found, to be compared with what the others have found.

use xmpp_core::{
    stanza::{Iq, Message, MessageKind, Presence, StanzaKind},
    xml::ElementRef,
};

/// What is in a stream, below the header. Lengths are in bytes, of names without prefix and of values and texts with
/// references resolved.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// First-level elements.
    pub stanzas: usize,
    /// Elements.
    pub elements: usize,
    /// Lengths of their names.
    pub names: usize,
    /// Lengths of their namespaces.
    pub namespaces: usize,
    /// Attributes, without declarations of namespaces.
    pub attributes: usize,
    /// Lengths of their values.
    pub values: usize,
    /// Lengths of all texts.
    pub texts: usize,
}

impl Work {
    /// Nothing but stanzas.
    pub fn stanzas(stanzas: usize) -> Self {
        Self { stanzas, ..Self::default() }
    }

    /// An element of ours, with all that is in it.
    pub fn element(&mut self, element: ElementRef<'_>) {
        self.start(element.name().len(), element.ns().len());
        for attr in element.attrs() {
            self.attribute(attr.value.len());
        }
        self.texts += element.text().len();
        for child in element.children() {
            self.element(child);
        }
    }

    /// An element's name and namespace.
    pub fn start(&mut self, name: usize, namespace: usize) {
        self.elements += 1;
        self.names += name;
        self.namespaces += namespace;
    }

    /// An attribute's value.
    pub fn attribute(&mut self, value: usize) {
        self.attributes += 1;
        self.values += value;
    }
}

/// What is in stanzas, as far as RFC 6121 gives it a meaning. Lengths are in bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Typed {
    /// Messages of the type `chat`.
    pub chats: usize,
    /// All other messages.
    pub messages: usize,
    /// Presences.
    pub presences: usize,
    /// Requests and responses.
    pub iqs: usize,
    /// Lengths of ids.
    pub ids: usize,
    /// Lengths of the addresses of senders and recipients, checked.
    pub addresses: usize,
    /// Lengths of bodies and subjects.
    pub texts: usize,
    /// Presences that say how available.
    pub shows: usize,
    /// Lengths of their descriptions.
    pub statuses: usize,
    /// The sum of their priorities.
    pub priorities: i64,
    /// Content of other specifications.
    pub payloads: usize,
    /// Lengths of its names and namespaces.
    pub names: usize,
}

impl Typed {
    /// A stanza of ours.
    ///
    /// # Panics
    /// It is none, or malformed.
    pub fn stanza(&mut self, element: ElementRef<'_>) {
        match StanzaKind::of(element).unwrap() {
            StanzaKind::Message => self.message(&Message::parse(element).unwrap()),
            StanzaKind::Presence => self.presence(&Presence::parse(element).unwrap()),
            StanzaKind::Iq => self.iq(&Iq::parse(element).unwrap()),
        }
    }

    fn message(&mut self, message: &Message<'_>) {
        *(if message.kind == MessageKind::Chat { &mut self.chats } else { &mut self.messages }) += 1;
        self.head(message.id.as_deref(), [message.from.as_ref(), message.to.as_ref()].map(length));
        self.texts += message.body().map_or(0, |text| text.len());
        self.texts += message.subject().map_or(0, |text| text.len());
        message.payloads().for_each(|payload| self.payload(payload.name().len() + payload.ns().len()));
    }

    fn presence(&mut self, presence: &Presence<'_>) {
        self.presences += 1;
        self.head(presence.id.as_deref(), [presence.from.as_ref(), presence.to.as_ref()].map(length));
        self.shows += usize::from(presence.show().is_some());
        self.statuses += presence.status().map_or(0, |status| status.len());
        self.priorities += i64::from(presence.priority());
        presence.payloads().for_each(|payload| self.payload(payload.name().len() + payload.ns().len()));
    }

    fn iq(&mut self, iq: &Iq<'_>) {
        self.iqs += 1;
        self.head(Some(&iq.id), [iq.from.as_ref(), iq.to.as_ref()].map(length));
        iq.payload.iter().for_each(|payload| self.payload(payload.name().len() + payload.ns().len()));
    }

    /// Id and lengths of the addresses.
    pub fn head(&mut self, id: Option<&str>, addresses: [usize; 2]) {
        self.ids += id.map_or(0, str::len);
        self.addresses += addresses.iter().sum::<usize>();
    }

    /// Length of the name and namespace of some content.
    pub fn payload(&mut self, name: usize) {
        self.payloads += 1;
        self.names += name;
    }
}

fn length(address: Option<&jid::Jid>) -> usize {
    address.map_or(0, |address| address.as_str().len())
}
