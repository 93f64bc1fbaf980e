//! What apply publishes: one consistent state of everything replicated.

use std::sync::Arc;

use super::Compactions;
use crate::auth::AuthStore;
use crate::lease::SharedRegistry;
use crate::membership::Cluster;
use crate::mvcc;
use crate::pb::etcdserverpb::AlarmMember;
use crate::types::{Index, Term};

/// The state after the entry at `applied`. Stored as one `Arc` once a batch, before the batch's answers leave.
#[derive(Clone)]
pub struct View {
    pub kv: mvcc::View,
    pub applied: Index,
    /// The term of that entry; 0 before the first one.
    pub term: Term,
    pub cluster: Arc<Cluster>,
    /// Users and roles.
    pub auth: Arc<AuthStore>,
    /// All alarms that stand.
    pub alarms: Arc<[AlarmMember]>,
    pub compactions: Arc<Compactions>,
    /// Not of this view alone: the leases as they are now, while later entries may be applied.
    pub leases: SharedRegistry,
}
