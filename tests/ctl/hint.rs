//! Errors that one can act on: a line that says what to do stands before etcdctl's own, which stays the last one.

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::{Command, Output},
    thread,
};

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

/// An address where plain HTTP/2 is answered as by a server that speaks TLS alone.
fn speaks_tls() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            // A fatal alert of TLS 1.0: protocol_version.
            let _ = stream.read(&mut [0; 512]).and_then(|_| stream.write_all(&[21, 3, 1, 0, 2, 2, 70]));
        }
    });
    address
}

/// Runs a command with each of `limits` until its one hint begins with `hint`; the code and the last line are the same
/// each time.
fn check(endpoint: &str, limits: &[&str], args: &[&str], hint: &str, last: &str, code: i32) {
    let mut printed = String::new();
    let is_told = limits.iter().any(|limit| {
        let output = run(endpoint, limit, args);
        printed = String::from_utf8_lossy(&output.stderr).into_owned();
        let lines: Vec<&str> = printed.lines().filter(|line| !line.starts_with('{')).collect();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {printed}");
        assert_eq!(lines.last(), Some(&last), "{args:?}: {printed}");
        let hints: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("hint: ")).collect();
        matches!(hints[..], [only] if only.starts_with(hint))
    });
    assert!(is_told, "{args:?}: no {hint} in {printed}");
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
    let tls = speaks_tls();
    for (endpoint, limits, args, hint, last) in [
        (&unused, &SHORT[..], &["get", "k"][..], format!("cannot connect to {unused} ("), late),
        (&unused, &SHORT, &["endpoint", "health"], format!("cannot connect to {unused} ("), "Error: unhealthy cluster"),
        (&tls, &SHORT, &["get", "k"], format!("{tls} speaks TLS: use https://{tls}"), late),
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
        check(endpoint, limits, args, &hint, last, 1);
    }
}

#[test]
fn logins_and_a_lost_leader_have_their_hints() {
    let server = block_on(start(&program::own(), "m1"));
    let url = server.client_url();
    for args in [
        &["user", "add", "root:r"][..],
        &["user", "add", "ann:a"],
        &["role", "add", "root"],
        &["user", "grant-role", "root", "root"],
        &["auth", "enable"],
    ] {
        let output = run(&url, LONG, args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    for (args, hint, last, code) in [
        (
            &["--user", "root:x", "get", "k"][..],
            "check name and password",
            "Error: etcdserver: authentication failed, invalid user ID or password",
            2,
        ),
        (&["get", "k"], "authentication is on", "Error: etcdserver: user name is empty", 1),
        (&["--user", "ann:a", "get", "k"], "the user lacks a role", "Error: etcdserver: permission denied", 1),
    ] {
        check(&url, &[LONG], args, hint, last, code);
    }
    // A second voter that never comes.
    let peer = format!("--peer-urls=http://{}", DeadEndpoint::new().address());
    for args in [&["auth", "disable"][..], &["member", "add", "m2", &peer]] {
        let output = run(&url, LONG, &[&["--user", "root:r"], args].concat());
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let late = "Error: context deadline exceeded";
    // Shorter than the server's own limit, which would end it otherwise.
    check(&url, &["2s", "5s", "6s", "6s", "6s"], &["get", "k"], "the cluster has no leader", late, 1);
}
