//! `top`: what the members of a cluster are doing, by their metrics and a watch on each of them.

use std::{
    ffi::OsString,
    io::{self, IsTerminal},
    os::unix::ffi::OsStringExt,
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use super::{
    du::{Usage, sorted},
    global::Context,
    ls::delimiter,
    print,
    top_member::{self, Counts, Member},
};
use crate::cli::{
    exit::Failure,
    go,
    grouping::Grouping,
    output::{size, table},
    shown::shown,
};

/// Empties a terminal.
const CLEAR: &str = "\x1b[H\x1b[2J";

/// Show what the members are doing: operations and bytes a second, watchers, and the prefixes that change most
///
/// Reads the metrics of every member and watches all keys below PREFIX on each of them by itself, so that a member that
/// lags shows what it is at. The members are those that the endpoints know; endpoints of several clusters may be given.
/// Goes on until it is interrupted.
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
    /// Prefixes to show of each member
    #[arg(long, value_name = "N", default_value_t = 10)]
    rows: usize,
}

pub async fn run(context: &Context, args: TopArgs) -> Result<(), Failure> {
    if args.interval.is_zero() {
        return Err(Failure::args("--interval must be positive"));
    }
    let prefix = args.prefix.unwrap_or_default().into_vec();
    let grouping = Grouping::new(&prefix, delimiter(args.delimiter)?, args.depth);
    let mut members = top_member::find(context, &prefix).await?;
    join_all(members.iter_mut().map(|member| member.look(context))).await;
    let (mut began, is_live) = (Instant::now(), !args.once && io::stdout().is_terminal());
    loop {
        let end = began + args.interval;
        join_all(members.iter_mut().map(|member| member.watch_until(end, &grouping))).await;
        let seconds = began.elapsed().as_secs_f64();
        began = Instant::now();
        join_all(members.iter_mut().map(|member| member.look(context))).await;
        let text = draw(&mut members, seconds, args.rows);
        print::text(&if is_live { format!("{CLEAR}{text}") } else { text })?;
        if args.once {
            return Ok(());
        }
    }
}

/// Both tables, and what is missing in them.
fn draw(members: &mut [Member], seconds: f64, rows_max: usize) -> String {
    let rows: Vec<_> = members.iter().map(member_row).collect();
    let header = ["MEMBER", "READ/S", "PUT/S", "DELETE/S", "TXN/S", "IN/S", "OUT/S", "WATCHERS", "DB SIZE", "REVISION"];
    let mut text = table::draw(&header, &rows);
    let mut rows = Vec::new();
    for member in members.iter_mut() {
        let groups = sorted(std::mem::take(&mut member.changes));
        let of_member = |(prefix, usage): &(Vec<u8>, Usage)| prefix_row(&member.name, prefix, *usage, seconds);
        rows.extend(groups.iter().take(rows_max).map(of_member));
    }
    text += &table::draw(&["MEMBER", "PREFIX", "CHANGES/S", "BYTES/S"], &rows);
    for member in members {
        for fault in member.faults() {
            text += &format!("{}: {fault}\n", member.name);
        }
    }
    text
}

fn member_row(member: &Member) -> Vec<String> {
    let name = member.name.clone();
    let (Some(before), Ok(now)) = (&member.before, &member.counts) else {
        return [name].into_iter().chain((0..9).map(|_| "-".to_owned())).collect();
    };
    let seconds = now.at.duration_since(before.at).as_secs_f64();
    // A restart sets all back to 0.
    let rate = |count: fn(&Counts) -> f64| ((count(now) - count(before)) / seconds).max(0.0);
    let whole = |number: f64| format!("{number:.0}");
    let bytes = |number: f64| size(number as u64);
    vec![
        name,
        whole(rate(|counts| counts.reads)),
        whole(rate(|counts| counts.puts)),
        whole(rate(|counts| counts.deletes)),
        whole(rate(|counts| counts.txns)),
        bytes(rate(|counts| counts.received)),
        bytes(rate(|counts| counts.sent)),
        whole(now.watchers),
        bytes(now.db_bytes),
        whole(now.revision),
    ]
}

fn prefix_row(member: &str, prefix: &[u8], usage: Usage, seconds: f64) -> Vec<String> {
    let per_second = |count: u64| count as f64 / seconds;
    let changes = format!("{:.1}", per_second(usage.keys));
    vec![member.to_owned(), shown(prefix), changes, size(per_second(usage.bytes) as u64)]
}
