//! The first start of a new cluster.

use super::{OpenedLog, StartError, metadata};
use crate::config::server::{ClusterState, ServerConfig};
use crate::membership::bootstrap::InitialCluster;
use crate::raft;
use crate::storage::datadir::DataDir;
use crate::storage::wal::{Wal, WalOptions};
use crate::types::{ClusterId, Index, MemberId};

/// Who this member is, and the cluster it starts.
pub struct Identity {
    pub member_id: MemberId,
    pub cluster_id: ClusterId,
    initial: InitialCluster,
}

/// Ids from the configuration, as etcd derives them.
///
/// # Errors
/// The configuration does not describe a cluster with this member, or one that cannot be started yet.
pub fn identity(config: &ServerConfig) -> Result<Identity, StartError> {
    if config.initial_cluster_state == ClusterState::Existing {
        return Err(StartError::Config("--initial-cluster-state=existing is not supported yet".into()));
    }
    let advertised: Vec<String> = config.advertise_peer_urls.iter().map(ToString::to_string).collect();
    let initial = InitialCluster::parse(&config.initial_cluster, &config.initial_cluster_token)?;
    let member_id = initial.check_own(&config.name, &advertised)?;
    if initial.len() > 1 {
        return Err(StartError::Config(format!(
            "--initial-cluster names {} members; clusters of several members are not supported yet",
            initial.len()
        )));
    }
    Ok(Identity { member_id, cluster_id: initial.cluster_id(), initial })
}

/// Writes the log that every member of the new cluster begins with.
///
/// # Errors
/// The backend is not empty, or the WAL cannot be written.
pub fn create(
    identity: Identity,
    data_dir: &DataDir,
    options: &WalOptions,
    consistent_index: Index,
) -> Result<OpenedLog, StartError> {
    if consistent_index > 0 {
        return Err(StartError::BackendAhead { consistent: consistent_index, last: 0 });
    }
    let mut wal = Wal::create(data_dir.wal(), &metadata(identity.member_id, identity.cluster_id), options)?;
    let raft = identity.write_bootstrap(&mut wal)?;
    Ok(OpenedLog { member_id: identity.member_id, cluster_id: identity.cluster_id, wal, raft })
}

impl Identity {
    /// Bootstrap entries and the hard state that commits them. Also the second half of a first start that ended
    /// between the making of the WAL and this.
    pub fn write_bootstrap(&self, wal: &mut Wal) -> Result<raft::Boot, StartError> {
        let entries = self.initial.entries();
        let hard_state = self.initial.hard_state();
        wal.append(&entries, Some(&hard_state))?;
        wal.sync()?;
        Ok(raft::Boot { hard_state, conf_state: Default::default(), start: (0, 0), entries, applied: 0 })
    }
}
