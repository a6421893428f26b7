//! A terminal that does not show what is typed, and shows it again however the question ends.

use std::io;

/// Asks while the terminal on standard input shows nothing. Ctrl-C and SIGTERM end the program then and there, since
/// nothing else is under way while a password is awaited.
///
/// The library that asks sets the terminal up after its question is shown, when somebody may be typing already, and leaves
/// it like that when a signal ends the program.
#[cfg(unix)]
pub(super) fn quietly<T>(ask: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

    struct Echo(Termios);
    impl Echo {
        fn back(&self) {
            // A terminal that is gone shows nothing any more.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        }
    }
    impl Drop for Echo {
        fn drop(&mut self) {
            self.back();
        }
    }

    let before = tcgetattr(io::stdin())?;
    let watch = watch({
        let echo = Echo(before.clone());
        move || echo.back()
    });
    let mut quiet = before.clone();
    // As the library is about to set it: nothing is shown, and each key comes as it is.
    quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
    quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
    quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
    let _echo = Echo(before);
    tcsetattr(io::stdin(), OptionalActions::Now, &quiet)?;
    let answer = ask();
    if let Some(watch) = watch {
        // A key that interrupts has become a signal, which the watch is about to see.
        let seen = answer.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted);
        watch.end(seen);
    }
    answer
}

/// Waits for a signal in a thread of its own, while another one waits for keys.
#[cfg(unix)]
struct Watch {
    done: tokio::sync::oneshot::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

#[cfg(unix)]
impl Watch {
    /// `seen`: there was a signal, and the program ends before this does.
    fn end(self, seen: bool) {
        let Self { done, thread } = self;
        if !seen {
            let _ = done.send(());
        }
        let _ = thread.join();
    }
}

/// `None`: the system has no room for it, and signals end the program as they always did.
#[cfg(unix)]
fn watch(before_the_end: impl FnOnce() + Send + 'static) -> Option<Watch> {
    use crate::{
        exit::{Exit, Failure},
        signals::Ending,
    };

    let (done, is_done) = tokio::sync::oneshot::channel();
    let (ready, is_ready) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let watching = std::thread::Builder::new().spawn(move || {
        runtime.block_on(async {
            let mut ending = Ending::listen();
            let _ = ready.send(());
            tokio::select! {
                () = ending.wanted() => {
                    before_the_end();
                    // The question stands on a line that has not ended.
                    eprintln!("\nxmpp: {}", Failure::interrupted());
                    std::process::exit(Exit::Interrupted as i32);
                }
                _ = is_done => {}
            }
        });
    });
    let watch = Watch { done, thread: watching.ok()? };
    let _ = is_ready.recv();
    Some(watch)
}

/// Elsewhere the library that asks does what can be done.
#[cfg(not(unix))]
pub(super) fn quietly<T>(ask: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    ask()
}
