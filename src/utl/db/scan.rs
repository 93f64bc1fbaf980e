//! `scan-keys`: the rows of bucket `key` in all leaf pages of a file, broken or not.

use std::ffi::OsString;
use std::io::{self, Write};

use super::decode;
use super::{Context, Failure, Format, row_format, source_failure, two};
use crate::cli::go;
use crate::cli::output::jsonl::Line;
use crate::storage::scan::{self, Found, Row, ScanError};
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::RowKey;
use crate::utl::place::failed;

/// Print the changes of keys from a revision on, found in all leaf pages of a file that may be damaged
///
/// Pages that nothing leads to any more are read too, so rows may come twice or be compacted ones. What cannot be read
/// is told on standard error. REV 0 is all.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsutl scan-keys [options] <PATH> <REV>")]
pub struct ScanKeysArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

impl ScanKeysArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let (path, first) = two(&self.args)?;
        let first = go::parse_int(&first.to_string_lossy(), 10).map_err(|error| failed(error.to_string()))?;
        let is_json = row_format(context)? == Format::Json;
        let mut written = Ok(());
        let scanned = scan::scan(path, context.wait(), &mut |found| match found {
            Found::Leaf { page, rows } => {
                written = print_leaf(page, rows, first, is_json, out);
                // The scan ends; whose failure it was is told by `written`.
                if written.is_ok() { Ok(()) } else { Err(io::ErrorKind::Other.into()) }
            }
            Found::Broken { page, what } => {
                eprintln!("Reading page {page} failed: {what}. Continuing...");
                Ok(())
            }
        });
        written?;
        scanned.map_err(|error| match error {
            ScanError::Source(error) => source_failure(path, error),
            ScanError::Io { .. } => Failure::from_error(error),
        })
    }
}

fn print_leaf(page: u64, rows: &[Row<'_>], first: i64, is_json: bool, out: &mut dyn Write) -> io::Result<()> {
    // A page without any revision is one of another bucket.
    if !rows.iter().flatten().any(|(key, _)| RowKey::decode(key).is_some()) {
        return Ok(());
    }
    for (index, row) in rows.iter().enumerate() {
        let (key, value) = match row {
            Ok((key, value)) => (&**key, &**value),
            Err(what) => {
                eprintln!("Decoding revision failed, pageID: {page}, index: {index}, key: , error: {what}");
                continue;
            }
        };
        let failed = |what: &str, error: &str| {
            let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
            eprintln!("Decoding {what} failed, pageID: {page}, index: {index}, key: {key}, error: {error}");
        };
        match RowKey::decode(key) {
            None => {
                failed("revision", "invalid revision");
                continue;
            }
            Some((revision, _)) if revision.main < first => continue,
            Some(_) => {}
        }
        if is_json {
            match decode::key_json(Line::new().number("page", page).number("index", index), key, value) {
                Some(line) => out.write_all(line.finish().as_bytes())?,
                None => failed("value", "it is no KeyValue"),
            }
        } else {
            match decode::decoded(Bucket::Key, key, value) {
                Some(text) => writeln!(out, "pageID={page}, index={index}/{}, {text}", rows.len())?,
                None => failed("value", "it is no KeyValue"),
            }
        }
    }
    Ok(())
}
