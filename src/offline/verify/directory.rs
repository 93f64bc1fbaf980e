//! All parts of a data directory, one after the other, or a snapshot file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::backend::{self, BackendFacts};
use super::report::{Advice, Area, Finding, Report, Severity};
use super::wal::WalFacts;
use super::{deep, snap, wal};
use crate::storage::datadir;
use crate::storage::source::{Kind, Place, Source, SourceError, TRAILER_BYTES, TRAILER_UNIT, Wait, has_trailer};

/// Whoever has the file open is not waited for: a member does not let go of it.
const NO_WAIT: Wait = Wait::UpTo(Duration::ZERO);
const READ_BYTES: usize = 1 << 20;

/// What was found sound of a member, for comparing.
pub struct Member {
    pub path: PathBuf,
    pub wal: Option<WalFacts>,
    pub backend: Option<BackendFacts>,
}

/// Checks a data directory. `is_deep`: computes everything anew, too.
pub fn data_dir(path: &Path, wal_dir: Option<&Path>, is_deep: bool, report: &mut Report) -> Member {
    let mut member = Member { path: path.to_owned(), wal: None, backend: None };
    if let Err(error) = fs::read_dir(path) {
        let advice = if error.kind() == io::ErrorKind::NotFound { Advice::WrongPath } else { Advice::Permit };
        report.found(Severity::Fatal, Area::DataDir, path, format!("cannot list: {error}"), advice);
        return member;
    }
    let (snap_dir, default_wal) = (datadir::snap_dir(path), datadir::wal_dir(path));
    // One that was named and is not there is a mistake; the member's own is lost.
    let is_log_lost = wal_dir.is_none() && !default_wal.exists();
    let wal_dir = wal_dir.unwrap_or(&default_wal);
    if !path.join("member").is_dir() {
        report.found(Severity::Fatal, Area::DataDir, path, "there is no member in it", Advice::WrongPath);
        return member;
    }
    oddities(path, &[&path.join("member"), &snap_dir, wal_dir], report);
    if is_log_lost {
        let what = "the log does not exist: its entries are missing";
        report.found(Severity::Error, Area::Wal, wal_dir, what, Advice::Recover);
    } else {
        member.wal = wal::verify(wal_dir, is_deep, report);
    }
    let snaps = snap::verify(&snap_dir, member.wal.as_ref(), report);
    let source = match Source::open(path, NO_WAIT) {
        Ok(source) => source,
        Err(error) => {
            no_backend(&snap_dir, member.wal.as_ref(), &error, report);
            return member;
        }
    };
    let etcds = snap_dir.join("db");
    if source.kind() == Kind::Lmdb && etcds.exists() {
        report.found(Severity::Info, Area::Backend, &etcds, "etcd's own, which does not count", Advice::MayDelete);
    }
    member.backend = backend::verify(&source, report);
    if let (Some(backend), Some(wal)) = (&member.backend, &member.wal) {
        backend::compare(backend, wal, &snaps, report);
    }
    if let (true, Some(backend)) = (is_deep, &member.backend) {
        deep::verify(source, backend, member.wal.as_ref(), report);
    }
    member
}

fn no_backend(snap_dir: &Path, wal: Option<&WalFacts>, error: &SourceError, report: &mut Report) {
    if !matches!(error, SourceError::Missing(_)) {
        return report.source_error(Area::Backend, error);
    }
    let what = "there is no backend: neither CURRENT (of rsetcd) nor db (of etcd)";
    match wal.map(|wal| wal.start.index) {
        Some(0) => {
            let what = format!("{what}; rsetcd makes it anew from the log");
            report.found(Severity::Info, Area::Backend, snap_dir, what, Advice::NextStart);
        }
        Some(_) | None => report.found(Severity::Error, Area::Backend, snap_dir, what, Advice::Recover),
    }
}

/// What a start would mention.
fn oddities(path: &Path, dirs: &[&Path], report: &mut Report) {
    for dir in std::iter::once(&path).chain(dirs) {
        if let Ok(metadata) = fs::metadata(dir) {
            let mode = metadata.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                report.info(Area::DataDir, dir, format!("mode is {mode:o}: others may read it"));
            }
        }
    }
    let names = |dir: &Path| {
        let mut names: Vec<String> = fs::read_dir(dir)
            .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
            .unwrap_or_default();
        names.sort_unstable();
        names
    };
    for name in names(path) {
        if name == "proxy" {
            let what = "data of a v2 proxy beside a member: etcd does not start on it";
            report.found(Severity::Warning, Area::DataDir, &path.join(name), what, Advice::MayDelete);
        } else if name == datadir::KEPT {
            let what = "what etcd had here before it was taken over";
            report.found(Severity::Info, Area::DataDir, &path.join(name), what, Advice::Discard);
        } else if name != "member" && name != "fixtures" {
            report.found(Severity::Info, Area::DataDir, &path.join(name), "unknown file", Advice::MayDelete);
        }
    }
    for name in names(&path.join("member")) {
        let file = path.join("member").join(&name);
        if name == "wal.tmp" {
            report.found(Severity::Info, Area::DataDir, &file, "a log that was being made", Advice::NextStart);
        } else if name.starts_with("wal.broken") {
            report.found(Severity::Info, Area::DataDir, &file, "a log that was put aside", Advice::MayDelete);
        }
    }
}

/// Checks a snapshot, or a database file by itself.
pub fn snapshot(path: &Path, is_deep: bool, report: &mut Report) {
    let mut own = Report::default();
    if let Err(error) = trailer(path, &mut own) {
        let advice = if error.kind() == io::ErrorKind::NotFound { Advice::WrongPath } else { Advice::Permit };
        own.found(Severity::Fatal, Area::Backend, path, error, advice);
    } else {
        match Source::open(path, NO_WAIT) {
            Ok(source) => {
                length(path, &source, &mut own);
                let backend = backend::verify(&source, &mut own);
                if let (true, Some(backend)) = (is_deep, &backend) {
                    deep::verify(source, backend, None, &mut own);
                }
            }
            Err(error) => own.source_error(Area::Backend, &error),
        }
    }
    own.advise(Advice::ReplaceMember, Advice::ReplaceSnapshot);
    report.append(own);
}

/// A snapshot ends with its last page, or with the SHA-256 behind it.
fn length(path: &Path, source: &Source, report: &mut Report) {
    let (Ok(pages), Ok(metadata)) = (source.size_bytes(), fs::metadata(path)) else { return };
    let over = metadata.len().saturating_sub(pages);
    let place = Place::Offset(pages);
    let what = format!("{over} bytes stand behind its last page");
    let (severity, what) = match over {
        0 | TRAILER_BYTES => return,
        over if !over.is_multiple_of(TRAILER_UNIT) => {
            (Severity::Error, format!("{what}: cut within the SHA-256, or more was appended"))
        }
        // The room that a database keeps for growing.
        _ => (Severity::Info, what),
    };
    let (file, area, advice) = (path.to_owned(), Area::Backend, Advice::ReplaceSnapshot);
    report.add(Finding { severity, area, file, place, what, advice });
}

/// The SHA-256 behind the pages.
fn trailer(path: &Path, report: &mut Report) -> io::Result<()> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if !has_trailer(length) {
        let what = "there is no SHA-256 behind its pages: a copy of a database, or cut short";
        report.info(Area::Backend, path, what);
        return Ok(());
    }
    let (mut hash, mut left, mut bytes) = (Sha256::new(), length - TRAILER_BYTES, vec![0; READ_BYTES]);
    while left > 0 {
        let part = left.min(READ_BYTES as u64) as usize;
        file.read_exact(&mut bytes[..part])?;
        hash.update(&bytes[..part]);
        left -= part as u64;
    }
    let mut wanted = [0; TRAILER_BYTES as usize];
    file.read_exact(&mut wanted)?;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let found = hash.finalize();
    if found[..] == wanted {
        report.info(Area::Backend, path, format!("SHA-256 {}", hex(&found)));
    } else {
        let what = format!("SHA-256 mismatch: expected {}, computed {}", hex(&wanted), hex(&found));
        let (file, place) = (path.to_owned(), Place::Offset(length - TRAILER_BYTES));
        let (severity, area, advice) = (Severity::Error, Area::Backend, Advice::ReplaceSnapshot);
        report.add(Finding { severity, area, file, place, what, advice });
    }
    Ok(())
}
