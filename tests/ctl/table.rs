//! What two sides print, and the table of where they may differ: rows in the form that `tests/compat/differences.rs`
//! tells. `UPDATE=1` writes the table anew; a row that was not there before has `?` for its section, which the next run
//! refuses. A row may name several formats, or `all` of them.

use std::{collections::HashSet, fmt::Write};

use crate::{
    differences::{Differences, Row},
    script::{self, FORMATS},
};

pub struct Table {
    file: &'static str,
    /// The reference, and ours.
    names: [&'static str; 2],
    rows: Differences,
    /// Case and line of the rows that were met.
    used: HashSet<(String, String)>,
    compared: usize,
    /// All differences, those of the table included.
    differences: Vec<Row>,
    /// How many of them are not as the table says; with them cases that do not differ, and should.
    wrong: String,
}

impl Table {
    /// # Panics
    /// The file is not there or not understood, or has a row without a section.
    pub fn read(file: &'static str, names: [&'static str; 2]) -> Self {
        let text = script::read(file);
        let mut rows = match is_update() {
            true => Differences::parse_unchecked(&text, names),
            false => Differences::parse(&text, names),
        };
        rows.rows = rows.rows.iter().flat_map(of_each_format).collect();
        let (used, differences, wrong) = (HashSet::new(), Vec::new(), String::new());
        Self { file, names, rows, used, compared: 0, differences, wrong }
    }

    /// Compares what both print for a line.
    pub fn compare(&mut self, case: &str, line: &str, theirs: &[String], ours: &[String]) {
        self.compared += 1;
        let row = self.rows.find(case, line);
        let is_expected = match row {
            Some(row) => {
                self.used.insert((case.to_owned(), line.to_owned()));
                row.theirs == theirs && row.ours == ours
            }
            None => theirs == ours,
        };
        let section = row.map_or("?", |row| &row.section).to_owned();
        let (case, line) = (case.to_owned(), line.to_owned());
        let now = Row { case, line, section, theirs: theirs.to_vec(), ours: ours.to_vec() };
        if !is_expected {
            self.wrong += &self.text(&now);
        }
        if theirs != ours {
            self.differences.push(now);
        }
    }

    /// # Panics
    /// A difference is not as the table says, or the table has a row for what was not compared.
    pub fn finish(self) {
        if is_update() {
            let remarks = script::read(self.file);
            let remarks = remarks.lines().take_while(|line| line.starts_with('#'));
            let mut text: String = remarks.map(|line| format!("{line}\n")).collect();
            for row in merged(&self.differences) {
                text += &self.text(&row);
            }
            std::fs::write(script::path(self.file), text).expect("the table can be written");
            return;
        }
        println!("{}: {} compared, {} differ as listed", self.file, self.compared, self.used.len());
        assert!(self.wrong.is_empty(), "not as {} says; UPDATE=1 writes it anew:\n{}", self.file, self.wrong);
        let unused: Vec<_> =
            self.rows.rows.iter().filter(|row| !self.used.contains(&(row.case.clone(), row.line.clone()))).collect();
        assert!(unused.is_empty(), "{} has rows for what is not there: {unused:#?}", self.file);
    }

    fn text(&self, row: &Row) -> String {
        let mut text = format!("\n[{}] {}\nsection: {}\n", row.case, row.line, row.section);
        for (name, lines) in self.names.iter().zip([&row.theirs, &row.ours]) {
            writeln!(text, "{name}:").expect("a string takes it");
            text.extend(lines.iter().map(|line| format!("  {line}\n")));
        }
        text
    }
}

/// A row for each of the formats that a row names.
fn of_each_format(row: &Row) -> Vec<Row> {
    let (names, before): (Vec<&str>, Vec<&str>) =
        row.case.split(' ').partition(|word| *word == "all" || FORMATS.contains(word));
    let is_named = |format: &&str| names.contains(format) || names.contains(&"all");
    let of = |format: &str| Row { case: [&before[..], &[format]].concat().join(" "), ..row.clone() };
    FORMATS.iter().filter(|format| is_named(format)).map(|format| of(format)).collect()
}

/// The other way round: rows that differ in their formats alone are one.
fn merged(rows: &[Row]) -> Vec<Row> {
    let mut merged: Vec<Row> = Vec::new();
    for row in rows {
        let (before, format) = row.case.rsplit_once(' ').unwrap_or(("", &row.case));
        let is_same = |other: &&mut Row| {
            let is_same_side = other.case.split(' ').next() == Some(before) || before.is_empty();
            is_same_side && (&other.line, &other.theirs, &other.ours) == (&row.line, &row.theirs, &row.ours)
        };
        match merged.iter_mut().rev().find(is_same) {
            Some(other) => {
                other.case += &format!(" {format}");
                if other.section == "?" {
                    other.section.clone_from(&row.section);
                }
            }
            None => merged.push(row.clone()),
        }
    }
    for row in &mut merged {
        row.case = row.case.replace(&FORMATS.join(" "), "all");
    }
    merged
}

fn is_update() -> bool {
    std::env::var_os("UPDATE").is_some()
}

#[test]
fn a_row_of_several_formats_is_one_of_each() {
    let row = |case: &str| {
        let (theirs, ours) = (vec!["exit 1".to_owned()], vec!["exit 0".to_owned()]);
        Row { case: case.into(), line: "get k".into(), section: "cli-ctl 4".into(), theirs, ours }
    };
    let cases = |rows: &[Row]| rows.iter().map(|row| row.case.clone()).collect::<Vec<_>>();
    for (case, each) in [
        ("json", vec!["json"]),
        ("simple table", vec!["simple", "table"]),
        ("rsctl json fields", vec!["rsctl json", "rsctl fields"]),
        ("all", FORMATS.to_vec()),
    ] {
        let rows = of_each_format(&row(case));
        assert_eq!(cases(&rows), each);
        assert_eq!(cases(&merged(&rows)), [case]);
    }
    // Other outputs, or those of another client, are a row of their own.
    let other = Row { ours: vec!["exit 2".to_owned()], ..row("table") };
    assert_eq!(merged(&[row("json"), other]).len(), 2);
    assert_eq!(cases(&merged(&[row("etcdctl json"), row("rsctl table")])), ["etcdctl json", "rsctl table"]);
}
