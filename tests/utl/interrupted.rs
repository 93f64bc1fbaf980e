//! A signal while something is written: what is temporary goes, and the process ends by the signal.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::support::program;
use super::{rsutl, unzipped};

/// The others may be ignored by whoever runs this, and are then ignored by the program too.
const SIGNAL: Signal = Signal::TERM;
/// A run may be over before it is interrupted.
const TRIES: usize = 50;

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Stops the process as soon as something is in `dir`; false if it ended first.
fn stopped_at_work(child: &mut Child, dir: &Path) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        if !names(dir).is_empty() {
            let pid = Pid::from_child(child);
            return child.try_wait().unwrap().is_none() && kill_process(pid, Signal::STOP).is_ok();
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
    }
    panic!("nothing happens");
}

#[test]
fn nothing_is_left_by_a_process_that_was_interrupted() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("s.db"), unzipped("snapshot/3.5.1-single.db.gz")).unwrap();
    let (code, out, err) = rsutl(root.path(), &["snapshot", "restore", "s.db", "--data-dir", "member"]);
    assert_eq!(code, 0, "{out}{err}");
    let orders: [&[&str]; 4] = [
        &["snapshot", "restore", "s.db", "--data-dir", "out/new"],
        &["snapshot", "restore", "s.db", "--data-dir", "out/new", "--wal-dir", "out/wal", "--backend", "bbolt"],
        &["export", "member", "out/new"],
        &["snapshot", "extract", "s.db", "out/part.db"],
    ];
    let out = root.path().join("out");
    for args in orders {
        let interrupted = (0..TRIES).any(|_| {
            let _ = fs::remove_dir_all(&out);
            fs::create_dir(&out).unwrap();
            let mut command = Command::new(program::rsutl());
            command.current_dir(root.path()).args(args).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            if stopped_at_work(&mut child, &out) {
                kill_process(Pid::from_child(&child), SIGNAL).unwrap();
                kill_process(Pid::from_child(&child), Signal::CONT).unwrap();
            }
            let status = child.wait().unwrap();
            if status.success() {
                return false;
            }
            assert_eq!(status.signal(), Some(SIGNAL.as_raw()), "{args:?}: {status}");
            // All of it, or nothing: it may have been done by the time.
            let left = names(&out);
            let is_whole =
                !left.is_empty() && left.iter().all(|name| ["new", "wal", "part.db"].contains(&name.as_str()));
            assert!(left.is_empty() || is_whole, "{args:?}: {left:?}");
            left.is_empty()
        });
        assert!(interrupted, "{args:?} was over each time");
    }
}
