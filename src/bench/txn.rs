//! `bench txn-put` and `bench txn-mixed`

use std::cell::RefCell;
use std::time::Instant;

use bytes::Bytes;
use clap::Args;

use super::keys::{KeyBuffer, random_value};
use super::put::key_space;
use super::runner::{Runner, consistency_line, done, parse_consistency};
use super::say;
use super::wire::Rpc;
use crate::cli::{exit::Failure, offer};
use crate::pb::etcdserverpb::request_op::Request;
use crate::pb::etcdserverpb::{PutRequest, RangeRequest, RequestOp, TxnRequest};

/// Benchmark txn-put
#[derive(Args, Debug)]
pub struct TxnPutArgs {
    /// Key size of txn put
    #[arg(long, default_value_t = 8)]
    key_size: usize,
    /// Value size of txn put
    #[arg(long, default_value_t = 8)]
    val_size: usize,
    /// Number of puts per txn
    #[arg(long, default_value_t = 1)]
    txn_ops: u64,
    /// Maximum txns per second (0 is no limit)
    #[arg(long, default_value_t = 0)]
    rate: u64,
    /// Total number of txn requests
    #[arg(long, default_value_t = 10000)]
    total: u64,
    /// Maximum possible keys
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    key_space_size: i64,
}

pub async fn run_put(runner: &Runner, args: &TxnPutArgs) -> Result<(), Failure> {
    let space = key_space(args.key_space_size)?;
    if args.txn_ops > space {
        return Err(format!(
            "expected --txn-ops no larger than --key-space-size, got txn-ops({}) key-space-size({space})",
            args.txn_ops
        )
        .into());
    }
    let value = random_value(args.val_size);
    let buffer = RefCell::new(KeyBuffer::new(args.key_size));
    buffer.borrow_mut().key(space - 1)?;
    let report = runner
        .drive("txn-put", args.total, args.rate, async |number, connection| {
            let puts = (0..args.txn_ops).map(|op| {
                let key = buffer.borrow_mut().key((number * args.txn_ops + op) % space)?;
                Ok(put(key, &value))
            });
            let request = TxnRequest { success: puts.collect::<Result<_, String>>()?, ..Default::default() };
            done(connection.call(Rpc::Txn, &request).await)
        })
        .await;
    say(&format!("{}\n", report.render()?))?;
    Ok(())
}

/// Benchmark a mixed load of txn-put & txn-range
#[derive(Args, Debug)]
pub struct TxnMixedArgs {
    /// Key size of mixed txn
    #[arg(long, default_value_t = 8)]
    key_size: usize,
    /// Value size of mixed txn
    #[arg(long, default_value_t = 8)]
    val_size: usize,
    /// Maximum txns per second (0 is no limit)
    #[arg(long, default_value_t = 0)]
    rate: u64,
    /// Total number of txn requests
    #[arg(long, default_value_t = 10000)]
    total: u64,
    /// Maximum possible keys
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    key_space_size: i64,
    /// Read/write ops ratio
    #[arg(long, default_value_t = 1.0)]
    rw_ratio: f64,
    /// Linearizable(l) or Serializable(s)
    #[arg(long, default_value = "l", value_parser = offer::text(offer::CONSISTENCY), hide_possible_values = true)]
    consistency: String,
    /// Limit for read range request
    #[arg(long, default_value_t = 1000)]
    limit: i64,
    /// Has no effect: reads go over all keys
    #[arg(long, default_value = "")]
    end_key: String,
}

pub async fn run_mixed(runner: &Runner, args: &TxnMixedArgs) -> Result<(), Failure> {
    let space = key_space(args.key_space_size)?;
    let serializable = parse_consistency(&args.consistency)?;
    say(&format!("{}\n", consistency_line(serializable)))?;
    let value = random_value(args.val_size);
    let buffer = RefCell::new(KeyBuffer::new(args.key_size));
    buffer.borrow_mut().key(space - 1)?;
    let all = Bytes::from_static(b"\0");
    let range =
        RangeRequest { key: all.clone(), range_end: all, limit: args.limit, serializable, ..Default::default() };
    let read =
        TxnRequest { success: vec![RequestOp { request: Some(Request::RequestRange(range)) }], ..Default::default() };
    let reads = RefCell::new(runner.report("txn-mixed-read"));
    let writes = RefCell::new(runner.report("txn-mixed-write"));
    let read_share = args.rw_ratio / (1.0 + args.rw_ratio);
    runner
        .drive_into(args.total, args.rate, async |number, connection| {
            if rand::random::<f64>() < read_share {
                let started = Instant::now();
                let result = done(connection.call(Rpc::Txn, &read).await);
                reads.borrow_mut().record(started, result);
                return;
            }
            let key = buffer.borrow_mut().key(number % space).expect("the largest number fits");
            let request = TxnRequest { success: vec![put(key, &value)], ..Default::default() };
            let started = Instant::now();
            let result = done(connection.call(Rpc::Txn, &request).await);
            writes.borrow_mut().record(started, result);
        })
        .await;
    for (name, report) in [("Read", reads), ("Write", writes)] {
        let mut report = report.into_inner();
        report.finish();
        say(&format!("Total {name} Ops: {}\nDetails:{}", report.count(), report.render()?))?;
    }
    Ok(())
}

fn put(key: Bytes, value: &Bytes) -> RequestOp {
    let put = PutRequest { key, value: value.clone(), ..Default::default() };
    RequestOp { request: Some(Request::RequestPut(put)) }
}
