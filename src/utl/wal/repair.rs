//! `rsutl wal repair`: makes a log that a member starts from again.
//!
//! A torn tail is cut, as a start would. Anything else loses what may have been acknowledged: it is told, and done only
//! by `--discard-after` (see `storage::wal::discard`).

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::backend::Backend;
use crate::storage::wal::discard::{Applied, Survey};
use crate::storage::wal::{RecordReader, WalError, scan};
use crate::storage::{datadir, file_lock};
use crate::types::Index;
use crate::utl::Failure;

/// Cut a torn tail off the write-ahead log, or give up what is behind damage
///
/// The member must be stopped. What is changed stays as .broken beside it. A torn tail, as a crash leaves it, is cut
/// off. Of other damage it is told what would be lost, and nothing is changed without --discard-after.
#[derive(Debug, clap::Args)]
pub struct RepairArgs {
    /// Data directory
    data_dir: PathBuf,
    /// Directory of the segments [default: DATA_DIR/member/wal]
    #[arg(long, value_name = "DIR")]
    wal_dir: Option<PathBuf>,
    /// Give up all entries behind this index, even acknowledged ones
    #[arg(long, value_name = "INDEX")]
    discard_after: Option<Index>,
}

impl RepairArgs {
    pub fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let wal_dir = self.wal_dir.clone().unwrap_or_else(|| datadir::wal_dir(&self.data_dir));
        let _lock = lock_member(&self.data_dir)?;
        let survey = Survey::take(&wal_dir).map_err(Failure::from_error)?;
        match self.discard_after {
            Some(index) => {
                let backend = Backend::open(&self.data_dir, survey.metadata()).map_err(Failure::from_error)?;
                self.discard(survey, index, backend.as_ref(), out)
            }
            None => self.repair(&survey, &wal_dir, out),
        }
    }

    fn repair(&self, survey: &Survey, wal_dir: &Path, out: &mut dyn Write) -> Result<(), Failure> {
        // What can be read to its end may still not be what a start needs.
        let inconsistent = || RecordReader::open(wal_dir).and_then(|reader| scan(reader, wal_dir)).err();
        let inconsistent = if survey.damage.is_none() { inconsistent() } else { None };
        if let Some(damage) = survey.damage.as_ref().or(inconsistent.as_ref()) {
            return Err(Failure::Failed(self.refusal(damage, survey)));
        }
        match survey.repair().map_err(Failure::from_error)? {
            None => writeln!(out, "nothing to repair: the log ends with entry {}", survey.last())?,
            Some(repair) => {
                let (file, copy) = (repair.file.display(), repair.copy.display());
                writeln!(out, "{file}: cut at offset {}: {}", repair.offset, repair.what)?;
                writeln!(out, "as it was: {copy}")?;
                writeln!(out, "the log ends with entry {}", survey.last())?;
            }
        }
        Ok(())
    }

    /// What is wrong, what would be lost, and what to do.
    fn refusal(&self, damage: &WalError, survey: &Survey) -> String {
        let backend = match Backend::open(&self.data_dir, survey.metadata()) {
            Ok(backend) => backend,
            Err(error) => {
                return format!("{damage}\nThis is no torn tail: nothing was changed. The backend: {error}.");
            }
        };
        let applied = backend.as_ref().map(|backend| &backend.applied);
        let mut text = format!("{damage}\nThis is no torn tail: nothing was changed.");
        text.push_str(&format!("\nEntries can be read up to {}.", survey.last()));
        if survey.seen_last > survey.last() {
            let (first, last) = (survey.last() + 1, survey.seen_last);
            text.push_str(&format!(" Those from {first} to {last} or later cannot."));
        }
        text.push_str(&format!(" Known as committed: up to {}.", committed(survey, applied)));
        if let Some(applied) = applied {
            text.push_str(&format!(" The backend has applied entries up to {}.", applied.index));
        }
        let best = survey.best(applied);
        text.push_str(match best {
            Some(_) => {
                "\nIn a cluster with a majority, remove this member and add it again. Otherwise, to give up \
                 what is behind the damage:\n"
            }
            None => "\nNo index is left to go on from: restore a snapshot, or remove this member and add it again.",
        });
        if let Some(best) = best {
            text.push_str(&self.command(best));
        }
        text
    }

    fn command(&self, index: Index) -> String {
        let wal_dir = self.wal_dir.as_ref().map_or_else(String::new, |dir| format!(" --wal-dir {}", dir.display()));
        format!("  rsutl wal repair {}{wal_dir} --discard-after {index}", self.data_dir.display())
    }

    fn discard(
        &self,
        survey: Survey,
        index: Index,
        backend: Option<&Backend>,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let applied = backend.map(|backend| &backend.applied);
        let plan = survey.plan(index, applied).map_err(|refusal| {
            let hint = match survey.best(applied) {
                Some(best) => format!("\nThe index that loses least:\n{}", self.command(best)),
                None => String::new(),
            };
            Failure::Failed(format!("cannot discard what is behind {index}: {refusal}; nothing was changed{hint}"))
        })?;
        let seen_last = survey.seen_last.max(survey.last());
        if let Some(damage) = &survey.damage {
            writeln!(out, "damage: {damage}")?;
        }
        if seen_last > index {
            writeln!(out, "lost: entries {} to {seen_last}, or later ones", index + 1)?;
        } else {
            writeln!(out, "lost: entries behind {index}, if there were any")?;
        }
        let committed = committed(&survey, applied);
        if committed > index {
            writeln!(out, "WARNING: entries up to {committed} were committed: acknowledged writes are lost")?;
        } else {
            writeln!(out, "WARNING: entries behind {index} may have been acknowledged, though that is not known here")?;
        }
        writeln!(out, "WARNING: a vote may be lost; in a cluster with a majority rather replace this member")?;
        // Before anything is done.
        out.flush()?;
        // File first, record second: etcd looks for the file that a record names.
        let snap = match (backend, plan.begins_at()) {
            (Some(backend), Some(mark)) => backend.write_snap(mark).map_err(Failure::from_error)?,
            _ => None,
        };
        let done = survey.discard(&plan).map_err(|error| {
            // Without the record it is of no use; the error at hand matters more than one of this.
            snap.iter().for_each(|file| drop(fs::remove_file(file)));
            Failure::from_error(error)
        })?;
        if let Some(file) = &snap {
            writeln!(out, "the log begins at a snapshot now, whose members are in {}", file.display())?;
        }
        for copy in &done.copies {
            writeln!(out, "as it was: {}", copy.display())?;
        }
        writeln!(out, "the log ends with entry {index}, in {}", done.tail.display())?;
        Ok(())
    }
}

fn committed(survey: &Survey, applied: Option<&Applied>) -> Index {
    survey.seen.commit().max(applied.map_or(0, |applied| applied.index))
}

/// The lock of a data directory, if there is one yet: no member starts meanwhile. etcd has none, but the segments are
/// locked too.
fn lock_member(data_dir: &Path) -> Result<Option<File>, Failure> {
    let path = data_dir.join("member").join("LOCK");
    let failed = |why: String| Failure::Failed(format!("{}: {why}", path.display()));
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
    };
    match file_lock::try_flock(&file) {
        Ok(true) => Ok(Some(file)),
        Ok(false) => Err(failed("the data directory is locked by another process; stop the member first".into())),
        Err(error) => Err(failed(error.to_string())),
    }
}
