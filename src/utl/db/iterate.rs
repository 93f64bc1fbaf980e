//! `iterate-bucket` and `db rows`: rows of buckets, all or some.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::Write;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;

use super::decode;
use super::{Context, Failure, Format, Input, one, row_format, two};
use crate::cli::go;
use crate::offline::current::Current;
use crate::offline::keyspace;
use crate::storage::order::Order;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::types::Revision;
use crate::utl::place::failed;

/// Print the rows of a bucket, the last one first
///
/// Undecoded rows of authUsers hold hashes of passwords.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsutl iterate-bucket [options] <PATH> <BUCKET>")]
pub struct IterateBucketArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    input: Input,
}

impl IterateBucketArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let (path, bucket) = two(&self.args)?;
        let format = row_format(context)?;
        let current = self.input.open(context, path)?;
        let mut printer = Printer::new(&self.wanted, format, &current, out)?;
        printer.bucket(Order::Descending, bucket.as_bytes())
    }
}

/// Print the rows of some or all buckets in their order
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsutl db rows [options] <PATH>")]
pub struct RowsArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Only this bucket; can be given several times
    #[arg(long = "bucket", value_name = "BUCKET")]
    buckets: Vec<OsString>,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    input: Input,
}

impl RowsArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let format = row_format(context)?;
        let current = self.input.open(context, one(&self.args)?)?;
        let names = match &self.buckets[..] {
            [] => current.source().bucket_names()?,
            names => names.iter().map(|name| name.as_bytes().to_vec()).collect(),
        };
        let mut printer = Printer::new(&self.wanted, format, &current, out)?;
        printer.names_buckets = true;
        names.iter().try_for_each(|name| printer.bucket(Order::Ascending, name))
    }
}

/// Which rows to print, and how.
#[derive(clap::Args, Clone, Debug)]
struct Wanted {
    /// Rows to print; 0 is all
    #[arg(long, value_name = "N", default_value_t = 0)]
    limit: u64,
    /// Print the fields of keys and values instead of their bytes
    #[arg(long)]
    decode: bool,
    /// Only keys that begin so; in bucket key those of clients, not the revisions
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    prefix: OsString,
    /// Bucket key: only from this revision on
    #[arg(long, value_name = "REV", default_value_t = 0, hide_default_value = true)]
    from_revision: i64,
    /// Bucket key: only up to this revision
    #[arg(long, value_name = "REV", default_value_t = i64::MAX, hide_default_value = true)]
    to_revision: i64,
    /// Bucket key: only the newest row of each key that exists
    #[arg(long)]
    live_only: bool,
}

struct Printer<'run> {
    wanted: &'run Wanted,
    is_json: bool,
    current: &'run Current,
    out: &'run mut dyn Write,
    /// With `--live-only`: the rows that are.
    live: Option<HashSet<Revision>>,
    /// Rows that may still be printed.
    left: u64,
    /// Each line tells its bucket.
    names_buckets: bool,
}

impl<'run> Printer<'run> {
    fn new(
        wanted: &'run Wanted,
        format: Format,
        current: &'run Current,
        out: &'run mut dyn Write,
    ) -> Result<Self, Failure> {
        let live = wanted.live_only.then(|| keyspace::live(current.source())).transpose()?;
        let left = if wanted.limit == 0 { u64::MAX } else { wanted.limit };
        Ok(Self { wanted, is_json: format == Format::Json, current, out, live, left, names_buckets: false })
    }

    fn bucket(&mut self, order: Order, name: &[u8]) -> Result<(), Failure> {
        let source = self.current.source();
        if !source.bucket_names()?.iter().any(|known| known == name) {
            return Err(failed(format!("got nil bucket for {}", String::from_utf8_lossy(name))));
        }
        let bucket = Bucket::ALL.into_iter().find(|bucket| bucket.name().as_bytes() == name);
        source.visit_named_in(order, name, |key, value| {
            if self.left == 0 {
                return Ok(ControlFlow::Break(()));
            }
            let choice = match bucket {
                Some(Bucket::Key) => self.choose(order, key, value),
                Some(_) | None if key.starts_with(self.wanted.prefix.as_bytes()) => Choice::Print,
                Some(_) | None => Choice::Skip,
            };
            match choice {
                Choice::Skip => {}
                Choice::Print => {
                    self.left -= 1;
                    self.print(name, bucket, key, value)?;
                }
                Choice::End => return Ok(ControlFlow::Break(())),
            }
            Ok(if self.left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
    }

    /// What becomes of a row of bucket `key`. One that cannot be read passes all filters, so that it is told.
    fn choose(&self, order: Order, key: &[u8], value: &[u8]) -> Choice {
        let Some((revision, _)) = RowKey::decode(key) else { return Choice::Print };
        let Wanted { from_revision, to_revision, .. } = *self.wanted;
        match order {
            Order::Ascending if revision.main > to_revision => return Choice::End,
            Order::Descending if revision.main < from_revision => return Choice::End,
            Order::Ascending | Order::Descending => {}
        }
        let prefix = self.wanted.prefix.as_bytes();
        let begins_so = || KeyValue::decode(value).is_none_or(|kv| kv.key.starts_with(prefix));
        let is_wanted = (from_revision..=to_revision).contains(&revision.main)
            && self.live.as_ref().is_none_or(|live| live.contains(&revision))
            && (prefix.is_empty() || begins_so());
        if is_wanted { Choice::Print } else { Choice::Skip }
    }

    fn print(&mut self, name: &[u8], bucket: Option<Bucket>, key: &[u8], value: &[u8]) -> Result<(), Failure> {
        let unreadable = || {
            let (name, key) = (String::from_utf8_lossy(name), go::quote(key));
            failed(format!("{}: bucket {name}: the row with key {key} cannot be read", self.current.path().display()))
        };
        if self.is_json {
            let line = decode::json(name, bucket, key, value).ok_or_else(unreadable)?;
            return Ok(self.out.write_all(line.finish().as_bytes())?);
        }
        let line = match bucket.filter(|_| self.wanted.decode) {
            Some(bucket) => decode::decoded(bucket, key, value).ok_or_else(unreadable)?,
            None => decode::plain(key, value),
        };
        if self.names_buckets {
            write!(self.out, "bucket={}, ", String::from_utf8_lossy(name))?;
        }
        Ok(writeln!(self.out, "{line}")?)
    }
}

enum Choice {
    Print,
    Skip,
    /// No later row is wanted either.
    End,
}
