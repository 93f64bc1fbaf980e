//! Everything that owns bytes on disk: the write-ahead log (`wal`), raft snapshot files (`snap`), the backend
//! (`backend`, `schema`), etcd's `db` format (`bbolt`, `convert`), either of them at rest (`source`, `scan`, `rewrite`), and
//! the directory around them (`datadir`, `purge`).
//!
//! Not here: what the bytes mean to clients (`mvcc`, `membership`), when to write them (`raft`, `apply`, `server`).

pub mod backend;
mod bbolt;
pub mod convert;
pub mod datadir;
pub mod file_lock;
pub mod order;
pub mod purge;
pub mod rewrite;
pub mod scan;
pub mod schema;
mod shrink;
pub mod snap;
pub mod source;
#[cfg(test)]
pub mod testdata;
pub mod wal;
mod writeback;
