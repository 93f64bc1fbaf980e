//! Metrics of the WAL.

use std::sync::LazyLock;

use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, IntGauge, exponential_buckets};

/// The WAL's metrics. One set for all WALs of the process.
#[derive(Debug)]
pub struct Metrics {
    pub fsync_seconds: Histogram,
    pub write_seconds: Histogram,
    pub write_bytes: IntGauge,
}

pub static METRICS: LazyLock<Metrics> = LazyLock::new(|| Metrics {
    fsync_seconds: seconds("etcd_disk_wal_fsync_duration_seconds", "Time of each sync of the write-ahead log."),
    write_seconds: seconds("etcd_disk_wal_write_duration_seconds", "Time of each write to the write-ahead log."),
    write_bytes: IntGauge::new("etcd_disk_wal_write_bytes_total", "Bytes of frames written to the write-ahead log.")
        .expect("the name is valid"),
});

fn seconds(name: &str, help: &str) -> Histogram {
    let buckets = exponential_buckets(0.001, 2.0, 14).expect("the numbers are valid");
    Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets)).expect("the name is valid")
}

/// For the registry.
pub fn collectors() -> [Box<dyn Collector>; 3] {
    let Metrics { fsync_seconds, write_seconds, write_bytes } = &*METRICS;
    [Box::new(fsync_seconds.clone()), Box::new(write_seconds.clone()), Box::new(write_bytes.clone())]
}
