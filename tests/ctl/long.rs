//! Commands that take their time: both clients print the same against etcd and against rsetcd, four times the same.
//!
//! * `check perf` and `check datascale`, the least load, to their end and interrupted.
//! * `make-mirror` between the two servers, both ways, until a signal ends it.
//!
//! What was measured is replaced by the rules in `normal`, and no speed is asked for. All of it runs at once, in one
//! test, since nearly all of it is waiting.

use std::{collections::BTreeMap, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncReadExt, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{
    block_on, normal,
    side::{Side, Tool, etcdctl, rsctl},
    support::{
        program::{self, Program},
        server::Server,
    },
    without_logs,
};

/// What takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(300);
/// Between two looks at what changes.
const LOOK: Duration = Duration::from_millis(100);

#[test]
fn both_clients_print_the_same_when_they_take_their_time() {
    let Some(peer) = program::peer() else { return };
    let own = program::own();
    let tools = [etcdctl(&peer), rsctl()];
    let all = async {
        tokio::join!(
            checks(&tools[0], &peer),
            checks(&tools[0], &own),
            checks(&tools[1], &peer),
            checks(&tools[1], &own),
            mirrors(&tools, &peer, &own),
        )
    };
    let (a, b, c, d, mirrors) = block_on(async { timeout(PATIENCE, all).await }).expect("they end");
    for (case, runs) in ["datascale", "perf", "interrupted perf"].into_iter().zip(a.into_iter().zip(b).zip(c).zip(d)) {
        let (((a, b), c), d) = runs;
        all_equal(case, &[a, b, c, d]);
    }
    for (case, runs) in mirrors {
        all_equal(case, &runs);
    }
}

fn all_equal(case: &str, runs: &[Vec<String>]) {
    for run in runs {
        assert_eq!(run, &runs[0], "{case}: {runs:#?}");
    }
    println!("{case}: {:#?}", runs[0]);
}

/// How it ended and what it printed, a line each.
fn told(end: String, stdout: &str, stderr: &str) -> Vec<String> {
    let lines = |name: &'static str, text: &str| text.lines().map(|line| format!("{name} {line:?}")).collect();
    [vec![end], lines("out", stdout), lines("err", stderr)].concat()
}

async fn run(mut command: Command) -> std::process::Output {
    command.stdin(Stdio::null()).output().await.expect("the client starts")
}

fn signal(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("it runs");
    kill_process(pid, signal).expect("it is there");
}

/// What the checks print against a fresh server: `datascale`, `perf`, and `perf` with an interrupt.
async fn checks(tool: &Tool, server: &Program) -> [Vec<String>; 3] {
    let side = Side::new(tool, Server::start(server, &[]).await).await;
    let run_check = async |args: &[&str], interrupt: bool| {
        let mut command = side.command("simple", &args.iter().map(|&arg| arg.to_owned()).collect::<Vec<_>>());
        let child = command.stdin(Stdio::null()).spawn().expect("the client starts");
        if interrupt {
            while keys(&side, "/etcdctl-check-perf/").await.is_empty() {
                sleep(LOOK).await;
            }
            signal(&child, Signal::INT);
        }
        let output = child.wait_with_output().await.expect("the client ends");
        // Nothing is left behind.
        assert_eq!(keys(&side, "/etcdctl-check").await, BTreeMap::new(), "{args:?}");
        let stdout = normal::bar(&String::from_utf8_lossy(&output.stdout));
        let stdout = normal::measured(&side.without_urls(&stdout), output.status.code());
        told("exit code as it says".into(), &stdout, &without_logs(&String::from_utf8_lossy(&output.stderr)))
    };
    let datascale = run_check(&["check", "datascale"], false).await;
    let perf = run_check(&["check", "perf", "--load=s", "--auto-compact", "--auto-defrag"], false).await;
    let interrupted = run_check(&["check", "perf"], true).await;
    [datascale, perf, interrupted]
}

/// The keys with a prefix, and their values.
async fn keys(side: &Side<'_>, prefix: &str) -> BTreeMap<String, String> {
    let output = run(side.command("simple", &["get".into(), "--prefix".into(), prefix.into()])).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<_> = text.lines().collect();
    lines.chunks_exact(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect()
}

/// Each client mirrors each server's keys to the other one, once until SIGTERM and once until SIGINT after the first
/// count; gives what they print.
async fn mirrors(tools: &[Tool; 2], peer: &Program, own: &Program) -> [(&'static str, Vec<Vec<String>>); 2] {
    let (etcd, rsetcd) = tokio::join!(Server::start(peer, &[]), Server::start(own, &[]));
    let urls = [etcd.client_url(), rsetcd.client_url()];
    let sides = [Side::new(&tools[1], etcd).await, Side::new(&tools[1], rsetcd).await];
    let change = async |side: &Side, args: &[&str], input: &str| {
        let mut command = side.command("simple", &args.iter().map(|&arg| arg.to_owned()).collect::<Vec<_>>());
        let mut child = command.spawn().expect("the client starts");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        tokio::io::AsyncWriteExt::write_all(&mut stdin, input.as_bytes()).await.expect("the client reads");
        drop(stdin);
        let output = child.wait_with_output().await.expect("the client ends");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    for side in &sides {
        for number in 0..10 {
            change(side, &["put", &format!("src/{number}"), "before"], "").await;
        }
        change(side, &["put", "other", "before"], "").await;
    }
    let mut running = Vec::new();
    for (source, tool, (case, how)) in [0, 1].into_iter().flat_map(|source| {
        let ends = [("make-mirror, terminated", Signal::TERM), ("make-mirror, interrupted", Signal::INT)];
        tools.iter().flat_map(move |tool| ends.map(|end| (source, tool, end)))
    }) {
        // Both servers have one client here, so that only the keys of the other direction are where this one writes.
        let copy = format!("copy/{}/{case}/", tool.name);
        let args = ["make-mirror", "--prefix", "src/", "--dest-prefix", &copy, &urls[1 - source]];
        let mut command = tool.command("simple", &urls[source], &args.map(str::to_owned));
        let child = command.stdin(Stdio::null()).spawn().expect("the client starts");
        running.push((source, case, how, copy, child));
    }
    let arrives = async |source: usize, mirror: &mut Child, copy: &str, expected: &[(String, &str)]| {
        let expected: BTreeMap<_, _> =
            expected.iter().map(|(key, value)| (format!("{copy}{key}"), (*value).to_owned())).collect();
        while keys(&sides[1 - source], copy).await != expected {
            if let Some(status) = mirror.try_wait().expect("its status is known") {
                let mut err = String::new();
                mirror.stderr.take().expect("a pipe").read_to_string(&mut err).await.expect("a pipe can be read");
                panic!("the mirror to {copy} ended: {status} {err}");
            }
            sleep(LOOK).await;
        }
    };
    let before: Vec<_> = (0..10).map(|number| (number.to_string(), "before")).collect();
    for (source, _, _, copy, child) in &mut running {
        arrives(*source, child, copy, &before).await;
    }
    for side in &sides {
        change(side, &["put", "src/0", "after"], "").await;
        change(side, &["del", "src/1"], "").await;
        change(side, &["put", "other", "after"], "").await;
        change(side, &["txn"], "\nput src/2 after\nput src/new after\n\n\n").await;
    }
    let mut after: Vec<_> = before.into_iter().filter(|(number, _)| number != "1").collect();
    after.push(("new".into(), "after"));
    after
        .iter_mut()
        .filter(|(number, _)| ["0", "2"].contains(&number.as_str()))
        .for_each(|(_, value)| *value = "after");
    let mut cases = [("make-mirror, terminated", Vec::new()), ("make-mirror, interrupted", Vec::new())];
    for (source, case, how, copy, mut child) in running {
        arrives(source, &mut child, &copy, &after).await;
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut out = Vec::new();
        // Ten keys and four changes of them; a count that came too early does not have them all.
        while how == Signal::INT && !String::from_utf8_lossy(&out).lines().any(|line| line == "14") {
            assert!(stdout.read_buf(&mut out).await.expect("a pipe can be read") > 0, "{case} ended");
        }
        signal(&child, how);
        let mut err = Vec::new();
        stdout.read_to_end(&mut out).await.expect("a pipe can be read");
        child.stderr.take().expect("a pipe").read_to_end(&mut err).await.expect("a pipe can be read");
        let status = child.wait().await.expect("the client ends");
        let out = match how {
            Signal::INT => normal::counts(&String::from_utf8_lossy(&out)),
            // It may be that it took longer than the time to the first count.
            _ => normal::counts(&String::from_utf8_lossy(&out)).replace("14\n", ""),
        };
        let lines = told(status.to_string(), &out, &without_logs(&String::from_utf8_lossy(&err)));
        cases.iter_mut().find(|(name, _)| *name == case).expect("one of the two").1.push(lines);
    }
    cases
}
