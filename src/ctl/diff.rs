//! `diff`: what two prefixes, or two revisions of one, do not have in common.

use std::{cmp::Ordering, collections::VecDeque, ffi::OsString, os::unix::ffi::OsStringExt};

use super::{
    global::{Context, Limit},
    pages::Pages,
    print::Printer,
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        output::{Format, jsonl::Line},
        shown::shown,
    },
    client::{Client, ClientError, Get},
    pb::mvccpb::KeyValue,
};

/// Text that is collected before it is written.
const WRITE_BYTES: usize = 64 << 10;

/// Compare two prefixes, or two revisions of one prefix
///
/// Values are compared, and keys behind their prefixes. A line with - is in the first one alone, one with + in the second.
/// One prefix, or none for all keys, is compared at --rev with itself at --to-rev.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl diff [options] <PREFIX> <PREFIX>\n       rsctl diff [options] --rev REV [PREFIX]")]
pub struct DiffArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Revision of the first one; 0 for the newest
    #[arg(long, value_name = "REV", default_value_t = 0)]
    rev: i64,
    /// Revision of the second one; 0 for the newest
    #[arg(long, value_name = "REV", default_value_t = 0)]
    to_rev: i64,
    /// End with exit code 1 if there is a difference
    #[arg(long)]
    exit_code: bool,
}

pub async fn run(context: &Context, args: DiffArgs) -> Result<(), Failure> {
    let printer = context.printer()?;
    if !matches!(printer.format, Format::Simple | Format::Jsonl) {
        return Err(printer.unsupported());
    }
    let mut words = args.args.into_iter().map(OsStringExt::into_vec);
    let (first, second) = match (words.next(), words.next(), words.next()) {
        (Some(first), Some(second), None) => (first, second),
        (first, None, None) if args.rev > 0 || args.to_rev > 0 => {
            let prefix = first.unwrap_or_default();
            (prefix.clone(), prefix)
        }
        _ => return Err(Failure::args("diff command needs two prefixes, or --rev and at most one prefix")),
    };
    let client = context.client(Limit::Command).await?;
    // Both at one revision, unless they are told apart.
    let now = client.range(Get::new("\0").count_only()).await?.header.unwrap_or_default().revision;
    let revision = |asked: i64| if asked <= 0 { now } else { asked };
    let first = Side::new(&client, first, revision(args.rev));
    let second = Side::new(&client, second, revision(args.to_rev));
    let differs = compare(&printer, first, second).await?;
    if differs && args.exit_code { Err(Failure::silent(Exit::Error)) } else { Ok(()) }
}

/// The keys of one side, in their order.
struct Side {
    prefix: Vec<u8>,
    pages: Pages,
    queue: VecDeque<KeyValue>,
}

impl Side {
    fn new(client: &Client, prefix: Vec<u8>, revision: i64) -> Self {
        Self { pages: Pages::of_prefix(client, &prefix, revision), prefix, queue: VecDeque::new() }
    }

    /// Reads on until there is a next key, or none any more.
    async fn fill(&mut self) -> Result<(), ClientError> {
        while self.queue.is_empty() {
            let Some(page) = self.pages.next().await? else { break };
            self.queue.extend(page.kvs);
        }
        Ok(())
    }

    /// The next key without its prefix.
    fn name(&self) -> Option<&[u8]> {
        self.queue.front().map(|kv| &kv.key[self.prefix.len().min(kv.key.len())..])
    }
}

/// Prints the differences; says whether there are any.
async fn compare(printer: &Printer, mut first: Side, mut second: Side) -> Result<bool, Failure> {
    let mut text = String::new();
    let mut differs = false;
    loop {
        first.fill().await?;
        second.fill().await?;
        let order = match (first.name(), second.name()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.cmp(b),
        };
        let old = if order.is_le() { first.queue.pop_front() } else { None };
        let new = if order.is_ge() { second.queue.pop_front() } else { None };
        if old.as_ref().map(|kv| &kv.value) != new.as_ref().map(|kv| &kv.value) {
            differs = true;
            text += &difference(printer, old.as_ref(), new.as_ref());
        }
        if text.len() > WRITE_BYTES {
            printer.write(std::mem::take(&mut text).as_bytes())?;
        }
    }
    printer.write(text.as_bytes())?;
    Ok(differs)
}

fn difference(printer: &Printer, old: Option<&KeyValue>, new: Option<&KeyValue>) -> String {
    let sides = [("-", "old", old), ("+", "new", new)];
    if printer.format != Format::Jsonl {
        let line = |(sign, _, kv): (&str, &str, Option<&KeyValue>)| {
            kv.map(|kv| format!("{sign} {} = {}\n", shown(&kv.key), shown(&kv.value)))
        };
        return sides.into_iter().filter_map(line).collect();
    }
    let kind = match (old, new) {
        (None, _) => "added",
        (_, None) => "removed",
        (Some(_), Some(_)) => "changed",
    };
    let mut line = Line::new().text("type", kind);
    for (_, name, kv) in sides {
        if let Some(kv) = kv {
            line = line.bytes(&format!("{name}_key"), &kv.key).bytes(&format!("{name}_value"), &kv.value);
            line = line.number(&format!("{name}_mod_revision"), kv.mod_revision);
        }
    }
    line.finish()
}
