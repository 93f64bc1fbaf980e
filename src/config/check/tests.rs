use super::{CheckError, Config, check, logging};
use crate::config::{
    note::Note,
    server::{Adopt, ClusterState, Quota},
    settings::{Request, Settings, SettingsError},
};

fn run(args: &[&str], environment: &[(&str, &str)]) -> Result<(Settings, Vec<Note>), SettingsError> {
    let args: Vec<String> = args.iter().map(|word| (*word).to_owned()).collect();
    let environment: Vec<(String, String)> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    match Settings::load(&args, &environment)? {
        Request::Run { settings, notes } => Ok((settings, notes)),
        Request::Help | Request::Version => panic!("asked for a text"),
    }
}

fn config(args: &[&str]) -> Result<Config, CheckError> {
    let (settings, notes) = run(args, &[]).expect("the command line parses");
    logging(&settings)?;
    check(settings, notes)
}

/// A command line, and the text of the rule it breaks.
const REFUSED: &[(&[&str], &str)] = &[
    (&["--logger=foo"], "unknown logger option \"foo\""),
    (&["--logger=capnslog"], "--logger=capnslog is removed in v3.5"),
    (&["--log-outputs=default,stdout"], "multi logoutput for \"default\" is not supported yet"),
    (&["--log-format=xml"], "unknown log format: xml, supported values json, console"),
    (&["--log-level=bla"], "unrecognized level: \"bla\""),
    (
        &["--discovery-fallback=proxy"],
        "v2 proxy is deprecated, and --discovery-fallback can't be configured as \"proxy\"",
    ),
    (&["--listen-peer-urls=http://a:1"], "expected IP in URL for binding (http://a:1)"),
    (
        &["--listen-client-urls=http://:1", "--advertise-client-urls=http://a:1"],
        "expected IP in URL for binding (http://:1)",
    ),
    (&["--listen-metrics-urls=http://a:1"], "expected IP in URL for binding (http://a:1)"),
    (
        &["--initial-advertise-peer-urls=http://:1"],
        "--initial-advertise-peer-urls \"http://:1\" must be \"host:port\" (unexpected empty host (http://:1))",
    ),
    (
        &["--advertise-client-urls=http://:1"],
        "--advertise-client-urls \"http://:1\" must be in the format \"host:port\", \"unix:/path/to/socket\" or \"unixs:/path/to/socket\" (unexpected empty host (http://:1))",
    ),
    (&["--heartbeat-interval=0"], "--heartbeat-interval must be >0 (set to 0ms)"),
    (&["--election-timeout=0"], "--election-timeout must be >0 (set to 0ms)"),
    (
        &["--heartbeat-interval=10000"],
        "--election-timeout[1000ms] should be at least as 5 times as --heartbeat-interval[10000ms]",
    ),
    (&["--election-timeout=50001"], "--election-timeout[50001ms] is too long, and should be set less than 50000ms"),
    (
        &["--listen-client-urls=http://127.0.0.1:1"],
        "--advertise-client-urls is required when --listen-client-urls is set explicitly",
    ),
    (&["--listen-client-urls="], "--advertise-client-urls is required when --listen-client-urls is set explicitly"), // set, though empty
    (&["--auto-compaction-mode="], "undefined auto-compaction-mode"),
    (&["--auto-compaction-mode=foo"], "unknown auto-compaction-mode \"foo\""),
    (&["--compact-hash-check-time=0"], "--compact-hash-check-time must be >0 (set to 0s)"),
    (&["--tls-min-version=TLS1.1"], "unexpected TLS version \"TLS1.1\" (must be one of: TLS1.2, TLS1.3)"),
    (
        &["--tls-min-version=TLS1.3", "--tls-max-version=TLS1.2"],
        "min version (TLS1.3) is greater than max version (TLS1.2)",
    ),
    (&["--memory-mlock"], "--memory-mlock is not supported by rsetcd yet (set to \"true\")"),
    (
        &["--tls-min-version=TLS1.3", "--cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
        "cipher suites cannot be configured when only TLS1.3 is enabled",
    ),
    (&["--peer-cert-file=x"], "--peer-cert-file is not supported by rsetcd yet (set to \"x\")"),
    (&["--force-new-cluster"], "--force-new-cluster is not supported by rsetcd yet (set to \"true\")"),
    (&["--raft-read-timeout=6s"], "--raft-read-timeout is not supported by rsetcd yet (set to \"6s\")"),
    (&["--enable-log-rotation"], "--enable-log-rotation is not supported by rsetcd yet (set to \"true\")"),
    (&["--log-outputs=systemd/journal"], "--log-outputs is not supported by rsetcd yet (set to \"systemd/journal\")"),
    (
        &["--listen-client-urls=unix:///x", "--advertise-client-urls=http://a:1"],
        "unix sockets are not supported by rsetcd yet (--listen-client-urls unix:///x)",
    ),
    (
        &["--feature-gates=CompactHashCheck=true"],
        "feature gate CompactHashCheck is not supported by rsetcd yet (set to true)",
    ),
    (
        &["--feature-gates=LeaseCheckpointPersist=true", "--compact-hash-check-time=0"],
        "enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint",
    ),
    (
        &["--feature-gates=AllAlpha=true"],
        "feature gate InitialCorruptCheck is not supported by rsetcd yet (set to true)",
    ),
];

#[test]
fn broken_rules_are_told_in_etcds_words() {
    for (args, wanted) in REFUSED {
        let got = config(args).err().map(|error| error.to_string());
        assert_eq!(got.as_deref(), Some(*wanted), "{args:?}");
    }
}

#[test]
fn not_yet_flags_pass_with_their_defaults() {
    for args in [
        &["--auto-compaction-retention=0", "--raft-read-timeout=5000ms", "--force-new-cluster=false"][..],
        &["--feature-gates=LeaseCheckpoint=true,LeaseCheckpointPersist=true,FastLeaseKeepAlive=false"],
        &["--enable-grpc-gateway=false", "--force", "--election-timeout=50000"],
    ] {
        assert_eq!(config(args).err(), None, "{args:?}");
    }
}

#[test]
fn settings_without_effect_draw_one_warning_each() {
    let args = ["--backend-bbolt-freelist-type=array", "--enable-pprof", "--v2-deprecation=gone", "--name=a"];
    let notes = config(&args).unwrap().notes;
    let about: Vec<&Note> =
        notes.iter().filter(|note| matches!(note, Note::NoMeaning { .. } | Note::V2Deprecation)).collect();
    assert_eq!(about.len(), 3, "{about:?}");
}

#[test]
fn defaults_follow_each_other() {
    let made = config(&["--name", "a", "--initial-advertise-peer-urls", "http://10.0.0.1:2380"]).unwrap().server;
    assert_eq!(made.initial_cluster, "a=http://10.0.0.1:2380");
    assert_eq!(made.data_dir.to_str(), Some("a.etcd"));
    assert_eq!(made.wal_dir().to_str(), Some("a.etcd/member/wal"));
    assert_eq!(made.request_timeout().as_secs(), 7);
    assert_eq!(made.election_ticks(), 10);
    assert_eq!(made.quota, Quota::Bytes(2 << 30));
    assert_eq!(made.initial_cluster_state, ClusterState::New);
    assert_eq!(made.adopt, Adopt::Auto);
    assert_eq!(config(&["--adopt=never"]).unwrap().server.adopt, Adopt::Never);
    assert!(run(&["--adopt=perhaps"], &[]).is_err());
    let (settings, _) = run(&[], &[("ETCD_ADOPT", "never")]).unwrap();
    assert_eq!(settings.text("adopt"), "never");
    // The name `default` keeps the cluster's text, even where it no longer fits.
    let made = config(&["--initial-advertise-peer-urls", "http://10.0.0.1:2380"]).unwrap().server;
    assert_eq!(made.initial_cluster, "default=http://localhost:2380");
    let args = ["--watch-progress-notify-interval=1ms", "--snapshot-count=0", "--warning-unary-request-duration=0"];
    let made = config(&args).unwrap().server;
    assert_eq!(made.watch_progress_interval.as_millis(), 100);
    assert_eq!(made.snapshot_count, 10_000);
    assert_eq!(made.warning_unary_request.as_millis(), 300);
}

#[test]
fn the_environment_gives_way_to_nothing_and_conflicts_with_flags() {
    let (settings, notes) = run(&[], &[("ETCD_NAME", "n"), ("ETCD_NOSUCH", "1"), ("ETCD_DATA_DIR", "")]).unwrap();
    assert_eq!(settings.text("name"), "n");
    assert_eq!(
        notes,
        [
            Note::EnvironmentUsed { name: "ETCD_NAME".into(), value: "n".into() },
            Note::EnvironmentUnknown { variable: "ETCD_NOSUCH=1".into() },
        ]
    );
    let conflict = run(&["--name", "x"], &[("ETCD_NAME", "")]).unwrap_err(); // even when it is empty
    assert_eq!(conflict, SettingsError::Conflict { variable: "ETCD_NAME".into() });
    let bad = run(&[], &[("ETCD_PRE_VOTE", "maybe")]).unwrap_err();
    assert_eq!(bad.to_string(), "invalid value \"maybe\" for ETCD_PRE_VOTE: parse error");
    let (_, notes) = run(&[], &[("ETCD_VERSION", "1")]).unwrap();
    assert_eq!(notes, [Note::EnvironmentVersion]);
    let word = run(&["--name", "a", "b"], &[]).unwrap_err();
    assert_eq!(word.to_string(), "\"b\" is not a valid flag");
}

#[test]
fn with_a_file_only_the_file_counts() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("etcd.yaml");
    std::fs::write(&path, "name: f\nlisten-client-urls: http://127.0.0.1:1\n").unwrap();
    let path = path.to_str().unwrap();
    let (settings, notes) = run(&["--name", "x", "--config-file", path], &[("ETCD_NAME", "y")]).unwrap();
    assert_eq!(settings.text("name"), "f");
    assert_eq!(notes, [Note::FileLoaded { path: path.into() }]);
    // In a file, listening without advertising keeps the default.
    let made = check(settings, Vec::new()).unwrap().server;
    assert_eq!(made.advertise_client_urls[0].as_str(), "http://localhost:2379");
    let (settings, _) = run(&[], &[("ETCD_CONFIG_FILE", path)]).unwrap();
    assert_eq!(settings.text("name"), "f");
    let missing = run(&["--config-file", "/nonexistent/x"], &[]).unwrap_err();
    assert_eq!(missing.to_string(), "open /nonexistent/x: no such file or directory");
}

#[test]
fn outputs_levels_and_formats_of_logs() {
    let options = |args: &[&str]| logging(&run(args, &[]).unwrap().0).unwrap();
    assert_eq!(options(&[]).outputs.len(), 1);
    assert_eq!(options(&["--log-outputs=stderr,stdout"]).outputs.len(), 2);
    assert!(options(&["--log-outputs=stdout,/dev/null"]).outputs.is_empty());
    assert_eq!(options(&["--log-level=WARN"]).level, crate::telemetry::log::Level::Warn);
}
