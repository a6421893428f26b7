//! The answering side: a request that arrived, and what is said to it.

use jid::Jid;

use super::{Ask, News, Reading, Report, Spelling, refusal};
use crate::{
    stanza::{Iq, IqKind, MessageKind, StanzaCondition, StanzaError, iq, message},
    xml::{BuildError, Element, ns},
};

/// A request for sensor data that arrived, with what is needed to answer it now or later.
///
/// The answer to the `<iq/>` is exactly one: [`accept`](Self::accept), [`refuse`](Self::refuse), or for a cancel
/// [`cancelled`](Self::cancelled). What is read follows in [messages](Self::message). [`answer`](Self::answer) and
/// [`answer_queued`](Self::answer_queued) are all of that at once. The module's documentation has an example.
#[derive(Clone, Debug, PartialEq)]
pub struct Inquiry {
    /// Who asks; `None` is the own account. Numbers of different requesters are different.
    pub from: Option<Jid>,
    /// What is asked, or the refusal that is due because nobody can tell.
    pub ask: Result<Ask, StanzaError>,
    /// The request without its payload.
    head: Element,
}

impl Inquiry {
    /// How many readings [`messages`](Self::messages) puts into one message: with their names and units some 20 kB,
    /// which every server takes.
    pub const PER_MESSAGE: usize = 100;

    /// Looks into a request; `None` when it is not one for sensor data.
    #[must_use]
    pub fn of(iq: &Iq<'_>) -> Option<Self> {
        let payload =
            iq.payload.filter(|payload| iq.kind.is_request() && payload.ns() == ns::IOT_SENSOR_DATA)?;
        let ask = match iq.kind {
            IqKind::Get => Ask::parse(payload),
            _ => Err(refusal(StanzaCondition::BadRequest, "sensor data is asked for with an iq of type get")),
        };
        let head = Element::build("iq", ns::CLIENT)
            .attr("type", iq.kind.name())
            .attr("id", &iq.id)
            .attr_opt("from", iq.from.as_ref().map(Jid::as_str))
            .attr_opt("to", iq.to.as_ref().map(Jid::as_str))
            .finish_lossy();
        Some(Self { from: iq.from.clone(), ask, head })
    }

    /// The answer that accepts the request: to be read at once, or `queued`, in which case
    /// [`answer_queued`](Self::answer_queued) is due when its turn has come.
    #[must_use]
    pub fn accept(&self, queued: bool) -> Element {
        self.result(News::Accepted { queued })
    }

    /// The answer to a cancel that was carried out.
    #[must_use]
    pub fn cancelled(&self) -> Element {
        self.result(News::Cancelled)
    }

    /// The answer that refuses. [`refusal`] makes one.
    #[must_use]
    pub fn refuse(&self, error: &StanzaError) -> Element {
        iq::error(&self.head, error)
    }

    /// A message to who asked.
    ///
    /// # Errors
    /// [`BuildError::Char`] when XML cannot carry a character of what is told.
    pub fn message(&self, news: News, spelling: Spelling) -> Result<Element, BuildError> {
        let payload = self.report(news).to_element(spelling)?;
        message::build(MessageKind::Normal, self.from.as_ref().map(Jid::view))
            .attr_opt("from", self.head.attr("to").as_deref())
            .child(&payload)
            .finish()
    }

    /// All readings, in as many messages as they need and at least one; the last says that it is the last.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn messages(&self, readings: &[Reading], spelling: Spelling) -> Result<Vec<Element>, BuildError> {
        let mut parts: Vec<&[Reading]> = readings.chunks(Self::PER_MESSAGE).collect();
        let last = parts.pop().unwrap_or_default();
        let parts = parts.into_iter().map(|part| News::fields(part, false));
        let all = parts.chain([News::fields(last, true)]);
        all.map(|news| self.message(news, spelling)).collect()
    }

    /// Accepts the request and gives all readings: the answer, then the messages.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn answer(&self, readings: &[Reading], spelling: Spelling) -> Result<Vec<Element>, BuildError> {
        let mut stanzas = self.messages(readings, spelling)?;
        stanzas.insert(0, self.accept(false));
        Ok(stanzas)
    }

    /// As [`answer`](Self::answer), for a request that was accepted as queued: the message that it has started, then the
    /// readings.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn answer_queued(
        &self,
        readings: &[Reading],
        spelling: Spelling,
    ) -> Result<Vec<Element>, BuildError> {
        let mut stanzas = self.messages(readings, spelling)?;
        stanzas.insert(0, self.message(News::Started, spelling)?);
        Ok(stanzas)
    }

    fn result(&self, news: News) -> Element {
        // It holds nothing that XML could not carry.
        let payload = self.report(news).to_element(Spelling::Spec).ok();
        iq::result(&self.head, payload.as_ref())
    }

    fn report(&self, news: News) -> Report {
        Report { seqnr: self.ask.as_ref().map_or(0, Ask::seqnr), news }
    }
}
