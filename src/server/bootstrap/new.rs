//! The first start of a new cluster.

use super::{OpenedLog, StartError};
use crate::config::server::{ClusterState, ServerConfig};
use crate::membership::bootstrap::{InitialCluster, NewCluster};
use crate::membership::urls;
use crate::raft;
use crate::storage::datadir::DataDir;
use crate::storage::wal::{Wal, WalOptions};
use crate::types::Index;

/// The cluster that the configuration describes, as this member sees it; ids as etcd derives them.
///
/// # Errors
/// The configuration does not describe a cluster with this member, or one that cannot be started yet.
pub fn cluster(config: &ServerConfig) -> Result<NewCluster, StartError> {
    if config.initial_cluster_state == ClusterState::Existing {
        return Err(StartError::Config("--initial-cluster-state=existing is not supported yet".into()));
    }
    let advertised: Vec<String> = config.advertise_peer_urls.iter().map(ToString::to_string).collect();
    let initial = InitialCluster::parse(&config.initial_cluster)?;
    initial.check(&config.name, &advertised, &urls::lookup)?;
    let cluster = initial.form(&config.name, &config.initial_cluster_token)?;
    if cluster.members.len() > 1 {
        return Err(StartError::Config(format!(
            "--initial-cluster names {} members; clusters of several members are not supported yet",
            cluster.members.len()
        )));
    }
    Ok(cluster)
}

/// Writes the log that every member of the new cluster begins with.
///
/// # Errors
/// The backend is not empty, or the WAL cannot be written.
pub fn create(
    cluster: &NewCluster,
    data_dir: &DataDir,
    options: &WalOptions,
    consistent_index: Index,
) -> Result<OpenedLog, StartError> {
    if consistent_index > 0 {
        let (wal, snap) = (data_dir.wal().to_owned(), data_dir.snap());
        return Err(StartError::BackendAhead { wal, last: 0, snap, consistent: consistent_index });
    }
    let mut wal = Wal::create(data_dir.wal(), &cluster.metadata, options)?;
    let raft = write_first_entries(&mut wal, cluster)?;
    Ok(OpenedLog { member_id: cluster.member_id, cluster_id: cluster.cluster_id, wal, raft })
}

/// Bootstrap entries and the hard state that commits them. Also the second half of a first start that ended between
/// the making of the WAL and this.
pub fn write_first_entries(wal: &mut Wal, cluster: &NewCluster) -> Result<raft::Boot, StartError> {
    let (entries, hard_state) = (cluster.entries.clone(), cluster.hard_state);
    wal.append(&entries, Some(&hard_state))?;
    wal.sync()?;
    Ok(raft::Boot { hard_state, conf_state: Default::default(), start: (0, 0), entries, applied: 0 })
}
