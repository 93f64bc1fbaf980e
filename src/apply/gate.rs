//! What stops an entry before it runs: the rights of who asks, alarms, the space quota.
//!
//! The order is etcd's: who may manage, alarms, rights on keys, quota. Rights count when the entry is applied: what has
//! changed since it was proposed stops it.
//!
//! The quota is a local setting, so it never decides what is written: an entry over quota is applied, and its asker is
//! told that the space is used up.

use bytes::Bytes;

use super::ApplyError;
use crate::alarm::Alarms;
use crate::auth::{Access, AuthError, AuthStore, Rights};
use crate::lease::SharedRegistry;
use crate::mvcc::Store;
use crate::pb::etcdserverpb::{
    AlarmType, DeleteRangeRequest, InternalRaftRequest, PutRequest, RangeRequest, RequestOp, TxnRequest, request_op,
};
use crate::types::{KeyRange, LeaseId};

/// What is charged for a put besides key and value.
const PUT_OVERHEAD_BYTES: u64 = 256;
/// What is charged for a lease.
pub const LEASE_BYTES: u64 = 64;
/// The quota when none is configured.
pub const DEFAULT_QUOTA_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// The limit behind `--quota-backend-bytes`: 0 is the default, negative none.
pub fn quota_limit(configured: i64) -> Option<u64> {
    match u64::try_from(configured) {
        Ok(0) => Some(DEFAULT_QUOTA_BYTES),
        Ok(bytes) => Some(bytes),
        Err(_) => None,
    }
}

/// Whether a request of this cost may still come to a backend of this size.
fn has_space(limit: Option<u64>, size_bytes: u64, cost: u64) -> bool {
    cost == 0 || limit.is_none_or(|limit| size_bytes.saturating_add(cost) < limit)
}

/// Whether a request of this cost may still come to the backend: neither the quota nor the disk stands against it.
pub fn fits(limit: Option<u64>, store: &Store, cost: u64) -> bool {
    cost == 0 || (!store.is_out_of_space() && has_space(limit, store.charged_bytes(), cost))
}

/// What a put is charged.
pub fn put_cost(request: &PutRequest) -> u64 {
    PUT_OVERHEAD_BYTES + (request.key.len() + request.value.len()) as u64
}

/// What a transaction is charged: its more expensive branch; ranges and deletes are free.
pub fn txn_cost(request: &TxnRequest) -> u64 {
    let branch = |ops: &[RequestOp]| -> u64 {
        ops.iter()
            .map(|op| match &op.request {
                Some(request_op::Request::RequestPut(put)) => put_cost(put),
                Some(request_op::Request::RequestTxn(txn)) => txn_cost(txn),
                Some(request_op::Request::RequestRange(_) | request_op::Request::RequestDeleteRange(_)) | None => 0,
            })
            .sum()
    };
    branch(&request.success).max(branch(&request.failure))
}

/// What an entry is charged.
pub fn cost(request: &InternalRaftRequest) -> u64 {
    if let Some(put) = &request.put {
        put_cost(put)
    } else if let Some(txn) = &request.txn {
        txn_cost(txn)
    } else if request.lease_grant.is_some() {
        LEASE_BYTES
    } else {
        0
    }
}

/// Whether the standing alarms let an entry of this cost pass.
///
/// | entry | NOSPACE | CORRUPT |
/// |---|---|---|
/// | put, lease grant, txn with a put in any branch | no | no |
/// | other txn, delete, compaction, lease revoke | yes | no |
/// | the rest | yes | yes |
///
/// # Errors
/// `Corrupt`, else `NoSpace`.
pub fn admit(alarms: &Alarms, request: &InternalRaftRequest, cost: u64) -> Result<(), ApplyError> {
    let is_write = request.put.is_some()
        || request.txn.is_some()
        || request.delete_range.is_some()
        || request.compaction.is_some()
        || request.lease_grant.is_some()
        || request.lease_revoke.is_some();
    if is_write && alarms.is_raised(AlarmType::Corrupt) {
        return Err(ApplyError::Corrupt);
    }
    if cost > 0 && alarms.is_raised(AlarmType::Nospace) {
        return Err(ApplyError::NoSpace);
    }
    Ok(())
}

/// Whether the asker may manage users and roles. Decided by name alone.
///
/// # Errors
/// The entry is one for the root role, and its asker is nobody, gone, or does not hold it.
pub fn check_root(auth: &AuthStore, request: &InternalRaftRequest) -> Result<(), AuthError> {
    if !auth.is_enabled() || !is_for_root(request) {
        return Ok(());
    }
    auth.check_root(asker(request).0)
}

fn is_for_root(request: &InternalRaftRequest) -> bool {
    request.auth_enable.is_some()
        || request.auth_disable.is_some()
        || request.auth_user_add.is_some()
        || request.auth_user_delete.is_some()
        || request.auth_user_change_password.is_some()
        || request.auth_user_grant_role.is_some()
        || request.auth_user_revoke_role.is_some()
        || request.auth_user_list.is_some()
        || request.auth_role_add.is_some()
        || request.auth_role_delete.is_some()
        || request.auth_role_grant_permission.is_some()
        || request.auth_role_revoke_permission.is_some()
        || request.auth_role_list.is_some()
}

/// Name, and revision of the auth store when the name was found.
fn asker(request: &InternalRaftRequest) -> (&str, u64) {
    request.header.as_ref().map_or(("", 0), |header| (&header.username, header.auth_revision))
}

/// Whether the asker may do this to the keys that the entry names, and to those of the leases that it names.
///
/// # Errors
/// Nobody asks, users or roles have changed since, or the asker's roles do not grant it.
pub fn check_rights(auth: &AuthStore, leases: &SharedRegistry, request: &InternalRaftRequest) -> Result<(), AuthError> {
    if !auth.is_enabled() {
        return Ok(());
    }
    let (username, revision) = asker(request);
    let rights = || auth.rights(username, revision);
    if let Some(put) = &request.put {
        check_put(rights()?, leases, put)
    } else if let Some(txn) = &request.txn {
        check_txn(rights()?, leases, txn)
    } else if let Some(delete) = &request.delete_range {
        check_delete(rights()?, delete)
    } else if let Some(revoke) = &request.lease_revoke {
        check_lease(rights()?, leases, revoke.id)
    } else if request.compaction.is_some() {
        auth.check_root(username)
    } else {
        Ok(())
    }
}

/// A put that names a lease may end the keys that hang on it, so it takes the right to write them all.
fn check_put(rights: Rights<'_>, leases: &SharedRegistry, request: &PutRequest) -> Result<(), AuthError> {
    let Rights::Some(_) = rights else { return Ok(()) };
    let key = KeyRange::One(request.key.clone());
    rights.check(Access::Write, &key)?;
    if request.lease != 0 {
        check_lease(rights, leases, request.lease)?;
    }
    if request.prev_kv { rights.check(Access::Read, &key) } else { Ok(()) }
}

/// What ends with a lease are its keys. It does not matter how many they are: this is asked for each put that brings the
/// lease along. A lease that does not exist is another error's matter.
fn check_lease(rights: Rights<'_>, leases: &SharedRegistry, lease: i64) -> Result<(), AuthError> {
    let leases = leases.read();
    rights.check_set(Access::Write, |from| leases.first_key_from(LeaseId(lease), from))
}

fn check_delete(rights: Rights<'_>, request: &DeleteRangeRequest) -> Result<(), AuthError> {
    check_range(rights, Access::Write, &request.key, &request.range_end)?;
    if request.prev_kv { check_range(rights, Access::Read, &request.key, &request.range_end) } else { Ok(()) }
}

fn check_range(rights: Rights<'_>, access: Access, key: &Bytes, range_end: &Bytes) -> Result<(), AuthError> {
    match KeyRange::parse(key.clone(), range_end.clone()) {
        Ok(range) => rights.check(access, &range),
        // Such a request is refused for that.
        Err(_) => Ok(()),
    }
}

/// All compares and both branches, whichever runs, and all transactions inside.
fn check_txn(rights: Rights<'_>, leases: &SharedRegistry, request: &TxnRequest) -> Result<(), AuthError> {
    let Rights::Some(_) = rights else { return Ok(()) };
    for compare in &request.compare {
        check_range(rights, Access::Read, &compare.key, &compare.range_end)?;
    }
    for op in request.success.iter().chain(&request.failure) {
        match &op.request {
            Some(request_op::Request::RequestRange(range)) => check_read(rights, range)?,
            Some(request_op::Request::RequestPut(put)) => check_put(rights, leases, put)?,
            Some(request_op::Request::RequestDeleteRange(delete)) => check_delete(rights, delete)?,
            Some(request_op::Request::RequestTxn(txn)) => check_txn(rights, leases, txn)?,
            None => {}
        }
    }
    Ok(())
}

fn check_read(rights: Rights<'_>, request: &RangeRequest) -> Result<(), AuthError> {
    check_range(rights, Access::Read, &request.key, &request.range_end)
}

/// Whether all of a transaction that only reads may be read.
///
/// # Errors
/// `PermissionDenied`.
pub fn check_read_txn(rights: Rights<'_>, request: &TxnRequest) -> Result<(), AuthError> {
    let Rights::Some(_) = rights else { return Ok(()) };
    for compare in &request.compare {
        check_range(rights, Access::Read, &compare.key, &compare.range_end)?;
    }
    request.success.iter().chain(&request.failure).try_for_each(|op| match &op.request {
        Some(request_op::Request::RequestRange(range)) => check_read(rights, range),
        _ => Err(AuthError::PermissionDenied),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::etcdserverpb::{
        AlarmMember, AlarmRequest, CompactionRequest, DeleteRangeRequest, LeaseGrantRequest, LeaseRevokeRequest,
    };

    fn put(key: usize, value: usize) -> PutRequest {
        PutRequest { key: vec![b'k'; key].into(), value: vec![b'v'; value].into(), ..Default::default() }
    }

    fn op(request: request_op::Request) -> RequestOp {
        RequestOp { request: Some(request) }
    }

    fn puts(number: usize) -> Vec<RequestOp> {
        (0..number).map(|_| op(request_op::Request::RequestPut(put(1, 1)))).collect()
    }

    fn delete() -> RequestOp {
        op(request_op::Request::RequestDeleteRange(DeleteRangeRequest::default()))
    }

    #[test]
    fn costs() {
        let nested = TxnRequest { success: puts(2), ..Default::default() };
        let both = TxnRequest { success: puts(1), failure: puts(3), ..Default::default() };
        let outer =
            TxnRequest { success: vec![op(request_op::Request::RequestTxn(nested)), delete()], ..Default::default() };
        for (got, wanted, why) in [
            (put_cost(&put(3, 5)), 264, "key, value and the overhead"),
            (txn_cost(&both), 3 * 258, "the dearer branch"),
            (txn_cost(&outer), 2 * 258, "nested puts count, deletes do not"),
            (txn_cost(&TxnRequest::default()), 0, "nothing"),
        ] {
            assert_eq!(got, wanted, "{why}");
        }
    }

    #[test]
    fn quota() {
        for (configured, size, cost, passes, why) in [
            (0, DEFAULT_QUOTA_BYTES - 2, 1, true, "0 is the default"),
            (0, DEFAULT_QUOTA_BYTES - 1, 1, false, "reaching it is too much"),
            (-1, u64::MAX, 1, true, "negative: none"),
            (10, 100, 0, true, "what costs nothing always passes"),
            (10, 5, 4, true, "below"),
        ] {
            assert_eq!(has_space(quota_limit(configured), size, cost), passes, "{why}");
        }
    }

    /// Which entries each alarm stops.
    #[test]
    fn alarms_stop_what_the_table_says() {
        let entry = InternalRaftRequest::default;
        let with_put = TxnRequest { failure: puts(1), ..Default::default() };
        let deletes = TxnRequest { success: vec![delete()], ..Default::default() };
        for (request, no_space, corrupt, what) in [
            (InternalRaftRequest { put: Some(put(1, 1)), ..entry() }, false, false, "put"),
            (InternalRaftRequest { txn: Some(with_put), ..entry() }, false, false, "txn with a put in one branch"),
            (InternalRaftRequest { txn: Some(deletes), ..entry() }, true, false, "txn that only deletes"),
            (InternalRaftRequest { delete_range: Some(Default::default()), ..entry() }, true, false, "delete"),
            (InternalRaftRequest { compaction: Some(CompactionRequest::default()), ..entry() }, true, false, "compact"),
            (InternalRaftRequest { lease_grant: Some(LeaseGrantRequest::default()), ..entry() }, false, false, "grant"),
            (
                InternalRaftRequest { lease_revoke: Some(LeaseRevokeRequest::default()), ..entry() },
                true,
                false,
                "revoke",
            ),
            (InternalRaftRequest { alarm: Some(AlarmRequest::default()), ..entry() }, true, true, "alarm"),
            (InternalRaftRequest { cluster_version_set: Some(Default::default()), ..entry() }, true, true, "version"),
        ] {
            let cost = cost(&request);
            for (kind, passes) in [(AlarmType::Nospace, no_space), (AlarmType::Corrupt, corrupt)] {
                let mut alarms = Alarms::default();
                alarms.activate(AlarmMember { member_id: 9, alarm: kind as i32 });
                assert_eq!(admit(&alarms, &request, cost).is_ok(), passes, "{what} under {}", kind.as_str_name());
            }
            assert!(admit(&Alarms::default(), &request, cost).is_ok(), "{what} without alarm");
        }
    }
}
