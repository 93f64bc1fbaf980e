//! The key space and its history.
//!
//! Every change is a row under a revision; rows are never overwritten. The index knows for each key the revisions at
//! which it changed; values are in the rows, which are in the overlay or in LMDB (`storage::backend`):
//!
//! ```text
//! put a=1    revision 2_0   a: created 2, changed at 2
//! put b=2    revision 3_0   b: created 3, changed at 3
//! delete a   revision 4_0t  a: a life of [2, 4], then none
//! put a=3    revision 5_0   a: a life of [2, 4], then created 5, changed at 5
//! ```
//! A get of `a` at revision 3 finds 2_0, at 4 nothing, from 5 on 5_0. Compaction at 4 drops what no revision from 4
//! on can see: row 2_0.
//!
//! One `Writer` (the apply thread's) changes it; everybody reads `View`s that it hands out. The order that makes this
//! right without a lock over both places: rows are appended before their revision is published; a reader takes a view
//! first and opens its LMDB transaction second; a chunk leaves the overlay after its commit. So a row may be in both
//! places and is never in neither.
//!
//! Not here: raft and requests (`apply`), leases, the threads around.

mod blocks;
mod compaction;
pub mod hash;
mod index;
mod key_index;
mod read;
mod rebuilt;
mod restore;
mod store;
pub mod watch;
mod write;

#[cfg(test)]
mod tests;

pub use crate::storage::backend::Sync;
pub use key_index::KeyMeta;
pub use read::{RangeQuery, RangeResult, ReadError, Reader, SortOrder, SortTarget};
pub use rebuilt::Rebuilt;
pub use store::{OpenedStore, Store, StoreError, StoreOptions, View};
pub use write::{Change, ChangeKind, WriteTxn, Writer};
