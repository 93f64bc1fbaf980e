//! One tower service for all gRPC services: admission, hand-out, and what is counted of a call.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame, SizeHint};
use tokio::time::Interval;
use tonic::codec::CompressionEncoding;
use tonic::{Code, Status};
use tower::Service;

use super::access::{self, Need};
use super::auth::AuthService;
use super::cluster::ClusterService;
use super::codec::{PROST_ERROR, undecodable};
use super::election::ElectionService;
use super::frames::Frames;
use super::health::HealthService;
use super::interceptor::{Standing, admit};
use super::kv::KvService;
use super::lease::LeaseService;
use super::local::Services;
use super::lock::LockService;
use super::maintenance::MaintenanceService;
use super::method::{CallKind, Method, Target, unknown_text};
use super::stats::{self, Remote};
use crate::pb::encoded::k_v_server::KVServer;
use crate::pb::etcdserverpb::auth_server::AuthServer;
use crate::pb::etcdserverpb::cluster_server::ClusterServer;
use crate::pb::etcdserverpb::lease_server::LeaseServer;
use crate::pb::etcdserverpb::maintenance_server::MaintenanceServer;
use crate::pb::health::health_server::HealthServer;
use crate::pb::rpc_error::RpcError;
use crate::pb::v3electionpb::election_server::ElectionServer;
use crate::pb::v3lockpb::lock_server::LockServer;
use crate::server::Server;
use crate::server::caller::Credentials;

/// What gRPC messages may be larger than `--max-request-bytes`.
const MESSAGE_OVERHEAD_BYTES: usize = 512 * 1024;
/// Looks in a row without a leader after which a stream that needs one ends.
const LEADERLESS_LOOKS_MAX: u32 = 3;

/// What happens to calls, for metrics. Byte counts are of messages, without their frames.
#[derive(Debug)]
pub enum CallEvent<'a> {
    /// A call of a known method arrived.
    Started {
        method: &'static Method,
    },
    /// It passed the interceptor; `api_version` is the client's.
    Admitted {
        method: &'static Method,
        api_version: &'a str,
    },
    Received {
        method: &'static Method,
        messages: u64,
        bytes: u64,
    },
    Sent {
        method: &'static Method,
        messages: u64,
        bytes: u64,
    },
    /// `Cancelled` also when the client went away.
    Finished {
        method: &'static Method,
        code: Code,
        elapsed: Duration,
    },
}

/// Hears of every call. Runs on the io threads: it counts and returns.
pub type Observer = Arc<dyn Fn(CallEvent<'_>) + Send + Sync>;

type TonicResponse = Response<tonic::body::Body>;
type TonicFuture = Pin<Box<dyn Future<Output = Result<TonicResponse, Infallible>> + Send>>;
/// A service that is added from outside.
type Slot = Arc<dyn Fn(Request<tonic::body::Body>) -> TonicFuture + Send + Sync>;

/// All gRPC services of the client port. Cheap to clone: one for each connection.
#[derive(Clone)]
pub struct Grpc {
    server: Server,
    observer: Observer,
    kv: KVServer<KvService>,
    auth: AuthServer<AuthService>,
    lease: LeaseServer<LeaseService>,
    lock: LockServer<LockService>,
    election: ElectionServer<ElectionService>,
    cluster: ClusterServer<ClusterService>,
    maintenance: MaintenanceServer<MaintenanceService>,
    health: HealthServer<HealthService>,
    watch: Option<Slot>,
    message_bytes_max: usize,
    /// The client, once the connection is known.
    remote: Option<SocketAddr>,
}

impl Grpc {
    pub fn new(server: Server, observer: Observer) -> Self {
        let message_bytes_max = server.limits().max_request_bytes.saturating_add(MESSAGE_OVERHEAD_BYTES);
        macro_rules! configured {
            ($service:expr) => {
                $service
                    .max_decoding_message_size(message_bytes_max)
                    .accept_compressed(CompressionEncoding::Gzip)
                    .send_compressed(CompressionEncoding::Gzip)
            };
        }
        let local = Services::new(server.clone());
        Self {
            auth: configured!(AuthServer::new(AuthService::new(server.clone()))),
            kv: configured!(KVServer::new(KvService::new(server.clone()))),
            lease: configured!(LeaseServer::new(LeaseService::new(server.clone()))),
            lock: configured!(LockServer::new(LockService::new(local.clone()))),
            election: configured!(ElectionServer::new(ElectionService::new(local))),
            cluster: configured!(ClusterServer::new(ClusterService::new(server.clone()))),
            maintenance: configured!(MaintenanceServer::new(MaintenanceService::new(server.clone()))),
            health: configured!(HealthServer::new(HealthService::new(server.clone()))),
            watch: None,
            server,
            observer,
            message_bytes_max,
            remote: None,
        }
    }

    /// Adds the Watch service, a `WatchServer`. It is configured for size and compression by its maker.
    pub fn with_watch<S>(mut self, service: S) -> Self
    where
        S: Service<Request<tonic::body::Body>, Response = TonicResponse, Error = Infallible, Future = TonicFuture>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.watch = Some(Arc::new(move |request| service.clone().call(request)));
        self
    }

    /// The service of one connection, with its client's address.
    pub fn of_connection(mut self, remote: Option<SocketAddr>) -> Self {
        self.remote = remote;
        self
    }

    /// Bytes of the largest message that is taken.
    pub fn message_bytes_max(&self) -> usize {
        self.message_bytes_max
    }

    fn start<B>(&mut self, method: &'static Method, request: Request<B>) -> CallFuture
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<tonic::codegen::StdError> + Send + 'static,
    {
        let observed = Observed {
            method,
            observer: self.observer.clone(),
            started: Instant::now(),
            is_finished: false,
            remote: self.remote,
            slow: self.server.settings().warning_unary_request,
        };
        (self.observer)(CallEvent::Started { method });
        let view = self.server.view();
        let standing = Standing {
            cluster_version: view.cluster.version(),
            is_learner: self.server.is_learner(),
            has_leader: self.server.leader().is_some(),
        };
        let admitted = match admit(&standing, method, request.headers()) {
            Ok(admitted) => admitted,
            Err(status) => return CallFuture::refused(status, Some(observed)),
        };
        (self.observer)(CallEvent::Admitted { method, api_version: admitted.api_version });
        let needs_leader =
            (admitted.needs_leader && method.kind != CallKind::Unary).then(|| LeaderCheck::new(self.server.clone()));
        let deadline = (method.kind == CallKind::Unary).then(|| Deadline::of(request.headers())).flatten();
        // Decided before the handler runs, and by the table alone.
        let admission = match access::need(method) {
            need @ (Need::User | Need::Root) if view.auth.is_enabled() => {
                Some((need, Credentials::of(request.headers(), request.extensions())))
            }
            _ => None,
        };
        let mut request = prepared(request, method, &self.observer, self.message_bytes_max);
        if let Some(remote) = self.remote.filter(|_| stats::tells(method)) {
            request.extensions_mut().insert(Remote(remote));
        }
        let future: TonicFuture = match method.target() {
            Target::Kv => self.kv.call(request),
            Target::Auth => self.auth.call(request),
            Target::Lease => self.lease.call(request),
            Target::Lock => self.lock.call(request),
            Target::Election => self.election.call(request),
            Target::Cluster => self.cluster.call(request),
            Target::Maintenance => self.maintenance.call(request),
            Target::Health => self.health.call(request),
            Target::Watch => match &self.watch {
                Some(watch) => watch(request.map(tonic::body::Body::new)),
                None => {
                    let status = Status::new(Code::Unimplemented, "this listener serves no watches");
                    return CallFuture::refused(status, Some(observed));
                }
            },
        };
        let future = match admission {
            Some((need, credentials)) => admitted_by(self.server.clone(), need, credentials, future),
            None => future,
        };
        CallFuture { state: State::Running(future, Some(observed), needs_leader, deadline) }
    }
}

/// The call, once its caller is known to be somebody, or root. Until then the handler has not begun: futures of the
/// generated services do nothing before they are polled.
fn admitted_by(server: Server, need: Need, credentials: Credentials, call: TonicFuture) -> TonicFuture {
    Box::pin(async move {
        match access::admit(&server, need, &credentials).await {
            Ok(()) => call.await,
            Err(status) => Ok(status.into_http()),
        }
    })
}

/// Answers are compressed only if the request was, as etcd does; tonic would do so whenever the client can read it.
fn prepared<B>(
    request: Request<B>,
    method: &'static Method,
    observer: &Observer,
    message_bytes_max: usize,
) -> Request<RequestBody<B>> {
    let mut request = request.map(|inner| RequestBody {
        inner,
        frames: Frames::default(),
        message_bytes_max,
        method,
        observer: observer.clone(),
    });
    let headers = request.headers_mut();
    if headers.get("grpc-encoding").is_some_and(|name| name == "gzip") {
        headers.insert("grpc-accept-encoding", HeaderValue::from_static("gzip"));
    } else {
        headers.remove("grpc-accept-encoding");
    }
    request
}

impl<B> Service<Request<B>> for Grpc
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<tonic::codegen::StdError> + Send + 'static,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = CallFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> CallFuture {
        match Method::find(request.uri().path()) {
            Some(method) => self.start(method, request),
            None => {
                let text = unknown_text(request.uri().path());
                CallFuture::refused(Status::new(Code::Unimplemented, text), None)
            }
        }
    }
}

/// A call that is counted as finished once: with its status, or as cancelled when it is dropped before.
struct Observed {
    method: &'static Method,
    observer: Observer,
    started: Instant,
    is_finished: bool,
    remote: Option<SocketAddr>,
    /// Above it a line tells of the call.
    slow: Duration,
}

impl Observed {
    fn finish(&mut self, code: Code) {
        if !self.is_finished {
            self.is_finished = true;
            let elapsed = self.started.elapsed();
            if self.method.kind == CallKind::Unary && !stats::tells(self.method) {
                stats::tell(self.method.path(), self.remote, elapsed, self.slow);
            }
            (self.observer)(CallEvent::Finished { method: self.method, code, elapsed });
        }
    }

    fn finish_with(&mut self, headers: &HeaderMap) {
        if let Some(code) = headers.get(Status::GRPC_STATUS) {
            self.finish(Code::from_bytes(code.as_bytes()));
        }
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        self.finish(Code::Cancelled);
    }
}

/// A call until its response begins.
pub struct CallFuture {
    state: State,
}

enum State {
    Running(TonicFuture, Option<Observed>, Option<LeaderCheck>, Option<Deadline>),
    Refused(Option<(Status, Option<Observed>)>),
}

impl CallFuture {
    fn refused(status: Status, observed: Option<Observed>) -> Self {
        Self { state: State::Refused(Some((status, observed))) }
    }
}

impl Future for CallFuture {
    type Output = Result<Response<ResponseBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (response, observed, leader) = match &mut self.state {
            State::Running(future, observed, leader, deadline) => match future.as_mut().poll(context) {
                Poll::Ready(Ok(response)) => (restated(response), observed.take(), leader.take()),
                Poll::Pending => {
                    let Some(deadline) = deadline else { return Poll::Pending };
                    ready!(deadline.poll(context));
                    let observed = observed.take();
                    let status = late(observed.as_ref().map(|observed| observed.method));
                    self.state = State::Refused(None); // drops the call
                    (status.into_http(), observed, None)
                }
            },
            State::Refused(refusal) => {
                let (status, observed) = refusal.take().expect("not polled after its end");
                (status.into_http(), observed, None)
            }
        };
        Poll::Ready(Ok(response_of(response, observed, leader)))
    }
}

/// The answer to a client that has stopped waiting.
fn late(method: Option<&Method>) -> Status {
    match method {
        // As etcd: its own text, with the code of errors that the client library does not know.
        Some(method) if method.name == "MoveLeader" => {
            Status::unknown("etcdserver: request timed out, leader transfer took too long")
        }
        _ => Status::new(Code::DeadlineExceeded, "context deadline exceeded"),
    }
}

fn response_of(
    response: TonicResponse,
    mut observed: Option<Observed>,
    leader: Option<LeaderCheck>,
) -> Response<ResponseBody> {
    let (parts, inner) = response.into_parts();
    if let Some(observed) = &mut observed {
        observed.finish_with(&parts.headers);
    }
    Response::from_parts(parts, ResponseBody { inner: Some(inner), frames: Frames::default(), observed, leader })
}

/// Requests that the generated services cannot decode are answered as grpc-go answers them.
fn restated(response: TonicResponse) -> TonicResponse {
    match Status::from_header_map(response.headers()) {
        Some(status) if status.code() == Code::Internal && status.message().starts_with(PROST_ERROR) => {
            undecodable(status.message()).into_http()
        }
        _ => response,
    }
}

/// A request's body, watched for its messages.
pub struct RequestBody<B> {
    inner: B,
    frames: Frames,
    message_bytes_max: usize,
    method: &'static Method,
    observer: Observer,
}

impl<B> Body for RequestBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<tonic::codegen::StdError>,
{
    type Data = Bytes;
    type Error = tonic::codegen::StdError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        let frame = match ready!(Pin::new(&mut this.inner).poll_frame(context)) {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            None => return Poll::Ready(None),
        };
        if let Some(data) = frame.data_ref() {
            match this.frames.feed(data, this.message_bytes_max) {
                Ok(counted) => (this.observer)(CallEvent::Received {
                    method: this.method,
                    messages: counted.messages,
                    bytes: counted.bytes,
                }),
                Err(large) => {
                    let text = format!(
                        "grpc: received message larger than max ({} vs. {})",
                        large.bytes, this.message_bytes_max
                    );
                    return Poll::Ready(Some(Err(Status::new(Code::ResourceExhausted, text).into())));
                }
            }
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A response's body, watched for its messages and its status.
pub struct ResponseBody {
    /// `None` when the stream was ended for want of a leader.
    inner: Option<tonic::body::Body>,
    frames: Frames,
    observed: Option<Observed>,
    leader: Option<LeaderCheck>,
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let Some(inner) = &mut this.inner else { return Poll::Ready(None) };
        if let Some(leader) = &mut this.leader
            && leader.poll_lost(context).is_ready()
        {
            this.inner = None;
            let mut trailers = HeaderMap::new();
            let status = RpcError::NoLeader.status();
            status.add_header(&mut trailers).expect("plain text");
            if let Some(observed) = &mut this.observed {
                observed.finish(status.code());
            }
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        }
        let frame = ready!(Pin::new(inner).poll_frame(context));
        if let (Some(observed), Some(Ok(frame))) = (&mut this.observed, &frame) {
            if let Some(data) = frame.data_ref() {
                // Our own messages have no limit, so they are never too large.
                let counted = this.frames.feed(data, usize::MAX).unwrap_or_default();
                (observed.observer)(CallEvent::Sent {
                    method: observed.method,
                    messages: counted.messages,
                    bytes: counted.bytes,
                });
            } else if let Some(trailers) = frame.trailers_ref() {
                observed.finish_with(trailers);
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            // With a leader check trailers may come at any time.
            Some(inner) if self.leader.is_none() => inner.size_hint(),
            _ => SizeHint::default(),
        }
    }
}

/// How long the client waits for a unary call. It gives up by itself, but may be unable to say so.
struct Deadline {
    at: tokio::time::Instant,
    /// Made when the call does not answer at once.
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Deadline {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let timeout = parse_timeout(headers.get("grpc-timeout")?.to_str().ok()?)?;
        Some(Self { at: tokio::time::Instant::now().checked_add(timeout)?, sleep: None })
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let at = self.at;
        self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at))).as_mut().poll(context)
    }
}

/// gRPC's notation: at most eight digits and a unit.
fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// Looks for a leader once an election timeout.
struct LeaderCheck {
    server: Server,
    looks: Interval,
    leaderless: u32,
}

impl LeaderCheck {
    fn new(server: Server) -> Self {
        let period = server.limits().election_timeout;
        let looks = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
        Self { server, looks, leaderless: 0 }
    }

    /// Ready when there was no leader at several looks in a row.
    fn poll_lost(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.looks.poll_tick(context));
            self.leaderless = if self.server.leader().is_some() { 0 } else { self.leaderless + 1 };
            if self.leaderless >= LEADERLESS_LOOKS_MAX {
                return Poll::Ready(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use http_body_util::{BodyExt, Full, StreamBody};

    use super::*;

    fn put() -> &'static Method {
        Method::find("/etcdserverpb.KV/Put").unwrap()
    }

    fn observer() -> (Observer, Arc<Mutex<Vec<String>>>) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = seen.clone();
        let observer: Observer = Arc::new(move |event| {
            sink.lock().unwrap().push(match event {
                CallEvent::Received { messages, bytes, .. } => format!("received {messages} {bytes}"),
                CallEvent::Sent { messages, bytes, .. } => format!("sent {messages} {bytes}"),
                CallEvent::Finished { code, .. } => format!("finished {code:?}"),
                CallEvent::Started { .. } | CallEvent::Admitted { .. } => "arrived".into(),
            });
        });
        (observer, seen)
    }

    fn frame(len: usize) -> Bytes {
        let mut frame = vec![0];
        frame.extend((len as u32).to_be_bytes());
        frame.resize(5 + len, b'x');
        frame.into()
    }

    #[tokio::test]
    async fn a_message_that_is_too_large_is_refused_as_grpc_go_does() {
        let (observer, seen) = observer();
        let request = |len| prepared(Request::new(Full::new(frame(len))), put(), &observer, 100);
        assert!(request(100).into_body().collect().await.is_ok());
        let error = request(101).into_body().collect().await.unwrap_err();
        let status = error.downcast::<Status>().unwrap();
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert_eq!(status.message(), "grpc: received message larger than max (101 vs. 100)");
        assert_eq!(*seen.lock().unwrap(), ["received 1 100"]);
    }

    #[test]
    fn answers_are_compressed_only_if_the_request_is() {
        let (observer, _) = observer();
        for (encoding, wanted) in [(None, None), (Some("gzip"), Some("gzip")), (Some("identity"), None)] {
            let mut request = Request::new(Full::new(Bytes::new()));
            request.headers_mut().insert("grpc-accept-encoding", HeaderValue::from_static("deflate, gzip"));
            if let Some(encoding) = encoding {
                request.headers_mut().insert("grpc-encoding", HeaderValue::from_static(encoding));
            }
            let request = prepared(request, put(), &observer, 100);
            let accepted = request.headers().get("grpc-accept-encoding").map(|value| value.to_str().unwrap());
            assert_eq!(accepted, wanted, "{encoding:?}");
        }
    }

    fn observed(method: &'static Method, observer: &Observer) -> Observed {
        Observed {
            method,
            observer: observer.clone(),
            started: Instant::now(),
            is_finished: false,
            remote: None,
            slow: Duration::from_secs(60),
        }
    }

    fn call(response: TonicResponse, observer: &Observer) -> CallFuture {
        let observed = observed(put(), observer);
        CallFuture { state: State::Running(Box::pin(std::future::ready(Ok(response))), Some(observed), None, None) }
    }

    #[tokio::test]
    async fn calls_finish_once_with_their_status() {
        let (observer, seen) = observer();
        let body = || {
            let trailers = HeaderMap::from_iter([(Status::GRPC_STATUS, HeaderValue::from_static("0"))]);
            let frames = [Ok::<_, Status>(Frame::data(frame(7))), Ok(Frame::trailers(trailers))];
            tonic::body::Body::new(StreamBody::new(futures_util::stream::iter(frames)))
        };
        let Ok(response) = call(Response::new(body()), &observer).await;
        response.into_body().collect().await.unwrap();
        assert_eq!(*seen.lock().unwrap(), ["sent 1 7", "finished Ok"]);

        seen.lock().unwrap().clear();
        let Ok(response) = call(Response::new(body()), &observer).await;
        drop(response);
        drop(call(Response::new(body()), &observer));
        let Ok(_) = call(RpcError::EmptyKey.status().into_http(), &observer).await;
        assert_eq!(*seen.lock().unwrap(), ["finished Cancelled", "finished Cancelled", "finished InvalidArgument"]);
    }

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        let seconds = |text| parse_timeout(text).map(|timeout| timeout.as_secs_f64());
        for (text, expected) in [
            ("5S", Some(5.0)),
            ("2H", Some(7200.0)),
            ("1M", Some(60.0)),
            ("1500m", Some(1.5)),
            ("99999999u", Some(99.999_999)),
            ("0n", Some(0.0)),
            ("100000000n", None),
            ("5", None),
            ("S", None),
            ("-5S", None),
            ("5s", None),
            ("", None),
            ("5\u{e9}", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[tokio::test]
    async fn a_call_ends_when_its_client_has_stopped_waiting() {
        for (path, code, text) in [
            ("/etcdserverpb.KV/Put", Code::DeadlineExceeded, "context deadline exceeded"),
            (
                "/etcdserverpb.Maintenance/MoveLeader",
                Code::Unknown,
                "etcdserver: request timed out, leader transfer took too long",
            ),
        ] {
            let (observer, seen) = observer();
            let method = Method::find(path).unwrap();
            let observed = observed(method, &observer);
            let headers =
                HeaderMap::from_iter([(http::HeaderName::from_static("grpc-timeout"), "30m".parse().unwrap())]);
            let begun = Instant::now();
            let state = State::Running(Box::pin(std::future::pending()), Some(observed), None, Deadline::of(&headers));
            let Ok(response) = CallFuture { state }.await;
            let status = Status::from_header_map(response.headers()).unwrap();
            assert_eq!((status.code(), status.message()), (code, text));
            assert!(begun.elapsed() >= Duration::from_millis(30));
            assert_eq!(*seen.lock().unwrap(), [format!("finished {code:?}")]);
        }
    }

    #[tokio::test]
    async fn what_prost_cannot_decode_is_answered_as_grpc_go_does() {
        use prost::Message;
        let (observer, _) = observer();
        let utf8 = crate::pb::etcdserverpb::DowngradeRequest::decode(&b"\x12\x01\xff"[..]).unwrap_err();
        for (text, wanted) in [
            (utf8.to_string(), "grpc: error unmarshalling request: string field contains invalid UTF-8"),
            (
                format!("{PROST_ERROR}A.b: buffer underflow"),
                "grpc: error unmarshalling request: proto: cannot parse invalid wire-format data",
            ),
            ("our own".to_owned(), "our own"),
        ] {
            let Ok(response) = call(Status::internal(text).into_http(), &observer).await;
            let status = Status::from_header_map(response.headers()).unwrap();
            assert_eq!((status.code(), status.message()), (Code::Internal, wanted));
        }
    }
}
