//! `bench put`

use std::cell::RefCell;
use std::time::{Duration, Instant};

use clap::Args;

use super::keys::{KeyBuffer, random_value};
use super::runner::{Runner, done};
use super::say;
use super::wire::{Connection, Rpc};
use crate::cli::exit::Failure;
use crate::cli::go;
use crate::pb::etcdserverpb::{
    CompactionRequest, HashKvRequest, HashKvResponse, PutRequest, RangeRequest, RangeResponse, StatusRequest,
    StatusResponse,
};

/// Benchmark put
#[derive(Args, Debug)]
pub struct PutArgs {
    /// Key size of put request
    #[arg(long, default_value_t = 8)]
    key_size: usize,
    /// Value size of put request
    #[arg(long, default_value_t = 8)]
    val_size: usize,
    /// Maximum puts per second (0 is no limit)
    #[arg(long, default_value_t = 0)]
    rate: u64,
    /// Total number of put requests
    #[arg(long, default_value_t = 10000)]
    total: u64,
    /// Maximum possible keys
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    key_space_size: i64,
    /// Use sequential keys
    #[arg(long)]
    sequential_keys: bool,
    /// Interval to compact database (do not duplicate this with etcd's 'auto-compaction-retention' flag) (e.g. --compact-interval=5m compacts every 5-minute)
    #[arg(long, default_value = "0s", value_parser = duration)]
    compact_interval: Duration,
    /// Delta between current revision and compact revision (e.g. current revision 10000, compact at 9000)
    #[arg(long, default_value_t = 1000)]
    compact_index_delta: i64,
    /// 'true' to check hashkv
    #[arg(long)]
    check_hashkv: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    go::parse_duration(text).map_err(|error| error.to_string())
}

/// A positive key space, as the official tool asks for it.
pub fn key_space(size: i64) -> Result<u64, String> {
    u64::try_from(size)
        .ok()
        .filter(|&size| size > 0)
        .ok_or_else(|| format!("expected positive --key-space-size, got ({size})"))
}

pub async fn run(runner: &Runner, args: &PutArgs) -> Result<(), Failure> {
    let space = key_space(args.key_space_size)?;
    let value = random_value(args.val_size);
    let buffer = RefCell::new(KeyBuffer::new(args.key_size));
    buffer.borrow_mut().key(space.min(args.total.max(1)) - 1)?;
    let side = runner.connect(0)?;
    let puts = runner.drive("put", args.total, args.rate, async |number, connection| {
        let number = if args.sequential_keys { number % space } else { rand::random_range(0..space) };
        let key = buffer.borrow_mut().key(number)?;
        done(connection.call(Rpc::Put, &PutRequest { key, value: value.clone(), ..Default::default() }).await)
    });
    let report = tokio::select! {
        report = puts => report,
        error = compact(&side, args) => return Err(error.into()),
    };
    say(&format!("{}\n", report.render()?))?;
    if args.check_hashkv {
        print_hash(&side).await?;
    }
    Ok(())
}

/// Compacts at every interval; comes back with an error only.
async fn compact(connection: &Connection, args: &PutArgs) -> String {
    if args.compact_interval.is_zero() {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(args.compact_interval).await;
        if let Err(error) = compact_once(connection, args.compact_index_delta).await {
            return format!("compaction: {error}");
        }
    }
}

async fn compact_once(connection: &Connection, delta: i64) -> Result<(), String> {
    let get = RangeRequest { key: "foo".into(), ..Default::default() };
    let answer: RangeResponse = connection.ask(Rpc::Range, &get).await?;
    let current = answer.header.map_or(0, |header| header.revision);
    let request = CompactionRequest { revision: (current - delta).max(0), ..Default::default() };
    done(connection.call(Rpc::Compact, &request).await)
}

async fn print_hash(connection: &Connection) -> Result<(), Failure> {
    let started = Instant::now();
    let hash: HashKvResponse = connection.ask(Rpc::HashKv, &HashKvRequest { revision: 0 }).await?;
    let status: StatusResponse = connection.ask(Rpc::Status, &StatusRequest {}).await?;
    let (took, db_size) = (go::duration(started.elapsed()), size(status.db_size));
    say(&format!(
        "HashKV Summary:\n\tHashKV: {}\n\tEndpoint: {}\n\tTime taken to get hashkv: {took}\n\tDB size: {db_size}\n",
        hash.hash, connection.endpoint
    ))
}

/// Bytes in steps of a thousand, with one decimal below ten.
fn size(bytes: i64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if value < 1000.0 || unit == "TB" {
            let with_decimal = value < 10.0 && unit != "B";
            return if with_decimal { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") };
        }
        value /= 1000.0;
    }
    unreachable!("the last unit takes all")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (bytes, text) in [(0, "0 B"), (999, "999 B"), (8_700_000, "8.7 MB"), (25_165_824, "25 MB")] {
            assert_eq!(size(bytes), text);
        }
    }
}
