//! `del`

use std::{ffi::OsString, os::unix::ffi::OsStrExt, time::Duration};

use super::{
    global::{Context, Limit},
    keys::{Widen, missing_key},
};
use crate::{
    cli::{exit::Failure, go},
    pb::etcdserverpb::DeleteRangeRequest,
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
}

impl DelArgs {
    /// The request. Warns and waits before a range that was not asked for by name.
    ///
    /// # Errors
    /// Wrong arguments.
    pub async fn request(self) -> Result<DeleteRangeRequest, Failure> {
        let widen = Widen { prefix: self.prefix, from_key: self.from_key };
        if self.args.is_empty() || self.args.len() > 2 {
            return Err(missing_key("del"));
        }
        let warning = match &self.args[..] {
            [first, end] if !self.range => Some((go::quote(first.as_bytes()), go::quote(end.as_bytes()))),
            _ => None,
        };
        let selection = widen.select("del", self.args)?;
        if let Some((first, end)) = warning {
            eprintln!(
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
    let request = args.request().await?;
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    printer.del(&client.delete_range(request).await?)
}
