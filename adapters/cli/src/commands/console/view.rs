//! What is said on the stream, as it is shown.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use xmpp_core::{Direction, Item, time::Timestamp};

use super::{
    filter::{Filter, Kind},
    highlight::highlight,
};
use crate::{
    clock,
    paint::{Colour, Paint},
    tell::{Tell, references},
};

/// Shows items. Clones show at the same place.
#[derive(Clone)]
pub(super) struct View {
    out: Tell,
    paint: Paint,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    filter: Filter,
    /// What arrives during a pause.
    paused: Option<Kept>,
    /// How many were not shown because nobody takes them.
    lost: u64,
}

#[derive(Default)]
struct Kept {
    items: VecDeque<String>,
    bytes: usize,
    /// The oldest, which had to go.
    lost: u64,
}

/// What is kept during a pause.
const KEPT_BYTES: usize = 4 << 20;

/// How many items may wait for whoever reads them. A stream that is not stopped by what the console takes (pings are
/// answered by the session) must not fill the memory.
const WAITING: u64 = 10_000;

impl View {
    pub(super) fn new(out: Tell, paint: Paint, filter: Filter) -> Self {
        Self { out, paint, state: Arc::new(Mutex::new(State { filter, ..State::default() })) }
    }

    /// Something is said on the stream.
    pub(super) fn item(&self, direction: Direction, item: &Item) {
        let mut state = self.state();
        if !state.filter.passes(item) {
            return;
        }
        let text = text(clock::wall(), direction, item, self.paint);
        match &mut state.paused {
            Some(kept) => kept.keep(text),
            None if self.out.behind() >= WAITING => state.lost += 1,
            None => {
                self.tell_lost(std::mem::take(&mut state.lost));
                self.out.data(text);
            }
        }
    }

    /// Other items from now on.
    pub(super) fn set_filter(&self, filter: Filter) {
        self.state().filter = filter;
    }

    pub(super) fn filter(&self) -> Filter {
        self.state().filter.clone()
    }

    pub(super) fn is_paused(&self) -> bool {
        self.state().paused.is_some()
    }

    /// Stops the show, or shows what came meanwhile and goes on.
    pub(super) fn pause(&self) {
        let mut state = self.state();
        let Some(kept) = state.paused.take() else {
            state.paused = Some(Kept::default());
            return;
        };
        self.tell_lost(kept.lost);
        for text in kept.items {
            self.out.data(text);
        }
    }

    fn tell_lost(&self, lost: u64) {
        if lost > 0 {
            self.out.line(format_args!("({lost} not shown: too many)"));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn keep(&mut self, text: String) {
        self.bytes += text.len();
        self.items.push_back(text);
        while self.bytes > KEPT_BYTES {
            let Some(oldest) = self.items.pop_front() else { break };
            self.bytes -= oldest.len();
            self.lost += 1;
        }
    }
}

/// A line with the time, the direction and the kind; below it the XML, its secrets masked.
fn text(now: Timestamp, direction: Direction, item: &Item, paint: Paint) -> String {
    let time = clock::local(now).strftime("%H:%M:%S.%3f").to_string();
    let arrow = match direction {
        Direction::In => "<-",
        Direction::Out => "->",
    };
    let kind = Kind::of(item);
    let colour = match kind {
        Kind::Message => Colour::Green,
        Kind::Presence => Colour::Magenta,
        Kind::Iq => Colour::Blue,
        Kind::Other => Colour::Red,
    };
    let what = match item {
        Item::Element(element) if kind != Kind::Other => {
            let of_type = element.attr("type").map(|of_type| format!(" {of_type}")).unwrap_or_default();
            references(&format!("{}{of_type}", kind.name())).replace('\n', " ")
        }
        _ => "stream".to_owned(),
    };
    // What others wrote is indented, so that no text can look like a line of ours.
    let xml = highlight(&references(&item.to_string()), paint).replace('\n', "\n  ");
    format!("{time} {}\n  {xml}", paint.paint(colour, &format!("{arrow} {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tell::tests::printed;

    const NOON: Timestamp = Timestamp::from_unix_micros(1_700_000_000_123_456);

    fn item(xml: &str) -> Item {
        Item::Element(super::super::input::read(xml).unwrap().remove(0))
    }

    fn shown(direction: Direction, xml: &str) -> String {
        let text = text(NOON, direction, &item(xml), Paint::NONE);
        let (time, rest) = text.split_at(13);
        // The minutes are the same in most places.
        assert!(time.ends_with(":20.123 "), "{time}");
        rest.to_owned()
    }

    #[test]
    fn direction_kind_and_xml() {
        assert_eq!(
            shown(Direction::Out, "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"),
            "-> iq get\n  <iq xmlns='jabber:client' type='get' id='1'>\n    <ping xmlns='urn:xmpp:ping'/>\n  </iq>"
        );
        assert!(shown(Direction::In, "<presence/>").starts_with("<- presence\n"));
        assert!(shown(Direction::In, "<a xmlns='urn:x'/>").starts_with("<- stream\n"));
    }

    /// Passwords do not stand on screens, and no text looks like a line of ours or commands the terminal.
    #[test]
    fn nothing_is_shown_that_should_not_be() {
        let auth = shown(Direction::Out, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AGEAYg==</auth>");
        assert!(auth.contains(">***</auth>"), "{auth}");
        let message = shown(
            Direction::In,
            "<message type='a&#10;b'><body>x\n12:00:00.000 &lt;- iq\u{9b}2J</body></message>",
        );
        assert!(message.starts_with("<- message a b\n"), "{message}");
        assert!(message.contains("x\n  12:00:00.000 &lt;- iq&#x9b;2J"), "{message}");
    }

    #[test]
    fn filters_and_pauses() {
        let text = printed(|tell| {
            let view = View::new(tell.clone(), Paint::NONE, Filter::parse("message").unwrap());
            view.item(Direction::In, &item("<iq id='1'/>"));
            view.pause();
            assert!(view.is_paused());
            view.item(Direction::In, &item("<message id='2'/>"));
            view.set_filter(Filter::default());
            view.item(Direction::In, &item("<iq id='3'/>"));
            tell.line("pause");
            view.pause();
            assert!(!view.is_paused());
            view.item(Direction::In, &item("<iq id='4'/>"));
        });
        let ids: Vec<&str> = text.lines().filter_map(|line| line.split_once("id='")?.1.get(..1)).collect();
        assert_eq!(ids, ["2", "3", "4"]);
        assert!(text.starts_with("pause\n"), "{text}");
    }

    #[test]
    fn a_pause_keeps_a_bounded_amount() {
        let text = printed(|tell| {
            let view = View::new(tell.clone(), Paint::NONE, Filter::default());
            view.pause();
            let large = format!("<message><body>{}</body></message>", "x".repeat(100_000));
            for _ in 0..100 {
                view.item(Direction::In, &item(&large));
            }
            view.pause();
        });
        assert!(text.len() <= KEPT_BYTES + 100);
        assert!(text.starts_with("(59 not shown: too many)\n"), "{text:.40}");
    }
}
