//! `bench stm`: transactions of software, run again when others came between.

use std::cell::RefCell;
use std::collections::BTreeMap;

use bytes::Bytes;
use clap::Args;

use super::keys::{KeyBuffer, random_value};
use super::runner::{Limiter, Runner};
use super::say;
use super::wire::{Connection, Rpc};
use crate::cli::{exit::Failure, offer};
use crate::client::concurrency::{Mutex, Session};
use crate::client::{Client, ClientError, Compare, Config, Op, Put, Txn};
use crate::pb::etcdserverpb::{RangeRequest, RangeResponse, TxnRequest, TxnResponse};
use crate::pb::v3lockpb::{LockRequest, LockResponse, UnlockRequest};

const KEY_BYTES: usize = 16;
const LOCK_NAME: &str = "stmlock";

/// Benchmark STM
#[derive(Args, Debug)]
pub struct StmArgs {
    /// Read Committed (c), Repeatable Reads (r), Serializable (s), or Snapshot (ss)
    #[arg(long, default_value = "r", value_parser = offer::text(&["c", "r", "s", "ss"]), hide_possible_values = true)]
    isolation: String,
    /// Total unique keys accessible by the benchmark
    #[arg(long, default_value_t = 1)]
    keys: usize,
    /// Total number of completed STM transactions
    #[arg(long, default_value_t = 10000)]
    total: u64,
    /// Number of keys to access per transaction
    #[arg(long, default_value_t = 1)]
    keys_per_txn: usize,
    /// Percentage of keys to overwrite per transaction
    #[arg(long, default_value_t = 50)]
    txn_wr_percent: usize,
    /// Wrap STM transactions with a locker (stm, lock-client, lock-rpc)
    #[arg(long, default_value = "stm", value_parser = offer::text(&["stm", "lock-client", "lock-rpc"]),
          hide_possible_values = true)]
    stm_locker: String,
    /// Value size of each STM put request
    #[arg(long, default_value_t = 8)]
    val_size: usize,
    /// Maximum STM transactions per second (0 is no limit)
    #[arg(long, default_value_t = 0)]
    rate: u64,
}

/// What a transaction is kept from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Isolation {
    /// Reads see what is committed.
    ReadCommitted,
    /// What was read must not have changed.
    RepeatableReads,
    /// The same, and all reads are of one revision.
    Serializable,
    /// The same, and what is written must not have changed either.
    SerializableSnapshot,
}

impl Isolation {
    fn parse(name: &str) -> Result<Self, String> {
        Ok(match name {
            "c" => Self::ReadCommitted,
            "r" => Self::RepeatableReads,
            "s" => Self::Serializable,
            "ss" => Self::SerializableSnapshot,
            _ => return Err(format!("invalid isolation level '{name}', want 'c', 'r', 's' or 'ss'")),
        })
    }

    fn is_of_one_revision(self) -> bool {
        matches!(self, Self::Serializable | Self::SerializableSnapshot)
    }
}

/// What a transaction waits for.
enum Locker {
    None,
    Client(Session),
    Server(Session),
}

pub async fn run(runner: &Runner, args: &StmArgs) -> Result<(), Failure> {
    let isolation = Isolation::parse(&args.isolation)?;
    if args.keys == 0 || args.keys_per_txn > args.keys {
        return Err(format!(
            "expected --keys-per-txn no larger than --keys, got keys-per-txn({}) keys({})",
            args.keys_per_txn, args.keys
        )
        .into());
    }
    if args.txn_wr_percent > 100 {
        return Err(format!("expected --txn-wr-percent between 0 and 100, got ({})", args.txn_wr_percent).into());
    }
    let mut lockers = Vec::new();
    for _ in 0..runner.clients {
        lockers.push(locker(&runner.config, &args.stm_locker).await?);
    }
    // A client takes a locker for each transaction.
    let lockers = RefCell::new(lockers);
    let limiter = Limiter::new(args.rate);
    let writes = args.keys_per_txn * args.txn_wr_percent / 100;
    let report = runner
        .drive("stm", args.total, 0, async |_, connection| {
            let chosen = rand::seq::index::sample(&mut rand::rng(), args.keys, args.keys_per_txn);
            let keys = chosen.into_iter().map(|number| KeyBuffer::new(KEY_BYTES).key(number as u64));
            let keys: Vec<Bytes> = keys.collect::<Result<_, _>>()?;
            let work = Work { keys, writes, value: random_value(args.val_size), isolation };
            let locker = lockers.borrow_mut().pop().expect("as many lockers as clients");
            let result = with_lock(connection, &locker, work.run(connection, &limiter)).await;
            lockers.borrow_mut().push(locker);
            result
        })
        .await;
    say(&report.render()?)?;
    for locker in lockers.into_inner() {
        match locker {
            Locker::None => {}
            Locker::Client(session) | Locker::Server(session) => {
                session.close().await.map_err(|error| error.to_string())?;
            }
        }
    }
    Ok(())
}

async fn locker(config: &Config, name: &str) -> Result<Locker, String> {
    // A lease is asked for again and again while nobody answers.
    let session = async || {
        let begin = async {
            let client = Client::connect(config).await.map_err(|error| error.to_string())?;
            Session::new(&client).await.map_err(|error| error.to_string())
        };
        let late = |_| ClientError::DeadlineExceeded.to_string();
        tokio::time::timeout(config.dial_timeout, begin).await.map_err(late)?
    };
    match name {
        "stm" => Ok(Locker::None),
        "lock-client" => Ok(Locker::Client(session().await?)),
        "lock-rpc" => Ok(Locker::Server(session().await?)),
        _ => Err(format!("invalid locker '{name}', want 'stm', 'lock-client' or 'lock-rpc'")),
    }
}

/// Runs the work while it holds the lock.
async fn with_lock(
    connection: &Connection,
    locker: &Locker,
    work: impl Future<Output = Result<(), String>>,
) -> Result<(), String> {
    match locker {
        Locker::None => work.await,
        Locker::Client(session) => {
            let locked = Mutex::new(session, LOCK_NAME).lock().await.map_err(|error| error.to_string())?;
            let result = work.await;
            locked.unlock().await.map_err(|error| error.to_string())?;
            result
        }
        Locker::Server(session) => {
            let request = LockRequest { name: LOCK_NAME.into(), lease: session.lease() };
            let locked: LockResponse = connection.ask(Rpc::Lock, &request).await?;
            let result = work.await;
            connection.call(Rpc::Unlock, &UnlockRequest { key: locked.key }).await?;
            result
        }
    }
}

/// One transaction: reads all keys, and writes the first ones.
struct Work {
    keys: Vec<Bytes>,
    writes: usize,
    value: Bytes,
    isolation: Isolation,
}

impl Work {
    async fn run(&self, connection: &Connection, limiter: &Limiter) -> Result<(), String> {
        loop {
            limiter.wait().await;
            let mut revision = 0;
            let mut reads = BTreeMap::new();
            for key in &self.keys {
                let is_later = self.isolation.is_of_one_revision() && revision > 0;
                let request = RangeRequest {
                    key: key.clone(),
                    revision: if is_later { revision } else { 0 },
                    serializable: is_later,
                    ..RangeRequest::default()
                };
                let answer: RangeResponse = connection.ask(Rpc::Range, &request).await?;
                if revision == 0 {
                    revision = answer.header.unwrap_or_default().revision;
                }
                reads.insert(key.clone(), answer.kvs.first().map_or(0, |kv| kv.mod_revision));
            }
            let answer: TxnResponse = connection.ask(Rpc::Txn, &self.commit(&reads, revision)).await?;
            if answer.succeeded {
                return Ok(());
            }
        }
    }

    /// The writes, on condition that nothing stands against them.
    fn commit(&self, reads: &BTreeMap<Bytes, i64>, revision: i64) -> TxnRequest {
        let written = &self.keys[..self.writes];
        let as_read = reads.iter().map(|(key, &read)| Compare::mod_revision(key.clone()).equal(read));
        let unchanged = written.iter().map(|key| Compare::mod_revision(key.clone()).less(revision + 1));
        let conditions: Vec<Compare> = match self.isolation {
            Isolation::ReadCommitted => Vec::new(),
            Isolation::RepeatableReads | Isolation::Serializable => as_read.collect(),
            Isolation::SerializableSnapshot => as_read.chain(unchanged).collect(),
        };
        let puts = written.iter().map(|key| Op::from(Put::new(key.clone(), self.value.clone())));
        Txn::new().when(conditions).then(puts).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_isolation_has_its_conditions() {
        for (name, conditions) in [("c", 0), ("r", 2), ("s", 2), ("ss", 3)] {
            let keys = vec![Bytes::from_static(b"a"), Bytes::from_static(b"b")];
            let isolation = Isolation::parse(name).unwrap();
            let work = Work { keys, writes: 1, value: Bytes::new(), isolation };
            let reads = work.keys.iter().map(|key| (key.clone(), 3)).collect();
            let txn = work.commit(&reads, 5);
            assert_eq!((txn.compare.len(), txn.success.len()), (conditions, 1), "{name}");
        }
        assert!(Isolation::parse("x").is_err());
    }
}
