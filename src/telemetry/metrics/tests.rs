use std::collections::{BTreeMap, BTreeSet};

use super::{grpc, server, text};

/// Families of etcd that do not exist here: a name, or a beginning that ends in `*`; and why.
const ABSENT: &[(&str, &str)] = &[
    ("go_*", "there is no Go runtime"),
    ("etcd_debugging_disk_backend_commit_rebalance_duration_seconds", "a phase of bbolt's commit that LMDB lacks"),
    ("etcd_debugging_disk_backend_commit_spill_duration_seconds", "a phase of bbolt's commit that LMDB lacks"),
    ("etcd_debugging_disk_backend_commit_write_duration_seconds", "LMDB's commit is not split into phases"),
    ("etcd_debugging_store_*", "the v2 store is gone"),
    ("etcd_grpc_proxy_*", "a server is no proxy"),
    ("etcd_debugging_lease_*", "leases: not there yet"),
    ("etcd_debugging_server_lease_expired_total", "leases: not there yet"),
    ("etcd_debugging_auth_revision", "authentication: not there yet"),
    ("etcd_disk_backend_defrag_duration_seconds", "defragmentation: not there yet"),
    ("etcd_disk_defrag_inflight", "defragmentation: not there yet"),
    ("etcd_disk_backend_snapshot_duration_seconds", "snapshots of the database: not there yet"),
    ("etcd_snap_db_fsync_duration_seconds", "snapshots received from a leader: not there yet"),
    ("etcd_snap_db_save_total_duration_seconds", "snapshots received from a leader: not there yet"),
    ("etcd_server_snapshot_apply_in_progress_total", "snapshots received from a leader: not there yet"),
    ("etcd_server_learner_promote_failures", "membership changes: not there yet"),
    ("etcd_server_learner_promote_successes", "membership changes: not there yet"),
];

/// Families that a fresh etcd does not show, or that are our own.
const MORE: &[(&str, &str)] = &[
    ("rsetcd_build_info", "our own version"),
    ("etcd_debugging_server_alarms", "shown by etcd once an alarm was raised"),
    ("etcd_network_server_stream_failures_total", "shown by etcd once a stream broke"),
];

fn is_absent(name: &str) -> bool {
    ABSENT.iter().any(|(pattern, _)| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *pattern,
    })
}

/// Makes every labelled family show.
fn touch() {
    server::REQUEST_SECONDS.with_label_values(&["Range", "true"]);
    server::APPLY_SECONDS.with_label_values(&["v3", "Put", "true"]);
    server::RANGE_SECONDS.with_label_values(&["true"]);
    server::CLIENT_REQUESTS.with_label_values(&["unary", "unknown"]);
    server::VERSION.with_label_values(&["3.7.1"]).set(1);
    server::COMPILER_VERSION.with_label_values(&["1"]).set(1);
    server::ID.with_label_values(&["1"]).set(1);
    server::CLUSTER_VERSION.with_label_values(&["3.7"]).set(1);
    server::FEATURE_ENABLED.with_label_values(&["AllAlpha", "ALPHA"]);
    server::HEALTHCHECK.with_label_values(&["livez", "serializable_read"]);
    server::HEALTHCHECKS.with_label_values(&["livez", "serializable_read", "success"]);
    server::ALARMS.with_label_values(&["1", "NOSPACE"]);
    server::BUILD_INFO.with_label_values(&["0", "1"]);
    super::network::KNOWN_PEERS.with_label_values(&["1", "1"]).set(1);
    super::network::STREAM_FAILURES.with_label_values(&["send", "watch"]);
    assert!(grpc::method("/etcdserverpb.KV/Range").is_some());
}

#[test]
fn names_types_and_labels_are_etcds() {
    touch();
    let golden = include_str!("../../../tests/data/golden-3.7.1/metrics.txt");
    let page = text();
    let types = |text: &str| -> BTreeMap<String, String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        lines.filter_map(|line| line.split_once(' ')).map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
    };
    let (wanted, ours) = (types(golden), types(&page));
    for (name, kind) in &wanted {
        assert_eq!(is_absent(name), !ours.contains_key(name), "{name}");
        if let Some(our_kind) = ours.get(name) {
            assert_eq!(our_kind, kind, "{name}");
        }
    }
    for name in ours.keys() {
        let more = MORE.iter().any(|(more, _)| more == name);
        assert_ne!(wanted.contains_key(name), more, "{name}");
    }

    let our_series: BTreeSet<String> = page.lines().filter(|line| !line.starts_with('#')).map(series).collect();
    let wanted_series = golden.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    for series in wanted_series.filter(|series| !is_absent(series.split(['{', ' ']).next().unwrap_or_default())) {
        let family = ABSENT.iter().any(|(name, _)| series.starts_with(name.trim_end_matches('*')));
        assert!(family || our_series.contains(series), "{series}");
    }
}

/// `name{label,label}` of a sample line.
fn series(line: &str) -> String {
    let (name, labels) = match line.split_once('{') {
        Some((name, rest)) => (name, rest.split_once('}').map_or("", |(labels, _)| labels)),
        None => return line.split(' ').next().unwrap_or_default().to_owned(),
    };
    let names: Vec<&str> = labels.split("\",").filter_map(|label| label.split('=').next()).collect();
    format!("{name}{{{}}}", names.join(","))
}

#[test]
fn a_page_is_sorted_and_holds_every_method_and_code() {
    super::init(false);
    let page = text();
    let names: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("# HELP ")).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
    let row = "grpc_server_handled_total{grpc_code=\"DataLoss\",grpc_method=\"Watch\",grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"} 0\n";
    assert!(page.contains(row));
    assert!(page.contains("etcd_disk_wal_fsync_duration_seconds_bucket{le=\"8.192\"} "));
    assert!(page.contains("etcd_disk_wal_fsync_duration_seconds_bucket{le=\"+Inf\"} "));
}
