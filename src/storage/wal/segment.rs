//! Segment files: their names, and which there are.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::WalError;
use crate::storage::file_lock;
use crate::types::Index;

/// The name of a segment, `<sequence:016x>-<index:016x>.wal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentName {
    /// Counts segments from 0.
    pub sequence: u64,
    /// One more than the last index saved before the segment was begun.
    pub index: Index,
}

impl SegmentName {
    /// `None` for names of another form, temporary and `.broken` ones among them.
    pub fn parse(name: &str) -> Option<Self> {
        let (sequence, index) = name.strip_suffix(".wal")?.split_once('-')?;
        let hex = |text: &str| {
            let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            (text.len() == 16 && text.bytes().all(lower_hex)).then(|| u64::from_str_radix(text, 16).ok())?
        };
        Some(Self { sequence: hex(sequence)?, index: hex(index)? })
    }
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{:016x}.wal", self.sequence, self.index)
    }
}

/// The segments in `dir`, in order.
///
/// # Errors
/// The directory cannot be read, or a segment is missing between two. As in etcd, a sequence 0 before a gap is let
/// pass: it was purged late.
pub fn list(dir: &Path) -> Result<Vec<SegmentName>, WalError> {
    let names = names(dir)?;
    match first_gap(&names) {
        Some(gap) => Err(WalError::MissingSegment { dir: dir.to_owned(), last: names[gap - 1], next: names[gap] }),
        None => Ok(names),
    }
}

/// Where in `names` the first one stands that does not follow the one before it.
pub fn first_gap(names: &[SegmentName]) -> Option<usize> {
    let follows =
        |pair: &[SegmentName]| pair[0].sequence == 0 || pair[0].sequence.checked_add(1) == Some(pair[1].sequence);
    names.windows(2).position(|pair| !follows(pair)).map(|position| position + 1)
}

/// The segments in `dir`, in order, with gaps if there are some.
pub fn names(dir: &Path) -> Result<Vec<SegmentName>, WalError> {
    let entries = fs::read_dir(dir).map_err(WalError::io(dir, "list"))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(WalError::io(dir, "list"))?;
        names.extend(entry.file_name().to_str().and_then(SegmentName::parse));
    }
    names.sort_unstable();
    Ok(names)
}

/// A segment whose lock is held.
#[derive(Debug)]
pub struct Held {
    pub name: SegmentName,
    pub file: File,
}

/// Opens segments for writing and takes their locks.
///
/// # Errors
/// Another process has one open.
pub fn lock_all(dir: &Path, names: Vec<SegmentName>) -> Result<Vec<Held>, WalError> {
    let held = |name| held(dir, name, File::options().read(true).write(true), file_lock::try_lock_segment);
    names.into_iter().map(held).collect()
}

/// The same for reading alone: nobody writes meanwhile.
pub fn lock_all_shared(dir: &Path, names: Vec<SegmentName>) -> Result<Vec<Held>, WalError> {
    let held = |name| held(dir, name, File::options().read(true), file_lock::try_lock_segment_shared);
    names.into_iter().map(held).collect()
}

fn held(
    dir: &Path,
    name: SegmentName,
    options: &OpenOptions,
    try_lock: fn(&File) -> io::Result<bool>,
) -> Result<Held, WalError> {
    let path = dir.join(name.to_string());
    let file = options.open(&path).map_err(WalError::io(&path, "open"))?;
    match try_lock(&file).map_err(WalError::io(&path, "lock"))? {
        true => Ok(Held { name, file }),
        false => Err(WalError::Locked { file: path }),
    }
}

/// Makes names in `dir` durable.
pub fn sync_dir(dir: &Path) -> Result<(), WalError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(WalError::io(dir, "sync"))
}

/// `<path>.<suffix>`, or that with a number when there is one from before.
pub fn free_name(path: &Path, suffix: &str) -> PathBuf {
    let with = |suffix: String| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let numbered = (1_u64..).map(|number| with(format!(".{suffix}.{number}")));
    std::iter::once(with(format!(".{suffix}"))).chain(numbered).find(|path| !path.exists()).expect("numbers do not end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let name = SegmentName { sequence: 2, index: 0x62 };
        assert_eq!(name.to_string(), "0000000000000002-0000000000000062.wal");
        assert_eq!(SegmentName::parse(&name.to_string()), Some(name));
        for other in [
            "0.tmp",
            "0000000000000002-0000000000000062.wal.broken",
            "0000000000000002-000000000000062.wal",
            "0000000000000002-00000000000000AB.wal",
            "+000000000000002-0000000000000062.wal",
            "000000000000000é-0000000000000062.wal",
        ] {
            assert_eq!(SegmentName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_gap_between_segments_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let touch = |sequence| {
            File::create(dir.path().join(SegmentName { sequence, index: sequence * 10 }.to_string())).unwrap();
        };
        [3, 4, 6].iter().copied().for_each(touch);
        let error = list(dir.path()).unwrap_err();
        assert!(matches!(error, WalError::MissingSegment { last, .. } if last.sequence == 4), "{error}");
        touch(5);
        assert_eq!(list(dir.path()).unwrap().len(), 4);
    }
}
