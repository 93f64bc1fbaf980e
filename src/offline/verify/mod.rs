//! Is what a member has on disk sound? The log (`wal`, `log`), raft snapshot files (`snap`), the backend of either kind
//! (`backend`: pages; `rows`, `buckets`: what they say), each by itself and against the others; `deep` computes
//! everything anew, `compare` looks at several members of a cluster (`same`). What is found is a `report`.
//!
//! Nothing is locked or changed. The log is read once, the backend's pages once, by `deep` more often; memory grows with the
//! number of keys and, by a few bytes each, of entries.
//!
//! Not here: flags, printing, exit codes (`utl::verify`), repairs.

mod backend;
mod buckets;
mod compare;
mod deep;
mod directory;
mod log;
mod report;
mod rows;
mod same;
mod snap;
#[cfg(test)]
mod tests;
mod wal;

pub use compare::compare;
pub use directory::{Member, data_dir, snapshot};
pub use report::{Report, Severity};
