//! From an accepted socket to the page that answers: gRPC and HTTP on one port, told apart by version and content
//! type; graceful and hard stop.

use std::{
    convert::Infallible,
    future::Future,
    io,
    net::TcpStream,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, Version},
};
use futures_util::future::{BoxFuture, Either};
use http_body_util::Either as EitherBody;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Semaphore, mpsc},
};
use tokio_util::sync::CancellationToken;
use tower::Service as _;
use tracing::{debug, warn};

use super::{listen::Wire, pings::Calmed, runtimes::Runtimes};
use crate::{
    api::{
        grpc::{CallFuture, Grpc, ResponseBody},
        http::{Access, is_grpc},
    },
    config::server::SurfaceConfig,
    server::caller::CertificateName,
    tls::{Accepted, HANDSHAKE_RECORD, ServerTls},
};

/// HTTP/2 window of a stream.
const STREAM_WINDOW_BYTES: u32 = 1 << 20;
/// Of a connection. The h2 library takes many small unread frames for a flood, in proportion to this.
const CONNECTION_WINDOW_BYTES: u32 = 16 << 20;
/// Header of an HTTP/1 request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(300);
/// Keep-alive of TCP.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);
/// Streams that a client may reset before its connection is closed for flooding. Clients that give up many calls at
/// once are not attacking.
const RESETS_MAX: usize = 10_000;
/// Pause after the process ran out of files or memory for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What answers on a listener. A clone belongs to each connection.
#[derive(Clone)]
pub struct Pages {
    /// gRPC calls over HTTP/2; none on listeners without gRPC.
    pub grpc: Option<Grpc>,
    /// All else; none on listeners for gRPC alone.
    pub http: Option<Router>,
    /// Rules for `http`.
    pub access: Option<Arc<Access>>,
    /// What the connection tells of its client.
    pub client: ConnectionClient,
}

/// What a connection tells of its client.
#[derive(Clone, Default)]
pub struct ConnectionClient {
    is_secure: bool,
    /// Of its verified certificate.
    name: Option<CertificateName>,
}

/// A gRPC answer, or a page.
pub type AnswerBody = EitherBody<ResponseBody, Body>;

impl hyper::service::Service<Request<Incoming>> for Pages {
    type Response = Response<AnswerBody>;
    type Error = Infallible;
    type Future = Either<GrpcFuture, BoxFuture<'static, Result<Response<AnswerBody>, Infallible>>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        if let Some(name) = &self.client.name {
            request.extensions_mut().insert(name.clone());
        }
        let is_call = request.version() == Version::HTTP_2 && is_grpc(&request);
        let (router, access) = match (&self.grpc, &self.http) {
            (Some(grpc), Some(_)) if is_call => return Either::Left(GrpcFuture(grpc.clone().call(request))),
            (Some(grpc), None) => return Either::Left(GrpcFuture(grpc.clone().call(request))),
            (_, Some(http)) => (http, &self.access),
            (None, None) => return Either::Right(Box::pin(async { Ok(page(Response::new(Body::empty()))) })),
        };
        let mut router = router.clone();
        let checked = access.as_ref().map(|access| match self.client.is_secure {
            true => access.check_secure(&request),
            false => access.check(&request),
        });
        Either::Right(match checked {
            None => Box::pin(async move { Ok(page(router.call(request).await?)) }),
            Some(Err(refusal)) => Box::pin(async move { Ok(page(*refusal)) }),
            Some(Ok(headers)) => Box::pin(async move {
                let mut response = router.call(request).await?;
                Access::add(headers, &mut response);
                Ok(page(response))
            }),
        })
    }
}

fn page(response: Response<Body>) -> Response<AnswerBody> {
    response.map(EitherBody::Right)
}

/// A call whose answer shares its type with pages.
pub struct GrpcFuture(CallFuture);

impl Future for GrpcFuture {
    type Output = Result<Response<AnswerBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map_ok(|response| response.map(EitherBody::Left))
    }
}

/// How connections are handled.
#[derive(Clone)]
pub struct Connections {
    builder: auto::Builder<TokioExecutor>,
    /// The shortest time between two pings of a client.
    ping_min_time: Duration,
    stop: CancellationToken,
    /// Held by each connection, so that the last one can be waited for.
    _alive: mpsc::Sender<Infallible>,
}

/// The other end of [`Connections`].
pub struct Stopper {
    stop: CancellationToken,
    gone: mpsc::Receiver<Infallible>,
}

impl Connections {
    pub fn new(config: &SurfaceConfig) -> (Self, Stopper) {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(config.max_concurrent_streams)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .keep_alive_interval(config.keepalive_interval)
            .keep_alive_timeout(config.keepalive_timeout)
            .max_pending_accept_reset_streams(RESETS_MAX)
            .max_local_error_reset_streams(RESETS_MAX);
        let stop = CancellationToken::new();
        let (alive, gone) = mpsc::channel(1);
        (
            Self { builder, ping_min_time: config.keepalive_min_time, stop: stop.clone(), _alive: alive },
            Stopper { stop, gone },
        )
    }

    async fn serve(self, socket: TcpStream, mut pages: Pages, security: Security) {
        let Ok(socket) = tokio::net::TcpStream::from_std(socket) else { return };
        pages.grpc = pages.grpc.map(|grpc| grpc.of_connection(socket.peer_addr().ok()));
        let stop = self.stop.clone();
        let opened = tokio::select! {
            opened = open(socket, &security) => opened,
            () = stop.cancelled() => return,
        };
        match opened {
            Some(Opened::Plain(socket)) => self.answer(socket, pages).await,
            Some(Opened::Tls(accepted)) => {
                let Accepted { stream, client_name } = *accepted;
                let name = client_name.map(|name| CertificateName(name.into()));
                pages.client = ConnectionClient { is_secure: true, name };
                self.answer(stream, pages).await;
            }
            None => {}
        }
    }

    async fn answer(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, pages: Pages) {
        let builder = match pages.http {
            Some(_) => self.builder,
            None => self.builder.http2_only(),
        };
        // As in etcd, where gRPC has a port or a plain connection of its own; with TLS on a port shared with HTTP, Go's
        // HTTP server speaks HTTP/2, and it does not count pings.
        let is_counted = pages.grpc.is_some() && !(pages.client.is_secure && pages.http.is_some());
        let stream = Calmed::new(stream, is_counted.then_some(self.ping_min_time));
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), pages));
        let result = tokio::select! {
            result = connection.as_mut() => result,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = result {
            debug!(error, "connection ended");
        }
    }
}

/// What protects the connections of a listener.
#[derive(Clone)]
pub struct Security {
    pub wire: Wire,
    /// There where the wire has TLS.
    pub tls: Option<Arc<ServerTls>>,
    /// Whose connections the log calls rejected: `client`, `metrics`, `peer`.
    pub endpoint: &'static str,
}

enum Opened {
    Plain(tokio::net::TcpStream),
    Tls(Box<Accepted>),
}

/// A connection with its handshake done. `None`: it is closed, without an answer in the wrong language.
async fn open(socket: tokio::net::TcpStream, security: &Security) -> Option<Opened> {
    let remote = socket.peer_addr().map_or_else(|_| String::new(), |address| address.to_string());
    let mut first = [0];
    let is_handshake = match socket.peek(&mut first).await {
        Ok(1) => first[0] == HANDSHAKE_RECORD,
        _ => return None, // gone without a word: the check of some load balancer
    };
    let rejected = |server_name: &str, error: &str| {
        let message = format!("rejected connection on {} endpoint", security.endpoint);
        warn!("remote-addr" = remote, "server-name" = server_name, error, "{message}");
    };
    match (is_handshake, &security.tls) {
        (false, _) if security.wire.has_plain() => Some(Opened::Plain(socket)),
        (false, _) => {
            rejected("", "tls: first record does not look like a TLS handshake");
            close(&socket);
            None
        }
        (true, Some(tls)) => match tls.accept(socket).await {
            Ok(accepted) => Some(Opened::Tls(Box::new(accepted))),
            Err(error) => {
                rejected(&error.server_name, &error.reason);
                None
            }
        },
        (true, None) => {
            close(&socket);
            None
        }
    }
}

/// Takes what the client has sent, so that it meets the end of the connection and not a reset.
fn close(socket: &tokio::net::TcpStream) {
    let mut unread = [0; 4096];
    let _ = socket.try_read(&mut unread);
}

impl Stopper {
    /// Accepts nothing more and lets what is in flight finish, for at most `limit`.
    pub async fn stop(mut self, limit: Duration) {
        self.stop.cancel();
        // The channel carries nothing: it closes with the last connection.
        let _ = tokio::time::timeout(limit, self.gone.recv()).await;
    }
}

/// Where accepted connections run.
pub enum Place {
    /// On the runtime with the fewest; `pages` by the number of the runtime.
    Clients { runtimes: Arc<Runtimes>, pages: Vec<Pages> },
    /// On the runtime that accepts.
    Here(Box<Pages>),
}

/// Accepts until stopped. At most `limit` connections are open at once; more wait in the system's queue.
///
/// # Errors
/// The listener is broken.
pub async fn accept(
    socket: std::net::TcpListener,
    place: Place,
    security: Security,
    connections: Connections,
    limit: Option<usize>,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(socket)?;
    let permits = Arc::new(Semaphore::new(limit.unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS)));
    let stop = connections.stop.clone();
    loop {
        let next = async {
            let permit = permits.clone().acquire_owned().await.map_err(io::Error::other)?;
            listener.accept().await.map(|(socket, _)| (socket, permit))
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            () = stop.cancelled() => return Ok(()),
        };
        let (socket, permit) = match accepted.and_then(|(socket, permit)| prepare(socket).map(|s| (s, permit))) {
            Ok(accepted) => accepted,
            Err(error) if is_passing(&error) => continue,
            Err(error) if is_exhausted(&error) => {
                warn!(%error, "cannot accept a connection, trying again");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        let connections = connections.clone();
        match &place {
            Place::Here(pages) => {
                let pages = Pages::clone(pages);
                let security = security.clone();
                tokio::spawn(async move {
                    connections.serve(socket, pages, security).await;
                    drop(permit);
                });
            }
            Place::Clients { runtimes, pages } => {
                let (number, handle, counted) = runtimes.take_place();
                let pages = pages[number].clone();
                let security = security.clone();
                handle.spawn(async move {
                    connections.serve(socket, pages, security).await;
                    drop((permit, counted));
                });
            }
        }
    }
}

/// Takes the socket off the accepting runtime.
fn prepare(socket: tokio::net::TcpStream) -> io::Result<TcpStream> {
    socket.set_nodelay(true)?;
    SockRef::from(&socket)
        .set_tcp_keepalive(&TcpKeepalive::new().with_time(TCP_KEEPALIVE).with_interval(TCP_KEEPALIVE))?;
    socket.into_std()
}

/// The client went away before it was accepted.
fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, InvalidInput, NotConnected};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | InvalidInput | NotConnected)
}

fn is_exhausted(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM].iter().any(|known| code == Some(*known))
}
