//! Raft snapshot files, `<term:016x>-<index:016x>.snap`, in etcd's format.
//!
//! ```text
//! file     := snappb.snapshot { crc = 1, data = 2 }                  crc: CRC-32C of data, from 0
//! data     := raftpb.Snapshot { data = 1, metadata = 2 { conf_state = 1, index = 2, term = 3 } }
//! data.data:  the members as a JSON tree, see `membership::v2_tree`
//! ```
//!
//! The file is written before the WAL record that names it: a file without a record does no harm.
//! Not here: the record (`storage::wal`), the backend's state (`.snap.db`, `storage::backend`).

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use bytes::Bytes;
use prost::Message;

use crate::pb::raftpb::{ConfState, Snapshot, SnapshotMetadata};
use crate::pb::snappb;
use crate::telemetry::metrics::disk;
use crate::types::{Index, Term};

/// The name of a snapshot file. Ordered by term, then index, as etcd orders their texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapName {
    pub term: Term,
    pub index: Index,
}

impl SnapName {
    /// `None` for names of another form.
    pub fn parse(name: &str) -> Option<Self> {
        let (term, index) = name.strip_suffix(".snap")?.split_once('-')?;
        let hex = |text: &str| {
            let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            (text.len() == 16 && text.bytes().all(lower_hex)).then(|| u64::from_str_radix(text, 16).ok())?
        };
        Some(Self { term: hex(term)?, index: hex(index)? })
    }
}

impl fmt::Display for SnapName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{:016x}.snap", self.term, self.index)
    }
}

/// What a snapshot file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapFile {
    pub index: Index,
    pub term: Term,
    pub conf_state: ConfState,
    /// The member tree, JSON.
    pub data: Bytes,
}

/// Why a snapshot file cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SnapError {
    #[error("{}: cannot {doing}: {source}", file.display())]
    Io { file: PathBuf, doing: &'static str, source: io::Error },
    #[error("{}: {what}", file.display())]
    Corrupt { file: PathBuf, what: SnapDamage },
}

/// What is wrong with a snapshot file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapDamage {
    #[error("offset 0: the file is empty")]
    Empty,
    #[error("offset 0: the frame does not parse")]
    Frame,
    #[error("offset 0: the frame holds no data or no crc")]
    Hollow,
    #[error("offset {offset}: crc mismatch: expected {expected:08x}, computed {computed:08x}")]
    Crc { offset: u64, expected: u32, computed: u32 },
    #[error("offset {offset}: the snapshot does not parse")]
    Snapshot { offset: u64 },
}

fn io_error(file: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> SnapError {
    let file = file.to_owned();
    move |source| SnapError::Io { file, doing, source }
}

/// Writes a snapshot file and makes it durable. On failure no file is left.
pub fn save(dir: &Path, snap: &SnapFile) -> Result<PathBuf, SnapError> {
    let began = Instant::now();
    let bytes = encode(snap);
    disk::SNAP_ENCODE_SECONDS.observe(began.elapsed().as_secs_f64());
    let path = dir.join(SnapName { term: snap.term, index: snap.index }.to_string());
    let write = || {
        let mut file = File::create(&path)?;
        file.write_all(&bytes)?;
        let began = Instant::now();
        file.sync_all()?;
        disk::SNAP_FSYNC_SECONDS.observe(began.elapsed().as_secs_f64());
        File::open(dir)?.sync_all()
    };
    if let Err(error) = write() {
        // The error at hand matters more than one of this.
        let _ = fs::remove_file(&path);
        return Err(io_error(&path, "write")(error));
    }
    disk::SNAP_SAVE_SECONDS.observe(began.elapsed().as_secs_f64());
    Ok(path)
}

fn encode(snap: &SnapFile) -> Vec<u8> {
    let mut conf_state = snap.conf_state.clone();
    conf_state.auto_leave.get_or_insert(false);
    let metadata = SnapshotMetadata { conf_state: Some(conf_state), index: Some(snap.index), term: Some(snap.term) };
    let data = Snapshot { data: Some(snap.data.clone()), metadata: Some(metadata) }.encode_to_vec();
    snappb::Snapshot { crc: Some(crc32c::crc32c(&data)), data: Some(data.into()) }.encode_to_vec()
}

/// Reads a snapshot file. Nothing is changed.
pub fn read(path: &Path) -> Result<SnapFile, SnapError> {
    let bytes = fs::read(path).map_err(io_error(path, "read"))?;
    decode(bytes.into()).map_err(|what| SnapError::Corrupt { file: path.to_owned(), what })
}

fn decode(bytes: Bytes) -> Result<SnapFile, SnapDamage> {
    if bytes.is_empty() {
        return Err(SnapDamage::Empty);
    }
    let frame = snappb::Snapshot::decode(bytes.clone()).map_err(|_| SnapDamage::Frame)?;
    // A decoder drops what does not fit into 32 bits, and takes fields twice: damage that no CRC covers.
    if frame.encode_to_vec() != bytes {
        return Err(SnapDamage::Frame);
    }
    let length = bytes.len() as u64;
    let data = frame.data.unwrap_or_default();
    let expected = frame.crc.unwrap_or_default();
    if data.is_empty() || expected == 0 {
        return Err(SnapDamage::Hollow);
    }
    let offset = length - data.len() as u64;
    let computed = crc32c::crc32c(&data);
    if computed != expected {
        return Err(SnapDamage::Crc { offset, expected, computed });
    }
    let snapshot = Snapshot::decode(data).map_err(|_| SnapDamage::Snapshot { offset })?;
    let metadata = snapshot.metadata.unwrap_or_default();
    Ok(SnapFile {
        index: metadata.index(),
        term: metadata.term(),
        conf_state: metadata.conf_state.unwrap_or_default(),
        data: snapshot.data.unwrap_or_default(),
    })
}

/// The snapshot files in `dir`, newest first.
pub fn list(dir: &Path) -> Result<Vec<SnapName>, SnapError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(io_error(dir, "list"))? {
        let entry = entry.map_err(io_error(dir, "list"))?;
        names.extend(entry.file_name().to_str().and_then(SnapName::parse));
    }
    names.sort_unstable_by(|a, b| b.cmp(a));
    Ok(names)
}

/// The newest snapshot file that can be read and that `is_wanted`. Damaged ones met on the way are put aside as
/// `<name>.broken`, and logged.
#[cfg_attr(not(test), expect(dead_code, reason = "for snapshots of a leader"))]
pub fn load_newest(dir: &Path, is_wanted: impl Fn(SnapName) -> bool) -> Result<Option<SnapFile>, SnapError> {
    for name in list(dir)?.into_iter().filter(|&name| is_wanted(name)) {
        let path = dir.join(name.to_string());
        match read(&path) {
            Ok(snap) => return Ok(Some(snap)),
            Err(error @ SnapError::Io { .. }) => return Err(error),
            Err(error @ SnapError::Corrupt { .. }) => {
                let aside = dir.join(format!("{name}.broken"));
                tracing::warn!(%error, aside = %aside.display(), "put a damaged snapshot file aside");
                fs::rename(&path, &aside).map_err(io_error(&path, "put aside"))?;
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(term: Term, index: Index) -> SnapFile {
        let conf_state = ConfState { voters: vec![0xa, 0xb], auto_leave: Some(false), ..Default::default() };
        SnapFile { index, term, conf_state, data: Bytes::from_static(b"{\"Root\":{}}") }
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = save(dir.path(), &sample(2, 0x25c)).unwrap();
        assert_eq!(path.file_name().unwrap(), "0000000000000002-000000000000025c.snap");
        assert_eq!(read(&path).unwrap(), sample(2, 0x25c));
        assert_eq!(fs::read(&path).unwrap(), encode(&sample(2, 0x25c)));
    }

    #[test]
    fn files_of_etcd_are_read_and_written_again_to_the_byte() {
        for (file, voters) in [("3.4.23-single", 1), ("3.5.1-three", 3), ("3.7.1-single", 1), ("3.7.1-three", 3)] {
            let bytes = crate::storage::testdata::read(&format!("snap/{file}.snap.gz"));
            let snap = decode(bytes.clone().into()).unwrap();
            assert_eq!((snap.term, snap.index, snap.conf_state.voters.len()), (2, 0x25c, voters), "{file}");
            if file.starts_with("3.7") {
                assert_eq!(encode(&snap), bytes, "{file}");
            }
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let good = encode(&sample(3, 40));
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(bad.into()).is_err(), "bit {bit}");
        }
        assert_eq!(decode(Bytes::new()), Err(SnapDamage::Empty));
        assert_eq!(decode(Bytes::from_static(&[8, 1])), Err(SnapDamage::Hollow), "no data");
    }

    #[test]
    fn the_newest_sound_file_is_loaded_and_damaged_ones_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        for (term, index) in [(1, 90), (2, 70), (2, 80), (3, 10)] {
            save(dir.path(), &sample(term, index)).unwrap();
        }
        let newest = dir.path().join(SnapName { term: 3, index: 10 }.to_string());
        fs::write(&newest, b"").unwrap();
        let load =
            |wanted: fn(SnapName) -> bool| load_newest(dir.path(), wanted).unwrap().map(|snap| (snap.term, snap.index));
        assert_eq!(load(|name| name.index < 80), Some((2, 70)));
        assert!(newest.with_extension("snap.broken").exists());
        assert_eq!(load(|_| true), Some((2, 80)));
        assert_eq!(load(|name| name.index < 70), None);
    }
}
