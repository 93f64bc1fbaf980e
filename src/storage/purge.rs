//! Deletes old WAL segments and snapshot files beyond the wanted number, as etcd does every 30 s.
//!
//! Which segments are still needed is told by locks: the WAL holds one on each (`Wal::release_to`), and here the
//! oldest locked segment ends the search. So a process that has died is no obstacle, and a live one is never robbed.
//!
//! Not here: when to look. 0 as a number means no limit, which is the caller's to know too: nothing is deleted.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{file_lock, shrink};

/// Deletes the oldest segments in `dir` that nobody holds, down to `max` segments. Returns what was deleted.
pub fn wal_segments(dir: &Path, max: usize) -> io::Result<Vec<PathBuf>> {
    oldest_beyond(dir, ".wal", max)?.into_iter().map_while(|path| delete_unlocked(path).transpose()).collect()
}

/// Deletes the oldest `.snap` files in `dir` beyond `max`, and likewise, counted apart, `.snap.db` files. Returns
/// what was deleted.
pub fn snapshots(dir: &Path, max: usize) -> io::Result<Vec<PathBuf>> {
    let mut old = oldest_beyond(dir, ".snap", max)?;
    old.extend(oldest_beyond(dir, ".snap.db", max)?);
    old.iter().try_for_each(fs::remove_file)?;
    Ok(old)
}

/// The files whose names end so, in order of their names, without the last `max`.
fn oldest_beyond(dir: &Path, suffix: &str, max: usize) -> io::Result<Vec<PathBuf>> {
    if max == 0 {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        names.extend(entry?.file_name().into_string().ok().filter(|name| name.ends_with(suffix)));
    }
    names.sort_unstable();
    names.truncate(names.len().saturating_sub(max));
    Ok(names.into_iter().map(|name| dir.join(name)).collect())
}

fn delete_unlocked(path: PathBuf) -> io::Result<Option<PathBuf>> {
    let file = File::options().write(true).open(&path)?;
    if !file_lock::try_lock_segment(&file)? {
        return Ok(None);
    }
    fs::remove_file(&path)?;
    shrink::close(file);
    Ok(Some(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn the_oldest_go_up_to_the_first_locked_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for name in ["1.wal", "2.wal", "3.wal", "4.wal", "5.wal", "6.wal", "0.tmp", "0.wal.broken"] {
            File::create(path(name)).unwrap();
        }
        assert!(wal_segments(dir.path(), 0).unwrap().is_empty());
        assert_eq!(wal_segments(dir.path(), 5).unwrap(), [path("1.wal")]);
        let held = File::options().write(true).open(path("4.wal")).unwrap();
        assert!(file_lock::try_lock_segment(&held).unwrap());
        assert_eq!(wal_segments(dir.path(), 1).unwrap(), [path("2.wal"), path("3.wal")]);
        drop(held);
        assert_eq!(wal_segments(dir.path(), 1).unwrap(), [path("4.wal"), path("5.wal")]);
        assert_eq!(names(dir.path()), ["0.tmp", "0.wal.broken", "6.wal"]);
    }

    #[test]
    fn each_kind_of_snapshot_is_counted_apart() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["1-1.snap", "1-2.snap", "1-3.snap", "1.snap.db", "2.snap.db", "1-0.snap.broken", "db"] {
            File::create(dir.path().join(name)).unwrap();
        }
        snapshots(dir.path(), 2).unwrap();
        assert_eq!(names(dir.path()), ["1-0.snap.broken", "1-2.snap", "1-3.snap", "1.snap.db", "2.snap.db", "db"]);
        snapshots(dir.path(), 1).unwrap();
        assert_eq!(names(dir.path()), ["1-0.snap.broken", "1-3.snap", "2.snap.db", "db"]);
    }
}
