//! Calls of each gRPC method, in the shape of the usual Go middleware.

use std::{
    collections::HashMap,
    sync::{
        LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec};

use super::{counters, declare, histograms};

/// How a method's messages flow, as in the label `grpc_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Unary,
    ServerStream,
    BidiStream,
}

impl Shape {
    fn label(self) -> &'static str {
        match self {
            Self::Unary => "unary",
            Self::ServerStream => "server_stream",
            Self::BidiStream => "bidi_stream",
        }
    }
}

use Shape::{BidiStream, ServerStream, Unary};

/// Methods that are listed from the start, before any call.
const METHODS: &[(&str, &[(&str, Shape)])] = &[
    (
        "etcdserverpb.KV",
        &[
            ("Range", Unary),
            ("RangeStream", ServerStream),
            ("Put", Unary),
            ("DeleteRange", Unary),
            ("Txn", Unary),
            ("Compact", Unary),
        ],
    ),
    ("etcdserverpb.Watch", &[("Watch", BidiStream)]),
    (
        "etcdserverpb.Lease",
        &[
            ("LeaseGrant", Unary),
            ("LeaseRevoke", Unary),
            ("LeaseKeepAlive", BidiStream),
            ("LeaseTimeToLive", Unary),
            ("LeaseLeases", Unary),
        ],
    ),
    (
        "etcdserverpb.Cluster",
        &[
            ("MemberAdd", Unary),
            ("MemberRemove", Unary),
            ("MemberUpdate", Unary),
            ("MemberList", Unary),
            ("MemberPromote", Unary),
        ],
    ),
    (
        "etcdserverpb.Maintenance",
        &[
            ("Alarm", Unary),
            ("Status", Unary),
            ("Defragment", Unary),
            ("Hash", Unary),
            ("HashKV", Unary),
            ("Snapshot", ServerStream),
            ("MoveLeader", Unary),
            ("Downgrade", Unary),
        ],
    ),
    (
        "etcdserverpb.Auth",
        &[
            ("AuthEnable", Unary),
            ("AuthDisable", Unary),
            ("AuthStatus", Unary),
            ("Authenticate", Unary),
            ("UserAdd", Unary),
            ("UserGet", Unary),
            ("UserList", Unary),
            ("UserDelete", Unary),
            ("UserChangePassword", Unary),
            ("UserGrantRole", Unary),
            ("UserRevokeRole", Unary),
            ("RoleAdd", Unary),
            ("RoleGet", Unary),
            ("RoleList", Unary),
            ("RoleDelete", Unary),
            ("RoleGrantPermission", Unary),
            ("RoleRevokePermission", Unary),
        ],
    ),
    ("grpc.health.v1.Health", &[("Check", Unary), ("Watch", ServerStream), ("List", Unary)]),
];

/// Names of the codes by number, as Go writes them.
pub const CODES: [&str; 17] = [
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];

const LABELS: [&str; 3] = ["grpc_type", "grpc_service", "grpc_method"];

declare! {
    STARTED: IntCounterVec = counters("grpc_server_started_total", "Calls begun.", &LABELS);
    HANDLED: IntCounterVec = counters("grpc_server_handled_total", "Calls ended, by code.",
        &["grpc_type", "grpc_service", "grpc_method", "grpc_code"]);
    RECEIVED: IntCounterVec = counters("grpc_server_msg_received_total", "Messages received.", &LABELS);
    SENT: IntCounterVec = counters("grpc_server_msg_sent_total", "Messages sent.", &LABELS);
}

/// Only with `--metrics=extensive`.
static HANDLING: LazyLock<HistogramVec> = LazyLock::new(|| {
    let buckets = vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    histograms("grpc_server_handling_seconds", "How long calls take.", &LABELS, buckets)
});

static EXTENSIVE: AtomicBool = AtomicBool::new(false);

/// The series of one method, looked up once.
pub struct MethodMetrics {
    pub started: IntCounter,
    /// By the number of the code.
    pub handled: [IntCounter; 17],
    pub received: IntCounter,
    pub sent: IntCounter,
    /// Seconds from begin to end; with extensive metrics.
    pub handling: Option<Histogram>,
}

impl MethodMetrics {
    /// Counts the end of a call with the code of that number.
    pub fn ended(&self, code: i32) {
        let known = usize::try_from(code).ok().and_then(|code| self.handled.get(code));
        known.unwrap_or(&self.handled[2]).inc();
    }

    fn new(service: &str, method: &str, shape: Shape) -> Self {
        let labels = [shape.label(), service, method];
        Self {
            started: STARTED.with_label_values(&labels),
            handled: CODES.map(|code| HANDLED.with_label_values(&[labels[0], service, method, code])),
            received: RECEIVED.with_label_values(&labels),
            sent: SENT.with_label_values(&labels),
            handling: EXTENSIVE.load(Ordering::Relaxed).then(|| HANDLING.with_label_values(&labels)),
        }
    }
}

static BY_PATH: LazyLock<HashMap<String, MethodMetrics>> = LazyLock::new(|| {
    let services = METHODS.iter().flat_map(|(service, methods)| methods.iter().map(move |method| (service, method)));
    services
        .map(|(service, (method, shape))| (format!("/{service}/{method}"), MethodMetrics::new(service, method, *shape)))
        .collect()
});

/// The series of the method at a request path, `/etcdserverpb.KV/Range`.
pub fn method(path: &str) -> Option<&'static MethodMetrics> {
    BY_PATH.get(path)
}

pub(super) fn init(extensive: bool) {
    EXTENSIVE.store(extensive, Ordering::Relaxed);
    LazyLock::force(&BY_PATH);
}

#[cfg(test)]
mod tests {
    use super::{METHODS, Shape};

    #[test]
    fn methods_and_shapes_are_those_of_the_protos() {
        let pool = prost_reflect::DescriptorPool::decode(crate::pb::DESCRIPTORS).unwrap();
        let mut seen = 0;
        for service in pool.services().filter(|service| !service.full_name().starts_with("v3")) {
            for method in service.methods() {
                let shape = match (method.is_client_streaming(), method.is_server_streaming()) {
                    (false, false) => Shape::Unary,
                    (false, true) => Shape::ServerStream,
                    (true, _) => Shape::BidiStream,
                };
                let (_, methods) = METHODS.iter().find(|(name, _)| *name == service.full_name()).unwrap();
                assert!(methods.contains(&(method.name(), shape)), "{}", method.full_name());
                seen += 1;
            }
        }
        assert_eq!(seen, METHODS.iter().map(|(_, methods)| methods.len()).sum::<usize>());
    }
}
