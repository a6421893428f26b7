//! HTTP requests of a BOSH client, over hyper.

use std::{
    collections::HashMap,
    convert::Infallible,
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bosh_core::{BoshClient, CONTENT_TYPE, ClientOutput, HttpRequest, RequestId};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request,
    client::conn::http1::{self, SendRequest},
    header::{CONTENT_TYPE as TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use tokio::{
    sync::oneshot,
    task::{AbortHandle, JoinSet},
    time::timeout,
};

pub(crate) use super::endpoint::Endpoint;
use crate::{
    clock,
    drive::{Arrival, Carrier},
};

/// What is still under way at the end (the request that terminates the session) is awaited this long.
const LAST_REQUESTS: Duration = Duration::from_secs(5);
/// How long a request has for itself before the next one follows on another connection. Managers restore the order of
/// requests by their `rid`, and yet ejabberd (23.01) lets one that overtook an empty one lie until `wait` is over.
const HEAD_START: Duration = Duration::from_millis(25);
/// A session uses two connections, and one more while a request is broken off.
const IDLE: usize = 3;

pub(crate) struct BoshCarrier {
    http: Arc<Http>,
    exchanges: JoinSet<Exchange>,
    running: HashMap<RequestId, AbortHandle>,
    /// Closed when the last request has had its head start.
    last: Option<oneshot::Receiver<Infallible>>,
    /// Set by `shutdown`.
    end: Option<Instant>,
}

/// Dropped when the next request may follow.
type Turn = oneshot::Sender<Infallible>;

/// How a request ended: status and body, or why not.
type Exchange = (RequestId, Result<(u16, Bytes), String>);

struct Http {
    endpoint: Endpoint,
    /// More than this of a response is not read.
    limit: usize,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

impl BoshCarrier {
    /// `limit`: the largest response body in bytes that the wire takes.
    pub(crate) fn new(endpoint: Endpoint, limit: usize) -> Self {
        let http = Arc::new(Http { endpoint, limit, idle: Mutex::default() });
        Self { http, exchanges: JoinSet::new(), running: HashMap::new(), last: None, end: None }
    }
}

impl Carrier<BoshClient> for BoshCarrier {
    type Input = Exchange;

    fn send(&mut self, output: ClientOutput, _wire: &BoshClient) {
        match output {
            ClientOutput::Request(HttpRequest { id, body, .. }) => {
                let http = Arc::clone(&self.http);
                let (turn, last) = oneshot::channel();
                let previous = self.last.replace(last);
                let handle = self.exchanges.spawn(async move {
                    if let Some(previous) = previous {
                        // Nothing is ever sent: it is over when the other end is dropped.
                        let _ = previous.await;
                    }
                    (id, http.exchange(body, turn).await)
                });
                self.running.insert(id, handle);
            }
            // The task owns its connection: both go.
            ClientOutput::Abort(id) => {
                if let Some(handle) = self.running.remove(&id) {
                    handle.abort();
                }
            }
            // A later version of the machine may ask for more.
            _ => {}
        }
    }

    fn shutdown(&mut self, _wire: &BoshClient) {
        self.end = Some(clock::now() + LAST_REQUESTS);
    }

    async fn next(&mut self, read: bool) -> Arrival<Exchange> {
        loop {
            if self.end.is_some() && self.exchanges.is_empty() {
                return Arrival::Finished;
            }
            tokio::select! {
                done = self.exchanges.join_next(), if !self.exchanges.is_empty() && (read || self.end.is_some()) => {
                    // Aborted ones are of no interest.
                    if let Some(Ok(exchange)) = done {
                        self.running.remove(&exchange.0);
                        if self.end.is_none() {
                            return Arrival::Input(exchange);
                        }
                    }
                }
                () = clock::sleep_until(self.end) => self.exchanges.shutdown().await,
            }
        }
    }

    fn hand_in(&mut self, (id, outcome): Exchange, wire: &mut BoshClient, _now: Instant) {
        match outcome {
            Ok((status, body)) => wire.handle_response(id, status, &body),
            Err(reason) => wire.handle_failure(id, reason),
        }
    }
}

impl Http {
    async fn exchange(&self, body: Bytes, turn: Turn) -> Result<(u16, Bytes), String> {
        let mut request = Request::post(self.endpoint.path())
            .header(HOST, self.endpoint.authority())
            .header(TYPE, CONTENT_TYPE)
            .body(Full::new(body))
            .map_err(|error| error.to_string())?;
        let mut turn = Some(turn);
        loop {
            let (mut connection, fresh) = match self.take_idle() {
                Some(connection) => (connection, false),
                None => (self.connect().await?, true),
            };
            let mut response = pin!(connection.try_send_request(request));
            let outcome = if let Ok(outcome) = timeout(HEAD_START, response.as_mut()).await {
                outcome
            } else {
                drop(turn.take());
                response.await
            };
            match outcome {
                Ok(response) => {
                    drop(turn);
                    return self.receive(connection, response).await;
                }
                Err(mut error) => match error.take_message() {
                    // The other side closed it while it was idle; nothing was sent, so another one may carry it.
                    Some(unsent) if !fresh => request = unsent,
                    _ => return Err(http_reason(&error.into_error())),
                },
            }
        }
    }

    async fn receive(
        &self,
        connection: SendRequest<Full<Bytes>>,
        response: hyper::Response<hyper::body::Incoming>,
    ) -> Result<(u16, Bytes), String> {
        let status = response.status().as_u16();
        let mut incoming = response.into_body();
        let mut body = BytesMut::new();
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|error| http_reason(&error))?;
            if let Some(data) = frame.data_ref() {
                body.extend_from_slice(data);
            }
            if body.len() > self.limit {
                // The wire says so of a body one byte over its limit. The connection is dropped.
                body.truncate(self.limit + 1);
                return Ok((status, body.freeze()));
            }
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
        Ok((status, body.freeze()))
    }

    fn take_idle(&self) -> Option<SendRequest<Full<Bytes>>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(|connection| !connection.is_closed())
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let limit = self.endpoint.connect_timeout();
        let socket = timeout(limit, self.endpoint.connect())
            .await
            .map_err(|_| format!("{} did not answer within {limit:?}", self.endpoint.authority()))??;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(socket)).await.map_err(|error| http_reason(&error))?;
        // It ends with its sender, or when the other side closes; either is seen by the exchange.
        tokio::spawn(connection);
        poll_fn(|cx| sender.poll_ready(cx)).await.map_err(|error| http_reason(&error))?;
        Ok(sender)
    }
}

/// hyper's own words leave the cause to `source`.
fn http_reason(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
