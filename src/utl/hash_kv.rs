//! `rsutl hashkv`

use std::io::Write;
use std::path::PathBuf;

use super::context::{self, Context};
use super::{Failure, open};
use crate::cli::go;
use crate::cli::output::{Format, fields::Fields, jsonl::Line, table};
use crate::mvcc::hash::HashKv;
use crate::offline::hash_kv::hash_kv;

/// Print the hash of the key space's history in a snapshot or a database
///
/// It is what `endpoint hashkv` of the member would tell. Takes snapshots and databases of rsetcd and etcd, and data
/// directories. Nothing is changed.
#[derive(clap::Args, Debug)]
pub struct HashKvArgs {
    /// Snapshot, database or data directory
    file: PathBuf,
    /// Revision up to which rows count; 0 is the newest
    #[arg(long, value_name = "REVISION", default_value = "0", value_parser = go::parse_flag_int,
          allow_hyphen_values = true)]
    rev: i64,
}

impl HashKvArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let format = context.format()?;
        let source = open::source(context, &self.file, context.wait())?;
        let mut pass = open::pass(source.size_bytes().map_err(Failure::from_error)?);
        let hash = hash_kv(&source, self.rev, &mut *pass).map_err(Failure::from_error)?;
        Ok(out.write_all(text(&hash, format)?.as_bytes())?)
    }
}

fn text(found: &HashKv, format: Format) -> Result<String, Failure> {
    let HashKv { hash, hash_revision, compact_revision, .. } = found;
    Ok(match format {
        Format::Simple => format!("{hash}, {hash_revision}, {compact_revision}\n"),
        Format::Json => Line::new()
            .number("hash", hash)
            .number("hashRevision", hash_revision)
            .number("compactRevision", compact_revision)
            .finish(),
        Format::Fields => {
            let mut fields = Fields::new(false);
            fields.value("Hash", hash).value("Hash revision", hash_revision);
            fields.value("Compact revision", compact_revision);
            fields.finish()
        }
        Format::Table => table::draw(
            &["HASH", "HASH REVISION", "COMPACT REVISION"],
            &[vec![hash.to_string(), hash_revision.to_string(), compact_revision.to_string()]],
        ),
        Format::Protobuf | Format::Yaml | Format::Jsonl | Format::Raw => return Err(context::unsupported(format)),
    })
}
