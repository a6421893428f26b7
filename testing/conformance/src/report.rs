use std::collections::BTreeMap;

use crate::{Mentions, Requirement, Tables};

/// The tables beside what the sources say.
#[derive(Debug, Clone)]
pub struct Report {
    pub(crate) tables: Tables,
    sources: BTreeMap<String, Mentions>,
    /// The places that show a requirement, most telling first.
    places: BTreeMap<String, Vec<String>>,
}

/// How a requirement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status<'a> {
    Shown { places: &'a [String], open: Option<&'a str> },
    NotYet(&'a str),
    NotApplicable(&'a str),
}

impl Report {
    /// Compares. The sources are known by their paths from the root of the workspace.
    pub fn new(tables: Tables, sources: BTreeMap<String, Mentions>) -> Self {
        let mut found: BTreeMap<String, Vec<(bool, usize, String)>> = BTreeMap::new();
        for (path, mentions) in &sources {
            for evidence in &mentions.evidence {
                let place = match &evidence.function {
                    Some(function) => format!("{path}::{function}"),
                    None => path.clone(),
                };
                for id in &evidence.ids {
                    // A test of one requirement tells more about it than a test of ten, and a whole file least.
                    let rank = (evidence.function.is_none(), evidence.ids.len(), place.clone());
                    found.entry(id.clone()).or_default().push(rank);
                }
            }
        }
        let places = found.into_iter().map(|(id, mut ranked)| {
            ranked.sort();
            ranked.dedup();
            (id, ranked.into_iter().map(|(.., place)| place).collect())
        });
        Self { places: places.collect(), tables, sources }
    }

    pub(crate) fn status(&self, requirement: &Requirement) -> Status<'_> {
        let id = &requirement.id;
        if let Some(places) = self.places.get(id) {
            let open = self.tables.notes.get(id).map(String::as_str);
            // A test may touch what is not built, to show that it does no harm.
            return match open.and_then(|note| note.strip_prefix("not yet: ")) {
                Some(reason) => Status::NotYet(reason),
                None => Status::Shown { places, open },
            };
        }
        match self.tables.untested.get(id) {
            Some(untested) if untested.not_applicable => Status::NotApplicable(&untested.reason),
            Some(untested) => Status::NotYet(&untested.reason),
            None => Status::NotYet("nobody has said why"),
        }
    }

    /// What must be mended: ids in the sources that the table does not have, and requirements with neither a test nor a
    /// word about it.
    pub fn errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        for (path, mentions) in &self.sources {
            for id in &mentions.all {
                if self.tables.requirements().all(|requirement| requirement.id != *id) {
                    errors.push(format!("{path} names {id}, which requirements.tsv does not have"));
                }
            }
        }
        for Requirement { id, .. } in self.tables.requirements() {
            if !self.places.contains_key(id) && !self.tables.untested.contains_key(id) {
                errors.push(format!("{id} has neither a test nor a row in untested.tsv"));
            }
        }
        errors
    }

    /// `untested.tsv` without the rows of requirements that have tests by now.
    pub fn tidied(&self, untested: &str) -> String {
        let stale =
            |line: &str| line.split('\t').next().is_some_and(|id| self.places.contains_key(id.trim()));
        untested.lines().filter(|line| !stale(line)).flat_map(|line| [line, "\n"]).collect()
    }

    /// What could be tidied: rows about missing tests that exist, notes about tests that do not, and comments of test
    /// files that name ids and belong to no function.
    pub fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        for id in self.tables.untested.keys() {
            if let Some([place, ..]) = self.places.get(id).map(Vec::as_slice) {
                hints.push(format!("{id} stands in untested.tsv, but {place} shows it"));
            }
        }
        for id in self.tables.notes.keys() {
            if !self.places.contains_key(id) {
                hints.push(format!("{id} stands in notes.tsv, but no test shows it"));
            }
        }
        for (path, mentions) in &self.sources {
            if !mentions.adrift.is_empty() {
                let ids: Vec<_> = mentions.adrift.iter().map(String::as_str).collect();
                hints.push(format!("{path}: no function belongs to what names {}", ids.join(", ")));
            }
        }
        hints
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan;

    const TABLE: &str = "## JID\tAddresses\nJID-01\tRFC\tParts\tmust\tboth\nJID-02\tRFC\tLengths\tmust\tserver\n\
                         JID-03\tRFC\tTables\tnote\tclient\n";

    fn report(notes: &str, untested: &str, sources: &[(&str, &str)]) -> Report {
        let tables = Tables::parse(TABLE, notes, untested).unwrap();
        let ids = tables.ids();
        let sources = sources.iter().map(|(path, text)| ((*path).to_owned(), scan(path, text, &ids)));
        Report::new(tables, sources.collect())
    }

    #[test]
    fn what_is_missing_is_an_error() {
        let report = report(
            "",
            "JID-02\tnot yet\tlater\n",
            &[("a/tests/x.rs", "/// JID-01, JID-09\n#[test] fn t() {}")],
        );
        let errors = report.errors();
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(errors[0].contains("JID-09") && errors[0].contains("a/tests/x.rs"), "{errors:?}");
        assert!(errors[1].contains("JID-03"), "{errors:?}");
    }

    #[test]
    fn what_is_stale_is_a_hint() {
        let untested = "JID-01\tnot yet\tlater\nJID-02\tnot applicable\tnone\nJID-03\tnot yet\tlater\n";
        let report = report(
            "JID-03\topen\n",
            untested,
            &[("a/tests/x.rs", "/// JID-01\n#[test] fn t() {}\n// JID-02\n;")],
        );
        assert_eq!(report.errors(), Vec::<String>::new());
        let hints = report.hints();
        assert_eq!(hints.len(), 3, "{hints:?}");
        for (hint, id) in hints.iter().zip(["JID-01", "JID-03", "JID-02"]) {
            assert!(hint.contains(id), "{hint}");
        }
        assert_eq!(
            report.tidied(&format!("# id\n{untested}")),
            "# id\nJID-02\tnot applicable\tnone\nJID-03\tnot yet\tlater\n"
        );
    }

    #[test]
    fn a_note_can_say_that_nothing_is_shown() {
        let sources = [("a/tests/x.rs", "/// JID-01..03\n#[test] fn t() {}")];
        let report = report("JID-01\tnot yet: it only does no harm\n", "", &sources);
        assert!(report.page().contains("| must | **not yet**: it only does no harm |"));
        assert_eq!(report.summary(), "2 shown, 0 partly, 1 not yet, 0 not applicable");
    }

    #[test]
    fn the_page_says_how_each_stands() {
        let tests = "/// JID-01\n#[test] fn d() {}\n/// JID-01\n#[test] fn c() {}\n/// JID-01\n#[test] fn b() {}\n\
                     /// JID-01..02\n#[test] fn a() {}\n";
        let page = report(
            "JID-02\tserver only\n",
            "JID-03\tnot applicable\tno tables\n",
            &[("a/tests/x.rs", tests)],
        );
        let page = page.page();
        let row =
            |id: &str| page.lines().find(|line| line.starts_with(&format!("| {id} "))).unwrap().to_owned();
        assert!(
            row("JID-01")
                .ends_with("| `a/tests/x.rs::b`, `a/tests/x.rs::c`, `a/tests/x.rs::d`, and 1 more |"),
            "{page}"
        );
        assert!(row("JID-02").ends_with("| **partly**: server only. `a/tests/x.rs::a` |"), "{page}");
        assert!(row("JID-02").contains("| must, server |"), "{page}");
        assert!(row("JID-03").ends_with("| **not applicable**: because no tables |"), "{page}");
        assert!(page.contains("| [Addresses](#addresses) | 3 | 1 | 1 | 0 | 1 |"), "{page}");
    }
}
