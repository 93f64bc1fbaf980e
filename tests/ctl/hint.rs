//! Errors that one can act on: a line that says what to do stands before etcdctl's own, which stays the last one.

use std::{
    net::TcpListener,
    process::{Command, Output},
};

use crate::{
    block_on,
    support::{program, server::Server},
};

fn run(endpoint: &str, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_rsctl");
    let limits = ["--command-timeout", "500ms", "--dial-timeout", "500ms", "--endpoints", endpoint];
    Command::new(program).args(limits).args(args).output().expect("rsctl starts")
}

#[test]
fn a_hint_stands_before_the_error() {
    let server = block_on(Server::start(&program::own(), &[]));
    let url = server.client_url();
    let address = url.trim_start_matches("http://").to_owned();
    let unused = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").to_string();
    for args in [["put", "k", "1"], ["put", "k", "2"], ["compaction", "3", "--physical"]] {
        assert!(run(&url, &args).status.success(), "{args:?}");
    }
    let late = "Error: context deadline exceeded";
    for (endpoint, args, code, hint, last) in [
        (&unused, &["get", "k"][..], 1, format!("cannot connect to {unused} ("), late),
        (&unused, &["endpoint", "health"], 1, format!("cannot connect to {unused} ("), "Error: unhealthy cluster"),
        (
            &format!("https://{address}"),
            &["get", "k"],
            1,
            format!("{address} hangs up when it is greeted with TLS: use {url}"),
            late,
        ),
        (
            &url,
            &["get", "k", "--rev", "2"],
            1,
            "that part of the history is gone".to_owned(),
            "Error: etcdserver: mvcc: required revision has been compacted",
        ),
        (
            &url,
            &["lease", "revoke", "7b"],
            1,
            "the lease is over".to_owned(),
            "Error: failed to revoke lease (etcdserver: requested lease not found)",
        ),
    ] {
        let output = run(endpoint, args);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let lines: Vec<&str> = stderr.lines().filter(|line| !line.starts_with('{')).collect();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
        assert_eq!(lines.last(), Some(&last), "{args:?}: {stderr}");
        let hints: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("hint: ")).collect();
        assert!(matches!(hints[..], [only] if only.starts_with(&hint)), "{args:?}: {stderr}");
    }
}
