//! Metrics of snapshot files.

use std::sync::LazyLock;

use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, exponential_buckets};

#[derive(Debug)]
pub struct Metrics {
    pub fsync_seconds: Histogram,
    pub encode_seconds: Histogram,
    pub save_seconds: Histogram,
}

pub static METRICS: LazyLock<Metrics> = LazyLock::new(|| Metrics {
    fsync_seconds: seconds("etcd_snap_fsync_duration_seconds", "Time of each sync of a raft snapshot file."),
    encode_seconds: seconds(
        "etcd_debugging_snap_save_marshalling_duration_seconds",
        "Time of encoding a raft snapshot file.",
    ),
    save_seconds: seconds(
        "etcd_debugging_snap_save_total_duration_seconds",
        "Time of saving a raft snapshot file, from encoding to sync.",
    ),
});

fn seconds(name: &str, help: &str) -> Histogram {
    let buckets = exponential_buckets(0.001, 2.0, 14).expect("the numbers are valid");
    Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets)).expect("the name is valid")
}

/// For the registry.
pub fn collectors() -> [Box<dyn Collector>; 3] {
    let Metrics { fsync_seconds, encode_seconds, save_seconds } = &*METRICS;
    [Box::new(fsync_seconds.clone()), Box::new(encode_seconds.clone()), Box::new(save_seconds.clone())]
}
