//! PLACEHOLDER, replaced by branch raft.

mod cluster;
pub mod v2_tree;
pub use cluster::{ChangeError, Cluster, Member};
