//! etcd's `db` file: the bbolt format, version 2, written fresh (`writer`) and read from any bytes (`reader`, `ahead`).
//!
//! ```text
//! page 0, 1   metas (`meta`): the valid one with the higher transaction id counts
//! page 2 …    branch, leaf and freelist pages (`page`), found from that meta; a run of pages acts as one large page
//!
//! root bucket   a tree whose rows are buckets: name -> root page u64 | sequence u64          (16 bytes)
//!                                           or name -> 0 u64 | sequence u64 | a leaf page    (inline: small buckets)
//! bucket        a tree: branches hold the first key of each child and its page, leaves hold rows
//! ```
//! All numbers are little endian. Pages that no meta leads to hold anything: a file is never read from front to back.
//!
//! Not here: what etcd's buckets mean (`storage::schema`), where the rows come from (`storage::convert`).

mod ahead;
#[cfg(test)]
mod fuzz;
mod meta;
mod page;
mod reader;
mod scan;
#[cfg(test)]
mod tests;
mod writer;

pub use reader::{Item, Next, OpenError, Problem, Reader};
pub use scan::scan;
pub use writer::{FileWriter, Layout, measure};
