//! Raft snapshot files.
