//! `move-leader`

use std::ffi::OsString;

use super::global::{Context, Limit};
use crate::{
    cli::{exit::Failure, go, output::json::Ids},
    pb::etcdserverpb::{MoveLeaderRequest, StatusRequest},
};

/// Make another member the leader
///
/// One of the endpoints must be the leader's.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl move-leader <MEMBER_ID>")]
pub struct MoveLeaderArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

pub async fn run(context: &Context, args: MoveLeaderArgs) -> Result<(), Failure> {
    let [id] = &args.args[..] else { return Err(Failure::args("move-leader command needs 1 argument")) };
    let target_id = go::parse_uint(&id.to_string_lossy(), 16).map_err(|error| Failure::args(error.to_string()))?;
    // For the checks of flags and environment alone: only the leader can be asked.
    context.client(Limit::Command).await?;
    let printer = context.printer()?;
    let endpoints = context.endpoints();
    for endpoint in &endpoints {
        let client = context.client_of(vec![endpoint.clone()], Limit::Command).await?;
        let status = client.status(StatusRequest {}).await?;
        let member = status.header.unwrap_or_default().member_id;
        if status.leader == member {
            let answer = client.move_leader(MoveLeaderRequest { target_id }).await?;
            return printer.simple_or_message(&answer, "MoveLeaderResponse", Ids::Decimal, || {
                format!("Leadership transferred from {member:x} to {target_id:x}\n")
            });
        }
    }
    Err(Failure::args(format!("no leader endpoint given at [{}]", endpoints.join(" "))))
}
