//! `bench range`

use bytes::Bytes;
use clap::Args;

use super::runner::{Runner, consistency_line, done, parse_consistency};
use super::say;
use super::wire::{Connection, Rpc};
use crate::cli::{exit::Failure, offer};
use crate::pb::etcdserverpb::{RangeRequest, RangeResponse};
use crate::types::key_range::prefix_end;

const PAGE: i64 = 10_000;

/// Benchmark range
#[derive(Args, Debug)]
pub struct RangeArgs {
    // Not `key`: that is the id of a flag that all commands have.
    /// The key, or the first one
    #[arg(value_name = "KEY")]
    first: Option<String>,
    /// The end of the range, not included
    #[arg(value_name = "END")]
    end: Option<String>,
    /// Maximum range requests per second (0 is no limit)
    #[arg(long, default_value_t = 0)]
    rate: u64,
    /// Total number of range requests
    #[arg(long, default_value_t = 10000)]
    total: u64,
    /// Linearizable(l) or Serializable(s)
    #[arg(long, default_value = "l", value_parser = offer::text(offer::CONSISTENCY), hide_possible_values = true)]
    consistency: String,
    /// Maximum number of results to return from range request (0 is no limit)
    #[arg(long, default_value_t = 0)]
    limit: i64,
    /// Only returns the count of keys
    #[arg(long)]
    count_only: bool,
    /// Only returns the keys
    #[arg(long)]
    keys_only: bool,
    /// Use the RangeStream RPC
    #[arg(long)]
    stream: bool,
    /// Read in pages of 10000 keys
    #[arg(long)]
    paginate: bool,
    /// The key is a prefix; without a key, all keys
    #[arg(long)]
    prefix: bool,
}

pub async fn run(runner: &Runner, args: &RangeArgs) -> Result<(), Failure> {
    let request = request(args)?;
    say(&format!("{}\n", consistency_line(request.serializable)))?;
    let rpc = if args.stream { Rpc::RangeStream } else { Rpc::Range };
    let report = runner
        .drive("range", args.total, args.rate, async |_, connection| {
            if args.paginate {
                walk(connection, rpc, &request).await
            } else {
                done(connection.call(rpc, &request).await)
            }
        })
        .await;
    say(&report.render()?)?;
    Ok(())
}

fn request(args: &RangeArgs) -> Result<RangeRequest, String> {
    if args.keys_only && args.count_only {
        return Err("--keys-only and --count-only are mutually exclusive".into());
    }
    if args.paginate && args.limit != 0 {
        return Err("--paginate and --limit are mutually exclusive".into());
    }
    let (key, range_end) = match (&args.first, &args.end) {
        (None, _) if args.prefix => (Bytes::from_static(b"\0"), Bytes::from_static(b"\0")),
        (Some(key), _) if args.prefix => (key.clone().into(), prefix_end(key.as_bytes())),
        (Some(key), Some(end)) => (key.clone().into(), end.clone().into()),
        (Some(key), None) => (key.clone().into(), Bytes::new()),
        (None, _) => return Err("range needs a key, a key and an end, or --prefix".into()),
    };
    Ok(RangeRequest {
        key,
        range_end,
        limit: args.limit,
        serializable: parse_consistency(&args.consistency)?,
        count_only: args.count_only,
        keys_only: args.keys_only,
        ..Default::default()
    })
}

/// The whole range by pages, all at the first one's revision.
async fn walk(connection: &Connection, rpc: Rpc, request: &RangeRequest) -> Result<(), String> {
    let mut request = RangeRequest { limit: PAGE, ..request.clone() };
    loop {
        let page: RangeResponse = connection.ask(rpc, &request).await?;
        if request.revision == 0 {
            request.revision = page.header.map_or(0, |header| header.revision);
        }
        match page.kvs.last() {
            Some(last) if page.more => request.key = [&last.key[..], b"\0"].concat().into(),
            _ => return Ok(()),
        }
    }
}
