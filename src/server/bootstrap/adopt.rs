//! A start on the data directory of an etcd: it is taken over, and told of before and after.

use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::StartError;
use crate::config::server::{Adopt, ServerConfig};
use crate::offline::adopt::{Adoption, Request, Resumed, Step, V2Data, resume};
use crate::storage::backend;
use crate::storage::datadir;
use crate::storage::source::Wait;
use crate::telemetry::duration::GoDuration;

/// How often a long conversion is told of.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);
/// A directory in use is refused at once, as our own is.
const NO_WAIT: Wait = Wait::UpTo(Duration::ZERO);

/// Leaves a directory of ours, or none, as it is.
///
/// # Errors
/// It is etcd's, and cannot or may not be taken over; nothing is changed then.
pub(super) fn adopt_if_etcds(config: &ServerConfig) -> Result<(), StartError> {
    let wal_dir = config.dedicated_wal_dir.as_deref();
    match resume(&config.data_dir, wal_dir, NO_WAIT)? {
        Resumed::Nothing => {}
        Resumed::Undone => info!("removed what an interrupted adoption had made"),
        Resumed::Finished => info!("finished an interrupted adoption"),
    }
    let Err(refusal) = backend::env::refuse_etcd(&datadir::snap_dir(&config.data_dir)) else { return Ok(()) };
    match config.adopt {
        Adopt::Auto => adopt(config),
        Adopt::Never => Err(StartError::AdoptForbidden(refusal)),
    }
}

fn adopt(config: &ServerConfig) -> Result<(), StartError> {
    let begun = Instant::now();
    let request = Request {
        data_dir: &config.data_dir,
        wal_dir: config.dedicated_wal_dir.as_deref(),
        wait: NO_WAIT,
        v2_data: V2Data::Refuse,
    };
    let adoption = Adoption::prepare(&request)?;
    let stopped = adoption.stopped();
    let cluster = &stopped.membership.cluster;
    if !stopped.is_lone_voter() {
        let voters = cluster.conf_state().voters.len();
        return Err(StartError::Config(format!(
            "{} is the data directory of an etcd whose cluster has {voters} voters; clusters of several members are not supported yet, and it is left as it is",
            config.data_dir.display()
        )));
    }
    for note in &stopped.notes {
        warn!(%note, "data directory of etcd");
    }
    info!(
        "data-dir" = %config.data_dir.display(),
        "database-size-bytes" = stopped.source.size_bytes().unwrap_or(0),
        "cluster-version" = %cluster.version().map(|version| version.to_string()).unwrap_or_default(),
        "consistent-index" = stopped.consistent,
        "last-index" = stopped.last,
        "members-from" = %stopped.membership.origin,
        "taking over the data directory of an etcd"
    );
    let (mut rows_bytes, mut told) = (0, Instant::now());
    let adopted = adoption.carry_out(&mut |step| {
        if let Step::Rows(bytes) = step {
            rows_bytes += bytes;
            if told.elapsed() >= PROGRESS_EVERY {
                told = Instant::now();
                info!("converted-bytes" = rows_bytes, "taking over the data directory of an etcd");
            }
        }
    })?;
    info!(
        "data-dir" = %config.data_dir.display(),
        "database-size-bytes" = adopted.own_bytes,
        "etcd-database-size-bytes" = adopted.etcd_bytes,
        originals = %adopted.originals.display(),
        took = %GoDuration::from(begun.elapsed()),
        "took over the data directory of an etcd; its originals stay until rsutl adopt --discard"
    );
    Ok(())
}
