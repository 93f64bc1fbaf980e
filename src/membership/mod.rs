//! PLACEHOLDER, replaced by branch raft.

pub mod bootstrap;
mod cluster;
pub mod v2_tree;
pub use cluster::{ChangeError, Cluster, Member};
pub use bootstrap::BootstrapError;
