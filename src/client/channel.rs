//! Connections to the endpoints, and how one call finds its way over them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use prost::Message;
use rand::RngExt;
use tokio::time::Instant;
use tonic::{
    Code, Request, Response, Status,
    metadata::MetadataValue,
    transport::{Channel, Endpoint},
};

use super::{
    ClientError, Config, ConfigError,
    config::{RECEIVE_BYTES_MAX, SEND_BYTES_MAX},
    error::{is_broken, is_unsent},
};
use crate::pb::rpc_error::RpcError;

/// Attempts of one call, at most.
const ATTEMPTS_MAX: usize = 100;
/// Pause after a round of a quorum of endpoints.
const RETRY_PAUSE: Duration = Duration::from_millis(25);
/// Shortest silence before a ping, as gRPC in Go has it.
const KEEPALIVE_MIN: Duration = Duration::from_secs(10);
/// Pauses between rounds of attempts to connect.
const CONNECT_PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// A client of a cluster. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    peers: Arc<[Channel]>,
    next: Arc<AtomicUsize>,
    pub(super) limits: Limits,
    timeout: Option<Duration>,
}

#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub send: usize,
    pub receive: usize,
}

/// Whether a call may be sent again when its fate is unknown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// A second time changes nothing.
    Safe,
    /// A write: only if it was certainly not sent.
    Unsent,
}

impl Client {
    /// A client with these settings. Connections are made when they are needed, so this never waits.
    ///
    /// # Errors
    /// The settings are at fault; no endpoint was asked.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        if config.endpoints.is_empty() {
            return Err(ConfigError::NoEndpoints);
        }
        let or_default = |set, default| if set == 0 { default } else { set };
        let limits = Limits {
            send: or_default(config.send_bytes_max, SEND_BYTES_MAX),
            receive: or_default(config.receive_bytes_max, RECEIVE_BYTES_MAX),
        };
        if limits.receive < limits.send {
            return Err(ConfigError::Limits { receive: limits.receive, send: limits.send });
        }
        let peers = config.endpoints.iter().map(|endpoint| channel(endpoint, config)).collect::<Result<_, _>>()?;
        Ok(Self { peers, next: Arc::default(), limits, timeout: config.command_timeout })
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timeout.map(|timeout| Instant::now() + timeout)
    }

    /// The connection whose turn it is.
    pub(super) fn take_channel(&self) -> Channel {
        self.peers[self.next.fetch_add(1, Ordering::Relaxed) % self.peers.len()].clone()
    }

    /// Sends `request` until it is answered, under the retry rules of the module.
    pub(super) async fn call<Q: Message + Clone, A, F: Future<Output = Result<Response<A>, Status>>>(
        &self,
        repeat: Repeat,
        request: Q,
        send: impl Fn(Channel, Request<Q>) -> F,
    ) -> Result<A, ClientError> {
        let bytes = request.encoded_len();
        if bytes > self.limits.send {
            return Err(ClientError::request_too_large(bytes, self.limits.send));
        }
        let deadline = self.deadline();
        let attempts = self.attempt(repeat, deadline, |left| with_metadata(request.clone(), left), send);
        match deadline {
            None => attempts.await,
            Some(at) => tokio::time::timeout_at(at, attempts).await.unwrap_or(Err(ClientError::DeadlineExceeded)),
        }
    }

    async fn attempt<Q, A, F: Future<Output = Result<Response<A>, Status>>>(
        &self,
        repeat: Repeat,
        deadline: Option<Instant>,
        request: impl Fn(Option<Duration>) -> Request<Q>,
        send: impl Fn(Channel, Request<Q>) -> F,
    ) -> Result<A, ClientError> {
        let quorum = self.peers.len() / 2 + 1;
        let mut connecting = ConnectPauses::new(self.peers.len());
        let mut failed = 0;
        loop {
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            let status = match send(self.take_channel(), request(left)).await {
                Ok(answer) => return Ok(answer.into_inner()),
                Err(status) => status,
            };
            if is_unsent(&status) {
                connecting.wait().await;
                continue;
            }
            failed += 1;
            // The server's clock and ours end together; who is first must not change what is reported.
            let late = deadline.is_some_and(|at| Instant::now() + Duration::from_millis(20) >= at);
            let error = ClientError::from_status(&status, late);
            if failed == ATTEMPTS_MAX || !self.is_repeatable(repeat, &status, &error) {
                return Err(error);
            }
            if failed.is_multiple_of(quorum) {
                let jitter = rand::rng().random_range(0.9..1.1);
                tokio::time::sleep(RETRY_PAUSE.mul_f64(jitter)).await;
            }
        }
    }

    fn is_repeatable(&self, repeat: Repeat, status: &Status, error: &ClientError) -> bool {
        match error {
            ClientError::DeadlineExceeded => false,
            // Refused before anything was done.
            ClientError::Rpc(RpcError::NotSupportedForLearner) => self.peers.len() > 1,
            _ => {
                let passing = matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled);
                repeat == Repeat::Safe && (passing || is_broken(status))
            }
        }
    }
}

/// The request with what every call carries; `left` becomes the deadline that the server sees.
pub(super) fn with_metadata<Q>(message: Q, left: Option<Duration>) -> Request<Q> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("client-api-version", MetadataValue::from_static("3.7"));
    if let Some(left) = left {
        request.set_timeout(left);
    }
    request
}

/// Growing pauses after each full round of failed attempts to connect.
pub(super) struct ConnectPauses {
    peers: usize,
    failed: usize,
    pause: Duration,
}

impl ConnectPauses {
    pub(super) fn new(peers: usize) -> Self {
        Self { peers, failed: 0, pause: CONNECT_PAUSE.0 }
    }

    pub(super) async fn wait(&mut self) {
        self.failed += 1;
        if self.failed.is_multiple_of(self.peers) {
            tokio::time::sleep(self.pause).await;
            self.pause = (self.pause * 2).min(CONNECT_PAUSE.1);
        }
    }
}

fn channel(endpoint: &str, config: &Config) -> Result<Channel, ConfigError> {
    let uri = match endpoint.split_once("://") {
        Some(("https" | "unixs", _)) => return Err(ConfigError::Tls(endpoint.into())),
        Some(("http" | "unix", _)) => endpoint.to_owned(),
        Some(_) => return Err(ConfigError::BadEndpoint(endpoint.into())),
        None if endpoint.starts_with("unix:") => endpoint.to_owned(),
        None if endpoint.starts_with("unixs:") => return Err(ConfigError::Tls(endpoint.into())),
        None => format!("http://{endpoint}"),
    };
    let endpoint = Endpoint::from_shared(uri).map_err(|_| ConfigError::BadEndpoint(endpoint.into()))?;
    Ok(endpoint
        .connect_timeout(config.dial_timeout)
        .http2_keep_alive_interval(config.keepalive_time.max(KEEPALIVE_MIN))
        .keep_alive_timeout(config.keepalive_timeout)
        .keep_alive_while_idle(false)
        .connect_lazy())
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncReadExt, net::TcpListener};

    use super::*;
    use crate::pb::etcdserverpb::{PutRequest, RangeRequest};

    /// A server that takes a request and hangs up without an answer: its address, and how many times it did.
    async fn mute_server() -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (address, hung_up) =
            (listener.local_addr().expect("an address").to_string(), Arc::new(AtomicUsize::new(0)));
        let count = hung_up.clone();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                // Preface and settings come first, the request after them.
                let _ = socket.read(&mut [0; 4096]).await;
                tokio::time::sleep(Duration::from_millis(5)).await;
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        (address, hung_up)
    }

    fn client(endpoints: &[&str], timeout_ms: u64) -> Client {
        let endpoints = endpoints.iter().map(|endpoint| (*endpoint).to_owned()).collect();
        let command_timeout = Some(Duration::from_millis(timeout_ms));
        Client::new(&Config { endpoints, command_timeout, ..Config::default() }).expect("a sound config")
    }

    #[tokio::test]
    async fn a_write_of_unknown_fate_is_not_sent_again() {
        let (address, hung_up) = mute_server().await;
        let answer = client(&[&address], 2_000).put(PutRequest::default()).await;
        assert!(matches!(answer, Err(ClientError::Status(Code::Unavailable, _))), "{answer:?}");
        assert_eq!(hung_up.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_read_is_sent_again_until_its_deadline() {
        let (address, hung_up) = mute_server().await;
        let answer = client(&[&address], 500).range(RangeRequest::default()).await;
        assert!(matches!(answer, Err(ClientError::DeadlineExceeded)), "{answer:?}");
        assert!(hung_up.load(Ordering::Relaxed) > 1);
    }

    #[tokio::test]
    async fn a_write_waits_for_a_connection() {
        // Nobody listens at a port that was just given back.
        let unused = TcpListener::bind("127.0.0.1:0").await.expect("a free port").local_addr().expect("an address");
        let answer = client(&[&unused.to_string()], 200).put(PutRequest::default()).await;
        assert!(matches!(answer, Err(ClientError::DeadlineExceeded)), "{answer:?}");
        let (address, hung_up) = mute_server().await;
        let answer = client(&[&unused.to_string(), &address], 2_000).put(PutRequest::default()).await;
        assert!(matches!(answer, Err(ClientError::Status(Code::Unavailable, _))), "{answer:?}");
        assert_eq!(hung_up.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_config_must_be_sound() {
        let config = |endpoints: &[&str], receive_bytes_max| Config {
            endpoints: endpoints.iter().map(|endpoint| (*endpoint).to_owned()).collect(),
            receive_bytes_max,
            ..Config::default()
        };
        for (config, text) in [
            (config(&[], 0), "etcdclient: no available endpoints"),
            (
                config(&["a:1"], 10),
                "gRPC message recv limit (10 bytes) must be greater than send limit (2097152 bytes)",
            ),
            (config(&["https://a:1"], 0), "TLS is not supported yet (endpoint https://a:1)"),
            (config(&["ftp://a:1"], 0), "endpoint \"ftp://a:1\" is not an address"),
        ] {
            assert_eq!(Client::new(&config).err().map(|error| error.to_string()).as_deref(), Some(text));
        }
    }
}
