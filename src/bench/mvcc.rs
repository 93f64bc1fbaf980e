//! `bench mvcc put`: the key space without a server around it.

use std::time::{Duration, Instant};

use clap::{Args, Subcommand};

use super::keys::random_value;
use super::report::{Report, ReportOptions};
use super::say;
use crate::cli::exit::Failure;
use crate::mvcc::{OpenedStore, StoreOptions, Sync};

/// Benchmark the key space in this process, without a server
#[derive(Args, Debug)]
pub struct MvccArgs {
    #[command(subcommand)]
    workload: MvccWorkload,
}

#[derive(Subcommand, Debug)]
enum MvccWorkload {
    Put(MvccPutArgs),
}

/// Benchmark a put
///
/// The store lies in a new directory below the current one, and is removed afterwards.
#[derive(Args, Debug)]
struct MvccPutArgs {
    /// A number of puts
    #[arg(long, default_value_t = 100)]
    total: usize,
    /// A size of key to put
    #[arg(long, default_value_t = 64)]
    key_size: usize,
    /// A size of value to put
    #[arg(long, default_value_t = 64)]
    value_size: usize,
    /// Put in transactions
    #[arg(long)]
    txn: bool,
    /// Puts per transaction
    #[arg(long, default_value_t = 1)]
    txn_ops: usize,
    /// Longest time between two commits in milliseconds
    #[arg(long, default_value_t = 100)]
    batch_interval: u64,
    /// Most changes between two commits
    #[arg(long, default_value_t = 10_000)]
    batch_limit: usize,
    /// Not available here: use a profiler of the system
    #[arg(long, value_name = "FILE", hide = true)]
    cpuprofile: Option<String>,
    /// Not available here: use a profiler of the system
    #[arg(long, value_name = "FILE", hide = true)]
    memprofile: Option<String>,
}

pub fn run(args: &MvccArgs, options: ReportOptions) -> Result<(), Failure> {
    let MvccWorkload::Put(args) = &args.workload;
    if args.cpuprofile.is_some() || args.memprofile.is_some() {
        return Err("no profiles are written: use a profiler of the system".to_owned().into());
    }
    if args.key_size == 0 || (args.txn && args.txn_ops == 0) {
        return Err("expected positive --key-size and --txn-ops".to_owned().into());
    }
    let dir = tempfile::TempDir::with_prefix_in("mvcc-bench-", ".").map_err(|error| error.to_string())?;
    let store = StoreOptions {
        commit_interval: Duration::from_millis(args.batch_interval),
        commit_changes_max: args.batch_limit.max(1),
        ..StoreOptions::default()
    };
    let opened = OpenedStore::open(dir.path(), &store).and_then(|opened| opened.start(&store));
    let (_, restored) = opened.map_err(|error| error.to_string())?;
    let mut writer = restored.writer;
    say(&format!("{{\"level\":\"info\",\"msg\":\"kvstore restored\",\"current-rev\":{}}}\n", writer.revision()))?;
    let per_txn = if args.txn { args.txn_ops } else { 1 };
    // Transaction i puts the keys from i on.
    let pairs: Vec<_> =
        (0..args.total + per_txn - 1).map(|_| (random_value(args.key_size), random_value(args.value_size))).collect();
    let mut report = Report::new(options, "mvcc-put");
    for (number, pairs) in pairs.windows(per_txn).enumerate() {
        let started = Instant::now();
        let mut txn = writer.begin();
        for (key, value) in pairs {
            txn.put(key, value, 0);
        }
        txn.end();
        writer.entry_done(number as u64 + 1, 1);
        writer.take_changes();
        if writer.is_seal_due(Instant::now()) {
            writer.seal(Sync::Lazy, None);
            writer.forget_committed();
        }
        report.record_weighted(started, per_txn as u64);
    }
    report.finish();
    say(&report.render()?)?;
    Ok(())
}
