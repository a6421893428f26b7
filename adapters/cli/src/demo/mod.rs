//! `xmpp demo`: the whole road once, each step told.

mod app;
mod calls;
mod cast;
mod place;
mod steps;

use std::{fmt, future::Future, time::Duration};

use tokio::time::{Instant, timeout_at};

use crate::{args::DemoArgs, clock, tell::Tell};

use place::Place;
use steps::Demo;

/// How long one step may take.
const STEP: Duration = Duration::from_secs(5);

/// How long one connection, login or answer may take: less than a step, so that what is missing can be named.
const PATIENCE: Duration = Duration::from_secs(4);

/// How long all of them may take.
const ALL: Duration = Duration::from_secs(9);

/// How long saying goodbye may take, on top of that.
const GOODBYE: Duration = Duration::from_millis(800);

/// Which step failed, and why.
#[derive(Debug)]
pub(crate) struct Failure {
    step: &'static str,
    cause: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the step {:?} failed: {}", self.step, self.cause)
    }
}

/// Keeps each step, and all of them together, from waiting for ever.
#[derive(Clone, Copy, Debug)]
struct Limit {
    all: Instant,
}

impl Limit {
    fn new() -> Self {
        Self { all: Instant::from_std(clock::now() + ALL) }
    }

    async fn step<T>(
        self,
        step: &'static str,
        work: impl Future<Output = Result<T, String>>,
    ) -> Result<T, Failure> {
        let deadline = self.all.min(Instant::from_std(clock::now() + STEP));
        let outcome = match timeout_at(deadline, work).await {
            Ok(outcome) => outcome,
            Err(_) if deadline == self.all => Err(format!("all steps together took longer than {ALL:?}")),
            Err(_) => Err(format!("it took longer than {STEP:?}")),
        };
        outcome.map_err(|cause| Failure { step, cause })
    }
}

/// Runs every step.
///
/// # Errors
/// The first step that failed.
pub(crate) async fn run(args: DemoArgs, tell: &Tell) -> Result<(), Failure> {
    let limit = Limit::new();
    tell.line("A device and an application talk over XMPP.");
    let place = limit.step("start", Place::find(args, tell)).await?;
    let mut demo = limit.step("login", Demo::log_in(&place, tell)).await?;
    let outcome = demo.run(limit).await;
    // Streams that do not end in order are of no use to tell about: every step has shown its outcome.
    let _ = timeout_at(Instant::from_std(clock::now() + GOODBYE), demo.close()).await;
    place.close();
    if outcome.is_ok() {
        tell.line("\nEvery step went well.");
    }
    outcome
}
