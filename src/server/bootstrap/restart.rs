//! A start with a log: WAL and backend brought together.
//!
//! C is the backend's consistent index, S the WAL's snapshot record, L its last entry. Commit advances are not synced,
//! so C may be above the hard state's commit after a crash: raft starts with the higher of the two.

use prost::Message;
use tracing::warn;

use super::{OpenedLog, StartError, new};
use crate::config::server::ServerConfig;
use crate::membership::Cluster;
use crate::mvcc::Restored;
use crate::pb::etcdserverpb::Metadata;
use crate::raft;
use crate::server::version::CLUSTER_VERSION;
use crate::storage::datadir::DataDir;
use crate::storage::schema::bucket::Bucket;
use crate::storage::wal::{Wal, WalOptions};
use crate::types::{ClusterId, MemberId};

/// Opens the WAL and checks it against the backend.
///
/// # Errors
/// The log is damaged, or log and backend do not belong together.
pub fn open(
    config: &ServerConfig,
    data_dir: &DataDir,
    options: &WalOptions,
    restored: &Restored,
    cluster: &Cluster,
) -> Result<OpenedLog, StartError> {
    check_version(restored)?;
    let (mut wal, recovered) = Wal::open(data_dir.wal(), options)?;
    if let Some(repair) = &recovered.repaired {
        warn!(target: "server", ?repair, "repaired a torn WAL tail");
    }
    let metadata = Metadata::decode(recovered.metadata.clone()).map_err(StartError::Metadata)?;
    let (member_id, cluster_id) = (MemberId(metadata.node_id()), ClusterId(metadata.cluster_id()));
    let consistent = restored.consistent_index;
    let start = &recovered.start;
    if consistent < start.index {
        return Err(StartError::BackendBehindSnapshot {
            path: data_dir.snap().display().to_string(),
            consistent,
            snapshot: start.index,
        });
    }
    let last = recovered.entries.last().map_or(start.index, |entry| entry.index());
    if last == 0 && consistent == 0 {
        // The first start ended before its entries were written.
        let identity = new::identity(config)?;
        if identity.member_id == member_id && identity.cluster_id == cluster_id {
            let raft = identity.write_bootstrap(&mut wal)?;
            return Ok(OpenedLog { member_id, cluster_id, wal, raft });
        }
    }
    if consistent > last {
        return Err(StartError::BackendAhead { consistent, last });
    }
    let mut hard_state = recovered.hard_state;
    if hard_state.commit() < consistent {
        hard_state.commit = Some(consistent);
    }
    let raft = raft::Boot {
        hard_state,
        conf_state: cluster.conf_state(),
        start: (start.index, start.term),
        entries: recovered.entries,
        applied: consistent,
    };
    Ok(OpenedLog { member_id, cluster_id, wal, raft })
}

/// A backend of a newer release is not touched.
fn check_version(restored: &Restored) -> Result<(), StartError> {
    let found = restored.buckets.iter().find(|row| row.bucket == Bucket::Meta && row.key == "storageVersion");
    let Some(version) = found.and_then(|row| row.value.as_ref()) else { return Ok(()) };
    let found = String::from_utf8_lossy(version).into_owned();
    if minor(&found) > minor(CLUSTER_VERSION) {
        return Err(StartError::NewerStorage { found, own: CLUSTER_VERSION });
    }
    Ok(())
}

/// Major and minor number; `None`, which is less than any, for what is no version.
fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
