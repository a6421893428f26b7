use std::collections::BTreeMap;
use std::fmt;

use crate::Ids;

/// Requirements that belong together, by the first part of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The first part of the ids.
    pub name: String,
    /// What they are about.
    pub title: String,
    /// In the order of the table.
    pub requirements: Vec<Requirement>,
}

/// One row of `requirements.tsv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// `JID-03`
    pub id: String,
    /// The specification and section that it comes from.
    pub section: String,
    /// What is required, in a few words.
    pub title: String,
    /// `must`, `should`, or `note`: a trap, an erratum, or a choice of this project.
    pub level: String,
    /// `both`, `client` or `server`: who has to do it.
    pub role: String,
}

/// Why a requirement has no test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untested {
    /// Whether there never will be one.
    pub not_applicable: bool,
    /// What is missing, or why it does not apply.
    pub reason: String,
}

/// The three tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables {
    /// All requirements.
    pub groups: Vec<Group>,
    /// What the tests of a requirement leave open.
    pub notes: BTreeMap<String, String>,
    /// Requirements without tests.
    pub untested: BTreeMap<String, Untested>,
}

/// An error in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// `requirements.tsv`, `notes.tsv` or `untested.tsv`.
    pub table: &'static str,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: &'static str,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.table, self.line, self.fault)
    }
}

impl Tables {
    /// Reads the tables: columns divided by tabs, lines with `#` are comments, `## GROUP` and a title begin a group.
    pub fn parse(requirements: &str, notes: &str, untested: &str) -> Result<Self, TableError> {
        let mut tables = Self::default();
        rows("requirements.tsv", requirements, |row| tables.requirement(row))?;
        rows("notes.tsv", notes, |row| {
            let [id, note] = *row else { return Err("two columns are needed") };
            tables.known(id)?;
            let double = tables.notes.insert(id.to_owned(), note.to_owned()).is_some();
            if double { Err("the id has a row above") } else { Ok(()) }
        })?;
        rows("untested.tsv", untested, |row| {
            let [id, status, reason] = *row else { return Err("three columns are needed") };
            tables.known(id)?;
            let not_applicable = match status {
                "not yet" => false,
                "not applicable" => true,
                _ => return Err("a status is `not yet` or `not applicable`"),
            };
            let untested = Untested { not_applicable, reason: reason.to_owned() };
            let double = tables.untested.insert(id.to_owned(), untested).is_some();
            if double { Err("the id has a row above") } else { Ok(()) }
        })?;
        Ok(tables)
    }

    /// What finds the ids of these groups.
    pub fn ids(&self) -> Ids {
        Ids::new(self.requirements().map(|requirement| requirement.id.as_str()))
    }

    /// All rows, in order.
    pub fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.groups.iter().flat_map(|group| &group.requirements)
    }

    fn requirement(&mut self, row: &[&str]) -> Result<(), &'static str> {
        if let [group, title] = *row {
            let name = group.strip_prefix("## ").ok_or("five columns are needed")?.to_owned();
            self.groups.push(Group { name, title: title.to_owned(), requirements: Vec::new() });
            return Ok(());
        }
        let [id, section, title, level, role] = *row else { return Err("five columns are needed") };
        if self.known(id).is_ok() {
            return Err("the id has a row above");
        }
        if !matches!(level, "must" | "should" | "note") || !matches!(role, "both" | "client" | "server") {
            return Err("the level or role is unknown");
        }
        let group = self.groups.last_mut().ok_or("no group yet")?;
        if id.rsplit_once('-').is_none_or(|(name, _)| name != group.name) {
            return Err("the id is of another group");
        }
        let [id, section, title, level, role] = [id, section, title, level, role].map(str::to_owned);
        group.requirements.push(Requirement { id, section, title, level, role });
        Ok(())
    }

    fn known(&self, id: &str) -> Result<(), &'static str> {
        self.requirements().any(|requirement| requirement.id == id).then_some(()).ok_or("an unknown id")
    }
}

fn rows(
    table: &'static str,
    text: &str,
    mut row: impl FnMut(&[&str]) -> Result<(), &'static str>,
) -> Result<(), TableError> {
    for (line, text) in text.lines().enumerate() {
        if text.trim().is_empty() || (text.starts_with('#') && !text.starts_with("## ")) {
            continue;
        }
        let columns: Vec<_> = text.split('\t').map(str::trim).collect();
        // A bar would end a cell of the page.
        let fault = if columns.iter().any(|column| column.is_empty() || column.contains('|')) {
            Err("a cell is empty or holds a bar")
        } else {
            row(&columns)
        };
        fault.map_err(|fault| TableError { table, line: line + 1, fault })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# comment\n## JID\tAddresses\nJID-01\tRFC 7622 §3.1\tParts\tmust\tboth\n";

    #[test]
    fn tables_are_read() {
        let tables = Tables::parse(TABLE, "JID-01\tno slash\n", "JID-01\tnot yet\tlater\n").unwrap();
        assert_eq!(tables.groups[0].requirements[0].section, "RFC 7622 §3.1");
        assert_eq!(tables.notes["JID-01"], "no slash");
        assert_eq!(tables.untested["JID-01"], Untested { not_applicable: false, reason: "later".into() });
    }

    #[test]
    fn faults_have_their_place() {
        let fault = |requirements: &str, notes: &str, untested: &str| {
            Tables::parse(requirements, notes, untested)
                .map(|_| ())
                .map_err(|e| (e.table, e.line))
                .unwrap_err()
        };
        for wrong in
            ["JID-01\ta\tb\tmust\tboth\n", "## JID\tx\nSTZ-01\ta\tb\tmust\tboth\n", "## JID\tx\nJID-01\n"]
        {
            assert_eq!(fault(wrong, "", "").0, "requirements.tsv", "{wrong}");
        }
        assert_eq!(fault(&format!("{TABLE}JID-01\ta\tb\tmust\tboth\n"), "", ""), ("requirements.tsv", 4));
        assert_eq!(fault(&format!("{TABLE}JID-02\ta\tb\tmay\tboth\n"), "", ""), ("requirements.tsv", 4));
        assert_eq!(fault(TABLE, "\nJID-02\tx\n", ""), ("notes.tsv", 2));
        assert_eq!(fault(TABLE, "", "JID-01\tnever\tx\n"), ("untested.tsv", 1));
        assert_eq!(fault(TABLE, "", "JID-01\tnot yet\ta|b\n"), ("untested.tsv", 1));
        assert_eq!(fault(TABLE, "", "JID-01\tnot yet\tx\nJID-01\tnot yet\tx\n"), ("untested.tsv", 2));
    }
}
