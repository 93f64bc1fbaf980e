//! From LMDB to etcd's `db` file.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use super::backend::{Pinned, rows};
use super::bbolt::FileWriter;
use super::schema::bucket::Bucket;

/// Rows between two looks whether to go on.
const LOOK_ROWS: u32 = 1024;

/// Why no file was written.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error("cannot write the file: {0}")]
    Write(#[from] io::Error),
    #[error("cannot read the backend: {0}")]
    Read(#[from] heed::Error),
    #[error("stopped")]
    Stopped,
}

/// Writes the state that `pinned` holds into the empty `file`, which is not synced; gives its length. Ends early when
/// `is_stopped` becomes true.
pub fn to_bbolt(pinned: &Pinned, file: &File, is_stopped: &AtomicBool) -> Result<u64, ConvertError> {
    let mut writer = FileWriter::new(file);
    let mut rows = 0_u32;
    for bucket in Bucket::ALL {
        let mut out = writer.bucket(bucket.name());
        rows::visit(pinned.env(), pinned.txn(), bucket, |key, value| {
            rows = rows.wrapping_add(1);
            if rows.is_multiple_of(LOOK_ROWS) && is_stopped.load(Ordering::Relaxed) {
                return Err(ConvertError::Stopped);
            }
            Ok(out.push(key, value)?)
        })?;
        out.finish()?;
    }
    Ok(writer.finish()?)
}
