//! A start with a log: WAL and backend brought together.
//!
//! C is the backend's consistent index, S the WAL's snapshot record, L its last entry. Commit advances are not synced,
//! so C may be above the hard state's commit after a crash: raft starts with the higher of the two.

use tracing::warn;

use super::{OpenedLog, StartError, new, store_options};
use crate::config::server::ServerConfig;
use crate::membership::bootstrap::parse_metadata;
use crate::membership::{Cluster, ClusterVersion};
use crate::mvcc::OpenedStore;
use crate::raft;
use crate::server::version::CLUSTER_VERSION;
use crate::storage::backend;
use crate::storage::datadir::DataDir;
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::storage::schema::meta::STORAGE_VERSION;
use crate::storage::wal::{Recovered, ScannedWal, Wal, WalOptions};

/// Opens WAL and backend, and checks that they belong together.
///
/// # Errors
/// Log or backend are damaged or missing, or of a newer release, or one of them is behind the other.
pub(super) fn open(
    config: &ServerConfig,
    data_dir: &DataDir,
    options: &WalOptions,
) -> Result<(OpenedStore, OpenedLog), StartError> {
    let scanned = ScannedWal::scan(data_dir.wal())?;
    let recovered = scanned.recovered();
    let start = &recovered.start;
    let (wal_dir, snap) = (data_dir.wal().to_owned(), data_dir.snap());
    // A log from its very beginning makes a new backend.
    if start.index > 0 && !backend::env::exists(&snap) {
        backend::env::refuse_unnamed(&snap)?;
        return Err(StartError::BackendMissing { snap, wal: wal_dir, start: start.index });
    }
    let store = OpenedStore::open(&snap, &store_options(config))?;
    check_version(store.buckets())?;
    let (member_id, cluster_id) = parse_metadata(&recovered.metadata).map_err(StartError::Metadata)?;
    let cluster = Cluster::restore(cluster_id, store.buckets())?;
    let consistent = store.consistent_index();
    if consistent < start.index {
        return Err(StartError::BackendBehindSnapshot {
            path: snap.display().to_string(),
            consistent,
            snapshot: start.index,
        });
    }
    let last = recovered.entries.last().map_or(start.index, |entry| entry.index());
    if consistent > last {
        return Err(StartError::BackendAhead { wal: wal_dir, last, snap, consistent });
    }
    if last == 0 {
        // The first start ended before its entries were written.
        let first = new::cluster(config)?;
        if first.member_id != member_id || first.cluster_id != cluster_id {
            return Err(StartError::OtherFirstStart { wal: wal_dir });
        }
        let mut wal = repaired(scanned, options)?.0;
        let raft = new::write_first_entries(&mut wal, &first)?;
        return Ok((store, OpenedLog { member_id, cluster_id, wal, raft }));
    }
    let (wal, recovered) = repaired(scanned, options)?;
    let start = &recovered.start;
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
    Ok((store, OpenedLog { member_id, cluster_id, wal, raft }))
}

/// Opens the log for appending, and tells of a repair.
fn repaired(scanned: ScannedWal, options: &WalOptions) -> Result<(Wal, Recovered), StartError> {
    let (wal, recovered) = scanned.open(options)?;
    if let Some(repair) = &recovered.repaired {
        warn!(
            file = %repair.file.display(),
            offset = repair.offset,
            copy = %repair.copy.display(),
            error = %repair.what,
            "repaired a torn WAL tail"
        );
    }
    Ok((wal, recovered))
}

/// A backend of a newer release is not touched.
fn check_version(buckets: &[BucketChange]) -> Result<(), StartError> {
    let found = buckets.iter().find(|row| row.bucket == Bucket::Meta && row.key == STORAGE_VERSION);
    let Some(text) = found.and_then(|row| row.value.as_ref()) else { return Ok(()) };
    match ClusterVersion::parse(&String::from_utf8_lossy(text)) {
        Ok(found) if found > CLUSTER_VERSION => Err(StartError::NewerStorage { found, own: CLUSTER_VERSION }),
        Ok(_) => Ok(()),
        Err(error) => {
            warn!(%error, "storage version cannot be read");
            Ok(())
        }
    }
}
