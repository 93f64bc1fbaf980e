//! `endpoint`: health, status and hash of each endpoint by itself.

use std::{ffi::OsString, time::Instant};

use tokio::task::JoinSet;

use super::{
    global::{Context, Limit},
    hint,
    print::Printer,
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        go,
        output::{Format, json, json::Ids, size, table},
    },
    client::{Client, ClientError},
    pb::{
        etcdserverpb::{
            AlarmRequest, AlarmResponse, AlarmType, HashKvRequest, HashKvResponse, MemberListRequest, RangeRequest,
            StatusRequest, StatusResponse, alarm_request::AlarmAction,
        },
        rpc_error::RpcError,
    },
};

/// Endpoint related commands
#[derive(clap::Args, Debug)]
pub struct EndpointArgs {
    /// Use all endpoints of the cluster's member list
    #[arg(long, global = true)]
    cluster: bool,
    #[command(subcommand)]
    command: EndpointCommand,
}

#[derive(clap::Subcommand, Debug)]
enum EndpointCommand {
    Health(HealthArgs),
    Status(StatusArgs),
    Hashkv(HashArgs),
}

/// Check the health of the endpoints
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl endpoint health [options]")]
struct HealthArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
}

/// Print the status of the endpoints
///
/// In the simple format each line holds endpoint, ID, version, storage version, database size, size in use, percentage
/// not in use, quota, is leader, is learner, raft term, raft index, raft applied index, errors, downgrade target version
/// and downgrade enabled.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl endpoint status [options]")]
struct StatusArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
}

/// Print a hash of the key-value history of each endpoint
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl endpoint hashkv [options]")]
struct HashArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
    /// Revision to hash up to; 0 for the newest
    #[arg(long, value_name = "REV", default_value_t = 0, hide_default_value = true, value_parser = go::parse_flag_int,
          allow_hyphen_values = true)]
    rev: i64,
}

pub async fn run(context: &Context, args: EndpointArgs) -> Result<(), Failure> {
    context.check_environment()?;
    let printer = context.printer()?;
    let endpoints = endpoints(context, args.cluster).await?;
    match args.command {
        EndpointCommand::Health(_) => health(context, &printer, endpoints).await,
        EndpointCommand::Status(_) => status(context, &printer, endpoints).await,
        EndpointCommand::Hashkv(args) => hash_kv(context, &printer, endpoints, args.rev).await,
    }
}

/// The endpoints to ask: those typed, or every client URL of every member.
///
/// # Errors
/// The members cannot be listed.
pub async fn endpoints(context: &Context, cluster: bool) -> Result<Vec<String>, Failure> {
    if !cluster {
        return Ok(context.endpoints_verbatim());
    }
    let client = context.client_of(context.endpoints(), Limit::Command).await?;
    let members = client.member_list(MemberListRequest { linearizable: true }).await.map_err(|error| {
        Failure::new(Exit::Error, format!("failed to fetch endpoints from etcd cluster member list: {error}"))
    })?;
    Ok(members.members.into_iter().flat_map(|member| member.client_ur_ls).collect())
}

struct Health {
    endpoint: String,
    took: String,
    error: String,
}

async fn health(context: &Context, printer: &Printer, endpoints: Vec<String>) -> Result<(), Failure> {
    let mut checks = JoinSet::new();
    for endpoint in endpoints {
        let client = context.lazy_client_at(&endpoint).await?;
        checks.spawn(check(endpoint, client));
    }
    let mut results = Vec::new();
    while let Some(result) = checks.join_next().await {
        results.extend(result);
    }
    let unhealthy: Vec<_> = results.iter().filter(|health| !health.error.is_empty()).collect();
    print_health(printer, &results)?;
    for Health { endpoint, error, .. } in &unhealthy {
        // One hint is enough.
        if hint::print_for(context, std::slice::from_ref(endpoint), error).await {
            break;
        }
    }
    if !unhealthy.is_empty() { Err(Failure::new(Exit::Error, "unhealthy cluster")) } else { Ok(()) }
}

/// Logs in, reads a key through the quorum, then looks for alarms. A refusal for want of permission comes from a quorum, too.
async fn check(endpoint: String, client: Client) -> Health {
    if let Err(error) = client.log_in_now().await {
        return Health { endpoint, took: String::new(), error: error.to_string() };
    }
    let start = Instant::now();
    let read = client.range(RangeRequest { key: "health".into(), ..RangeRequest::default() }).await;
    let took = go::duration(start.elapsed());
    let error = match read {
        Ok(_) | Err(ClientError::Rpc(RpcError::PermissionDenied)) => {
            let list = AlarmRequest { action: AlarmAction::Get.into(), ..AlarmRequest::default() };
            client.alarm(list).await.map_or_else(|_| "Unable to fetch the alarm list".into(), |list| alarms(&list))
        }
        Err(error) => error.to_string(),
    };
    Health { endpoint, took, error }
}

/// The alarms as a complaint; empty without any.
fn alarms(list: &AlarmResponse) -> String {
    if list.alarms.is_empty() {
        return String::new();
    }
    let names = list.alarms.iter().map(|alarm| match alarm.alarm() {
        AlarmType::Nospace => "NOSPACE ",
        AlarmType::Corrupt => "CORRUPT ",
        AlarmType::None => "UNKNOWN ",
    });
    format!("Active Alarm(s): {}", names.collect::<String>())
}

fn print_health(printer: &Printer, results: &[Health]) -> Result<(), Failure> {
    let text = match printer.format {
        Format::Simple => {
            let mut text = String::new();
            for Health { endpoint, took, error } in results {
                if error.is_empty() {
                    text += &format!("{endpoint} is healthy: successfully committed proposal: took = {took}\n");
                } else {
                    crate::cli::errln!("{endpoint} is unhealthy: failed to commit proposal: {error}");
                }
            }
            text
        }
        Format::Json | Format::Yaml | Format::Jsonl => {
            let items = results.iter().map(|Health { endpoint, took, error }| {
                let mut item = String::from("{\"endpoint\":");
                json::string(&mut item, endpoint);
                item += &format!(",\"health\":{},\"took\":", error.is_empty());
                json::string(&mut item, took);
                if !error.is_empty() {
                    item += ",\"error\":";
                    json::string(&mut item, error);
                }
                item + "}"
            });
            return printer.tree(json_list(items).trim_end());
        }
        Format::Fields => {
            let mut lines = printer.fields();
            for Health { endpoint, took, error } in results {
                lines.text("Endpoint", endpoint).value("Health", error.is_empty()).value("Took", took);
                lines.value("Error", error).blank();
            }
            lines.finish()
        }
        Format::Table => {
            let row =
                |h: &Health| vec![h.endpoint.clone(), h.error.is_empty().to_string(), h.took.clone(), h.error.clone()];
            let rows: Vec<_> = results.iter().map(row).collect();
            table::draw(&["ENDPOINT", "HEALTH", "TOOK", "ERROR"], &rows)
        }
        Format::Protobuf | Format::Raw => return Err(printer.unsupported()),
    };
    printer.write(text.as_bytes())
}

/// A list of JSON values in one line; an empty one is `null`, as Go prints it.
fn json_list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { "null\n".into() } else { format!("[{}]\n", items.join(",")) }
}

async fn status(context: &Context, printer: &Printer, endpoints: Vec<String>) -> Result<(), Failure> {
    let mut answers = Vec::new();
    let mut failed = false;
    for endpoint in endpoints {
        match context.client_at(&endpoint).await?.status(StatusRequest {}).await {
            Ok(answer) => answers.push((endpoint, answer)),
            Err(error) => {
                hint::print_for(context, std::slice::from_ref(&endpoint), &error.to_string()).await;
                crate::cli::errln!("Failed to get the status of endpoint {endpoint} ({error})");
                failed = true;
            }
        }
    }
    print_status(printer, &answers)?;
    if failed { Err(Failure::silent(Exit::Error)) } else { Ok(()) }
}

const STATUS_HEADER: [&str; 16] = [
    "ENDPOINT",
    "ID",
    "VERSION",
    "STORAGE VERSION",
    "DB SIZE",
    "IN USE",
    "PERCENTAGE NOT IN USE",
    "QUOTA",
    "IS LEADER",
    "IS LEARNER",
    "RAFT TERM",
    "RAFT INDEX",
    "RAFT APPLIED INDEX",
    "ERRORS",
    "DOWNGRADE TARGET VERSION",
    "DOWNGRADE ENABLED",
];

fn print_status(printer: &Printer, answers: &[(String, StatusResponse)]) -> Result<(), Failure> {
    let rows = || answers.iter().map(|(endpoint, answer)| status_row(endpoint, answer)).collect::<Vec<_>>();
    let text = match printer.format {
        Format::Simple => rows().iter().map(|row| row.join(", ") + "\n").collect(),
        Format::Table => table::draw(&STATUS_HEADER, &rows()),
        Format::Json | Format::Yaml | Format::Jsonl => {
            let list = json_list(answers.iter().map(|(endpoint, answer)| {
                let mut item = String::from("{\"Endpoint\":");
                json::string(&mut item, endpoint);
                item + ",\"Status\":" + &json::message(answer, "etcdserverpb.StatusResponse", Ids::Decimal) + "}"
            }));
            return printer.tree(list.trim_end());
        }
        Format::Fields => {
            let mut lines = printer.fields();
            for (endpoint, answer) in answers {
                let downgrade = answer.downgrade_info.clone().unwrap_or_default();
                lines
                    .header(answer.header.as_ref())
                    .text("Version", &answer.version)
                    .text("StorageVersion", &answer.storage_version)
                    .value("DBSize", answer.db_size)
                    .value("DBSizeInUse", answer.db_size_in_use)
                    .value("DBSizeQuota", answer.db_size_quota)
                    .value("Leader", answer.leader)
                    .value("IsLearner", answer.is_learner)
                    .value("RaftIndex", answer.raft_index)
                    .value("RaftTerm", answer.raft_term)
                    .value("RaftAppliedIndex", answer.raft_applied_index)
                    .value("Errors", format_args!("[{}]", answer.errors.join(" ")))
                    .text("Endpoint", endpoint)
                    .text("DowngradeTargetVersion", &downgrade.target_version)
                    .value("DowngradeEnabled", downgrade.enabled)
                    .blank();
            }
            lines.finish()
        }
        Format::Protobuf | Format::Raw => return Err(printer.unsupported()),
    };
    printer.write(text.as_bytes())
}

fn status_row(endpoint: &str, answer: &StatusResponse) -> Vec<String> {
    let bytes = |value: i64| u64::try_from(value).unwrap_or(0);
    let member = answer.header.as_ref().map_or(0, |header| header.member_id);
    let (total, in_use) = (bytes(answer.db_size), bytes(answer.db_size_in_use));
    // An empty database has nothing that could be in use.
    let percentage = (in_use * 100).checked_div(total).map_or(0, |used| 100_i64.saturating_sub_unsigned(used));
    let downgrade = answer.downgrade_info.clone().unwrap_or_default();
    vec![
        endpoint.to_owned(),
        format!("{member:x}"),
        answer.version.clone(),
        answer.storage_version.clone(),
        size(total),
        size(in_use),
        format!("{percentage}%"),
        size(bytes(answer.db_size_quota)),
        (answer.leader == member).to_string(),
        answer.is_learner.to_string(),
        answer.raft_term.to_string(),
        answer.raft_index.to_string(),
        answer.raft_applied_index.to_string(),
        answer.errors.join(", "),
        downgrade.target_version,
        downgrade.enabled.to_string(),
    ]
}

async fn hash_kv(context: &Context, printer: &Printer, endpoints: Vec<String>, revision: i64) -> Result<(), Failure> {
    let mut answers = Vec::new();
    let mut failure = None;
    for endpoint in endpoints {
        match context.client_at(&endpoint).await?.hash_kv(HashKvRequest { revision }).await {
            Ok(answer) => answers.push((endpoint, answer)),
            Err(error) => {
                crate::cli::errln!("Failed to get the hash of endpoint {endpoint} ({error})");
                failure = Some(error);
            }
        }
    }
    print_hash(printer, &answers)?;
    failure.map_or(Ok(()), |error| Err(error.into()))
}

fn print_hash(printer: &Printer, answers: &[(String, HashKvResponse)]) -> Result<(), Failure> {
    let row = |(endpoint, answer): &(String, HashKvResponse)| {
        vec![endpoint.clone(), answer.hash.to_string(), answer.hash_revision.to_string()]
    };
    let text = match printer.format {
        Format::Simple => answers.iter().map(|answer| row(answer).join(", ") + "\n").collect(),
        Format::Table => {
            table::draw(&["ENDPOINT", "HASH", "HASH REVISION"], &answers.iter().map(row).collect::<Vec<_>>())
        }
        Format::Json | Format::Yaml | Format::Jsonl => {
            let list = json_list(answers.iter().map(|(endpoint, answer)| {
                let mut item = String::from("{\"Endpoint\":");
                json::string(&mut item, endpoint);
                item + ",\"HashKV\":" + &json::message(answer, "etcdserverpb.HashKVResponse", Ids::Decimal) + "}"
            }));
            return printer.tree(list.trim_end());
        }
        Format::Fields => {
            let mut lines = printer.fields();
            for (endpoint, answer) in answers {
                lines
                    .header(answer.header.as_ref())
                    .text("Endpoint", endpoint)
                    .value("Hash", answer.hash)
                    .value("HashRevision", answer.hash_revision)
                    .blank();
            }
            lines.finish()
        }
        Format::Protobuf | Format::Raw => return Err(printer.unsupported()),
    };
    printer.write(text.as_bytes())
}
