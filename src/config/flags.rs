//! The flags of `rsetcd`, once: the command line, the environment, the configuration file and the help text are all
//! made from this table. Names, kinds and defaults are etcd 3.7's.

use super::value::Kind;

/// One flag.
pub struct Flag {
    pub name: &'static str,
    pub group: Group,
    pub kind: Kind,
    /// Text of the default; empty means nothing, zero or off by kind.
    pub default: &'static str,
    pub status: Status,
    /// For the help text. Empty for flags that help leaves out.
    pub help: &'static str,
}

/// What a flag does here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Works,
    /// The feature does not exist yet: anything but the default stops the start.
    NotYet,
    /// Accepted; a value other than the default draws one warning with this reason.
    NoMeaning(&'static str),
    /// Accepted without a word, as in etcd.
    Ignored,
}

/// The sections of the help text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Member,
    Clustering,
    Security,
    Auth,
    Profiling,
    Logging,
    Tracing,
    Features,
    Unsafe,
    Ignored,
}

impl Group {
    /// In the order of the help text.
    pub const ALL: [Self; 9] = [
        Self::Member,
        Self::Clustering,
        Self::Security,
        Self::Auth,
        Self::Profiling,
        Self::Logging,
        Self::Tracing,
        Self::Features,
        Self::Unsafe,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Clustering => "Clustering",
            Self::Security => "Security",
            Self::Auth => "Auth",
            Self::Profiling => "Profiling and monitoring",
            Self::Logging => "Logging",
            Self::Tracing => "Distributed tracing",
            Self::Features => "Features and tuning",
            Self::Unsafe => "Unsafe",
            Self::Ignored => "Ignored",
        }
    }
}

/// Position of a flag in [`FLAGS`].
pub fn find(name: &str) -> Option<usize> {
    FLAGS.iter().position(|flag| flag.name == name)
}

/// The default of listen and advertise peer URLs.
pub const PEER_URL: &str = "http://localhost:2380";
/// The default of listen and advertise client URLs.
pub const CLIENT_URL: &str = "http://localhost:2379";
/// The default of `--initial-cluster`.
pub const INITIAL_CLUSTER: &str = "default=http://localhost:2380";
/// The default of `--log-rotation-config-json`.
const ROTATION: &str = r#"{"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}"#;

const MAX_STREAMS: &str = "4294967295";
const NO_BBOLT: &str = "the backend is LMDB";
const NO_DIALLING: &str = "the server does not connect to itself";
const NO_GO: &str = "there is no Go runtime to profile";

use Group::{Auth, Clustering, Features, Ignored, Logging, Member, Profiling, Security, Tracing, Unsafe};
use Kind::{Bool, Choice, Duration, Gates, Int, Origins, Text, Uint, Urls, Words};
use Status::{NoMeaning, NotYet, Works};

const fn flag(
    group: Group,
    name: &'static str,
    kind: Kind,
    default: &'static str,
    status: Status,
    help: &'static str,
) -> Flag {
    Flag { name, group, kind, default, status, help }
}

const fn ignored(name: &'static str) -> Flag {
    Flag { name, group: Ignored, kind: Kind::Ignored, default: "", status: Status::Ignored, help: "" }
}

#[rustfmt::skip]
pub static FLAGS: &[Flag] = &[
    flag(Member, "name", Text, "default", Works, "Name of this member, for people"),
    flag(Member, "data-dir", Text, "", Works, "Directory of all state; by default the name followed by '.etcd'"),
    flag(Member, "wal-dir", Text, "", Works, "Directory of the write-ahead log; by default inside the data directory"),
    flag(Member, "adopt", Choice(&["auto", "never"]), "auto", Works, "What to do with a data directory of etcd: take it over (auto), or refuse to start (never); rsetcd alone has this flag"),
    flag(Member, "snapshot-count", Uint(64), "10000", Works, "Applied entries between two raft snapshots on disk"),
    flag(Member, "heartbeat-interval", Uint(64), "100", Works, "Milliseconds between two heartbeats of the leader"),
    flag(Member, "election-timeout", Uint(64), "1000", Works, "Milliseconds without a leader before an election"),
    flag(Member, "initial-election-tick-advance", Bool, "true", Works, "Shorten the wait for the first election after a start"),
    flag(Member, "listen-peer-urls", Urls, PEER_URL, Works, "URLs to listen on for other members"),
    flag(Member, "listen-client-urls", Urls, CLIENT_URL, Works, "URLs to listen on for clients: gRPC, and HTTP unless the next flag is given"),
    flag(Member, "listen-client-http-urls", Urls, "", Works, "URLs to listen on for HTTP alone; then the client URLs serve gRPC alone"),
    flag(Member, "max-snapshots", Uint(64), "5", Works, "Raft snapshot files to keep, 0 for all (deprecated in etcd)"),
    flag(Member, "max-wals", Uint(64), "5", Works, "WAL segments to keep, 0 for all"),
    flag(Member, "memory-mlock", Bool, "false", NotYet, "Lock the database's pages in memory"),
    flag(Member, "quota-backend-bytes", Int, "0", Works, "Bytes of database above which writes are refused; 0 for 2 GiB, negative for no limit"),
    flag(Member, "backend-bbolt-freelist-type", Text, "", NoMeaning(NO_BBOLT), "Free list of bbolt: map or array"),
    flag(Member, "backend-batch-interval", Duration, "", Works, "Longest time between two commits of the backend; 0 for 100ms"),
    flag(Member, "backend-batch-limit", Int, "0", Works, "Most changes between two commits of the backend; 0 for 10000"),
    flag(Member, "max-txn-ops", Uint(64), "128", Works, "Most compares or operations in one transaction"),
    flag(Member, "max-request-bytes", Uint(64), "1572864", Works, "Largest request in bytes"),
    flag(Member, "max-concurrent-streams", Uint(32), MAX_STREAMS, Works, "Most HTTP/2 streams a client connection may open at once"),
    flag(Member, "grpc-keepalive-min-time", Duration, "5s", Works, "Shortest time between two pings of a client; one that pings more often is sent away"),
    flag(Member, "grpc-keepalive-interval", Duration, "2h", Works, "Idle time after which the server pings a client"),
    flag(Member, "grpc-keepalive-timeout", Duration, "20s", Works, "Wait for the answer to a ping before the connection is closed"),
    flag(Member, "socket-reuse-port", Bool, "false", Works, "Set SO_REUSEPORT on listeners"),
    flag(Member, "socket-reuse-address", Bool, "false", Works, "Set SO_REUSEADDR on listeners, which is done anyway"),
    flag(Member, "enable-grpc-gateway", Bool, "true", Works, "Serve the JSON gateway under /v3/ (not there yet)"),
    flag(Member, "raft-read-timeout", Duration, "5s", NotYet, "Read timeout of connections between members"),
    flag(Member, "raft-write-timeout", Duration, "5s", NotYet, "Write timeout of connections between members"),
    flag(Member, "feature-gates", Gates, "", Works, "Feature gates to set: Name=true,Other=false"),
    flag(Member, "config-file", Text, "", Works, "Configuration file (YAML or JSON); other flags and the environment are then ignored"),
    flag(Member, "version", Bool, "false", Works, "Print the version and exit"),

    flag(Clustering, "initial-advertise-peer-urls", Urls, PEER_URL, Works, "Own peer URLs as told to the cluster"),
    flag(Clustering, "initial-cluster", Text, INITIAL_CLUSTER, Works, "Members at the first start: name=url,name=url"),
    flag(Clustering, "initial-cluster-state", Choice(&["new", "existing"]), "new", Works, "Whether the first start makes a cluster or joins one: new or existing"),
    flag(Clustering, "initial-cluster-token", Text, "etcd-cluster", Works, "Word that enters the ids of cluster and members"),
    flag(Clustering, "advertise-client-urls", Urls, CLIENT_URL, Works, "Own client URLs as told to the cluster"),
    flag(Clustering, "discovery-token", Text, "", NotYet, "Token of the cluster at the discovery service"),
    flag(Clustering, "discovery-endpoints", Words, "", NotYet, "Endpoints of the discovery service"),
    flag(Clustering, "discovery-dial-timeout", Duration, "2s", NotYet, "Timeout of connecting to the discovery service"),
    flag(Clustering, "discovery-request-timeout", Duration, "5s", NotYet, "Timeout of a request to the discovery service"),
    flag(Clustering, "discovery-keepalive-time", Duration, "2s", NotYet, "Time between pings to the discovery service"),
    flag(Clustering, "discovery-keepalive-timeout", Duration, "6s", NotYet, "Wait for the answer to such a ping"),
    flag(Clustering, "discovery-insecure-transport", Bool, "true", NotYet, "Talk to the discovery service without TLS"),
    flag(Clustering, "discovery-insecure-skip-tls-verify", Bool, "false", NotYet, "Do not verify the discovery service's certificate"),
    flag(Clustering, "discovery-cert", Text, "", NotYet, "Client certificate for the discovery service"),
    flag(Clustering, "discovery-key", Text, "", NotYet, "Key of that certificate"),
    flag(Clustering, "discovery-cacert", Text, "", NotYet, "CA of the discovery service's certificate"),
    flag(Clustering, "discovery-user", Text, "", NotYet, "User at the discovery service"),
    flag(Clustering, "discovery-password", Text, "", NotYet, "Password at the discovery service"),
    flag(Clustering, "discovery-fallback", Choice(&["exit", "proxy"]), "exit", Works, "What to do when discovery fails; only 'exit' is left"),
    flag(Clustering, "discovery-srv", Text, "", NotYet, "DNS domain whose SRV records list the members"),
    flag(Clustering, "discovery-srv-name", Text, "", NotYet, "Suffix of the SRV service name"),
    flag(Clustering, "strict-reconfig-check", Bool, "true", Works, "Refuse membership changes that endanger the quorum"),
    flag(Clustering, "pre-vote", Bool, "true", Works, "Ask before an election whether it could be won"),
    flag(Clustering, "auto-compaction-retention", Text, "0", Works, "History to keep by automatic compaction; 0 for all"),
    flag(Clustering, "auto-compaction-mode", Text, "periodic", Works, "How that is measured: periodic or revision"),
    flag(Clustering, "v2-deprecation", Choice(&["write-only", "write-only-skip-check", "write-only-drop-data", "gone"]), "write-only", NoMeaning("the v2 store is gone"), "Phase of the v2 store's removal"),

    flag(Security, "cert-file", Text, "", Works, "Certificate for clients"),
    flag(Security, "key-file", Text, "", Works, "Key of that certificate"),
    flag(Security, "client-cert-auth", Bool, "false", Works, "Demand a certificate from clients; its common name is the user"),
    flag(Security, "client-cert-file", Text, "", NoMeaning(NO_DIALLING), "Certificate when the server itself connects as a client"),
    flag(Security, "client-key-file", Text, "", NoMeaning(NO_DIALLING), "Key of that certificate"),
    flag(Security, "client-crl-file", Text, "", Works, "Revocation list for client certificates (DER)"),
    flag(Security, "client-cert-allowed-hostname", Words, "", Works, "Host names allowed in client certificates"),
    flag(Security, "trusted-ca-file", Text, "", Works, "CA of client certificates; giving it demands one"),
    flag(Security, "auto-tls", Bool, "false", NotYet, "Make a certificate for clients at the start"),
    flag(Security, "peer-cert-file", Text, "", NotYet, "Certificate for members"),
    flag(Security, "peer-key-file", Text, "", NotYet, "Key of that certificate"),
    flag(Security, "peer-client-cert-auth", Bool, "false", NotYet, "Demand a certificate from members"),
    flag(Security, "peer-client-cert-file", Text, "", NotYet, "Certificate when connecting to members"),
    flag(Security, "peer-client-key-file", Text, "", NotYet, "Key of that certificate"),
    flag(Security, "peer-trusted-ca-file", Text, "", NotYet, "CA of members' certificates"),
    flag(Security, "peer-cert-allowed-cn", Words, "", NotYet, "Common names allowed in members' certificates"),
    flag(Security, "peer-cert-allowed-hostname", Words, "", NotYet, "Host names allowed in members' certificates"),
    flag(Security, "peer-auto-tls", Bool, "false", NotYet, "Make a certificate for members at the start"),
    flag(Security, "peer-skip-client-san-verification", Bool, "false", NotYet, "Do not compare a member's certificate with its address"),
    flag(Security, "self-signed-cert-validity", Uint(64), "1", NotYet, "Years that certificates made at the start are valid"),
    flag(Security, "peer-crl-file", Text, "", NotYet, "Revocation list for members' certificates"),
    flag(Security, "cipher-suites", Words, "", Works, "TLS cipher suites to offer"),
    flag(Security, "cors", Origins, "*", Works, "Origins allowed to read answers in a browser"),
    flag(Security, "host-whitelist", Words, "*", Works, "Host names accepted on plain HTTP"),
    flag(Security, "tls-min-version", Text, "TLS1.2", Works, "Lowest TLS version: TLS1.2 or TLS1.3"),
    flag(Security, "tls-max-version", Text, "", Works, "Highest TLS version: TLS1.2 or TLS1.3"),

    flag(Auth, "auth-token", Text, "simple", Works, "Tokens for users: simple, or jwt with options (jwt,sign-method=RS256,pub-key=F,priv-key=F,ttl=5m)"),
    flag(Auth, "bcrypt-cost", Uint(64), "10", Works, "Cost of hashing a password, 4 to 31"),
    flag(Auth, "auth-token-ttl", Uint(64), "300", Works, "Seconds that a simple token lives unused"),

    flag(Profiling, "enable-pprof", Bool, "false", NoMeaning(NO_GO), "Serve Go's profiles"),
    flag(Profiling, "metrics", Text, "basic", Works, "basic, or extensive for histograms of gRPC latency"),
    flag(Profiling, "listen-metrics-urls", Urls, "", Works, "More URLs to listen on, for metrics and health alone"),

    flag(Logging, "logger", Text, "zap", Works, "Only 'zap' is left, the shape of the log lines"),
    flag(Logging, "log-outputs", Words, "default", Works, "Where logs go: default, stderr, stdout, or files"),
    flag(Logging, "log-level", Text, "info", Works, "Least level to log: debug, info, warn, error, panic or fatal"),
    flag(Logging, "log-format", Text, "json", Works, "Shape of log lines: json or console"),
    flag(Logging, "enable-log-rotation", Bool, "false", NotYet, "Rotate the log file"),
    flag(Logging, "log-rotation-config-json", Text, ROTATION, NotYet, "When to rotate and what to keep"),
    flag(Logging, "warning-unary-request-duration", Duration, "300ms", Works, "Log a warning for requests that take longer"),

    flag(Tracing, "enable-distributed-tracing", Bool, "false", NotYet, "Send traces to a collector"),
    flag(Tracing, "distributed-tracing-address", Text, "localhost:4317", NotYet, "Address of the collector"),
    flag(Tracing, "distributed-tracing-service-name", Text, "etcd", NotYet, "Service name in traces"),
    flag(Tracing, "distributed-tracing-instance-id", Text, "", NotYet, "Instance id in traces"),
    flag(Tracing, "distributed-tracing-sampling-rate", Int, "0", NotYet, "Traces to keep in a million"),

    flag(Features, "corrupt-check-time", Duration, "0s", NotYet, "Time between comparisons of all members' data"),
    flag(Features, "compact-hash-check-time", Duration, "1m", NotYet, "Time between comparisons of compaction hashes"),
    flag(Features, "compaction-batch-limit", Int, "0", Works, "Revisions in one step of a compaction; 0 for 1000"),
    flag(Features, "compaction-sleep-interval", Duration, "", Works, "Pause between two such steps; 0 for 10ms"),
    flag(Features, "watch-progress-notify-interval", Duration, "10m", Works, "Time between progress notifications of idle watches"),
    flag(Features, "warning-apply-duration", Duration, "100ms", Works, "Log a warning for entries that take longer to apply"),
    flag(Features, "downgrade-check-time", Duration, "5s", Works, "Time between checks of a running downgrade"),
    flag(Features, "bootstrap-defrag-threshold-megabytes", Uint(64), "0", Works, "Free megabytes in the database that lead to a defragmentation at the start"),
    flag(Features, "max-learners", Int, "1", Works, "Most learners in the cluster"),
    flag(Features, "snapshot-catchup-entries", Uint(64), "5000", Works, "Raft entries kept in memory for slow members behind the snapshot"),

    flag(Unsafe, "force-new-cluster", Bool, "false", NotYet, "Start as the only member of a new cluster with the old data"),
    flag(Unsafe, "unsafe-no-fsync", Bool, "false", Works, "Skip syncs; a crash may then lose data"),

    ignored("cluster-active-size"), ignored("cluster-remove-delay"), ignored("cluster-sync-interval"), ignored("config"),
    ignored("force"), ignored("max-result-buffer"), ignored("max-retry-attempts"), ignored("peer-heartbeat-interval"),
    ignored("peer-election-timeout"), ignored("retry-interval"), ignored("snapshot"), ignored("v"), ignored("vv"),
    ignored("test.coverprofile"), ignored("test.outputdir"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{FLAGS, Group};

    /// Flags that etcd does not have.
    const OWN: [&str; 1] = ["adopt"];

    /// What etcd's help says differs from what the flag is: the help's text, and why.
    const SHOWN_OTHERWISE: [(&str, Option<&str>, &str); 17] = [
        ("data-dir", Some("${name}.etcd"), "made from the name"),
        ("memory-mlock", None, "switch, shown without default"),
        ("backend-bbolt-freelist-type", Some("map"), "the empty value means map"),
        ("max-concurrent-streams", Some("math.MaxUint32"), "its name in Go"),
        ("enable-grpc-gateway", None, "switch, shown without default"),
        ("bcrypt-cost", None, "shown without default"),
        ("auth-token-ttl", None, "shown without default"),
        ("compaction-batch-limit", None, "shown without default"),
        ("bootstrap-defrag-threshold-megabytes", None, "shown without default"),
        ("compaction-sleep-interval", None, "shown without default"),
        ("downgrade-check-time", None, "shown without default"),
        ("snapshot-catchup-entries", None, "shown without default"),
        ("watch-progress-notify-interval", None, "stands twice, the second time without default"),
        ("discovery", Some(""), "in the help, but no flag: using it is an error in etcd too"),
        ("discovery-proxy", Some(""), "in the help, but no flag: using it is an error in etcd too"),
        ("config-file", None, "in the usage, not in the list"),
        ("version", None, "in the usage, not in the list"),
    ];

    #[test]
    fn names_and_defaults_are_those_of_etcds_help() {
        let golden = include_str!("../../tests/data/golden-3.7.1/flags.txt");
        let mut wanted: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for line in golden.lines() {
            let line = line.strip_prefix("--").expect("a flag a line");
            let (name, default) = line.split_once(' ').map_or((line, None), |(name, rest)| (name, Some(rest)));
            wanted.insert(name, default.map(|text| text.trim_matches('\'')));
        }
        let shown: BTreeMap<_, _> = SHOWN_OTHERWISE.iter().map(|(name, text, _)| (*name, *text)).collect();
        for (name, default) in &wanted {
            match (shown.get(name), FLAGS.iter().find(|flag| flag.name == *name)) {
                (Some(text), _) => assert_eq!(default, text, "--{name}"),
                (None, Some(flag)) => assert_eq!(*default, Some(flag.default), "--{name}"),
                (None, None) => panic!("--{name} is missing"),
            }
        }
        for flag in FLAGS.iter().filter(|flag| flag.group != Group::Ignored) {
            let known = wanted.contains_key(flag.name) || shown.contains_key(flag.name);
            assert!(known != OWN.contains(&flag.name), "--{} is not etcd's", flag.name);
            assert!(!flag.help.is_empty(), "--{} has no help", flag.name);
        }
    }

    #[test]
    fn each_default_is_a_value_of_its_kind() {
        for flag in FLAGS {
            assert!(super::super::settings::default_value(flag).is_ok(), "--{}", flag.name);
            assert_eq!(FLAGS.iter().filter(|other| other.name == flag.name).count(), 1, "--{}", flag.name);
        }
    }
}
