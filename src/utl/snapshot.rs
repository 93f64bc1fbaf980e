//! `rsutl snapshot`: commands on a snapshot file.

use super::context::Context;
use super::restore::RestoreArgs;
use crate::cli::exit::Failure;

/// Commands on a snapshot
#[derive(Debug, clap::Args)]
pub struct SnapshotArgs {
    #[command(subcommand)]
    command: SnapshotCommand,
}

#[derive(Debug, clap::Subcommand)]
enum SnapshotCommand {
    Restore(RestoreArgs),
}

impl SnapshotArgs {
    pub fn run(self, context: &Context) -> Result<(), Failure> {
        match self.command {
            SnapshotCommand::Restore(args) => args.run(context),
        }
    }
}
