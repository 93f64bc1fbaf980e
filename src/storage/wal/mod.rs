//! The write-ahead log, in etcd's format.
//!
//! A WAL is a directory of segments `<sequence:016x>-<index:016x>.wal`, where `index` is that of the first entry the
//! segment may hold. A segment is a row of frames and a tail of zeros, the space kept ready:
//!
//! ```text
//! frame  := length word (8 bytes, little endian) | record (n bytes) | padding (p zero bytes)
//! word   := bits 0-55 n | bits 56-58 p | bits 59-62 zero | bit 63 set iff p > 0       p = -n mod 8
//! record := 08 type | 10 crc | 1a length data                                         (protobuf; crc has no data)
//!
//! type          data                                      stands
//! 1 metadata    NodeID 1, ClusterID 2                     second in each segment, the same in all
//! 2 entry       raftpb.Entry                              wherever raft appended one; a later one of the same index
//!                                                         replaces it and all after it
//! 3 hard state  raftpb.HardState                          after the entries it was saved with; the last one counts
//! 4 crc         -                                         first in each segment: the running CRC so far
//! 5 snapshot    index 1, term 2, conf_state 3             {0,0} in segment 0; one for each raft snapshot
//! ```
//!
//! The CRC (CRC-32C) runs over the data of all records since the first segment; each record holds its value after
//! its own data. A length word of zero, or the end of the file, ends a segment.
//!
//! - `frame`, `record`: bytes, no files.
//! - `segment`: names and lists of files; `ahead`: the next file, made before it is needed.
//! - `writer`: appends ([`Wal`]); `thread`: the one thread that calls it, with group commit.
//! - `reader`: records in order, and what a torn tail is; `recover`: what a WAL says as a whole; `repair`: of a torn
//!   tail; `discard`: of other damage, by giving up what is behind an index; `archive`: a copy that grows with a WAL.
//!
//! Not here: which entries to write and when (`raft`), `.snap` files (`storage::snap`), deleting old segments
//! (`storage::purge`).

mod ahead;
pub mod archive;
pub mod discard;
mod frame;
mod reader;
mod record;
mod recover;
mod repair;
mod segment;
#[cfg(test)]
mod tests;
pub mod thread;
mod writer;

use std::io;
use std::path::{Path, PathBuf};

pub use reader::{End, RecordReader};
pub use record::{Record, SnapMark};
pub use recover::{Recovered, inspect, scan};
pub use repair::Repair;
pub use segment::SegmentName;
pub use writer::{ScannedWal, Wal, WalOptions};

/// Why a WAL cannot be created, opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum WalError {
    #[error("{}: cannot {doing}: {source}", file.display())]
    Io { file: PathBuf, doing: &'static str, source: io::Error },
    /// Damage that is no torn tail: nothing is cut away.
    #[error("{}: offset {offset}: {what}", file.display())]
    Corrupt { file: PathBuf, offset: u64, what: Damage },
    #[error("{}: locked by another process", file.display())]
    Locked { file: PathBuf },
    #[error("{}: there is a WAL already", dir.display())]
    Exists { dir: PathBuf },
    #[error("{}: no WAL segment", dir.display())]
    Empty { dir: PathBuf },
    #[error("{}: a segment is missing: {last} is followed by {next}", dir.display())]
    MissingSegment { dir: PathBuf, last: SegmentName, next: SegmentName },
    #[error("{}: no snapshot record at or below the commit index {commit}", dir.display())]
    NoSnapshot { dir: PathBuf, commit: u64 },
    #[error("{}: entries {first} to {last} are missing", dir.display())]
    MissingEntries { dir: PathBuf, first: u64, last: u64 },
}

/// What is wrong at a place in a segment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("{left} bytes are left, a length word needs 8")]
    ShortWord { left: u64 },
    #[error("length word {word:016x} is none that is ever written")]
    Word { word: u64 },
    #[error("length word is zero within a sector that holds data")]
    ZeroWord,
    #[error("record of {length} bytes does not fit into the file's {size}")]
    PastEnd { length: u64, size: u64 },
    #[error("record does not have the {length} bytes of its length word")]
    Length { length: u64 },
    #[error("crc mismatch: expected {expected:08x}, computed {computed:08x}")]
    Crc { expected: u32, computed: u32 },
    #[error("record of unknown type {kind}")]
    Kind { kind: u64 },
    #[error("{kind} record does not parse: {why}")]
    Parse { kind: &'static str, why: &'static str },
    #[error("segment does not begin with a crc and a metadata record")]
    Head,
    #[error("metadata differs from that of an earlier segment")]
    Metadata,
    #[error("zeros stand before data: sectors were not written")]
    UnwrittenSectors,
}

impl WalError {
    fn io(file: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self + use<> {
        let file = file.to_owned();
        move |source| Self::Io { file, doing, source }
    }
}
