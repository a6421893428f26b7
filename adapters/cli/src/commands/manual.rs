//! `xmpp man` and `xmpp completions`: what distributions and shells want of a program.

use std::{fs, path::PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::{Stage, args::Args, exit::Failure};

const MAN_EXAMPLES: &str = "\
Examples:
  xmpp man | man -l -           # the page of the program
  xmpp man request | man -l -   # the page of a command
  xmpp man --dir ~/.local/share/man/man1
  man xmpp-request";

/// Prints the manual page of the program or of a command.
#[derive(Debug, clap::Args)]
#[command(after_help = MAN_EXAMPLES)]
pub(crate) struct ManArgs {
    /// The command.
    #[arg(value_name = "COMMAND")]
    command: Option<String>,

    /// Writes all pages into this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    dir: Option<PathBuf>,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  mkdir -p ~/.local/share/bash-completion/completions
  xmpp completions bash > ~/.local/share/bash-completion/completions/xmpp
  xmpp completions zsh > \"${fpath[1]}/_xmpp\"
  xmpp completions fish > ~/.config/fish/completions/xmpp.fish";

/// Prints the script by which a shell completes commands and options.
#[derive(Debug, clap::Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

pub(crate) fn man(args: &ManArgs, stage: &Stage) -> Result<(), Failure> {
    let mut program = Args::command();
    program.build();
    if let Some(dir) = &args.dir {
        fs::create_dir_all(dir).map_err(|error| Failure::file(dir, &error))?;
        write(&program, dir)?;
        for command in program.get_subcommands() {
            write(command, dir)?;
        }
        return Ok(());
    }
    let page = match &args.command {
        None => render(&program),
        Some(name) => {
            let found = program.find_subcommand(name);
            render(found.ok_or_else(|| {
                let known: Vec<_> = program.get_subcommands().map(Command::get_name).collect();
                Failure::usage(format!("there is no command {name:?}; there is: {}", known.join(", ")))
            })?)
        }
    };
    stage.out.data(page.trim_end());
    Ok(())
}

fn write(command: &Command, dir: &std::path::Path) -> Result<(), Failure> {
    let path = dir.join(Man::new(page(command)).get_filename());
    fs::write(&path, render(command)).map_err(|error| Failure::file(&path, &error))
}

fn render(command: &Command) -> String {
    let mut text = Vec::new();
    // Into memory, which does not fail.
    let _ = Man::new(page(command)).render(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Under the name by which its page is found: `xmpp-request`.
fn page(command: &Command) -> Command {
    let name = command.get_bin_name().unwrap_or(command.get_name()).replace(' ', "-");
    command.clone().name(name)
}

pub(crate) fn completions(args: &CompletionsArgs, stage: &Stage) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), env!("CARGO_BIN_NAME"), &mut script);
    stage.out.data(String::from_utf8_lossy(&script).trim_end());
}
