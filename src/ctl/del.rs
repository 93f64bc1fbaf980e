//! `del`

use std::{ffi::OsString, os::unix::ffi::OsStrExt, time::Duration};

use super::{
    global::{Context, Limit},
    keys::{Widen, missing_key},
    pages::Pages,
    print::Printer,
};
use crate::{
    cli::{
        exit::Failure,
        go,
        output::{Format, jsonl::Line},
        shown::shown,
    },
    client::Client,
    pb::etcdserverpb::{DeleteRangeRequest, DeleteRangeResponse, RangeRequest},
};

/// Time to think again before a range is deleted.
const PAUSE: Duration = Duration::from_secs(2);

/// Remove a key or a range of keys
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl del [options] <KEY> [RANGE_END]")]
pub struct DelArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Delete the keys that begin with KEY
    #[arg(long)]
    prefix: bool,
    /// Print the deleted keys and values, too
    #[arg(long)]
    prev_kv: bool,
    /// Delete the keys from KEY on, in the order of bytes
    #[arg(long)]
    from_key: bool,
    /// Delete the range KEY to RANGE_END without a pause before it
    #[arg(long)]
    range: bool,
    /// Only show which keys would be deleted
    #[arg(long)]
    dry_run: bool,
}

impl DelArgs {
    /// The request. Warns and waits before a range that was not asked for by name.
    ///
    /// # Errors
    /// Wrong arguments.
    pub async fn request(self) -> Result<DeleteRangeRequest, Failure> {
        if self.dry_run {
            return Err(Failure::args("a transaction has no dry run"));
        }
        self.read().await
    }

    async fn read(self) -> Result<DeleteRangeRequest, Failure> {
        let widen = Widen { prefix: self.prefix, from_key: self.from_key };
        if self.args.is_empty() || self.args.len() > 2 {
            return Err(missing_key("del"));
        }
        let warning = match &self.args[..] {
            [first, end] if !self.range && !self.dry_run => {
                Some((go::quote(first.as_bytes()), go::quote(end.as_bytes())))
            }
            _ => None,
        };
        let selection = widen.select("del", self.args)?;
        if let Some((first, end)) = warning {
            crate::cli::errln!(
                "Warning: Keys between {first} and {end} will be deleted. Please interrupt the command within next \
                 {} seconds to cancel. You can provide `--range` flag to avoid the delay.",
                PAUSE.as_secs()
            );
            tokio::time::sleep(PAUSE).await;
        }
        Ok(DeleteRangeRequest {
            key: selection.key.into(),
            range_end: selection.range_end.into(),
            prev_kv: self.prev_kv,
        })
    }
}

pub async fn run(context: &Context, args: DelArgs) -> Result<(), Failure> {
    let dry_run = args.dry_run;
    let request = args.read().await?;
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    if dry_run {
        return show(&client, &printer, request).await;
    }
    printer.del(&client.delete_range(request).await?)
}

/// Prints what would be deleted: in the formats of keys each key, in the others the answer that the server would give.
async fn show(client: &Client, printer: &Printer, request: DeleteRangeRequest) -> Result<(), Failure> {
    let prev_kv = request.prev_kv;
    let (key, range_end) = (request.key, request.range_end);
    let range = RangeRequest { key, range_end, keys_only: !prev_kv, ..RangeRequest::default() };
    let mut pages = Pages::new(client, range);
    let mut answer = DeleteRangeResponse::default();
    let has_lines = matches!(printer.format, Format::Simple | Format::Jsonl);
    while let Some(page) = pages.next().await? {
        answer.header = answer.header.or(page.header);
        answer.deleted += i64::try_from(page.kvs.len()).unwrap_or(0);
        if has_lines {
            let is_json = printer.format == Format::Jsonl;
            let json = |key: &[u8]| Line::new().text("type", "DELETE").bytes("key", key).finish();
            let line = |key: &[u8]| if is_json { json(key) } else { shown(key) + "\n" };
            printer.write(page.kvs.iter().map(|kv| line(&kv.key)).collect::<String>().as_bytes())?;
        } else if prev_kv {
            answer.prev_kvs.extend(page.kvs);
        }
    }
    match printer.format {
        Format::Simple => printer.write(format!("{} keys would be deleted\n", answer.deleted).as_bytes()),
        Format::Jsonl => Ok(()),
        Format::Json | Format::Fields | Format::Table | Format::Protobuf | Format::Yaml | Format::Raw => {
            printer.del(&answer)
        }
    }
}
