//! `auth`

use std::ffi::OsString;

use super::global::{Context, Limit};
use crate::{
    cli::{exit::Failure, output::json::Ids},
    client::{Client, ClientError},
    pb::{
        etcdserverpb::{
            AuthDisableRequest, AuthEnableRequest, AuthRoleAddRequest, AuthStatusRequest, AuthUserGrantRoleRequest,
        },
        rpc_error::RpcError,
    },
};

/// Name of the user and of the role that may do everything.
pub const ROOT: &str = "root";

/// Turn authentication on or off
#[derive(clap::Args, Debug)]
pub struct AuthArgs {
    #[command(subcommand)]
    command: AuthCommand,
}

#[derive(clap::Subcommand, Debug)]
enum AuthCommand {
    Enable(EnableArgs),
    Disable(DisableArgs),
    Status(StatusArgs),
}

/// Turn authentication on
///
/// The user root must exist; it gets the role root if it does not have it.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl auth enable")]
struct EnableArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
}

/// Turn authentication off
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl auth disable")]
struct DisableArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
}

/// Print whether authentication is on, and how often users and roles were changed
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl auth status")]
struct StatusArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
}

pub async fn run(context: &Context, args: AuthArgs) -> Result<(), Failure> {
    let (name, rest) = match &args.command {
        AuthCommand::Enable(args) => ("enable", &args.rest),
        AuthCommand::Disable(args) => ("disable", &args.rest),
        AuthCommand::Status(args) => ("status", &args.rest),
    };
    if !rest.is_empty() {
        return Err(Failure::args(format!("auth {name} command does not accept any arguments")));
    }
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    match args.command {
        AuthCommand::Enable(_) => {
            enable(&client).await?;
            printer.write(b"Authentication Enabled\n")
        }
        AuthCommand::Disable(_) => {
            client.auth_disable(AuthDisableRequest {}).await?;
            printer.write(b"Authentication Disabled\n")
        }
        AuthCommand::Status(_) => {
            let answer = client.auth_status(AuthStatusRequest {}).await?;
            let text = format!("Authentication Status: {}\nAuthRevision: {}\n", answer.enabled, answer.auth_revision);
            printer.simple_or_message(&answer, "AuthStatusResponse", Ids::Decimal, || text)
        }
    }
}

async fn enable(client: &Client) -> Result<(), ClientError> {
    match client.auth_enable(AuthEnableRequest {}).await {
        Err(ClientError::Rpc(RpcError::RootRoleNotExist)) => (),
        answer => return answer.map(drop),
    }
    client.role_add(AuthRoleAddRequest { name: ROOT.into() }).await?;
    client.user_grant_role(AuthUserGrantRoleRequest { user: ROOT.into(), role: ROOT.into() }).await?;
    client.auth_enable(AuthEnableRequest {}).await.map(drop)
}
