//! `rsutl verify`: is what a data directory or a snapshot file holds sound?

use std::io::Write;
use std::path::PathBuf;

use super::Failure;
use super::context::{Context, unsupported};
use crate::cli::exit::{self, Exit};
use crate::cli::output::Format;
use crate::offline::verify::{self, Report, Severity};

/// Check a data directory or a snapshot file, of rsetcd or of etcd
///
/// Reads the write-ahead log, raft snapshot files and the backend, and checks each by itself and against the others.
/// Nothing is changed, and what is in use by a running member is not waited for.
///
/// Each finding names file and place and says what to do. Ends with
///   0  sound, or nothing worse than a remark
///   3  warnings: it works, and not as it should
///   1  errors: damage
///   4  something cannot be looked at: missing, in use, unreadable
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct VerifyArgs {
    /// Data directory, or a snapshot file; with --compare, the other members' directories may follow
    #[arg(value_name = "PATH", required = true, num_args = 1..)]
    paths: Vec<PathBuf>,
    /// Directory of the segments [default: PATH/member/wal]
    #[arg(long, value_name = "DIR")]
    wal_dir: Option<PathBuf>,
    /// Compute everything anew: hashes, the index, and the state by applying the log in a scratch directory
    #[arg(long)]
    deep: bool,
    /// Check the data directories of other members, too, and that all agree; each with its log in member/wal
    #[arg(long, value_name = "DIR")]
    compare: Vec<PathBuf>,
}

impl VerifyArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let format = context.format()?;
        if !matches!(format, Format::Simple | Format::Json) {
            return Err(unsupported(format));
        }
        let Some((path, others)) = self.paths.split_first() else {
            return Err(exit::Failure::args("verify needs a data directory or a snapshot file").into());
        };
        if !others.is_empty() && self.compare.is_empty() {
            return Err(exit::Failure::args("verify takes one path, unless --compare is given").into());
        }
        let mut report = Report::default();
        if path.is_file() && self.compare.is_empty() {
            verify::snapshot(path, self.deep, &mut report);
        } else {
            let mut members = vec![verify::data_dir(path, self.wal_dir.as_deref(), self.deep, &mut report)];
            for other in self.compare.iter().chain(others) {
                members.push(verify::data_dir(other, None, self.deep, &mut report));
            }
            if members.len() > 1 {
                verify::compare(&members, &mut report);
            }
        }
        match format {
            Format::Json => writeln!(out, "{}", report.to_json())?,
            _ => write!(out, "{report}")?,
        }
        match exit_code(&report) {
            0 => Ok(()),
            code => Err(exit::Failure::new(Exit::Found(code), report.summary()).into()),
        }
    }
}

/// As the help says.
fn exit_code(report: &Report) -> u8 {
    let has = |severity| report.count(severity) > 0;
    if has(Severity::Error) {
        1
    } else if has(Severity::Fatal) {
        4
    } else if has(Severity::Warning) {
        3
    } else {
        0
    }
}
