//! The rules across settings, in etcd's order and words, and what settings become when they hold.

use std::{
    net::{IpAddr, UdpSocket},
    path::PathBuf,
    time::Duration,
};

use super::{
    duration::DurationError,
    features::{GATES, LEASE_CHECKPOINT, LEASE_CHECKPOINT_PERSIST, Support},
    flags::{CLIENT_URL, INITIAL_CLUSTER, PEER_URL, Status},
    note::Note,
    server::{
        Adopt, AutoCompaction, BCRYPT_COST_DEFAULT, ClusterState, QUOTA_RECOMMENDED_BYTES, Quota, ServerConfig,
        SurfaceConfig,
    },
    settings::{Settings, Source},
    url::{Scheme, Url},
    value::Value,
};
use crate::telemetry::{
    duration::GoDuration,
    log::{Format, Level, LogOptions, Output},
    os_error,
};
use crate::tls::{TlsSettings, Version};

/// Settings that hold.
pub struct Config {
    pub server: ServerConfig,
    pub surface: SurfaceConfig,
    /// To be logged.
    pub notes: Vec<Note>,
}

/// A broken rule. All of them end the process with exit code 1, but an unknown log level.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    #[error("multi logoutput for \"default\" is not supported yet")]
    MultiLogOutput,
    #[error("unknown logger option {0:?}")]
    Logger(String),
    #[error("--logger=capnslog is removed in v3.5")]
    Capnslog,
    #[error("unknown log format: {0}, supported values json, console")]
    LogFormat(String),
    /// etcd panics: one line on stderr, exit 2.
    #[error("unrecognized level: {0:?}")]
    LogLevel(String),
    #[error("v2 proxy is deprecated, and --discovery-fallback can't be configured as \"proxy\"")]
    DiscoveryFallback,
    #[error("expected IP in URL for binding ({0})")]
    Bind(String),
    #[error("--initial-advertise-peer-urls {urls:?} must be \"host:port\" ({cause})")]
    AdvertisePeer { urls: String, cause: String },
    #[error(
        "--advertise-client-urls {urls:?} must be in the format \"host:port\", \"unix:/path/to/socket\" or \"unixs:/path/to/socket\" ({cause})"
    )]
    AdvertiseClient { urls: String, cause: String },
    #[error("--heartbeat-interval must be >0 (set to 0ms)")]
    HeartbeatZero,
    #[error("--election-timeout must be >0 (set to 0ms)")]
    ElectionZero,
    #[error("--election-timeout[{election}ms] should be at least as 5 times as --heartbeat-interval[{heartbeat}ms]")]
    ElectionShort { election: u64, heartbeat: u64 },
    #[error("--election-timeout[{0}ms] is too long, and should be set less than 50000ms")]
    ElectionLong(u64),
    #[error("--advertise-client-urls is required when --listen-client-urls is set explicitly")]
    AdvertiseMissing,
    #[error("undefined auto-compaction-mode")]
    CompactionModeEmpty,
    #[error("unknown auto-compaction-mode {0:?}")]
    CompactionMode(String),
    #[error("enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint")]
    CheckpointGates,
    #[error("error parsing CompactionRetention: {0}")]
    CompactionRetention(DurationError),
    #[error("--compact-hash-check-time must be >0 (set to {0})")]
    CompactHashTime(GoDuration),
    #[error("unexpected TLS version {0:?} (must be one of: TLS1.2, TLS1.3)")]
    TlsVersion(String),
    #[error("min version ({0}) is greater than max version ({1})")]
    TlsOrder(String, String),
    #[error("cipher suites cannot be configured when only TLS1.3 is enabled")]
    TlsSuites,
    #[error("--{flag} is not supported by rsetcd yet (set to {value:?})")]
    NotYet { flag: &'static str, value: String },
    #[error("feature gate {gate} is not supported by rsetcd yet (set to {value})")]
    GateNotYet { gate: &'static str, value: bool },
    #[error("unix sockets are not supported by rsetcd yet (--{flag} {url})")]
    UnixNotYet { flag: &'static str, url: String },
}

/// How to log. Checked before all else, so that everything else can be logged that way.
///
/// # Errors
/// Outputs, format or level that etcd refuses, or that are not there yet.
pub fn logging(settings: &Settings) -> Result<LogOptions, CheckError> {
    match settings.text("logger") {
        "zap" => {}
        "capnslog" => return Err(CheckError::Capnslog),
        other => return Err(CheckError::Logger(other.to_owned())),
    }
    let words = settings.words("log-outputs");
    if words.len() > 1 && words.iter().any(|word| word == "default") {
        return Err(CheckError::MultiLogOutput);
    }
    let mut outputs = Vec::new();
    for word in words {
        match word.as_str() {
            "default" | "stderr" => outputs.push(Output::Stderr),
            "stdout" => outputs.push(Output::Stdout),
            "systemd/journal" => return Err(CheckError::NotYet { flag: "log-outputs", value: word.clone() }),
            path => outputs.push(Output::File(PathBuf::from(path))),
        }
    }
    if words.iter().any(|word| word == "/dev/null") {
        outputs = Vec::new();
    }
    let format = match settings.text("log-format") {
        "json" => Format::Json,
        "console" => Format::Console,
        other => return Err(CheckError::LogFormat(other.to_owned())),
    };
    let level = settings.text("log-level");
    let level = Level::parse(level).ok_or_else(|| CheckError::LogLevel(level.to_owned()))?;
    Ok(LogOptions { level, format, outputs })
}

/// Holds the settings against the rules and turns them into data.
///
/// # Errors
/// The first rule that is broken, in etcd's order; behind those, features that rsetcd does not have yet.
pub fn check(mut settings: Settings, mut notes: Vec<Note>) -> Result<Config, CheckError> {
    if settings.text("discovery-fallback") == "proxy" {
        return Err(CheckError::DiscoveryFallback);
    }
    // Only flags and environment lose the default; a file keeps it.
    if settings.is_set("listen-client-urls")
        && settings.source("listen-client-urls") != Source::File
        && !settings.is_set("advertise-client-urls")
    {
        settings.set("advertise-client-urls", Value::Urls(Vec::new()), Source::Default);
    }
    check_urls(&settings, &mut notes)?;
    check_timing(&settings)?;
    if settings.urls("advertise-client-urls").is_empty() {
        return Err(CheckError::AdvertiseMissing);
    }
    check_modes(&settings, &mut notes)?;
    let auto_compaction = auto_compaction(&settings).map_err(CheckError::CompactionRetention)?;
    check_support(&settings, &mut notes)?;
    detect_host(&mut settings, &mut notes);
    name_cluster(&mut settings);
    let server = ServerConfig { auto_compaction, ..server(&settings, &mut notes) };
    Ok(Config { server, surface: surface(&settings), notes })
}

const BOUND: [&str; 4] = ["listen-peer-urls", "listen-client-urls", "listen-client-http-urls", "listen-metrics-urls"];

fn check_urls(settings: &Settings, notes: &mut Vec<Note>) -> Result<(), CheckError> {
    for flag in BOUND {
        if let Some(url) = settings.urls(flag).iter().find(|url| !url.is_bindable()) {
            return Err(CheckError::Bind(url.to_string()));
        }
        if flag == "listen-client-http-urls" && settings.urls(flag).is_empty() {
            notes.push(Note::SinglePort);
        }
    }
    let (urls, cause) = advertised(settings.urls("initial-advertise-peer-urls"));
    if let Some(cause) = cause {
        return Err(CheckError::AdvertisePeer { urls, cause });
    }
    let (urls, cause) = advertised(settings.urls("advertise-client-urls"));
    if let Some(cause) = cause {
        return Err(CheckError::AdvertiseClient { urls, cause });
    }
    Ok(())
}

/// The URLs as one text, and what is wrong with the first bad one.
fn advertised(urls: &[Url]) -> (String, Option<String>) {
    let text = urls.iter().map(Url::as_str).collect::<Vec<_>>().join(",");
    let bad = urls.iter().find(|url| matches!(url.scheme(), Scheme::Http | Scheme::Https) && url.host().is_empty());
    (text, bad.map(|url| format!("unexpected empty host ({url})")))
}

fn check_timing(settings: &Settings) -> Result<(), CheckError> {
    let heartbeat = settings.uint("heartbeat-interval");
    let election = settings.uint("election-timeout");
    if heartbeat == 0 {
        return Err(CheckError::HeartbeatZero);
    }
    if election == 0 {
        return Err(CheckError::ElectionZero);
    }
    if heartbeat.saturating_mul(5) > election {
        return Err(CheckError::ElectionShort { election, heartbeat });
    }
    if election > 50_000 {
        return Err(CheckError::ElectionLong(election));
    }
    Ok(())
}

fn check_modes(settings: &Settings, notes: &mut Vec<Note>) -> Result<(), CheckError> {
    match settings.text("auto-compaction-mode") {
        "periodic" | "revision" => {}
        "" => return Err(CheckError::CompactionModeEmpty),
        other => return Err(CheckError::CompactionMode(other.to_owned())),
    }
    let gates = settings.gates();
    if gates.is_on(LEASE_CHECKPOINT_PERSIST) && !gates.is_on(LEASE_CHECKPOINT) {
        return Err(CheckError::CheckpointGates);
    }
    if gates.is_on(LEASE_CHECKPOINT) && !gates.is_on(LEASE_CHECKPOINT_PERSIST) {
        notes.push(Note::CheckpointsNotPersisted);
    }
    let period = settings.duration("compact-hash-check-time");
    if period <= 0 {
        return Err(CheckError::CompactHashTime(GoDuration(period)));
    }
    let (least, most) = (settings.text("tls-min-version"), settings.text("tls-max-version"));
    for version in [least, most] {
        if !matches!(version, "" | "TLS1.2" | "TLS1.3") {
            return Err(CheckError::TlsVersion(version.to_owned()));
        }
    }
    if !most.is_empty() && least > most {
        return Err(CheckError::TlsOrder(least.to_owned(), most.to_owned()));
    }
    if least == "TLS1.3" && settings.words("cipher-suites").iter().any(|name| !name.is_empty()) {
        return Err(CheckError::TlsSuites);
    }
    Ok(())
}

/// Refuses what is not there yet and tells of what has no effect.
fn check_support(settings: &Settings, notes: &mut Vec<Note>) -> Result<(), CheckError> {
    if let Some((flag, value)) = settings.changed(|status| status == Status::NotYet).next() {
        return Err(CheckError::NotYet { flag: flag.name, value: shown(value) });
    }
    for flag in BOUND {
        if let Some(url) = settings.urls(flag).iter().find(|url| matches!(url.scheme(), Scheme::Unix | Scheme::Unixs)) {
            return Err(CheckError::UnixNotYet { flag, url: url.to_string() });
        }
    }
    for gate in &GATES {
        let value = settings.gates().is_enabled(gate);
        match gate.support {
            Support::Group => {}
            Support::Works => {}
            _ if value == gate.default => {}
            Support::NotYet => return Err(CheckError::GateNotYet { gate: gate.name, value }),
            Support::NoMeaning(reason) => {
                notes.push(Note::NoMeaning { setting: format!("--feature-gates {}={value}", gate.name), reason });
            }
        }
    }
    for (flag, value) in settings.changed(|status| matches!(status, Status::NoMeaning(_))) {
        match flag.status {
            _ if flag.name == "v2-deprecation" => notes.push(Note::V2Deprecation),
            Status::NoMeaning(reason) => {
                notes.push(Note::NoMeaning { setting: format!("--{}={}", flag.name, shown(value)), reason });
            }
            Status::Works | Status::NotYet | Status::Ignored => {}
        }
    }
    Ok(())
}

/// A value as one would type it.
fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Duration(nanos) => GoDuration(*nanos).to_string(),
        Value::Urls(urls) => urls.iter().map(Url::as_str).collect::<Vec<_>>().join(","),
        Value::Words(words) => words.join(","),
        Value::Gates(gates) => gates.to_string(),
    }
}

/// Advertised URLs that are still the default, while the listener is on all addresses, get the host's own address.
fn detect_host(settings: &mut Settings, notes: &mut Vec<Note>) {
    for (advertise, listen, default) in [
        ("initial-advertise-peer-urls", "listen-peer-urls", PEER_URL),
        ("advertise-client-urls", "listen-client-urls", CLIENT_URL),
    ] {
        let Some(first) = settings.urls(listen).first().filter(|url| url.host() == "0.0.0.0").cloned() else {
            continue;
        };
        if !matches!(settings.urls(advertise), [url] if url.as_str() == default) {
            continue;
        }
        match default_route_address() {
            Ok(host) => {
                settings.set(advertise, Value::Urls(vec![first.with_host(host)]), Source::Default);
                notes.push(Note::HostDetected { host: host.to_string() });
            }
            Err(error) => notes.push(Note::HostNotDetected { error: os_error::text(&error) }),
        }
    }
}

/// The address that this machine uses for hosts far away. Nothing is sent: connecting a datagram socket only asks
/// the routing table.
fn default_route_address() -> std::io::Result<IpAddr> {
    let ask = |own: &str, far: &str| {
        let socket = UdpSocket::bind(own)?;
        socket.connect(far)?;
        socket.local_addr().map(|address| address.ip())
    };
    ask("0.0.0.0:0", "192.0.2.1:9").or_else(|_| ask("[::]:0", "[2001:db8::1]:9"))
}

/// With another name, the default of the initial cluster follows name and peer URLs.
fn name_cluster(settings: &mut Settings) {
    let name = settings.text("name");
    if settings.text("initial-cluster") == INITIAL_CLUSTER && name != "default" {
        let urls = settings.urls("initial-advertise-peer-urls").iter();
        let cluster = urls.map(|url| format!("{name}={url}")).collect::<Vec<_>>().join(",");
        settings.set("initial-cluster", Value::Text(cluster), Source::Default);
    }
}

/// A century: a deadline that far ahead still fits the clock.
const TOKEN_TTL_MAX_SECONDS: u64 = 100 * 365 * 86_400;
/// The two flags of automatic compaction. A plain number is hours or revisions; a duration counts in revision mode too,
/// by its nanoseconds.
///
/// # Errors
/// The retention is neither.
fn auto_compaction(settings: &Settings) -> Result<Option<AutoCompaction>, DurationError> {
    let text = settings.text("auto-compaction-retention");
    let is_periodic = settings.text("auto-compaction-mode") == "periodic";
    let amount = match text.parse::<i64>() {
        Ok(hours) if hours >= 0 && is_periodic => hours.saturating_mul(3_600_000_000_000),
        Ok(revisions) if revisions >= 0 => revisions,
        _ => super::duration::parse(text)?,
    };
    Ok((amount > 0).then(|| match is_periodic {
        true => AutoCompaction::Periodic(duration(amount)),
        false => AutoCompaction::Revisions(amount),
    }))
}

fn server(settings: &Settings, notes: &mut Vec<Note>) -> ServerConfig {
    let name = settings.text("name").to_owned();
    if !settings.is_set("name") {
        notes.push(Note::NameDefault { name: name.clone() });
    }
    let data_dir = match settings.text("data-dir") {
        "" => {
            let data_dir = format!("{name}.etcd");
            notes.push(Note::DataDirDefault { data_dir: data_dir.clone() });
            data_dir
        }
        path => path.to_owned(),
    };
    let max_request_bytes = settings.uint("max-request-bytes");
    if max_request_bytes > 10 << 20 {
        notes.push(Note::RequestLimitHigh { bytes: max_request_bytes });
    }
    let quota = settings.int("quota-backend-bytes");
    if u64::try_from(quota).is_ok_and(|bytes| bytes > QUOTA_RECOMMENDED_BYTES) {
        notes.push(Note::QuotaHigh { bytes: quota });
    }
    let given_cost = settings.uint("bcrypt-cost");
    let bcrypt_cost = match u32::try_from(given_cost) {
        Ok(cost @ 4..=31) => cost,
        _ => {
            notes.push(Note::BcryptCost { given: given_cost });
            BCRYPT_COST_DEFAULT
        }
    };
    let progress = match settings.duration("watch-progress-notify-interval") {
        0 => Duration::from_secs(600),
        nanos => duration(nanos).max(Duration::from_millis(100)),
    };
    ServerConfig {
        data_dir: PathBuf::from(data_dir),
        dedicated_wal_dir: Some(settings.text("wal-dir")).filter(|path| !path.is_empty()).map(PathBuf::from),
        adopt: match settings.text("adopt") {
            "never" => Adopt::Never,
            _ => Adopt::Auto,
        },
        snapshot_count: non_zero(settings.uint("snapshot-count"), 10_000),
        snapshot_catchup_entries: non_zero(settings.uint("snapshot-catchup-entries"), 5_000),
        heartbeat_ms: settings.uint("heartbeat-interval"),
        election_ms: settings.uint("election-timeout"),
        initial_election_tick_advance: settings.bool("initial-election-tick-advance"),
        advertise_peer_urls: settings.urls("initial-advertise-peer-urls").to_vec(),
        advertise_client_urls: settings.urls("advertise-client-urls").to_vec(),
        initial_cluster: settings.text("initial-cluster").to_owned(),
        initial_cluster_token: settings.text("initial-cluster-token").to_owned(),
        initial_cluster_state: match settings.text("initial-cluster-state") {
            "existing" => ClusterState::Existing,
            _ => ClusterState::New,
        },
        pre_vote: settings.bool("pre-vote"),
        quota: Quota::from_flag(quota),
        max_txn_ops: size(settings.uint("max-txn-ops")),
        max_request_bytes: size(max_request_bytes),
        max_wals: size(settings.uint("max-wals")),
        max_snapshots: size(settings.uint("max-snapshots")),
        max_learners: usize::try_from(settings.int("max-learners")).unwrap_or(0),
        auto_compaction: None,
        downgrade_check: positive(settings.duration("downgrade-check-time"), Duration::from_secs(5)),
        strict_reconfig: settings.bool("strict-reconfig-check"),
        commit_interval: positive(settings.duration("backend-batch-interval"), Duration::from_millis(100)),
        commit_changes_max: usize::try_from(settings.int("backend-batch-limit"))
            .map_or(10_000, |n| non_zero(n, 10_000)),
        compaction_batch_limit: usize::try_from(settings.int("compaction-batch-limit"))
            .map_or(1_000, |n| non_zero(n, 1_000)),
        compaction_sleep: positive(settings.duration("compaction-sleep-interval"), Duration::from_millis(10)),
        bootstrap_defrag_threshold_bytes: settings.uint("bootstrap-defrag-threshold-megabytes").saturating_mul(1 << 20),
        watch_progress_interval: progress,
        warning_apply: duration(settings.duration("warning-apply-duration")),
        warning_unary_request: positive(
            settings.duration("warning-unary-request-duration"),
            Duration::from_millis(300),
        ),
        auth_token: settings.text("auth-token").to_owned(),
        auth_token_ttl: Duration::from_secs(non_zero(settings.uint("auth-token-ttl"), 300).min(TOKEN_TTL_MAX_SECONDS)),
        bcrypt_cost,
        unsafe_no_fsync: settings.bool("unsafe-no-fsync"),
        features: settings.gates().clone(),
        name,
    }
}

fn surface(settings: &Settings) -> SurfaceConfig {
    SurfaceConfig {
        listen_peer_urls: settings.urls("listen-peer-urls").to_vec(),
        listen_client_urls: settings.urls("listen-client-urls").to_vec(),
        listen_client_http_urls: settings.urls("listen-client-http-urls").to_vec(),
        listen_metrics_urls: settings.urls("listen-metrics-urls").to_vec(),
        client_tls: client_tls(settings),
        max_concurrent_streams: u32::try_from(settings.uint("max-concurrent-streams")).unwrap_or(u32::MAX),
        keepalive_min_time: positive(settings.duration("grpc-keepalive-min-time"), Duration::from_secs(300)),
        keepalive_interval: positive(settings.duration("grpc-keepalive-interval"), Duration::from_secs(7_200)),
        keepalive_timeout: positive(settings.duration("grpc-keepalive-timeout"), Duration::from_secs(20)),
        reuse_port: settings.bool("socket-reuse-port"),
        cors: settings.words("cors").to_vec(),
        host_whitelist: settings.words("host-whitelist").to_vec(),
        extensive_metrics: settings.text("metrics") == "extensive",
    }
}

fn client_tls(settings: &Settings) -> TlsSettings {
    let file = |name| Some(settings.text(name)).filter(|path| !path.is_empty()).map(PathBuf::from);
    TlsSettings {
        cert_file: file("cert-file"),
        key_file: file("key-file"),
        trusted_ca_file: file("trusted-ca-file"),
        client_cert_auth: settings.bool("client-cert-auth"),
        crl_file: file("client-crl-file"),
        allowed_hostnames: settings.words("client-cert-allowed-hostname").to_vec(),
        cipher_suites: settings.words("cipher-suites").iter().filter(|name| !name.is_empty()).cloned().collect(),
        version_min: tls_version(settings.text("tls-min-version")).unwrap_or_default(),
        version_max: tls_version(settings.text("tls-max-version")),
    }
}

/// Of a text that was checked.
fn tls_version(text: &str) -> Option<Version> {
    match text {
        "TLS1.2" => Some(Version::Tls12),
        "TLS1.3" => Some(Version::Tls13),
        _ => None,
    }
}

fn non_zero<T: Default + PartialEq>(value: T, otherwise: T) -> T {
    if value == T::default() { otherwise } else { value }
}

fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// Negative durations are none at all.
fn duration(nanos: i64) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
}

fn positive(nanos: i64, otherwise: Duration) -> Duration {
    if nanos > 0 { duration(nanos) } else { otherwise }
}

#[cfg(test)]
mod tests;
