//! `rsutl du`: what takes the space of a backend.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use super::Failure;
use super::context::Context;
use super::place::{Place, failed};
use crate::cli::grouping::Grouping;
use crate::cli::output::jsonl::Line;
use crate::cli::output::{Format, size, table};
use crate::cli::shown::shown;
use crate::offline::usage::{self, Report, Usage};
use crate::storage::source::{Free, Source};

/// Show the space that keys take, by prefix, the largest first
///
/// Bytes are those of rows. Live are the newest rows of keys that exist; history is the rest, which a compaction at the
/// newest revision would remove. What it frees stays in the file, for new rows, until a defragmentation. Prefixes end
/// with the delimiter; keys without one are in the group "".
#[derive(clap::Args, Debug)]
pub struct DuArgs {
    /// As --data-dir or --snapshot
    path: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    /// Levels to tell apart
    #[arg(long, value_name = "N", default_value_t = 1)]
    depth: usize,
    /// What parts keys
    #[arg(long, value_name = "TEXT", default_value = "/")]
    delimiter: OsString,
}

impl DuArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let format = context.format_among(&[Format::Simple, Format::Json, Format::Table])?;
        if self.delimiter.is_empty() {
            return Err(failed("--delimiter must not be empty".into()));
        }
        // Of the file as it is, whatever the log adds.
        let file = File::read(&Source::open(self.place.path(self.path.as_deref())?, context.wait())?)?;
        let current = self.place.open(self.path.as_deref(), context.wait())?;
        let grouping = Grouping::new(b"", self.delimiter.into_vec(), self.depth);
        let report = usage::measure(current.source(), |key| grouping.group(key))?;
        let text = match format {
            Format::Json => json(&report, &file),
            Format::Table => tables(&report, &file),
            _ => simple(&report, &file),
        };
        Ok(out.write_all(text.as_bytes())?)
    }
}

/// What a defragmentation works on.
struct File {
    bytes: u64,
    free: Free,
    /// Of free pages, and behind the last page that was ever used.
    unused_bytes: u64,
}

impl File {
    fn read(source: &Source) -> Result<Self, Failure> {
        let free = source.free()?;
        let bytes = std::fs::metadata(source.path())?.len();
        let in_use = source.size_bytes()? - free.pages * free.page_bytes;
        Ok(Self { bytes, free, unused_bytes: bytes.saturating_sub(in_use) })
    }
}

fn simple(report: &Report, file: &File) -> String {
    let mut text = String::new();
    for (prefix, usage) in &report.groups {
        text += &line(&shown(prefix), usage);
    }
    text + &line("TOTAL", &report.total) + &rest(report, file)
}

fn line(name: &str, usage: &Usage) -> String {
    let Usage { keys, changes, live_bytes, history_bytes } = usage;
    format!(
        "{name}: {} ({} live, {} history), {keys} keys, {changes} changes\n",
        size(usage.bytes()),
        size(*live_bytes),
        size(*history_bytes)
    )
}

/// What is not about prefixes.
fn rest(report: &Report, file: &File) -> String {
    let mut text = format!(
        "revision {}, compacted at {}\ncompaction at revision {} would free {} in the file\n",
        report.bounds.newest,
        report.bounds.compacted,
        report.bounds.newest,
        size(report.total.history_bytes)
    );
    text += &format!(
        "defragmentation would free {} of {}, with {} free pages of {} bytes\n",
        size(file.unused_bytes),
        size(file.bytes),
        file.free.pages,
        file.free.page_bytes
    );
    for usage::BucketUsage { name, rows, bytes } in &report.buckets {
        text += &format!("bucket {}: {rows} rows, {}\n", shown(name), size(*bytes));
    }
    text
}

fn tables(report: &Report, file: &File) -> String {
    let row = |name: String, usage: &Usage| {
        let Usage { keys, changes, live_bytes, history_bytes } = usage;
        let [keys, changes] = [keys, changes].map(u64::to_string);
        vec![name, keys, changes, size(*live_bytes), size(*history_bytes), size(usage.bytes())]
    };
    let mut rows: Vec<_> = report.groups.iter().map(|(prefix, usage)| row(shown(prefix), usage)).collect();
    rows.push(row("TOTAL".into(), &report.total));
    let usage = table::draw(&["PREFIX", "KEYS", "CHANGES", "LIVE", "HISTORY", "SIZE"], &rows);
    usage + &rest(report, file)
}

fn json(report: &Report, file: &File) -> String {
    let fields = |line: Line, usage: &Usage| {
        let line = line.number("keys", usage.keys).number("changes", usage.changes);
        line.number("live_bytes", usage.live_bytes).number("history_bytes", usage.history_bytes)
    };
    let list = |items: Vec<String>| format!("[{}]", items.join(","));
    let object = |line: Line| line.finish().trim_end().to_owned();
    let group = |(prefix, usage): &(Vec<u8>, Usage)| object(fields(Line::new().bytes("prefix", prefix), usage));
    let bucket = |usage: &usage::BucketUsage| {
        let line = Line::new().text("bucket", &String::from_utf8_lossy(&usage.name));
        object(line.number("rows", usage.rows).number("bytes", usage.bytes))
    };
    Line::new()
        .number("revision", report.bounds.newest)
        .number("compacted", report.bounds.compacted)
        .number("prefixes", list(report.groups.iter().map(group).collect()))
        .number("total", object(fields(Line::new(), &report.total)))
        .number("buckets", list(report.buckets.iter().map(bucket).collect()))
        .number("compaction_frees_bytes", report.total.history_bytes)
        .number("file_bytes", file.bytes)
        .number("page_bytes", file.free.page_bytes)
        .number("free_pages", file.free.pages)
        .number("defragmentation_frees_bytes", file.unused_bytes)
        .finish()
}
