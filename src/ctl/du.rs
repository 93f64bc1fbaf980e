//! `du`: how many keys and bytes each prefix holds.

use std::{collections::HashMap, ffi::OsString, os::unix::ffi::OsStringExt};

use super::{
    global::{Context, Limit},
    ls::delimiter,
    pages::Pages,
    print::Printer,
};
use crate::cli::{
    exit::Failure,
    grouping::Grouping,
    output::{Format, jsonl::Line, size, table},
    shown::shown,
};

const BAR_CELLS: u64 = 20;

/// Show how many keys and bytes each prefix holds, the largest first
///
/// Bytes are those of keys and values. A key counts once: at the longest prefix of it that is at most DEPTH levels deep.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl du [options] [PREFIX]")]
pub struct DuArgs {
    #[arg(value_name = "PREFIX")]
    prefix: Option<OsString>,
    /// Levels below PREFIX to tell apart
    #[arg(long, value_name = "N", default_value_t = 1)]
    depth: usize,
    /// What parts keys
    #[arg(long, value_name = "TEXT", default_value = "/")]
    delimiter: OsString,
    /// Revision to read at; 0 for the newest
    #[arg(long, value_name = "REV", default_value_t = 0)]
    rev: i64,
}

/// What a prefix holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Number of keys, or of changes.
    pub keys: u64,
    /// Bytes of keys and values.
    pub bytes: u64,
}

impl Usage {
    /// Counts one more.
    pub fn add(&mut self, bytes: usize) {
        self.keys += 1;
        self.bytes += bytes as u64;
    }
}

/// The groups, the largest first.
pub fn sorted(groups: HashMap<Vec<u8>, Usage>) -> Vec<(Vec<u8>, Usage)> {
    let mut rows: Vec<_> = groups.into_iter().collect();
    rows.sort_by(|(a, x), (b, y)| (y.bytes, y.keys, a).cmp(&(x.bytes, x.keys, b)));
    rows
}

pub async fn run(context: &Context, args: DuArgs) -> Result<(), Failure> {
    let printer = context.printer()?;
    if !matches!(printer.format, Format::Simple | Format::Table | Format::Jsonl) {
        return Err(printer.unsupported());
    }
    let prefix = args.prefix.unwrap_or_default().into_vec();
    let grouping = Grouping::new(&prefix, delimiter(args.delimiter)?, args.depth);
    let client = context.client(Limit::Command).await?;
    let mut pages = Pages::of_prefix(&client, &prefix, args.rev);
    let mut groups: HashMap<Vec<u8>, Usage> = HashMap::new();
    while let Some(page) = pages.next().await? {
        for kv in &page.kvs {
            let bytes = kv.key.len() + kv.value.len();
            let group = grouping.group(&kv.key);
            match groups.get_mut(group) {
                Some(usage) => usage.add(bytes),
                None => groups.entry(group.to_vec()).or_default().add(bytes),
            }
        }
    }
    print(&printer, &sorted(groups))
}

fn print(printer: &Printer, rows: &[(Vec<u8>, Usage)]) -> Result<(), Failure> {
    if printer.format == Format::Jsonl {
        let line = |(prefix, usage): &(Vec<u8>, Usage)| {
            Line::new().bytes("prefix", prefix).number("keys", usage.keys).number("bytes", usage.bytes).finish()
        };
        return printer.write(rows.iter().map(line).collect::<String>().as_bytes());
    }
    let total = rows.iter().fold(Usage::default(), |sum, (_, usage)| Usage {
        keys: sum.keys + usage.keys,
        bytes: sum.bytes + usage.bytes,
    });
    let row = |prefix: String, usage: &Usage| {
        vec![prefix, usage.keys.to_string(), usage.bytes.to_string(), size(usage.bytes), bar(usage.bytes, total.bytes)]
    };
    let mut lines: Vec<_> = rows.iter().map(|(prefix, usage)| row(shown(prefix), usage)).collect();
    lines.push(row("TOTAL".into(), &total));
    printer.write(table::draw(&["PREFIX", "KEYS", "BYTES", "SIZE", "SHARE"], &lines).as_bytes())
}

fn bar(bytes: u64, total: u64) -> String {
    let full = u128::from(bytes) * u128::from(BAR_CELLS) / u128::from(total.max(1));
    let full = usize::try_from(full).unwrap_or(0);
    "█".repeat(full) + &"░".repeat(BAR_CELLS as usize - full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_for_the_whole() {
        assert_eq!([bar(0, 0), bar(1, 2), bar(2, 2)].map(|bar| bar.matches('█').count()), [0, 10, 20]);
    }
}
