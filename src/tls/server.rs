//! The server's side of a handshake.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rustls::server::{Acceptor, NoServerSessionStorage, WantsServerCert};
use rustls::{ConfigBuilder, ServerConfig};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::warn;

use super::reload::{FileError, ServerCertificate};
use super::{TlsSettings, cipher, client};
use crate::telemetry::log::Json;

/// From the first byte to the last of a handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Handshakes that may sign in one turn of a runtime: a thousand clients that come back at once must not stand before
/// the requests of others.
const SIGNING_MAX: usize = 4;
/// First byte of every TLS connection.
pub const HANDSHAKE_RECORD: u8 = 0x16;

/// Why a listener has no TLS. The texts are etcd's.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("KeyFile and CertFile must both be present[key: {key}, cert: {cert}]")]
    Half { key: String, cert: String },
    #[error("unexpected TLS cipher suite {0:?}")]
    CipherSuite(String),
    #[error("none of the cipher suites is supported by rsetcd")]
    NoSuites,
    #[error(transparent)]
    File(#[from] FileError),
    #[error("tls: CA of client certificates: {0}")]
    ClientCa(String),
    #[error("tls: {0}")]
    Library(#[from] rustls::Error),
}

/// A client that is not let in.
#[derive(Debug)]
pub struct HandshakeError {
    /// What the client asked for, if it came that far.
    pub server_name: String,
    pub reason: String,
}

/// A connection after its handshake.
pub struct Accepted {
    pub stream: TlsStream<TcpStream>,
    /// From the client's certificate, where settings say that it names the client. Empty: it names nobody.
    pub client_name: Option<String>,
}

/// TLS of listeners with the same settings.
pub struct ServerTls {
    config: Arc<ServerConfig>,
    names_clients: bool,
    signing: Semaphore,
}

impl ServerTls {
    /// Reads all files once: what is wrong with them ends the start.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn new(settings: &TlsSettings) -> Result<Self, TlsError> {
        let (Some(cert_file), Some(key_file)) = (&settings.cert_file, &settings.key_file) else {
            let text =
                |path: &Option<std::path::PathBuf>| path.as_ref().map_or(String::new(), |p| p.display().to_string());
            return Err(TlsError::Half { key: text(&settings.key_file), cert: text(&settings.cert_file) });
        };
        let offer = cipher::offer(settings)?;
        if !offer.left_out.is_empty() {
            warn!(suites = ?Json(&offer.left_out), "cipher suites that are not safe are left out");
        }
        let certificate = ServerCertificate::new(cert_file.clone(), key_file.clone(), offer.provider.clone());
        certificate.get()?;
        let verifier = client::verifier(settings, &offer.provider)?;
        let builder = ServerConfig::builder_with_provider(offer.provider).with_protocol_versions(&offer.versions)?;
        let builder: ConfigBuilder<ServerConfig, WantsServerCert> = match verifier {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(Arc::new(certificate));
        // Clients without ALPN speak whichever they like; a client with both gets HTTP/2.
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // A resumed session would not look at the client's certificate again, nor at the list of revoked ones.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self {
            config: Arc::new(config),
            names_clients: settings.client_cert_auth,
            signing: Semaphore::new(SIGNING_MAX),
        })
    }

    /// Carries out the handshake, which takes at most 10 s. Clients that are slow hold up nobody.
    ///
    /// # Errors
    /// The client speaks something else, is not trusted, or gave up.
    pub async fn accept(&self, stream: TcpStream) -> Result<Accepted, HandshakeError> {
        let mut server_name = String::new();
        let handshake = self.handshake(stream, &mut server_name);
        match tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await {
            Ok(Ok(accepted)) => Ok(accepted),
            Ok(Err(error)) => Err(HandshakeError { server_name, reason: reason(&error) }),
            Err(_) => Err(HandshakeError { server_name, reason: "tls: handshake timed out".to_owned() }),
        }
    }

    async fn handshake(&self, stream: TcpStream, server_name: &mut String) -> std::io::Result<Accepted> {
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        hello.client_hello().server_name().unwrap_or_default().clone_into(server_name);
        let mut handshake = pin!(hello.into_stream(self.config.clone()));
        let first = {
            let _turn = self.signing.acquire().await.map_err(std::io::Error::other)?;
            // The next turn of the runtime: what else is ready comes first.
            tokio::task::yield_now().await;
            // Signs, and goes as far as the client's answer.
            std::future::poll_fn(|context| Poll::Ready(handshake.as_mut().poll(context))).await
        };
        let stream = match first {
            Poll::Ready(done) => done?,
            Poll::Pending => handshake.await?,
        };
        let own = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let client_name = own.filter(|_| self.names_clients).map(client::common_name);
        Ok(Accepted { stream, client_name })
    }
}

/// What the log says, in etcd's words for what is frequent.
fn reason(error: &std::io::Error) -> String {
    use rustls::{CertificateError, Error};
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        return "EOF".to_owned();
    }
    match error.get_ref().and_then(|source| source.downcast_ref::<Error>()) {
        Some(Error::NoCertificatesPresented) => "tls: client didn't provide a certificate".to_owned(),
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "tls: failed to verify certificate: x509: certificate signed by unknown authority".to_owned()
        }
        Some(Error::InvalidCertificate(CertificateError::Other(reason))) => reason.to_string(),
        Some(other) => format!("tls: {other}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use rcgen::{CertificateParams, KeyPair};
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{ClientConfig, RootCertStore};
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::{TcpListener, TcpStream};
    use tokio_rustls::TlsConnector;

    use super::{SIGNING_MAX, ServerTls};
    use crate::tls::TlsSettings;

    fn server(dir: &Path) -> (ServerTls, CertificateDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let (cert_file, key_file) = (dir.join("cert"), dir.join("key"));
        std::fs::write(&cert_file, certificate.pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        let settings = TlsSettings { cert_file: Some(cert_file), key_file: Some(key_file), ..TlsSettings::default() };
        (ServerTls::new(&settings).unwrap(), certificate.der().clone())
    }

    /// Clients that stop in the middle, more of them than may sign at once, hold up nobody.
    #[tokio::test]
    async fn a_client_that_stops_half_way_holds_up_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let (tls, certificate) = server(dir.path());
        let tls = Arc::new(tls);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
        let name = || ServerName::try_from("localhost").unwrap();

        let mut stalled = Vec::new();
        for count in 0..3 * SIGNING_MAX {
            let mut socket = TcpStream::connect(address).await.unwrap();
            let (accepted, _) = listener.accept().await.unwrap();
            let tls = tls.clone();
            tokio::spawn(async move { tls.accept(accepted).await.map(drop) });
            // Every second one says nothing at all, the others all of their first message.
            if count % 2 == 0 {
                let mut hello = rustls::ClientConnection::new(config.clone(), name()).unwrap();
                let mut bytes = Vec::new();
                hello.write_tls(&mut bytes).unwrap();
                socket.write_all(&bytes).await.unwrap();
            }
            stalled.push(socket);
        }
        let socket = TcpStream::connect(address).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let connector = TlsConnector::from(config);
        let (client, server) = tokio::join!(connector.connect(name(), socket), tls.accept(accepted));
        assert!(client.is_ok());
        assert_eq!(server.map_err(|error| error.reason).unwrap().client_name, None);
    }
}
