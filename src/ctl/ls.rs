//! `ls`: keys as a tree.

use std::{ffi::OsString, os::unix::ffi::OsStringExt};

use super::{
    global::{Context, Limit},
    pages::Pages,
    print::Printer,
};
use crate::cli::{
    exit::Failure,
    grouping::ends,
    output::{Format, jsonl::Line},
    shown::shown,
};

/// List keys as a tree
///
/// What ends with the delimiter holds keys or further such parts. What is no line of text stands in quotes.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl ls [options] [PREFIX]")]
pub struct LsArgs {
    #[arg(value_name = "PREFIX")]
    prefix: Option<OsString>,
    /// What parts keys
    #[arg(long, value_name = "TEXT", default_value = "/")]
    delimiter: OsString,
    /// Levels to show; 0 for all
    #[arg(long, value_name = "N", default_value_t = 0)]
    depth: usize,
    /// Revision to read at; 0 for the newest
    #[arg(long, value_name = "REV", default_value_t = 0)]
    rev: i64,
}

/// A delimiter that parts something.
///
/// # Errors
/// It is empty.
pub fn delimiter(text: OsString) -> Result<Vec<u8>, Failure> {
    if text.is_empty() { Err(Failure::args("--delimiter must not be empty")) } else { Ok(text.into_vec()) }
}

pub async fn run(context: &Context, args: LsArgs) -> Result<(), Failure> {
    let printer = context.printer()?;
    if !matches!(printer.format, Format::Simple | Format::Jsonl) {
        return Err(printer.unsupported());
    }
    let prefix = args.prefix.unwrap_or_default().into_vec();
    let mut tree = Tree::new(&prefix, delimiter(args.delimiter)?, args.depth);
    let client = context.client(Limit::Command).await?;
    let mut pages = Pages::of_prefix(&client, &prefix, args.rev).keys_only();
    while let Some(page) = pages.next().await? {
        let mut out = String::new();
        for kv in &page.kvs {
            for entry in tree.enter(&kv.key) {
                out += &line(&printer, &entry);
            }
        }
        printer.write(out.as_bytes())?;
        if let Some(closed) = &tree.closed {
            pages.skip_prefix(closed);
        }
    }
    Ok(())
}

fn line(printer: &Printer, entry: &Entry) -> String {
    if printer.format == Format::Jsonl {
        let kind = if entry.is_prefix { "prefix" } else { "key" };
        return Line::new().text("type", kind).bytes("key", &entry.path).number("level", entry.level).finish();
    }
    format!("{}{}\n", "  ".repeat(entry.level), shown(&entry.path[entry.name_start..]))
}

/// A line of the tree.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    level: usize,
    /// The whole key, or the whole prefix with its delimiter.
    path: Vec<u8>,
    /// Where its own name begins in the path.
    name_start: usize,
    is_prefix: bool,
}

/// Which parts are open while keys come in their order.
struct Tree {
    /// Length of what all keys begin with and the tree does not show.
    root: usize,
    delimiter: Vec<u8>,
    depth: usize,
    /// The whole prefixes that the last key stood below.
    open: Vec<Vec<u8>>,
    /// The last prefix whose keys are not shown, as they are too deep.
    closed: Option<Vec<u8>>,
}

impl Tree {
    fn new(prefix: &[u8], delimiter: Vec<u8>, depth: usize) -> Self {
        let parts = ends(prefix, &delimiter);
        Self { root: parts.last().copied().unwrap_or(0), delimiter, depth, open: Vec::new(), closed: None }
    }

    /// What is to be shown at this key, the next one in order.
    fn enter(&mut self, key: &[u8]) -> Vec<Entry> {
        if self.closed.as_ref().is_some_and(|closed| key.starts_with(closed)) {
            return Vec::new();
        }
        let still_open = self.open.iter().take_while(|path| key.starts_with(path)).count();
        self.open.truncate(still_open);
        let mut entries = Vec::new();
        let mut name_start = self.open.last().map_or(self.root, Vec::len);
        for end in ends(&key[name_start..], &self.delimiter).into_iter().map(|end| end + name_start).collect::<Vec<_>>()
        {
            let (level, path) = (self.open.len(), key[..end].to_vec());
            entries.push(Entry { level, path: path.clone(), name_start, is_prefix: true });
            if level + 1 == self.depth {
                self.closed = Some(path);
                return entries;
            }
            self.open.push(path);
            name_start = end;
        }
        entries.push(Entry { level: self.open.len(), path: key.to_vec(), name_start, is_prefix: false });
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_order_make_a_tree() {
        let keys = ["a", "a-b", "a/", "a/b/c", "a/b/d", "a/e", "b//x"];
        let lines = |prefix: &str, depth| {
            let mut tree = Tree::new(prefix.as_bytes(), b"/".to_vec(), depth);
            let keys = keys.iter().filter(|key| key.starts_with(prefix));
            let entries = keys.flat_map(|key| tree.enter(key.as_bytes())).collect::<Vec<_>>();
            let name = |entry: &Entry| String::from_utf8(entry.path[entry.name_start..].to_vec()).unwrap();
            entries.iter().map(|entry| format!("{}{}", entry.level, name(entry))).collect::<Vec<_>>().join(" ")
        };
        for (prefix, depth, expected) in [
            ("", 0, "0a 0a-b 0a/ 1 1b/ 2c 2d 1e 0b/ 1/ 2x"),
            ("", 1, "0a 0a-b 0a/ 0b/"),
            ("", 2, "0a 0a-b 0a/ 1 1b/ 1e 0b/ 1/"),
            ("a/", 0, "0 0b/ 1c 1d 0e"),
            ("a/b", 1, "0b/"),
            ("c", 0, ""),
        ] {
            assert_eq!(lines(prefix, depth), expected, "{prefix} {depth}");
        }
    }
}
