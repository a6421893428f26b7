//! The program `xmpp`: puts the machines of this project into a person's hands.

mod args;
mod clock;
mod demo;
mod device;
mod driver;
mod secret;
mod tell;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the operating system failed: {error}"))
        .and_then(|runtime| {
            let outcome = runtime.block_on(run(args.command));
            // A name that is still being resolved must not hold the program back.
            runtime.shutdown_background();
            outcome
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // When nobody listens there either, the exit code still tells.
            let _ = writeln!(io::stderr(), "xmpp: {}", tell::one_line(&why));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Demo(args) => {
            let tell = tell::Tell::new(io::stdout(), args.verbose);
            let outcome = demo::run(args, &tell).await.map_err(|failure| failure.to_string());
            // What was told comes before why it ended.
            let told = tell.finish();
            outcome.and(told)
        }
    }
}
