//! One attempt to connect: TCP or a unix socket, TLS, and the first words of HTTP/2.
//!
//! A connection counts once the server has sent its HTTP/2 settings. Before that nothing of a request is on the way,
//! so whatever goes wrong here has certainly not carried out a write; and a server of another kind (TLS where we speak
//! none, HTTP/1, the reverse) is told from one that is merely down.

use std::{
    io,
    path::PathBuf,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::TlsConnector;

use super::{Config, ConfigError, TlsConfig};
use crate::telemetry::os_error;

/// The first bytes of a client.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A frame's head: 3 bytes length, 1 byte type, 1 byte flags, 4 bytes stream.
const FRAME_HEAD: usize = 9;
const SETTINGS: u8 = 4;

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// Nobody listens, the name is unknown, the network refuses.
    #[error("{0}")]
    Unreachable(String),
    /// No connection in time.
    #[error("no connection within {0:?}")]
    Timeout(Duration),
    /// The server's certificate is not accepted: unknown authority, other name, expired.
    #[error("the server's certificate is not accepted: {0}")]
    Certificate(String),
    /// The server does not accept our certificate, or that we have none.
    #[error("the server does not accept our certificate: {0}")]
    ClientCertificate(String),
    /// Any other trouble of TLS.
    #[error("TLS: {0}")]
    Tls(String),
    /// We speak TLS and the server does not.
    #[error("the server does not speak TLS")]
    NoTls,
    /// The server speaks TLS and we do not.
    #[error("the server speaks TLS")]
    OnlyTls,
    /// The server hung up before it said anything, as one that wants TLS does, too.
    #[error("the server closed the connection before it said anything")]
    Closed,
    /// The server speaks, but not HTTP/2.
    #[error("the server does not speak HTTP/2")]
    NotHttp2,
}

/// The last failure to connect with an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{endpoint}: {error}")]
pub struct DialFailure {
    /// The endpoint as it was given.
    pub endpoint: String,
    /// What went wrong.
    pub error: DialError,
}

/// What all endpoints of a client have in common.
#[derive(Clone)]
pub(super) struct DialSettings {
    /// Read once, if TLS is spoken.
    tls: Option<(Arc<rustls::ClientConfig>, TlsConfig)>,
    pub timeout: Duration,
    pub keepalive_time: Duration,
    pub keepalive_timeout: Duration,
}

impl DialSettings {
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let tls = if config.uses_tls() {
            let settings = config.tls.clone().unwrap_or_default();
            Some((settings.build()?, settings))
        } else {
            None
        };
        let Config { dial_timeout: timeout, keepalive_time, keepalive_timeout, .. } = *config;
        Ok(Self { tls, timeout, keepalive_time, keepalive_timeout })
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Address {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
}

/// Connects with one endpoint.
pub(super) struct Dialer {
    address: Address,
    /// `http://` or `https://` and the authority of requests.
    pub origin: http::Uri,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    timeout: Duration,
}

/// What a connection reads and writes through.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

impl Dialer {
    pub fn new(endpoint: &str, settings: &DialSettings) -> Result<Self, ConfigError> {
        let bad = || ConfigError::BadEndpoint(endpoint.to_owned());
        let (scheme, default_port) = if settings.tls.is_some() { ("https", 443) } else { ("http", 80) };
        let unix = endpoint.strip_prefix("unix:").or_else(|| endpoint.strip_prefix("unixs:"));
        let (address, authority) = if let Some(path) = unix {
            let path = path.strip_prefix("//").unwrap_or(path);
            (Address::Unix(path.into()), "localhost".to_owned())
        } else {
            let rest = match endpoint.split_once("://") {
                Some((scheme, rest)) if ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) => rest,
                Some(_) => return Err(bad()),
                None => endpoint,
            };
            let authority: http::uri::Authority =
                rest.split('/').next().unwrap_or_default().parse().map_err(|_| bad())?;
            let host = authority.host().trim_matches(['[', ']']).to_owned();
            let has_port = authority.as_str().len() > authority.host().len();
            if host.is_empty() || has_port && authority.port_u16().is_none() {
                return Err(bad());
            }
            (Address::Tcp { host, port: authority.port_u16().unwrap_or(default_port) }, authority.to_string())
        };
        let tls = match &settings.tls {
            None => None,
            Some((config, names)) => {
                let host = match &address {
                    Address::Tcp { host, .. } => host,
                    Address::Unix(_) => "localhost",
                };
                Some((TlsConnector::from(config.clone()), names.name_of(host)?))
            }
        };
        let origin = format!("{scheme}://{authority}").parse().map_err(|_| bad())?;
        Ok(Self { address, origin, tls, timeout: settings.timeout })
    }

    /// A connection on which a server of HTTP/2 has spoken.
    pub async fn dial(&self) -> Result<Greeted, DialError> {
        let dial = async {
            let io = self.open().await.map_err(|error| DialError::Unreachable(os_error::text(&error)))?;
            match &self.tls {
                None => greet(io, false).await,
                Some((connector, name)) => {
                    let tls = connector.connect(name.clone(), io).await.map_err(|error| tls_error(&error))?;
                    greet(Box::new(tls), true).await
                }
            }
        };
        tokio::time::timeout(self.timeout, dial).await.unwrap_or(Err(DialError::Timeout(self.timeout)))
    }

    async fn open(&self) -> io::Result<Box<dyn Io>> {
        match &self.address {
            Address::Unix(path) => Ok(Box::new(UnixStream::connect(path).await?)),
            Address::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

/// Sends the preface and waits for the head of the server's settings.
async fn greet(mut io: Box<dyn Io>, over_tls: bool) -> Result<Greeted, DialError> {
    let failed = |error: io::Error| {
        if over_tls && rustls_error(&error).is_some() {
            return tls_error(&error);
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                DialError::Closed
            }
            _ => DialError::Unreachable(error.to_string()),
        }
    };
    io.write_all(PREFACE).await.map_err(failed)?;
    io.flush().await.map_err(failed)?;
    let mut head = [0; FRAME_HEAD];
    let mut read = 0;
    while read < FRAME_HEAD {
        let more = io.read(&mut head[read..]).await.map_err(failed)?;
        read += more;
        match &head[..read] {
            // An alert of TLS: its type, and the major version 3.
            [0x15, 3, ..] if !over_tls => return Err(DialError::OnlyTls),
            [b'H', b'T', ..] => return Err(DialError::NotHttp2),
            _ if more == 0 => return Err(DialError::Closed),
            _ => {}
        }
    }
    if head[3] != SETTINGS {
        return Err(DialError::NotHttp2);
    }
    Ok(Greeted { io, head: Bytes::copy_from_slice(&head), preface_left: PREFACE.len() })
}

fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn tls_error(error: &io::Error) -> DialError {
    use rustls::{AlertDescription as Alert, Error};
    match rustls_error(error) {
        Some(Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)) => DialError::NoTls,
        Some(Error::InvalidCertificate(reason)) => DialError::Certificate(reason.to_string()),
        Some(Error::AlertReceived(
            alert @ (Alert::BadCertificate
            | Alert::CertificateRequired
            | Alert::CertificateExpired
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::UnsupportedCertificate
            | Alert::AccessDenied
            | Alert::UnknownCA),
        )) => DialError::ClientCertificate(format!("{alert:?}")),
        Some(error) => DialError::Tls(error.to_string()),
        None if error.kind() == io::ErrorKind::UnexpectedEof => DialError::Closed,
        None => DialError::Tls(error.to_string()),
    }
}

/// A connection whose first words have been exchanged. Whoever takes it over says and hears them again: its preface
/// is left out, and what the server has said comes first.
pub(super) struct Greeted {
    io: Box<dyn Io>,
    head: Bytes,
    preface_left: usize,
}

impl AsyncRead for Greeted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.head.is_empty() {
            let count = self.head.len().min(buf.remaining());
            buf.put_slice(&self.head[..count]);
            self.head.advance(count);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Greeted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let said = self.preface_left.min(bytes.len());
        self.preface_left -= said;
        if said == bytes.len() {
            return Poll::Ready(Ok(said));
        }
        // The rest is written now, or at the next call: what was said before counts either way.
        match Pin::new(&mut self.io).poll_write(cx, &bytes[said..]) {
            Poll::Pending if said > 0 => Poll::Ready(Ok(said)),
            written => Poll::Ready(Ok(said + ready!(written)?)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.preface_left == 0 {
            return Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        }
        let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| slice);
        self.poll_write(cx, first)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
