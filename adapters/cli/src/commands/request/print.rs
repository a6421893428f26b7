//! Rows as a table for people, as JSON or CSV for programs.

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde_json::json;

use crate::{
    driver::Row,
    tell::{Tell, references},
};

/// How rows are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Table,
    Json,
    Csv,
}

/// Prints rows below each other, the titles before the first.
pub(super) struct Printer {
    format: Format,
    out: Tell,
    width: u16,
    titled: bool,
}

/// How wide a table is when nobody says how wide the terminal is.
const WIDTH: u16 = 120;
/// The columns that are as wide as their titles; Reply and Error share the rest.
const NARROW: [u16; 3] = [10, 18, 10];
/// Between columns, and at both ends.
const GAPS: u16 = 2 + 4 * 3;

impl Printer {
    /// `width`: of the terminal, in characters.
    pub(super) fn new(format: Format, out: Tell, width: Option<u16>) -> Self {
        Self { format, out, width: width.unwrap_or(WIDTH).max(80), titled: false }
    }

    /// `readings`: what was read, for JSON.
    pub(super) fn print(&mut self, row: &Row, readings: Option<&[serde_json::Value]>) {
        let first = !std::mem::replace(&mut self.titled, true);
        match self.format {
            Format::Json => {
                let mut object = json!({
                    "successful": row.successful(),
                    "response_time_ms": millis(row),
                    "reply_code": row.reply_code,
                    "reply": row.reply,
                    "error": row.error,
                });
                if let Some(readings) = readings {
                    object["readings"] = readings.into();
                }
                self.out.json(&object);
            }
            Format::Csv => {
                if first {
                    self.out.data(record(&row.columns().map(|(title, _)| title.to_owned())));
                }
                self.out.data(record(&row.columns().map(|(_, value)| references(&value))));
            }
            Format::Table => {
                if first {
                    self.table(row.columns().map(|(title, _)| title.to_owned()));
                    let widths = self.widths();
                    self.table(widths.map(|width| "-".repeat(width.into())));
                }
                self.table(row.columns().map(|(_, value)| value));
            }
        }
    }

    /// Reply takes two thirds of what the narrow columns leave.
    fn widths(&self) -> [u16; 5] {
        let [successful, time, code] = NARROW;
        let rest = self.width.saturating_sub(successful + time + code + GAPS);
        let error = rest / 3;
        [successful, time, code, rest - error, error]
    }

    /// One row; long cells are wrapped within their columns.
    fn table(&self, cells: [String; 5]) {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(self.width);
        // Control characters never get here as such: a reply is XML, in which they become references.
        table.add_row(cells.map(|cell| Cell::new(references(&cell))));
        for (column, width) in table.column_iter_mut().zip(self.widths()) {
            column.set_padding((0, 3));
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width + 3)));
        }
        for line in table.to_string().lines() {
            self.out.line(line.trim_end());
        }
    }
}

fn millis(row: &Row) -> u64 {
    u64::try_from(row.response_time.as_millis()).unwrap_or(u64::MAX)
}

/// A line of CSV (RFC 4180), without its end.
fn record(cells: &[String; 5]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Into memory, which does not fail.
    let _ = writer.write_record(cells);
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tell;

    fn row(reply: &str) -> Row {
        Row {
            response_time: Duration::from_micros(12_345),
            reply_code: Some(200),
            reply: Some(reply.to_owned()),
            error: None,
        }
    }

    fn printed(format: Format, rows: &[Row]) -> String {
        tell::tests::printed(|tell| {
            let mut printer = Printer::new(format, tell.clone(), Some(100));
            for row in rows {
                printer.print(row, None);
            }
        })
    }

    #[test]
    fn csv_has_titles_once_and_quotes() {
        assert_eq!(
            printed(Format::Csv, &[row("<a b='1,2' c=\"x\"/>"), row("<a>\u{9b}</a>")]),
            "Successful,Response Time (ms),Reply Code,Reply,Error\n\
             true,12,200,\"<a b='1,2' c=\"\"x\"\"/>\",NULL\n\
             true,12,200,<a>&#x9b;</a>,NULL\n"
        );
    }

    #[test]
    fn json_has_null_for_what_is_not_there() {
        assert_eq!(
            printed(Format::Json, &[row("<a/>")]),
            "{\"error\":null,\"reply\":\"<a/>\",\"reply_code\":200,\"response_time_ms\":12,\"successful\":true}\n"
        );
    }

    /// Every line keeps its columns, however long the reply is.
    #[test]
    fn tables_wrap_long_replies() {
        let text = printed(Format::Table, &[row(&format!("<a>{}</a>", "word ".repeat(30))), row("<b/>")]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("Successful   Response Time (ms)   Reply Code   Reply "), "{text}");
        assert!(lines[1].starts_with("----------   ------------------   ----------   ---"), "{text}");
        assert!(lines[2].starts_with("true         12                   200          <a>word"), "{text}");
        assert!(lines[3].starts_with(&" ".repeat(13 + 21 + 13)) && lines[3].contains("word"), "{text}");
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{text}");
        assert!(lines.last().unwrap().contains("<b/>"), "{text}");
    }
}
