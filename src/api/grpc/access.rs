//! What each method asks of its caller while authentication is on: one table, which all calls pass (`service`), and
//! what the rows that depend on the request mean.
//!
//! Rows of `User` and `Root` are decided before the handler runs. For rows of `Keys` and `Manage` the decision needs
//! the request: a handler that reads asks here, right before it reads; what goes through raft is decided when it is
//! applied (`apply::gate`).

use tonic::Status;

use super::method::Method;
use crate::apply::gate;
use crate::auth::Access;
use crate::pb::etcdserverpb::{AlarmRequest, TxnRequest, alarm_request::AlarmAction};
use crate::pb::request::Caller;
use crate::server::Server;
use crate::server::caller::Credentials;
use crate::types::{KeyRange, LeaseId};

/// What a method asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing. A token that is sent along may still have to be good.
    Nothing,
    /// To be somebody.
    User,
    /// The root role.
    Root,
    /// Rights on the keys that the request names, or on those of its leases; as each handler says.
    Keys,
    /// The root role, by name alone, when the entry is applied. Users may look at themselves and at their roles.
    Manage,
    /// What its own calls to the key space need, or what the handler asks after something else.
    Inner,
}

const TABLE: &[(&str, &[&str], Need)] = &[
    ("etcdserverpb.KV", &["Range", "RangeStream", "Put", "DeleteRange", "Txn"], Need::Keys),
    // Decided when it is applied, by name alone.
    ("etcdserverpb.KV", &["Compact"], Need::Manage),
    ("etcdserverpb.Watch", &["Watch"], Need::Keys),
    // A user, after a look at the quota: as in etcd, whoever asks for more space is told first that there is none.
    ("etcdserverpb.Lease", &["LeaseGrant"], Need::Inner),
    // And rights on the keys of the lease, of all leases.
    ("etcdserverpb.Lease", &["LeaseRevoke", "LeaseKeepAlive", "LeaseTimeToLive", "LeaseLeases"], Need::User),
    // After a linearizable wait, if it asks for one.
    ("etcdserverpb.Cluster", &["MemberList"], Need::Inner),
    // Root, after a look at its URLs, as in etcd.
    ("etcdserverpb.Cluster", &["MemberAdd"], Need::Inner),
    ("etcdserverpb.Cluster", &["MemberRemove", "MemberUpdate", "MemberPromote"], Need::Root),
    // To change one takes the root role.
    ("etcdserverpb.Maintenance", &["Alarm", "Status"], Need::User),
    ("etcdserverpb.Maintenance", &["Defragment", "Hash", "HashKV", "Snapshot", "MoveLeader", "Downgrade"], Need::Root),
    ("etcdserverpb.Auth", &["AuthStatus", "Authenticate"], Need::Nothing),
    (
        "etcdserverpb.Auth",
        &[
            "AuthEnable",
            "AuthDisable",
            "UserAdd",
            "UserGet",
            "UserList",
            "UserDelete",
            "UserChangePassword",
            "UserGrantRole",
            "UserRevokeRole",
            "RoleAdd",
            "RoleGet",
            "RoleList",
            "RoleDelete",
            "RoleGrantPermission",
            "RoleRevokePermission",
        ],
        Need::Manage,
    ),
    ("grpc.health.v1.Health", &["Check", "Watch", "List"], Need::Nothing),
    ("v3lockpb.Lock", &["Lock", "Unlock"], Need::Inner),
    ("v3electionpb.Election", &["Campaign", "Proclaim", "Leader", "Observe", "Resign"], Need::Inner),
];

/// What the method asks. A method that the table does not have is for root.
pub fn need(method: &Method) -> Need {
    static NEEDS: std::sync::LazyLock<Vec<Need>> = std::sync::LazyLock::new(|| {
        let of = |method: &Method| {
            let row = TABLE.iter().find(|row| row.0 == method.service && row.1.contains(&method.name));
            row.map_or(Need::Root, |row| row.2)
        };
        Method::all().iter().map(of).collect()
    });
    NEEDS[method.number]
}

/// Decides what the table alone can decide.
///
/// # Errors
/// The status to answer with.
pub(super) async fn admit(server: &Server, need: Need, credentials: &Credentials) -> Result<(), Status> {
    match need {
        Need::User => user(server, credentials).await.map(drop),
        Need::Root => root(server, credentials).await,
        Need::Nothing | Need::Keys | Need::Manage | Need::Inner => Ok(()),
    }
}

/// Any user.
///
/// # Errors
/// A token that is not valid, or none.
pub(super) async fn user(server: &Server, credentials: &Credentials) -> Result<Caller, Status> {
    let caller = server.caller(credentials).await?;
    server.view().auth.check_user(&caller.username, caller.auth_revision)?;
    Ok(caller)
}

/// The root role.
///
/// # Errors
/// A token that is not valid, or none, or that of somebody else.
pub(super) async fn root(server: &Server, credentials: &Credentials) -> Result<(), Status> {
    let caller = server.caller(credentials).await?;
    Ok(server.view().auth.check_root(&caller.username)?)
}

/// To see alarms is for any user, to change them for root.
pub(super) async fn alarm(server: &Server, credentials: &Credentials, request: &AlarmRequest) -> Result<(), Status> {
    if request.action == AlarmAction::Get as i32 { Ok(()) } else { root(server, credentials).await }
}

/// READ on a range. The answer is for [`Server::still_permitted`] after the read.
pub(super) async fn read(server: &Server, credentials: &Credentials, range: &KeyRange) -> Result<Caller, Status> {
    Ok(server.permit(credentials, |rights| rights.check(Access::Read, range)).await?)
}

/// READ on everything that a transaction of reads compares and reads.
pub(super) async fn read_txn(server: &Server, credentials: &Credentials, txn: &TxnRequest) -> Result<Caller, Status> {
    if txn.compare.is_empty() && txn.success.is_empty() && txn.failure.is_empty() {
        // As etcd: rights are those on keys, and there are none.
        return Ok(server.caller(credentials).await?);
    }
    Ok(server.permit(credentials, |rights| gate::check_read_txn(rights, txn)).await?)
}

/// Why a range may not be watched, as a watch's answer has it.
pub fn watch(server: &Server, credentials: &Credentials, range: &KeyRange) -> Result<(), String> {
    let permitted = server
        .caller_now(credentials)
        .and_then(|caller| server.permit_caller(&caller, |rights| rights.check(Access::Read, range)));
    permitted.map_err(|error| {
        let status = Status::from(error);
        format!("rpc error: code = {:?} desc = {}", status.code(), status.message())
    })
}

/// READ or WRITE on each key of a lease: to renew it is to keep them, to see them is to read their names.
pub(super) async fn lease(
    server: &Server,
    credentials: &Credentials,
    access: Access,
    lease: LeaseId,
) -> Result<Caller, Status> {
    Ok(server.permit_leased(credentials, access, Some(lease)).await?)
}

/// READ on each key of every lease.
pub(super) async fn all_leases(server: &Server, credentials: &Credentials) -> Result<Caller, Status> {
    Ok(server.permit_leased(credentials, Access::Read, None).await?)
}

/// After a read that was permitted: users and roles must still be those of the check.
pub(super) fn after_read(server: &Server, caller: &Caller) -> Result<(), Status> {
    Ok(server.still_permitted(caller)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_one_row() {
        for method in Method::all() {
            let rows = TABLE.iter().filter(|row| row.0 == method.service && row.1.contains(&method.name));
            assert_eq!(rows.count(), 1, "{}", method.path());
        }
        assert_eq!(TABLE.iter().map(|row| row.1.len()).sum::<usize>(), Method::all().len());
    }
}
