//! A prompt on a screen, with line editing; what is told meanwhile is printed above it.

use std::{io, path::PathBuf, sync::mpsc as std_mpsc, thread, time::Duration};

use rustyline::{
    ColorMode, CompletionType, Config, Editor, ExternalPrinter, error::ReadlineError, history::FileHistory,
};
use tokio::sync::mpsc;

use super::{Options, helper::Editing, history};
use crate::{Stage, exit::Failure, paint::Paint, tell::Printer};

/// How long may be waited until everything stands above the prompt before that is taken away.
const PATIENCE: Duration = Duration::from_millis(500);

/// The prompt's thread, seen from outside.
pub(super) struct Terminal {
    asks: std_mpsc::Sender<String>,
    /// A line is being typed, and the thread has changed the modes of the terminal.
    typing: bool,
    modes: modes::Modes,
    stage: Stage,
}

impl Terminal {
    /// `None`: the terminal is none on which a cursor can be moved.
    pub(super) fn open(
        options: Options,
        stage: &Stage,
        lines: mpsc::Sender<Result<String, Failure>>,
    ) -> Option<Self> {
        let modes = modes::Modes::now()?;
        let (ready, see_ready) = std_mpsc::channel();
        let (asks, see_asks) = std_mpsc::channel();
        thread::spawn(move || {
            if let Ok((line, printers)) = Line::new(options)
                && ready.send(printers).is_ok()
            {
                line.run(&see_asks, &lines);
            }
        });
        let [out, aside] = see_ready.recv().ok()?;
        stage.out.through(Some(out));
        stage.aside.through(Some(aside));
        Some(Self { asks, typing: false, modes, stage: stage.clone() })
    }

    /// What was told before stands before the prompt.
    pub(super) fn ask(&mut self, prompt: &str) {
        self.stage.out.settle(PATIENCE);
        self.stage.aside.settle(PATIENCE);
        self.typing = self.asks.send(prompt.to_owned()).is_ok();
    }

    pub(super) fn answered(&mut self) {
        self.typing = false;
    }
}

/// Whatever ends the command, the terminal is as it was.
impl Drop for Terminal {
    fn drop(&mut self) {
        self.stage.out.settle(PATIENCE);
        self.stage.aside.settle(PATIENCE);
        self.stage.out.through(None);
        self.stage.aside.through(None);
        self.stage.out.settle(PATIENCE);
        if self.typing {
            // The thread waits for a key, and nothing but a key ends that.
            self.modes.restore();
        }
    }
}

struct Line {
    editor: Editor<Editing, FileHistory>,
    history: Option<PathBuf>,
}

impl Line {
    fn new(options: Options) -> rustyline::Result<(Self, [Printer; 2])> {
        let config = Config::builder()
            // Lines that begin with a space are not kept, as in shells.
            .history_ignore_space(true)
            .history_ignore_dups(true)?
            .max_history_size(1000)?
            .completion_type(CompletionType::List)
            // Nothing may ask questions in between: what arrives would have to wait.
            .completion_prompt_limit(usize::MAX)
            .color_mode(ColorMode::Enabled)
            .build();
        let mut editor = Editor::with_config(config)?;
        let printers = [printer(&mut editor)?, printer(&mut editor)?];
        editor.set_helper(Some(Editing::new(options.words, options.goes_on, Paint::stdout())));
        let history = options.history.and_then(history::file);
        if let Some(file) = &history {
            // One that cannot be read is begun anew.
            let _ = editor.load_history(file);
        }
        Ok((Self { editor, history }, printers))
    }

    fn run(mut self, asks: &std_mpsc::Receiver<String>, lines: &mpsc::Sender<Result<String, Failure>>) {
        while let Ok(prompt) = asks.recv() {
            let line = match self.editor.readline(&prompt) {
                Ok(line) => {
                    self.remember(&line);
                    Ok(line)
                }
                Err(ReadlineError::Interrupted | ReadlineError::Eof) => return,
                Err(error) => Err(Failure::from(format!("the terminal failed: {error}"))),
            };
            let last = line.is_err();
            if lines.blocking_send(line).is_err() || last {
                return;
            }
        }
    }

    fn remember(&mut self, line: &str) {
        // A history that cannot be kept is no reason to stop.
        if !line.trim().is_empty()
            && self.editor.add_history_entry(line).unwrap_or_default()
            && let Some(file) = &self.history
        {
            let _ = self.editor.append_history(file);
        }
    }
}

fn printer(editor: &mut Editor<Editing, FileHistory>) -> rustyline::Result<Printer> {
    let mut printer = editor.create_external_printer()?;
    Ok(Box::new(move |mut line| {
        line.push('\n');
        printer.print(line).map_err(io::Error::other)
    }))
}

#[cfg(unix)]
mod modes {
    //! The modes of a terminal, to be restored while a thread waits for its keys.

    use std::{
        io::{self, Write},
        thread,
        time::Duration,
    };

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    pub(super) struct Modes(Termios);

    impl Modes {
        pub(super) fn now() -> Option<Self> {
            tcgetattr(io::stdin()).ok().map(Self)
        }

        pub(super) fn restore(&self) {
            // A thread that was asked just now may not have changed them yet, and must not do so afterwards.
            for _ in 0..100 {
                match tcgetattr(io::stdin()) {
                    Ok(modes) if modes.local_modes.contains(LocalModes::ICANON) => {
                        thread::sleep(Duration::from_millis(1));
                    }
                    _ => break,
                }
            }
            // Nothing can be done about a terminal that is gone.
            let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &self.0);
            // Bracketed paste off, and off the line with the prompt.
            let _ = io::stdout().write_all(b"\x1b[?2004l\n");
            let _ = io::stdout().flush();
        }
    }
}

#[cfg(not(unix))]
mod modes {
    //! Consoles of other systems restore their modes themselves.

    pub(super) struct Modes;

    impl Modes {
        pub(super) fn now() -> Option<Self> {
            Some(Self)
        }

        pub(super) fn restore(&self) {
            println!();
        }
    }
}
