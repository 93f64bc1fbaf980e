//! One client, two servers: each command of `pair.txt` prints the same against a fresh etcd 3.5.1 as against a fresh
//! rsetcd. Where it does not, `differences.txt` holds both outputs and the section of the fact sheets that tells
//! that etcd 3.7 answers so; the form of a row is told in `tests/compat/differences.rs`.

use std::{
    cell::RefCell,
    collections::HashSet,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
    time::timeout,
};

use crate::{
    LIMITS, block_on,
    differences::Differences,
    normal::{self, COLUMNS_3_5, COLUMNS_3_7, Columns, Run},
    start,
    support::{
        program::{self, Program},
        server::Server,
        wait::PATIENCE,
    },
    without_logs,
};

/// A session that prints nothing for so long after what was waited for, and has nothing to do, has printed all.
const QUIET: Duration = Duration::from_millis(150);
const FORMATS: [&str; 5] = ["simple", "json", "fields", "table", "protobuf"];

/// A client program.
pub struct Tool {
    /// As it stands in `differences.txt`.
    pub name: &'static str,
    path: PathBuf,
    columns: Columns,
}

/// The real one.
pub fn etcdctl(peer: &Program) -> Tool {
    Tool { name: "etcdctl", path: program::peer_ctl(peer), columns: COLUMNS_3_5 }
}

/// Ours.
pub fn rsctl() -> Tool {
    Tool { name: "rsctl", path: env!("CARGO_BIN_EXE_rsctl").into(), columns: COLUMNS_3_7 }
}

impl Tool {
    /// A command for a server, with pipes and nothing from the environment.
    pub fn command(&self, format: &str, url: &str, args: &[String]) -> Command {
        let mut command = Command::new(&self.path);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ETCDCTL_") {
                command.env_remove(name);
            }
        }
        command.args(["-w", format, "--endpoints", url]).args(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }
}

#[test]
fn etcdctl_prints_the_same_against_rsetcd_as_against_etcd() {
    let Some(peer) = program::peer() else { return };
    block_on(compare(&etcdctl(&peer), &peer));
}

#[test]
fn rsctl_prints_the_same_against_rsetcd_as_against_etcd() {
    let Some(peer) = program::peer() else { return };
    block_on(compare(&rsctl(), &peer));
}

/// Runs all of `pair.txt`.
async fn compare(tool: &Tool, peer: &Program) {
    let own = program::own();
    let (etcd, rsetcd) = tokio::join!(start(peer, "m1"), start(&own, "m1"));
    let etcd = Side::new(tool, etcd).await;
    let rsetcd = Side::new(tool, rsetcd).await;
    let rows = Differences::parse(&read("differences.txt"));
    let (mut runs, mut used, mut failures) = (0, HashSet::new(), Vec::new());
    for step in steps(&read("pair.txt")) {
        for &format in &step.formats {
            runs += 1;
            let (on_etcd, on_rsetcd) = tokio::join!(etcd.run(&step, format), rsetcd.run(&step, format));
            let case = format!("{} {format}", tool.name);
            let row = rows.find(&case, &step.line);
            let is_expected = match row {
                Some(row) => {
                    used.insert((case.clone(), step.line.clone()));
                    (&row.etcd, &row.rsetcd) == (&on_etcd, &on_rsetcd)
                }
                None => on_etcd == on_rsetcd,
            };
            if !is_expected {
                let (etcd, rsetcd) = (on_etcd.join("\n  "), on_rsetcd.join("\n  "));
                failures.push(format!("[{case}] {}\nsection: ?\netcd:\n  {etcd}\nrsetcd:\n  {rsetcd}\n", step.line));
            }
        }
    }
    println!("{}: {runs} runs of commands compared, {} of them differ as listed", tool.name, used.len());
    for format in FORMATS {
        let case = format!("{} {format}", tool.name);
        let unused = rows.of_script(&case).find(|row| !used.contains(&(row.case.clone(), row.line.clone())));
        assert!(unused.is_none(), "no such command: {unused:?}");
    }
    assert!(failures.is_empty(), "{} of {runs} runs differ:\n\n{}", failures.len(), failures.join("\n"));
}

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ctl").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A command of `pair.txt`; the form is told there.
#[derive(Debug)]
struct Step {
    formats: Vec<&'static str>,
    /// The command as it stands in the file, and what is typed.
    line: String,
    args: Vec<String>,
    actions: Vec<Action>,
}

#[derive(Debug)]
enum Action {
    /// A line for its standard input.
    Type(String),
    /// Another command for the same server, which must succeed.
    Meanwhile(Vec<String>),
    /// Go on when it has printed this.
    Wait(String),
    /// SIGINT, after which it ends by itself.
    Interrupt,
}

impl Step {
    /// It does not end by itself, or not before its standard input does.
    fn is_session(&self) -> bool {
        self.actions.iter().any(|action| matches!(action, Action::Wait(_)))
    }
}

fn steps(script: &str) -> Vec<Step> {
    let words = |text: &str| shlex::split(text).unwrap_or_else(|| panic!("quotes: {text}"));
    let mut steps: Vec<Step> = Vec::new();
    for line in script.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if let Some(head) = line.strip_prefix('[') {
            let (formats, line) = head.split_once("] ").unwrap_or_else(|| panic!("no command: {line}"));
            let is_named = |format: &&str| formats == "all" || formats.split(' ').any(|name| name == *format);
            let formats: Vec<_> = FORMATS.into_iter().filter(is_named).collect();
            assert!(!formats.is_empty(), "no format: {line}");
            steps.push(Step { formats, line: line.to_owned(), args: words(line), actions: Vec::new() });
            continue;
        }
        let step = steps.last_mut().unwrap_or_else(|| panic!("outside of a command: {line}"));
        step.actions.push(match line.split_once(' ').unwrap_or((line, "")) {
            ("<", text) => {
                step.line += &format!(" < {text}");
                Action::Type(text.to_owned())
            }
            (">", text) => Action::Meanwhile(words(text)),
            ("wait", text) => Action::Wait(text.to_owned()),
            ("interrupt", "") => Action::Interrupt,
            _ => panic!("not understood: {line}"),
        });
    }
    steps
}

/// A server and the client for it.
pub struct Side<'a> {
    tool: &'a Tool,
    server: Server,
    client_url: String,
    peer_url: String,
    cluster: u64,
    member: u64,
    /// The id that `lease grant` printed last, in the simple format.
    lease: RefCell<String>,
}

impl<'a> Side<'a> {
    pub async fn new(tool: &'a Tool, server: Server) -> Self {
        let (client_url, peer_url) = (server.client_url(), server.peer_url());
        let mut side = Self { tool, server, client_url, peer_url, cluster: 0, member: 0, lease: RefCell::default() };
        let output = side.command("json", &["member".into(), "list".into()]).output().await.expect("the client starts");
        let members: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        side.cluster = members["header"]["cluster_id"].as_u64().expect("an id");
        side.member = members["header"]["member_id"].as_u64().expect("an id");
        side
    }

    pub fn command(&self, format: &str, args: &[String]) -> Command {
        let args: Vec<_> = args
            .iter()
            .map(|arg| {
                let arg = arg.replace("LEASE", &self.lease.borrow()).replace("PEER", &self.peer_url);
                arg.replace("MEMBER", &format!("{:x}", self.member))
            })
            .collect();
        let mut command = self.tool.command(format, &self.client_url, &args);
        // `snapshot save` writes a file.
        command.current_dir(self.server.data_dir().parent().expect("the scratch folder of the server"));
        command.envs(LIMITS);
        command
    }

    /// The URL for clients replaced.
    pub fn without_urls(&self, text: &str) -> String {
        text.replace(&self.client_url, "http://CLIENT")
    }

    /// Runs a step; gives exit code, standard output and standard error, a line each, after the rules of `normal`.
    async fn run(&self, step: &Step, format: &str) -> Vec<String> {
        let run =
            async { if step.is_session() { self.session(step, format).await } else { self.call(step, format).await } };
        let (code, stdout, stderr) = timeout(PATIENCE, run).await.unwrap_or_else(|_| {
            let (tool, program) = (self.tool.name, self.server.program().path.display());
            panic!("{tool} -w {format} {} against {program} does not end\n{}", step.line, self.server.log_tail())
        });
        if format == "simple" && step.args.starts_with(&["lease".into(), "grant".into()]) {
            let text = String::from_utf8_lossy(&stdout);
            *self.lease.borrow_mut() = text.split(' ').nth(1).unwrap_or_default().to_owned();
        }
        let stdout = self.normal(&stdout, format, &step.args);
        let stderr = self.without_urls(&without_logs(&String::from_utf8_lossy(&stderr)));
        let code = code.map_or("ended by the test".into(), |code| format!("exit {code}"));
        let lines = |name: &'static str, text: &str| -> Vec<String> {
            text.split_inclusive('\n').map(|line| format!("{name} {line:?}")).collect()
        };
        [vec![code], lines("out", &stdout), lines("err", &stderr)].concat()
    }

    async fn call(&self, step: &Step, format: &str) -> (Option<i32>, Vec<u8>, Vec<u8>) {
        let mut child = self.command(format, &step.args).spawn().expect("the client starts");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        for action in &step.actions {
            match action {
                // A command that fails early does not read.
                Action::Type(line) => drop(stdin.write_all(format!("{line}\n").as_bytes()).await),
                Action::Meanwhile(_) | Action::Wait(_) | Action::Interrupt => {
                    panic!("not for a command that ends: {step:?}")
                }
            }
        }
        drop(stdin);
        let output = child.wait_with_output().await.expect("the client ends");
        (output.status.code(), output.stdout, output.stderr)
    }

    async fn session(&self, step: &Step, format: &str) -> (Option<i32>, Vec<u8>, Vec<u8>) {
        let mut child = self.command(format, &step.args).spawn().expect("the client starts");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        let (mut stdout, mut stderr) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        for action in &step.actions {
            match action {
                Action::Type(line) => stdin.write_all(format!("{line}\n").as_bytes()).await.expect("the client reads"),
                Action::Interrupt => {
                    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("it runs");
                    kill_process(pid, Signal::INT).expect("it is there");
                }
                Action::Meanwhile(args) => {
                    let output = self.command("simple", args).output().await.expect("the client starts");
                    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
                }
                Action::Wait(text) => {
                    while !contains(&out, text) && stdout.read_buf(&mut out).await.expect("a pipe can be read") > 0 {}
                }
            }
        }
        let is_ending = step.actions.iter().any(|action| matches!(action, Action::Interrupt));
        let pid = child.id();
        loop {
            match timeout(QUIET, stdout.read_buf(&mut out)).await {
                Ok(Ok(1..)) => {}
                Ok(_) => break,
                Err(_) if pid.is_none_or(is_waiting) => break,
                Err(_) => {}
            }
        }
        drop(stdin);
        if !is_ending && !step.args.iter().any(|arg| arg == "-i") {
            child.start_kill().ok();
        }
        stdout.read_to_end(&mut out).await.expect("a pipe can be read");
        stderr.read_to_end(&mut err).await.expect("a pipe can be read");
        (child.wait().await.expect("the client ends").code(), out, err)
    }

    fn normal(&self, stdout: &[u8], format: &str, args: &[String]) -> String {
        let run =
            Run { client_url: &self.client_url, peer_url: &self.peer_url, cluster: self.cluster, member: self.member };
        if format == "protobuf" && normal::has_message(args) {
            return normal::protobuf(stdout, args, &run);
        }
        let text = normal::lines_of_pair(&String::from_utf8_lossy(stdout), format, args, &run, &self.tool.columns);
        match args[0].as_str() {
            "endpoint" if args.get(1).is_some_and(|name| name == "status") => normal::versions(&text),
            "lease" | "lock" | "elect" => normal::fresh(&text),
            _ => text,
        }
    }
}

/// Whether all threads of a process wait for something: on a loaded machine one may be silent for want of a core.
fn is_waiting(pid: u32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return true };
    let stats = threads.flatten().filter_map(|thread| std::fs::read_to_string(thread.path().join("stat")).ok());
    // The state stands behind the name, which is in parentheses.
    let mut states = stats.filter_map(|stat| stat.rsplit_once(") ")?.1.chars().next());
    states.all(|state| !matches!(state, 'R' | 'D'))
}

/// Whether the output holds `text`, as it is or as JSON writes bytes.
fn contains(output: &[u8], text: &str) -> bool {
    let holds = |part: &str| output.windows(part.len()).any(|window| window == part.as_bytes());
    holds(text) || holds(&format!("\"{}\"", STANDARD.encode(text)))
}
