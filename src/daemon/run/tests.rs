use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::{net::UnixDatagram, process::ExitStatusExt},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::oneshot;

use super::{Ended, RunError, run};
use crate::{
    api::http::{HttpDeps, RaftStatus, Versions},
    config::{
        check::{self, Config},
        server::ServerConfig,
        settings::{Request, Settings},
    },
    daemon::{
        member::{self, Member, Threads},
        signal,
    },
};

/// What takes longer will not come.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a stop may take on a machine that does much else; clients are given half a second.
const STOP_MAX: Duration = Duration::from_secs(20);

/// Ports that are free now, below those that outgoing connections get.
fn free_ports<const N: usize>() -> [u16; N] {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let mut free = std::iter::repeat_with(|| {
        let offset = (std::process::id() as u16 % 1000).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        12_000 + offset % 3000
    });
    let mut next = || free.find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok()).unwrap();
    std::array::from_fn(|_| next())
}

fn config(dir: &Path, peer: u16, client: u16, more: &[String]) -> Config {
    let mut args = vec![
        format!("--data-dir={}", dir.display()),
        format!("--listen-peer-urls=http://127.0.0.1:{peer}"),
        format!("--listen-client-urls=http://127.0.0.1:{client}"),
        format!("--advertise-client-urls=http://127.0.0.1:{client}"),
        format!("--initial-advertise-peer-urls=http://127.0.0.1:{peer}"),
        format!("--initial-cluster=default=http://127.0.0.1:{peer}"),
    ];
    args.extend_from_slice(more);
    let Ok(Request::Run { settings, .. }) = Settings::load(&args, &[]) else { panic!("the arguments are fine") };
    check::check(settings, Vec::new()).unwrap()
}

/// The ends of a member whose pages and moments are invented.
struct Strings {
    ready: oneshot::Sender<()>,
    end: oneshot::Sender<Result<(), String>>,
}

/// A real member but for its pages, and for when it is ready and ends.
fn member() -> (impl FnOnce(&ServerConfig, Threads) -> Result<Member, String>, Strings) {
    let (ready, is_ready) = oneshot::channel();
    let (end, has_ended) = oneshot::channel();
    let read = || -> crate::api::http::TestRead { Box::new(|| Box::pin(std::future::ready(Ok(())))) };
    let http = Arc::new(HttpDeps {
        refresh_metrics: Box::new(|| {}),
        alarms: Box::new(Vec::new),
        has_leader: Box::new(|| true),
        serializable_read: read(),
        linearizable_read: read(),
        is_learner: Box::new(|| false),
        versions: Box::new(|| Versions { server: "3.7.1".into(), cluster: None, storage: None }),
        raft_status: Box::new(RaftStatus::default),
        request_timeout: Duration::from_secs(7),
    });
    let start = move |config: &ServerConfig, threads: Threads| {
        assert!(!threads.clients.is_empty());
        let Member { grpc, stop, .. } = member::start(config, threads)?;
        Ok(Member {
            grpc,
            http,
            ready: Box::pin(async move {
                let _ = is_ready.await;
            }),
            ended: Box::pin(async move { has_ended.await.unwrap_or_else(|_| Err("dropped".into())) }),
            stop,
        })
    };
    (start, Strings { ready, end })
}

/// One HTTP/1.1 request on a fresh connection; the status line and the body.
fn get(port: u16, path: &str) -> std::io::Result<String> {
    get_within(PATIENCE, port, path)
}

fn get_within(patience: Duration, port: u16, path: &str) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(patience))?;
    write!(socket, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    socket.read_to_string(&mut text)?;
    let status = text.lines().next().unwrap_or_default().to_owned();
    Ok(format!("{status} {}", text.rsplit("\r\n\r\n").next().unwrap_or_default().trim_end()))
}

#[test]
fn clients_are_answered_when_the_member_is_ready_and_until_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let [peer, client, metrics] = free_ports();
    let config = config(dir.path(), peer, client, &[format!("--listen-metrics-urls=http://127.0.0.1:{metrics}")]);
    let (start, Strings { ready, end }) = member();
    let running = std::thread::spawn(move || run(config, start));
    let deadline = Instant::now() + PATIENCE;
    while get(metrics, "/health").is_err() {
        assert!(Instant::now() < deadline, "metrics are served before the member is ready");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(
        get(peer, "/version").unwrap(),
        "HTTP/1.1 200 OK {\"etcdserver\":\"3.7.1\",\"etcdcluster\":\"not_decided\",\"storage\":\"unknown\"}"
    );
    assert_eq!(get(peer, "/health").unwrap(), "HTTP/1.1 404 Not Found 404 page not found");
    let early = get_within(Duration::from_millis(300), client, "/health");
    assert!(early.is_err(), "the socket is bound, but nobody answers");

    ready.send(()).unwrap();
    let mut answer = get(client, "/health");
    while answer.is_err() && Instant::now() < deadline {
        answer = get(client, "/health");
    }
    assert_eq!(answer.unwrap(), "HTTP/1.1 200 OK {\"health\":\"true\",\"reason\":\"\"}");
    assert_eq!(get(client, "/nosuch").unwrap(), "HTTP/1.1 404 Not Found 404 page not found");

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let channel = runtime
        .block_on(tonic::transport::Endpoint::from_shared(format!("http://127.0.0.1:{client}")).unwrap().connect())
        .unwrap();
    let unknown = runtime.block_on(call(channel, "/test.Nobody/Call")).unwrap_err();
    assert_eq!((unknown.code(), unknown.message()), (tonic::Code::Unimplemented, "unknown service test.Nobody"));

    let begin = Instant::now();
    end.send(Ok(())).unwrap();
    assert!(matches!(running.join().unwrap(), Ok(Ended::ByItself)));
    assert!(begin.elapsed() < STOP_MAX, "{:?}", begin.elapsed());
    assert!(TcpStream::connect(("127.0.0.1", client)).is_err(), "the port is free again");
}

/// A unary call with an empty message.
async fn call(channel: tonic::transport::Channel, path: &'static str) -> Result<(), tonic::Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.map_err(|error| tonic::Status::unknown(error.to_string()))?;
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    let path = path.parse().map_err(|_| tonic::Status::internal("path"))?;
    client.unary(tonic::Request::new(()), path, codec).await.map(|_| ())
}

#[test]
fn a_port_in_use_ends_the_start_in_etcds_words() {
    let dir = tempfile::tempdir().unwrap();
    let [peer] = free_ports();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = taken.local_addr().unwrap().port();
    let result = run(config(dir.path(), peer, client, &[]), |_, _| panic!("the member must not start"));
    let Err(RunError::Start(text)) = result else { panic!("{result:?}") };
    assert_eq!(text, format!("listen tcp 127.0.0.1:{client}: bind: address already in use"));
}

#[test]
fn https_without_certificates_is_refused_in_etcds_words() {
    for (flag, wanted) in [
        ("listen-peer-urls", "cannot listen on TLS for 127.0.0.1:1: KeyFile and CertFile are not presented"),
        (
            "listen-client-urls",
            "TLS key/cert (--cert-file, --key-file) must be provided for client url https://127.0.0.1:1 with HTTPS scheme",
        ),
        (
            "listen-metrics-urls",
            "client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let [peer, client] = free_ports();
        let config = config(dir.path(), peer, client, &[format!("--{flag}=https://127.0.0.1:1")]);
        let Err(RunError::Start(text)) = run(config, |_, _| panic!("the member must not start")) else { panic!() };
        assert_eq!(text, wanted);
    }
}

#[test]
fn grpc_and_http_can_have_ports_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let [peer, client, http] = free_ports();
    let config = config(dir.path(), peer, client, &[format!("--listen-client-http-urls=http://127.0.0.1:{http}")]);
    let (start, Strings { ready, end }) = member();
    let running = std::thread::spawn(move || run(config, start));
    ready.send(()).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while get(http, "/health").is_err() {
        assert!(Instant::now() < deadline);
    }
    let answer = get_within(Duration::from_millis(300), client, "/health").unwrap_or_default();
    assert!(!answer.contains("health"), "{answer}");
    end.send(Ok(())).unwrap();
    running.join().unwrap().unwrap();
}

/// The process that the next test starts; it runs until a signal ends it. By itself it does nothing.
#[test]
fn child() {
    let Ok(ports) = std::env::var("TEST_PORTS") else { return };
    let ports: Vec<u16> = ports.split(' ').map(|port| port.parse().unwrap()).collect();
    let dir = tempfile::tempdir().unwrap();
    let (start, Strings { ready, end: _end }) = member();
    ready.send(()).unwrap();
    let Ok(Ended::BySignal(signal)) = run(config(dir.path(), ports[0], ports[1], &[]), start) else { panic!() };
    signal::end_by(signal);
}

#[test]
fn a_stop_signal_ends_the_process_by_itself_and_soon() {
    for signal in [Signal::TERM, Signal::INT] {
        let dir = tempfile::tempdir().unwrap();
        let notify = UnixDatagram::bind(dir.path().join("notify")).unwrap();
        notify.set_read_timeout(Some(PATIENCE)).unwrap();
        let [peer, client] = free_ports();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["daemon::run::tests::child", "--exact", "--nocapture"])
            .env("TEST_PORTS", format!("{peer} {client}"))
            .env("NOTIFY_SOCKET", dir.path().join("notify"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = [0; 64];
        let len = notify.recv(&mut text).unwrap();
        assert_eq!(std::str::from_utf8(&text[..len]).unwrap().trim_end(), "READY=1");
        let mut socket = TcpStream::connect(("127.0.0.1", client)).unwrap(); // an idle connection holds nothing up
        write!(socket, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut line = String::new();
        BufReader::new(socket.try_clone().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "HTTP/1.1 200 OK\r\n");
        let begin = Instant::now();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(signal.as_raw()));
        assert!(begin.elapsed() < STOP_MAX, "{:?}", begin.elapsed());
    }
}
