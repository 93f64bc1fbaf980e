//! `downgrade`

use std::ffi::OsString;

use super::global::{Context, Limit};
use crate::{
    cli::{exit::Failure, output::json::Ids},
    pb::etcdserverpb::{DowngradeRequest, downgrade_request::DowngradeAction},
};

/// Downgrade related commands
#[derive(clap::Args, Debug)]
pub struct DowngradeArgs {
    #[command(subcommand)]
    command: DowngradeCommand,
}

#[derive(clap::Subcommand, Debug)]
enum DowngradeCommand {
    Validate(ValidateArgs),
    Enable(EnableArgs),
    Cancel(CancelArgs),
}

/// Check that the cluster could be downgraded to a version
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl downgrade validate <TARGET_VERSION>")]
struct ValidateArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// Start the downgrade of the cluster to a version
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl downgrade enable <TARGET_VERSION>")]
struct EnableArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// End the downgrade of the cluster
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl downgrade cancel")]
struct CancelArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
}

pub async fn run(context: &Context, args: DowngradeArgs) -> Result<(), Failure> {
    let (name, action, version) = match &args.command {
        DowngradeCommand::Validate(args) => ("validate", DowngradeAction::Validate, target_version(&args.args)?),
        DowngradeCommand::Enable(args) => ("enable", DowngradeAction::Enable, target_version(&args.args)?),
        DowngradeCommand::Cancel(_) => ("cancel", DowngradeAction::Cancel, String::new()),
    };
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    let answer = client.downgrade(DowngradeRequest { action: action.into(), version }).await?;
    printer.simple_or_message(&answer, "DowngradeResponse", Ids::Decimal, || {
        format!("Downgrade {name} success, cluster version {}\n", answer.version)
    })
}

fn target_version(args: &[OsString]) -> Result<String, Failure> {
    match args {
        [] => Err(Failure::args("TARGET_VERSION not provided")),
        [version] if version.is_empty() => Err(Failure::args("target version not provided")),
        [version] => Ok(version.to_string_lossy().into_owned()),
        _ => Err(Failure::args("too many arguments")),
    }
}
