//! Ctrl-C, and what service managers send in its place.

use std::future::Future;

use tokio::signal;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind};

use crate::exit::Failure;

/// Hears, from when it is made on, that somebody wants the program to end.
pub(crate) struct Ending {
    #[cfg(unix)]
    signals: Option<(Signal, Signal)>,
}

impl Ending {
    pub(crate) fn listen() -> Self {
        Self {
            // Where a signal cannot be listened to it ends the program as it always did.
            #[cfg(unix)]
            signals: signal::unix::signal(SignalKind::interrupt())
                .and_then(|interrupt| Ok((interrupt, signal::unix::signal(SignalKind::terminate())?)))
                .ok(),
        }
    }

    /// Waits until somebody wants it, which may have been since this was made.
    pub(crate) async fn wanted(&mut self) {
        #[cfg(unix)]
        match &mut self.signals {
            Some((interrupt, terminate)) => {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            None => std::future::pending().await,
        }
        #[cfg(not(unix))]
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Waits until somebody wants the program to end.
pub(crate) async fn wanted_to_end() {
    Ending::listen().wanted().await;
}

/// Works until it is done, or until somebody wants the program to end. What was begun is dropped then.
pub(crate) async fn unless_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        outcome = work => outcome,
        () = wanted_to_end() => Err(Failure::interrupted()),
    }
}
