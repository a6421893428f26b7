//! A TCP connection as a carrier: back-pressure, STARTTLS, a bounded end.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use tokio::{
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};
use xmpp_core::wire::TcpWire;

use super::socket::Socket;
pub(crate) use super::socket::{TlsRole, TlsServer};
use crate::{
    drive::{Arrival, Carrier},
    tls,
};

/// Nothing is read while more than this is unsent: a peer that does not read cannot make us hold its answers.
const UNSENT_LIMIT: usize = 256 * 1024;
/// A peer that takes nothing for this long is gone.
const STALL: Duration = Duration::from_mins(1);
/// What is left to write at the end must leave within this.
const LAST_WRITE: Duration = Duration::from_secs(5);
/// How long the peer's own FIN is awaited. A socket that is closed with unread input sends a reset instead of our last
/// words.
const LINGER: Duration = Duration::from_secs(1);
const READ: usize = 16 * 1024;

pub(crate) struct TcpCarrier {
    socket: Socket,
    role: TlsRole,
    unsent: VecDeque<Bytes>,
    unsent_len: usize,
    /// Written and not flushed: under TLS, bytes can wait inside.
    unflushed: bool,
    input: Box<[u8]>,
    stage: Stage,
    timer: Pin<Box<Sleep>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    /// TLS is due when all is written.
    StartTls,
    Handshake,
    /// The transport is of no use any more, and the link knows.
    Broken,
    /// The end is due when all is written.
    LastWrite,
    Shutdown,
    /// FIN is sent; the peer's is awaited.
    Linger,
    Finished,
}

impl TcpCarrier {
    pub(crate) fn new(stream: TcpStream, role: TlsRole) -> Self {
        // Stanzas are small and wait for nothing; a socket that refuses the option still works.
        let _ = stream.set_nodelay(true);
        Self {
            socket: Socket::Clear(stream),
            role,
            unsent: VecDeque::new(),
            unsent_len: 0,
            unflushed: false,
            input: vec![0; READ].into_boxed_slice(),
            stage: Stage::Open,
            timer: Box::pin(sleep(STALL)),
        }
    }

    fn alarm(&mut self, after: Duration) {
        self.timer.as_mut().reset(Instant::now() + after);
    }

    /// Ready once everything has left.
    fn poll_unsent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(chunk) = self.unsent.front_mut() {
            let written = ready!(self.socket.poll_write(cx, chunk))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            chunk.advance(written);
            if chunk.is_empty() {
                self.unsent.pop_front();
            }
            self.unsent_len -= written;
            self.unflushed = true;
            if self.stage != Stage::LastWrite {
                self.alarm(STALL);
            }
        }
        if self.unflushed {
            ready!(self.socket.poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_open(&mut self, cx: &mut Context<'_>, read: bool) -> Poll<Arrival<usize>> {
        let congested = self.is_congested();
        let written = match self.poll_unsent(cx) {
            Poll::Ready(Ok(())) | Poll::Pending if congested && !self.is_congested() => {
                return Poll::Ready(Arrival::Room);
            }
            Poll::Ready(Ok(())) => true,
            Poll::Ready(Err(_)) => return self.broken(),
            Poll::Pending if self.timer.as_mut().poll(cx).is_ready() => return self.broken(),
            Poll::Pending => false,
        };
        if self.stage == Stage::StartTls {
            if written {
                self.socket.start_tls(self.role.clone());
                self.stage = Stage::Handshake;
                return self.poll_handshake(cx);
            }
        } else if read {
            match ready!(self.socket.poll_read(cx, &mut self.input)) {
                Ok(0) | Err(_) => return self.broken(),
                Ok(len) => return Poll::Ready(Arrival::Input(len)),
            }
        }
        Poll::Pending
    }

    fn broken(&mut self) -> Poll<Arrival<usize>> {
        self.stage = Stage::Broken;
        Poll::Ready(Arrival::Eof)
    }

    fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<Arrival<usize>> {
        let outcome = ready!(self.socket.poll_handshake(cx));
        self.stage = if outcome.is_ok() { Stage::Open } else { Stage::Broken };
        Poll::Ready(Arrival::Tls(match outcome {
            Ok(info) => Ok(info),
            Err(error) => Err(tls::failure(&error)),
        }))
    }

    /// Every stage of the end is bounded by the timer; errors only shorten it.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let late = self.timer.as_mut().poll(cx).is_ready();
            self.stage = match self.stage {
                _ if late => Stage::Finished,
                Stage::LastWrite => match ready!(self.poll_unsent(cx)) {
                    Ok(()) => Stage::Shutdown,
                    Err(_) => Stage::Finished,
                },
                Stage::Shutdown => match ready!(self.socket.poll_shutdown(cx)) {
                    Ok(()) => {
                        self.alarm(LINGER);
                        Stage::Linger
                    }
                    Err(_) => Stage::Finished,
                },
                Stage::Linger => match ready!(self.socket.poll_read(cx, &mut self.input)) {
                    Ok(0) | Err(_) => Stage::Finished,
                    Ok(_) => Stage::Linger,
                },
                _ => {
                    self.socket = Socket::Gone;
                    return Poll::Ready(());
                }
            };
        }
    }
}

impl Carrier<TcpWire> for TcpCarrier {
    type Input = usize;

    fn send(&mut self, output: Bytes, _wire: &TcpWire) {
        if self.unsent.is_empty() && !self.unflushed {
            self.alarm(STALL);
        }
        self.unsent_len += output.len();
        if !output.is_empty() {
            self.unsent.push_back(output);
        }
    }

    fn start_tls(&mut self) {
        if self.stage == Stage::Open {
            self.stage = Stage::StartTls;
        }
    }

    fn shutdown(&mut self, _wire: &TcpWire) {
        self.stage = match self.stage {
            Stage::Open | Stage::StartTls => Stage::LastWrite,
            _ => Stage::Finished,
        };
        self.alarm(LAST_WRITE);
    }

    fn is_congested(&self) -> bool {
        self.unsent_len > UNSENT_LIMIT
    }

    async fn next(&mut self, read: bool) -> Arrival<usize> {
        poll_fn(|cx| match self.stage {
            Stage::Open | Stage::StartTls => self.poll_open(cx, read),
            Stage::Handshake => self.poll_handshake(cx),
            Stage::Broken => Poll::Pending,
            Stage::LastWrite | Stage::Shutdown | Stage::Linger | Stage::Finished => {
                self.poll_end(cx).map(|()| Arrival::Finished)
            }
        })
        .await
    }

    fn hand_in(&mut self, len: usize, wire: &mut TcpWire, _now: std::time::Instant) {
        wire.handle_input(&self.input[..len]); // `len` is what the last read filled
    }
}
