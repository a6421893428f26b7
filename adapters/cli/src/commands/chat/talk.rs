//! The conversation itself: what arrives, what is typed, and what becomes of it.

use std::time::Duration;

use tokio::{task::JoinSet, time::Instant};
use xmpp_core::{
    jid::{BareJid, Jid, JidRef},
    stanza::{Message, MessageKind, Presence, PresenceKind, StanzaKind, iq, message, presence},
    time::after,
    xep::ping,
    xml::{Element, ns},
};
use xmpp_tokio::{Client, Event, Handle};

use super::{
    ChatArgs,
    book::{Book, Change, Lock},
    command::{self, COMMANDS, Command, HELP},
    show::{News, Step},
};
use crate::{
    Stage, clock,
    commands::status::Status,
    exit::{Exit, Failure},
    paint::Paint,
    prompt::{NO_TIME_YET, Options, Prompt, Words},
    random,
};

/// How many lines may wait for whoever reads them before nothing more is taken from the stream.
const AHEAD: u64 = 1000;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many requests may be open.
const REQUESTS: usize = 64;

/// How many messages are shown when no number is given.
const HISTORY: usize = 20;

pub(super) struct Talk<'a> {
    stage: &'a Stage,
    json: bool,
    linger: Duration,
    paint: Paint,
    own: BareJid,
    handle: Handle,
    prompt: Prompt,
    words: Words,
    book: Book,
    status: Status,
    /// Ids of messages: they must differ from those of earlier sessions, whose messages may come back in this one.
    ids: String,
    next_id: u64,
    requests: JoinSet<Asked>,
    /// How many things came back as errors.
    failed: usize,
}

/// A request that is over.
enum Asked {
    Ping {
        whom: String,
        outcome: Result<f64, Failure>,
    },
    /// Everything that was sent before has been seen by the server.
    Flush,
}

/// Whether it goes on.
enum Flow {
    On,
    End,
}

impl<'a> Talk<'a> {
    pub(super) fn new(args: &ChatArgs, client: &Client, stage: &'a Stage) -> Result<Self, Failure> {
        let words = Words::new(COMMANDS);
        let options = Options {
            history: (!args.no_history).then_some("chat"),
            words: words.clone(),
            goes_on: |_| false,
            plain: args.json,
        };
        let mut book = Book::default();
        if let Some(to) = &args.to {
            words.know(to.as_str());
            book.turn_to(to.clone());
        }
        Ok(Self {
            stage,
            json: args.json,
            linger: args.linger,
            paint: Paint::stdout(),
            own: client.jid().to_bare(),
            handle: client.handle(),
            prompt: Prompt::open(options, stage),
            words,
            book,
            status: Status::default(),
            ids: format!("{:08x}", u32::from_le_bytes(random::bytes()?)),
            next_id: 0,
            requests: JoinSet::new(),
            failed: 0,
        })
    }

    pub(super) async fn run(mut self, client: &mut Client) -> Result<(), Failure> {
        self.handle.send(presence::available()).await?;
        if self.json || self.prompt.is_screen() {
            self.tell(&News::Online(client.jid().clone()));
        }
        if self.prompt.is_screen() {
            self.note("/help tells what there is; Ctrl-D ends it");
        }
        self.ask();
        // When it ends, once there is nothing more to come from standard input.
        let mut end: Option<Instant> = None;
        loop {
            let out = &self.stage.out;
            let room = out.behind() < AHEAD;
            let over = async {
                match end {
                    Some(end) => tokio::time::sleep_until(end).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // What has come is told before anything that may end this. A flood keeps nothing else away: tokio makes
                // channels pause.
                biased;
                event = client.next(), if room => self.event(event)?,
                line = self.prompt.next(), if end.is_none() && room && self.requests.len() < REQUESTS => {
                    let Some(line) = line? else {
                        if self.prompt.is_person() {
                            break;
                        }
                        end = Some(after(clock::now(), self.linger).into());
                        self.flush();
                        continue;
                    };
                    match self.typed(&line).await? {
                        Flow::On => self.ask(),
                        Flow::End => break,
                    }
                }
                Some(asked) = self.requests.join_next() => self.asked(asked.ok())?,
                () = out.behind_no_more_than(AHEAD / 2), if !room => {}
                () = out.unread() => break,
                () = over, if self.requests.is_empty() => break,
            }
        }
        // Who sees us is told before the stream is closed (RFC 6121 §4.5.1). That it is over already is no failure now.
        let _ = self.handle.send(presence::unavailable()).await;
        match self.failed {
            0 => Ok(()),
            _ if self.prompt.is_person() => Ok(()),
            1 => Err(Failure::new(Exit::Remote, "something came back as an error")),
            many => Err(Failure::new(Exit::Remote, format!("{many} things came back as errors"))),
        }
    }

    fn ask(&mut self) {
        let partner = self.book.partner().map(Jid::as_str).unwrap_or_default();
        let prompt = format!("{NO_TIME_YET}{partner}> ");
        self.prompt.ask(&prompt);
    }

    fn tell(&self, news: &News) {
        let now = clock::wall();
        if self.json {
            self.stage.out.json(&news.json(now));
        } else {
            self.stage.out.data(news.line(now, self.paint));
        }
    }

    fn note(&self, text: impl Into<String>) {
        self.tell(&News::Note(text.into()));
    }

    fn failed(&mut self, news: &News) {
        self.failed += 1;
        self.tell(news);
    }

    /// A line of the person, or of the script. A script that is wrong ends there; a person is told.
    async fn typed(&mut self, line: &str) -> Result<Flow, Failure> {
        let outcome = match command::parse(line) {
            Ok(None) => Ok(Flow::On),
            Ok(Some(command)) => self.act(command).await,
            Err(why) => Err(Failure::usage(why)),
        };
        match outcome {
            Err(failure) if failure.exit == Exit::Usage && self.prompt.is_person() => {
                self.tell(&News::Mistake(failure.to_string()));
                Ok(Flow::On)
            }
            outcome => outcome,
        }
    }

    async fn act(&mut self, command: Command) -> Result<Flow, Failure> {
        match command {
            Command::Say(text) => self.say(text).await?,
            Command::Help => self.note(HELP),
            Command::To(to) => {
                self.words.know(to.as_str());
                self.book.turn_to(to);
            }
            Command::Who => self.who(),
            Command::Status(None) => {
                self.note(format!("you are {}", self.status));
            }
            Command::Status(Some(status)) => {
                let presence = status.presence().map_err(|error| Failure::usage(error.to_string()))?;
                self.send(presence).await?;
                self.status = status;
            }
            Command::Subscribe(to) => {
                self.words.know(to.bare().as_str());
                self.send(presence::subscribe(&to)).await?;
            }
            Command::Approve(whom) => {
                let whom = self.who_asked(whom)?;
                self.send(presence::subscribed(&whom)).await?;
            }
            Command::Deny(whom) => {
                let whom = self.who_asked(whom)?;
                self.send(presence::unsubscribed(&whom)).await?;
            }
            Command::History(count) => {
                for said in self.book.last(count.unwrap_or(HISTORY)) {
                    self.tell(&News::Said(said.clone()));
                }
            }
            Command::Ping(whom) => self.ping(whom),
            Command::Quit => return Ok(Flow::End),
        }
        Ok(Flow::On)
    }

    async fn send(&self, stanza: Element) -> Result<(), Failure> {
        Ok(self.handle.send(stanza).await?)
    }

    async fn say(&mut self, text: String) -> Result<(), Failure> {
        let Some(to) = self.book.target() else {
            return Err(Failure::usage("whom is this for?").advise("/to ADDRESS chooses"));
        };
        self.next_id += 1;
        let id = format!("{}-{}", self.ids, self.next_id);
        let stanza = message::build(MessageKind::Chat, Some(to.view()))
            .attr("id", &id)
            .leaf("body", ns::CLIENT, &text)
            .finish()
            .map_err(|error| Failure::usage(format!("this cannot be sent: {error}")))?;
        self.send(stanza).await?;
        self.book.sent(clock::wall(), &id, &to, &text);
        // On a screen it stands where it was typed.
        if self.json {
            self.tell(&News::Sent { to, id, text });
        }
        Ok(())
    }

    fn who(&self) {
        let mut nobody = true;
        for (jid, look) in self.book.available() {
            self.tell(&News::There(jid.clone(), look));
            nobody = false;
        }
        if nobody {
            self.note("nobody that you can see is available");
        }
    }

    fn who_asked(&mut self, given: Option<Jid>) -> Result<Jid, Failure> {
        let whom = given.or_else(|| self.book.asked_last().cloned().map(Jid::from));
        let whom = whom.ok_or_else(|| Failure::usage("nobody asks; give an address"))?;
        self.book.answered(&whom.to_bare());
        Ok(whom)
    }

    /// The server is asked when nobody else is meant. It answers for bare addresses too, so a resource is looked for.
    fn ping(&mut self, whom: Option<Jid>) {
        let whom = whom.or_else(|| self.book.target());
        let whom = whom.map(|jid| if jid.is_bare() { self.book.best(&jid).unwrap_or(jid) } else { jid });
        let handle = self.handle.clone();
        let name = whom.as_ref().map_or_else(|| self.own.domain().to_owned(), Jid::to_string);
        self.requests.spawn(async move {
            let began = clock::now();
            let request = iq::get(whom.as_ref().map(Jid::view), &ping::request());
            let outcome = handle.request(request, PATIENCE).await;
            let ms = (clock::now() - began).as_secs_f64() * 1000.0;
            Asked::Ping { whom: name, outcome: outcome.map(|_| ms).map_err(Failure::from) }
        });
    }

    /// Servers keep the order of a stream (RFC 6120 §10.1): what they refuse at once comes before their answer to this.
    fn flush(&mut self) {
        let handle = self.handle.clone();
        self.requests.spawn(async move {
            // An error is an answer too, and the end of the stream is told as such.
            let _ = handle.request(iq::get(None, &ping::request()), PATIENCE).await;
            Asked::Flush
        });
    }

    fn asked(&mut self, asked: Option<Asked>) -> Result<(), Failure> {
        match asked {
            Some(Asked::Ping { whom, outcome: Ok(ms) }) => self.tell(&News::Pong { from: whom, ms }),
            Some(Asked::Ping { whom, outcome: Err(failure) }) => {
                if failure.exit == Exit::Connection {
                    return Err(failure);
                }
                self.failed(&News::Failed { whom, what: "no answer to a ping", failure });
            }
            Some(Asked::Flush) | None => {}
        }
        Ok(())
    }

    fn event(&mut self, event: Option<Event>) -> Result<(), Failure> {
        let stanza = match event {
            Some(Event::Stanza(stanza)) => stanza,
            Some(Event::Closed(result)) => return Err(Failure::lost(result)),
            None => return Err(Failure::lost(Ok(()))),
            // A later version may tell more.
            Some(_) => return Ok(()),
        };
        match StanzaKind::of(stanza.root()) {
            Some(StanzaKind::Message) => {
                if let Ok(message) = Message::parse(stanza.root()) {
                    self.message(&message);
                }
            }
            Some(StanzaKind::Presence) => {
                if let Ok(presence) = Presence::parse(stanza.root()) {
                    self.presence(&presence);
                }
            }
            // Requests are answered by the session.
            Some(StanzaKind::Iq) | None => {}
        }
        Ok(())
    }

    /// Without `from` it comes from the own account (RFC 6120 §8.1.2.1).
    fn sender(&self, from: Option<&Jid>) -> Jid {
        from.cloned().unwrap_or_else(|| self.own.clone().into())
    }

    fn message(&mut self, message: &Message<'_>) {
        let from = self.sender(message.from.as_ref());
        if message.kind == MessageKind::Error {
            let failure = match message.error() {
                Some(error) => Failure::refused(&error),
                None => Failure::new(Exit::Remote, "an error without a reason"),
            };
            let id = message.id.as_deref().map(str::to_owned);
            let sent = id.as_deref().and_then(|id| self.book.came_back(id, &from));
            let from = sent.as_ref().map_or(from, |sent| sent.to.clone());
            let text = sent.map(|sent| sent.text);
            self.failed(&News::CameBack { from, id, text, failure });
            return;
        }
        // Without a body it is none that a person wrote, such as a note that somebody is typing.
        let Some(text) = message.body() else { return };
        self.words.know(from.bare().as_str());
        let lock = self.book.heard(clock::wall(), &from, &text);
        self.locked(lock);
        let subject = message.subject().map(std::borrow::Cow::into_owned);
        self.tell(&News::Heard { from, subject, text: text.into_owned() });
    }

    fn presence(&mut self, presence: &Presence<'_>) {
        let from = self.sender(presence.from.as_ref());
        // The server reflects our own presence (RFC 6121 §4.2.2).
        if from.view() == JidRef::from(self.handle.jid()) {
            return;
        }
        let step = match presence.kind {
            PresenceKind::Subscribe => Some(Step::Asked),
            PresenceKind::Subscribed => Some(Step::Granted),
            PresenceKind::Unsubscribed => Some(Step::Refused),
            PresenceKind::Unsubscribe => Some(Step::Dropped),
            _ => None,
        };
        let (changes, lock) = self.book.presence(presence);
        self.locked(lock);
        for change in changes {
            if let Change::Came(jid, _) = &change {
                self.words.know(jid.bare().as_str());
            }
            self.tell(&News::Presence(change));
        }
        if let Some(step) = step {
            let from = from.to_bare();
            self.words.know(from.as_str());
            if step != Step::Asked || self.book.asks(from.clone()) {
                let text = presence.status().map(std::borrow::Cow::into_owned);
                self.tell(&News::Subscription { from, step, text });
            }
        }
        if let Some(error) = presence.error() {
            let failure = Failure::refused(&error);
            self.failed(&News::Failed { whom: from.to_string(), what: "presence came back", failure });
        }
    }

    fn locked(&self, lock: Option<Lock>) {
        match lock {
            Some(Lock::On(jid)) => {
                self.stage.aside.step(format_args!("messages go to {jid} from now on, who answered"));
            }
            Some(Lock::Off(jid)) => {
                self.stage.aside.step(format_args!("messages go to {jid} again, to all its clients"));
            }
            None => {}
        }
    }
}
