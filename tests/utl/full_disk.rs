//! A disk that is full while something is written: the error says so, what was there is as it was, and nothing stands
//! under a final name. (`restore`, `etcdutl` and `wal_repair` have those of their commands.)

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::see::member;
use super::support::program;
use super::{rsutl, unzipped};

const MEMBER: &str = "3.5.1-auth-killed";
/// What the error says of it.
pub const TOLD: [&str; 2] = ["File too large", "the disk may be full"];

/// Runs `rsutl` where no file may grow beyond `bytes`.
#[allow(unsafe_code)]
pub fn with_limit(root: &Path, bytes: u64, args: &[&str]) -> Output {
    let limit = move || {
        // SAFETY: a signal's disposition, set between fork and exec; the write then fails instead.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
        Ok(setrlimit(Resource::Fsize, Rlimit { current: Some(bytes), maximum: Some(bytes) })?)
    };
    let mut command = Command::new(program::rsutl());
    // SAFETY: between fork and exec it makes two system calls and neither allocates nor takes a lock.
    unsafe { command.current_dir(root).args(args).pre_exec(limit) };
    command.output().unwrap()
}

/// All files below a directory with their content.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn nothing_half_written_stays_and_nothing_is_lost() {
    let orders: [(&[&str], &[u64]); 3] = [
        (&["export", MEMBER, "out", "--target-version", "3.5"], &[0, 5_000, 100_000, 63_000_000]),
        (&["adopt", MEMBER], &[0, 5_000, 60_000, 100_000]),
        (&["snapshot", "extract", "s.db", "part.db"], &[0, 5_000, 100_000]),
    ];
    for (args, limits) in orders {
        let root = tempfile::tempdir().unwrap();
        member(root.path(), MEMBER);
        fs::write(root.path().join("s.db"), unzipped("snapshot/3.5.1-single.db.gz")).unwrap();
        let before = files(root.path());
        for &bytes in limits {
            let output = with_limit(root.path(), bytes, args);
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let is_told = TOLD.iter().any(|word| text.contains(word));
            assert!(output.status.code() == Some(1) && is_told, "{args:?} {bytes}: {text}");
            let after = files(root.path());
            let lock = |path: &PathBuf| path.ends_with("member/LOCK");
            let (before, after): (Vec<_>, Vec<_>) =
                (before.keys().filter(|path| !lock(path)).collect(), after.keys().filter(|path| !lock(path)).collect());
            assert_eq!(after, before, "{args:?} {bytes}");
        }
        let content: BTreeMap<_, _> =
            files(root.path()).into_iter().filter(|(path, _)| before.contains_key(path)).collect();
        assert!(content == before, "{args:?} changed a file");
        let (code, out, err) = rsutl(root.path(), args);
        assert_eq!(code, 0, "{args:?} with room: {out}{err}");
    }
}
