//! `history`: what became of a key, revision by revision.

use std::{ffi::OsString, os::unix::ffi::OsStringExt, time::Duration};

use bytes::Bytes;

use super::{
    global::{Context, Limit},
    print::{Printer, event_line, type_name},
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        output::Format,
        shown::shown,
    },
    client::{Client, ClientError, Get, WatchRequest, Watcher},
    pb::{
        mvccpb::{Event, event::EventType},
        rpc_error::RpcError,
    },
};

/// How often the server is asked whether all of the past was sent.
const ASK_INTERVAL: Duration = Duration::from_millis(50);

/// Show all revisions of a key with their values, as far as they are not compacted
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl history [options] <KEY>")]
pub struct HistoryArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

pub async fn run(context: &Context, args: HistoryArgs) -> Result<(), Failure> {
    let [key] = <[OsString; 1]>::try_from(args.args).map_err(|_| Failure::args("history command needs one key"))?;
    let printer = context.printer()?;
    if !matches!(printer.format, Format::Simple | Format::Jsonl) {
        return Err(printer.unsupported());
    }
    let key = Bytes::from(key.into_vec());
    let client = context.client(Limit::Command).await?;
    let now = client.range(Get::new(key.clone())).await?.header.unwrap_or_default().revision;
    let limit = context.flags.command_timeout;
    let late = |_| Failure::from(ClientError::DeadlineExceeded);
    tokio::time::timeout(limit, follow(&client, &printer, &key, now)).await.map_err(late)?
}

/// Prints the key's events up to revision `now`.
async fn follow(client: &Client, printer: &Printer, key: &Bytes, now: i64) -> Result<(), Failure> {
    let mut first = 1;
    'from_first: loop {
        let watcher = Watcher::new(client.require_leader());
        let mut events = watcher.watch(WatchRequest::new(key.to_vec()).start_revision(first).progress_notify());
        if first > 1 {
            print_oldest(client, printer, key, first).await?;
        }
        loop {
            let answer = tokio::select! {
                answer = events.recv() => answer.ok_or_else(|| Failure::new(Exit::Interrupted, "the watch has ended"))?,
                () = tokio::time::sleep(ASK_INTERVAL) => {
                    watcher.request_progress();
                    continue;
                }
            };
            if answer.compact_revision > first {
                first = answer.compact_revision;
                continue 'from_first;
            }
            if let Some(reason) = answer.error() {
                return Err(Failure::new(Exit::Error, reason));
            }
            let past: Vec<&Event> = answer.events.iter().filter(|event| revision(event) <= now).collect();
            print(printer, &past)?;
            let last = answer.events.last().map_or(0, revision);
            if last >= now || (answer.is_progress() && answer.header.revision >= now) {
                return Ok(());
            }
        }
    }
}

/// The value at the oldest revision that is kept, if it was written before.
async fn print_oldest(client: &Client, printer: &Printer, key: &Bytes, oldest: i64) -> Result<(), Failure> {
    if printer.format == Format::Simple {
        crate::cli::errln!("revisions before {oldest} are compacted");
    }
    match client.range(Get::new(key.clone()).revision(oldest)).await {
        Ok(answer) => {
            let older = answer.kvs.into_iter().filter(|kv| kv.mod_revision < oldest);
            let events: Vec<Event> = older.map(|kv| Event { kv: Some(kv), ..Event::default() }).collect();
            print(printer, &events.iter().collect::<Vec<_>>())
        }
        // Compacted meanwhile: the watch says so, too.
        Err(ClientError::Rpc(RpcError::Compacted)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn revision(event: &Event) -> i64 {
    event.kv.as_ref().map_or(0, |kv| kv.mod_revision)
}

fn print(printer: &Printer, events: &[&Event]) -> Result<(), Failure> {
    let line = |event: &Event| {
        if printer.format == Format::Jsonl {
            return event_line(event);
        }
        let kv = event.kv.clone().unwrap_or_default();
        let name = type_name(event.r#type);
        match event.r#type() {
            EventType::Put => format!("{} {name} {} {}\n", kv.mod_revision, kv.version, shown(&kv.value)),
            EventType::Delete => format!("{} {name}\n", kv.mod_revision),
        }
    };
    printer.write(events.iter().map(|event| line(event)).collect::<String>().as_bytes())
}
