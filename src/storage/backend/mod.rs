//! The backend: etcd's buckets in LMDB (`env`, `generation`), written behind by one thread (`writer`), with an
//! overlay of what is applied and not yet committed (`overlay`). `defrag` moves it to a new generation.
//!
//! What is durable when: a chunk's LMDB transaction is committed without syncing LMDB's meta page, so that a crash may
//! lose the last commit and never anything in the middle; the consistent index is in the same transaction, and the
//! write-ahead log replays what is after it. `Sync::Forced` makes everything up to its chunk durable.
//!
//! Not here: what rows mean and which are needed (`mvcc`), when a chunk is sealed (`mvcc::Writer`).

pub mod defrag;
pub mod env;
pub mod generation;
pub mod hash;
pub mod overlay;
pub mod pages;
mod pinned;
pub mod rows;
mod scan;
pub mod stats;
pub mod writer;

pub use env::{Env, OpenError};
pub use overlay::{Chunk, Row};
pub use pinned::Pinned;
pub use scan::scan;
pub use stats::Stats;
pub use writer::{Commit, Failing, Job, Step, Sync, error_text};
