//! From LMDB to etcd's `db` file.

use std::io;

use super::backend::{Pinned, rows};
use super::bbolt::{self, FileWriter};
use super::schema::bucket::Bucket;

pub use super::bbolt::Layout;

/// Rows between two looks whether to go on.
const LOOK_ROWS: u32 = 1024;

/// Why there is no file, or half of one.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error("cannot write the file: {0}")]
    Write(#[from] io::Error),
    #[error("cannot read the backend: {0}")]
    Read(#[from] heed::Error),
    #[error("stopped")]
    Stopped,
}

/// The layout of the file that [`to_bbolt`] makes of the state in `pinned`; a walk over all rows that reads only their
/// lengths. Ends early when `is_over` becomes true.
pub fn measure(pinned: &Pinned, is_over: &dyn Fn() -> bool) -> Result<Layout, ConvertError> {
    bbolt::measure(|writer| fill(writer, pinned, is_over))
}

/// Gives the state in `pinned` to `out` as a file, piece by piece in order. `layout` was measured of the same state. Ends
/// early when `is_over` becomes true.
pub fn to_bbolt(
    pinned: &Pinned,
    layout: Layout,
    is_over: &dyn Fn() -> bool,
    out: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), ConvertError> {
    let mut writer = FileWriter::stream(layout, out)?;
    fill(&mut writer, pinned, is_over)?;
    writer.finish()?;
    Ok(())
}

fn fill(writer: &mut FileWriter, pinned: &Pinned, is_over: &dyn Fn() -> bool) -> Result<(), ConvertError> {
    let mut rows = 0_u32;
    for bucket in Bucket::ALL {
        let mut out = writer.bucket(bucket.name());
        rows::visit(pinned.env(), pinned.txn(), bucket, |key, value| {
            rows = rows.wrapping_add(1);
            if rows.is_multiple_of(LOOK_ROWS) && is_over() {
                return Err(ConvertError::Stopped);
            }
            Ok(out.push(key, value)?)
        })?;
        out.finish()?;
    }
    Ok(())
}
