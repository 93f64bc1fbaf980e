//! `top`: what a cluster is doing, by its metrics and a watch on all keys.

use std::{
    collections::HashMap,
    ffi::OsString,
    io::{self, IsTerminal},
    os::unix::ffi::OsStringExt,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::{sync::mpsc, time::timeout_at};

use super::{
    du::{Usage, sorted},
    global::{Context, Limit},
    ls::delimiter,
    metrics_page::{self, Page},
    print,
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        go,
        grouping::Grouping,
        output::{size, table},
        shown::shown,
    },
    client::{WatchEvent, WatchRequest, Watcher},
    pb::etcdserverpb::MemberListRequest,
};

/// Empties a terminal.
const CLEAR: &str = "\x1b[H\x1b[2J";

/// Show what the members are doing: operations and bytes a second, watchers, and the prefixes that change most
///
/// Reads the metrics of every member and watches all keys below PREFIX. Goes on until it is interrupted.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl top [options] [PREFIX]")]
pub struct TopArgs {
    #[arg(value_name = "PREFIX")]
    prefix: Option<OsString>,
    /// Print one look as plain text and end
    #[arg(long)]
    once: bool,
    /// Time between two looks
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = go::parse_duration)]
    interval: Duration,
    /// Levels of prefixes to tell apart
    #[arg(long, value_name = "N", default_value_t = 1)]
    depth: usize,
    /// What parts keys
    #[arg(long, value_name = "TEXT", default_value = "/")]
    delimiter: OsString,
    /// Prefixes to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    rows: usize,
}

/// What a member counts, since its start.
#[derive(Clone, Copy, Default)]
struct Counts {
    reads: f64,
    puts: f64,
    deletes: f64,
    txns: f64,
    received: f64,
    sent: f64,
    watchers: f64,
    db_bytes: f64,
}

impl Counts {
    fn of(page: &Page) -> Self {
        Self {
            reads: page.sum("etcd_mvcc_range_total"),
            puts: page.sum("etcd_mvcc_put_total"),
            deletes: page.sum("etcd_mvcc_delete_total"),
            txns: page.sum("etcd_mvcc_txn_total"),
            received: page.sum("etcd_network_client_grpc_received_bytes_total"),
            sent: page.sum("etcd_network_client_grpc_sent_bytes_total"),
            watchers: page.sum("etcd_debugging_mvcc_watcher_total"),
            db_bytes: page.sum("etcd_mvcc_db_total_size_in_bytes"),
        }
    }
}

/// A member and what it counted last.
struct Seen {
    name: String,
    url: String,
    counts: Option<Counts>,
}

pub async fn run(context: &Context, args: TopArgs) -> Result<(), Failure> {
    if args.interval.is_zero() {
        return Err(Failure::args("--interval must be positive"));
    }
    let prefix = args.prefix.unwrap_or_default().into_vec();
    let grouping = Grouping::new(&prefix, delimiter(args.delimiter)?, args.depth);
    let client = context.client(Limit::Command).await?;
    let mut members = Vec::new();
    for member in client.member_list(MemberListRequest::default()).await?.members {
        if let Some(url) = member.client_ur_ls.first() {
            members.push(Seen { name: member.name.clone(), url: url.clone(), counts: None });
        }
    }
    let mut events = Watcher::new(client).watch(WatchRequest::new(prefix).prefix());
    look(context, &mut members).await;
    let (mut began, is_live) = (Instant::now(), !args.once && io::stdout().is_terminal());
    loop {
        let groups = changes(&mut events, began + args.interval, &grouping).await?;
        let before: Vec<_> = members.iter().map(|member| member.counts).collect();
        look(context, &mut members).await;
        let seconds = began.elapsed().as_secs_f64();
        began = Instant::now();
        let rows: Vec<_> =
            members.iter().zip(before).map(|(member, before)| member_row(member, before, seconds)).collect();
        let header = ["MEMBER", "READ/S", "PUT/S", "DELETE/S", "TXN/S", "IN/S", "OUT/S", "WATCHERS", "DB SIZE"];
        let mut text = table::draw(&header, &rows);
        let groups = sorted(groups);
        let rows: Vec<_> =
            groups.iter().take(args.rows).map(|(prefix, usage)| prefix_row(prefix, *usage, seconds)).collect();
        text += &table::draw(&["PREFIX", "CHANGES/S", "BYTES/S"], &rows);
        print::text(&if is_live { format!("{CLEAR}{text}") } else { text })?;
        if args.once {
            return Ok(());
        }
    }
}

/// Reads the counts of all members.
async fn look(context: &Context, members: &mut [Seen]) {
    let pages = join_all(members.iter().map(|member| metrics_page::read(context, &member.url))).await;
    for (member, page) in members.iter_mut().zip(pages) {
        member.counts = page.ok().map(|page| Counts::of(&page));
    }
}

/// What changes until `end`, by prefix.
async fn changes(
    events: &mut mpsc::Receiver<WatchEvent>,
    end: Instant,
    grouping: &Grouping,
) -> Result<HashMap<Vec<u8>, Usage>, Failure> {
    let mut groups: HashMap<Vec<u8>, Usage> = HashMap::new();
    while let Ok(answer) = timeout_at(end.into(), events.recv()).await {
        let ended = || Failure::new(Exit::Interrupted, "the watch has ended");
        let answer = answer.ok_or_else(ended)?;
        if let Some(reason) = answer.error() {
            return Err(Failure::new(Exit::Error, reason));
        }
        for kv in answer.events.iter().filter_map(|event| event.kv.as_ref()) {
            groups.entry(grouping.group(&kv.key).to_vec()).or_default().add(kv.key.len() + kv.value.len());
        }
    }
    Ok(groups)
}

fn member_row(member: &Seen, before: Option<Counts>, seconds: f64) -> Vec<String> {
    let name = if member.name.is_empty() { member.url.clone() } else { member.name.clone() };
    let (Some(now), Some(before)) = (member.counts, before) else {
        return [name].into_iter().chain((0..8).map(|_| "-".to_owned())).collect();
    };
    // A restart sets all back to 0.
    let rate = |now: f64, before: f64| ((now - before) / seconds).max(0.0);
    let bytes = |rate: f64| size(rate as u64);
    vec![
        name,
        format!("{:.0}", rate(now.reads, before.reads)),
        format!("{:.0}", rate(now.puts, before.puts)),
        format!("{:.0}", rate(now.deletes, before.deletes)),
        format!("{:.0}", rate(now.txns, before.txns)),
        bytes(rate(now.received, before.received)),
        bytes(rate(now.sent, before.sent)),
        format!("{:.0}", now.watchers),
        bytes(now.db_bytes),
    ]
}

fn prefix_row(prefix: &[u8], usage: Usage, seconds: f64) -> Vec<String> {
    let per_second = |count: u64| count as f64 / seconds;
    vec![shown(prefix), format!("{:.1}", per_second(usage.keys)), size(per_second(usage.bytes) as u64)]
}
