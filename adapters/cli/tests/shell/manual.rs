//! `xmpp completions` and `xmpp man`: what shells and manual readers make of it.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Stdio},
};

use crate::support::{command, run, run_with};

/// The commands that the help names.
fn commands() -> BTreeSet<String> {
    let help = run(command(&["--help"]));
    let lines = help.well().lines().skip_while(|line| *line != "Commands:").skip(1);
    // What a command is about may go on in the next line, further to the right.
    let names = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Whether a program is here that can check what was made.
fn is_here(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        eprintln!("skipped: there is no {program}");
    }
    found
}

/// Each command and its options stand in the script, which the shell can read.
#[test]
fn completions() {
    for (shell, check) in [
        ("bash", &["-n"][..]),
        ("zsh", &["-n"]),
        ("fish", &["--no-execute"]),
        ("elvish", &["-compileonly"]),
        ("powershell", &[]),
    ] {
        let ended = run(command(&["completions", shell]));
        let script = ended.well();
        for name in commands() {
            assert!(script.contains(&name), "{shell}: {name}");
        }
        assert!(script.contains("recipient-resource"), "{shell}");
        if !check.is_empty() && is_here(shell) {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("script");
            fs::write(&file, script).unwrap();
            let checked = Command::new(shell).args(check).arg(&file).output().unwrap();
            assert!(checked.status.success() && checked.stderr.is_empty(), "{shell}: {checked:?}");
        }
    }
    run(command(&["completions"])).fails(2, &["<SHELL>"]);
}

/// In bash the script completes commands, options and their values.
#[test]
fn completions_complete() {
    if !is_here("bash") {
        return;
    }
    let script = run(command(&["completions", "bash"])).well().to_owned();
    for (words, completed) in [
        (&["xmpp", "pi"][..], &["ping"][..]),
        (&["xmpp", "ping", "--conn"], &["--connect-timeout"]),
        (&["xmpp", "ping", "--tls", ""], &["disabled", "if-possible", "required"]),
    ] {
        let line = format!(
            "{script}\nCOMP_WORDS=({})\nCOMP_CWORD={}\n_xmpp xmpp \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\" | sort\n",
            words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
            words.len() - 1
        );
        let bash = run_with(Command::new("bash"), &line);
        assert_eq!(bash.well().lines().collect::<Vec<_>>(), completed, "{words:?}");
    }
}

/// A page for the program and for each command, alone and in a folder, and nothing that troff complains about.
#[test]
fn pages() {
    let dir = tempfile::tempdir().unwrap();
    // The folder is made.
    let folder = dir.path().join("man/man1");
    assert_eq!(run(command(&["man", "--dir", &folder.display().to_string()])).well(), "");
    let groff = is_here("groff");
    for name in commands().iter().map(String::as_str).chain([""]) {
        let file = folder.join(if name.is_empty() { "xmpp.1".to_owned() } else { format!("xmpp-{name}.1") });
        let page = fs::read_to_string(&file).unwrap();
        let mut alone = command(&["man"]);
        alone.args((!name.is_empty()).then_some(name));
        assert_eq!(run(alone).well().trim_end(), page.trim_end(), "{name}");
        if groff {
            let formatted = Command::new("groff")
                .args(["-man", "-Tutf8", "-P-cbou", "-ww", "-rLL=78n"])
                .arg(&file)
                .output()
                .unwrap();
            assert!(formatted.status.success() && formatted.stderr.is_empty(), "{name}: {formatted:?}");
            let text = String::from_utf8(formatted.stdout).unwrap();
            for part in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"] {
                assert!(text.contains(part), "{name}: no {part} in\n{text}");
            }
        }
    }
}

#[test]
fn pages_that_do_not_exist() {
    run(command(&["man", "dance"]))
        .fails(2, &["there is no command \"dance\"; there is: ", "ping", "request"]);
    run(command(&["man", "--dir", "/proc/nowhere"])).fails(2, &["/proc/nowhere: "]);
    run(command(&["man", "ping", "--dir", "/tmp"])).fails(2, &["cannot be used with"]);
}
