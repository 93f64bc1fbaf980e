//! `rsutl snapshot extract`: a part of a snapshot as a snapshot of its own.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use super::Failure;
use super::context::Context;
use super::place::{self, failed};
use crate::cli::output::size;
use crate::offline::current::Log;
use crate::offline::extract::{Part, extract};
use crate::storage::schema::bucket::Bucket;

/// Write a new snapshot with some buckets of another, or with the keys that begin so
///
/// The new file is one that can be restored. Revisions stay as they are, as do bucket meta and, unless buckets are
/// named, everything that is not a key: leases whose keys are left out too.
#[derive(clap::Args, Debug)]
pub struct ExtractArgs {
    /// Snapshot, or data directory of a stopped member
    file: PathBuf,
    /// The file to write, which must not exist
    out: PathBuf,
    /// Only this bucket; can be given several times
    #[arg(long = "bucket", value_name = "BUCKET")]
    buckets: Vec<String>,
    /// Only keys that begin so
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    prefix: OsString,
}

impl ExtractArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let mut buckets = Vec::new();
        for name in &self.buckets {
            let bucket = Bucket::ALL.into_iter().find(|bucket| bucket.name() == name);
            buckets.push(bucket.ok_or_else(|| failed(format!("there is no bucket {name}")))?);
        }
        if buckets.is_empty() {
            buckets.extend(Bucket::ALL);
        }
        if !self.prefix.is_empty() && !buckets.contains(&Bucket::Key) {
            return Err(failed("--prefix is of keys, and bucket key is not among those of --bucket".into()));
        }
        if buckets.contains(&Bucket::Key) && !buckets.contains(&Bucket::Lease) {
            eprintln!("bucket lease stays behind: keys on a lease will not end with it");
        }
        let current = place::open(&self.file, &Log::InDataDir, context.wait())?;
        let part = Part { buckets, prefix: self.prefix.into_vec() };
        let bytes = extract(current, &part, &self.out).map_err(Failure::from_error)?;
        writeln!(out, "{}: {}", self.out.display(), size(bytes))?;
        Ok(())
    }
}
