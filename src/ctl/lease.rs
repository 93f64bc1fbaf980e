//! `lease`

use std::ffi::OsString;

use prost::Message;

use super::{
    global::{Context, Limit},
    print::Printer,
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        go,
        output::{Format, fields::Fields, json, json::Ids},
    },
    client::{ClientError, LeaseEvent},
    pb::{
        etcdserverpb::{
            LeaseGrantRequest, LeaseKeepAliveResponse, LeaseLeasesRequest, LeaseRevokeRequest, LeaseTimeToLiveRequest,
            LeaseTimeToLiveResponse, ResponseHeader,
        },
        rpc_error::RpcError,
    },
};

/// Lease related commands
#[derive(clap::Args, Debug)]
pub struct LeaseArgs {
    #[command(subcommand)]
    command: LeaseCommand,
}

#[derive(clap::Subcommand, Debug)]
enum LeaseCommand {
    Grant(GrantArgs),
    Revoke(RevokeArgs),
    Timetolive(TimeToLiveArgs),
    List(ListArgs),
    KeepAlive(KeepAliveArgs),
}

/// Create a lease that lasts TTL seconds
///
/// The server may grant more than was asked for.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl lease grant <TTL>")]
struct GrantArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// End a lease and delete its keys
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl lease revoke <LEASE_ID>")]
struct RevokeArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// Print how long a lease lasts
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl lease timetolive [options] <LEASE_ID>")]
struct TimeToLiveArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Print the keys of the lease, too
    #[arg(long)]
    keys: bool,
}

/// List all leases
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl lease list")]
struct ListArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
}

/// Renew a lease for as long as the command runs
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl lease keep-alive [options] <LEASE_ID>")]
struct KeepAliveArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Renew it once and exit
    #[arg(long)]
    once: bool,
}

pub async fn run(context: &Context, args: LeaseArgs) -> Result<(), Failure> {
    match args.command {
        LeaseCommand::Grant(args) => grant(context, &args.args).await,
        LeaseCommand::Revoke(args) => revoke(context, &args.args).await,
        LeaseCommand::Timetolive(args) => time_to_live(context, &args).await,
        LeaseCommand::List(_) => list(context).await,
        LeaseCommand::KeepAlive(args) => keep_alive(context, &args).await,
    }
}

/// The one lease that is named, in hexadecimal; `missing` is said when it is not one.
fn lease_id(args: &[OsString], missing: &str) -> Result<i64, Failure> {
    let [id] = args else { return Err(Failure::args(missing)) };
    go::parse_int(&id.to_string_lossy(), 16)
        .map_err(|error| Failure::args(format!("bad lease ID arg ({error}), expecting ID in Hex")))
}

/// The failure of commands that only read leases.
fn bad_connection(error: ClientError) -> Failure {
    Failure::new(Exit::BadConnection, error.to_string())
}

async fn grant(context: &Context, args: &[OsString]) -> Result<(), Failure> {
    let [ttl] = args else { return Err(Failure::args("lease grant command needs TTL argument")) };
    let ttl = go::parse_int(&ttl.to_string_lossy(), 10).map_err(|error| Failure::args(format!("bad TTL ({error})")))?;
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    let answer = client
        .lease_grant(LeaseGrantRequest { ttl, id: 0 })
        .await
        .map_err(|error| Failure::new(Exit::Error, format!("failed to grant lease ({error})")))?;
    let text = LeaseText {
        header: answer.header.unwrap_or_default(),
        simple: || format!("lease {} granted with TTL({}s)\n", go::lease_id(answer.id), answer.ttl),
        json: || {
            let mut error = String::new();
            json::string(&mut error, &answer.error);
            format!("\"ID\":{},\"TTL\":{},\"Error\":{error}", answer.id, answer.ttl)
        },
        fields: |lines: &mut Fields| {
            lines.lease("ID", answer.id).value("TTL", answer.ttl);
        },
    };
    text.print(&printer)
}

async fn revoke(context: &Context, args: &[OsString]) -> Result<(), Failure> {
    let id = lease_id(args, "lease revoke command needs 1 argument")?;
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    let answer = client
        .lease_revoke(LeaseRevokeRequest { id })
        .await
        .map_err(|error| Failure::new(Exit::Error, format!("failed to revoke lease ({error})")))?;
    if printer.format == Format::Protobuf {
        // As etcd 3.7, which dumps the answer behind the type.
        let text = "marshal unsupported for type clientv3.LeaseRevokeResponse";
        return Err(Failure::new(Exit::BadFeature, text));
    }
    printer.answer(
        &answer,
        "LeaseRevokeResponse",
        |out| out.extend_from_slice(format!("lease {} revoked\n", go::lease_id(id)).as_bytes()),
        |lines| {
            lines.header(answer.header.as_ref());
        },
    )
}

async fn time_to_live(context: &Context, args: &TimeToLiveArgs) -> Result<(), Failure> {
    let id = lease_id(&args.args, "lease timetolive command needs lease ID as argument")?;
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let request = LeaseTimeToLiveRequest { id, keys: args.keys };
    let answer = client.lease_time_to_live(request).await.map_err(bad_connection)?;
    let text = LeaseText {
        header: answer.header.unwrap_or_default(),
        simple: || simple_time_to_live(&answer, args.keys),
        json: || {
            let LeaseTimeToLiveResponse { id, ttl, granted_ttl, keys, .. } = &answer;
            let keys = match &keys[..] {
                [] => "null".to_owned(),
                keys => json::bytes_list(keys),
            };
            format!("\"id\":{id},\"ttl\":{ttl},\"granted-ttl\":{granted_ttl},\"keys\":{keys}")
        },
        fields: |lines: &mut Fields| {
            lines.lease("ID", answer.id).value("TTL", answer.ttl).value("GrantedTTL", answer.granted_ttl);
            for key in &answer.keys {
                lines.text("Key", key);
            }
        },
    };
    text.print(&printer)
}

fn simple_time_to_live(answer: &LeaseTimeToLiveResponse, with_keys: bool) -> String {
    let id = go::lease_id(answer.id);
    if answer.granted_ttl == 0 && answer.ttl == -1 {
        return format!("lease {id} already expired\n");
    }
    let mut text = format!("lease {id} granted with TTL({}s), remaining({}s)", answer.granted_ttl, answer.ttl);
    if with_keys {
        let keys: Vec<_> = answer.keys.iter().map(|key| String::from_utf8_lossy(key)).collect();
        text += &format!(", attached keys([{}])", keys.join(" "));
    }
    text + "\n"
}

async fn list(context: &Context) -> Result<(), Failure> {
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let answer = client.lease_leases(LeaseLeasesRequest {}).await.map_err(bad_connection)?;
    let text = LeaseText {
        header: answer.header.unwrap_or_default(),
        simple: || {
            let head = format!("found {} leases\n", answer.leases.len());
            answer.leases.iter().fold(head, |text, lease| text + &go::lease_id(lease.id) + "\n")
        },
        json: || {
            let leases: Vec<_> = answer.leases.iter().map(|lease| format!("{{\"id\":{}}}", lease.id)).collect();
            format!("\"leases\":[{}]", leases.join(","))
        },
        fields: |lines: &mut Fields| {
            for lease in &answer.leases {
                lines.lease("ID", lease.id);
            }
        },
    };
    text.print(&printer)
}

async fn keep_alive(context: &Context, args: &KeepAliveArgs) -> Result<(), Failure> {
    let id = lease_id(&args.args, "lease keep-alive command needs lease ID as argument")?;
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    if args.once {
        let answer = client.renew_lease(id).await.map_err(bad_connection)?;
        if answer.ttl <= 0 {
            return Err(Failure::new(Exit::BadConnection, RpcError::LeaseNotFound.text()));
        }
        return print_keep_alive(&printer, &answer);
    }
    let mut events = client.keep_alive(id);
    while let Some(LeaseEvent::Renewed(answer)) = events.recv().await {
        print_keep_alive(&printer, &answer)?;
    }
    if printer.format == Format::Simple {
        printer.write(format!("lease {} expired or revoked.\n", go::lease_id(id)).as_bytes())?;
    }
    Ok(())
}

fn print_keep_alive(printer: &Printer, answer: &LeaseKeepAliveResponse) -> Result<(), Failure> {
    let text = LeaseText {
        header: answer.header.unwrap_or_default(),
        simple: || format!("lease {} keepalived with TTL({})\n", go::lease_id(answer.id), answer.ttl),
        json: || format!("\"ID\":{},\"TTL\":{}", answer.id, answer.ttl),
        fields: |lines: &mut Fields| {
            lines.lease("ID", answer.id).value("TTL", answer.ttl);
        },
    };
    text.print(printer)
}

/// An answer about leases. etcdctl prints it from a struct of its own: JSON holds the header's fields beside the
/// others and leaves none of those out, and the message that it writes is the header.
struct LeaseText<S, J, F> {
    header: ResponseHeader,
    simple: S,
    /// Names and values behind those of the header.
    json: J,
    /// Lines behind those of the header.
    fields: F,
}

impl<S: FnOnce() -> String, J: FnOnce() -> String, F: FnOnce(&mut Fields)> LeaseText<S, J, F> {
    fn print(self, printer: &Printer) -> Result<(), Failure> {
        match printer.format {
            Format::Simple => printer.write((self.simple)().as_bytes()),
            Format::Json | Format::Yaml | Format::Jsonl => {
                let header = json::message(&self.header, "etcdserverpb.ResponseHeader", Ids::Decimal);
                let inner = header.trim_start_matches('{').trim_end_matches('}');
                let comma = if inner.is_empty() { "" } else { "," };
                printer.tree(&format!("{{{inner}{comma}{}}}", (self.json)()))
            }
            Format::Fields => {
                let mut lines = printer.fields();
                lines.header(Some(&self.header));
                (self.fields)(&mut lines);
                printer.write(lines.finish().as_bytes())
            }
            Format::Protobuf => printer.write(&self.header.encode_to_vec()),
            Format::Table | Format::Raw => Err(printer.unsupported()),
        }
    }
}
