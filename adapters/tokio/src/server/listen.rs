//! Accepts connections, and starts a task for each stream.

use std::{sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use xmpp_core::{
    Link, Wire,
    stream::{Receiver, ReceiverConfig},
    wire::TcpWire,
    xml::Limits,
};

use super::{ServerTls, hub::Hub, manager::Manager, stream::StreamOwner, tasks::Tasks};
use crate::{
    carrier::tcp::{TcpCarrier, TlsRole},
    clock,
    drive::{self, Carrier, raised},
    owner::Trace,
    seed::seed,
};

/// How long a client of HTTP may take for its handshake, and for the head of a request.
const HTTP_PATIENCE: Duration = Duration::from_secs(30);

/// What every listener needs.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) hub: Arc<Hub>,
    pub(super) receiver: ReceiverConfig,
    pub(super) tasks: Tasks,
    pub(super) shutdown: watch::Receiver<bool>,
    pub(super) trace: Option<Trace>,
}

impl Shared {
    /// Runs one client's stream to its end.
    pub(super) fn start<W, C>(&self, wire: W, carrier: C)
    where
        W: Wire + Send + 'static,
        W::Output: Send,
        C: Carrier<W> + 'static,
    {
        // Without random numbers nobody can be let in; the connection is dropped.
        let Ok(entropy) = seed() else { return };
        let start = clock::start();
        let receiver = Receiver::new(self.receiver.clone(), entropy, start);
        let mut link = Link::new(receiver, wire, start.mono);
        if self.trace.is_some() {
            link.enable_trace();
        }
        let owner = StreamOwner::new(Arc::clone(&self.hub), self.shutdown.clone(), self.trace.clone());
        self.tasks.spawn(async move { drop(drive::run(link, carrier, owner).await) });
    }

    /// Accepts until the server shuts down.
    async fn accept(mut self, listener: TcpListener, mut serve: impl FnMut(&Self, TcpStream)) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = raised(&mut self.shutdown) => return,
            };
            match accepted {
                Ok((stream, _)) => serve(&self, stream),
                // Out of file handles, or the client is gone again: others are served when there is room.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    pub(super) async fn accept_tcp(self, listener: TcpListener, tls: Option<ServerTls>) {
        let role = tls.map_or(TlsRole::None, |tls| TlsRole::Server(tls.0));
        self.accept(listener, |shared, stream| {
            shared.start(TcpWire::new(Limits::default()), TcpCarrier::new(stream, role.clone()));
        })
        .await;
    }

    pub(super) async fn accept_http(
        self,
        listener: TcpListener,
        manager: Arc<Manager>,
        tls: Option<ServerTls>,
    ) {
        self.accept(listener, |shared, stream| {
            let manager = Arc::clone(&manager);
            let shutdown = shared.shutdown.clone();
            let _ = stream.set_nodelay(true);
            match &tls {
                None => shared.tasks.spawn(serve_http(stream, manager, false, shutdown)),
                Some(tls) => {
                    let accept = TlsAcceptor::from(Arc::clone(&tls.0.config)).accept(stream);
                    shared.tasks.spawn(async move {
                        if let Ok(Ok(stream)) = timeout(HTTP_PATIENCE, accept).await {
                            serve_http(stream, manager, true, shutdown).await;
                        }
                    });
                }
            }
        })
        .await;
    }
}

async fn serve_http(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    manager: Arc<Manager>,
    secure: bool,
    mut shutdown: watch::Receiver<bool>,
) {
    let service = service_fn(move |request| {
        let manager = Arc::clone(&manager);
        manager.serve(request, secure)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HTTP_PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // How a connection of HTTP ends tells nothing: sessions have timers of their own.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = raised(&mut shutdown) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
