//! The files of the backend below `member/snap`.
//!
//! ```text
//! lmdb-<n, 16 hex digits>/data.mdb, lock.mdb    one generation of the backend
//! CURRENT                                       the name of the generation that counts, and a line feed
//! ```
//! A new generation is complete and synced before `CURRENT` names it (write, sync, rename, sync directory); all
//! other generations are leftovers.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::pages::{Damage, PageFile};

pub const CURRENT: &str = "CURRENT";
const CURRENT_NEW: &str = "CURRENT.tmp";
/// The file of a generation.
pub const DATA: &str = "data.mdb";
const PREFIX: &str = "lmdb-";

/// The name of generation `number`.
fn name(number: u64) -> String {
    format!("{PREFIX}{number:016x}")
}

fn parse(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(PREFIX)?;
    let is_plain = digits.len() == 16 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    is_plain.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
}

/// The directory of the generation that counts; `None` if there is no backend yet.
///
/// # Errors
/// `CURRENT` cannot be read, or names no directory that exists (`InvalidData`).
pub fn current(snap_dir: &Path) -> io::Result<Option<PathBuf>> {
    let path = snap_dir.join(CURRENT);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let damaged = |what: String| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {what}", path.display()));
    let named = text.strip_suffix('\n').filter(|name| parse(name).is_some());
    let named = named.ok_or_else(|| damaged("does not name a generation of the backend".into()))?;
    let dir = snap_dir.join(named);
    if dir.join(DATA).is_file() {
        Ok(Some(dir))
    } else {
        Err(damaged(format!("names {named}/{DATA}, which is missing")))
    }
}

/// A generation with something in it, where none counts. A first start that is cut short leaves one without rows.
pub fn find_unnamed(snap_dir: &Path) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(snap_dir)? {
        let entry = entry?;
        if parse(&entry.file_name().to_string_lossy()).is_some() && holds_rows(&entry.path().join(DATA))? {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

/// Whether rows are, or may have been, in the file at `path`.
fn holds_rows(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
        Ok(metadata) if metadata.len() == 0 => return Ok(false),
        Ok(_) => {}
    }
    let is_empty = || {
        let trees = PageFile::open(path)?.named()?;
        Ok::<_, Damage>(trees.iter().all(|(_, tree, _)| tree.is_some_and(|tree| tree.is_empty())))
    };
    Ok(!is_empty().unwrap_or(false))
}

/// Makes an empty directory for the first generation; `publish` makes it count.
pub fn create_first(snap_dir: &Path) -> io::Result<PathBuf> {
    create(snap_dir.join(name(1)))
}

/// Makes an empty directory for the generation after that in `dir`; `publish` makes it count.
pub fn create_next(dir: &Path) -> io::Result<PathBuf> {
    let number = dir.file_name().and_then(OsStr::to_str).and_then(parse).unwrap_or(0);
    create(dir.with_file_name(name(number + 1)))
}

fn create(dir: PathBuf) -> io::Result<PathBuf> {
    match fs::remove_dir_all(&dir) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&dir)?;
    Ok(dir)
}

/// Makes `dir` the generation that counts. Its files are synced by the caller.
pub fn publish(snap_dir: &Path, dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()?;
    let new = snap_dir.join(CURRENT_NEW);
    let mut file = File::create(&new)?;
    let name = dir.file_name().and_then(OsStr::to_str).expect("generations are named by us, in ASCII");
    file.write_all(format!("{name}\n").as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, snap_dir.join(CURRENT))?;
    File::open(snap_dir)?.sync_all()
}

/// Removes generations other than `kept`, and an unfinished `CURRENT`. Only the name of `kept` counts: LMDB tells its
/// path without links, and `snap_dir` is as it was typed.
pub fn remove_others(snap_dir: &Path, kept: &Path) -> io::Result<()> {
    for entry in fs::read_dir(snap_dir)? {
        let entry = entry?;
        let file_name = entry.file_name();
        let file_name = file_name.to_string_lossy();
        if parse(&file_name).is_some() && Some(entry.file_name().as_os_str()) != kept.file_name() {
            tracing::info!(path = %entry.path().display(), "removing a left-over generation of the backend");
            fs::remove_dir_all(entry.path())?;
        } else if file_name == CURRENT_NEW {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_current_names_counts() {
        let temp = tempfile::tempdir().unwrap();
        let snap = temp.path();
        assert_eq!(current(snap).unwrap(), None);
        let first = create_first(snap).unwrap();
        fs::write(first.join("data.mdb"), "x").unwrap();
        assert_eq!(current(snap).unwrap(), None, "not published yet");
        publish(snap, &first).unwrap();
        assert_eq!(current(snap).unwrap(), Some(first));

        fs::create_dir(snap.join(name(0x1f))).unwrap();
        fs::create_dir(snap.join("lmdb-other")).unwrap();
        fs::write(snap.join(CURRENT_NEW), "").unwrap();
        remove_others(snap, &Path::new("/by/another/way").join(name(1))).unwrap();
        let mut left: Vec<_> = fs::read_dir(snap).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["CURRENT", "lmdb-0000000000000001", "lmdb-other"]);

        for text in ["", "lmdb-0000000000000001", "lmdb-00000000000000G1\n", "../x\n", "lmdb-0000000000000002\n"] {
            fs::write(snap.join(CURRENT), text).unwrap();
            assert_eq!(current(snap).unwrap_err().kind(), io::ErrorKind::InvalidData, "{text:?}");
        }
    }
}
