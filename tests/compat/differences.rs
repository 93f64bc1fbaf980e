//! `differences.txt`: where etcd 3.7 answers otherwise than 3.5.1. A row holds both exact answers and says which
//! section of the fact sheets gives the one of 3.7.
//!
//! ```text
//! [script/case] the line of the script
//! section: api-semantics 3.1
//! etcd:
//!   what 3.5.1 answers
//! rsetcd:
//!   what 3.7 answers
//! ```
//! A table that compares others than these two servers has their names in place of `etcd` and `rsetcd`.
//!
//! A row for a field that 3.5.1 does not have: `[field] Message.field` and the section. It is left out of rsetcd's
//! answers, but for lines with `full`, which have rows of their own.

use std::fs;
use std::path::Path;

pub struct Differences {
    pub rows: Vec<Row>,
    fields: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub case: String,
    pub line: String,
    /// Of the fact sheets; `?` if it has not been looked up yet.
    pub section: String,
    /// What 3.5.1 answers.
    pub theirs: Vec<String>,
    /// What 3.7 answers.
    pub ours: Vec<String>,
}

impl Differences {
    /// # Panics
    /// The file has a row without a section, one whose answers are equal, or is not understood.
    pub fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat/differences.txt");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::parse(&text, ["etcd", "rsetcd"])
    }

    /// The table of two with these names.
    ///
    /// # Panics
    /// As [`Differences::read`].
    pub fn parse(text: &str, names: [&str; 2]) -> Self {
        let all = Self::parse_unchecked(text, names);
        for row in &all.rows {
            assert!(!["", "?"].contains(&row.section.as_str()), "no section: {row:?}");
            assert_ne!(row.theirs, row.ours, "no difference: {row:?}");
        }
        all
    }

    /// The same, with whatever sections and answers there are.
    ///
    /// # Panics
    /// The text is not understood, or names a field without a section.
    pub fn parse_unchecked(text: &str, names: [&str; 2]) -> Self {
        let mut all = Vec::new();
        let mut are_ours = false;
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            if let Some(head) = line.strip_prefix('[') {
                let (case, line) = head.split_once("] ").unwrap_or_else(|| panic!("no row: {line}"));
                let (section, theirs, ours) = (String::new(), Vec::new(), Vec::new());
                all.push(Row { case: case.into(), line: line.into(), section, theirs, ours });
                continue;
            }
            let row = all.last_mut().unwrap_or_else(|| panic!("outside of a row: {line}"));
            if let Some(section) = line.strip_prefix("section: ") {
                row.section = section.into();
            } else if let Some(answer) = line.strip_prefix("  ") {
                if are_ours { &mut row.ours } else { &mut row.theirs }.push(answer.into());
            } else {
                let name = line.strip_suffix(':').and_then(|name| names.iter().position(|other| *other == name));
                are_ours = name.unwrap_or_else(|| panic!("not understood: {line}")) == 1;
            }
        }
        let (fields, rows): (Vec<Row>, Vec<Row>) = all.into_iter().partition(|row| row.case == "field");
        for row in &fields {
            assert!(!row.section.is_empty(), "no section: {row:?}");
        }
        Self { rows, fields: fields.into_iter().map(|row| row.line).collect() }
    }

    /// The row of this line in this case.
    pub fn find(&self, case: &str, line: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.case == case && row.line == line)
    }

    /// The rows of a script.
    pub fn of_script<'a>(&'a self, script: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.case.split('/').next() == Some(script))
    }

    /// Message and name of the fields that 3.5.1 does not have.
    pub fn new_fields(self) -> Vec<(String, String)> {
        let split = |name: String| name.split_once('.').map(|(message, field)| (message.into(), field.into()));
        self.fields.into_iter().map(|name| split(name).expect("Message.field")).collect()
    }
}
