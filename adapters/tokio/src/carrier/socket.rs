//! A TCP connection in clear, during the TLS handshake, or under TLS.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{TlsStream, server};

use crate::tls::TlsClient;

type Handshake = Pin<Box<dyn Future<Output = io::Result<TlsStream<TcpStream>>> + Send>>;

pub(super) enum Socket {
    Clear(TcpStream),
    Handshake(Handshake),
    Secure(Box<TlsStream<TcpStream>>),
    Gone,
}

/// Who we are in a handshake.
#[derive(Clone)]
pub(crate) enum TlsRole {
    Client(TlsClient),
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "only servers accept"))]
    Server(std::sync::Arc<rustls::ServerConfig>),
    /// TLS is not configured. A machine that is told so by its policy never asks for it.
    None,
}

impl Socket {
    pub(super) fn start_tls(&mut self, role: TlsRole) {
        let Self::Clear(tcp) = std::mem::replace(self, Self::Gone) else { return };
        *self = Self::Handshake(match role {
            TlsRole::Client(TlsClient { config, name }) => {
                let connect = tokio_rustls::TlsConnector::from(config).connect(name, tcp);
                Box::pin(async move { connect.await.map(TlsStream::from) })
            }
            TlsRole::Server(config) => {
                let accept = tokio_rustls::TlsAcceptor::from(config).accept(tcp);
                Box::pin(async move { accept.await.map(|stream: server::TlsStream<_>| stream.into()) })
            }
            TlsRole::None => Box::pin(async { Err(io::Error::other("TLS is not configured")) }),
        });
    }

    /// How the handshake ended; pending for ever when there is none.
    pub(super) fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self::Handshake(handshake) = self else { return Poll::Pending };
        let outcome = ready!(handshake.as_mut().poll(cx));
        Poll::Ready(match outcome {
            Ok(stream) => {
                *self = Self::Secure(Box::new(stream));
                Ok(())
            }
            Err(error) => {
                *self = Self::Gone;
                Err(error)
            }
        })
    }

    /// Zero bytes: the peer has closed.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buf = ReadBuf::new(buf);
        let outcome = match self {
            Self::Clear(stream) => Pin::new(stream).poll_read(cx, &mut buf),
            Self::Secure(stream) => Pin::new(stream).poll_read(cx, &mut buf),
            Self::Handshake(_) => Poll::Pending,
            Self::Gone => Poll::Ready(Ok(())),
        };
        outcome.map_ok(|()| buf.filled().len())
    }

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Clear(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Secure(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Handshake(_) => Poll::Pending,
            Self::Gone => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Clear(stream) => Pin::new(stream).poll_flush(cx),
            Self::Secure(stream) => Pin::new(stream).poll_flush(cx),
            Self::Handshake(_) | Self::Gone => Poll::Ready(Ok(())),
        }
    }

    /// `close_notify`, then FIN.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Clear(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Secure(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Handshake(_) | Self::Gone => Poll::Ready(Ok(())),
        }
    }
}
