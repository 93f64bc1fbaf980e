//! `/health`, and the checks behind `/livez` and `/readyz`.

use std::{fmt::Write, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{Method, Response, StatusCode},
};
use tracing::{debug, warn};

use super::{HttpDeps, reply};
use crate::{pb::etcdserverpb::AlarmType, telemetry::metrics::server as metrics};

/// `/health`: alarms first, then the leader, then a read.
pub async fn health(State(deps): State<Arc<HttpDeps>>, method: Method, RawQuery(query): RawQuery) -> Response<Body> {
    if let Some(refusal) = reply::only_get(&method) {
        return refusal;
    }
    let query = Query::parse(query.as_deref());
    let is_serializable = query.first("serializable") == Some("true");
    match unhealthy(&deps, &query, is_serializable).await {
        None => {
            metrics::HEALTH_SUCCESS.inc();
            debug!("status-code" = 200, "/health OK");
            reply::page(StatusCode::OK, reply::PLAIN_TEXT, "{\"health\":\"true\",\"reason\":\"\"}")
        }
        Some(reason) => {
            metrics::HEALTH_FAILURES.inc();
            let reason = serde_json::to_string(&reason).unwrap_or_default();
            let body = format!("{{\"health\":\"false\",\"reason\":{reason}}}");
            warn!(output = body, "status-code" = 503, "/health error");
            reply::text(StatusCode::SERVICE_UNAVAILABLE, body + "\n")
        }
    }
}

/// Why the member is not healthy.
async fn unhealthy(deps: &HttpDeps, query: &Query, is_serializable: bool) -> Option<String> {
    for alarm in (deps.alarms)() {
        let name = match alarm {
            AlarmType::Nospace => "NOSPACE",
            AlarmType::Corrupt => "CORRUPT",
            AlarmType::None => "UNKNOWN",
        };
        if !query.all("exclude").any(|excluded| excluded == name) {
            return Some(format!("ALARM {name}"));
        }
    }
    if !is_serializable && !(deps.has_leader)() {
        return Some("RAFT NO LEADER".to_owned());
    }
    let read = if is_serializable { (deps.serializable_read)() } else { (deps.linearizable_read)() };
    match tokio::time::timeout(deps.request_timeout, read).await {
        Ok(Ok(())) => None,
        Ok(Err(text)) => Some(format!("RANGE ERROR:{text}")),
        Err(_) => Some("RANGE ERROR:etcdserver: request timed out".to_owned()),
    }
}

/// One of the conditions of `/livez` and `/readyz`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    DataCorruption,
    SerializableRead,
    LinearizableRead,
    NonLearner,
}

const LIVEZ: &[Check] = &[Check::SerializableRead];
const READYZ: &[Check] = &[Check::DataCorruption, Check::SerializableRead, Check::LinearizableRead, Check::NonLearner];

impl Check {
    fn name(self) -> &'static str {
        match self {
            Self::DataCorruption => "data_corruption",
            Self::SerializableRead => "serializable_read",
            Self::LinearizableRead => "linearizable_read",
            Self::NonLearner => "non_learner",
        }
    }

    async fn run(self, deps: &HttpDeps) -> Result<(), String> {
        match self {
            Self::DataCorruption if (deps.alarms)().contains(&AlarmType::Corrupt) => {
                Err("alarm activated: CORRUPT".to_owned())
            }
            Self::SerializableRead => (deps.serializable_read)().await,
            Self::LinearizableRead => (deps.linearizable_read)().await,
            Self::NonLearner if (deps.is_learner)() => Err("not supported for learner".to_owned()),
            Self::DataCorruption | Self::NonLearner => Ok(()),
        }
    }
}

pub async fn livez(State(deps): State<Arc<HttpDeps>>, method: Method, RawQuery(query): RawQuery) -> Response<Body> {
    root(&deps, &method, query.as_deref(), "livez", LIVEZ).await
}

pub async fn readyz(State(deps): State<Arc<HttpDeps>>, method: Method, RawQuery(query): RawQuery) -> Response<Body> {
    root(&deps, &method, query.as_deref(), "readyz", READYZ).await
}

pub async fn livez_one(
    State(deps): State<Arc<HttpDeps>>,
    Path(check): Path<String>,
    method: Method,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    one(&deps, &check, &method, query.as_deref(), "livez", LIVEZ).await
}

pub async fn readyz_one(
    State(deps): State<Arc<HttpDeps>>,
    Path(check): Path<String>,
    method: Method,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    one(&deps, &check, &method, query.as_deref(), "readyz", READYZ).await
}

/// All checks but those excluded.
async fn root(
    deps: &HttpDeps,
    method: &Method,
    query: Option<&str>,
    kind: &'static str,
    checks: &[Check],
) -> Response<Body> {
    if let Some(refusal) = reply::only_get(method) {
        return refusal;
    }
    let query = Query::parse(query);
    let is_excluded = |check: &&Check| query.all("exclude").any(|name| name == check.name());
    let unknown: Vec<&str> =
        query.all("exclude").filter(|name| !checks.iter().any(|check| check.name() == *name)).collect();
    if !unknown.is_empty() {
        warn!("exclude" = unknown.join(", "), path = kind, "some health checks cannot be excluded");
    }
    let wanted: Vec<Check> = checks.iter().filter(|check| !is_excluded(check)).copied().collect();
    answer(deps, kind, &wanted, query.has("verbose")).await
}

async fn one(
    deps: &HttpDeps,
    name: &str,
    method: &Method,
    query: Option<&str>,
    kind: &'static str,
    checks: &[Check],
) -> Response<Body> {
    let Some(check) = checks.iter().find(|check| check.name() == name) else { return reply::not_found() };
    if let Some(refusal) = reply::only_get(method) {
        return refusal;
    }
    answer(deps, kind, &[*check], Query::parse(query).has("verbose")).await
}

async fn answer(deps: &HttpDeps, kind: &'static str, checks: &[Check], is_verbose: bool) -> Response<Body> {
    let (mut lines, mut failed) = (String::new(), false);
    for check in checks {
        let result = check.run(deps).await;
        let status = if result.is_ok() { "success" } else { "error" };
        metrics::HEALTHCHECK.with_label_values(&[kind, check.name()]).set(i64::from(result.is_ok()));
        metrics::HEALTHCHECKS.with_label_values(&[kind, check.name(), status]).inc();
        let _ = match &result {
            Ok(()) => writeln!(lines, "[+]{} ok", check.name()),
            Err(text) => writeln!(lines, "[-]{} failed: {text}", check.name()),
        };
        failed |= result.is_err();
    }
    if failed {
        warn!(path = kind, output = lines, "status-code" = 503, "health check failed");
        return reply::text(StatusCode::SERVICE_UNAVAILABLE, lines + "\n");
    }
    reply::text(StatusCode::OK, if is_verbose { lines + "ok\n" } else { "ok\n".to_owned() })
}

/// The pairs of a query string.
struct Query(Vec<(String, String)>);

impl Query {
    fn parse(query: Option<&str>) -> Self {
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(key, value)| (unescape(key), unescape(value)))
                .collect(),
        )
    }

    fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(name, value)| name == key && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    fn first(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    fn has(&self, key: &str) -> bool {
        self.first(key).is_some()
    }
}

/// `%41` and `+` as in query strings; what is broken stays as it is.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
