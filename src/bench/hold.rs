//! Workloads that etcd's tool does not have: `bench lease-grant`, `bench login`, `bench watch-fanout` and `bench watch-idle`.

use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::Args;
use futures_util::future::try_join_all;

use super::keys::random_value;
use super::runner::{Limiter, Runner, done};
use super::say;
use super::watch::{create_range, created};
use super::wire::{Duplex, Rpc};
use crate::cli::exit::Failure;
use crate::pb::etcdserverpb::{AuthenticateRequest, LeaseGrantRequest, PutRequest, WatchResponse};

/// Benchmark lease grant
#[derive(Args, Debug)]
pub struct GrantArgs {
    /// Total number of leases
    #[arg(long, default_value_t = 10000)]
    total: u64,
    /// Time to live of each, in seconds
    #[arg(long, default_value_t = 3600)]
    ttl: i64,
}

pub async fn run_grant(runner: &Runner, args: &GrantArgs) -> Result<(), Failure> {
    let grant = LeaseGrantRequest { ttl: args.ttl, ..Default::default() };
    let report = runner
        .drive("lease-grant", args.total, 0, async |_, connection| done(connection.call(Rpc::LeaseGrant, &grant).await))
        .await;
    say(&report.render()?)?;
    Ok(())
}

/// Benchmark logins
///
/// Of users named by a prefix and a number from 0, who all have the same password. They must exist.
#[derive(Args, Debug)]
pub struct LoginArgs {
    /// Total number of logins
    #[arg(long, default_value_t = 100)]
    total: u64,
    /// What the users' names begin with
    #[arg(long, default_value = "user")]
    name_prefix: String,
    /// Number of users, who log in in turn
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    users: u64,
    /// The password of all of them
    #[arg(long)]
    login_password: String,
}

pub async fn run_login(runner: &Runner, args: &LoginArgs) -> Result<(), Failure> {
    let report = runner
        .drive("login", args.total, 0, async |number, connection| {
            let name = format!("{}{}", args.name_prefix, number % args.users);
            let request = AuthenticateRequest { name, password: args.login_password.clone() };
            done(connection.call(Rpc::Authenticate, &request).await)
        })
        .await;
    say(&report.render()?)?;
    Ok(())
}

/// Benchmark how long events of one prefix take to many watchers
///
/// Each watcher watches the whole prefix; the time runs from before the put to the arrival of its event.
#[derive(Args, Debug)]
pub struct FanoutArgs {
    /// Total watchers
    #[arg(long, default_value_t = 1000)]
    watchers: usize,
    /// Streams that they share
    #[arg(long, default_value_t = 10)]
    streams: usize,
    /// Number of put requests
    #[arg(long, default_value_t = 1000)]
    total: usize,
    /// Puts per second (0 is no limit)
    #[arg(long, default_value_t = 50)]
    rate: u64,
    /// Value size
    #[arg(long, default_value_t = 64)]
    val_size: usize,
}

const PREFIX: &str = "fanout/";
const PREFIX_END: &str = "fanout0";

pub async fn run_fanout(runner: &Runner, args: &FanoutArgs) -> Result<(), Failure> {
    let streams_number = args.streams.clamp(1, args.watchers.max(1));
    let mut streams = open(runner, streams_number, args.watchers).await?;
    let connection = runner.connect(0)?;
    let value = random_value(args.val_size);
    let started: std::cell::RefCell<Vec<(i64, Instant)>> = std::cell::RefCell::default();
    let puts = async {
        let limiter = Limiter::new(args.rate);
        for number in 0..args.total {
            limiter.wait().await;
            let key = format!("{PREFIX}{number:08}").into();
            let put = PutRequest { key, value: value.clone(), ..Default::default() };
            let at = Instant::now();
            let answer: crate::pb::etcdserverpb::PutResponse = connection.ask(Rpc::Put, &put).await?;
            started.borrow_mut().push((answer.header.unwrap_or_default().revision, at));
        }
        Ok::<_, String>(())
    };
    let reads = try_join_all(streams.iter_mut().map(|(stream, watchers)| {
        let missing = *watchers * args.total;
        async move {
            let mut arrivals = Vec::with_capacity(missing);
            while arrivals.len() < missing {
                let answer: WatchResponse = stream.next().await?;
                let now = Instant::now();
                arrivals.extend(answer.events.iter().filter_map(|event| Some((event.kv.as_ref()?.mod_revision, now))));
            }
            Ok::<_, String>(arrivals)
        }
    }));
    let ((), arrivals) = tokio::try_join!(puts, reads)?;
    let started: std::collections::HashMap<i64, Instant> = started.into_inner().into_iter().collect();
    let mut report = runner.report("watch-fanout");
    for (revision, arrived) in arrivals.into_iter().flatten() {
        let at = started.get(&revision).ok_or_else(|| format!("an event of revision {revision}, which is no put's"))?;
        report.record_latency(*at, arrived.saturating_duration_since(*at));
    }
    report.finish();
    say(&report.render()?)?;
    Ok(())
}

/// Opens many watch streams and keeps them open
#[derive(Args, Debug)]
pub struct IdleArgs {
    /// Streams with one watcher each
    #[arg(long, default_value_t = 10000)]
    streams: usize,
    /// Seconds that they stay open, after the line that says that all are
    #[arg(long, default_value_t = 30)]
    seconds: u64,
}

pub async fn run_idle(runner: &Runner, args: &IdleArgs) -> Result<(), Failure> {
    let streams = open(runner, args.streams, args.streams).await?;
    say(&format!("{} watch streams are open\n", streams.len()))?;
    tokio::time::sleep(Duration::from_secs(args.seconds)).await;
    drop(streams);
    Ok(())
}

/// Opens streams over all connections, and spreads the watchers of the prefix over them.
async fn open(runner: &Runner, streams: usize, watchers: usize) -> Result<Vec<(Duplex, usize)>, String> {
    let mut opened = Vec::with_capacity(streams);
    for number in 0..streams {
        let mut stream = runner.connection(number % runner.clients).open(Rpc::Watch).await?;
        let own = watchers / streams + usize::from(number < watchers % streams);
        for _ in 0..own {
            create_range(&mut stream, Bytes::from_static(PREFIX.as_bytes()), PREFIX_END.into())?;
            created(&stream.next().await?)?;
        }
        opened.push((stream, own));
    }
    Ok(opened)
}
