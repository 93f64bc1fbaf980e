//! Leases: granted, revoked with their keys, and how much they have left.

use tracing::debug;

use super::machine::{Asked, Machine};
use super::txn::Writing;
use super::{Answer, ApplyError, LeaseEvent, LocalEffect, Outcome};
use crate::membership::ClusterVersion;
use crate::pb::etcdserverpb::{LeaseCheckpointRequest, LeaseGrantRequest, LeaseRevokeRequest};
use crate::storage::schema::lease::LeaseRow;
use crate::telemetry::metrics::{lease as metrics, mvcc as mvcc_metrics};
use crate::types::LeaseId;

/// Seconds; nobody needs more than 285 years.
const TTL_MAX: i64 = 9_000_000_000;
/// From this cluster version on, all members keep checkpoints in the backend.
const PERSISTED_SINCE: ClusterVersion = ClusterVersion::new(3, 6);

pub(super) fn grant(machine: &mut Machine, request: &LeaseGrantRequest, local: &mut Vec<LocalEffect>) -> Outcome {
    let id = LeaseId(request.id);
    if request.ttl > TTL_MAX {
        return Err(ApplyError::LeaseTtlTooLarge(request.ttl));
    }
    // Members draw an id for those who ask for none.
    if id == LeaseId::default() {
        return Err(ApplyError::LeaseNotFound(id));
    }
    let ttl = request.ttl.max(machine.lease_ttl_min);
    let granted = machine.leases.write().grant(id, ttl);
    let row = granted.map_err(|_| ApplyError::LeaseExists(id))?;
    machine.write([row.put()]);
    metrics::GRANTED.inc();
    metrics::TTL_SECONDS.observe(ttl as f64);
    local.push(LocalEffect::Lease(LeaseEvent::Granted { id, ttl }));
    Ok(Answer::LeaseGrant { revision: machine.writer.revision(), id, ttl })
}

/// Deletes the lease's keys in byte order under one revision, then the lease.
pub(super) fn revoke(
    machine: &mut Machine,
    request: &LeaseRevokeRequest,
    asked: Asked,
    local: &mut Vec<LocalEffect>,
) -> Outcome {
    let id = LeaseId(request.id);
    let keys: Vec<_> = {
        let leases = machine.leases.read();
        leases.ttl(id).ok_or(ApplyError::LeaseNotFound(id))?;
        leases.keys_of(id).cloned().collect()
    };
    let mut txn = machine.writer.begin();
    let mut writing = Writing::new(&mut txn, &machine.store, &machine.leases, asked.is_answered);
    for key in &keys {
        writing.delete(key);
    }
    txn.end();
    mvcc_metrics::DELETE_TOTAL.inc_by(keys.len() as u64);
    machine.leases.write().remove(id);
    machine.write([LeaseRow::delete(id)]);
    metrics::REVOKED.inc();
    debug!(lease = %id, keys = keys.len(), "lease revoked");
    local.push(LocalEffect::Lease(LeaseEvent::Revoked(id)));
    Ok(Answer::LeaseRevoke { revision: machine.writer.revision() })
}

/// Notes what leases have left. Those that are gone meanwhile are passed over.
pub(super) fn checkpoint(machine: &mut Machine, request: &LeaseCheckpointRequest) -> Outcome {
    let is_persisted =
        machine.persists_checkpoints || machine.cluster.version().is_some_and(|version| version >= PERSISTED_SINCE);
    for checkpoint in &request.checkpoints {
        let row = machine.leases.write().checkpoint(LeaseId(checkpoint.id), checkpoint.remaining_ttl);
        machine.write(row.filter(|_| is_persisted).map(|row| row.put()));
    }
    Ok(machine.done())
}
