//! `make-mirror`: copies a prefix to another cluster, and then every change of it.

use std::{cell::Cell, ffi::OsString, os::unix::ffi::OsStringExt, time::Duration};

use bytes::Bytes;
use futures_util::stream::{self, TryStreamExt};

use super::{
    global::{Context, Limit, check_tls_files, connect, credentials, tls_of_files},
    keys::{self, Selection},
    print, progress,
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        go,
    },
    client::{Client, ClientError, Config, WatchRequest, Watcher},
    pb::{
        etcdserverpb::{
            DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest, range_request::SortOrder,
            request_op::Request,
        },
        mvccpb::{Event, KeyValue, event::EventType},
    },
};

/// Keys in one answer while copying.
const PAGE_KEYS: i64 = 1000;
/// Puts under way at once while copying: their order does not matter, no two are of one key.
const PUTS_AT_ONCE: usize = 32;
/// Time between two lines with the count.
const REPORT_INTERVAL: Duration = Duration::from_secs(30);

/// Copy keys to another cluster, and every change of them from then on
///
/// Prints the number of operations done every 30 seconds. Leases are not copied.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl make-mirror [options] <DESTINATION>")]
pub struct MakeMirrorArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Copy the keys that begin with this
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    prefix: OsString,
    /// What the prefix becomes at the destination; the same prefix unless given
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    dest_prefix: OsString,
    /// Strip the prefix
    #[arg(long)]
    no_dest_prefix: bool,
    /// Begin with the changes of this revision instead of a copy
    #[arg(long, value_name = "REV", default_value_t = 0, hide_default_value = true, value_parser = go::parse_flag_int,
          allow_hyphen_values = true)]
    rev: i64,
    /// Most operations in one transaction at the destination
    #[arg(long, value_name = "COUNT", default_value = "128", value_parser = go::parse_flag_uint, allow_hyphen_values = true)]
    max_txn_ops: u64,
    /// TLS certificate file for the destination
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true)]
    dest_cert: String,
    /// TLS key file for the destination
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true)]
    dest_key: String,
    /// CA bundle that the destination's certificate is checked against
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true)]
    dest_cacert: String,
    /// Disable transport security for the destination
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "true",
          hide_default_value = true, value_name = "BOOL", value_parser = go::parse_bool, action = clap::ArgAction::Set)]
    dest_insecure_transport: bool,
    /// Name[:password] at the destination (prompt if password is not supplied)
    #[arg(long, value_name = "USER", default_value = "", hide_default_value = true)]
    dest_user: String,
    /// Password at the destination (--dest-user must not include one then)
    #[arg(long, value_name = "PASSWORD", default_value = "", hide_default_value = true)]
    dest_password: String,
}

pub async fn run(context: &Context, args: MakeMirrorArgs) -> Result<(), Failure> {
    let [destination] = &args.args[..] else {
        return Err(Failure::args("make-mirror takes one destination argument"));
    };
    if !args.dest_prefix.is_empty() && args.no_dest_prefix {
        let text = "`--dest-prefix` and `--no-dest-prefix` cannot be set at the same time, choose one";
        return Err(Failure::args(text));
    }
    let destination = args.destination(context, destination.to_string_lossy().into_owned()).await?;
    let source = context.client(Limit::None).await?;
    let copies = args.rev <= 1;
    let prefix = args.prefix.into_vec();
    let dest_prefix = match args.dest_prefix.into_vec() {
        // As etcd 3.7: without a copy first, no destination prefix means none.
        given if !given.is_empty() || args.no_dest_prefix || !copies => given,
        _ => prefix.clone(),
    };
    let mirror = Mirror {
        source,
        destination,
        prefix,
        dest_prefix,
        max_txn_ops: usize::try_from(args.max_txn_ops).unwrap_or(usize::MAX),
        done: Cell::new(0),
    };
    tokio::select! {
        result = mirror.run(args.rev) => result,
        failure = mirror.report() => Err(failure),
    }
}

impl MakeMirrorArgs {
    async fn destination(&self, context: &Context, endpoint: String) -> Result<Client, Failure> {
        check_tls_files(&self.dest_cert, &self.dest_key, &self.dest_cacert)?;
        let tls = tls_of_files(&self.dest_cert, &self.dest_key, &self.dest_cacert);
        let tls = if self.dest_insecure_transport { tls } else { Some(tls.unwrap_or_default()) };
        let credentials = credentials(&self.dest_user, &self.dest_password, "Destination Password: ").await?;
        let config = Config { tls, credentials, ..context.config(vec![endpoint], Limit::None) };
        connect(&config).await
    }
}

struct Mirror {
    source: Client,
    destination: Client,
    prefix: Vec<u8>,
    dest_prefix: Vec<u8>,
    max_txn_ops: usize,
    /// Operations that the destination has carried out.
    done: Cell<u64>,
}

impl Mirror {
    async fn run(&self, revision: i64) -> Result<(), Failure> {
        let start = if revision > 1 { revision } else { self.copy().await? + 1 };
        self.follow(start).await
    }

    /// Prints the count every now and then; ends with standard output.
    async fn report(&self) -> Failure {
        loop {
            tokio::time::sleep(REPORT_INTERVAL).await;
            if let Err(failure) = print::text(&format!("{}\n", self.done.get())) {
                return failure;
            }
        }
    }

    /// The key at the destination.
    fn map(&self, key: &[u8]) -> Bytes {
        let rest = key.strip_prefix(&self.prefix[..]).unwrap_or(key);
        [&self.dest_prefix[..], rest].concat().into()
    }

    /// Copies all keys as they are at one revision, and gives it.
    async fn copy(&self) -> Result<i64, Failure> {
        let first = if self.prefix.is_empty() { b"foo".to_vec() } else { self.prefix.clone() };
        let head = self.source.range(RangeRequest { key: first.into(), ..RangeRequest::default() }).await?;
        let revision = head.header.unwrap_or_default().revision;
        let Selection { mut key, range_end } = keys::prefix(self.prefix.clone());
        let bar = progress::bar(0);
        loop {
            let request = RangeRequest {
                key: key.clone().into(),
                range_end: range_end.clone().into(),
                limit: PAGE_KEYS,
                revision,
                sort_order: SortOrder::Ascend.into(),
                ..RangeRequest::default()
            };
            let page = self.source.range(request).await?;
            bar.set_length(self.done.get() + u64::try_from(page.count).unwrap_or(0));
            let Some(last) = page.kvs.last() else { break };
            key = [&last.key[..], &[0]].concat();
            let puts = stream::iter(page.kvs.into_iter().map(Ok::<_, ClientError>));
            puts.try_for_each_concurrent(PUTS_AT_ONCE, async |pair| self.copy_one(pair, &bar).await).await?;
            if !page.more {
                break;
            }
        }
        bar.finish_and_clear();
        Ok(revision)
    }

    async fn copy_one(&self, pair: KeyValue, bar: &indicatif::ProgressBar) -> Result<(), ClientError> {
        self.destination.put(self.put(&pair)).await?;
        self.done.set(self.done.get() + 1);
        bar.inc(1);
        Ok(())
    }

    fn put(&self, pair: &KeyValue) -> PutRequest {
        PutRequest { key: self.map(&pair.key), value: pair.value.clone(), ..PutRequest::default() }
    }

    /// Does every change from `start` on at the destination; the changes of one revision as one, as far as they fit.
    async fn follow(&self, start: i64) -> Result<(), Failure> {
        let Selection { key, range_end } = keys::prefix(self.prefix.clone());
        let request = WatchRequest { key, range_end, start_revision: start, ..WatchRequest::default() };
        let mut answers = Watcher::new(self.source.clone()).watch(request);
        while let Some(answer) = answers.recv().await {
            if let Some(reason) = answer.error() {
                return Err(Failure::new(Exit::Error, reason));
            }
            let mut batch = Vec::new();
            let mut revision = 0;
            for event in &answer.events {
                let changed = event.kv.as_ref().map_or(0, |kv| kv.mod_revision);
                if changed != revision || batch.len() == self.max_txn_ops {
                    self.commit(std::mem::take(&mut batch)).await?;
                }
                revision = changed;
                batch.push(self.operation(event));
            }
            self.commit(batch).await?;
        }
        Err(Failure::new(Exit::Error, "the watch has ended"))
    }

    fn operation(&self, event: &Event) -> RequestOp {
        let pair = event.kv.clone().unwrap_or_default();
        let request = if event.r#type == EventType::Delete as i32 {
            let key = self.map(&pair.key);
            Request::RequestDeleteRange(DeleteRangeRequest { key, ..DeleteRangeRequest::default() })
        } else {
            Request::RequestPut(self.put(&pair))
        };
        RequestOp { request: Some(request) }
    }

    async fn commit(&self, batch: Vec<RequestOp>) -> Result<(), ClientError> {
        let count = batch.len() as u64;
        if count > 0 {
            self.destination.txn(TxnRequest { success: batch, ..TxnRequest::default() }).await?;
            self.done.set(self.done.get() + count);
        }
        Ok(())
    }
}
