//! Errors that one can act on: a line that says what to do stands before etcdctl's own, which stays the last one.

use std::process::{Command, Output};

use crate::{
    block_on, start,
    support::{dead::DeadEndpoint, program},
};

/// For a server that answers.
const LONG: &str = "120s";
/// For one that does not, where the end of the time belongs to what is shown. Tried in turn, as the first may be over
/// before the connection was tried.
const SHORT: [&str; 3] = ["500ms", "5s", "60s"];

fn run(endpoint: &str, limit: &str, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_rsctl");
    let limits = ["--command-timeout", limit, "--dial-timeout", limit, "--endpoints", endpoint];
    Command::new(program).args(limits).args(args).output().expect("rsctl starts")
}

#[test]
fn a_hint_stands_before_the_error() {
    let server = block_on(start(&program::own(), "m1"));
    let url = server.client_url();
    let address = url.trim_start_matches("http://").to_owned();
    let unused = DeadEndpoint::new();
    let unused = unused.address();
    for args in [["put", "k", "1"], ["put", "k", "2"], ["compaction", "3", "--physical"]] {
        assert!(run(&url, LONG, &args).status.success(), "{args:?}");
    }
    let late = "Error: context deadline exceeded";
    for (endpoint, limits, args, hint, last) in [
        (&unused, &SHORT[..], &["get", "k"][..], format!("cannot connect to {unused} ("), late),
        (&unused, &SHORT, &["endpoint", "health"], format!("cannot connect to {unused} ("), "Error: unhealthy cluster"),
        (
            &format!("https://{address}"),
            &SHORT,
            &["get", "k"],
            format!("{address} hangs up when it is greeted with TLS: use {url}"),
            late,
        ),
        (
            &url,
            &[LONG],
            &["get", "k", "--rev", "2"],
            "that part of the history is gone".to_owned(),
            "Error: etcdserver: mvcc: required revision has been compacted",
        ),
        (
            &url,
            &[LONG],
            &["lease", "revoke", "7b"],
            "the lease is over".to_owned(),
            "Error: failed to revoke lease (etcdserver: requested lease not found)",
        ),
    ] {
        let mut printed = String::new();
        let is_told = limits.iter().any(|limit| {
            let output = run(endpoint, limit, args);
            printed = String::from_utf8_lossy(&output.stderr).into_owned();
            let lines: Vec<&str> = printed.lines().filter(|line| !line.starts_with('{')).collect();
            assert_eq!(output.status.code(), Some(1), "{args:?}: {printed}");
            assert_eq!(lines.last(), Some(&last), "{args:?}: {printed}");
            let hints: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("hint: ")).collect();
            matches!(hints[..], [only] if only.starts_with(&hint))
        });
        assert!(is_told, "{args:?}: no {hint} in {printed}");
    }
}
