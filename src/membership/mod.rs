//! Who belongs to the cluster: members and removed ones, the cluster version, ids, and the first log of a new cluster.
//!
//! Replicated state that changes by applied entries only. A `Cluster` is a value: apply changes its own and publishes
//! copies. Not here: raft's quorum (`raft` hears of a change through `ConfDone`), checks before a change is proposed,
//! asking other members.

pub mod bootstrap;
mod change;
mod cluster;
pub mod id;
mod json;
mod member;
pub mod urls;
mod v2_request;
pub mod v2_tree;
mod version;

pub use change::{Change, ChangeError, MalformedChange};
pub use cluster::{Cluster, RestoreError, conf_state_json};
pub use member::{Attributes, Member};
pub use v2_request::V2Change;
pub use version::ClusterVersion;
