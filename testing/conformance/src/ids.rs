use std::collections::BTreeSet;

/// Finds ids in text. It knows the groups of the table, so that `UTF-16` is no id.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    groups: BTreeSet<String>,
}

impl Ids {
    /// For the groups that these ids belong to.
    pub fn new<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        let groups = ids.into_iter().filter_map(|id| id.rsplit_once('-'));
        Self { groups: groups.map(|(group, _)| group.to_owned()).collect() }
    }

    /// All ids that the text names, in order, ranges written out. Whether the table has them is not asked.
    pub fn find(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut rest = text;
        let mut before = None;
        while let Some(first) = rest.chars().next() {
            let free = !before.is_some_and(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
            if let Some((group, number, after)) = free.then(|| self.id(rest)).flatten() {
                let (last, after) = self.range(after, group).unwrap_or((number, after));
                found.extend((number..=last.max(number)).map(|n| format!("{group}-{n:02}")));
                rest = after;
                before = Some('0');
            } else {
                rest = &rest[first.len_utf8()..];
                before = Some(first);
            }
        }
        found
    }

    /// An id at the start of the text, and what follows.
    fn id<'t>(&self, text: &'t str) -> Option<(&'t str, u32, &'t str)> {
        let end = text.find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit())?;
        let (group, rest) = text.split_at(end);
        let (number, rest) = two_digits(rest.strip_prefix('-')?)?;
        self.groups.contains(group).then_some((group, number, rest))
    }

    /// The end of a range behind an id: `..05`, `..=05` or `–05`, with the group or without.
    fn range<'t>(&self, text: &'t str, of: &str) -> Option<(u32, &'t str)> {
        let rest = text.strip_prefix("..").map(|rest| rest.strip_prefix('=').unwrap_or(rest));
        let rest = rest.or_else(|| text.strip_prefix('–'))?;
        match self.id(rest) {
            Some((group, last, rest)) if group == of => Some((last, rest)),
            _ => two_digits(rest),
        }
    }
}

fn two_digits(text: &str) -> Option<(u32, &str)> {
    let number = text.get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
    let rest = &text[2..];
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    ends.then(|| Some((number.parse().ok()?, rest))).flatten()
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_are_found_where_they_end() {
        let ids = Ids::new(["JID-01", "S2-01"]);
        let find = |text| ids.find(text).join(" ");
        assert_eq!(find("JID-03, JID-04: tables; see (S2-12)."), "JID-03 JID-04 S2-12");
        assert_eq!(find("{JID-07} JID-08/JID-09 \"JID-10\""), "JID-07 JID-08 JID-09 JID-10");
        assert_eq!(find("UTF-16 SHA-256 XJID-01 X-JID-01 JID-1 JID-011 JID-01a JID_01 JID-ü1"), "");
    }

    #[test]
    fn ranges_are_written_out() {
        let ids = Ids::new(["JID-01", "S2-01"]);
        let find = |text| ids.find(text).join(" ");
        assert_eq!(find("JID-03..05: x"), "JID-03 JID-04 JID-05");
        assert_eq!(find("JID-03..JID-05, S2-01..=02"), "JID-03 JID-04 JID-05 S2-01 S2-02");
        assert_eq!(find("JID-98–99"), "JID-98 JID-99");
        assert_eq!(find("JID-05..03"), "JID-05", "no range runs backwards");
        assert_eq!(find("JID-03.. and JID-04."), "JID-03 JID-04");
        assert_eq!(find("JID-03..S2-05"), "JID-03 S2-05");
    }
}
