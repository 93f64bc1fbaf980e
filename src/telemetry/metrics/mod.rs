//! Every metric of the process, by subject; names, types and labels are etcd 3.7's.
//!
//! A metric is a static: `metrics::disk::WAL_FSYNC_SECONDS.observe(...)`. Metrics with labels look their series up by
//! text at each call, so hot paths keep the series (`with_label_values(...)` gives a cheap handle) or use the ready-made
//! ones in [`grpc`]. Traps of etcd's names are kept: some `*_total` are gauges, some counters lack `_total`.

pub mod disk;
mod expose;
pub mod grpc;
pub mod lease;
pub mod mvcc;
pub mod network;
pub mod op;
mod process;
pub mod server;

use std::sync::LazyLock;

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    core::Collector,
};

pub use expose::{CONTENT_TYPE, text};
pub use process::{open_files, resident_bytes};

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::new);

/// Declares statics and a function that registers them all, so that unused ones show their zero.
macro_rules! declare {
    ($($(#[$doc:meta])* $name:ident: $kind:ty = $make:expr;)*) => {
        $($(#[$doc])* pub static $name: std::sync::LazyLock<$kind> = std::sync::LazyLock::new(|| $make);)*

        pub(super) fn register() {
            $(std::sync::LazyLock::force(&$name);)*
        }
    };
}
use declare;

/// Registers everything. Before the first use of [`grpc`]; `extensive` adds the histograms of gRPC latency.
pub fn init(extensive: bool) {
    grpc::init(extensive);
    register_all();
}

fn register_all() {
    disk::register();
    grpc::register();
    lease::register();
    mvcc::register();
    network::register();
    server::register();
}

fn registered<C: Collector + Clone + 'static>(made: prometheus::Result<C>) -> C {
    let metric = made.expect("names and labels are literals, held by a test");
    REGISTRY.register(Box::new(metric.clone())).expect("each name is declared once");
    metric
}

fn counter(name: &str, help: &str) -> IntCounter {
    registered(IntCounter::new(name, help))
}

fn counters(name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    registered(IntCounterVec::new(Opts::new(name, help), labels))
}

fn gauge(name: &str, help: &str) -> IntGauge {
    registered(IntGauge::new(name, help))
}

fn gauges(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    registered(IntGaugeVec::new(Opts::new(name, help), labels))
}

fn histogram(name: &str, help: &str, buckets: Vec<f64>) -> Histogram {
    registered(Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets)))
}

fn histograms(name: &str, help: &str, labels: &[&str], buckets: Vec<f64>) -> HistogramVec {
    registered(HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets), labels))
}

/// `count` bounds: `start`, then each `factor` times the one before.
fn exp(start: f64, factor: f64, count: usize) -> Vec<f64> {
    std::iter::successors(Some(start), |bound| Some(bound * factor)).take(count).collect()
}

#[cfg(test)]
mod tests;
