//! A script written for etcdctl runs unchanged with a link of that name to rsctl, against rsetcd and against etcd.

use std::{
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    LIMITS, block_on, start,
    support::program::{self, Program},
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ctl/ops.sh");

/// Runs the script with `etcdctl` first in PATH; gives what it printed last.
fn run(server: &Program, etcdctl: &Path) -> String {
    let server = block_on(start(server, "m1"));
    let scratch = tempfile::tempdir().expect("a directory for the test");
    let tools = scratch.path().join("bin");
    let work = scratch.path().join("work");
    std::fs::create_dir(&tools).and_then(|()| std::fs::create_dir(&work)).expect("directories");
    symlink(etcdctl, tools.join("etcdctl")).expect("a link in the test's directory");
    let mut command = Command::new("sh");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ETCDCTL_") {
            command.env_remove(name);
        }
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let output = command
        .arg(SCRIPT)
        .current_dir(&work)
        .env("PATH", format!("{}:{path}", tools.display()))
        .env("ETCDCTL_ENDPOINTS", server.client_url())
        .envs(LIMITS)
        .output()
        .expect("a shell");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{}\n{stdout}{stderr}\n{}", output.status, server.log_tail());
    stdout.lines().last().unwrap_or_default().to_owned()
}

fn rsctl() -> PathBuf {
    env!("CARGO_BIN_EXE_rsctl").into()
}

#[test]
fn a_script_for_etcdctl_runs_with_rsctl_against_rsetcd() {
    assert!(run(&program::own(), &rsctl()).ends_with(" steps"));
}

#[test]
fn a_script_for_etcdctl_runs_with_rsctl_against_etcd() {
    let Some(peer) = program::peer() else { return };
    assert!(run(&peer, &rsctl()).ends_with(" steps"));
}

/// Otherwise it would prove nothing.
#[test]
fn the_script_runs_with_etcdctl() {
    let Some(peer) = program::peer() else { return };
    assert!(run(&peer, &program::peer_ctl(&peer)).ends_with(" steps"));
}
