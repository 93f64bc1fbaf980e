//! Requests in flight: a fixed number of clients, each with one request at a time.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use indicatif::ProgressBar;

use super::report::{Report, ReportOptions};
use super::wire::{Connection, Rpc};
use crate::cli::progress;
use crate::client::{Config, Credentials};
use crate::pb::etcdserverpb::{AuthenticateRequest, AuthenticateResponse};
use crate::pb::rpc_error::RpcError;

/// Time between two looks at how far a run is.
const BAR_INTERVAL: Duration = Duration::from_millis(100);

/// What every workload needs.
pub struct Runner {
    pub connections: Vec<Balanced>,
    pub clients: usize,
    /// Where the load goes.
    pub config: Config,
    token: Option<String>,
    options: ReportOptions,
}

/// One of `--conns`: the endpoints in turn, one a request.
pub struct Balanced {
    endpoints: Vec<Connection>,
    next: Cell<usize>,
}

impl Balanced {
    fn next(&self) -> &Connection {
        let at = self.next.get();
        self.next.set((at + 1) % self.endpoints.len());
        &self.endpoints[at]
    }
}

impl Runner {
    /// # Errors
    /// A bad endpoint, or the user cannot log in.
    pub async fn new(
        config: &Config,
        connections: usize,
        clients: usize,
        options: ReportOptions,
    ) -> Result<Self, String> {
        let mut runner = Self { connections: Vec::new(), clients, config: config.clone(), token: None, options };
        match &config.credentials {
            None => {}
            Some(Credentials::Token(token)) => runner.token = Some(token.clone()),
            Some(Credentials::Password { user, password }) => {
                let request = AuthenticateRequest { name: user.into(), password: password.into() };
                let connection = runner.connect(0)?;
                let log_in = connection.ask(Rpc::Authenticate, &request);
                let answer = tokio::time::timeout(config.dial_timeout, log_in).await;
                let answer: Result<AuthenticateResponse, _> =
                    answer.map_err(|_| "context deadline exceeded".to_owned())?;
                runner.token = match answer {
                    Ok(answer) => Some(answer.token),
                    // As in etcd's client: then there is nothing to log in to.
                    Err(text) if text == RpcError::AuthNotEnabled.text() => None,
                    Err(text) => return Err(text),
                };
            }
        }
        runner.connections = (0..connections).map(|number| runner.balance(number)).collect::<Result<_, _>>()?;
        Ok(runner)
    }

    /// Begins with another endpoint for each number.
    fn balance(&self, number: usize) -> Result<Balanced, String> {
        let endpoints = (0..self.config.endpoints.len().max(1)).map(|offset| self.connect(number + offset));
        Ok(Balanced { endpoints: endpoints.collect::<Result<_, _>>()?, next: Cell::new(0) })
    }

    /// A connection besides those of the clients.
    pub fn connect(&self, number: usize) -> Result<Connection, String> {
        let endpoints = &self.config.endpoints;
        let endpoint = endpoints.get(number % endpoints.len().max(1)).ok_or("no endpoint is given")?;
        let mut connection = Connection::new(endpoint, self.config.tls.as_ref())?;
        connection.set_send_limit(self.config.send_bytes_max);
        if let Some(token) = &self.token {
            connection.set_token(token)?;
        }
        Ok(connection)
    }

    /// The connection of a client for its next request.
    pub fn connection(&self, client: usize) -> &Connection {
        self.connections[client % self.connections.len()].next()
    }

    pub fn report(&self, operation: &str) -> Report {
        Report::new(self.options, operation)
    }

    /// Runs `total` requests at `rate` a second (0: as fast as they go). `call` makes the request and does the
    /// call of the number given; the clock of each runs while it does.
    pub async fn drive(
        &self,
        operation: &str,
        total: u64,
        rate: u64,
        call: impl AsyncFn(u64, &Connection) -> Result<(), String>,
    ) -> Report {
        let report = RefCell::new(self.report(operation));
        self.drive_into(total, rate, async |number, connection| {
            let started = Instant::now();
            let result = call(number, connection).await;
            report.borrow_mut().record(started, result);
        })
        .await;
        let mut report = report.into_inner();
        report.finish();
        report
    }

    /// The same, where `call` keeps the records.
    pub async fn drive_into(&self, total: u64, rate: u64, call: impl AsyncFn(u64, &Connection)) {
        let next = Cell::new(0);
        let limiter = Limiter::new(rate);
        let (next, limiter, call) = (&next, &limiter, &call);
        let mut clients: FuturesUnordered<_> = (0..self.clients)
            .map(|client| async move {
                loop {
                    let number = next.get();
                    if number >= total {
                        return;
                    }
                    next.set(number + 1);
                    limiter.wait().await;
                    call(number, self.connection(client)).await;
                }
            })
            .collect();
        let work = async { while clients.next().await.is_some() {} };
        let bar = progress::bar(total);
        tokio::select! {
            () = work => {}
            () = show(&bar, next) => {}
        }
        bar.finish_and_clear();
    }
}

/// Shows how far the run is; never ends.
async fn show(bar: &ProgressBar, next: &Cell<u64>) {
    if bar.is_hidden() {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(BAR_INTERVAL).await;
        bar.set_position(next.get());
    }
}

/// A shared token bucket with a burst of one.
pub struct Limiter {
    interval: Duration,
    next: Cell<Option<Instant>>,
}

impl Limiter {
    /// `rate` a second; 0: unlimited.
    pub fn new(rate: u64) -> Self {
        let interval = if rate == 0 { Duration::ZERO } else { Duration::from_secs(1).div_f64(rate as f64) };
        Self { interval, next: Cell::new(None) }
    }

    pub async fn wait(&self) {
        if self.interval.is_zero() {
            return;
        }
        let now = Instant::now();
        let at = self.next.get().map_or(now, |next| next.max(now));
        self.next.set(Some(at + self.interval));
        if at > now {
            tokio::time::sleep_until(at.into()).await;
        }
    }
}

/// What a request that is answered by a message without interest returns.
pub fn done(answer: Result<Bytes, String>) -> Result<(), String> {
    answer.map(drop)
}

/// `l` or `s`: whether reads are serializable.
pub fn parse_consistency(text: &str) -> Result<bool, String> {
    match text {
        "l" => Ok(false),
        "s" => Ok(true),
        _ => Err(format!("invalid consistency '{text}', want 'l' or 's'")),
    }
}

/// The line that says so.
pub fn consistency_line(is_serializable: bool) -> &'static str {
    if is_serializable { "bench with serializable range" } else { "bench with linearizable range" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_of_a_connection_go_to_all_endpoints_in_turn() {
        let config = Config::new(["a:1", "b:2", "c:3"]);
        let runner = Runner::new(&config, 2, 3, ReportOptions::default()).await.expect("nothing is connected yet");
        let endpoint = |client| runner.connection(client).endpoint.clone();
        let asked: Vec<String> = [0, 0, 1, 2, 1, 0].map(endpoint).into();
        assert_eq!(asked, ["a:1", "b:2", "b:2", "c:3", "c:3", "a:1"]);
    }
}
