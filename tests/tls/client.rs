//! A client over TLS that is told what to offer.

use std::io;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use rsetcd::pb::etcdserverpb::{RangeRequest, kv_client::KvClient};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

use super::ca::{Ca, Issued};
use super::support::wait::PATIENCE;

#[derive(Clone)]
pub struct Client {
    ca: CertificateDer<'static>,
    own: Option<(CertificateDer<'static>, Vec<u8>)>,
    alpn: Vec<&'static str>,
    versions: Vec<&'static SupportedProtocolVersion>,
}

impl Client {
    /// Trusts that CA.
    pub fn new(ca: &Ca) -> Self {
        Self { ca: ca.certificate.der().clone(), own: None, alpn: vec!["h2"], versions: rustls::ALL_VERSIONS.to_vec() }
    }

    pub fn with(&self, own: &Issued) -> Self {
        let own = Some((own.certificate.der().clone(), own.key.serialize_der()));
        Self { own, ..self.clone() }
    }

    pub fn offering(&self, alpn: &[&'static str]) -> Self {
        Self { alpn: alpn.to_vec(), ..self.clone() }
    }

    pub fn version(&self, version: &'static SupportedProtocolVersion) -> Self {
        Self { versions: vec![version], ..self.clone() }
    }

    async fn connect(self, port: u16) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.ca).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&self.versions).unwrap();
        let builder = builder.with_root_certificates(roots);
        let mut config = match self.own {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                builder.with_client_auth_cert(vec![certificate], PrivateKeyDer::Pkcs8(key.into())).unwrap()
            }
        };
        config.alpn_protocols = self.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let socket = TcpStream::connect(("127.0.0.1", port)).await?;
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), socket).await
    }

    /// The server's certificate.
    pub async fn handshake(&self, port: u16) -> io::Result<Vec<u8>> {
        let stream = self.clone().connect(port).await?;
        let chain = stream.get_ref().1.peer_certificates().unwrap();
        Ok(chain[0].to_vec())
    }

    /// For gRPC.
    pub async fn channel(&self, port: u16) -> Result<Channel, tonic::transport::Error> {
        let client = self.clone();
        let connector = tower::service_fn(move |_| {
            let client = client.clone();
            async move { client.connect(port).await.map(TokioIo::new) }
        });
        Endpoint::from_static("http://localhost").connect_with_connector(connector).await
    }
}

/// What comes of a connection: the language that was agreed on and whether a request in it was answered, or who
/// refused.
pub async fn outcome(client: &Client, port: u16) -> String {
    let stream = match client.clone().connect(port).await {
        Ok(stream) => stream,
        Err(error) => {
            let is_ours = error.to_string().contains("invalid peer certificate");
            return format!("refused by {}", if is_ours { "client" } else { "server" });
        }
    };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        drop(stream);
        let Ok(channel) = client.channel(port).await else { return "refused by server".to_owned() };
        let read = RangeRequest { key: "k".into(), ..Default::default() };
        return match tokio::time::timeout(PATIENCE, KvClient::new(channel).range(read)).await {
            Ok(Ok(_)) => "h2 ok".to_owned(),
            // In TLS 1.3 the client has ended its handshake when the server refuses: the call meets a closed connection.
            Ok(Err(status)) if std::error::Error::source(&status).is_some() => "refused by server".to_owned(),
            other => format!("{other:?}"),
        };
    }
    match page(client, port, super::GET).await {
        Ok(text) if text.starts_with("HTTP/1.1 200") => "http/1.1 ok".to_owned(),
        other => format!("{other:?}"),
    }
}

/// All of the answer to a request in HTTP/1.1.
pub async fn page(client: &Client, port: u16, request: &[u8]) -> io::Result<String> {
    let mut stream = client.clone().connect(port).await?;
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await??;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// All that a server says to these bytes without TLS, until it closes.
pub async fn plain(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("closed in time").unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
