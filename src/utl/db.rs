//! `rsutl db`, and `list-bucket`, `iterate-bucket`, `hash` and `scan-keys` at the top level: what is in a backend's
//! file, as `etcd-dump-db` prints it. The log counts only if asked for.

mod decode;
mod iterate;
mod scan;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

pub use iterate::{IterateBucketArgs, RowsArgs};
pub use scan::ScanKeysArgs;

use super::Failure;
use super::context::Context;
use super::place::{self, failed};
use crate::cli::output::Format;
use crate::cli::output::jsonl::Line;
use crate::offline::current::{Current, CurrentError, Log};
use crate::offline::usage;
use crate::storage::source::{SourceError, differs_by_member};

/// Print buckets and rows of a backend
///
/// PATH is the data directory of a stopped member, of etcd or rsetcd, or a file: a snapshot, etcd's db, LMDB's data.mdb.
#[derive(clap::Args, Debug)]
pub struct DbArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    ListBucket(ListBucketArgs),
    IterateBucket(IterateBucketArgs),
    Rows(RowsArgs),
    Hash(HashArgs),
    ScanKeys(ScanKeysArgs),
}

impl DbArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        match self.command {
            Command::ListBucket(args) => args.run(context, out),
            Command::IterateBucket(args) => args.run(context, out),
            Command::Rows(args) => args.run(context, out),
            Command::Hash(args) => args.run(context, out),
            Command::ScanKeys(args) => args.run(context, out),
        }
    }
}

/// List the names of all buckets
///
/// With -w json also rows and bytes of each.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsutl list-bucket [options] <PATH>")]
pub struct ListBucketArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    #[command(flatten)]
    input: Input,
}

impl ListBucketArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let format = row_format(context)?;
        let current = self.input.open(context, one(&self.args)?)?;
        if format == Format::Json {
            for usage::BucketUsage { name, rows, bytes } in usage::buckets(current.source())? {
                let line = Line::new().text("bucket", &String::from_utf8_lossy(&name));
                out.write_all(line.number("rows", rows).number("bytes", bytes).finish().as_bytes())?;
            }
            return Ok(());
        }
        for name in current.source().bucket_names()? {
            writeln!(out, "{}", String::from_utf8_lossy(&name))?;
        }
        Ok(())
    }
}

/// Print the checksum over all buckets, without what differs between members
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsutl hash [options] <PATH>")]
pub struct HashArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    #[command(flatten)]
    input: Input,
}

impl HashArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let format = row_format(context)?;
        let current = self.input.open(context, one(&self.args)?)?;
        let hash = current.source().hash(differs_by_member)?;
        let path = current.path().display().to_string();
        let text = match format {
            Format::Json => Line::new().text("path", &path).number("hash", hash).finish(),
            _ => format!("db path: {path}\nHash: {hash}\n"),
        };
        Ok(out.write_all(text.as_bytes())?)
    }
}

/// How a file is looked into.
#[derive(clap::Args, Clone, Debug)]
struct Input {
    /// With what the log has committed and the backend does not have yet
    #[arg(long)]
    with_wal: bool,
}

impl Input {
    fn open(&self, context: &Context, path: &Path) -> Result<Current, Failure> {
        let log = if self.with_wal { Log::InDataDir } else { Log::Ignored };
        match Current::open(path, &Log::Ignored, context.wait()) {
            Ok(current) if log == Log::Ignored => Ok(current),
            Ok(current) => {
                drop(current);
                place::open(path, &log, context.wait())
            }
            Err(CurrentError::Source(error)) => Err(source_failure(path, error)),
            Err(error) => Err(error.into()),
        }
    }
}

/// The formats of rows: as the dump tool, or a line of JSON each.
fn row_format(context: &Context) -> Result<Format, Failure> {
    match context.format_among(&[Format::Simple, Format::Json, Format::Jsonl])? {
        Format::Jsonl => Ok(Format::Json),
        format => Ok(format),
    }
}

/// In the words of the dump tool.
fn source_failure(path: &Path, error: SourceError) -> Failure {
    match error {
        // What does not end with `db` is taken for a data directory.
        SourceError::Missing(missing) if missing == path && !path.as_os_str().as_encoded_bytes().ends_with(b"db") => {
            failed(format!("{:?} does not exist", path.join("member/snap/db")))
        }
        SourceError::Missing(missing) => failed(format!("{missing:?} does not exist")),
        SourceError::Locked(file) if file.is_file() => {
            failed(format!("failed to open bolt DB timeout: {}", SourceError::Locked(file)))
        }
        error => error.into(),
    }
}

/// The first argument.
fn one(args: &[OsString]) -> Result<&Path, Failure> {
    let first = args.first().ok_or_else(|| failed("Must provide at least 1 argument (got [])".into()))?;
    Ok(Path::new(first))
}

/// Two arguments, the first of them a path.
fn two(args: &[OsString]) -> Result<(&Path, &OsString), Failure> {
    match args {
        [path, second] => Ok((Path::new(path), second)),
        args => {
            let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
            Err(failed(format!("Must provide 2 arguments (got [{}])", args.join(" "))))
        }
    }
}
