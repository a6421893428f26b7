//! What is told beside the output, on standard error: progress, and with `-v` what happens underneath.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use xmpp_core::{
    Direction, Item,
    xml::{ElementRef, ns},
};

use crate::tell::{Printer, Tell, unbroken, xml_lines};

/// Tells on standard error. Clones tell at the same place.
#[derive(Clone)]
pub(crate) struct Aside {
    tell: Tell,
    level: u8,
}

/// Shown at a terminal until it is dropped.
#[must_use]
pub(crate) struct Progress(ProgressBar);

impl Aside {
    /// `level`: how often `-v` was given.
    pub(crate) fn new(level: u8) -> Self {
        Self { tell: Tell::new(io::stderr(), false), level }
    }

    /// A line that is told whatever was asked for.
    pub(crate) fn line(&self, text: impl std::fmt::Display) {
        self.tell.line(text);
    }

    /// A line for who wants to see the steps.
    pub(crate) fn step(&self, text: impl std::fmt::Display) {
        if self.level > 0 {
            self.tell.line(format_args!("xmpp: {}", unbroken(&text.to_string())));
        }
    }

    /// What a trace calls: steps with `-v`, and XML too with `-vv`.
    pub(crate) fn trace(&self, who: &'static str) -> impl Fn(Direction, &Item) + Send + Sync + use<> {
        let (aside, xml) = (self.clone(), self.xml(who));
        move |direction, item| {
            if aside.level > 0
                && let Some(step) = step(direction, item)
            {
                aside.step(step);
            }
            xml(direction, item);
        }
    }

    /// The XML alone, with `-vv`.
    pub(crate) fn xml(&self, who: &'static str) -> impl Fn(Direction, &Item) + Send + Sync + use<> {
        let aside = self.clone();
        move |direction, item| {
            if aside.level > 1 {
                aside.tell.line(xml_lines(who, direction, item));
            }
        }
    }

    /// Says what takes long, while it does. Steps that are told say the same.
    pub(crate) fn progress(&self, what: impl Into<String>) -> Progress {
        let quiet = self.level > 0 || !io::stderr().is_terminal();
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target).with_message(what.into());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Progress(bar)
    }

    /// What is told from now on is printed by `printer`, or as at first. Only on a screen: what goes to a file stays there.
    pub(crate) fn through(&self, printer: Option<Printer>) {
        if io::stderr().is_terminal() {
            self.tell.through(printer);
        }
    }

    /// Waits until everything was written that was told before, but not for ever.
    pub(crate) fn settle(&self, patience: Duration) {
        self.tell.settle(patience);
    }

    /// Waits until everything was written.
    pub(crate) fn finish(&self) {
        // Where standard error takes nothing, nobody can be told so either.
        let _ = self.tell.finish();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What an item means for a login, in words.
fn step(direction: Direction, item: &Item) -> Option<String> {
    match (direction, item) {
        (Direction::Out, Item::Open(header)) => {
            Some(format!("opens a stream to {}", header.to.as_deref().unwrap_or("the server")))
        }
        (Direction::Out, Item::Close { .. }) => Some("closes the stream".to_owned()),
        (Direction::In, Item::Close { .. }) => Some("the server closes the stream".to_owned()),
        (_, Item::Element(element)) => negotiation(direction, element.root()),
        _ => None,
    }
}

fn negotiation(direction: Direction, element: ElementRef<'_>) -> Option<String> {
    let (name, namespace) = (element.name(), element.ns());
    match (direction, name, namespace) {
        (Direction::In, "features", ns::STREAMS) => Some(format!("is offered {}", offered(element))),
        (Direction::Out, "starttls", ns::TLS) => Some("asks for TLS".to_owned()),
        (Direction::In, "proceed", ns::TLS) => Some("shakes hands for TLS".to_owned()),
        (Direction::Out, "auth", ns::SASL) => {
            Some(format!("authenticates with {}", element.attr("mechanism").unwrap_or_default()))
        }
        (Direction::In, "success", ns::SASL) => Some("is authenticated".to_owned()),
        (Direction::In, "failure", ns::SASL) => {
            let why = element.children().next().map_or("no reason", |condition| condition.name());
            Some(format!("is refused: {why}"))
        }
        (Direction::In, "iq", ns::CLIENT) => {
            let bind = element.child("bind", ns::BIND)?;
            Some(format!("is bound as {}", bind.child("jid", ns::BIND)?.text()))
        }
        _ => None,
    }
}

fn offered(features: ElementRef<'_>) -> String {
    let mut offered: Vec<String> = Vec::new();
    for feature in features.children() {
        match (feature.name(), feature.ns()) {
            ("mechanisms", ns::SASL) => {
                offered.extend(feature.children().map(|mechanism| mechanism.text().into_owned()));
            }
            (name, _) => offered.push(name.to_owned()),
        }
    }
    if offered.is_empty() { "nothing".to_owned() } else { offered.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(direction: Direction, xml: &str) -> Option<String> {
        step(direction, &Item::Element(xml.parse().unwrap()))
    }

    #[test]
    fn a_login_is_told_in_words() {
        let features = "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>\
            <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\
            <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>\
            </stream:features>";
        assert_eq!(told(Direction::In, features).as_deref(), Some("is offered starttls, PLAIN"));
        let refused = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>";
        assert_eq!(told(Direction::In, refused).as_deref(), Some("is refused: not-authorized"));
        let message = "<message xmlns='jabber:client'><body>secret talk</body></message>";
        assert_eq!(told(Direction::Out, message), None);
    }
}
