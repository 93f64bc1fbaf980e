//! `rsutl snapshot`: commands on a snapshot file.

use std::io::Write;

use super::Failure;
use super::context::Context;
use super::extract::ExtractArgs;
use super::restore::RestoreArgs;

/// Commands on a snapshot
#[derive(Debug, clap::Args)]
pub struct SnapshotArgs {
    #[command(subcommand)]
    command: SnapshotCommand,
}

#[derive(Debug, clap::Subcommand)]
enum SnapshotCommand {
    Restore(RestoreArgs),
    Extract(ExtractArgs),
}

impl SnapshotArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        match self.command {
            SnapshotCommand::Restore(args) => Ok(args.run(out)?),
            SnapshotCommand::Extract(args) => args.run(context, out),
        }
    }
}
