//! The recorded commands of etcdctl 3.7.1, in their order: standard output, exit code and standard error are the
//! recorded ones.

use std::{
    fs,
    io::Write,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;

use crate::{
    LIMITS, block_on,
    message::{has_message, protobuf},
    normal::{Leases, Run, lines},
    start,
    support::program,
    without_logs,
};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/golden-3.7.1/ctl.jsonl");
/// What the recorded server was.
const RECORDED: Run = Run {
    client_url: "http://127.0.0.1:53297",
    peer_url: "http://127.0.0.1:55099",
    cluster: 4484875799504673006,
    member: 8173677094829849316,
};

#[derive(Deserialize)]
struct Case {
    format: String,
    args: Vec<String>,
    #[serde(default)]
    stdin: String,
    code: i32,
    stdout: Recorded,
    stderr: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Recorded {
    Text(String),
    Bytes { base64: String },
}

impl Recorded {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Bytes { base64 } => STANDARD.decode(base64).expect("base64 in the golden file"),
        }
    }
}

struct Output {
    code: i32,
    stdout: Vec<u8>,
    stderr: String,
}

/// `rsctl` under the name of the tool whose output was recorded.
struct Ctl {
    program: PathBuf,
    endpoint: String,
}

impl Ctl {
    fn new(dir: &Path, endpoint: &str) -> Self {
        let program = dir.join("etcdctl");
        symlink(env!("CARGO_BIN_EXE_rsctl"), &program).expect("a link in the test's directory");
        Self { program, endpoint: endpoint.to_owned() }
    }

    fn run(&self, format: &str, args: &[String], stdin: &str) -> Output {
        let mut child = Command::new(&self.program)
            .args(["-w", format, "--endpoints", &self.endpoint])
            .args(args)
            .envs(LIMITS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("rsctl starts");
        // A command that fails early does not read.
        let _ = child.stdin.take().expect("stdin is a pipe").write_all(stdin.as_bytes());
        let output = child.wait_with_output().expect("rsctl ends");
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a command that must succeed and gives its output.
    fn must(&self, format: &str, args: &[&str]) -> String {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let output = self.run(format, &args, "");
        assert_eq!(output.code, 0, "{args:?}: {}", output.stderr);
        String::from_utf8(output.stdout).expect("text")
    }
}

fn cases() -> Vec<Case> {
    let text = fs::read_to_string(GOLDEN).expect("the golden file");
    text.lines().map(|line| serde_json::from_str(line).expect("a case a line")).collect()
}

#[test]
fn recorded_commands_print_what_etcdctl_prints() {
    let server = block_on(start(&program::own(), "golden"));
    let scratch = tempfile::tempdir().expect("a directory for the test");
    let (client_url, peer_url) = (server.client_url(), server.peer_url());
    let ctl = Ctl::new(scratch.path(), &client_url);
    let header: serde_json::Value = serde_json::from_str(&ctl.must("json", &["member", "list"])).expect("JSON");
    let id = |name: &str| header["header"][name].as_u64().expect("an id");
    let run = Run { client_url: &client_url, peer_url: &peer_url, cluster: id("cluster_id"), member: id("member_id") };
    let (mut leases, mut differences) = ([Leases::default(), Leases::default()], Vec::new());
    let cases = cases();
    for (number, case) in cases.iter().enumerate() {
        let output = ctl.run(&case.format, &case.args, &case.stdin);
        if let Some(difference) = differ(case, &output, &run, &mut leases) {
            differences
                .push(format!("case {number}: -w {} {:?} {:?}\n{difference}", case.format, case.args, case.stdin));
        }
    }
    println!("{} cases compared", cases.len());
    let shown = differences.join("\n");
    assert!(differences.is_empty(), "{} of {} cases differ\n{shown}", differences.len(), cases.len());
}

/// How an output differs from the recorded one.
fn differ(case: &Case, output: &Output, run: &Run, leases: &mut [Leases; 2]) -> Option<String> {
    let mut difference = String::new();
    let mut check = |what: &str, recorded: String, actual: String| {
        if recorded != actual {
            difference += &format!("  {what} recorded {recorded:?}\n  {what} now      {actual:?}\n");
        }
    };
    check("exit code", case.code.to_string(), output.code.to_string());
    let recorded = case.stdout.bytes();
    if recorded == b"(help)\n" {
        let help = String::from_utf8_lossy(&output.stdout).contains("Usage:");
        check("help", true.to_string(), help.to_string());
    } else if case.format == "protobuf" && has_message(&case.args) {
        check("stdout", protobuf(&recorded, &case.args, &RECORDED), protobuf(&output.stdout, &case.args, run));
    } else {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let recorded = lines(&text(&recorded), &case.format, &case.args, &RECORDED);
        let now = lines(&text(&output.stdout), &case.format, &case.args, run);
        check("stdout", leases[0].replace(&recorded, &case.args), leases[1].replace(&now, &case.args));
    }
    check("stderr", without_logs(&case.stderr), without_logs(&output.stderr));
    (!difference.is_empty()).then_some(difference)
}
