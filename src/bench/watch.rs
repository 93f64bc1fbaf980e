//! `bench watch`, `bench watch-latency` and `bench watch-get`

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::Args;
use futures_util::future::try_join_all;

use super::keys::{KeyBuffer, random_value};
use super::put::key_space;
use super::runner::{Limiter, Runner, done};
use super::say;
use super::wire::{Connection, Duplex, Rpc};
use crate::cli::exit::Failure;
use crate::pb::etcdserverpb::watch_request::RequestUnion;
use crate::pb::etcdserverpb::{PutRequest, PutResponse, RangeRequest, WatchCreateRequest, WatchRequest, WatchResponse};

/// Benchmark watch
///
/// Opens many watchers, then puts to the keys that they watch.
#[derive(Args, Debug)]
pub struct WatchArgs {
    /// Total watch streams
    #[arg(long, default_value_t = 10)]
    streams: usize,
    /// Total watchers per stream
    #[arg(long, default_value_t = 100)]
    watch_per_stream: usize,
    /// Total number of keys to be watched
    #[arg(long, default_value_t = 1)]
    watched_key_total: usize,
    /// Number of keys to put per second (0 is no limit)
    #[arg(long, default_value_t = 0)]
    put_rate: u64,
    /// Number of put requests
    #[arg(long, default_value_t = 1000)]
    put_total: u64,
    /// Key size of watch request
    #[arg(long, default_value_t = 32)]
    key_size: usize,
    /// Maximum possible keys
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    key_space_size: i64,
    /// Use sequential keys
    #[arg(long)]
    sequential_keys: bool,
}

pub async fn run(runner: &Runner, args: &WatchArgs) -> Result<(), Failure> {
    let space = key_space(args.key_space_size)?;
    let (watchers, watched) = (args.streams * args.watch_per_stream, args.watched_key_total.max(1));
    warn_of_stream_limit(runner, args.streams);
    let mut keys = Vec::with_capacity(watched);
    for number in 0..watched as u64 {
        let number = if args.sequential_keys { number % space } else { rand::random_range(0..space) };
        keys.push(KeyBuffer::new(args.key_size).key(number)?);
    }

    let creations = RefCell::new(runner.report("watch-make"));
    let mut streams = try_join_all((0..args.streams).map(async |number| {
        let mut stream = runner.connection(number % runner.clients).open(Rpc::Watch).await?;
        for watcher in 0..args.watch_per_stream {
            let key = keys[(number * args.watch_per_stream + watcher) % watched].clone();
            let started = Instant::now();
            create(&mut stream, key, 0, false)?;
            let answer: WatchResponse = stream.next().await?;
            creations.borrow_mut().record(started, created(&answer));
        }
        Ok::<_, String>(stream)
    }))
    .await?;
    let mut creations = creations.into_inner();
    creations.finish();
    say(&format!("Watch creation summary:\n{}", creations.render()?))?;

    // Equal keys under different numbers make more watchers hear of a put.
    let hearers = |number: u64| {
        let key = &keys[usize::try_from(number).expect("64 bits") % watched];
        (0..watchers).filter(|watcher| keys[watcher % watched] == *key).count()
    };
    let by_key: Vec<usize> = (0..watched as u64).map(hearers).collect();
    let expected: usize = (0..args.put_total as usize).map(|number| by_key[number % watched]).sum();
    let received = Cell::new(0);
    let events = RefCell::new(runner.report("watch-put"));
    let failed = RefCell::new(Vec::new());
    let puts = runner.drive_into(args.put_total, args.put_rate, async |number, connection| {
        let key = keys[usize::try_from(number).expect("64 bits") % watched].clone();
        let put = PutRequest { key, value: Bytes::from_static(b"data"), ..Default::default() };
        if let Err(error) = connection.call(Rpc::Put, &put).await {
            failed.borrow_mut().push(error);
        }
    });
    let (all, everything_came) = (Cell::new(expected), tokio::sync::Notify::new());
    if expected == 0 {
        everything_came.notify_one();
    }
    let reads = try_join_all(streams.iter_mut().map(async |stream| {
        loop {
            let response: WatchResponse = stream.next().await?;
            let arrived = Instant::now();
            for _ in &response.events {
                events.borrow_mut().record(arrived, Ok(()));
            }
            received.set(received.get() + response.events.len());
            if received.get() >= all.get() {
                everything_came.notify_one();
            }
        }
        #[expect(unreachable_code, reason = "gives the loop's error its type")]
        Ok::<(), String>(())
    }));
    tokio::select! {
        error = reads => { error?; }
        ((), ()) = async { tokio::join!(puts, everything_came.notified()) } => {}
        error = first_error(&failed) => return Err(error.into()),
    }
    let mut events = events.into_inner();
    events.finish();
    say(&format!("Watch events received summary:\n{}", events.render()?))?;
    Ok(())
}

/// Ends when a put has failed: its events would be waited for without end.
async fn first_error(failed: &RefCell<Vec<String>>) -> String {
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if let Some(error) = failed.borrow().first() {
            return error.clone();
        }
    }
}

fn warn_of_stream_limit(runner: &Runner, streams: usize) {
    let have = runner.clients.min(runner.connections.len());
    let need = 1 + streams / 100;
    if have < need {
        crate::cli::errln!("warning: grpc limits 100 streams per client connection, have {have} but need {need}");
    }
}

fn create(stream: &mut Duplex, key: Bytes, start_revision: i64, prev_kv: bool) -> Result<(), String> {
    let create = WatchCreateRequest { key, start_revision, prev_kv, ..Default::default() };
    stream.send(&WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) })
}

/// Asks for a watcher of a range from now on.
pub(super) fn create_range(stream: &mut Duplex, key: Bytes, range_end: Bytes) -> Result<(), String> {
    let create = WatchCreateRequest { key, range_end, ..Default::default() };
    stream.send(&WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) })
}

pub(super) fn created(answer: &WatchResponse) -> Result<(), String> {
    match answer.created && !answer.canceled {
        true => Ok(()),
        false => Err(format!("watch is refused: {}", answer.cancel_reason)),
    }
}

/// Benchmark watch latency
///
/// Puts to one key; measures the time from the put's answer to each watcher's event.
#[derive(Args, Debug)]
pub struct WatchLatencyArgs {
    /// Total watch streams
    #[arg(long, default_value_t = 10)]
    streams: usize,
    /// Total watchers per stream
    #[arg(long, default_value_t = 10)]
    watchers_per_stream: usize,
    /// PrevKV enabled on watch requests
    #[arg(long)]
    prevkv: bool,
    /// Number of put requests
    #[arg(long, default_value_t = 1000)]
    put_total: usize,
    /// Number of keys to put per second (0 is no limit)
    #[arg(long, default_value_t = 100)]
    put_rate: u64,
    /// Key size of watch response
    #[arg(long, default_value_t = 32)]
    key_size: usize,
    /// Value size of watch response
    #[arg(long, default_value_t = 32)]
    val_size: usize,
}

pub async fn run_latency(runner: &Runner, args: &WatchLatencyArgs) -> Result<(), Failure> {
    let (key, value) = (random_value(args.key_size), random_value(args.val_size));
    let connection = runner.connect(0)?;
    let mut streams = Vec::new();
    for number in 0..args.streams {
        let mut stream = runner.connection(number % runner.clients).open(Rpc::Watch).await?;
        for _ in 0..args.watchers_per_stream {
            create(&mut stream, key.clone(), 0, args.prevkv)?;
            created(&stream.next().await?)?;
        }
        streams.push(stream);
    }
    let mut put_report = runner.report("watch-latency-put");
    let mut watch_report = runner.report("watch-latency-watch");
    let puts = async {
        let limiter = Limiter::new(args.put_rate);
        let mut returned = Vec::with_capacity(args.put_total);
        for _ in 0..args.put_total {
            limiter.wait().await;
            let started = Instant::now();
            let put = PutRequest { key: key.clone(), value: value.clone(), ..Default::default() };
            let result = done(connection.call(Rpc::Put, &put).await);
            result.clone()?; // its events would be waited for without end
            put_report.record(started, result);
            returned.push(Instant::now());
        }
        Ok::<_, String>(returned)
    };
    let reads =
        try_join_all(streams.iter_mut().map(|stream| arrivals(stream, args.watchers_per_stream, args.put_total)));
    let (returned, arrivals) = tokio::try_join!(puts, reads)?;
    put_report.finish();
    for of_watcher in arrivals.into_iter().flatten() {
        for (arrived, returned) in of_watcher.into_iter().zip(&returned) {
            watch_report.record_latency(*returned, arrived.saturating_duration_since(*returned));
        }
    }
    watch_report.finish();
    say(&format!("\nPut summary:\n{}", put_report.render()?))?;
    say(&format!("\nWatch events summary:\n{}", watch_report.render()?))?;
    Ok(())
}

/// When each event came, by watcher.
async fn arrivals(stream: &mut Duplex, watchers: usize, events: usize) -> Result<Vec<Vec<Instant>>, String> {
    let mut arrivals = vec![Vec::with_capacity(events); watchers];
    let mut missing = watchers * events;
    while missing > 0 {
        let response: WatchResponse = stream.next().await?;
        let arrived = Instant::now();
        let of_watcher = usize::try_from(response.watch_id).ok().and_then(|id| arrivals.get_mut(id));
        let of_watcher = of_watcher.ok_or_else(|| format!("a response for watch id {}", response.watch_id))?;
        of_watcher.extend(response.events.iter().map(|_| arrived));
        missing = missing.saturating_sub(response.events.len());
    }
    Ok(arrivals)
}

/// Benchmark watch with get
///
/// Serializable gets while many watchers catch up from history.
#[derive(Args, Debug)]
pub struct WatchGetArgs {
    /// Total number of watchers
    #[arg(long, default_value_t = 10000)]
    watchers: usize,
    /// Total watch streams
    #[arg(long, default_value_t = 1)]
    streams: usize,
    /// Number of events per watcher
    #[arg(long, default_value_t = 8)]
    events: usize,
}

pub async fn run_get(runner: &Runner, args: &WatchGetArgs) -> Result<(), Failure> {
    let key = Bytes::from_static(b"watchkey");
    let connection = runner.connect(0)?;
    let mut first = 0;
    for number in 0..args.events {
        let put = PutRequest { key: key.clone(), value: number.to_string().into(), ..Default::default() };
        let answer: PutResponse = connection.ask(Rpc::Put, &put).await?;
        if number == 0 {
            first = answer.header.map_or(0, |header| header.revision);
        }
    }
    let streams = args.streams.max(1);
    let watches = try_join_all((0..streams).map(|number| {
        let watchers = args.watchers / streams + usize::from(number < args.watchers % streams);
        let key = key.clone();
        async move {
            let mut stream = runner.connection(number % runner.clients).open(Rpc::Watch).await?;
            // As etcd's client: the next create follows the answer to the one before; events come in between.
            let (mut asked, mut missing) = (0, watchers * args.events);
            let mut is_answered = true;
            while missing > 0 {
                if is_answered && asked < watchers {
                    create(&mut stream, key.clone(), first, false)?;
                    asked += 1;
                    is_answered = false;
                }
                let response: WatchResponse = stream.next().await?;
                if response.created {
                    created(&response)?;
                    is_answered = true;
                }
                missing = missing.saturating_sub(response.events.len());
            }
            Ok::<_, String>(())
        }
    }));
    let gets = RefCell::new(runner.report("watch-get"));
    tokio::select! {
        done = watches => { done?; }
        () = get_without_end(&connection, |started, result| gets.borrow_mut().record(started, result)) => {}
    }
    let mut gets = gets.into_inner();
    gets.finish();
    say(&format!("Get during watch summary:\n{}", gets.render()?))?;
    Ok(())
}

async fn get_without_end(connection: &Connection, record: impl Fn(Instant, Result<(), String>)) {
    let get = RangeRequest { key: "abc".into(), serializable: true, ..Default::default() };
    loop {
        let started = Instant::now();
        let result = done(connection.call(Rpc::Range, &get).await);
        record(started, result);
    }
}
