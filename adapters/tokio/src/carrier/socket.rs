//! A TCP connection in clear, during the TLS handshake, or under TLS.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::TlsStream;
use xmpp_core::tls::TlsInfo;

use crate::tls::{self, TlsClient};

type Handshake = Pin<Box<dyn Future<Output = io::Result<(TlsStream<TcpStream>, TlsInfo)>> + Send>>;

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
    Server(TlsServer),
    /// TLS is not configured. A machine that is told so by its policy never asks for it.
    None,
}

/// A server's configuration, and the channel binding by its certificate.
#[derive(Clone)]
pub(crate) struct TlsServer {
    pub(crate) config: Arc<rustls::ServerConfig>,
    pub(crate) end_point: Option<Vec<u8>>,
}

impl Socket {
    pub(super) fn start_tls(&mut self, role: TlsRole) {
        let Self::Clear(tcp) = std::mem::replace(self, Self::Gone) else { return };
        *self = Self::Handshake(match role {
            TlsRole::Client(TlsClient { config, name }) => {
                let connect = tokio_rustls::TlsConnector::from(config).connect(name, tcp);
                Box::pin(async move {
                    let stream = TlsStream::from(connect.await?);
                    let info = tls::info(&stream, None);
                    Ok((stream, info))
                })
            }
            TlsRole::Server(TlsServer { config, end_point }) => {
                let accept = tokio_rustls::TlsAcceptor::from(config).accept(tcp);
                Box::pin(async move {
                    let stream = TlsStream::from(accept.await?);
                    let info = tls::info(&stream, end_point.as_deref());
                    Ok((stream, info))
                })
            }
            TlsRole::None => Box::pin(async { Err(io::Error::other("TLS is not configured")) }),
        });
    }

    /// How the handshake ended; pending for ever when there is none.
    pub(super) fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<TlsInfo>> {
        let Self::Handshake(handshake) = self else { return Poll::Pending };
        let outcome = ready!(handshake.as_mut().poll(cx));
        Poll::Ready(match outcome {
            Ok((stream, info)) => {
                *self = Self::Secure(Box::new(stream));
                Ok(info)
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
