//! Which connection a request takes: each endpoint that is up in turn, those that are down left out.
//!
//! An endpoint is dialed by a task of its own, so that no request waits for one endpoint while another is up. When
//! the connection is lost, or cannot be made, that task tries again after growing pauses.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use arc_swap::ArcSwap;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use rand::RngExt;
use tokio::{sync::Notify, time::Instant};
use tonic::transport::{Channel, Endpoint};

use super::{
    ConfigError,
    dial::{DialError, DialFailure, DialSettings, Dialer, Greeted},
};

/// Shortest silence before a ping, as gRPC in Go has it.
const KEEPALIVE_MIN: Duration = Duration::from_secs(10);
/// Pauses between attempts to connect with one endpoint.
const REDIAL_PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// A connection that was lost sooner counts as a failed attempt.
const STABLE: Duration = Duration::from_secs(1);

/// The endpoints of a client.
pub(super) struct Balancer {
    peers: ArcSwap<Vec<Arc<Peer>>>,
    next: AtomicUsize,
    /// Told of each endpoint that comes up.
    up: Arc<Notify>,
    settings: DialSettings,
}

struct Peer {
    endpoint: String,
    dialer: Dialer,
    builder: Endpoint,
    /// Guards the state alone; no await happens under it.
    state: Mutex<State>,
}

enum State {
    /// Never asked for.
    Idle,
    /// A task is dialing; why the last attempt failed.
    Dialing(Option<DialError>),
    Up(Channel, Instant),
}

/// The connection of one request.
pub(super) struct Picked {
    pub channel: Channel,
    since: Instant,
    peer: Arc<Peer>,
}

impl Balancer {
    pub fn new(endpoints: &[String], settings: DialSettings) -> Result<Self, ConfigError> {
        let balancer = Self { peers: ArcSwap::default(), next: AtomicUsize::new(0), up: Arc::default(), settings };
        balancer.set_endpoints(endpoints)?;
        Ok(balancer)
    }

    /// Takes other endpoints; connections with those that stay are kept.
    pub fn set_endpoints(&self, endpoints: &[String]) -> Result<(), ConfigError> {
        if endpoints.is_empty() {
            return Err(ConfigError::NoEndpoints);
        }
        let old = self.peers.load();
        let peer = |endpoint: &String| match old.iter().find(|peer| peer.endpoint == *endpoint) {
            Some(peer) => Ok(peer.clone()),
            None => Peer::new(endpoint, &self.settings).map(Arc::new),
        };
        let peers = endpoints.iter().map(peer).collect::<Result<_, _>>()?;
        self.peers.store(Arc::new(peers));
        // Whoever waits for one of the old ones looks again.
        self.up.notify_waiters();
        Ok(())
    }

    /// A balancer of other endpoints with the same settings.
    pub fn with_endpoints(&self, endpoints: &[String]) -> Result<Self, ConfigError> {
        Self::new(endpoints, self.settings.clone())
    }

    pub fn endpoints(&self) -> Vec<String> {
        self.peers.load().iter().map(|peer| peer.endpoint.clone()).collect()
    }

    pub fn len(&self) -> usize {
        self.peers.load().len()
    }

    pub fn dial_timeout(&self) -> Duration {
        self.settings.timeout
    }

    /// Why the endpoints that are down are down.
    pub fn failures(&self) -> Vec<DialFailure> {
        let peers = self.peers.load();
        let failure = |peer: &Arc<Peer>| match &*peer.state.lock() {
            State::Dialing(Some(error)) => Some(DialFailure { endpoint: peer.endpoint.clone(), error: error.clone() }),
            State::Idle | State::Dialing(None) | State::Up(..) => None,
        };
        peers.iter().filter_map(failure).collect()
    }

    /// The connection whose turn it is; waits until there is one.
    pub async fn pick(&self) -> Picked {
        loop {
            let up = self.up.notified();
            tokio::pin!(up);
            up.as_mut().enable();
            if let Some(picked) = self.try_pick() {
                return picked;
            }
            up.await;
        }
    }

    fn try_pick(&self) -> Option<Picked> {
        let peers = self.peers.load();
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let mut picked: Vec<Picked> = Vec::with_capacity(peers.len());
        for peer in peers.iter() {
            let mut state = peer.state.lock();
            match &*state {
                State::Up(channel, since) => {
                    picked.push(Picked { channel: channel.clone(), since: *since, peer: peer.clone() });
                }
                State::Idle => {
                    *state = State::Dialing(None);
                    self.spawn_dialing(peer, Duration::ZERO);
                }
                State::Dialing(_) => {}
            }
        }
        if picked.is_empty() { None } else { Some(picked.swap_remove(turn % picked.len())) }
    }

    /// Tells that a request found the connection gone.
    pub fn lost(&self, picked: &Picked) {
        let mut state = picked.peer.state.lock();
        match &*state {
            State::Up(_, since) if *since == picked.since => {
                let pause = if since.elapsed() < STABLE { REDIAL_PAUSE.0 } else { Duration::ZERO };
                *state = State::Dialing(None);
                self.spawn_dialing(&picked.peer, pause);
            }
            // Somebody else was first.
            State::Up(..) | State::Idle | State::Dialing(_) => {}
        }
    }

    fn spawn_dialing(&self, peer: &Arc<Peer>, pause: Duration) {
        tokio::spawn(keep_dialing(Arc::downgrade(peer), self.up.clone(), pause));
    }
}

/// Dials until there is a connection, or nobody wants one any more.
async fn keep_dialing(peer: Weak<Peer>, up: Arc<Notify>, mut pause: Duration) {
    loop {
        let jitter = rand::rng().random_range(0.9..1.1);
        tokio::time::sleep(pause.mul_f64(jitter)).await;
        let Some(peer) = peer.upgrade() else { return };
        match peer.connect().await {
            Ok(channel) => {
                tracing::debug!(endpoint = peer.endpoint, "connected");
                *peer.state.lock() = State::Up(channel, Instant::now());
                up.notify_waiters();
                return;
            }
            Err(error) => {
                tracing::debug!(endpoint = peer.endpoint, %error, "cannot connect");
                *peer.state.lock() = State::Dialing(Some(error));
            }
        }
        pause = (pause * 2).clamp(REDIAL_PAUSE.0, REDIAL_PAUSE.1);
    }
}

impl Peer {
    fn new(endpoint: &str, settings: &DialSettings) -> Result<Self, ConfigError> {
        let dialer = Dialer::new(endpoint, settings)?;
        let builder = Endpoint::from(dialer.origin.clone())
            .http2_keep_alive_interval(settings.keepalive_time.max(KEEPALIVE_MIN))
            .keep_alive_timeout(settings.keepalive_timeout)
            .keep_alive_while_idle(false);
        Ok(Self { endpoint: endpoint.to_owned(), dialer, builder, state: Mutex::new(State::Idle) })
    }

    async fn connect(&self) -> Result<Channel, DialError> {
        let connection = self.dialer.dial().await?;
        let channel = self.builder.connect_with_connector(Once(Some(connection))).await;
        channel.map_err(|error| DialError::Unreachable(error.to_string()))
    }
}

/// A connector that has one connection to give. When it is lost the channel asks again and is refused, which is how
/// a request learns that it was not sent.
struct Once(Option<Greeted>);

#[derive(Debug, thiserror::Error)]
#[error("the connection is lost")]
struct Lost;

impl tower::Service<http::Uri> for Once {
    type Response = TokioIo<Greeted>;
    type Error = Lost;
    type Future = std::future::Ready<Result<Self::Response, Lost>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Uri) -> Self::Future {
        std::future::ready(self.0.take().map(TokioIo::new).ok_or(Lost))
    }
}
