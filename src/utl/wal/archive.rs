//! `rsutl wal archive`: copies segments to another directory, once or as long as it runs.
//!
//! The member may be running; nothing of it is locked or changed. See `storage::wal::archive` for what can be relied
//! on at any moment.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use crate::storage::datadir;
use crate::storage::wal::WalError;
use crate::storage::wal::archive::{Archive, Extent, Progress};
use crate::utl::Failure;

/// Between two looks at the log.
const PERIOD: Duration = Duration::from_millis(500);
/// A tail that cannot be read on at one place for this many looks is told: a record is written in far less.
const PATIENCE: u32 = 20;

/// Copy finished segments of the write-ahead log to an archive
///
/// The member may be running. Segments that the archive has already are compared and skipped. Ends with 1 when
/// segments between the archive and the log are gone: then take a snapshot and begin a new archive.
#[derive(Debug, clap::Args)]
pub struct ArchiveArgs {
    /// Data directory
    data_dir: PathBuf,
    /// Directory to copy to; it is made if it is missing
    archive_dir: PathBuf,
    /// Directory of the segments [default: DATA_DIR/member/wal]
    #[arg(long, value_name = "DIR")]
    wal_dir: Option<PathBuf>,
    /// Go on until SIGINT or SIGTERM, and copy the records of the newest segment too, at least each second
    #[arg(long)]
    follow: bool,
}

impl ArchiveArgs {
    pub fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let wal_dir = self.wal_dir.clone().unwrap_or_else(|| datadir::wal_dir(&self.data_dir));
        let mut archive = Archive::open(&wal_dir, &self.archive_dir).map_err(Failure::from_error)?;
        if self.follow {
            follow(&mut archive, out)?;
        } else {
            let progress = archive.copy(Extent::Finished).map_err(Failure::from_error)?;
            report(&progress, out)?;
            if progress.completed.is_empty() {
                writeln!(out, "nothing to copy")?;
            }
        }
        Ok(())
    }
}

/// Until a signal asks to end; then once more.
fn follow(archive: &mut Archive, out: &mut dyn Write) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = runtime.block_on(async { Signals::new() })?;
    let mut stuck = Stuck::default();
    let mut is_ending = false;
    let mut is_first = true;
    loop {
        let progress = archive.copy(Extent::Tail).map_err(Failure::from_error)?;
        report(&progress, out)?;
        if let Some(error) = stuck.look(progress.waiting) {
            eprintln!("Warning: the log cannot be read on: {error}");
        }
        if std::mem::take(&mut is_first) {
            writeln!(out, "following from entry {}", archive.last_index().unwrap_or(0))?;
        }
        out.flush()?;
        if is_ending {
            writeln!(out, "ended at entry {}", archive.last_index().unwrap_or(0))?;
            return Ok(());
        }
        is_ending = runtime.block_on(signals.come_within(PERIOD));
    }
}

fn report(progress: &Progress, out: &mut dyn Write) -> Result<(), Failure> {
    for (copy, offset) in &progress.replaced {
        writeln!(out, "replaced what the member has lost, from offset {offset} on; as it was: {}", copy.display())?;
    }
    for (name, last) in &progress.completed {
        writeln!(out, "archived {name}, up to entry {last}")?;
    }
    Ok(())
}

/// SIGINT and SIGTERM.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Did one come, now or within `time`?
    async fn come_within(&mut self, time: Duration) -> bool {
        tokio::select! {
            _ = self.interrupt.recv() => true,
            _ = self.terminate.recv() => true,
            () = tokio::time::sleep(time) => false,
        }
    }
}

/// A place where the tail cannot be read on.
#[derive(Default)]
struct Stuck {
    text: String,
    looks: u32,
}

impl Stuck {
    /// The error to tell, once, when it has stayed for long.
    fn look(&mut self, error: Option<WalError>) -> Option<WalError> {
        let Some(error) = error else {
            *self = Self::default();
            return None;
        };
        let text = error.to_string();
        if text != self.text {
            *self = Self { text, looks: 0 };
        }
        self.looks = self.looks.saturating_add(1);
        (self.looks == PATIENCE).then_some(error)
    }
}
