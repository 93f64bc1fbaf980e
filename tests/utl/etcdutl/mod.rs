//! The commands of etcdutl.
//!
//! * `pair`: the real etcdutl 3.5.1 and `rsutl`, called `etcdutl`, do and print the same.
//! * `recorded`: what both do not share, as it was recorded after a look at the sheets.
//! * `members`: on directories of servers, ours and etcd's, which run and stop.
//! * `failing`: damage, full disks, what is left behind.

#[path = "../../compat/differences.rs"]
#[allow(dead_code)]
mod differences;
mod failing;
mod members;
mod pair;
mod recorded;

use std::fs;
use std::path::{Path, PathBuf};

use crate::unzipped;

const RELEASES: [&str; 3] = ["3.4.23", "3.5.1", "3.7.1"];

fn snapshot(release: &str) -> Vec<u8> {
    unzipped(&format!("snapshot/{release}-single.db.gz"))
}

/// A data directory with the database and the log of the same run.
fn data_dir(root: &Path, release: &str, name: &str) -> PathBuf {
    let dir = root.join(name);
    fs::create_dir_all(dir.join("member/snap")).unwrap();
    fs::create_dir_all(dir.join("member/wal")).unwrap();
    fs::write(dir.join("member/snap/db"), snapshot(release)).unwrap();
    let log = unzipped(&format!("replay/{release}-single.wal.gz"));
    fs::write(dir.join("member/wal/0000000000000000-0000000000000000.wal"), log).unwrap();
    dir
}

/// Lines of standard error without what differs between runs: time and place of log lines, durations, panics' stacks.
fn steady(stderr: &str) -> String {
    let mut text = String::new();
    for line in stderr.lines() {
        let columns: Vec<&str> = line.splitn(4, '\t').collect();
        match columns[..] {
            [_, level, caller, rest] if caller.contains(".rs:") => {
                let rest = rest.split("\"took\": ").next().unwrap_or(rest);
                text += &format!("TIME\t{level}\tCALLER\t{rest}\n");
            }
            _ => text += &format!("{line}\n"),
        }
    }
    text
}
