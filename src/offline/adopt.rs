//! Takes a stopped etcd's data directory over, in place.
//!
//! ```text
//! <data-dir>/member            etcd's, then ours
//!           /member.adopting   ours while it is made: backend from `db`, `.snap` files and finished segments as further
//!                              links, the last segment as a copy up to its last record
//!           /member.etcd       etcd's, untouched, until `--discard`
//! <wal-dir>/wal.etcd           with --wal-dir: that directory goes on being the log; what it held is kept here
//! ```
//! One rename exchanges `member` and `member.adopting`: before it etcd would start, after it we do. The file ADOPTING is
//! made first in whatever is made here, and removed last:
//!
//! | found by the next adoption or start | it was cut short | done |
//! |---|---|---|
//! | ADOPTING in `member.adopting` or `wal.etcd`, not in `member` | before the exchange | both are removed |
//! | no `member`, `member.etcd`, and `member.adopting` that says it is complete | between two renames, where the system has no exchange | the second one |
//! | ADOPTING in `member` | after the exchange | `member.adopting` becomes `member.etcd` |
//!
//! So at no moment is the only copy of anything etcd wrote in a directory that would be removed.
//!
//! Not here: which directories can be taken over (`stopped`), and who the members are (`membership`).

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};

use super::scratch::MAP_SIZE_BYTES;
use super::stopped::{Access, DirLock, Note, Stopped, StoppedError, check_pages};
use crate::membership::v2_tree::Tree;
use crate::storage::backend;
use crate::storage::datadir;
use crate::storage::rewrite::{RewriteError, State};
use crate::storage::snap::{self, SnapFile};
use crate::storage::source::{Kind, Source, SourceError, Wait};
use crate::storage::wal::{ScannedWal, SnapMark, WalError, WalOptions};

/// In a directory that is made here, until all is done.
const MARKER: &str = "ADOPTING";
const MARKER_NEW: &str = "ADOPTING.tmp";
const BUILDING: &str = "building\n";
const COMPLETE: &str = "complete\n";

/// What to take over.
#[derive(Clone, Copy, Debug)]
pub struct Request<'request> {
    pub data_dir: &'request Path,
    /// The value of --wal-dir, if given.
    pub wal_dir: Option<&'request Path>,
    /// For locks of others.
    pub wait: Wait,
    pub v2_data: V2Data,
}

/// What becomes of data of the v2 API, which only etcd up to 3.5 has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum V2Data {
    Refuse,
    LeaveOut,
}

/// What has been done, in this order; each of them is durable then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Begun,
    /// So many bytes of rows were written; comes often.
    Rows(u64),
    Log,
    Snapshots,
    Database,
    Complete,
    /// Only where the system cannot exchange two names.
    Aside,
    Exchanged,
    Kept,
    Done,
}

/// What was taken over.
#[derive(Clone, Debug)]
pub struct Adopted {
    /// Of the database, before and after.
    pub etcd_bytes: u64,
    pub own_bytes: u64,
    /// Where the originals are.
    pub originals: PathBuf,
    /// And the log, with --wal-dir.
    pub original_log: Option<PathBuf>,
}

/// What was done about an adoption that had been cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumed {
    Nothing,
    /// What had been made was removed; etcd's directory is as it was.
    Undone,
    Finished,
}

/// Why a directory is not taken over.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    #[error(transparent)]
    Stopped(#[from] StoppedError),
    #[error("{}: cannot {doing}: {source}", path.display())]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    #[error("{} is a data directory of rsetcd already", .0.display())]
    Already(PathBuf),
    #[error(
        "{} is left from an earlier adoption: have it removed with rsutl adopt --discard, or move it away", .0.display()
    )]
    Leftover(PathBuf),
    #[error("{} was not made by an adoption: move it away", .0.display())]
    Foreign(PathBuf),
    #[error(
        "the v2 API was in use here (there is {path}), and its data would be left out; rsutl adopt --ignore-v2-data does so"
    )]
    V2Data { path: String },
    #[error(transparent)]
    Backend(#[from] RewriteError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Wal(#[from] WalError),
    #[error(transparent)]
    Snap(#[from] snap::SnapError),
    #[error("{}: there is nothing left of an etcd's data to remove", .0.display())]
    NothingKept(PathBuf),
    #[error("{} is etcd's database: there is no rsetcd data that could replace what would be removed", .0.display())]
    NotAdopted(PathBuf),
}

fn io_error(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> AdoptError + use<> {
    let path = path.to_owned();
    move |source| AdoptError::Io { path, doing, source }
}

/// The names in play.
#[derive(Clone, Debug)]
struct Places {
    root: PathBuf,
    member: PathBuf,
    adopting: PathBuf,
    etcd: PathBuf,
    /// Originals on their way out.
    discarded: PathBuf,
    /// Of the log in `adopting`, where it is in `member`.
    inner_log: PathBuf,
    /// With --wal-dir: the log as etcd left it.
    log: Option<PathBuf>,
}

impl Places {
    fn new(data_dir: &Path, wal_dir: Option<&Path>) -> Self {
        let member = data_dir.join("member");
        let adopting = data_dir.join("member.adopting");
        // What is named by --wal-dir may be below `member` all the same.
        let inner = match wal_dir {
            None => Some(PathBuf::from("wal")),
            Some(dir) => {
                let (dir, member) = (dir.canonicalize(), member.canonicalize());
                let inner = |dir: PathBuf| Some(dir.strip_prefix(member.ok()?).ok()?.to_owned());
                dir.ok().and_then(inner)
            }
        };
        Self {
            root: data_dir.to_owned(),
            etcd: data_dir.join(datadir::KEPT),
            discarded: data_dir.join("member.etcd.discarded"),
            log: wal_dir.filter(|_| inner.is_none()).map(|dir| dir.join("wal.etcd")),
            inner_log: adopting.join(inner.unwrap_or_default()),
            member,
            adopting,
        }
    }
}

/// Goes on where an adoption was cut short, or takes it back. Does nothing where there was none.
///
/// # Errors
/// Another process is at it; the disk refuses; there is something that was not made here.
pub fn resume(data_dir: &Path, wal_dir: Option<&Path>, wait: Wait) -> Result<Resumed, AdoptError> {
    if !data_dir.is_dir() {
        return Ok(Resumed::Nothing);
    }
    let places = Places::new(data_dir, wal_dir);
    let traces = [places.member.join(MARKER), places.adopting.clone()];
    let log_marker = places.log.as_ref().map(|log| log.join(MARKER));
    if !traces.iter().chain(&log_marker).any(|trace| trace.exists()) {
        return Ok(Resumed::Nothing);
    }
    let _lock = DirLock::take(data_dir, wait)?;
    places.resume()
}

impl Places {
    fn resume(&self) -> Result<Resumed, AdoptError> {
        let is_complete = || fs::read_to_string(self.adopting.join(MARKER)).is_ok_and(|text| text == COMPLETE);
        if !self.member.exists() && self.etcd.exists() && is_complete() {
            fs::rename(&self.adopting, &self.member).map_err(io_error(&self.member, "rename the new directory to"))?;
            sync_dir(&self.root)?;
        }
        if self.member.join(MARKER).exists() {
            self.tidy(&mut |_| {})?;
            return Ok(Resumed::Finished);
        }
        let mut resumed = Resumed::Nothing;
        if self.adopting.exists() {
            remove_made(&self.adopting)?;
            resumed = Resumed::Undone;
        }
        if let Some(log) = self.log.as_ref().filter(|log| log.join(MARKER).exists() || is_bare(log)) {
            remove_made(log)?;
            resumed = Resumed::Undone;
        }
        Ok(resumed)
    }

    /// The moment in which the directory becomes ours.
    fn exchange(&self, report: &mut dyn FnMut(Step)) -> Result<(), AdoptError> {
        match rustix::fs::renameat_with(CWD, &self.adopting, CWD, &self.member, RenameFlags::EXCHANGE) {
            Ok(()) => sync_dir(&self.root)?,
            Err(_) => self.exchange_in_two(report)?,
        }
        report(Step::Exchanged);
        Ok(())
    }

    /// For file systems that cannot exchange two names.
    fn exchange_in_two(&self, report: &mut dyn FnMut(Step)) -> Result<(), AdoptError> {
        fs::rename(&self.member, &self.etcd).map_err(io_error(&self.member, "rename"))?;
        sync_dir(&self.root)?;
        report(Step::Aside);
        if let Err(error) = fs::rename(&self.adopting, &self.member) {
            // As it was; if that fails too, the next start goes on.
            let _ = fs::rename(&self.etcd, &self.member);
            return Err(io_error(&self.member, "rename the new directory to")(error));
        }
        sync_dir(&self.root)
    }

    /// What is left to do after the exchange.
    fn tidy(&self, report: &mut dyn FnMut(Step)) -> Result<(), AdoptError> {
        if self.adopting.exists() {
            if self.etcd.exists() {
                return Err(AdoptError::Leftover(self.etcd.clone()));
            }
            fs::rename(&self.adopting, &self.etcd).map_err(io_error(&self.etcd, "rename etcd's directory to"))?;
            sync_dir(&self.root)?;
        }
        report(Step::Kept);
        for dir in self.log.iter().chain([&self.member]) {
            remove_marker(dir)?;
        }
        report(Step::Done);
        Ok(())
    }
}

/// A directory that can be taken over: everything was read and checked, nothing changed.
pub struct Adoption {
    stopped: Stopped,
    places: Places,
    /// `.snap` files that go along.
    snaps: Vec<String>,
}

impl Adoption {
    /// Goes on with an adoption that was cut short, and checks whether the directory can be taken over.
    ///
    /// # Errors
    /// It is in use, damaged, or not etcd's. Only leftovers of an earlier try have been touched.
    pub fn prepare(request: &Request) -> Result<Self, AdoptError> {
        let Request { data_dir, wal_dir, wait, v2_data } = *request;
        let places = Places::new(data_dir, wal_dir);
        let lock = DirLock::take(data_dir, wait)?;
        places.resume()?;
        if backend::env::exists(&datadir::snap_dir(data_dir)) {
            return Err(AdoptError::Already(data_dir.to_owned()));
        }
        let in_the_way = [&places.etcd, &places.discarded].into_iter().chain(&places.log);
        if let Some(leftover) = in_the_way.into_iter().find(|path| path.symlink_metadata().is_ok()) {
            return Err(AdoptError::Leftover(leftover.clone()));
        }
        let mut stopped = Stopped::open(lock, wal_dir, Access::Changing, wait)?;
        if let Some(path) = stopped.membership.v2_data.clone().filter(|_| v2_data == V2Data::Refuse) {
            return Err(AdoptError::V2Data { path });
        }
        let mut snaps = Vec::new();
        for name in snap::list(&stopped.snap_dir)? {
            match snap::read(&stopped.snap_dir.join(name.to_string())) {
                Ok(_) => snaps.push(name.to_string()),
                Err(error) => stopped.notes.push(Note::DamagedSnap(error.to_string())),
            }
        }
        Ok(Self { stopped, places, snaps })
    }

    /// What was found.
    pub fn stopped(&self) -> &Stopped {
        &self.stopped
    }

    /// Takes it over. `report` hears of each step.
    ///
    /// # Errors
    /// The disk refuses; everything is then as it was, or the next start goes on.
    pub fn carry_out(self, report: &mut dyn FnMut(Step)) -> Result<Adopted, AdoptError> {
        let Self { stopped, places, snaps } = self;
        let _lock = stopped.lock.clone();
        let etcd_bytes = stopped.source.size_bytes()?;
        // Until all is done no etcd may start.
        let _held = build(stopped, &places, &snaps, report).inspect_err(|_| {
            // The error at hand matters more than one of this; the next try removes what is left.
            let _ = places.resume();
        })?;
        places.exchange(report)?;
        places.tidy(report)?;
        let own_bytes = database_bytes(&places.member.join("snap"))?;
        Ok(Adopted { etcd_bytes, own_bytes, originals: places.etcd, original_log: places.log })
    }
}

/// Locks on what etcd would open: of the database, and of the log.
type Held = (State, Option<ScannedWal>);

/// Makes all of `member.adopting`.
fn build(
    stopped: Stopped,
    places: &Places,
    snaps: &[String],
    report: &mut dyn FnMut(Step),
) -> Result<Held, AdoptError> {
    let member = &places.adopting;
    let snap_dir = member.join("snap");
    make_dir(member)?;
    write_marker(member, BUILDING)?;
    make_dir(&snap_dir)?;
    sync_dir(&places.root)?;
    report(Step::Begun);

    let own_wal = &places.inner_log;
    match &places.log {
        Some(kept) => {
            make_dir(kept)?;
            write_marker(kept, BUILDING)?;
            keep_log(&stopped.wal, kept)?;
            sync_dir(stopped.wal.dir())?;
        }
        None => {
            make_dir(own_wal)?;
            copy_log(&stopped.wal, own_wal)?;
        }
    }
    report(Step::Log);

    for name in snaps {
        link(&stopped.snap_dir.join(name), &snap_dir.join(name))?;
    }
    report(Step::Snapshots);

    let Stopped { source, wal, consistent, term, last, membership, .. } = stopped;
    let mut state = State::read(source)?;
    membership.write_into(&mut state, consistent, term);
    let conf_state = membership.cluster.conf_state();
    state.write_lmdb(&snap_dir, MAP_SIZE_BYTES, &mut |bytes| report(Step::Rows(bytes)))?;
    check_pages(&Source::open(&snap_dir, Wait::Forever)?, &mut Vec::new())?;
    report(Step::Database);

    let mut held_wal = Some(wal);
    if consistent > last {
        let mark = SnapMark { index: consistent, term, conf_state: Some(conf_state.clone()) };
        let data = Tree::of(&membership.cluster).encode().into();
        snap::save(&snap_dir, &SnapFile { index: consistent, term, conf_state, data })?;
        // With --wal-dir the record goes to the log that etcd would find too, which it does not disturb.
        let outer = held_wal.take_if(|_| places.log.is_some());
        let scanned = outer.map_or_else(|| ScannedWal::scan(own_wal), Ok)?;
        let (mut log, _) = scanned.open(&WalOptions::default())?;
        log.append_snapshot(&mark)?;
        log.close()?;
    }
    [own_wal, &snap_dir, member].into_iter().try_for_each(|dir| sync_dir(dir))?;
    write_marker(member, COMPLETE)?;
    report(Step::Complete);
    Ok((state, held_wal))
}

/// The log for us: segments that nobody appends to are the same files, the last one is a copy without its tail.
fn copy_log(wal: &ScannedWal, to: &Path) -> Result<(), AdoptError> {
    let end = wal.end();
    for segment in wal.segments() {
        let name = segment.to_string();
        let (source, target) = (wal.dir().join(&name), to.join(&name));
        if segment == end.segment {
            copy(&source, &target, end.offset)?;
        } else {
            link(&source, &target)?;
        }
    }
    sync_dir(to)
}

/// The log for etcd, where we go on with its files: the last segment is copied to its last byte.
fn keep_log(wal: &ScannedWal, to: &Path) -> Result<(), AdoptError> {
    for segment in wal.segments() {
        let name = segment.to_string();
        let (source, target) = (wal.dir().join(&name), to.join(&name));
        if segment == wal.end().segment {
            copy(&source, &target, u64::MAX)?;
        } else {
            link(&source, &target)?;
        }
    }
    sync_dir(to)
}

/// A further name, or a copy where the file system has no such names.
fn link(source: &Path, target: &Path) -> Result<(), AdoptError> {
    match fs::hard_link(source, target) {
        Ok(()) => Ok(()),
        Err(_) => copy(source, target, u64::MAX),
    }
}

fn copy(source: &Path, target: &Path, bytes: u64) -> Result<(), AdoptError> {
    let mut from = File::open(source).map_err(io_error(source, "read"))?.take(bytes);
    let to = File::options().write(true).create_new(true).mode(0o600).open(target);
    let mut to = to.map_err(io_error(target, "create"))?;
    io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).map_err(io_error(target, "write"))
}

fn make_dir(dir: &Path) -> Result<(), AdoptError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io_error(dir, "create"))
}

fn sync_dir(dir: &Path) -> Result<(), AdoptError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io_error(dir, "sync"))
}

/// Whole or not at all.
fn write_marker(dir: &Path, text: &str) -> Result<(), AdoptError> {
    let (path, new) = (dir.join(MARKER), dir.join(MARKER_NEW));
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &path)
    };
    write().map_err(io_error(&path, "write"))?;
    sync_dir(dir)
}

fn remove_marker(dir: &Path) -> Result<(), AdoptError> {
    let path = dir.join(MARKER);
    match fs::remove_file(&path) {
        Ok(()) => sync_dir(dir),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(io_error(&path, "remove")(error)),
    }
}

/// Nothing is in it yet but, perhaps, the marker's first try.
fn is_bare(dir: &Path) -> bool {
    fs::read_dir(dir)
        .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == MARKER_NEW)))
}

/// Removes a directory that was made here, its marker last. Without one it can only be empty, or hold the marker's
/// first try.
fn remove_made(dir: &Path) -> Result<(), AdoptError> {
    let is_made = dir.join(MARKER).exists();
    for entry in fs::read_dir(dir).map_err(io_error(dir, "list"))? {
        let entry = entry.map_err(io_error(dir, "list"))?;
        let (name, path) = (entry.file_name(), entry.path());
        match entry.file_type() {
            _ if name == MARKER => {}
            _ if !is_made && name != MARKER_NEW => return Err(AdoptError::Foreign(dir.to_owned())),
            Ok(kind) if kind.is_dir() => fs::remove_dir_all(&path).map_err(io_error(&path, "remove"))?,
            Ok(_) | Err(_) => fs::remove_file(&path).map_err(io_error(&path, "remove"))?,
        }
    }
    remove_marker(dir)?;
    fs::remove_dir(dir).map_err(io_error(dir, "remove"))
}

fn database_bytes(snap_dir: &Path) -> Result<u64, AdoptError> {
    match backend::generation::current(snap_dir).map_err(io_error(snap_dir, "read"))? {
        Some(dir) => Ok(fs::metadata(dir.join(backend::generation::DATA)).map_err(io_error(&dir, "read"))?.len()),
        None => Ok(0),
    }
}

/// Removes what etcd left, if our own data are sound; gives the directories that are gone.
///
/// # Errors
/// There is nothing; ours are damaged, in use or not there.
pub fn discard(data_dir: &Path, wal_dir: Option<&Path>, wait: Wait) -> Result<Vec<PathBuf>, AdoptError> {
    let places = Places::new(data_dir, wal_dir);
    let lock = DirLock::take(data_dir, wait)?;
    places.resume()?;
    let kept: Vec<PathBuf> =
        [Some(&places.etcd), places.log.as_ref()].into_iter().flatten().filter(|dir| dir.exists()).cloned().collect();
    if kept.is_empty() && !places.discarded.exists() {
        return Err(AdoptError::NothingKept(data_dir.to_owned()));
    }
    let stopped = Stopped::open(lock, wal_dir, Access::Changing, wait)?;
    if stopped.source.kind() == Kind::Bbolt {
        return Err(AdoptError::NotAdopted(stopped.source.path().to_owned()));
    }
    let remove = |dir: &Path| fs::remove_dir_all(dir).map_err(io_error(dir, "remove"));
    if places.discarded.exists() {
        remove(&places.discarded)?;
    }
    if places.etcd.exists() {
        // Half of it must not look like all of it.
        fs::rename(&places.etcd, &places.discarded).map_err(io_error(&places.etcd, "rename"))?;
        sync_dir(&places.root)?;
        remove(&places.discarded)?;
    }
    if let Some(log) = places.log.as_ref().filter(|log| log.exists()) {
        remove(log)?;
    }
    sync_dir(&places.root)?;
    Ok(kept)
}

#[cfg(test)]
mod tests;
