//! The client, and how one call finds its way over its connections.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use prost::Message;
use rand::RngExt;
use tokio::time::Instant;
use tonic::{Code, Request, Response, Status, metadata::MetadataValue, transport::Channel};

use super::{
    ClientError, Config, ConfigError, DialFailure, LeaseKeeper, Watcher,
    balancer::{Balancer, Picked},
    config::{RECEIVE_BYTES_MAX, SEND_BYTES_MAX},
    dial::DialSettings,
    error::{is_broken, is_unsent},
    token::{Attached, Identity},
};
use crate::pb::{etcdserverpb::MemberListRequest, rpc_error::RpcError};

/// Attempts of one call, at most.
const ATTEMPTS_MAX: usize = 100;
/// Logins of one call, at most: each answers a refusal.
const RENEWALS_MAX: usize = 3;
/// Pause after a round of a quorum of endpoints.
const RETRY_PAUSE: Duration = Duration::from_millis(25);

/// A client of a cluster. Cheap to clone; clones share connections and the login.
///
/// Every method waits for a connection as long as its deadline allows. Dropping a future gives the call up; what was
/// sent may still be carried out.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use rsetcd::client::{Client, Config, Get, Put};
///
/// let client = Client::connect(&Config::new(["127.0.0.1:2379"])).await?;
/// client.put(Put::new("greeting", "hello")).await?;
/// let answer = client.range(Get::new("greeting")).await?;
/// assert_eq!(&answer.kvs[0].value[..], b"hello");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    pub(super) limits: Limits,
    options: CallOptions,
    streams: Arc<Streams>,
}

/// What clones share and what needs a client of its own.
#[derive(Default)]
pub(super) struct Streams {
    watcher: OnceLock<Watcher>,
    /// Of watches that end without a leader.
    led_watcher: OnceLock<Watcher>,
    pub keeper: OnceLock<LeaseKeeper>,
}

struct Shared {
    balancer: Balancer,
    identity: Arc<Identity>,
}

#[derive(Clone, Copy)]
struct CallOptions {
    timeout: Option<Duration>,
    require_leader: bool,
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
    /// A client with these settings. Connections are made and a login is done when they are needed, so this never
    /// waits.
    ///
    /// # Errors
    /// The settings are at fault; no endpoint was asked.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Self::build(config, Arc::new(Identity::new(config.credentials.as_ref())?))
    }

    fn build(config: &Config, identity: Arc<Identity>) -> Result<Self, ConfigError> {
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
        let balancer = Balancer::new(&config.endpoints, DialSettings::new(config)?)?;
        let options = CallOptions { timeout: config.command_timeout, require_leader: false };
        Ok(Self { shared: Arc::new(Shared { balancer, identity }), limits, options, streams: Arc::default() })
    }

    /// [`Client::new`], and the login if there is one to do; with a sync interval, the endpoints begin to follow the
    /// member list.
    ///
    /// # Errors
    /// The settings are at fault, the login is refused, or there was no answer within the dial timeout.
    pub async fn connect(config: &Config) -> Result<Self, ConnectError> {
        let client = Self::new(config)?;
        client.log_in_now().await?;
        if let Some(interval) = config.sync_interval {
            client.follow_members(interval);
        }
        Ok(client)
    }

    /// Does the login now that the first call would do. Does nothing without a password, or when it was done. Takes
    /// the dial timeout at most.
    ///
    /// # Errors
    /// The login is refused, or there was no answer in time. That authentication is not enabled is no error.
    pub async fn log_in_now(&self) -> Result<(), ClientError> {
        let timeout = self.dial_timeout();
        let login = async { self.with_timeout(None).token().await.map(drop) };
        tokio::time::timeout(timeout, login).await.unwrap_or(Err(ClientError::DeadlineExceeded))
    }

    /// This client with another time limit for each call; `None` waits for ever.
    #[must_use]
    pub fn with_timeout(&self, timeout: Option<Duration>) -> Self {
        Self { options: CallOptions { timeout, ..self.options }, ..self.clone() }
    }

    /// This client with calls that fail with "no leader" where they would wait for one: as soon as each endpoint had the
    /// chance to know one. Watches that are begun with it end with that error; others wait until there is a leader.
    #[must_use]
    pub fn require_leader(&self) -> Self {
        Self { options: CallOptions { require_leader: true, ..self.options }, ..self.clone() }
    }

    /// A client of other endpoints with the same settings and the same login, for instance of one member alone.
    ///
    /// # Errors
    /// There are none, or one is not an address.
    pub fn with_endpoints<E: Into<String>>(&self, endpoints: impl IntoIterator<Item = E>) -> Result<Self, ConfigError> {
        let endpoints: Vec<String> = endpoints.into_iter().map(Into::into).collect();
        let balancer = self.shared.balancer.with_endpoints(&endpoints)?;
        let shared = Shared { balancer, identity: self.shared.identity.clone() };
        Ok(Self { shared: Arc::new(shared), ..self.detached() })
    }

    /// A client with other settings and the same login, for instance of one member alone while others are down. The
    /// credentials in `config` do not count.
    ///
    /// # Errors
    /// The settings are at fault.
    pub fn with_config(&self, config: &Config) -> Result<Self, ConfigError> {
        Self::build(config, self.shared.identity.clone())
    }

    /// The endpoints that requests go to.
    pub fn endpoints(&self) -> Vec<String> {
        self.shared.balancer.endpoints()
    }

    /// Takes other endpoints, for all clones; connections with those that stay are kept.
    ///
    /// # Errors
    /// There are none, or one is not an address; then nothing is changed.
    pub fn set_endpoints(&self, endpoints: &[String]) -> Result<(), ConfigError> {
        self.shared.balancer.set_endpoints(endpoints)
    }

    /// Takes the client URLs of all started members for endpoints.
    ///
    /// # Errors
    /// The member list cannot be had, or holds no URL that we can use; then nothing is changed.
    pub async fn sync_endpoints(&self) -> Result<(), ConnectError> {
        let answer = self.member_list(MemberListRequest { linearizable: false }).await?;
        let voters = answer.members.into_iter().filter(|member| !member.is_learner);
        let urls: Vec<String> = voters.flat_map(|member| member.client_ur_ls).collect();
        Ok(self.set_endpoints(&urls)?)
    }

    fn follow_members(&self, interval: Duration) {
        let shared = Arc::downgrade(&self.shared);
        let (limits, options) = (self.limits, self.options);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(interval).await;
                let Some(shared) = shared.upgrade() else { return };
                // What fails now is tried again at the next turn.
                if let Err(error) = (Self { shared, limits, options, streams: Arc::default() }).sync_endpoints().await {
                    tracing::debug!(%error, "endpoints not synchronised");
                }
            }
        });
    }

    /// For each endpoint that cannot be reached now, why not. What a call that ran into its deadline waited for.
    pub fn dial_failures(&self) -> Vec<DialFailure> {
        self.shared.balancer.failures()
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    /// Whether there is a password to log in with.
    pub(super) fn can_log_in(&self) -> bool {
        matches!(self.identity(), Identity::Login(_))
    }

    pub(super) fn requires_leader(&self) -> bool {
        self.options.require_leader
    }

    /// The watcher that this client and its clones share.
    pub(super) fn watcher(&self) -> &Watcher {
        let Streams { watcher, led_watcher, .. } = &*self.streams;
        let shared = if self.options.require_leader { led_watcher } else { watcher };
        shared.get_or_init(|| Watcher::new(self.clone()))
    }

    /// The streams of this client and its clones.
    pub(super) fn streams(&self) -> &Streams {
        &self.streams
    }

    /// This client with streams of its own. The tasks of streams hold one of these, so that they end with the others.
    pub(super) fn detached(&self) -> Self {
        Self { streams: Arc::default(), ..self.clone() }
    }

    pub(super) fn dial_timeout(&self) -> Duration {
        self.shared.balancer.dial_timeout()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.options.timeout.map(|timeout| Instant::now() + timeout)
    }

    /// The connection whose turn it is, for a stream; waits until there is one.
    pub(super) async fn pick(&self) -> Picked {
        self.shared.balancer.pick().await
    }

    /// Tells that a stream found its connection gone.
    pub(super) fn lost(&self, picked: &Picked) {
        self.shared.balancer.lost(picked);
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
        self.within(|deadline| self.attempt(repeat, true, deadline, request, send)).await
    }

    /// The call of a login, which has no token.
    pub(super) async fn call_as_nobody<Q: Message + Clone, A, F: Future<Output = Result<Response<A>, Status>>>(
        &self,
        request: Q,
        send: impl Fn(Channel, Request<Q>) -> F,
    ) -> Result<A, ClientError> {
        // A second token does no harm.
        self.within(|deadline| Box::pin(self.attempt(Repeat::Safe, false, deadline, request, send))).await
    }

    async fn within<A, F: Future<Output = Result<A, ClientError>>>(
        &self,
        work: impl FnOnce(Option<Instant>) -> F,
    ) -> Result<A, ClientError> {
        let deadline = self.deadline();
        match deadline {
            None => work(None).await,
            Some(at) => tokio::time::timeout_at(at, work(deadline)).await.unwrap_or(Err(ClientError::DeadlineExceeded)),
        }
    }

    async fn attempt<Q: Message + Clone, A, F: Future<Output = Result<Response<A>, Status>>>(
        &self,
        repeat: Repeat,
        with_token: bool,
        deadline: Option<Instant>,
        message: Q,
        send: impl Fn(Channel, Request<Q>) -> F,
    ) -> Result<A, ClientError> {
        let (mut failed, mut renewed) = (0, 0);
        loop {
            let attached = if with_token { Box::pin(self.token()).await? } else { Attached::default() };
            let picked = self.pick().await;
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            let request = self.request(message.clone(), &attached, left);
            let status = match send(picked.channel.clone(), request).await {
                Ok(answer) => return Ok(answer.into_inner()),
                Err(status) => status,
            };
            if is_unsent(&status) {
                self.lost(&picked);
                continue;
            }
            failed += 1;
            // The server's clock and ours end together; who is first must not change what is reported.
            let late = deadline.is_some_and(|at| Instant::now() + Duration::from_millis(20) >= at);
            let error = ClientError::from_status(&status, late);
            tracing::debug!(attempt = failed, code = ?status.code(), reason = status.message(), "request failed");
            if with_token && renewed < RENEWALS_MAX && self.identity().can_renew_after(&error) {
                renewed += 1;
                Box::pin(self.renew(&attached)).await?;
                continue;
            }
            let is_leaderless = self.options.require_leader && matches!(error, ClientError::Rpc(RpcError::NoLeader));
            let attempts_max = if is_leaderless { self.shared.balancer.len() } else { ATTEMPTS_MAX };
            if failed >= attempts_max || !self.is_repeatable(repeat, &status, &error) {
                return Err(error);
            }
            if failed.is_multiple_of(self.shared.balancer.len() / 2 + 1) {
                let jitter = rand::rng().random_range(0.9..1.1);
                tokio::time::sleep(RETRY_PAUSE.mul_f64(jitter)).await;
            }
        }
    }

    fn is_repeatable(&self, repeat: Repeat, status: &Status, error: &ClientError) -> bool {
        match error {
            ClientError::DeadlineExceeded => false,
            // Refused before anything was done.
            ClientError::Rpc(RpcError::NotSupportedForLearner) => self.shared.balancer.len() > 1,
            // Without a login of ours, as etcd's client: the server may know more a moment later.
            ClientError::Rpc(RpcError::AuthOldRevision) if matches!(self.identity(), Identity::Nobody) => true,
            _ => {
                let passing = matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled);
                repeat == Repeat::Safe && (passing || is_broken(status))
            }
        }
    }

    /// The request with what every call carries; `left` becomes the deadline that the server sees.
    pub(super) fn request<Q>(&self, message: Q, attached: &Attached, left: Option<Duration>) -> Request<Q> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert("client-api-version", MetadataValue::from_static("3.7"));
        if let Some(token) = &attached.token {
            metadata.insert("token", token.clone());
        }
        if self.options.require_leader {
            metadata.insert("hasleader", MetadataValue::from_static("true"));
        }
        if let Some(left) = left {
            request.set_timeout(left);
        }
        request
    }
}

/// Why there is no working client.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The settings are at fault.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A server refused, or none answered.
    #[error(transparent)]
    Client(#[from] ClientError),
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::net::TcpListener;

    use super::*;
    use crate::{
        client::Config,
        pb::etcdserverpb::{PutRequest, RangeRequest},
    };

    /// A server that takes a request and hangs up without an answer: its address, and how many times it did.
    async fn mute_server() -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (address, hung_up) =
            (listener.local_addr().expect("an address").to_string(), Arc::new(AtomicUsize::new(0)));
        let count = hung_up.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                if let Ok(mut connection) = h2::server::handshake(socket).await
                    && connection.accept().await.is_some()
                {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        (address, hung_up)
    }

    /// A deadline that is never met.
    const LONG_MS: u64 = 120_000;

    fn client(endpoints: &[&str], timeout_ms: u64) -> Client {
        let endpoints = endpoints.iter().map(|endpoint| (*endpoint).to_owned()).collect();
        let command_timeout = Some(Duration::from_millis(timeout_ms));
        Client::new(&Config { endpoints, command_timeout, ..Config::default() }).expect("a sound config")
    }

    #[tokio::test]
    async fn a_write_of_unknown_fate_is_not_sent_again() {
        let (address, hung_up) = mute_server().await;
        let answer = client(&[&address], LONG_MS).put(PutRequest::default()).await;
        assert!(matches!(answer, Err(ClientError::Status(Code::Unavailable, _))), "{answer:?}");
        assert_eq!(hung_up.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_read_is_sent_again_until_its_deadline() {
        let (address, hung_up) = mute_server().await;
        // A loaded machine may not come to a second time in the shortest.
        for timeout_ms in [500, 5_000, LONG_MS] {
            let answer = client(&[&address], timeout_ms).range(RangeRequest::default()).await;
            assert!(matches!(answer, Err(ClientError::DeadlineExceeded)), "{answer:?}");
            if hung_up.swap(0, Ordering::Relaxed) > 1 {
                return;
            }
        }
        panic!("sent once");
    }

    #[tokio::test]
    async fn a_write_waits_for_a_connection() {
        // A socket that does not listen keeps its port from those who would.
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let unused = socket.local_addr().expect("an address");
        let answer = client(&[&unused.to_string()], 200).put(PutRequest::default()).await;
        assert!(matches!(answer, Err(ClientError::DeadlineExceeded)), "{answer:?}");
        let (address, hung_up) = mute_server().await;
        let answer = client(&[&unused.to_string(), &address], LONG_MS).put(PutRequest::default()).await;
        assert!(matches!(answer, Err(ClientError::Status(Code::Unavailable, _))), "{answer:?}");
        assert_eq!(hung_up.load(Ordering::Relaxed), 1);
    }

    /// A server that refuses its first request unseen and hangs up at the second: its address, and how many came.
    async fn refusing_server() -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (address, asked) = (listener.local_addr().expect("an address").to_string(), Arc::new(AtomicUsize::new(0)));
        let count = asked.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let Ok(mut connection) = h2::server::handshake(socket).await else { continue };
                while let Some(Ok((_, mut respond))) = connection.accept().await {
                    if count.fetch_add(1, Ordering::Relaxed) > 0 {
                        break;
                    }
                    respond.send_reset(h2::Reason::REFUSED_STREAM);
                }
            }
        });
        (address, asked)
    }

    #[tokio::test]
    async fn a_write_that_was_refused_unseen_is_sent_again() {
        let (address, asked) = refusing_server().await;
        let answer = client(&[&address], LONG_MS).put(PutRequest::default()).await;
        assert!(matches!(answer, Err(ClientError::Status(Code::Unavailable, _))), "{answer:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 2);
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
            (config(&["ftp://a:1"], 0), "endpoint \"ftp://a:1\" is not an address"),
        ] {
            assert_eq!(Client::new(&config).err().map(|error| error.to_string()).as_deref(), Some(text));
        }
    }
}
