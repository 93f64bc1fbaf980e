//! Where the programs under test are: our own from this build, etcd's from the environment or from `.ci/run`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the etcd to compare with.
pub const PEER: &str = "RSETCD_PEER_ETCD";
/// Names the etcdutl to check files with, if that is not beside the etcd.
pub const PEER_UTL: &str = "RSETCD_PEER_ETCDUTL";
/// Replaces the `rsetcd` of this build, for instance by a release build or by a second etcd.
pub const OWN: &str = "RSETCD_BIN";

/// A server program.
#[derive(Clone, Debug)]
pub struct Program {
    pub path: PathBuf,
    pub is_rsetcd: bool,
}

impl Program {
    fn at(path: PathBuf) -> Self {
        let output =
            Command::new(&path).arg("--version").output().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let is_rsetcd = String::from_utf8_lossy(&output.stdout).contains("rsetcd");
        Self { path, is_rsetcd }
    }
}

/// The server to test.
pub fn own() -> Program {
    match std::env::var_os(OWN) {
        Some(path) => Program::at(path.into()),
        None => Program { path: env!("CARGO_BIN_EXE_rsetcd").into(), is_rsetcd: true },
    }
}

/// The `rsutl` of this build.
pub fn rsutl() -> PathBuf {
    std::env::var_os("RSUTL_BIN").map_or_else(|| env!("CARGO_BIN_EXE_rsutl").into(), PathBuf::from)
}

/// The real etcd, or `None` after saying why the test is left out.
///
/// # Panics
/// There is none and this is CI, where leaving out is a failure.
pub fn peer() -> Option<Program> {
    let path = match std::env::var_os(PEER) {
        Some(path) => PathBuf::from(path),
        None => target().join("peer/bin/etcd"),
    };
    if path.exists() {
        return Some(Program::at(path));
    }
    let reason = format!("no etcd at {} (set {PEER}, or let .ci/run install one)", path.display());
    assert!(std::env::var_os("CI").is_none(), "{reason}");
    println!("skipped: {reason}");
    None
}

/// The real etcdctl, which comes with the etcd of [`peer`].
///
/// # Panics
/// It is not there.
pub fn peer_ctl(peer: &Program) -> PathBuf {
    let path = peer.path.with_file_name("etcdctl");
    assert!(path.exists(), "no etcdctl beside {}", peer.path.display());
    path
}

/// The real etcdutl, which comes with the etcd of [`peer`] unless the environment names another.
///
/// # Panics
/// It is not there.
pub fn peer_utl(peer: &Program) -> PathBuf {
    let path = std::env::var_os(PEER_UTL).map_or_else(|| peer.path.with_file_name("etcdutl"), PathBuf::from);
    assert!(path.exists(), "no etcdutl at {}", path.display());
    path
}

/// Cargo's target folder.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("cargo puts its scratch folder into target").into()
}
