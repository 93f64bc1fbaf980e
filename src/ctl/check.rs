//! `check`: puts a load on a cluster and judges how it takes it.

use std::{
    cell::{Cell, RefCell},
    ffi::OsString,
    future::Future,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::{
    global::{Context, Limit},
    keys, metrics_page, print,
};
use crate::{
    bench::{KeyBuffer, Limiter, Report, ReportOptions},
    cli::{
        exit::{Exit, Failure},
        go, offer, progress,
    },
    client::{Client, ClientError},
    pb::etcdserverpb::{CompactionRequest, DefragmentRequest, DeleteRangeRequest, PutRequest, RangeRequest},
};

/// Seconds of the load of `perf`.
const PERF_SECONDS: u64 = 60;
const PERF_KEY_BYTES: usize = 256;
const PERF_VALUE_BYTES: usize = 1024;
const DATASCALE_KEY_BYTES: usize = 512;
const DATASCALE_VALUE_BYTES: usize = 512;
/// How long the keys of a load may take to be deleted.
const CLEANUP_LIMIT: Duration = Duration::from_secs(30);
/// Limits of a good result.
const SLOWEST_SECONDS: f64 = 0.5;
const STDDEV_SECONDS: f64 = 0.1;
const THROUGHPUT_SHARE: f64 = 0.9;

/// Check how a cluster performs
#[derive(clap::Args, Debug)]
pub struct CheckArgs {
    #[command(subcommand)]
    command: CheckCommand,
}

#[derive(clap::Subcommand, Debug)]
enum CheckCommand {
    Perf(PerfArgs),
    Datascale(DatascaleArgs),
}

/// Check the performance of the cluster: throughput and latency of puts for 60 seconds
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl check perf [options]")]
struct PerfArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
    /// The load: s(mall), m(edium), l(arge) or xl(arge)
    #[arg(long, value_name = "LOAD", default_value = "s", value_parser = offer::text(LOAD_NAMES),
          hide_possible_values = true)]
    load: String,
    /// The prefix of the keys that are written, and deleted in the end
    #[arg(long, value_name = "PREFIX", default_value = "/etcdctl-check-perf/")]
    prefix: OsString,
    #[command(flatten)]
    after: After,
}

/// Check how much memory the server of the first endpoint needs for a number of keys
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl check datascale [options]")]
struct DatascaleArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
    /// The load: s(mall), m(edium), l(arge) or xl(arge)
    #[arg(long, value_name = "LOAD", default_value = "s", value_parser = offer::text(LOAD_NAMES),
          hide_possible_values = true)]
    load: String,
    /// The prefix of the keys that are written, and deleted in the end
    #[arg(long, value_name = "PREFIX", default_value = "/etcdctl-check-datascale/")]
    prefix: OsString,
    #[command(flatten)]
    after: After,
}

#[derive(clap::Args, Clone, Copy, Debug)]
struct After {
    /// Compact the history after the load
    #[arg(long)]
    auto_compact: bool,
    /// Defragment all endpoints after the load
    #[arg(long)]
    auto_defrag: bool,
}

/// A load of both commands, under its names.
struct Load {
    names: [&'static str; 2],
    perf_clients: usize,
    /// Puts a second.
    perf_limit: u64,
    datascale_clients: usize,
    datascale_keys: u64,
}

/// The short ones of their names.
const LOAD_NAMES: &[&str] = &["s", "m", "l", "xl"];
const LOADS: [Load; 4] = [
    load(["s", "small"], (50, 150), (50, 10_000)),
    load(["m", "medium"], (200, 1_000), (200, 100_000)),
    load(["l", "large"], (500, 8_000), (500, 1_000_000)),
    load(["xl", "xLarge"], (1_000, 15_000), (1_000, 3_000_000)),
];

const fn load(names: [&'static str; 2], perf: (usize, u64), datascale: (usize, u64)) -> Load {
    Load {
        names,
        perf_clients: perf.0,
        perf_limit: perf.1,
        datascale_clients: datascale.0,
        datascale_keys: datascale.1,
    }
}

impl Load {
    fn named(name: &str) -> Result<&'static Self, Failure> {
        let found = LOADS.iter().find(|load| load.names.contains(&name));
        found.ok_or_else(|| Failure::new(Exit::BadFeature, format!("unknown load option {name}")))
    }
}

/// `program` is the name that messages carry.
pub async fn run(context: &Context, program: &str, args: CheckArgs) -> Result<(), Failure> {
    match args.command {
        CheckCommand::Perf(args) => perf(context, program, args).await,
        CheckCommand::Datascale(args) => datascale(context, program, args).await,
    }
}

async fn perf(context: &Context, program: &str, args: PerfArgs) -> Result<(), Failure> {
    let load = Load::named(&args.load)?;
    let prefix = Prefix::new(args.prefix);
    let client = context.client(Limit::None).await?;
    if prefix.has_keys(&client).await? {
        let (quoted, plain) = (go::quote(&prefix.0), prefix.text());
        let text = format!("prefix {quoted} has keys. Delete with '{program} del --prefix {plain}' first");
        return Err(Failure::new(Exit::InvalidInput, text));
    }
    let clients = clients(&client, load.perf_clients)?;
    let writer = Writer::new(&prefix, PERF_KEY_BYTES, PERF_VALUE_BYTES, load.perf_limit);
    let bar = progress::bar(PERF_SECONDS);
    let stopped = Cell::new(false);
    let started = Instant::now();
    let seconds = async {
        for second in 1..=PERF_SECONDS {
            tokio::time::sleep_until((started + Duration::from_secs(second)).into()).await;
            bar.inc(1);
        }
    };
    let end = async {
        tokio::select! {
            () = seconds => (),
            _ = tokio::signal::ctrl_c() => (),
        }
        stopped.set(true);
    };
    let (report, ()) = tokio::join!(writer.run(&clients, || !stopped.get(), || ()), end);
    bar.finish_and_clear();
    drop(clients);
    let is_clean = clean_up(&client, &prefix, args.after).await?;
    let passed = judge(&report, load.perf_limit)?;
    verdict(passed && is_clean)
}

async fn datascale(context: &Context, program: &str, args: DatascaleArgs) -> Result<(), Failure> {
    let load = Load::named(&args.load)?;
    let prefix = Prefix::new(args.prefix);
    let client = context.client(Limit::None).await?;
    if prefix.has_keys(&client).await? {
        let (quoted, plain) = (go::quote(&prefix.0), prefix.text());
        let text = format!("prefix {quoted} has keys. Delete with {program} del --prefix {plain} first");
        return Err(Failure::new(Exit::InvalidInput, text));
    }
    let (count, number_of_clients) = (load.datascale_keys, load.datascale_clients);
    let bytes = DATASCALE_KEY_BYTES + DATASCALE_VALUE_BYTES;
    let clients = clients(&client, number_of_clients)?;
    let Ok(before) = metrics_page::resident_memory_bytes(context, &client).await else {
        print::text("FAIL: Could not read process_resident_memory_bytes before the put operations.\n")?;
        return Err(Failure::silent(Exit::Error));
    };
    print::text(&format!(
        "Start data scale check for work load [{count} key-value pairs, {bytes} bytes per key-value, \
         {number_of_clients} concurrent clients].\n"
    ))?;
    let writer = Writer::new(&prefix, DATASCALE_KEY_BYTES, DATASCALE_VALUE_BYTES, 0);
    let bar = progress::bar(count);
    let left = Cell::new(count);
    let more = || left.replace(left.get().saturating_sub(1)) > 0;
    let report = writer.run(&clients, more, || bar.inc(1)).await;
    bar.finish_and_clear();
    drop(clients);
    let after = metrics_page::resident_memory_bytes(context, &client).await;
    let is_clean = clean_up(&client, &prefix, args.after).await?;
    let Ok(after) = after else {
        print::text("FAIL: Could not read process_resident_memory_bytes after the put operations.\n")?;
        return Err(Failure::silent(Exit::Error));
    };
    print_errors(&report)?;
    if !report.errors().is_empty() || !is_clean {
        return Err(Failure::silent(Exit::Error));
    }
    let mebibytes = (after - before) / f64::from(1 << 20);
    print::text(&format!("PASS: Approximate system memory used : {mebibytes:.2} MB.\n"))
}

/// The keys of a load begin with it.
struct Prefix(Vec<u8>);

impl Prefix {
    fn new(prefix: OsString) -> Self {
        Self(std::os::unix::ffi::OsStringExt::into_vec(prefix))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    async fn has_keys(&self, client: &Client) -> Result<bool, ClientError> {
        let keys = keys::prefix(self.0.clone());
        let request =
            RangeRequest { key: keys.key.into(), range_end: keys.range_end.into(), limit: 1, ..Default::default() };
        Ok(!client.range(request).await?.kvs.is_empty())
    }
}

/// Clients with connections of their own, and one login.
fn clients(client: &Client, count: usize) -> Result<Vec<Client>, Failure> {
    (0..count).map(|_| on(client, client.endpoints())).collect()
}

fn on(client: &Client, endpoints: Vec<String>) -> Result<Client, Failure> {
    client.with_endpoints(endpoints).map_err(|error| Failure::new(Exit::BadConnection, error.to_string()))
}

/// Makes puts of random keys.
struct Writer<'a> {
    prefix: &'a Prefix,
    keys: RefCell<KeyBuffer>,
    value: Bytes,
    limiter: Limiter,
}

impl<'a> Writer<'a> {
    /// `rate` puts a second, 0 for no limit.
    fn new(prefix: &'a Prefix, key_bytes: usize, value_bytes: usize, rate: u64) -> Self {
        let keys = RefCell::new(KeyBuffer::new(key_bytes));
        Self { prefix, keys, value: vec![0; value_bytes].into(), limiter: Limiter::new(rate) }
    }

    fn request(&self) -> PutRequest {
        // A zigzag varint of 63 bits takes at most ten bytes.
        let number = rand::random::<u64>() >> 1;
        let key = self.keys.borrow_mut().key(number).expect("the buffer is larger than any number");
        let key = [&self.prefix.0[..], &key].concat().into();
        PutRequest { key, value: self.value.clone(), ..PutRequest::default() }
    }

    /// Each client puts, one request at a time, while there is `more`; `done` follows each put.
    async fn run(&self, clients: &[Client], more: impl Fn() -> bool, done: impl Fn()) -> Report {
        let report = RefCell::new(Report::new(ReportOptions::default(), "check"));
        let (report_ref, more, done) = (&report, &more, &done);
        let mut running: FuturesUnordered<_> = clients
            .iter()
            .map(|client| async move {
                while more() {
                    self.limiter.wait().await;
                    let request = self.request();
                    let started = Instant::now();
                    let result = client.put(request).await;
                    report_ref.borrow_mut().record(started, result.map(drop).map_err(|error| error.to_string()));
                    done();
                }
            })
            .collect();
        while running.next().await.is_some() {}
        drop(running);
        let mut report = report.into_inner();
        report.finish();
        report
    }
}

/// Deletes the keys and does what the flags ask for; gives whether the keys are gone.
async fn clean_up(client: &Client, prefix: &Prefix, after: After) -> Result<bool, Failure> {
    let keys = keys::prefix(prefix.0.clone());
    let request = DeleteRangeRequest { key: keys.key.into(), range_end: keys.range_end.into(), prev_kv: false };
    let deleted = match within(CLEANUP_LIMIT, client.delete_range(request)).await {
        Ok(answer) => answer,
        Err(error) => {
            print::text(&format!("FAIL: Cleanup failed during key deletion: ERROR({error})\n"))?;
            return Ok(false);
        }
    };
    if after.auto_compact {
        let revision = deleted.header.unwrap_or_default().revision;
        print::text(&format!("Compacting with revision {revision}\n"))?;
        client.compact(CompactionRequest { revision, physical: true }).await?;
        print::text(&format!("Compacted with revision {revision}\n"))?;
    }
    if after.auto_defrag {
        for endpoint in client.endpoints() {
            let quoted = go::quote(endpoint.as_bytes());
            print::text(&format!("Defragmenting {quoted}\n"))?;
            on(client, vec![endpoint])?.defragment(DefragmentRequest {}).await?;
            print::text(&format!("Defragmented {quoted}\n"))?;
        }
    }
    Ok(true)
}

async fn within<A>(limit: Duration, call: impl Future<Output = Result<A, ClientError>>) -> Result<A, ClientError> {
    tokio::time::timeout(limit, call).await.unwrap_or(Err(ClientError::DeadlineExceeded))
}

/// Prints how the load went; gives whether it went well enough.
fn judge(report: &Report, limit: u64) -> Result<bool, Failure> {
    let stats = report.stats();
    let writes = stats.per_second as u64 + 1;
    let mut passed = true;
    let mut line = |is_good: bool, good: String, bad: String| {
        passed &= is_good;
        print::text(&if is_good { format!("PASS: {good}\n") } else { bad + "\n" })
    };
    line(
        stats.per_second / limit as f64 > THROUGHPUT_SHARE,
        format!("Throughput is {writes} writes/s"),
        format!("FAIL: Throughput too low: {writes} writes/s"),
    )?;
    line(
        stats.slowest <= SLOWEST_SECONDS,
        format!("Slowest request took {:.6}s", stats.slowest),
        format!("Slowest request took too long: {:.6}s", stats.slowest),
    )?;
    line(
        stats.stddev <= STDDEV_SECONDS,
        format!("Stddev is {:.6}s", stats.stddev),
        format!("Stddev too high: {:.6}s", stats.stddev),
    )?;
    print_errors(report)?;
    Ok(passed && report.errors().is_empty())
}

fn print_errors(report: &Report) -> Result<(), Failure> {
    if report.errors().is_empty() {
        return Ok(());
    }
    print::text("FAIL: too many errors\n")?;
    for (error, count) in report.errors() {
        print::text(&format!("FAIL: ERROR({error}) -> {count}\n"))?;
    }
    Ok(())
}

fn verdict(passed: bool) -> Result<(), Failure> {
    print::text(if passed { "PASS\n" } else { "FAIL\n" })?;
    if passed { Ok(()) } else { Err(Failure::silent(Exit::Error)) }
}
