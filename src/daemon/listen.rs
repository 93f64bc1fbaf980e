//! Binding the URLs of clients, peers and metrics.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs},
};

use socket2::{Domain, Protocol, Socket, Type};

use crate::{
    config::{server::SurfaceConfig, url::Url},
    telemetry::os_error,
};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 4096;

/// What a listener is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Peers,
    /// gRPC and HTTP on one port.
    Clients,
    ClientsGrpc,
    ClientsHttp,
    Metrics,
}

impl Purpose {
    /// The field `traffic` of a client listener's log line.
    pub fn traffic(self) -> &'static str {
        match self {
            Self::Clients => "grpc+http",
            Self::ClientsGrpc => "grpc",
            Self::ClientsHttp => "http",
            Self::Peers => "peer",
            Self::Metrics => "metrics",
        }
    }
}

/// A socket that listens.
#[derive(Debug)]
pub struct Listener {
    pub purpose: Purpose,
    pub url: Url,
    pub wire: Wire,
    pub socket: TcpListener,
}

/// What connections of a listener begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    Plain,
    Tls,
    /// One address was given as http and as https.
    Both,
}

impl Wire {
    pub fn has_tls(self) -> bool {
        self != Self::Plain
    }

    pub fn has_plain(self) -> bool {
        self != Self::Tls
    }
}

/// Why a URL cannot be listened on, in etcd's words.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error("listen tcp {address}: {step}: {}", os_error::text(source))]
    Listen { address: String, step: &'static str, source: io::Error },
    #[error("listen tcp: lookup {host}: {}", os_error::text(source))]
    Lookup { host: String, source: io::Error },
    #[error("listen tcp: address {0}: invalid port")]
    Port(String),
    #[error("TLS key/cert (--cert-file, --key-file) must be provided for client url {0} with HTTPS scheme")]
    ClientTls(Url),
    #[error("cannot listen on TLS for {0}: KeyFile and CertFile are not presented")]
    PeerTls(String),
    #[error("client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url")]
    MetricsTls,
    #[error("cannot bind both --listen-client-urls and --listen-client-http-urls on the same url {0}")]
    SameUrl(Url),
}

/// Binds peers.
///
/// # Errors
/// The first URL that cannot be listened on.
pub fn bind_peers(config: &SurfaceConfig) -> Result<Vec<Listener>, ListenError> {
    config.listen_peer_urls.iter().map(|url| bind(url, Purpose::Peers, config)).collect()
}

/// Binds clients: one port for all, or gRPC and HTTP apart.
///
/// # Errors
/// The first URL that cannot be listened on.
pub fn bind_clients(config: &SurfaceConfig) -> Result<Vec<Listener>, ListenError> {
    let http = &config.listen_client_http_urls;
    if let Some(url) =
        http.iter().find(|url| config.listen_client_urls.iter().any(|other| other.address() == url.address()))
    {
        return Err(ListenError::SameUrl(url.clone()));
    }
    let main = if http.is_empty() { Purpose::Clients } else { Purpose::ClientsGrpc };
    let urls = config.listen_client_urls.iter().map(|url| (url, main));
    let urls = urls.chain(http.iter().map(|url| (url, Purpose::ClientsHttp)));
    let mut listeners: Vec<Listener> = Vec::new();
    for (url, purpose) in urls {
        match listeners.iter_mut().find(|other| other.url.address() == url.address()) {
            Some(other) => {
                check_tls(url, purpose, config)?;
                other.wire = Wire::Both; // of equal URLs each stands once, so the schemes differ
            }
            None => listeners.push(bind(url, purpose, config)?),
        }
    }
    Ok(listeners)
}

/// Binds the listeners for metrics and health alone.
///
/// # Errors
/// The first URL that cannot be listened on.
pub fn bind_metrics(config: &SurfaceConfig) -> Result<Vec<Listener>, ListenError> {
    config.listen_metrics_urls.iter().map(|url| bind(url, Purpose::Metrics, config)).collect()
}

/// A secure URL needs a certificate. That of members is not there yet.
fn check_tls(url: &Url, purpose: Purpose, config: &SurfaceConfig) -> Result<(), ListenError> {
    let is_given = config.client_tls.is_given();
    match purpose {
        _ if !url.scheme().is_secure() => Ok(()),
        Purpose::Peers => Err(ListenError::PeerTls(url.address().to_owned())),
        Purpose::Metrics if !is_given => Err(ListenError::MetricsTls),
        Purpose::Clients | Purpose::ClientsGrpc | Purpose::ClientsHttp if !is_given => {
            Err(ListenError::ClientTls(url.clone()))
        }
        Purpose::Metrics | Purpose::Clients | Purpose::ClientsGrpc | Purpose::ClientsHttp => Ok(()),
    }
}

fn bind(url: &Url, purpose: Purpose, config: &SurfaceConfig) -> Result<Listener, ListenError> {
    check_tls(url, purpose, config)?;
    let address = resolve(url)?;
    let failed = |step| move |source| ListenError::Listen { address: address.to_string(), step, source };
    let socket = if address.ip() == IpAddr::V4(Ipv4Addr::UNSPECIFIED) {
        // All addresses means those of IPv6 too, where the machine has it.
        let both = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), address.port());
        match listen(both, true, config) {
            Err((_, error)) if is_without_ipv6(&error) => listen(address, false, config),
            result => result,
        }
    } else {
        listen(address, address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED), config)
    };
    let socket = socket.map_err(|(step, source)| failed(step)(source))?;
    let wire = if url.scheme().is_secure() { Wire::Tls } else { Wire::Plain };
    Ok(Listener { purpose, url: url.clone(), wire, socket })
}

fn is_without_ipv6(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(rustix::io::Errno::from_raw_os_error);
    matches!(code, Some(rustix::io::Errno::AFNOSUPPORT | rustix::io::Errno::ADDRNOTAVAIL))
}

/// The step that failed comes with the error.
fn listen(
    address: SocketAddr,
    is_dual: bool,
    config: &SurfaceConfig,
) -> Result<TcpListener, (&'static str, io::Error)> {
    let at = |step| move |error| (step, error);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP)).map_err(at("socket"))?;
    if address.is_ipv6() {
        socket.set_only_v6(!is_dual).map_err(at("setsockopt"))?;
    }
    // Go sets this on every listener, `--socket-reuse-address` or not: a restart must not wait for old connections.
    socket.set_reuse_address(true).map_err(at("setsockopt"))?;
    if config.reuse_port {
        socket.set_reuse_port(true).map_err(at("setsockopt"))?;
    }
    socket.set_nonblocking(true).map_err(at("fcntl"))?;
    socket.bind(&address.into()).map_err(at("bind"))?;
    socket.listen(BACKLOG).map_err(at("listen"))?;
    Ok(socket.into())
}

/// An address to bind; of a name with several, the first of IPv4.
fn resolve(url: &Url) -> Result<SocketAddr, ListenError> {
    let port_text = url.address().rsplit(':').next().unwrap_or_default();
    let port = url.port().ok_or_else(|| ListenError::Port(port_text.to_owned()))?;
    let lookup = |source| ListenError::Lookup { host: url.host().to_owned(), source };
    let found: Vec<SocketAddr> = (url.host(), port).to_socket_addrs().map_err(lookup)?.collect();
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first()).copied();
    first.ok_or_else(|| lookup(io::Error::new(io::ErrorKind::NotFound, "no such host")))
}
