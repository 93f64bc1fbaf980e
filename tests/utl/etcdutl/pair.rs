//! Each command does the same and prints the same when the real etcdutl 3.5.1 runs it as when `rsutl` does, called
//! `etcdutl`, on files of etcd. Where it does not, `differences.txt` holds both outputs and the section of the fact
//! sheets that tells that 3.7 does so; the form of a row is told in `tests/compat/differences.rs`.
//!
//! What is compared: the exit code, standard output, and of standard error the lines that say what failed. By rule
//! `help` the text of a help screen is not compared, only that there is one; by rule `script` likewise that of a script.
//! Not here: `defrag` of a directory that is not there, where 3.5.1 crashes in one of two ways (see `recorded`).

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::differences::Differences;
use super::{RELEASES, data_dir, snapshot};
use crate::support::program;

const FORMATS: [&str; 5] = ["simple", "json", "fields", "table", "protobuf"];

/// Commands in the order they run; the first word says in which formats.
const COMMANDS: &str = "
    all     snapshot status 3.4.23.db
    all     snapshot status 3.5.1.db
    all     snapshot status 3.7.1.db
    simple  defrag --data-dir d3.5.1
    simple  snapshot status d3.5.1/member/snap/db
    json    snapshot status d3.5.1/member/snap/db
    simple  def --data-dir=d3.7.1
    simple  snap stat d3.7.1/member/snap/db
    json    defrag --data-dir d3.4.23
    json    snapshot status d3.4.23/member/snap/db
    all     snapshot status nofile
    bogus   snapshot status nofile
    simple  snapshot status
    bogus   snapshot status
    simple  snapshot status 3.5.1.db 3.7.1.db
    simple  snapshot status empty.db
    simple  snapshot status random.db
    simple  snapshot status --bogus
    simple  snapshot status -h
    simple  snapshot
    simple  snapshot bogus
    simple  snapshot --bogus
    simple  snapshot save x
    simple  defrag
    simple  defrag --data-dir
    simple  defrag --bogus
    simple  defrag -x
    simple  defrag --help
    simple  version
    json    version
    bogus   version
    simple  version more
    simple  ver
    simple  bogus
    simple  verrsion
    simple  help
    simple  help defrag
    simple  help bogus
    simple  --bogus
    simple  --version
    simple  completion
    simple  completion bash
    simple  completion bogus
    simple  hashkv
    simple  hashkv nofile
    simple  migrate
";

struct Side {
    program: PathBuf,
    dir: tempfile::TempDir,
}

impl Side {
    fn new(program: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("etcdutl");
        symlink(program, &link).unwrap();
        for release in RELEASES {
            fs::write(dir.path().join(format!("{release}.db")), snapshot(release)).unwrap();
            data_dir(dir.path(), release, &format!("d{release}"));
        }
        fs::write(dir.path().join("empty.db"), "").unwrap();
        let random: Vec<u8> = (0_u32..30_000).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        fs::write(dir.path().join("random.db"), random).unwrap();
        Self { program: link, dir }
    }

    fn run(&self, format: &str, line: &str) -> Vec<String> {
        let mut command = Command::new(&self.program);
        command.args(["-w", format]).args(line.split(' ')).current_dir(self.dir.path());
        let output = command.output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let mut lines = vec![format!("exit {}", output.status.code().expect("no signal"))];
        if out.contains("Usage:") {
            lines.push("out (help)".into());
        } else if out.contains("COMPREPLY") {
            lines.push("out (script)".into());
        } else {
            let out = if line.contains("/db") { size(&out) } else { out.into_owned() };
            lines.extend(out.split_inclusive('\n').map(|line| format!("out {line:?}")));
        }
        if err.contains("Usage:") {
            lines.push("err (help)".into());
        }
        let says_why = |line: &&str| ["Error: ", "panic: "].iter().any(|start| line.starts_with(start));
        lines.extend(err.lines().filter(says_why).map(|line| format!("err {line:?}")));
        lines
    }
}

/// Rule `size`: of a database that the tool itself has written, in the formats simple and json.
fn size(status: &str) -> String {
    if let Some((before, rest)) = status.split_once("\"totalSize\":") {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        return format!("{before}\"totalSize\":SIZE{rest}");
    }
    let mut fields: Vec<&str> = status.trim_end_matches('\n').split(',').collect();
    if let Some(size) = fields.get_mut(3) {
        *size = " SIZE";
    }
    fields.join(",") + "\n"
}

#[test]
fn etcdutl_and_rsutl_do_the_same() {
    let Some(peer) = program::peer() else { return };
    let (etcd, own) = (Side::new(&program::peer_utl(&peer)), Side::new(&program::rsutl()));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/utl/etcdutl/differences.txt");
    let rows = Differences::parse(&fs::read_to_string(path).unwrap(), ["etcd", "rsetcd"]);
    let (mut runs, mut used, mut failures) = (0, HashSet::new(), Vec::new());
    for command in COMMANDS.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (formats, line) = command.split_once(' ').unwrap();
        let (line, one) = (line.trim(), [formats]);
        for format in if formats == "all" { &FORMATS[..] } else { &one[..] } {
            runs += 1;
            let (on_etcd, on_own) = (etcd.run(format, line), own.run(format, line));
            let case = format!("etcdutl {format}");
            let is_expected = match rows.find(&case, line) {
                Some(row) => {
                    used.insert((case.clone(), line.to_owned()));
                    (&row.theirs, &row.ours) == (&on_etcd, &on_own)
                }
                None => on_etcd == on_own,
            };
            if !is_expected {
                let (etcd, own) = (on_etcd.join("\n  "), on_own.join("\n  "));
                failures.push(format!("[{case}] {line}\nsection: ?\netcd:\n  {etcd}\nrsetcd:\n  {own}\n"));
            }
        }
    }
    println!("{runs} runs of commands compared, {} of them differ as listed", used.len());
    for format in FORMATS.iter().chain(&["bogus"]) {
        let case = format!("etcdutl {format}");
        let unused = rows.of_script(&case).find(|row| !used.contains(&(row.case.clone(), row.line.clone())));
        assert!(unused.is_none(), "no such command: {unused:?}");
    }
    assert!(failures.is_empty(), "{} of {runs} runs differ:\n\n{}", failures.len(), failures.join("\n"));
}
