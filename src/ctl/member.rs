//! `member`

use std::ffi::OsString;

use prost::Message;

use super::{
    get::bad_consistency,
    global::{Context, Limit},
    print::Printer,
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        go, offer,
        output::{Format, json, json::Ids, table},
    },
    membership::urls,
    pb::etcdserverpb::{
        Member, MemberAddRequest, MemberAddResponse, MemberListRequest, MemberListResponse, MemberPromoteRequest,
        MemberRemoveRequest, MemberUpdateRequest, ResponseHeader,
    },
};

/// Membership related commands
#[derive(clap::Args, Debug)]
pub struct MemberArgs {
    #[command(subcommand)]
    command: MemberCommand,
}

#[derive(clap::Subcommand, Debug)]
enum MemberCommand {
    Add(AddArgs),
    Remove(RemoveArgs),
    Update(UpdateArgs),
    Promote(PromoteArgs),
    List(ListArgs),
}

/// Add a member to the cluster
///
/// In the simple format the settings that the new member starts with are printed, too.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl member add <NAME> --peer-urls=<URL>... [options]")]
struct AddArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Where the new member listens for its peers: URLs with commas between them
    #[arg(long, value_name = "URLS", default_value = "", hide_default_value = true)]
    peer_urls: String,
    /// Add a learner, which has no vote
    #[arg(long)]
    learner: bool,
}

/// Remove a member from the cluster
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl member remove <MEMBER_ID>")]
struct RemoveArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// Change where a member listens for its peers
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl member update <MEMBER_ID> --peer-urls=<URL>...")]
struct UpdateArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Where the member listens for its peers: URLs with commas between them
    #[arg(long, value_name = "URLS", default_value = "", hide_default_value = true)]
    peer_urls: String,
}

/// Make a learner a voting member
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl member promote <MEMBER_ID>")]
struct PromoteArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
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
    #[arg(long, value_name = "l|s", default_value = "l", value_parser = offer::text(offer::CONSISTENCY),
          hide_possible_values = true)]
    consistency: String,
}

pub async fn run(context: &Context, args: MemberArgs) -> Result<(), Failure> {
    match args.command {
        MemberCommand::Add(args) => add(context, args).await,
        MemberCommand::Remove(args) => remove(context, &args.args).await,
        MemberCommand::Update(args) => update(context, &args).await,
        MemberCommand::Promote(args) => promote(context, &args.args).await,
        MemberCommand::List(args) => list(context, &args).await,
    }
}

/// The one member that is named, in hexadecimal.
fn member_id(args: &[OsString]) -> Result<u64, Failure> {
    let [id] = args else { return Err(Failure::args("member ID is not provided")) };
    go::parse_uint(&id.to_string_lossy(), 16)
        .map_err(|error| Failure::args(format!("bad member ID arg ({error}), expecting ID in Hex")))
}

/// The URLs of a flag, which must not be empty.
fn split_urls(flag: &str) -> Result<Vec<String>, Failure> {
    if flag.is_empty() {
        return Err(Failure::args("member peer urls not provided"));
    }
    Ok(flag.split(',').map(str::to_owned).collect())
}

/// Refuses what is no URL of a member, before a server is asked.
fn check_urls(urls: &[String]) -> Result<(), Failure> {
    urls.iter().try_for_each(|url| match urls::parse(url.trim()) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(Exit::Error, error.to_string())),
    })
}

/// How JSON spells the ids of members.
fn ids(printer: &Printer) -> Ids {
    if printer.hex { Ids::Hex } else { Ids::Decimal }
}

/// What was done with a member, in one line.
fn line(id: u64, what: &str, header: Option<&ResponseHeader>) -> String {
    format!("Member {id:16x} {what} cluster {:16x}\n", header.map_or(0, |header| header.cluster_id))
}

async fn add(context: &Context, args: AddArgs) -> Result<(), Failure> {
    let mut words = args.args.iter().map(|word| word.to_string_lossy().into_owned());
    let name = words.next().ok_or_else(|| Failure::args("member name not provided"))?;
    let is_url = |word: &String| word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("http"));
    if args.args.len() > 1 {
        let urls = words.filter(is_url).map(|url| format!(", did you mean --peer-urls={url}"));
        return Err(Failure::args(format!("too many arguments{}", urls.collect::<String>())));
    }
    let peer_urls = split_urls(&args.peer_urls)?;
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    check_urls(&peer_urls)?;
    let request = MemberAddRequest { peer_ur_ls: peer_urls, is_learner: args.learner };
    let answer = client.member_add(request).await?;
    printer.simple_or_message(&answer, "MemberAddResponse", ids(&printer), || {
        let what = if args.learner { "added as learner to" } else { "added to" };
        let id = answer.member.as_ref().map_or(0, |member| member.id);
        line(id, what, answer.header.as_ref()) + "\n" + &settings(&answer, &name)
    })
}

/// The settings that the new member starts with, for its environment.
fn settings(answer: &MemberAddResponse, name: &str) -> String {
    let added = answer.member.clone().unwrap_or_default();
    let cluster: Vec<_> = answer
        .members
        .iter()
        .flat_map(|member| {
            let name = if member.id == added.id { name } else { &member.name };
            member.peer_ur_ls.iter().map(move |url| format!("{name}={url}"))
        })
        .collect();
    let quoted = |text: &str| go::quote(text.as_bytes());
    format!(
        "ETCD_NAME={}\nETCD_INITIAL_CLUSTER={}\nETCD_INITIAL_ADVERTISE_PEER_URLS={}\n\
         ETCD_INITIAL_CLUSTER_STATE=\"existing\"\n",
        quoted(name),
        quoted(&cluster.join(",")),
        quoted(&added.peer_ur_ls.join(","))
    )
}

async fn remove(context: &Context, args: &[OsString]) -> Result<(), Failure> {
    let id = member_id(args)?;
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    let answer = client.member_remove(MemberRemoveRequest { id }).await?;
    printer.simple_or_message(&answer, "MemberRemoveResponse", ids(&printer), || {
        line(id, "removed from", answer.header.as_ref())
    })
}

async fn update(context: &Context, args: &UpdateArgs) -> Result<(), Failure> {
    let id = member_id(&args.args)?;
    let peer_urls = split_urls(&args.peer_urls)?;
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    check_urls(&peer_urls)?;
    let answer = client.member_update(MemberUpdateRequest { id, peer_ur_ls: peer_urls }).await?;
    printer.simple_or_message(&answer, "MemberUpdateResponse", ids(&printer), || {
        line(id, "updated in", answer.header.as_ref())
    })
}

async fn promote(context: &Context, args: &[OsString]) -> Result<(), Failure> {
    let id = member_id(args)?;
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    let answer = client.member_promote(MemberPromoteRequest { id }).await?;
    printer.simple_or_message(&answer, "MemberPromoteResponse", ids(&printer), || {
        line(id, "promoted in", answer.header.as_ref())
    })
}

async fn list(context: &Context, args: &ListArgs) -> Result<(), Failure> {
    let linearizable = match args.consistency.as_str() {
        "l" => true,
        "s" => false,
        // As etcd 3.7: the text names the default of `get`, not what was typed.
        _ => return Err(bad_consistency("l")),
    };
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    let answer = client.member_list(MemberListRequest { linearizable }).await?;
    let text = match printer.format {
        Format::Simple => rows(&answer).iter().map(|row| row.join(", ") + "\n").collect(),
        Format::Table => {
            let header = ["ID", "STATUS", "NAME", "PEER ADDRS", "CLIENT ADDRS", "IS LEARNER"];
            table::draw(&header, &rows(&answer))
        }
        Format::Json | Format::Yaml | Format::Jsonl => {
            let text = json::message(&answer, "etcdserverpb.MemberListResponse", ids(&printer));
            return printer.tree(&text);
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
        Format::Raw => return Err(printer.unsupported()),
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
