//! A server process on free ports of 127.0.0.1, its data in a scratch folder. It never outlives its value.

use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rsetcd::pb::etcdserverpb::{RangeRequest, kv_client::KvClient};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use super::program::Program;
use super::wait::PATIENCE;

/// Two programs may race for a port: then the start is tried again on others.
const PORT_TRIES: usize = 5;

/// One member and its data, running or not.
pub struct Server {
    program: Program,
    name: String,
    flags: Vec<String>,
    ports: Ports,
    child: Option<Child>,
    // Last: removed after the process is gone.
    dir: TempDir,
}

#[derive(Clone, Copy)]
struct Ports {
    client: u16,
    peer: u16,
}

impl Server {
    /// Starts a fresh member and waits until it answers a linearizable read. `{client}` in a flag is the client port.
    pub async fn start(program: &Program, flags: &[String]) -> Self {
        Self::start_named(program, "m1", flags).await
    }

    /// [`Server::start`] with a name of the member.
    pub async fn start_named(program: &Program, name: &str, flags: &[String]) -> Self {
        let dir = TempDir::with_prefix("rsetcd-test-").expect("a scratch folder");
        let (program, name) = (program.clone(), name.to_owned());
        let mut server = Self { program, name, flags: flags.to_vec(), ports: Ports::free(), child: None, dir };
        for _ in 1..PORT_TRIES {
            server.spawn();
            match server.wait_until_ready().await {
                Ok(()) => return server,
                Err(text) if text.contains("address already in use") => {
                    server.kill();
                    fs::remove_dir_all(server.data_dir()).ok();
                    server.ports = Ports::free();
                }
                Err(text) => panic!("{text}"),
            }
        }
        panic!("no free ports for {}", server.program.path.display());
    }

    /// A member that is not started; `fill` makes its data directory, or leaves it out.
    pub fn over(program: &Program, flags: &[String], fill: impl FnOnce(&Path)) -> Self {
        let dir = TempDir::with_prefix("rsetcd-test-").expect("a scratch folder");
        let (program, name) = (program.clone(), "m1".to_owned());
        let server = Self { program, name, flags: flags.to_vec(), ports: Ports::free(), child: None, dir };
        fill(&server.data_dir());
        server
    }

    /// Starts it again on the same data and ports; waits as [`Server::start`] does.
    pub async fn start_again(&mut self) {
        self.spawn();
        self.wait_until_ready().await.unwrap_or_else(|text| panic!("{text}"));
    }

    /// Starts the process without waiting for it.
    pub fn spawn(&mut self) {
        assert!(self.child.is_none(), "already running");
        let log = File::options().create(true).append(true).open(self.log_file()).expect("the log file");
        let (client, peer) = (self.client_url(), self.peer_url());
        let mut command = Command::new(&self.program.path);
        command
            .args(["--name", &self.name, "--data-dir"])
            .arg(self.data_dir())
            .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
            .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
            .args(["--initial-cluster", &format!("{}={peer}", self.name)])
            .args(self.flags.iter().map(|flag| flag.replace("{client}", &self.ports.client.to_string())))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle of the log file"))
            .stderr(log)
            .process_group(0);
        end_with_us(&mut command);
        self.child = Some(command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.program.path.display())));
    }

    /// Waits for the answer of a linearizable read.
    ///
    /// # Errors
    /// What went wrong, with the end of the log: the process ended, or never answered.
    pub async fn wait_until_ready(&mut self) -> Result<(), String> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.try_wait() {
                return Err(format!("{} ended: {status}\n{}", self.program.path.display(), self.log_tail()));
            }
            // A process that lost the race for its port ends; then another one has answered.
            if self.answers().await && self.try_wait().is_none() {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("{} does not answer\n{}", self.program.path.display(), self.log_tail()));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Starts it and expects that it ends by itself with an exit code other than 0; gives what it logged last.
    ///
    /// # Panics
    /// It goes on, or ends otherwise.
    pub fn refuses_to_start(&mut self) -> String {
        self.spawn();
        let start = Instant::now();
        loop {
            if let Some(status) = self.try_wait() {
                self.child = None;
                assert!(status.code().is_some_and(|code| code != 0), "{status}\n{}", self.log_tail());
                return self.log_tail();
            }
            assert!(start.elapsed() < PATIENCE, "started all the same\n{}", self.log_tail());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A server of the same program on other ports and on this one's data. It must not outlive this one.
    pub fn second_on_this_data(&self) -> Self {
        let dir = TempDir::with_prefix("rsetcd-test-").expect("a scratch folder");
        std::os::unix::fs::symlink(self.data_dir(), dir.path().join("data")).expect("a link");
        let (program, name) = (self.program.clone(), self.name.clone());
        Self { program, name, flags: self.flags.clone(), ports: Ports::free(), child: None, dir }
    }

    async fn answers(&self) -> bool {
        let Ok(channel) = self.endpoint().connect().await else { return false };
        let request = RangeRequest { key: "ready".into(), count_only: true, ..Default::default() };
        let mut client = KvClient::new(channel);
        let read = client.range(request);
        match tokio::time::timeout(Duration::from_secs(10), read).await {
            Ok(Ok(_)) => true,
            // Authentication is on: it would answer others.
            Ok(Err(status)) => status.code() == tonic::Code::InvalidArgument,
            Err(_) => false,
        }
    }

    /// Ends it by SIGTERM and waits for the end.
    ///
    /// # Panics
    /// It does not end, or otherwise than by that signal.
    pub fn stop(&mut self) {
        let child = self.child.as_mut().expect("running");
        kill_process(pid(child), Signal::TERM).expect("the process is there");
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait().expect("our own child") {
                self.child = None;
                assert_eq!(status.signal(), Some(Signal::TERM.as_raw()), "{status}\n{}", self.log_tail());
                return;
            }
            if start.elapsed() > PATIENCE {
                let tail = self.log_tail();
                self.kill();
                panic!("{} does not stop\n{tail}", self.program.path.display());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it by SIGKILL, with all processes of its group. Does nothing when it is not running.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            kill_process_group(pid(&child), Signal::KILL).ok();
            child.wait().ok();
        }
    }

    /// The id for a kill from elsewhere.
    pub fn process(&self) -> Pid {
        pid(self.child.as_ref().expect("running"))
    }

    /// How the process ended, if it has.
    pub fn try_wait(&mut self) -> Option<ExitStatus> {
        self.child.as_mut().and_then(|child| child.try_wait().expect("our own child"))
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint::from_shared(self.client_url()).expect("a valid URL").connect_timeout(PATIENCE)
    }

    /// A connection of its own.
    pub async fn connect(&self) -> Channel {
        self.endpoint().connect().await.unwrap_or_else(|error| panic!("connect: {error}\n{}", self.log_tail()))
    }

    pub fn client_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.client)
    }

    pub fn peer_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.peer)
    }

    pub fn client_port(&self) -> u16 {
        self.ports.client
    }

    pub fn program(&self) -> &Program {
        &self.program
    }

    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Leaves the data there for a look at it; gives the place.
    pub fn keep(mut self) -> PathBuf {
        self.kill();
        self.dir.disable_cleanup(true);
        self.dir.path().to_path_buf()
    }

    fn log_file(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    /// All that it has logged, in all its runs.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// The last lines of its log.
    pub fn log_tail(&self) -> String {
        tail(&self.log_file(), 20).unwrap_or_else(|error| format!("no log: {error}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Even a test that is killed leaves no server behind. The signal comes at the end of the spawning thread: spawn from
/// a thread that lives as long as the test.
#[allow(unsafe_code)]
fn end_with_us(command: &mut Command) {
    let set = || Ok(rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?);
    // SAFETY: between fork and exec it makes one system call and neither allocates nor takes a lock.
    unsafe { command.pre_exec(set) };
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

fn tail(file: &Path, lines: usize) -> io::Result<String> {
    let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
    let lines: Vec<&str> = text.lines().rev().take(lines).collect();
    Ok(lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
}

impl Ports {
    /// Two ports that nobody listens on, below the range from which outgoing connections get theirs.
    fn free() -> Self {
        Self { client: free_port(), peer: free_port() }
    }
}

/// A port that no other call in this process gives, that nobody listens on, and that no outgoing connection gets.
pub fn free_port() -> u16 {
    const FIRST: u16 = 15_000;
    const COUNT: u16 = 15_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id() % u32::from(COUNT)) as u16;
    loop {
        let offset = NEXT.fetch_add(7, Ordering::Relaxed);
        let port = FIRST + (start.wrapping_add(offset)) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
