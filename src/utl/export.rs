//! `rsutl export`: a data directory that etcd runs on.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use super::{Failure, context::Context};
use crate::cli::{
    offer::{self, Offer},
    progress,
};
use crate::membership::ClusterVersion;
use crate::offline::export::{self, Request};
use crate::storage::datadir;

/// Write the data of a stopped member as a data directory of etcd
///
/// The new directory holds every revision, lease, user, role, alarm and member, with the ids they have, as of the last
/// committed entry. Cluster version and schema are lowered to the target version, so that this release starts on it.
/// DATA_DIR is only read. Of a cluster export all members, with the same target version, after all have stopped.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// Data directory, of rsetcd or of etcd
    data_dir: PathBuf,
    /// The new data directory; it is missing or empty
    out: PathBuf,
    /// Release of etcd that is to run on it: 3.5, 3.6 or 3.7
    #[arg(long, value_name = "VERSION", default_value = "3.7",
          value_parser = Offer::to(target, offer::RELEASES), hide_possible_values = true)]
    target_version: ClusterVersion,
    /// Directory of the segments [default: DATA_DIR/member/wal]
    #[arg(long, value_name = "DIR")]
    wal_dir: Option<PathBuf>,
}

/// `3.5`, as `migrate` has it; `3.5.0` means the same.
fn target(text: &str) -> Result<ClusterVersion, String> {
    let parse = |text: &str| ClusterVersion::parse(text).ok();
    parse(&format!("{text}.0"))
        .or_else(|| parse(text))
        .ok_or_else(|| format!("wrong target version format, expected \"X.Y\", got {text:?}"))
}

impl ExportArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let begun = Instant::now();
        let request = Request {
            data_dir: &self.data_dir,
            wal_dir: self.wal_dir.as_deref(),
            out: &self.out,
            target: self.target_version,
            wait: context.wait(),
        };
        let bar = progress::bytes();
        let exported = export::export(&request, &mut |bytes| bar.inc(bytes));
        bar.finish_and_clear();
        let exported = exported.map_err(Failure::from_error)?;
        for note in &exported.notes {
            writeln!(out, "note: {note}")?;
        }
        if exported.applied > 0 {
            writeln!(out, "applied {} committed entries that the database did not hold yet", exported.applied)?;
        }
        if exported.uncommitted > 0 {
            writeln!(out, "kept {} entries that are not known to be committed", exported.uncommitted)?;
        }
        let version = exported.cluster_version.map_or("not decided".to_owned(), |version| version.to_string());
        let db = datadir::snap_dir(&self.out).join("db");
        writeln!(
            out,
            "wrote {} for etcd {}.{}: applied up to index {}, cluster version {version}, database of {} bytes, in {:.1} s",
            self.out.display(),
            self.target_version.major,
            self.target_version.minor,
            exported.index,
            std::fs::metadata(db)?.len(),
            begun.elapsed().as_secs_f64()
        )?;
        Ok(())
    }
}
