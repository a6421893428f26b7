//! The loop around a link: one for clients and servers, TCP and BOSH.

use std::future::Future;
use std::time::Instant;

use tokio::{sync::watch, task::JoinSet};
use xmpp_core::{
    Action, Direction, Item, Link, Wire,
    speaker::Speaker,
    tls::{TlsFailure, TlsInfo},
    work::Worked,
};

use crate::clock;

/// What carries a wire's output: a socket, HTTP requests, HTTP responses.
pub(crate) trait Carrier<W: Wire>: Send {
    /// What arrives, on its way to the wire.
    type Input: Send;

    /// Takes what must leave of `wire`. Only stores; [`next`](Self::next) does the work.
    fn send(&mut self, output: W::Output, wire: &W);

    /// Shake hands once all that was sent has left. Only a carrier whose channel is clear is asked to.
    fn start_tls(&mut self) {}

    /// Ends the transport once all that was sent has left, within bounded time.
    fn shutdown(&mut self, wire: &W);

    /// Whether so much is unsent that nothing should be added to it.
    fn is_congested(&self) -> bool {
        false
    }

    /// Works until something has arrived. `read`: whether the link can take more. Cancel safe.
    fn next(&mut self, read: bool) -> impl Future<Output = Arrival<Self::Input>> + Send;

    /// Gives the wire what [`next`](Self::next) returned.
    fn hand_in(&mut self, input: Self::Input, wire: &mut W, now: Instant);
}

pub(crate) enum Arrival<I> {
    Input(I),
    /// Enough has left that the carrier is not congested any more: what was held back for that can go on.
    Room,
    /// The peer has closed, or the transport is broken. Comes once.
    Eof,
    Tls(Result<TlsInfo, TlsFailure>),
    /// After [`Carrier::shutdown`]: everything has left and the transport is gone.
    Finished,
}

/// Who uses a link: an application through its handle, or a server.
pub(crate) trait Owner<S: Speaker, W: Wire>: Send {
    type Command: Send;

    /// What is wanted next. `room`: whether the link can take more to send. Cancel safe.
    fn next(&mut self, room: bool) -> impl Future<Output = Self::Command> + Send;

    fn command(&mut self, link: &mut Link<S, W>, now: Instant, command: Self::Command);

    fn event(&mut self, link: &mut Link<S, W>, now: Instant, event: S::Event);

    /// Whether more events can be taken. While not, nothing is read.
    fn has_room(&self) -> bool {
        true
    }

    fn trace(&mut self, _direction: Direction, _item: &Item) {}
}

/// Runs a stream to its end. After the transport is gone, its owner is given back.
pub(crate) async fn run<S, W, C, O>(mut link: Link<S, W>, mut carrier: C, mut owner: O) -> O
where
    S: Speaker + Send,
    S::Event: Send,
    W: Wire + Send,
    W::Output: Send,
    C: Carrier<W>,
    O: Owner<S, W>,
{
    let mut works: JoinSet<Worked> = JoinSet::new();
    loop {
        drain(&mut link, &mut carrier, &mut owner, &mut works);
        let deadline = link.poll_timeout();
        let congested = carrier.is_congested();
        let read = link.wants_input() && owner.has_room() && !congested;
        let room = link.wire().has_room() && !congested;
        tokio::select! {
            arrival = carrier.next(read) => match arrival {
                Arrival::Input(input) => {
                    let now = clock::now();
                    carrier.hand_in(input, link.input(now), now);
                }
                Arrival::Room => {}
                Arrival::Eof => link.handle_eof(clock::now()),
                Arrival::Tls(outcome) => link.handle_tls(clock::now(), outcome),
                Arrival::Finished => return owner,
            },
            command = owner.next(room) => owner.command(&mut link, clock::now(), command),
            // A derivation that panicked is never answered; the machine's own deadline ends the wait.
            Some(Ok(worked)) = works.join_next() => link.handle_worked(clock::now(), worked),
            () = clock::sleep_until(deadline) => link.handle_timeout(clock::now()),
        }
    }
}

fn drain<S, W, C, O>(link: &mut Link<S, W>, carrier: &mut C, owner: &mut O, works: &mut JoinSet<Worked>)
where
    S: Speaker,
    W: Wire,
    C: Carrier<W>,
    O: Owner<S, W>,
{
    loop {
        let action = link.poll();
        while let Some((direction, item)) = link.next_trace() {
            owner.trace(direction, &item);
        }
        match action {
            None => return,
            Some(Action::Transport(output)) => carrier.send(output, link.wire()),
            Some(Action::StartTls) => carrier.start_tls(),
            Some(Action::Shutdown) => carrier.shutdown(link.wire()),
            Some(Action::Work(work)) => {
                works.spawn_blocking(move || work.run());
            }
            Some(Action::Event(event)) => owner.event(link, clock::now(), event),
        }
    }
}

/// Waits until a flag is raised, or nobody is left who could raise it.
pub(crate) async fn raised(flag: &mut watch::Receiver<bool>) {
    // What is borrowed from the channel must not live across an await.
    drop(flag.wait_for(|raised| *raised).await);
}
