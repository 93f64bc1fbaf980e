//! The member: leadership, proposals, requests, health, identity.

use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

use super::{counter, counters, declare, exp, gauge, gauges, histogram, histograms};

declare! {
    HAS_LEADER: IntGauge = gauge("etcd_server_has_leader", "Whether a leader is known: 1 or 0.");
    IS_LEADER: IntGauge = gauge("etcd_server_is_leader", "Whether this member leads: 1 or 0.");
    IS_LEARNER: IntGauge = gauge("etcd_server_is_learner", "Whether this member is a learner: 1 or 0.");
    /// Each time the known leader becomes another member, the first one too.
    LEADER_CHANGES: IntCounter = counter("etcd_server_leader_changes_seen_total", "Changes of the leader.");
    HEARTBEAT_SEND_FAILURES: IntCounter = counter("etcd_server_heartbeat_send_failures_total",
        "Heartbeats that this leader sent late, likely for a slow disk.");
    /// The commit index. A gauge in etcd.
    PROPOSALS_COMMITTED: IntGauge = gauge("etcd_server_proposals_committed_total", "Index of the last committed raft entry.");
    /// The applied index, set a batch. A gauge in etcd.
    PROPOSALS_APPLIED: IntGauge = gauge("etcd_server_proposals_applied_total", "Index of the last applied raft entry.");
    PROPOSALS_PENDING: IntGauge = gauge("etcd_server_proposals_pending", "Proposals waiting to be applied.");
    PROPOSALS_FAILED: IntCounter = counter("etcd_server_proposals_failed_total", "Proposals that failed.");
    /// Labels: kind of request, `true` or `false`.
    REQUEST_SECONDS: HistogramVec = histograms("etcd_server_request_duration_seconds",
        "How long requests take in the server.", &["type", "success"], exp(0.001, 2.0, 14));
    /// Labels: `v3`, kind of request, `true` or `false`.
    APPLY_SECONDS: HistogramVec = histograms("etcd_server_apply_duration_seconds",
        "How long applying an entry takes.", &["version", "op", "success"], exp(0.0001, 2.0, 20));
    /// Label: `true` or `false`.
    RANGE_SECONDS: HistogramVec = histograms("etcd_server_range_duration_seconds",
        "How long the read of a Range takes.", &["success"], exp(0.0001, 2.0, 20));
    /// One for each "apply request took too long".
    SLOW_APPLY: IntCounter = counter("etcd_server_slow_apply_total", "Entries and reads that took too long.");
    SLOW_READ_INDEX: IntCounter = counter("etcd_server_slow_read_indexes_total", "Rounds of read index that timed out.");
    READ_INDEX_FAILED: IntCounter = counter("etcd_server_read_indexes_failed_total", "Failed rounds of read index.");
    /// A negative quota shows as it was given.
    QUOTA_BYTES: IntGauge = gauge("etcd_server_quota_backend_bytes", "Limit of the database's size in bytes.");
    /// Labels: `unary` or `stream`; the client's version or `unknown`.
    CLIENT_REQUESTS: IntCounterVec = counters("etcd_server_client_requests_total",
        "Requests by the version of the client.", &["type", "client_api_version"]);
    VERSION: IntGaugeVec = gauges("etcd_server_version", "The etcd release that is announced; always 1.", &["server_version"]);
    /// The compiler's version, under etcd's name.
    COMPILER_VERSION: IntGaugeVec = gauges("etcd_server_go_version", "The compiler's version; always 1.", &["server_go_version"]);
    ID: IntGaugeVec = gauges("etcd_server_id", "The member's id in hexadecimal; always 1.", &["server_id"]);
    /// 1 for the present one, 0 for earlier ones. Label without patch: `3.7`.
    CLUSTER_VERSION: IntGaugeVec = gauges("etcd_cluster_version", "The cluster's version: 1 for the present one.", &["cluster_version"]);
    FEATURE_ENABLED: IntGaugeVec = gauges("etcd_server_feature_enabled", "Feature gates: 1 or 0.", &["name", "stage"]);
    /// Label: why, in the words of the answer.
    LEARNERS_NOT_PROMOTED: IntCounterVec = counters("etcd_server_learner_promote_failures",
        "Promotions of learners that failed, by reason.", &["Reason"]);
    LEARNERS_PROMOTED: IntCounter = counter("etcd_server_learner_promote_successes", "Learners that were promoted.");
    HEALTH_SUCCESS: IntCounter = counter("etcd_server_health_success", "Good answers of /health.");
    HEALTH_FAILURES: IntCounter = counter("etcd_server_health_failures", "Bad answers of /health.");
    /// Labels: `livez` or `readyz`, the check.
    HEALTHCHECK: IntGaugeVec = gauges("etcd_server_healthcheck", "Last result of each check: 1 or 0.", &["type", "name"]);
    /// Labels: `livez` or `readyz`, the check, `success` or `error`.
    HEALTHCHECKS: IntCounterVec = counters("etcd_server_healthchecks_total", "Results of the checks.", &["type", "name", "status"]);
    /// +1 when raised, -1 when cleared. Labels: the member's id, `NOSPACE` or `CORRUPT`.
    ALARMS: IntGaugeVec = gauges("etcd_debugging_server_alarms", "Alarms that are raised.", &["server_id", "alarm_type"]);
    AUTH_REVISION: IntGauge = gauge("etcd_debugging_auth_revision", "Revision of users and roles.");
    /// A watch response with events.
    WATCH_SEND_SECONDS: Histogram = histogram("etcd_debugging_server_watch_send_loop_watch_stream_duration_seconds",
        "How long sending a watch response takes.", exp(0.001, 2.0, 14));
    /// The same divided by its events.
    WATCH_SEND_PER_EVENT_SECONDS: Histogram = histogram("etcd_debugging_server_watch_send_loop_watch_stream_duration_per_event_seconds",
        "How long sending a watch response takes per event.", exp(0.001, 2.0, 14));
    /// Answers to create and cancel.
    WATCH_CONTROL_SECONDS: Histogram = histogram("etcd_debugging_server_watch_send_loop_control_stream_duration_seconds",
        "How long sending an answer about a watcher takes.", exp(0.001, 2.0, 14));
    /// A round of progress notifications.
    WATCH_PROGRESS_SECONDS: Histogram = histogram("etcd_debugging_server_watch_send_loop_progress_duration_seconds",
        "How long a round of progress notifications takes.", exp(0.001, 2.0, 14));
    /// Scrapes in progress.
    SCRAPES: IntGauge = gauge("promhttp_metric_handler_requests_in_flight", "Scrapes being served.");
    /// Label: HTTP status.
    SCRAPES_TOTAL: IntCounterVec = {
        let scrapes = counters("promhttp_metric_handler_requests_total", "Scrapes by HTTP status.", &["code"]);
        for code in ["200", "500", "503"] {
            scrapes.with_label_values(&[code]);
        }
        scrapes
    };
    /// Our own versions.
    BUILD_INFO: IntGaugeVec = gauges("rsetcd_build_info", "Version of rsetcd and of its compiler; always 1.", &["version", "rust_version"]);
}

/// Series that a thread remembers; clients of more versions are counted the slow way.
const REMEMBERED_SERIES: usize = 64;

thread_local! {
    static CLIENT_SERIES: std::cell::RefCell<Vec<(bool, String, IntCounter)>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Counts a request of a client of this version. A series begins with its first request.
pub fn count_client_request(is_stream: bool, api_version: &str) {
    CLIENT_SERIES.with_borrow_mut(|known| {
        let is_known = |(kind, version, _): &&(bool, String, IntCounter)| *kind == is_stream && version == api_version;
        if let Some((.., series)) = known.iter().find(is_known) {
            series.inc();
            return;
        }
        let kind = if is_stream { "stream" } else { "unary" };
        let series = CLIENT_REQUESTS.with_label_values(&[kind, api_version]);
        series.inc();
        if known.len() < REMEMBERED_SERIES {
            known.push((is_stream, api_version.to_owned(), series));
        }
    });
}

#[cfg(test)]
mod tests {
    use prometheus::core::Collector;

    use super::*;

    #[test]
    fn clients_are_counted_by_version_and_kind() {
        let version = "counted-by-kind";
        for is_stream in [false, false, true] {
            count_client_request(is_stream, version);
            count_client_request(false, "counted-unary");
        }
        let mut counted = Vec::new();
        for family in CLIENT_REQUESTS.collect() {
            for metric in family.get_metric() {
                let labels: Vec<&str> = metric.get_label().iter().map(|label| label.value()).collect();
                if labels.iter().any(|label| label.starts_with("counted-")) {
                    counted.push(format!("{} {}", labels.join(" "), metric.get_counter().get_value()));
                }
            }
        }
        counted.sort();
        assert_eq!(counted, ["counted-by-kind stream 1", "counted-by-kind unary 2", "counted-unary unary 3"]);
    }
}
