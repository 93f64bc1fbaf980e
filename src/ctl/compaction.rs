//! `compaction`

use std::ffi::OsString;

use super::global::{Context, Limit};
use crate::{
    cli::{
        exit::{Exit, Failure},
        go,
    },
    pb::etcdserverpb::CompactionRequest,
};

/// Forget the history before a revision
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl compaction [options] <REVISION>")]
pub struct CompactionArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Wait until the old revisions are removed from the disk
    #[arg(long)]
    physical: bool,
}

pub async fn run(context: &Context, args: CompactionArgs) -> Result<(), Failure> {
    let [revision] = &args.args[..] else {
        return Err(Failure::args("compaction command needs 1 argument"));
    };
    let revision =
        go::parse_int(&revision.to_string_lossy(), 10).map_err(|error| Failure::new(Exit::Error, error.to_string()))?;
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    client.compact(CompactionRequest { revision, physical: args.physical }).await?;
    printer.write(format!("compacted revision {revision}\n").as_bytes())
}
