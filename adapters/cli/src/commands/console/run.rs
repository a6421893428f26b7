//! The console at work: lines in, elements out.

use std::{
    collections::{BTreeSet, VecDeque},
    fs,
    io::{self, IsTerminal},
    path::Path,
    time::Duration,
};

use tokio::time::Instant;
use xmpp_core::{
    stanza::{StanzaKind, presence},
    time::after,
    xml::Element,
};
use xmpp_tokio::{Client, Event, Handle};

use super::{
    ConsoleArgs,
    command::{self, COMMANDS, Command, HELP},
    input,
    view::View,
};
use crate::{
    Stage, clock,
    exit::{Exit, Failure},
    paint::{Colour, Paint},
    prompt::{Options, Prompt, Words},
    tell::harmless,
};

/// How many items may wait for whoever reads them before nothing more is taken from the stream.
const AHEAD: u64 = 1000;

/// How many answers are waited for at the end.
const OPEN: usize = 10_000;

/// Back to the top left, everything cleared, what was scrolled away too.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J\u{1b}[3J";

pub(super) struct Console<'a> {
    stage: &'a Stage,
    view: View,
    handle: Handle,
    prompt: Option<Prompt>,
    words: Words,
    linger: Duration,
    delay: Duration,
    presence: bool,
    next_id: u64,
    /// What is still to be played.
    playing: VecDeque<Element>,
    /// When the next of it may be sent.
    next: Instant,
    /// Ids of requests that have no answer yet.
    open: BTreeSet<String>,
    /// A request was sent.
    asked: bool,
    /// Something was sent to which no answer need come.
    said: bool,
}

/// The elements of a file, all of them or none.
pub(super) fn load(path: &Path) -> Result<Vec<Element>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    input::read(&text).map_err(|mistake| Failure::usage(format!("{}: {mistake}", path.display())))
}

/// Whether it goes on.
enum Flow {
    On,
    End,
}

impl<'a> Console<'a> {
    pub(super) fn new(args: &ConsoleArgs, client: &Client, view: View, stage: &'a Stage) -> Self {
        let words = Words::new(COMMANDS);
        words.know(client.jid().domain());
        let options = Options {
            history: (!args.no_history).then_some("console"),
            words: words.clone(),
            goes_on: command::goes_on,
            plain: false,
        };
        // A file that is played without a person there is all that there is.
        let listen = args.play.is_none() || io::stdin().is_terminal();
        Self {
            stage,
            view,
            handle: client.handle(),
            prompt: listen.then(|| Prompt::open(options, stage)),
            words,
            linger: args.linger,
            delay: args.delay,
            presence: args.presence,
            next_id: 0,
            playing: VecDeque::new(),
            next: Instant::from_std(clock::now()),
            open: BTreeSet::new(),
            asked: false,
            said: false,
        }
    }

    pub(super) async fn run(
        mut self,
        client: &mut Client,
        play: Option<Vec<Element>>,
    ) -> Result<(), Failure> {
        if self.presence {
            self.send(presence::available()).await?;
        }
        self.playing.extend(play.unwrap_or_default());
        if self.is_screen() {
            self.note("/help tells what there is; Ctrl-D ends it");
        }
        self.ask();
        let mut unfinished = String::new();
        // When it ends, once there is nothing more to send.
        let mut end: Option<Instant> = None;
        loop {
            if end.is_none() && self.prompt.is_none() && self.playing.is_empty() {
                end = Some(after(clock::now(), self.linger).into());
            }
            if end.is_some() && self.asked && !self.said && self.open.is_empty() {
                break;
            }
            let out = &self.stage.out;
            let room = out.behind() < AHEAD;
            tokio::select! {
                // What has come is told before anything that may end this. A flood keeps nothing else away: tokio makes
                // channels pause.
                biased;
                event = client.next(), if room => self.event(event)?,
                line = next_line(self.prompt.as_mut()), if room => match line? {
                    Some(line) => {
                        if let Flow::End = self.typed(&line, &mut unfinished).await? {
                            break;
                        }
                        self.ask();
                    }
                    None if self.is_person() => break,
                    None if unfinished.is_empty() => self.prompt = None,
                    // What is wrong with it is told.
                    None => drop(self.parse(&unfinished)?),
                },
                () = tokio::time::sleep_until(self.next), if !self.playing.is_empty() => self.play().await?,
                () = out.behind_no_more_than(AHEAD / 2), if !room => {}
                () = out.unread() => break,
                () = until(end) => break,
            }
        }
        Ok(())
    }

    fn is_screen(&self) -> bool {
        self.prompt.as_ref().is_some_and(Prompt::is_screen)
    }

    fn is_person(&self) -> bool {
        self.prompt.as_ref().is_some_and(Prompt::is_person)
    }

    fn ask(&mut self) {
        let text = if self.view.is_paused() { "(paused) > " } else { "> " };
        if let Some(prompt) = &mut self.prompt {
            prompt.ask(text);
        }
    }

    /// Words for the person. What is shown of the stream alone is for programs.
    fn note(&self, text: &str) {
        if self.is_screen() {
            self.stage.out.line(text);
        } else {
            self.stage.aside.line(text);
        }
    }

    fn mistake(&self, failure: &Failure) {
        let why = harmless(&format!("! {failure}"));
        if self.is_screen() {
            self.stage.out.data(Paint::stdout().paint(Colour::Red, &why));
        } else {
            self.stage.aside.line(why);
        }
    }

    fn parse(&mut self, typed: &str) -> Result<Command, Failure> {
        self.next_id += 1;
        command::parse(typed, &format!("console-{}", self.next_id)).map_err(Failure::usage)
    }

    /// A line. At a prompt it is whole; from a pipe an element may need several.
    async fn typed(&mut self, line: &str, unfinished: &mut String) -> Result<Flow, Failure> {
        if !unfinished.is_empty() || !self.is_screen() {
            if !unfinished.is_empty() {
                unfinished.push('\n');
            }
            unfinished.push_str(line);
            // White space inside of what goes on is content, an empty line included.
            if command::goes_on(unfinished.trim_end_matches('\n')) {
                return Ok(Flow::On);
            }
        } else {
            line.clone_into(unfinished);
        }
        let typed = std::mem::take(unfinished);
        let outcome = match self.parse(&typed) {
            Ok(command) => self.act(command).await,
            Err(failure) => Err(failure),
        };
        match outcome {
            Err(failure) if failure.exit == Exit::Usage && self.is_person() => {
                self.mistake(&failure);
                Ok(Flow::On)
            }
            outcome => outcome,
        }
    }

    async fn act(&mut self, command: Command) -> Result<Flow, Failure> {
        match command {
            Command::Send(elements) => {
                for element in elements {
                    self.send(element).await?;
                }
            }
            Command::Filter(filter) => {
                if let Some(filter) = filter {
                    self.view.set_filter(filter);
                }
                self.note(&format!("{} is shown", self.view.filter()));
            }
            Command::Play(path, delay) => {
                let elements = load(&path)?;
                self.note(&format!("{} elements are to be sent", elements.len()));
                self.playing.extend(elements);
                self.delay = delay.unwrap_or(self.delay);
            }
            Command::Pause => self.view.pause(),
            Command::Clear => {
                if self.is_screen() {
                    self.stage.out.data(CLEAR);
                }
            }
            Command::Help => self.note(HELP),
            Command::Quit => return Ok(Flow::End),
        }
        Ok(Flow::On)
    }

    async fn play(&mut self) -> Result<(), Failure> {
        let Some(element) = self.playing.pop_front() else { return Ok(()) };
        self.next = after(clock::now(), self.delay).into();
        self.send(element).await
    }

    async fn send(&mut self, element: Element) -> Result<(), Failure> {
        let is = |kinds: &[&str]| element.attr("type").is_some_and(|kind| kinds.contains(&&*kind));
        let request = StanzaKind::of(element.root()) == Some(StanzaKind::Iq) && is(&["get", "set"]);
        match element.attr("id").filter(|_| request && self.open.len() < OPEN) {
            Some(id) => {
                self.open.insert(id.into_owned());
                self.asked = true;
            }
            None => self.said = true,
        }
        if let Some(to) = element.attr("to") {
            self.words.know(&to);
        }
        Ok(self.handle.send_raw(element).await?)
    }

    /// What arrives is shown already; here it is seen what is answered.
    fn event(&mut self, event: Option<Event>) -> Result<(), Failure> {
        match event {
            Some(Event::Stanza(stanza)) => {
                let answers = StanzaKind::of(stanza.root()) == Some(StanzaKind::Iq)
                    && stanza.attr("type").is_some_and(|kind| matches!(&*kind, "result" | "error"));
                if let Some(id) = stanza.attr("id").filter(|_| answers) {
                    self.open.remove(&*id);
                }
                if let Some(from) = stanza.attr("from") {
                    self.words.know(&from);
                }
                Ok(())
            }
            Some(Event::Closed(result)) => Err(Failure::lost(result)),
            None => Err(Failure::lost(Ok(()))),
            // A later version may tell more.
            Some(_) => Ok(()),
        }
    }
}

/// For ever, where nobody says anything.
async fn next_line(prompt: Option<&mut Prompt>) -> Result<Option<String>, Failure> {
    match prompt {
        Some(prompt) => prompt.next().await,
        None => std::future::pending().await,
    }
}

async fn until(end: Option<Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}
