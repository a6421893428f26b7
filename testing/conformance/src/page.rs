//! `CONFORMANCE.md` as text.

use std::fmt::Write as _;

use crate::report::Status;
use crate::{Group, Report};

const HEAD: &str = "\
# Conformance

What the specifications require of this project, and the tests that show it.

The requirements come from RFC 6120, 6121 and 7590 (XMPP), 7622 with 8264 and 8265 (addresses), 4422, 4616, 5802 and 7677
(SASL), 5929 and 9266 (channel binding), 7395 (WebSocket); from the XMPP extensions that the rows name, above all XEP-0124
1.11.2 and XEP-0206 1.4 (BOSH), XEP-0072 1.0.1 (SOAP), XEP-0323 and XEP-0325 (devices); and from XML 1.0 with its namespaces
and SOAP 1.1 and 1.2, on which these stand.

How to read a row:

- The level is that of the specification, `must` or `should`. A `note` is no demand but an erratum, a trap that others fell
  into, or a choice where the specification leaves one. A role follows where only one side has to do it: the client (who
  opens the stream, holds the BOSH session, makes the SOAP call) or the server (who answers).
- The last column names tests as `file::function`, the most special first; a file alone speaks for all tests in it. A
  function of a test folder that is no test itself is a check that the tests around it go through.
- **partly**: tests exist and show less than the whole requirement; the words say what is open.
- **not yet**: no test, and mostly no code. The words say what is missing.
- **not applicable**: nothing in this project could meet or miss it, with the reason.

This page is generated from the comments of the tests and three tables in `testing/conformance`; a test fails while it is
out of date:

```text
cargo run -p xmpp-conformance -- --write
```
";

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    shown: usize,
    partly: usize,
    not_yet: usize,
    not_applicable: usize,
}

impl Count {
    fn row(self) -> String {
        let Self { shown, partly, not_yet, not_applicable } = self;
        let all = shown + partly + not_yet + not_applicable;
        format!("{all} | {shown} | {partly} | {not_yet} | {not_applicable}")
    }
}

impl Report {
    /// The whole page.
    pub fn page(&self) -> String {
        let mut page = HEAD.to_owned();
        page.push_str("\n## Where it stands\n\n");
        page.push_str("| Group | Requirements | Shown | Partly | Not yet | Not applicable |\n");
        page.push_str("|---|--:|--:|--:|--:|--:|\n");
        for group in &self.tables.groups {
            let link = anchor(&group.title);
            let count = self.count([group]).row();
            let _ = writeln!(page, "| [{}](#{link}) | {count} |", group.title);
        }
        let _ = writeln!(page, "| All | {} |", self.count(&self.tables.groups).row());
        for group in &self.tables.groups {
            let _ = write!(page, "\n## {}\n\n", group.title);
            page.push_str("| Id | Specification | Requirement | Level | Shown by |\n|---|---|---|---|---|\n");
            for requirement in &group.requirements {
                let level = match requirement.role.as_str() {
                    "both" => requirement.level.clone(),
                    role => format!("{}, {role}", requirement.level),
                };
                let shown = shown(self.status(requirement));
                let (id, section, title) = (&requirement.id, &requirement.section, &requirement.title);
                let _ = writeln!(page, "| {id} | {section} | {title} | {level} | {shown} |");
            }
        }
        page
    }

    /// The counts in one line.
    pub fn summary(&self) -> String {
        let Count { shown, partly, not_yet, not_applicable } = self.count(&self.tables.groups);
        format!("{shown} shown, {partly} partly, {not_yet} not yet, {not_applicable} not applicable")
    }

    fn count<'a>(&self, groups: impl IntoIterator<Item = &'a Group>) -> Count {
        let mut count = Count::default();
        for requirement in groups.into_iter().flat_map(|group| &group.requirements) {
            *match self.status(requirement) {
                Status::Shown { open: None, .. } => &mut count.shown,
                Status::Shown { .. } => &mut count.partly,
                Status::NotYet(_) => &mut count.not_yet,
                Status::NotApplicable(_) => &mut count.not_applicable,
            } += 1;
        }
        count
    }
}

fn shown(status: Status<'_>) -> String {
    let (places, open) = match status {
        Status::Shown { places, open } => (places, open),
        Status::NotYet(reason) => return format!("**not yet**: {reason}"),
        Status::NotApplicable(reason) => return format!("**not applicable**: because {reason}"),
    };
    let open = open.map(|open| format!("**partly**: {open}. ")).unwrap_or_default();
    let mut named: Vec<_> = places.iter().take(3).map(|place| format!("`{place}`")).collect();
    if let more @ 1.. = places.len() - named.len() {
        named.push(format!("and {more} more"));
    }
    format!("{open}{}", named.join(", "))
}

/// The name that GitHub and others give to a heading.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}
