//! Those who make typed stanzas.

use std::io;

use futures_util::StreamExt as _;
use tokio::io::AsyncBufRead;
use tokio_xmpp::xmlstream::{self, ReadError, StreamHeader, Timeouts};
use xmpp_benches::{
    corpus::{Corpus, Cut},
    work::Typed,
};
use xmpp_core::xml::ns;
use xmpp_parsers::{
    iq::Iq,
    jid::Jid,
    message::{Message, MessageType},
    minidom::Element,
    presence::Presence,
};
use xmpp_parsers::{stanza::Stanza, stream_features::StreamFeatures};
use xso::{Context, FromEventsBuilder as _, FromXml as _};

use crate::streams::pieces;

/// The typed stanzas of xmpp-rs, from events of rxml.
pub fn xso(corpus: &Corpus, cut: Cut) -> Typed {
    let mut events = rxml::XmlLangTracker::wrap(rxml::Reader::new(pieces(corpus, cut)));
    assert!(matches!(events.next(), Some(Ok(rxml::Event::XmlDeclaration(..)))));
    assert!(matches!(events.next(), Some(Ok(rxml::Event::StartElement(..)))));
    let mut typed = Typed::default();
    // The stream is not closed, so it ends with an error.
    while let Some(Ok(event)) = events.next() {
        let rxml::Event::StartElement(_, name, attrs) = event else { panic!("between stanzas") };
        let context = Context::empty().with_language(events.language());
        let mut builder = Stanza::from_events(name, attrs, &context).unwrap();
        let stanza = loop {
            let event = events.next().unwrap().unwrap();
            if let Some(stanza) =
                builder.feed(event, &Context::empty().with_language(events.language())).unwrap()
            {
                break stanza;
            }
        };
        look(&stanza, &mut typed);
    }
    typed
}

/// The same through the stream that tokio-xmpp puts around it.
pub fn xml_stream(corpus: &Corpus, cut: Cut) -> Typed {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let io = tokio::io::join(Ready(pieces(corpus, cut)), tokio::io::sink());
        let stream = xmlstream::accept_stream(io, ns::CLIENT, Timeouts::default()).await.unwrap();
        let stream = stream.send_header(StreamHeader::default()).await.unwrap();
        let mut stream = stream.send_features::<Stanza>(&StreamFeatures::default()).await.unwrap();
        let mut typed = Typed::default();
        loop {
            match stream.next().await {
                Some(Ok(stanza)) => look(&stanza, &mut typed),
                Some(Err(ReadError::HardError(_))) | None => return typed,
                Some(Err(error)) => panic!("{error}"),
            }
        }
    })
}

fn look(stanza: &Stanza, typed: &mut Typed) {
    match stanza {
        Stanza::Message(message) => look_message(message, typed),
        Stanza::Presence(presence) => look_presence(presence, typed),
        Stanza::Iq(iq) => {
            typed.iqs += 1;
            typed.head(Some(iq.id()), [iq.from(), iq.to()].map(length));
            if let Iq::Get { payload, .. }
            | Iq::Set { payload, .. }
            | Iq::Result { payload: Some(payload), .. } = iq
            {
                look_payload(payload, typed);
            }
        }
    }
}

fn look_message(message: &Message, typed: &mut Typed) {
    *(if message.type_ == MessageType::Chat { &mut typed.chats } else { &mut typed.messages }) += 1;
    let id = message.id.as_ref().map(|id| id.0.as_str());
    typed.head(id, [message.from.as_ref(), message.to.as_ref()].map(length));
    typed.texts += message.bodies.values().chain(message.subjects.values()).map(String::len).sum::<usize>();
    message.payloads.iter().for_each(|payload| look_payload(payload, typed));
}

fn look_presence(presence: &Presence, typed: &mut Typed) {
    typed.presences += 1;
    typed.head(presence.id.as_deref(), [presence.from.as_ref(), presence.to.as_ref()].map(length));
    typed.shows += usize::from(presence.show.is_some());
    typed.statuses += presence.statuses.values().map(String::len).sum::<usize>();
    typed.priorities += i64::from(presence.priority.0);
    presence.payloads.iter().for_each(|payload| look_payload(payload, typed));
}

fn look_payload(payload: &Element, typed: &mut Typed) {
    typed.payload(payload.name().len() + payload.ns().len());
}

fn length(address: Option<&Jid>) -> usize {
    address.map_or(0, |address| address.as_str().len())
}

/// A reader that never has to wait.
struct Ready<R>(R);

impl<R: io::BufRead + Unpin> tokio::io::AsyncRead for Ready<R> {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        out: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        let n = self.0.read(out.initialize_unfilled())?;
        out.advance(n);
        std::task::Poll::Ready(Ok(()))
    }
}

impl<R: io::BufRead + Unpin> AsyncBufRead for Ready<R> {
    fn poll_fill_buf(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<&[u8]>> {
        std::task::Poll::Ready(self.get_mut().0.fill_buf())
    }

    fn consume(mut self: std::pin::Pin<&mut Self>, n: usize) {
        self.0.consume(n);
    }
}

#[cfg(test)]
mod tests {
    use xmpp_benches::{corpus, paths};

    use super::*;

    #[test]
    fn same_work() {
        let corpus = corpus::mixed(300);
        let ours = paths::read_typed(&corpus, Cut::Whole);
        assert_eq!(ours.chats + ours.messages + ours.presences + ours.iqs, corpus.len());
        for cut in [Cut::Whole, Cut::Crumbs] {
            assert_eq!(xso(&corpus, cut), ours);
            assert_eq!(xml_stream(&corpus, cut), ours);
        }
    }
}
