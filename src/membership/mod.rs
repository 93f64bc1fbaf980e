//! PLACEHOLDER, replaced by branch raft.

mod cluster;
pub use cluster::{ChangeError, Cluster, Member};
