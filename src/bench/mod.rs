//! `rsctl bench`: the workloads and the report of etcd's official load generator, on a lean client.
//!
//! One thread, one current_thread runtime, raw HTTP/2 (`wire`): a full gRPC client costs more CPU a request than the
//! server under test. `runner` keeps a number of requests in flight, `report` sums them up, and each workload has
//! its file.
//!
//! Not here: TLS, and the workloads `stm` and `mvcc`.

mod hold;
mod keys;
mod lease;
mod put;
mod range;
mod report;
mod runner;
mod txn;
mod watch;
mod wire;

pub use keys::KeyBuffer;
pub use report::{Report, ReportOptions};
pub use runner::Limiter;

use clap::{Args, Subcommand};

use runner::Runner;

/// Measure a server with the workloads of etcd's benchmark tool
#[derive(Args, Debug)]
#[command(hide = true)]
pub struct BenchArgs {
    #[command(flatten)]
    shared: SharedArgs,
    #[command(subcommand)]
    workload: Workload,
}

#[derive(Args, Debug)]
struct SharedArgs {
    /// Total number of gRPC connections
    #[arg(long, default_value_t = 1, global = true)]
    conns: usize,
    /// Total number of gRPC clients
    #[arg(long, default_value_t = 1, global = true)]
    clients: usize,
    /// Use full floating point precision
    #[arg(long, global = true)]
    precise: bool,
    /// Also sample requests for every second
    #[arg(long, global = true)]
    sample: bool,
    /// Also write the report as JSON, into $ARTIFACTS or ./_artifacts
    #[arg(long, global = true)]
    report_perfdash: bool,
}

#[derive(Subcommand, Debug)]
enum Workload {
    Put(put::PutArgs),
    Range(range::RangeArgs),
    TxnPut(txn::TxnPutArgs),
    TxnMixed(txn::TxnMixedArgs),
    Watch(watch::WatchArgs),
    WatchLatency(watch::WatchLatencyArgs),
    WatchGet(watch::WatchGetArgs),
    LeaseKeepalive(lease::KeepaliveArgs),
    LeaseGrant(hold::GrantArgs),
    WatchFanout(hold::FanoutArgs),
    WatchIdle(hold::IdleArgs),
    /// Not available here
    #[command(hide = true)]
    Stm(StmArgs),
}

/// Not available here
///
/// Its flags are known, so that the refusal is clear whatever is asked.
#[derive(Args, Debug)]
struct StmArgs {
    #[arg(long, hide = true)]
    isolation: Option<String>,
    #[arg(long, hide = true)]
    keys: Option<String>,
    #[arg(long, hide = true)]
    total: Option<String>,
    #[arg(long, hide = true)]
    keys_per_txn: Option<String>,
    #[arg(long, hide = true)]
    txn_wr_percent: Option<String>,
    #[arg(long, hide = true)]
    stm_locker: Option<String>,
    #[arg(long, hide = true)]
    val_size: Option<String>,
    #[arg(long, hide = true)]
    rate: Option<String>,
}

/// What the load goes to.
#[derive(Clone, Debug)]
pub struct Target {
    /// Connection i goes to endpoint i modulo their number: `host:port` or `http://host:port`.
    pub endpoints: Vec<String>,
    /// Name and password.
    pub user: Option<(String, String)>,
}

/// Runs the workload on a runtime of its own. Reports go to standard output.
///
/// # Errors
/// The arguments do not fit together, or the run could not go on. Failed requests are part of the report, and no
/// failure of the run.
pub fn run(args: &BenchArgs, target: &Target) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("no runtime: {error}"))?.block_on(run_workload(args, target))
}

async fn run_workload(args: &BenchArgs, target: &Target) -> Result<(), String> {
    let SharedArgs { conns, clients, precise, sample, report_perfdash } = args.shared;
    if conns == 0 || clients == 0 {
        return Err(format!("expected positive --conns and --clients, got ({conns}) and ({clients})"));
    }
    let options = ReportOptions { precise, sample, perfdash: report_perfdash };
    let runner = Runner::new(target, conns, clients, options).await?;
    match &args.workload {
        Workload::Put(args) => put::run(&runner, args).await,
        Workload::Range(args) => range::run(&runner, args).await,
        Workload::TxnPut(args) => txn::run_put(&runner, args).await,
        Workload::TxnMixed(args) => txn::run_mixed(&runner, args).await,
        Workload::Watch(args) => watch::run(&runner, args).await,
        Workload::WatchLatency(args) => watch::run_latency(&runner, args).await,
        Workload::WatchGet(args) => watch::run_get(&runner, args).await,
        Workload::LeaseKeepalive(args) => lease::run(&runner, args).await,
        Workload::LeaseGrant(args) => hold::run_grant(&runner, args).await,
        Workload::WatchFanout(args) => hold::run_fanout(&runner, args).await,
        Workload::WatchIdle(args) => hold::run_idle(&runner, args).await,
        Workload::Stm(_) => Err("the workload \"stm\" is not supported".into()),
    }
}
