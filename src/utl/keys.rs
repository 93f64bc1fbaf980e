//! `rsutl keys`: the keys that existed at a revision.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::Failure;
use super::context::Context;
use super::place::Place;
use crate::cli::go;
use crate::cli::output::jsonl::Line;
use crate::cli::output::{Format, table};
use crate::cli::shown::shown;
use crate::offline::keyspace::{self, Bounds};

/// List the keys that existed at a revision
///
/// Of each: key, revision of its creation and of its last change, version, lease (in hexadecimal, 0 for none) and bytes
/// of the value. With -w json a line of JSON each.
#[derive(clap::Args, Debug)]
pub struct KeysArgs {
    /// As --data-dir or --snapshot
    path: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    /// Only keys that begin so
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    prefix: OsString,
    /// Revision to look at; 0 for the newest
    #[arg(long, value_name = "REV", default_value_t = 0, hide_default_value = true)]
    at_revision: i64,
    /// Print only how many there are
    #[arg(long)]
    count_only: bool,
}

/// What is shown of a key.
struct Shown {
    create_revision: i64,
    mod_revision: i64,
    version: i64,
    lease: i64,
    bytes: usize,
}

impl KeysArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let format = context.format_among(&[Format::Simple, Format::Json, Format::Jsonl, Format::Table])?;
        let current = self.place.open(self.path.as_deref(), context.wait())?;
        let source = current.source();
        let revision = Bounds::read(source)?.revision(self.at_revision)?;
        let keys = keyspace::keys_at(
            source,
            revision,
            |key| key.starts_with(self.prefix.as_bytes()),
            |kv| Shown {
                create_revision: kv.create_revision,
                mod_revision: kv.mod_revision,
                version: kv.version,
                lease: kv.lease,
                bytes: kv.value.len(),
            },
        )?;
        if self.count_only {
            let text = match format {
                Format::Json | Format::Jsonl => {
                    Line::new().number("count", keys.len()).number("revision", revision).finish()
                }
                _ => format!("{}\n", keys.len()),
            };
            return Ok(out.write_all(text.as_bytes())?);
        }
        if format == Format::Table {
            let rows: Vec<_> = keys.iter().map(|(key, shown)| shown.columns(key).to_vec()).collect();
            let header = ["KEY", "CREATE REVISION", "MOD REVISION", "VERSION", "LEASE", "BYTES"];
            return Ok(out.write_all(table::draw(&header, &rows).as_bytes())?);
        }
        for (key, shown) in &keys {
            let line = match format {
                Format::Simple => shown.columns(key).join(", ") + "\n",
                _ => shown.json(key),
            };
            out.write_all(line.as_bytes())?;
        }
        Ok(())
    }
}

impl Shown {
    fn columns(&self, key: &[u8]) -> [String; 6] {
        let lease = if self.lease == 0 { "0".into() } else { go::lease_id(self.lease) };
        let Self { create_revision, mod_revision, version, bytes, .. } = self;
        let [create, modified, version] = [create_revision, mod_revision, version].map(i64::to_string);
        [shown(key), create, modified, version, lease, bytes.to_string()]
    }

    fn json(&self, key: &[u8]) -> String {
        let line = Line::new().bytes("key", key).number("create_revision", self.create_revision);
        let line = line.number("mod_revision", self.mod_revision).number("version", self.version);
        let line = if self.lease == 0 { line } else { line.number("lease", self.lease) };
        line.number("bytes", self.bytes).finish()
    }
}
