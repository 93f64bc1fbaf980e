//! Each command of `pair.txt` by the real etcdctl 3.5.1 and by rsctl, against a fresh etcd 3.5.1 and a fresh rsetcd: four
//! runs, each client with a server of its own, since a command that changes something runs only once on a server. Three
//! comparisons come of them:
//!
//! * one client, two servers: what etcdctl prints against rsetcd and against etcd, and so for rsctl
//!   (`differences.txt`, for where etcd 3.7 answers otherwise);
//! * two clients, one kind of server: what rsctl and etcdctl print against etcd 3.5.1 (`clients.txt`, for where etcdctl
//!   3.7 prints otherwise). Both against rsetcd follows from the others.
//!
//! What differs is a row of the table with both outputs and the section of the fact sheets that tells it. rsctl runs under
//! the name of etcdctl.

use std::{collections::HashMap, os::unix::fs::symlink};

use crate::{
    block_on, script,
    side::{Side, Tool, etcdctl, rsctl},
    start,
    support::program::{self, Program},
    table::Table,
};

#[test]
fn both_clients_print_the_same_against_both_servers() {
    let Some(peer) = program::peer() else { return };
    block_on(compare(&peer));
}

/// Runs all of `pair.txt`.
async fn compare(peer: &Program) {
    let own = program::own();
    let scratch = tempfile::tempdir().expect("a directory for the test");
    let link = scratch.path().join("etcdctl");
    symlink(rsctl().path, &link).expect("a link in the test's directory");
    let (etcdctl, rsctl) = (etcdctl(peer), Tool { path: link, ..rsctl() });
    let side = async |tool, server| Side::new(tool, start(server, "m1").await).await;
    let (theirs_on_etcd, theirs_on_rsetcd, ours_on_etcd, ours_on_rsetcd) =
        tokio::join!(side(&etcdctl, peer), side(&etcdctl, &own), side(&rsctl, peer), side(&rsctl, &own));
    let mut servers = Table::read("differences.txt", ["etcd", "rsetcd"]);
    let mut clients = Table::read("clients.txt", ["etcdctl", "rsctl"]);
    let mut counts = HashMap::new();
    for step in script::steps(&script::read("pair.txt")) {
        for &format in &step.formats {
            let (a, b, c, d) = tokio::join!(
                theirs_on_etcd.run(&step, format),
                theirs_on_rsetcd.run(&step, format),
                ours_on_etcd.run(&step, format),
                ours_on_rsetcd.run(&step, format),
            );
            // A command that comes again is numbered.
            let count: &mut u32 = counts.entry((format, step.line.clone())).or_default();
            *count += 1;
            let line = if *count == 1 { step.line.clone() } else { format!("{} #{count}", step.line) };
            servers.compare(&format!("etcdctl {format}"), &line, &a, &b);
            servers.compare(&format!("rsctl {format}"), &line, &c, &d);
            clients.compare(format, &line, &a, &c);
        }
    }
    servers.finish();
    clients.finish();
}
