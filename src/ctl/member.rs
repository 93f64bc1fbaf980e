//! `member`

use std::ffi::OsString;

use prost::Message;

use super::{
    get::bad_consistency,
    global::{Context, Limit},
};
use crate::{
    cli::{
        exit::Failure,
        output::{Format, json, json::Ids, table},
    },
    pb::etcdserverpb::{Member, MemberListRequest, MemberListResponse},
};

/// Membership related commands
#[derive(clap::Args, Debug)]
pub struct MemberArgs {
    #[command(subcommand)]
    command: MemberCommand,
}

#[derive(clap::Subcommand, Debug)]
enum MemberCommand {
    List(ListArgs),
}

/// List all members of the cluster
///
/// In the simple format each line holds ID, status, name, peer addresses, client addresses and whether the member is
/// a learner.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl member list [options]")]
struct ListArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
    /// Linearizable (l) or serializable (s) read
    #[arg(long, value_name = "l|s", default_value = "l")]
    consistency: String,
}

pub async fn run(context: &Context, args: MemberArgs) -> Result<(), Failure> {
    let MemberCommand::List(args) = args.command;
    let linearizable = match args.consistency.as_str() {
        "l" => true,
        "s" => false,
        // As etcd 3.7: the text names the default of `get`, not what was typed.
        _ => return Err(bad_consistency("l")),
    };
    let client = context.client(Limit::Command)?;
    let printer = context.printer()?;
    let answer = client.member_list(MemberListRequest { linearizable }).await?;
    let text = match printer.format {
        Format::Simple => rows(&answer).iter().map(|row| row.join(", ") + "\n").collect(),
        Format::Table => {
            let header = ["ID", "STATUS", "NAME", "PEER ADDRS", "CLIENT ADDRS", "IS LEARNER"];
            table::draw(&header, &rows(&answer))
        }
        Format::Json => {
            let ids = if printer.hex { Ids::Hex } else { Ids::Decimal };
            json::message(&answer, "etcdserverpb.MemberListResponse", ids) + "\n"
        }
        Format::Fields => {
            let mut lines = printer.fields();
            lines.header(answer.header.as_ref());
            for member in &answer.members {
                lines.id("ID", member.id).text("Name", &member.name);
                for url in &member.peer_ur_ls {
                    lines.text("PeerURL", url);
                }
                for url in &member.client_ur_ls {
                    lines.text("ClientURL", url);
                }
                lines.value("IsLearner", member.is_learner).blank();
            }
            lines.finish()
        }
        Format::Protobuf => return printer.write(&answer.encode_to_vec()),
    };
    printer.write(text.as_bytes())
}

fn rows(answer: &MemberListResponse) -> Vec<Vec<String>> {
    let row = |member: &Member| {
        vec![
            format!("{:x}", member.id),
            if member.name.is_empty() { "unstarted" } else { "started" }.into(),
            member.name.clone(),
            member.peer_ur_ls.join(","),
            member.client_ur_ls.join(","),
            member.is_learner.to_string(),
        ]
    };
    answer.members.iter().map(row).collect()
}
