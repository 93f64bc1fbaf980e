//! Traffic with clients and members.

use prometheus::{IntCounter, IntCounterVec, IntGaugeVec};

use super::{counter, counters, declare, gauges};

declare! {
    /// Bytes of encoded messages, without frames.
    CLIENT_SENT_BYTES: IntCounter = counter("etcd_network_client_grpc_sent_bytes_total", "Bytes of messages sent to gRPC clients.");
    /// Bytes of encoded messages, without frames.
    CLIENT_RECEIVED_BYTES: IntCounter = counter("etcd_network_client_grpc_received_bytes_total", "Bytes of messages received from gRPC clients.");
    /// 1 for each member, this one too; 0 for removed ones. Labels: local id, remote id.
    KNOWN_PEERS: IntGaugeVec = gauges("etcd_network_known_peers", "Members of the cluster as seen from here.", &["Local", "Remote"]);
    /// Labels: `receive` or `send`, `watch` or `lease-keepalive`.
    STREAM_FAILURES: IntCounterVec = counters("etcd_network_server_stream_failures_total",
        "Client streams that broke.", &["Type", "API"]);
}
