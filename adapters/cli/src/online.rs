//! From an account to work on a stream, and to its proper end whatever comes between.

use std::{future::Future, time::Duration};

use tokio::time::timeout;
use xmpp_core::SessionConfig;
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
    let connector = account.connector(session)?.trace(aside.trace("xmpp"));
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
    let mut client = unless_interrupted(log_in(account, session, aside)).await?;
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
