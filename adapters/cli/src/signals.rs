//! Ctrl-C, and what service managers send in its place.

use std::future::Future;

use tokio::signal;

use crate::exit::Failure;

/// Waits until somebody wants the program to end.
pub(crate) async fn wanted_to_end() {
    #[cfg(unix)]
    {
        use signal::unix::{SignalKind, signal};
        // Where a signal cannot be listened to it ends the program as it always did.
        let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// From now on Ctrl-C no longer ends the program by itself: at a prompt the terminal must get its echo back first, and
/// the prompt tells that it was interrupted.
pub(crate) fn hold_interrupt() {
    // Where that cannot be done it ends the program as it always did.
    #[cfg(unix)]
    let _ = signal::unix::signal(signal::unix::SignalKind::interrupt());
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
