//! From an account to work on a stream, and to its proper end whatever comes between.

use std::{
    future::Future,
    io::{self, IsTerminal},
    time::Duration,
};

use tokio::time::timeout;
use xmpp_core::{Direction, Item, SessionConfig};
use xmpp_tokio::{Client, Event};

use crate::{
    account::Account,
    aside::Aside,
    exit::{Exit, Failure},
    signals::{unless_interrupted, wanted_to_end},
};

/// How long a goodbye may take on top of what the stream itself allows.
const GOODBYE: Duration = Duration::from_secs(3);

/// Logs in.
pub(crate) async fn log_in(
    account: &Account,
    session: SessionConfig,
    aside: &Aside,
) -> Result<Client, Failure> {
    log_in_traced(account, session, aside, |_, _| ()).await
}

async fn log_in_traced(
    account: &Account,
    session: SessionConfig,
    aside: &Aside,
    trace: impl Fn(Direction, &Item) + Send + Sync + 'static,
) -> Result<Client, Failure> {
    let told = aside.trace("xmpp");
    let connector = account.connector(session)?.trace(move |direction, item| {
        told(direction, item);
        trace(direction, item);
    });
    aside.step(format_args!("connects to {} as {}", account.place(), account.address()));
    let _progress = aside.progress(format!("logging in at {}", account.place()));
    Ok(match &account.bosh {
        Some(url) => connector.bosh(url).await?,
        None => connector.connect().await?,
    })
}

/// Logs in, works, and closes the stream in good order. Ctrl-C ends the work.
pub(crate) async fn online<T>(
    account: &Account,
    session: SessionConfig,
    aside: &Aside,
    work: impl AsyncFnOnce(&mut Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let client = unless_interrupted(log_in(account, session, aside)).await?;
    work_and_close(client, work).await
}

/// The same for what lasts until a person ends it: losing the connection is told as that, whatever the cause, and Ctrl-C
/// is the end if a person is there to press it. `trace` sees everything that is said, the login included.
pub(crate) async fn stay_online(
    account: &Account,
    session: SessionConfig,
    aside: &Aside,
    trace: impl Fn(Direction, &Item) + Send + Sync + 'static,
    work: impl AsyncFnOnce(&mut Client) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let client = unless_interrupted(log_in_traced(account, session, aside, trace)).await?;
    match work_and_close(client, work).await {
        Err(failure) if failure.exit == Exit::Interrupted && io::stdin().is_terminal() => Ok(()),
        Err(failure) if matches!(failure.exit, Exit::Connection | Exit::Timeout) => Err(Failure {
            exit: Exit::Connection,
            why: format!("the connection is lost: {}", failure.why),
            ..failure
        }),
        outcome => outcome,
    }
}

async fn work_and_close<T>(
    mut client: Client,
    work: impl AsyncFnOnce(&mut Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let outcome = unless_interrupted(work(&mut client)).await;
    let outcome = match outcome {
        Err(failure) if failure.exit == Exit::Connection => Err(cause(&mut client, failure).await),
        outcome => outcome,
    };
    close(client).await;
    outcome
}

/// Says goodbye. Who is in a hurry presses Ctrl-C again.
pub(crate) async fn close(client: Client) {
    within_goodbye(client.close()).await;
}

/// Waits for a goodbye, but not for ever.
pub(crate) async fn within_goodbye(goodbye: impl Future<Output = ()>) {
    tokio::select! {
        _ = timeout(GOODBYE, goodbye) => {}
        () = wanted_to_end() => {}
    }
}

/// When work failed because the stream is over, why it is over tells more.
pub(crate) async fn cause(client: &mut Client, failure: Failure) -> Failure {
    let last = async {
        while let Some(event) = client.next().await {
            if let Event::Closed(Err(error)) = event {
                return Some(Failure::from(&error));
            }
        }
        None
    };
    tokio::select! {
        last = timeout(GOODBYE, last) => last.ok().flatten().unwrap_or(failure),
        () = wanted_to_end() => failure,
    }
}
