//! The rules by which what depends on the run is replaced, each under its name. All of them are applied to the
//! recorded output and to the one of now, or to the outputs of both servers of a pair.

use base64::{Engine, engine::general_purpose::STANDARD};

/// The server of a run.
pub struct Run<'a> {
    pub client_url: &'a str,
    pub peer_url: &'a str,
    pub cluster: u64,
    pub member: u64,
}

/// Where the columns of `endpoint status` are, counted from 0.
pub struct Columns {
    pub sizes: &'static [usize],
    pub indexes: &'static [usize],
}

/// Of the release that rsctl follows.
pub const COLUMNS_3_7: Columns = Columns { sizes: &[4, 5, 6], indexes: &[11, 12] };
/// Of etcdctl 3.5.
pub const COLUMNS_3_5: Columns = Columns { sizes: &[3], indexes: &[7, 8] };

/// Output as text: recorded and now.
pub fn lines(text: &str, format: &str, args: &[String], run: &Run) -> String {
    let text = lines_of_pair(text, format, args, run, &COLUMNS_3_7);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        // At revision 6 all runs hold the same; later ones hold a key of `lock`, whose name is the id of a lease.
        ["endpoint", "hashkv"] => hash(&text),
        _ => text,
    }
}

/// Output as text, of two servers with the same history.
pub fn lines_of_pair(text: &str, format: &str, args: &[String], run: &Run, columns: &Columns) -> String {
    let text = if format == "table" { widths(text) } else { text.to_owned() };
    let text = known(&text, run);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["endpoint", "health", ..] | ["defrag", ..] => took(&text),
        ["lease", "timetolive", ..] => remaining(&text),
        ["endpoint", "status", ..] => raft_indexes(&sizes(&text, columns), columns),
        _ => text,
    }
}

/// Ids that a server makes up hold the time in their lower 48 bits; the upper ones may all be zero.
const ID_DIGITS_MIN: usize = 12;

/// Rule `fresh`: ids that a server made up in the run, of leases and members; in keys, too, which JSON has in base64.
pub fn fresh(text: &str) -> String {
    let is_id = |word: &&str| {
        let is_number = word.bytes().all(|b| b.is_ascii_digit());
        (ID_DIGITS_MIN..=if is_number { 20 } else { 16 }).contains(&word.len())
    };
    let replace = |text: &str| {
        numbers(text).filter(is_id).fold(text.to_owned(), |text, word| {
            // As in `ids`: 16 wide, with blanks before a short one.
            text.replace(&format!("Member {word:>16}"), "Member FRESH").replace(word, "FRESH")
        })
    };
    let readable = |part: &str| {
        let decoded = String::from_utf8(STANDARD.decode(part).ok()?).ok()?;
        numbers(&decoded).any(|word| is_id(&word)).then(|| format!("BASE64 OF {}", replace(&decoded)))
    };
    let parts: Vec<_> = text.split('"').map(|part| readable(part).unwrap_or_else(|| part.to_owned())).collect();
    replace(&parts.join("\""))
}

/// Rule `trace`: of the calls that end etcdctl 3.5 by a panic, which have addresses in them.
pub fn trace(text: &str) -> String {
    text.split("\n\ngoroutine ").next().unwrap_or_default().to_owned()
}

/// Rule `stty`: what that program says. etcdctl 3.5 turns the echo off by it even where there is no terminal.
pub fn stty(text: &str) -> String {
    text.split('\n').filter(|line| !line.starts_with("stty: ")).collect::<Vec<_>>().join("\n")
}

/// Rule `order`: members stand in the order of their ids, and one that was added has any.
pub fn order(text: &str) -> String {
    let sorted = |text: &str, start: &str, end: &str, separator: &str| {
        let Some((before, rest)) = text.split_once(start) else { return text.to_owned() };
        let (list, after) = rest.split_once(end).unwrap_or_else(|| panic!("no {end}: {text}"));
        let mut parts: Vec<&str> = list.split(separator).collect();
        parts.sort_unstable();
        format!("{before}{start}{}{end}{after}", parts.join(separator))
    };
    let text = sorted(text, "ETCD_INITIAL_CLUSTER=\"", "\"", ",");
    let text = sorted(&text, "\"members\":[{", "}]", "},{");
    let is_member = |line: &str| line.contains("started") && line.contains("http://");
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    for rows in lines.chunk_by_mut(|a, b| is_member(a) && is_member(b)) {
        rows.sort_unstable();
    }
    lines.concat()
}

/// Rule `script`: the completion script of a shell, which a test compares with the file that is checked in.
pub fn script(text: &str) -> String {
    const LINES_MIN: usize = 100;
    if text.lines().count() < LINES_MIN { text.to_owned() } else { "SCRIPT\n".to_owned() }
}

/// Rule `versions`: of the server, in `endpoint status`; the two of a pair are of different releases.
pub fn versions(text: &str) -> String {
    text.replace("3.5.1", "VERSION").replace("3.7.1", "VERSION")
}

/// Rule `endpoints`: URLs of clients and peers.
pub fn endpoints(text: &str, run: &Run) -> String {
    text.replace(run.client_url, "http://CLIENT").replace(run.peer_url, "http://PEER")
}

/// The rules `endpoints` and `ids`.
pub fn known(text: &str, run: &Run) -> String {
    ids(&endpoints(text, run), run)
}

/// Rule `ids`: cluster and member; with an x before the name where they are hexadecimal.
fn ids(text: &str, run: &Run) -> String {
    let mut text = text.to_owned();
    for (id, name) in [(run.cluster, "CLUSTER"), (run.member, "MEMBER")] {
        // What is said of a member has the ids 16 wide, with blanks before a short one.
        for word in ["Member", "cluster"] {
            text = text.replace(&format!("{word} {id:16x}"), &format!("{word} x{name}"));
        }
        text = text.replace(&id.to_string(), name).replace(&format!("{id:x}"), &format!("x{name}"));
    }
    text
}

/// Rule `widths`: the columns of a table are as wide as what stands in them. A cell that is not where it belongs, in the
/// middle for the first row and at the right for others, says so.
fn widths(text: &str) -> String {
    let mut table: Option<Vec<usize>> = None;
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let separator = match line.chars().next() {
            Some('┌' | '├' | '└' | '+') => {
                let border = line.replace(|c: char| !"─-\n".contains(c), "┼");
                table = table.filter(|_| !line.starts_with('┌'));
                let widths = table.get_or_insert_with(|| vec![0]);
                widths.resize(1, 0);
                widths.extend(border.trim_end().split('┼').skip(1).map(|dashes| dashes.chars().count()));
                out += &["─", "-"].iter().fold(line.to_owned(), |line, dash| {
                    line.split(dash).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(dash)
                });
                continue;
            }
            Some('│') => '│',
            Some('|') => '|',
            _ => {
                (table, out) = (None, out + line);
                continue;
            }
        };
        let Some(widths) = &mut table else {
            out += line;
            continue;
        };
        let is_head = std::mem::replace(&mut widths[0], 1) == 0;
        let mut cells: Vec<String> = line.split(separator).map(str::to_owned).collect();
        let count = cells.len();
        assert_eq!(count, widths.len(), "{text}");
        for (cell, &width) in cells[1..count - 1].iter_mut().zip(&widths[1..]) {
            let word = cell.trim().to_owned();
            let blanks = cell.chars().count() - word.chars().count();
            let before = if is_head { blanks / 2 } else { blanks.saturating_sub(1) };
            let is_there = word.is_empty() || *cell == " ".repeat(before) + &word + &" ".repeat(blanks - before);
            *cell = match word.as_str() {
                "" => " ".to_owned(),
                word => format!(" {word} "),
            };
            if width != blanks + word.chars().count() || !is_there {
                cell.insert_str(0, " MISPLACED:");
            }
        }
        out += &cells.join(&separator.to_string());
    }
    out
}

/// Rule `took`: how long something took.
fn took(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let number = rest[at..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len() - at);
        let (before, tail) = rest.split_at(at);
        let (digits, after) = tail.split_at(number);
        out += before;
        match ["ms", "µs", "s"].iter().find_map(|unit| after.strip_prefix(unit)) {
            Some(after) => {
                out += "TOOK";
                rest = after;
            }
            None => {
                out += digits;
                rest = after;
            }
        }
    }
    out + rest
}

/// Rule `bar`: etcdctl 3.5 draws the bar of `check` on standard output, each state of it after a carriage return.
pub fn bar(text: &str) -> String {
    let line = |line: &str| match line.rsplit_once('\r') {
        Some((_, last)) => {
            let rest = last.trim_start_matches(|c: char| c.is_ascii_digit() || " /%.ms\n".contains(c));
            if rest.is_empty() { String::new() } else { format!("{rest}\n").replace("\n\n", "\n") }
        }
        None => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}

/// Rule `measured`: the figures of `check`, and how it judges them. A verdict may be either, but has to follow from the
/// lines before it, and the exit code from the verdict.
///
/// # Panics
/// It does not, or a figure is none.
pub fn measured(text: &str, code: Option<i32>) -> String {
    let figure = |text: &str, unit: &str, decimals: usize| {
        let number = text.strip_suffix(unit).unwrap_or_else(|| panic!("no {unit}: {text}"));
        assert!(number.parse::<f64>().is_ok(), "{text}");
        assert_eq!(number.split_once('.').map_or(0, |(_, decimals)| decimals.len()), decimals, "{text}");
    };
    let judged = [
        ("PASS: Throughput is ", "FAIL: Throughput too low: ", " writes/s", 0, "THROUGHPUT"),
        ("PASS: Slowest request took ", "Slowest request took too long: ", "s", 6, "SLOWEST REQUEST"),
        ("PASS: Stddev is ", "Stddev too high: ", "s", 6, "STANDARD DEVIATION"),
    ];
    let (mut passed, mut out) = (true, String::new());
    for line in text.lines() {
        let judgement = judged.iter().find_map(|(good, bad, unit, decimals, name)| {
            let is_good = line.starts_with(good);
            let rest = line.strip_prefix(good).or_else(|| line.strip_prefix(bad))?;
            figure(rest, unit, *decimals);
            Some((is_good, *name))
        });
        if let Some((is_good, name)) = judgement {
            passed &= is_good;
            out += name;
        } else if let Some(size) = line.strip_prefix("PASS: Approximate system memory used : ") {
            figure(size, " MB.", 2);
            assert_eq!(code, Some(0), "{text}");
            out += "PASS: MEMORY";
        } else if let Some((what, revision)) = line.split_once(" with revision ") {
            figure(revision, "", 0);
            out += &format!("{what} with revision REVISION");
        } else if ["PASS", "FAIL"].contains(&line) {
            assert_eq!((line, code), if passed { ("PASS", Some(0)) } else { ("FAIL", Some(1)) }, "{text}");
            out += "VERDICT AND EXIT CODE";
        } else {
            out += line;
        }
        out += "\n";
    }
    out
}

/// Rule `counts`: of the counts that `make-mirror` prints every 30 seconds, the last one.
pub fn counts(text: &str) -> String {
    text.lines().last().map_or_else(String::new, |last| format!("{last}\n"))
}

/// Rule `remaining`: of a lease, in whole seconds.
fn remaining(text: &str) -> String {
    let text = ["ttl", "TTL"].iter().fold(text.to_owned(), |text, name| number(&text, name));
    match text.split_once("remaining(") {
        Some((before, after)) => {
            format!("{before}remaining(N{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => text,
    }
}

/// Rule `leases`: the ids that `lease grant` printed. `lease list` shows others, too, of commands like `lock` that leave
/// theirs to expire, some sooner and some later.
#[derive(Default)]
pub struct Leases(Vec<String>);

impl Leases {
    /// Output with the ids replaced, and without other leases in a list.
    pub fn replace(&mut self, text: &str, args: &[String]) -> String {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        match args[..] {
            ["lease", "grant", ..] => {
                let Some(id) = numbers(text).find(|word| word.len() >= ID_DIGITS_MIN) else { return text.to_owned() };
                self.0.push(id.to_owned());
                text.replace(id, "LEASE")
            }
            ["lease", "list", ..] => {
                let others: Vec<&str> = numbers(text)
                    .filter(|word| word.len() >= ID_DIGITS_MIN && !self.0.iter().any(|id| id == word))
                    .collect();
                let without = |text: String, id: &&str| {
                    let item = format!("{{\"id\":{id}}}");
                    let text = text.replace(&format!("{item},"), "").replace(&item, "");
                    text.replace(&format!("\"ID\" : {id}\n"), "").replace(&format!("{id}\n"), "")
                };
                let text = others.iter().fold(text.to_owned(), without);
                let text = self.0.iter().fold(text, |text, id| text.replace(id.as_str(), "LEASE"));
                match text.split_once(" leases\n") {
                    Some((_, rest)) => format!("found some leases\n{rest}"),
                    None => text,
                }
            }
            _ => text.to_owned(),
        }
    }
}

/// Runs of hexadecimal digits.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| !word.is_empty())
}

/// Rule `sizes`: bytes of the database, all and in use.
fn sizes(text: &str, columns: &Columns) -> String {
    let text =
        ["dbSize", "dbSizeInUse", "DBSize", "DBSizeInUse"].iter().fold(text.to_owned(), |t, name| number(&t, name));
    columns.sizes.iter().fold(text, |text, &column| cell(&text, column, "SIZE"))
}

/// Rule `raft indexes`.
fn raft_indexes(text: &str, columns: &Columns) -> String {
    let names = ["raftIndex", "raftAppliedIndex", "RaftIndex", "RaftAppliedIndex"];
    let text = names.iter().fold(text.to_owned(), |text, name| number(&text, name));
    columns.indexes.iter().fold(text, |text, &column| cell(&text, column, "INDEX"))
}

/// Rule `hash`: of the newest revision.
fn hash(text: &str) -> String {
    let text = ["hash", "Hash"].iter().fold(text.to_owned(), |text, name| number(&text, name));
    cell(&text, 1, "HASH")
}

/// Replaces the number after `"name":` or `"name" : `, wherever it stands.
fn number(text: &str, name: &str) -> String {
    let mut text = text.to_owned();
    for marker in [format!("\"{name}\":"), format!("\"{name}\" : ")] {
        let parts: Vec<&str> = text.split(&marker).collect();
        let cut = |part: &str| part.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned();
        let rest: String = parts[1..].iter().map(|part| format!("{marker}N{}", cut(part))).collect();
        text = parts[0].to_owned() + &rest;
    }
    text
}

/// Replaces one column, counted from 0, of lines with commas and of the body of a table.
fn cell(text: &str, column: usize, with: &str) -> String {
    let replace = |line: &str| {
        let (separator, offset) = match line.chars().next() {
            Some('│') => ("│", 1),
            Some('|') => ("|", 1),
            _ => (", ", 0),
        };
        let mut cells: Vec<&str> = line.split(separator).collect();
        let is_body = cells.iter().any(|cell| cell.contains("http://"));
        if is_body && line.contains(separator) && !line.starts_with(['"', '{', '[']) && column + offset < cells.len() {
            cells[column + offset] = with;
        }
        cells.join(separator)
    };
    text.lines().map(|line| replace(line) + "\n").collect()
}
