//! `/debug/vars`: how the process was started and how raft stands.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, Method, Response, StatusCode},
};
use serde::Serialize;

use super::{HttpDeps, reply};
use crate::telemetry::metrics;

/// Raft's state. Ids are hexadecimal texts.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RaftStatus {
    pub id: String,
    pub term: u64,
    /// The member voted for in this term; `0` for none.
    pub vote: String,
    pub commit: u64,
    /// `0` for none.
    pub lead: String,
    /// `StateLeader`, `StateFollower`, `StateCandidate` or `StatePreCandidate`.
    #[serde(rename = "raftState")]
    pub raft_state: String,
    pub applied: u64,
    /// By member id; on the leader only.
    pub progress: BTreeMap<String, Progress>,
    /// `0` for none.
    pub leadtransferee: String,
}

/// How far a follower is, as the leader knows it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Progress {
    #[serde(rename = "match")]
    pub matched: u64,
    pub next: u64,
    /// `StateProbe`, `StateReplicate` or `StateSnapshot`.
    pub state: String,
}

#[derive(Serialize)]
struct Vars {
    cmdline: Vec<String>,
    file_descriptor_limit: u64,
    memstats: MemStats,
    #[serde(rename = "raft.status")]
    raft_status: RaftStatus,
}

/// Of Go's memory statistics only the one that has a meaning here: bytes taken from the system.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MemStats {
    sys: u64,
}

pub async fn vars(State(deps): State<Arc<HttpDeps>>, method: Method) -> Response<Body> {
    if let Some(refusal) = reply::only_get(&method) {
        return refusal;
    }
    let vars = Vars {
        cmdline: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
        file_descriptor_limit: rustix::process::getrlimit(rustix::process::Resource::Nofile)
            .current
            .unwrap_or(u64::MAX),
        memstats: MemStats { sys: metrics::resident_bytes().unwrap_or(0) },
        raft_status: (deps.raft_status)(),
    };
    let body = serde_json::to_vec(&vars).expect("plain data always has a JSON form");
    reply::page(StatusCode::OK, HeaderValue::from_static("application/json; charset=utf-8"), body)
}
