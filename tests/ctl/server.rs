//! A server of one member for one test.

use std::{
    env, fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// How long a server may take until it is healthy.
const START: Duration = Duration::from_secs(30);

/// A running server; dropping it ends the process and removes its data.
pub struct Server {
    process: Child,
    dir: tempfile::TempDir,
    /// Where clients are served.
    pub client_url: String,
    /// Where peers would be.
    pub peer_url: String,
}

impl Server {
    /// Starts rsetcd, or the program that `RSETCD_TEST_SERVER` names, and waits until it is healthy.
    pub fn start(name: &str) -> Self {
        let program = env::var_os("RSETCD_TEST_SERVER").unwrap_or_else(|| env!("CARGO_BIN_EXE_rsetcd").into());
        let dir = tempfile::tempdir().expect("a directory for the test");
        let (client, peer) = (free_address(), free_address());
        let (client_url, peer_url) = (format!("http://{client}"), format!("http://{peer}"));
        let log = fs::File::create(dir.path().join("server.log")).expect("a log file");
        let process = Command::new(program)
            .args(["--name", name, "--data-dir"])
            .arg(dir.path().join("data"))
            .args(["--listen-client-urls", &client_url, "--advertise-client-urls", &client_url])
            .args(["--listen-peer-urls", &peer_url, "--initial-advertise-peer-urls", &peer_url])
            .args(["--initial-cluster", &format!("{name}={peer_url}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the server starts");
        let mut server = Self { process, dir, client_url, peer_url };
        server.wait_until_healthy(&client);
        server
    }

    /// The test's directory, removed at its end.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    fn wait_until_healthy(&mut self, address: &str) {
        let start = Instant::now();
        while !is_healthy(address) {
            let ended = self.process.try_wait().expect("the state of the server");
            if ended.is_some() || start.elapsed() > START {
                let log = fs::read_to_string(self.dir().join("server.log")).unwrap_or_default();
                panic!("the server is not healthy ({ended:?}):\n{log}");
            }
            sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_healthy(address: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(format!("GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains("\"health\":\"true\""))
}

/// An address nobody listens on, as of now.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").to_string()
}
