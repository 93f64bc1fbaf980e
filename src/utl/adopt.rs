//! `rsutl adopt`: takes over the data directory of a stopped etcd.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use super::{Failure, context::Context};
use crate::cli::progress;
use crate::offline::adopt::{self, Adoption, Request, Resumed, Step, V2Data};
use crate::storage::source::Wait;

/// Take over the data directory of a stopped etcd, in place
///
/// Works on directories of etcd 3.4 to 3.7. Database and log are checked first; when anything is wrong nothing is
/// changed. The database is converted, the log goes on where it ends, and members, leases, users and alarms are as
/// they were. What etcd wrote stays in DATA_DIR/member.etcd until it is removed with --discard: to go back to that
/// moment, stop rsetcd and put the directory back under the name member.
///
/// A log in a directory of its own is named with --wal-dir. It goes on being used where it is, and the files as etcd
/// left them are kept in wal.etcd in that directory.
///
/// rsetcd does the same when it is started on such a directory, unless with --adopt=never.
#[derive(Debug, clap::Args)]
pub struct AdoptArgs {
    /// Data directory
    data_dir: PathBuf,
    /// Directory of the segments [default: DATA_DIR/member/wal]
    #[arg(long, value_name = "DIR")]
    wal_dir: Option<PathBuf>,
    /// Remove what etcd left, after a look whether the data of rsetcd are sound
    #[arg(long)]
    discard: bool,
    /// Leave out data of the v2 API, where there are any
    #[arg(long, conflicts_with = "discard")]
    ignore_v2_data: bool,
}

impl AdoptArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let wait = context.wait();
        if self.discard {
            return self.discard(wait, out);
        }
        let begun = Instant::now();
        if adopt::resume(&self.data_dir, self.wal_dir.as_deref(), wait).map_err(Failure::from_error)?
            == Resumed::Finished
        {
            writeln!(out, "finished an adoption of {} that had been interrupted", self.data_dir.display())?;
            return Ok(());
        }
        let request = Request {
            data_dir: &self.data_dir,
            wal_dir: self.wal_dir.as_deref(),
            wait,
            v2_data: if self.ignore_v2_data { V2Data::LeaveOut } else { V2Data::Refuse },
        };
        let adoption = Adoption::prepare(&request).map_err(Failure::from_error)?;
        let stopped = adoption.stopped();
        for note in &stopped.notes {
            writeln!(out, "note: {note}")?;
        }
        let membership = &stopped.membership;
        let version = membership.cluster.version().map_or("unknown".to_owned(), |version| version.to_string());
        writeln!(
            out,
            "member {} of cluster {}, cluster version {version}, applied up to index {}, log up to {}",
            stopped.member_id, stopped.cluster_id, stopped.consistent, stopped.last
        )?;
        writeln!(out, "members as of {}:", membership.origin)?;
        for member in membership.cluster.members() {
            let role = if member.is_learner { "learner" } else { "voter" };
            writeln!(out, "  {} {role} {:?} {}", member.id, member.attributes.name, member.peer_urls.join(","))?;
        }
        let bar = progress::bytes();
        bar.set_length(stopped.source.size_bytes().map_err(Failure::from_error)?);
        let adopted = adoption.carry_out(&mut |step| {
            if let Step::Rows(bytes) = step {
                bar.inc(bytes);
            }
        });
        bar.finish_and_clear();
        let adopted = adopted.map_err(Failure::from_error)?;
        writeln!(
            out,
            "took over {}: database of {} bytes, {} bytes as etcd had it, in {:.1} s",
            self.data_dir.display(),
            adopted.own_bytes,
            adopted.etcd_bytes,
            begun.elapsed().as_secs_f64()
        )?;
        writeln!(out, "what etcd wrote is in {}", adopted.originals.display())?;
        if let Some(log) = &adopted.original_log {
            writeln!(out, "and in {}", log.display())?;
        }
        writeln!(out, "once it is not wanted any more: rsutl adopt --discard {}", self.data_dir.display())?;
        Ok(())
    }

    fn discard(self, wait: Wait, out: &mut dyn Write) -> Result<(), Failure> {
        let gone = adopt::discard(&self.data_dir, self.wal_dir.as_deref(), wait).map_err(Failure::from_error)?;
        for dir in gone {
            writeln!(out, "removed {}", dir.display())?;
        }
        Ok(())
    }
}
