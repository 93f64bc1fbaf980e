//! `rsctl bench`: the workloads and the report of etcd's official load generator, on a lean client.
//!
//! One thread, one current_thread runtime, raw HTTP/2 (`wire`): a full gRPC client costs more CPU a request than the
//! server under test. `runner` keeps a number of requests in flight, `report` sums them up, and each workload has
//! its file.
//!
//! `stm` with the client's lock goes through `client`, and `mvcc` needs no server. Not here: profiles of the process.

mod hold;
mod keys;
mod lease;
mod mvcc;
mod put;
mod range;
mod report;
mod runner;
mod stm;
mod txn;
mod watch;
mod wire;

pub use keys::KeyBuffer;
pub use report::{Report, ReportOptions};
pub use runner::Limiter;

use std::time::Duration;

use clap::{Args, Subcommand};

use runner::Runner;

use crate::cli::{exit::Failure, go, output};
use crate::client::{Client, Config};

/// Measure a server with the workloads of etcd's benchmark tool
#[derive(Args, Debug)]
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
    /// Not 0: connect to the client URLs of the members, read once before the load
    #[arg(long, global = true, value_name = "DURATION", default_value = "0s", value_parser = go::parse_duration)]
    auto_sync_interval: Duration,
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
    Login(hold::LoginArgs),
    WatchFanout(hold::FanoutArgs),
    WatchIdle(hold::IdleArgs),
    Stm(stm::StmArgs),
    Mvcc(mvcc::MvccArgs),
}

/// Runs the workload on what `config` names: each connection goes to its endpoints in turn. Reports go to
/// standard output.
///
/// # Errors
/// The arguments do not fit together, or the run could not go on. Failed requests are part of the report, and no
/// failure of the run.
pub async fn run(args: &BenchArgs, mut config: Config) -> Result<(), Failure> {
    let SharedArgs { conns, clients, precise, sample, report_perfdash, auto_sync_interval } = args.shared;
    if conns == 0 || clients == 0 {
        return Err(format!("expected positive --conns and --clients, got ({conns}) and ({clients})").into());
    }
    let options = ReportOptions { precise, sample, perfdash: report_perfdash };
    if let Workload::Mvcc(args) = &args.workload {
        return mvcc::run(args, options);
    }
    if !auto_sync_interval.is_zero() {
        let client = Client::connect(&config).await.map_err(|error| error.to_string())?;
        client.sync_endpoints().await.map_err(|error| error.to_string())?;
        config.endpoints = client.endpoints();
    }
    let runner = Runner::new(&config, conns, clients, options).await?;
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
        Workload::Login(args) => hold::run_login(&runner, args).await,
        Workload::WatchFanout(args) => hold::run_fanout(&runner, args).await,
        Workload::WatchIdle(args) => hold::run_idle(&runner, args).await,
        Workload::Stm(args) => stm::run(&runner, args).await,
        Workload::Mvcc(_) => unreachable!("it needs no server"),
    }
}

/// Prints a part of a report.
fn say(text: &str) -> Result<(), Failure> {
    Ok(output::write(text.as_bytes())?)
}
