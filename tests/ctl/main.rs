//! The command line client against a fresh server, in several ways:
//!
//! * `golden`: `rsctl`, called `etcdctl`, prints for the recorded commands of etcdctl 3.7.1 what is recorded.
//! * `complete`: what bash offers, with the script of `completion` sourced.
//! * `ops`: a script for etcdctl runs with `rsctl` under that name.
//! * `hint`: what stands before an error that one can act on.
//! * `pair`: the real etcdctl 3.5.1, and rsctl too, print the same against rsetcd as against a real etcd, and both the same.
//! * `long`: so they do where a command takes its time or needs two servers: `check`, `make-mirror`.
//! * `prompt`: a signal at a prompt for a password.
//! * `beyond`: what etcdctl does not have prints what its script says.
//!
//! What depends on the run is replaced on both sides by the rules in `normal`.
//!
//! | environment | |
//! |---|---|
//! | `RSETCD_PEER_ETCD` | the etcd to compare with; its etcdctl is beside it |
//! | `RSETCD_BIN` | another server in place of this build's rsetcd |

mod beyond;
mod complete;
// What is unused here is used by the comparison of answers.
#[allow(dead_code)]
#[path = "../compat/differences.rs"]
mod differences;
mod golden;
mod hint;
mod long;
mod message;
mod normal;
mod ops;
mod pair;
mod prompt;
mod script;
mod side;
#[path = "../support/mod.rs"]
mod support;
mod table;

use support::{program::Program, server::Server};

/// Runs `future` on this thread, servers included: they end with the thread that started them.
fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// A fresh server for commands: without fsync and with cheap hashes, on which nothing depends that is printed.
async fn start(program: &Program, name: &str) -> Server {
    Server::start_named(program, name, &["--unsafe-no-fsync", "--bcrypt-cost=4"].map(String::from)).await
}

/// Limits of a command: those of etcdctl are too short for a machine that does much else.
const LIMITS: [(&str, &str); 2] = [("ETCDCTL_DIAL_TIMEOUT", "60s"), ("ETCDCTL_COMMAND_TIMEOUT", "120s")];

/// Standard error without JSON log lines and hints.
fn without_logs(stderr: &str) -> String {
    stderr.lines().filter(|line| !line.starts_with('{') && !line.starts_with("hint: ")).collect::<Vec<_>>().join("\n")
}
