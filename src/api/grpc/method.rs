//! The table of all methods of the client port.

use std::sync::LazyLock;

/// Which way messages stream, named as in metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    Unary,
    ServerStream,
    BidiStream,
}

/// A method of a service.
#[derive(Debug)]
pub struct Method {
    /// Its place in [`Method::all`].
    pub number: usize,
    /// With package: `etcdserverpb.KV`.
    pub service: &'static str,
    pub name: &'static str,
    pub kind: CallKind,
    /// `/etcdserverpb.KV/Range`
    path: String,
}

const KV: &str = "etcdserverpb.KV";
const WATCH: &str = "etcdserverpb.Watch";
const LEASE: &str = "etcdserverpb.Lease";
const CLUSTER: &str = "etcdserverpb.Cluster";
const MAINTENANCE: &str = "etcdserverpb.Maintenance";
const AUTH: &str = "etcdserverpb.Auth";
const HEALTH: &str = "grpc.health.v1.Health";
const LOCK: &str = "v3lockpb.Lock";
const ELECTION: &str = "v3electionpb.Election";

/// The most frequent first.
const TABLE: &[(&str, &str, CallKind)] = {
    use CallKind::{BidiStream as Bidi, ServerStream, Unary};
    &[
        (KV, "Put", Unary),
        (KV, "Range", Unary),
        (KV, "Txn", Unary),
        (KV, "DeleteRange", Unary),
        (KV, "Compact", Unary),
        (KV, "RangeStream", ServerStream),
        (WATCH, "Watch", Bidi),
        (LEASE, "LeaseGrant", Unary),
        (LEASE, "LeaseRevoke", Unary),
        (LEASE, "LeaseKeepAlive", Bidi),
        (LEASE, "LeaseTimeToLive", Unary),
        (LEASE, "LeaseLeases", Unary),
        (CLUSTER, "MemberAdd", Unary),
        (CLUSTER, "MemberRemove", Unary),
        (CLUSTER, "MemberUpdate", Unary),
        (CLUSTER, "MemberList", Unary),
        (CLUSTER, "MemberPromote", Unary),
        (MAINTENANCE, "Alarm", Unary),
        (MAINTENANCE, "Status", Unary),
        (MAINTENANCE, "Defragment", Unary),
        (MAINTENANCE, "Hash", Unary),
        (MAINTENANCE, "HashKV", Unary),
        (MAINTENANCE, "Snapshot", ServerStream),
        (MAINTENANCE, "MoveLeader", Unary),
        (MAINTENANCE, "Downgrade", Unary),
        (AUTH, "AuthEnable", Unary),
        (AUTH, "AuthDisable", Unary),
        (AUTH, "AuthStatus", Unary),
        (AUTH, "Authenticate", Unary),
        (AUTH, "UserAdd", Unary),
        (AUTH, "UserGet", Unary),
        (AUTH, "UserList", Unary),
        (AUTH, "UserDelete", Unary),
        (AUTH, "UserChangePassword", Unary),
        (AUTH, "UserGrantRole", Unary),
        (AUTH, "UserRevokeRole", Unary),
        (AUTH, "RoleAdd", Unary),
        (AUTH, "RoleGet", Unary),
        (AUTH, "RoleList", Unary),
        (AUTH, "RoleDelete", Unary),
        (AUTH, "RoleGrantPermission", Unary),
        (AUTH, "RoleRevokePermission", Unary),
        (HEALTH, "Check", Unary),
        (HEALTH, "Watch", ServerStream),
        (HEALTH, "List", Unary),
        (LOCK, "Lock", Unary),
        (LOCK, "Unlock", Unary),
        (ELECTION, "Campaign", Unary),
        (ELECTION, "Proclaim", Unary),
        (ELECTION, "Leader", Unary),
        (ELECTION, "Observe", ServerStream),
        (ELECTION, "Resign", Unary),
    ]
};

static METHODS: LazyLock<Vec<Method>> = LazyLock::new(|| {
    let method =
        |(number, &(service, name, kind))| Method { number, service, name, kind, path: format!("/{service}/{name}") };
    TABLE.iter().enumerate().map(method).collect()
});

/// A service as calls are handed out to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Kv,
    Watch,
    Auth,
    Lease,
    Cluster,
    Maintenance,
    Health,
    Lock,
    Election,
}

impl Method {
    /// Every method, in the order of `number`.
    pub fn all() -> &'static [Self] {
        &METHODS
    }

    /// `/etcdserverpb.KV/Range`
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn find(path: &str) -> Option<&'static Self> {
        METHODS.iter().find(|method| method.path == path)
    }

    pub(super) fn target(&self) -> Target {
        match self.service {
            KV => Target::Kv,
            WATCH => Target::Watch,
            AUTH => Target::Auth,
            LEASE => Target::Lease,
            CLUSTER => Target::Cluster,
            MAINTENANCE => Target::Maintenance,
            HEALTH => Target::Health,
            LOCK => Target::Lock,
            ELECTION => Target::Election,
            other => unreachable!("{other} is no service of the table"),
        }
    }

    /// Whether learners serve it. Of ranges they serve the serializable ones, which the handler tells apart.
    pub(super) fn is_for_learners(&self) -> bool {
        matches!((self.service, self.name), (KV, "Range") | (MAINTENANCE, "Status" | "Snapshot"))
    }
}

/// grpc-go's text for a path that is no method.
pub(super) fn unknown_text(path: &str) -> String {
    let Some((service, name)) = path.strip_prefix('/').and_then(|path| path.rsplit_once('/')) else {
        return format!("malformed method name: {path:?}");
    };
    if METHODS.iter().any(|method| method.service == service) {
        format!("unknown method {name} for service {service}")
    } else {
        format!("unknown service {service}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table against the protos.
    #[test]
    fn every_method_of_the_protos_is_there() {
        let pool = prost_reflect::DescriptorPool::decode(crate::pb::DESCRIPTORS).unwrap();
        let mut number = 0;
        for service in pool.services() {
            for method in service.methods() {
                let path = format!("/{}/{}", service.full_name(), method.name());
                let found = Method::find(&path).unwrap_or_else(|| panic!("{path} is missing"));
                let kind = match (method.is_client_streaming(), method.is_server_streaming()) {
                    (false, false) => CallKind::Unary,
                    (false, true) => CallKind::ServerStream,
                    (true, true) => CallKind::BidiStream,
                    (true, false) => panic!("{path} streams from the client alone"),
                };
                assert_eq!(found.kind, kind, "{path}");
                number += 1;
            }
        }
        assert_eq!(number, Method::all().len());
    }

    #[test]
    fn unknown_paths() {
        for (path, text) in [
            ("/etcdserverpb.KV/Nope", "unknown method Nope for service etcdserverpb.KV"),
            ("/a.B/C", "unknown service a.B"),
            ("/", "malformed method name: \"/\""),
        ] {
            assert_eq!(unknown_text(path), text);
        }
    }
}
