//! `rsutl snapshot`

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use super::context::{self, Context};
use super::extract::ExtractArgs;
use super::restore::RestoreArgs;
use super::{Failure, open};
use crate::cli::exit;
use crate::cli::output::{Format, fields::Fields, jsonl::Line, size, table};
use crate::offline::status::{Status, status};
use crate::storage::source::Wait;

/// Snapshot related commands
#[derive(clap::Args, Debug)]
pub struct SnapshotArgs {
    #[command(subcommand)]
    command: SnapshotCommand,
}

#[derive(clap::Subcommand, Debug)]
enum SnapshotCommand {
    Status(StatusArgs),
    Restore(RestoreArgs),
    Extract(ExtractArgs),
}

impl SnapshotArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        match self.command {
            SnapshotCommand::Status(args) => args.run(context, out),
            SnapshotCommand::Restore(args) => Ok(args.run(context)?),
            SnapshotCommand::Extract(args) => args.run(context, out),
        }
    }
}

/// Check a snapshot or a database, and tell what it holds
///
/// Takes snapshots and databases of rsetcd and etcd, and data directories. Nothing is changed. A file that another
/// process has open is waited for as long as that takes.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsutl snapshot status <FILE>")]
struct StatusArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

impl StatusArgs {
    fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let [file] = &self.args[..] else {
            return Err(exit::Failure::args("snapshot status requires exactly one argument").into());
        };
        let format = context.format()?;
        let file = Path::new(file);
        // etcdutl heeds no --timeout here; a directory it does not take at all.
        let wait = if file.is_dir() { context.wait() } else { Wait::Forever };
        let source = open::source(context, file, wait)?;
        let status = status(&source, &mut *open::pass(source.size_bytes().map_err(Failure::from_error)?));
        Ok(out.write_all(text(&status.map_err(Failure::from_error)?, format)?.as_bytes())?)
    }
}

fn text(status: &Status, format: Format) -> Result<String, Failure> {
    let Status { hash, revision, total_keys, size_bytes, storage_version } = status;
    Ok(match format {
        Format::Simple => {
            format!("{hash:x}, {revision}, {total_keys}, {}, {storage_version}\n", size(*size_bytes))
        }
        Format::Json => Line::new()
            .number("hash", hash)
            .number("revision", revision)
            .number("totalKey", total_keys)
            .number("totalSize", size_bytes)
            .text("version", storage_version)
            .finish(),
        Format::Fields => {
            let mut fields = Fields::new(false);
            fields.value("Hash", hash).value("Revision", revision).value("Keys", total_keys);
            fields.value("Size", size_bytes).value("Version", storage_version);
            fields.finish()
        }
        Format::Table => table::draw(
            &["HASH", "REVISION", "TOTAL KEYS", "TOTAL SIZE", "VERSION"],
            &[vec![
                format!("{hash:x}"),
                revision.to_string(),
                total_keys.to_string(),
                size(*size_bytes),
                storage_version.clone(),
            ]],
        ),
        Format::Protobuf | Format::Yaml | Format::Jsonl | Format::Raw => return Err(context::unsupported(format)),
    })
}
