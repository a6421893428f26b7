//! The connection manager as an HTTP service: finds the session of a request.

use std::{
    collections::HashMap,
    error, fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bosh_core::{
    Body, BoshSession, Farewell, RequestId, SessionConfig,
    manager::{self, Addressed},
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming as Upload,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use xmpp_core::{entropy::Entropy, xml::Limits};

use super::{
    bosh::{Answer, Incoming, SessionCarrier},
    tasks::Tasks,
};
use crate::drive::raised;

/// Where clients expect a manager: the usual path, ejabberd's old one, and a short one.
const PATHS: [&str; 3] = ["/http-bind", "/httpbind", "/bosh"];

/// Starts the task of a new session.
pub(super) type Start = dyn Fn(BoshSession, SessionCarrier) + Send + Sync;

pub(super) struct Manager {
    start: Box<Start>,
    tasks: Tasks,
    shutdown: watch::Receiver<bool>,
    sessions: Mutex<HashMap<String, Entry>>,
    sids: Mutex<Entropy>,
    requests: AtomicU64,
}

struct Entry {
    /// It was created over TLS, so that nothing of it may come in clear.
    secure: bool,
    state: State,
}

enum State {
    Live(mpsc::UnboundedSender<Incoming>),
    Over(Farewell),
}

/// How long the body of a request may take.
const UPLOAD: Duration = Duration::from_secs(30);

/// A request that deserves no answer: the connection is closed.
#[derive(Debug)]
pub(super) struct Hangup;

impl fmt::Display for Hangup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request gets no answer")
    }
}

impl error::Error for Hangup {}

/// Tells the session when the connection of its request goes away before the answer.
struct Guard {
    id: RequestId,
    session: mpsc::UnboundedSender<Incoming>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A session that is over needs no telling; one that has answered ignores it.
        let _ = self.session.send(Incoming::Gone(self.id));
    }
}

impl Manager {
    pub(super) fn new(
        seed: [u8; 32],
        tasks: Tasks,
        shutdown: watch::Receiver<bool>,
        start: Box<Start>,
    ) -> Self {
        Self {
            start,
            tasks,
            shutdown,
            sessions: Mutex::default(),
            sids: Mutex::new(Entropy::new(seed)),
            requests: AtomicU64::new(0),
        }
    }

    /// Answers one HTTP request. `secure`: it came over TLS.
    pub(super) async fn serve(
        self: Arc<Self>,
        request: Request<Upload>,
        secure: bool,
    ) -> Result<Response<Full<Bytes>>, Hangup> {
        if !PATHS.contains(&request.uri().path()) {
            return Ok(text(
                StatusCode::NOT_FOUND,
                "There is nothing here. The connection manager is at /http-bind.\n",
            ));
        }
        let (head, upload) = request.into_parts();
        let limits = Limits::default();
        let upload = Limited::new(upload, limits.stanza_bytes).collect();
        let Ok(upload) = timeout(UPLOAD, upload).await.map_err(|_| Hangup)? else {
            return Ok(text(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large or was cut.\n"));
        };
        let answer = match manager::read_with(head.method.as_str(), &upload.to_bytes(), limits) {
            Ok(body) => match self.hand_over(body, secure).await? {
                Some(answer) => return Ok(reply(answer)),
                None => manager::unknown_session(),
            },
            Err(answer) => answer,
        };
        Ok(respond(answer.status, answer.content_type(), answer.body.clone(), answer.headers))
    }

    /// `None`: there is no such session.
    async fn hand_over(self: &Arc<Self>, body: Body, secure: bool) -> Result<Option<Answer>, Hangup> {
        let id = RequestId(self.requests.fetch_add(1, Ordering::Relaxed));
        let session = match manager::addressed(&body) {
            Addressed::New => self.create(secure),
            Addressed::Session(sid) => match self.sessions().get_mut(sid) {
                None => return Ok(None),
                // XEP-0124 §19.1: the connection is closed, and the session goes on.
                Some(entry) if entry.secure && !secure => return Err(Hangup),
                Some(Entry { state: State::Live(session), .. }) => session.clone(),
                Some(Entry { state: State::Over(farewell), .. }) => {
                    let reply = farewell.reply(id, &body);
                    return Ok(Some(Answer { reply, content_type: bosh_core::CONTENT_TYPE.to_owned() }));
                }
            },
        };
        let (answer, answered) = oneshot::channel();
        let guard = Guard { id, session };
        if guard.session.send(Incoming::Request { id, body: Box::new(body), answer }).is_err() {
            return Ok(None);
        }
        let answer = answered.await.ok();
        drop(guard);
        Ok(answer)
    }

    fn create(self: &Arc<Self>, secure: bool) -> mpsc::UnboundedSender<Incoming> {
        let sid = self.sids.lock().unwrap_or_else(PoisonError::into_inner).token();
        let (session, incoming) = mpsc::unbounded_channel();
        let (over, last_word) = oneshot::channel();
        let entry = Entry { secure, state: State::Live(session.clone()) };
        self.sessions().insert(sid.clone(), entry);
        let wire = BoshSession::new(SessionConfig::new(sid.clone(), secure));
        (self.start)(wire, SessionCarrier::new(incoming, over));
        self.tasks.spawn(Arc::clone(self).forget(sid, secure, last_word));
        session
    }

    /// Keeps the last word of a session as long as it asks for.
    async fn forget(self: Arc<Self>, sid: String, secure: bool, last_word: oneshot::Receiver<Farewell>) {
        if let Ok(farewell) = last_word.await {
            let keep = Duration::from_secs(farewell.seconds().into());
            self.sessions().insert(sid.clone(), Entry { secure, state: State::Over(farewell) });
            let mut shutdown = self.shutdown.clone();
            tokio::select! {
                () = tokio::time::sleep(keep) => {}
                () = raised(&mut shutdown) => {}
            }
        }
        self.sessions().remove(&sid);
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reply(answer: Answer) -> Response<Full<Bytes>> {
    let Answer { reply, content_type } = answer;
    respond(reply.status, &content_type, reply.body, manager::unknown_session().headers)
}

fn text(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    respond(status.as_u16(), "text/plain; charset=utf-8", Bytes::from_static(text.as_bytes()), &[])
}

fn respond(
    status: u16,
    content_type: &str,
    body: Bytes,
    headers: &'static [(&'static str, &'static str)],
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(content_type) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    for (name, value) in headers {
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    }
    response
}
