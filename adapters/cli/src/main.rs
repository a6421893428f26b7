//! The program `xmpp`: puts the machines of this project into a person's hands.
#![allow(clippy::doc_markdown, reason = "the help shows the docs of options as they stand")]

mod account;
mod actor;
mod args;
mod aside;
mod caller;
mod clock;
mod commands;
mod demo;
mod device;
mod driver;
mod exit;
mod input;
mod locate;
mod online;
mod paint;
mod prompt;
mod random;
mod secret;
mod signals;
mod tell;
mod usage;

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;

use args::{Args, Command};
use aside::Aside;
use exit::{Exit, Failure};
use paint::{Colour, Paint};
use tell::Tell;
use usage::Answer;

/// Where a command tells what it has to tell.
#[derive(Clone)]
pub(crate) struct Stage {
    /// Standard output: what was asked for.
    pub(crate) out: Tell,
    /// Standard error: everything else.
    pub(crate) aside: Aside,
}

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return answer(&error),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(Err(format!("the operating system failed: {error}").into())),
    };
    let stage = Stage { out: Tell::new(io::stdout(), args.verbose > 0), aside: Aside::new(args.verbose) };
    let outcome = runtime.block_on(async {
        let outcome = Box::pin(run(args.command, &stage)).await;
        // What was told comes before why it ended.
        let told = tokio::select! {
            told = finish(&stage) => told,
            () = signals::wanted_to_end() => Err(Failure::interrupted()),
        };
        outcome.and(told)
    });
    // A name that is still being resolved, or a reader who takes nothing, must not hold the program back.
    runtime.shutdown_background();
    end(outcome)
}

/// Waits until everything that was told is written.
async fn finish(stage: &Stage) -> Result<(), Failure> {
    let stage = stage.clone();
    let writing = tokio::task::spawn_blocking(move || {
        let told = stage.out.finish();
        stage.aside.finish();
        told
    });
    // It does not panic, and nobody aborts it.
    writing.await.unwrap_or(Ok(())).map_err(Failure::from)
}

async fn run(command: Command, stage: &Stage) -> Result<(), Failure> {
    match command {
        Command::Demo(args) => demo::run(args, &stage.out)
            .await
            .map_err(|failure| Failure::new(Exit::Other, failure.to_string())),
        Command::Serve(args) => commands::serve::run(args, stage).await,
        Command::Device(args) => commands::device::run(args, stage).await,
        Command::Register(args) => commands::register::run(args, stage).await,
        Command::Ping(args) => commands::ping::run(args, stage).await,
        Command::Send(args) => commands::send::run(args, stage).await,
        Command::Chat(args) => commands::chat::run(args, stage).await,
        Command::Console(args) => commands::console::run(args, stage).await,
        Command::Soap(args) => commands::soap::run(args, stage).await,
        Command::Roster(args) => commands::roster::run(args, stage).await,
        Command::Request(args) => commands::request::run(args, stage).await,
        Command::Completions(args) => {
            commands::manual::completions(&args, stage);
            Ok(())
        }
        Command::Man(args) => commands::manual::man(&args, stage),
    }
}

/// Help, or what is wrong with the command line.
fn answer(error: &clap::Error) -> ExitCode {
    let arguments: Vec<String> =
        env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    match usage::explain(error, &arguments) {
        Answer::Help => {
            // Coloured where that is wanted. Who closed the pipe has read enough.
            let told = error.print().and_then(|()| io::stdout().flush());
            end(told.or_else(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => Ok(()),
                _ => Err(Failure::from(tell::unwritten(&error))),
            }))
        }
        Answer::Lost(help) => {
            let _ = write!(io::stderr(), "{help}");
            ExitCode::from(Exit::Usage as u8)
        }
        Answer::Mistake(why) => end(Err(Failure::usage(why))),
    }
}

fn end(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let line = tell::one_line(&failure.to_string());
            let line = Paint::on(&io::stderr()).paint(Colour::Red, &format!("xmpp: {line}"));
            // When nobody listens there either, the exit code still tells.
            let _ = writeln!(io::stderr(), "{line}");
            ExitCode::from(failure.exit as u8)
        }
    }
}
