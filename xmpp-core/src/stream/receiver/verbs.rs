//! What a server says to one of its clients' streams.

use super::{
    BareJid, FullJid, Instant, Receiver, StanzaCondition, State, StreamCondition, StreamError, bind,
};
use crate::{
    error::ApiMisuse,
    link::Link,
    sasl::{
        bearer::TokenError,
        scram::StoredCredentials,
        server::{Failure, Negotiation, Step},
    },
    stanza::StanzaError,
    stream::BindOutcome,
    wire::Wire,
    xml::Element,
};

impl Receiver {
    fn answer_lookup(
        &mut self,
        answer: impl FnOnce(&mut Negotiation) -> Result<Step, Failure>,
    ) -> Result<(), ApiMisuse> {
        let placeholder = State::Negotiation { sasl: None };
        match std::mem::replace(&mut self.state, placeholder) {
            State::Lookup(mut sasl) => {
                match answer(&mut sasl) {
                    // The answer to another question than the one that was asked.
                    Ok(Step::Ignored) => {
                        self.state = State::Lookup(sasl);
                        return Err(ApiMisuse::NotReady);
                    }
                    step => self.handle_step(sasl, step),
                }
                Ok(())
            }
            state => {
                self.state = state;
                Err(ApiMisuse::NotReady)
            }
        }
    }

    fn take_bind(&mut self, outcome: BindOutcome) -> Result<(), ApiMisuse> {
        let placeholder = State::Negotiation { sasl: None };
        match std::mem::replace(&mut self.state, placeholder) {
            State::Resource { id, account } => {
                match outcome.and_then(|jid| of_account(jid, &account)) {
                    Ok(jid) => {
                        self.deadline = None;
                        self.voice.send(bind::result(&id, &jid));
                        self.state = State::Established(jid);
                    }
                    Err(error) => {
                        // The stream stays open: the client may ask for another resource (§7.7.2.2).
                        self.voice.send(bind::error(&id, &error));
                        self.state = State::Bind(account);
                        self.binds_refused += 1;
                        if self.binds_refused >= self.config.bind_attempts {
                            self.refuse(StreamCondition::PolicyViolation, "too many resources were refused");
                        }
                    }
                }
                Ok(())
            }
            state => {
                self.state = state;
                Err(ApiMisuse::NotReady)
            }
        }
    }
}

/// A resource of another account is never handed out.
fn of_account(jid: FullJid, account: &BareJid) -> BindOutcome {
    if jid.bare() == account.view() { Ok(jid) } else { Err(StanzaCondition::InternalServerError.into()) }
}

/// The verbs of a server.
impl<W: Wire> Link<Receiver, W> {
    /// Answers [`Lookup`](super::ReceiverEvent::Lookup); `None`: there is no such user (the client cannot tell).
    ///
    /// # Errors
    /// Nothing was asked, or the stream is over.
    pub fn credentials(&mut self, now: Instant, found: Option<&StoredCredentials>) -> Result<(), ApiMisuse> {
        self.live(now)?.answer_lookup(|sasl| sasl.credentials(found))
    }

    /// Answers [`Token`](super::ReceiverEvent::Token): whose token it is, by the local part of the address, or what is
    /// wrong with it.
    ///
    /// # Errors
    /// Nothing was asked, or the stream is over.
    pub fn token(&mut self, now: Instant, verdict: Result<String, TokenError>) -> Result<(), ApiMisuse> {
        self.live(now)?.answer_lookup(|sasl| sasl.token(verdict))
    }

    /// Answers [`Lookup`](super::ReceiverEvent::Lookup) and [`Token`](super::ReceiverEvent::Token) when the store cannot
    /// be asked: the client is told to try again later (`temporary-auth-failure`).
    ///
    /// # Errors
    /// Nothing was asked, or the stream is over.
    pub fn credentials_unavailable(&mut self, now: Instant) -> Result<(), ApiMisuse> {
        self.live(now)?.answer_lookup(Negotiation::unavailable)
    }

    /// Answers [`Bind`](super::ReceiverEvent::Bind): the address that the client gets, or why it gets none.
    ///
    /// # Errors
    /// Nothing was asked, or the stream is over.
    pub fn bind(&mut self, now: Instant, outcome: BindOutcome) -> Result<(), ApiMisuse> {
        self.live(now)?.take_bind(outcome)
    }

    /// Answers [`Register`](super::ReceiverEvent::Register) and
    /// [`ChangePassword`](super::ReceiverEvent::ChangePassword): it is done, or why not (`conflict`: the account exists).
    ///
    /// # Errors
    /// Nothing was asked, or the stream is over.
    pub fn registered(&mut self, now: Instant, outcome: Result<(), StanzaError>) -> Result<(), ApiMisuse> {
        if self.live(now)?.take_registered(outcome) { Ok(()) } else { Err(ApiMisuse::NotReady) }
    }

    /// Sends a stanza to the client.
    ///
    /// # Errors
    /// No resource is bound, the stream is over, or the wire is full: then the element comes back.
    pub fn send(&mut self, now: Instant, element: Element) -> Result<(), ApiMisuse> {
        if !self.wire().has_room() {
            return Err(ApiMisuse::Full(Box::new(element)));
        }
        let receiver = self.live(now)?;
        if receiver.jid().is_none() {
            return Err(ApiMisuse::NotReady);
        }
        receiver.voice.send(element);
        Ok(())
    }

    /// Closes the stream in good order, or with an error that tells the client why.
    pub fn close(&mut self, now: Instant, error: Option<StreamError>) {
        let receiver = self.verbs(now);
        receiver.deadline = None;
        match error {
            None => receiver.voice.close(now),
            Some(error) if receiver.voice.is_open() => {
                receiver.voice.send(error.to_element());
                receiver.voice.end(Ok(()));
            }
            Some(_) => receiver.voice.finish(Ok(())),
        }
    }

    fn live(&mut self, now: Instant) -> Result<&mut Receiver, ApiMisuse> {
        let receiver = self.verbs(now);
        receiver.now = now;
        if receiver.voice.is_ending() { Err(ApiMisuse::Closed) } else { Ok(receiver) }
    }
}
