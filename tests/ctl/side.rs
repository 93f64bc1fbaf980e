//! A client program with a server of its own: runs steps of a script, and prints what came of them by the rules of
//! `normal`.

use std::{cell::RefCell, path::PathBuf, process::Stdio, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use prost::Message;
use rsetcd::pb::etcdserverpb::{AlarmRequest, alarm_request::AlarmAction};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
    time::timeout,
};

use crate::{
    message::{has_message, protobuf},
    normal::{self, COLUMNS_3_5, COLUMNS_3_7, Columns, Run},
    script::{Action, Step},
    support::{
        interrupt::restore_interrupt,
        program::{self, Program},
        server::Server,
        wait::PATIENCE,
        wire,
    },
    without_logs,
};

/// A session that prints nothing for so long after what was waited for, and has nothing to do, has printed all.
const QUIET: Duration = Duration::from_millis(150);
/// Those of `LIMITS`. Some commands of etcdctl 3.5 refuse them when they come from the environment.
const LIMIT_FLAGS: [&str; 2] = ["--dial-timeout=60s", "--command-timeout=120s"];

/// A client program.
pub struct Tool {
    /// As it stands in tables.
    pub name: &'static str,
    pub path: PathBuf,
    pub columns: Columns,
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
        // Help would be as wide as that.
        command.env_remove("COLUMNS");
        command.args(["-w", format, "--endpoints", url]).args(LIMIT_FLAGS).args(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        restore_interrupt(command.as_std_mut());
        command
    }
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
    /// The id of the member that was added last and has not been started.
    added: RefCell<String>,
}

impl<'a> Side<'a> {
    pub async fn new(tool: &'a Tool, server: Server) -> Self {
        let (client_url, peer_url) = (server.client_url(), server.peer_url());
        let (lease, added) = (RefCell::default(), RefCell::default());
        let mut side = Self { tool, server, client_url, peer_url, cluster: 0, member: 0, lease, added };
        let members = side.members().await;
        side.cluster = members["header"]["cluster_id"].as_u64().expect("an id");
        side.member = members["header"]["member_id"].as_u64().expect("an id");
        side
    }

    /// What `member list` says, as JSON.
    async fn members(&self) -> serde_json::Value {
        let output = self.command("json", &["member".into(), "list".into()]).output().await.expect("the client starts");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    pub fn command(&self, format: &str, args: &[String]) -> Command {
        let member = format!("{:x}", self.member);
        let (lease, added) = (self.lease.borrow(), self.added.borrow());
        let words = [
            ("LEASE", lease.as_str()),
            ("PEER", &self.peer_url),
            ("MEMBER", &member),
            ("ADDED", &added),
            ("FORMAT", format),
        ];
        let replace = |arg: &String| words.iter().fold(arg.clone(), |arg, (name, value)| arg.replace(name, value));
        let args: Vec<_> = args.iter().map(replace).collect();
        let mut command = self.tool.command(format, &self.client_url, &args);
        // `snapshot save` writes a file.
        command.current_dir(self.scratch());
        command
    }

    /// The scratch folder of the server.
    fn scratch(&self) -> PathBuf {
        self.server.data_dir().parent().expect("the server's data has a folder around it").to_owned()
    }

    fn identity(&self) -> Run<'_> {
        Run { client_url: &self.client_url, peer_url: &self.peer_url, cluster: self.cluster, member: self.member }
    }

    /// The URL for clients replaced.
    pub fn without_urls(&self, text: &str) -> String {
        text.replace(&self.client_url, "http://CLIENT")
    }

    /// Runs a step; gives exit code, standard output and standard error, a line each, after the rules of `normal`.
    pub async fn run(&self, step: &Step, format: &str) -> Vec<String> {
        for action in &step.actions {
            if let Action::Raise(alarm) = action {
                self.raise(*alarm).await;
            }
        }
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
        if code != Some(128) && step.args.starts_with(&["member".into(), "add".into()]) {
            let members = self.members().await;
            let is_added = |member: &&serde_json::Value| member["name"].is_null();
            let added = members["members"].as_array().expect("members").iter().find(is_added);
            *self.added.borrow_mut() =
                added.map_or_else(String::new, |member| format!("{:x}", member["ID"].as_u64().expect("an id")));
        }
        let stdout = self.normal(&stdout, format, &step.args);
        let stderr = normal::known(&without_logs(&String::from_utf8_lossy(&stderr)), &self.identity());
        let stderr = normal::trace(&normal::stty(&stderr));
        let code = code.map_or("ended by the test".into(), |code| format!("exit {code}"));
        let lines = |name: &'static str, text: &str| -> Vec<String> {
            text.split_inclusive('\n').map(|line| format!("{name} {line:?}")).collect()
        };
        [vec![code], lines("out", &stdout), lines("err", &stderr)].concat()
    }

    /// Raises an alarm at the server's member.
    async fn raise(&self, alarm: i32) {
        let request = AlarmRequest { action: AlarmAction::Activate.into(), member_id: self.member, alarm };
        let channel = self.server.connect().await;
        wire::unary(&channel, "/etcdserverpb.Maintenance/Alarm", request.encode_to_vec().into())
            .await
            .expect("the server raises it");
    }

    async fn call(&self, step: &Step, format: &str) -> (Option<i32>, Vec<u8>, Vec<u8>) {
        let mut child = self.command(format, &step.args).spawn().expect("the client starts");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        for action in &step.actions {
            match action {
                // A command that fails early does not read.
                Action::Type(line) => drop(stdin.write_all(format!("{line}\n").as_bytes()).await),
                Action::Raise(_) => {}
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
                Action::Raise(_) => {}
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
        if !step.is_interrupted() && !step.args.iter().any(|arg| arg == "-i") {
            child.start_kill().ok();
        }
        stdout.read_to_end(&mut out).await.expect("a pipe can be read");
        stderr.read_to_end(&mut err).await.expect("a pipe can be read");
        (child.wait().await.expect("the client ends").code(), out, err)
    }

    fn normal(&self, stdout: &[u8], format: &str, args: &[String]) -> String {
        let run = self.identity();
        if format == "protobuf" && has_message(args) {
            return protobuf(stdout, args, &run);
        }
        let text = normal::lines_of_pair(&String::from_utf8_lossy(stdout), format, args, &run, &self.tool.columns);
        match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["endpoint", "status", ..] => normal::versions(&text),
            ["lease" | "lock" | "elect", ..] => normal::fresh(&text),
            ["member", "add" | "list", ..] => normal::order(&normal::fresh(&text)),
            ["member", ..] => normal::fresh(&text),
            ["completion", ..] => normal::script(&text),
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
