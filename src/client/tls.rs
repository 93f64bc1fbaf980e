//! TLS as a client: whom to believe, and who we are.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    server::ParsedCertificate,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::ConfigError;
use crate::tls::listed::{self, Purpose};

/// How to speak TLS.
#[derive(Clone, Debug, Default)]
pub struct TlsConfig {
    ca: Option<Pem>,
    identity: Option<(Pem, Pem)>,
    server_name: Option<String>,
    skip_verify: bool,
}

/// Text in PEM, or where it is.
#[derive(Clone)]
enum Pem {
    File(PathBuf),
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.fmt(f),
            Self::Bytes(_) => f.write_str("PEM"),
        }
    }
}

impl TlsConfig {
    /// Servers are checked against the system's roots; we show no certificate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Believes the authorities in this file and no others.
    #[must_use]
    pub fn ca_file(self, path: impl AsRef<Path>) -> Self {
        Self { ca: Some(Pem::File(path.as_ref().into())), ..self }
    }

    /// Believes these authorities, in PEM, and no others.
    #[must_use]
    pub fn ca_pem(self, pem: impl Into<Vec<u8>>) -> Self {
        Self { ca: Some(Pem::Bytes(pem.into())), ..self }
    }

    /// Shows the certificate chain of one file with the key of another.
    #[must_use]
    pub fn identity_files(self, certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> Self {
        let files = (Pem::File(certificate.as_ref().into()), Pem::File(key.as_ref().into()));
        Self { identity: Some(files), ..self }
    }

    /// Shows this certificate chain with this key, both in PEM.
    #[must_use]
    pub fn identity_pem(self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self { identity: Some((Pem::Bytes(certificate.into()), Pem::Bytes(key.into()))), ..self }
    }

    /// Expects the server's certificate to be for this name, in place of the endpoint's host.
    #[must_use]
    pub fn server_name(self, name: impl Into<String>) -> Self {
        Self { server_name: Some(name.into()), ..self }
    }

    /// Takes any certificate of a server. Whoever sits in between can then read and change everything.
    #[must_use]
    pub fn insecure_skip_verify(self) -> Self {
        Self { skip_verify: true, ..self }
    }

    /// The name that the certificate of the server at `host` must be for.
    pub(super) fn name_of(&self, host: &str) -> Result<ServerName<'static>, ConfigError> {
        let name = self.server_name.as_deref().unwrap_or(host).trim_matches(['[', ']']);
        ServerName::try_from(name.to_owned())
            .map_err(|_| ConfigError::Tls(format!("{name:?} is no name that a certificate can be for")))
    }

    /// Reads all files.
    pub(super) fn build(&self) -> Result<Arc<ClientConfig>, ConfigError> {
        let failed = |error: rustls::Error| ConfigError::Tls(error.to_string());
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
        let builder = builder.map_err(failed)?;
        let builder = if self.skip_verify {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(NoVerification(provider)))
        } else {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(self.verification(provider)?))
        };
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = certificates("client certificate", certificate)?;
                let key_bytes = key.read("client key")?;
                let key = PrivateKeyDer::from_pem_slice(&key_bytes)
                    .map_err(|error| ConfigError::Pem { what: key.name("client key"), error: error.to_string() })?;
                builder.with_client_auth_cert(chain, key).map_err(failed)?
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Arc::new(config))
    }

    /// Speaks TLS with the server at `host` over a stream; `protocol` is what is spoken in it (`h2`, `http/1.1`).
    ///
    /// # Errors
    /// A file cannot be used, or the two do not come to terms.
    pub(crate) async fn wrap<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        host: &str,
        protocol: &[u8],
    ) -> Result<TlsStream<S>, io::Error> {
        let mut config = Arc::unwrap_or_clone(self.build().map_err(io::Error::other)?);
        config.alpn_protocols = vec![protocol.to_vec()];
        let name = self.name_of(host).map_err(io::Error::other)?;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    fn verification(&self, provider: Arc<CryptoProvider>) -> Result<Verification, ConfigError> {
        let mut roots = RootCertStore::empty();
        let trusted = match &self.ca {
            Some(pem) => {
                let trusted = certificates("CA file", pem)?;
                for certificate in trusted.iter().cloned() {
                    roots
                        .add(certificate)
                        .map_err(|error| ConfigError::Pem { what: pem.name("CA file"), error: error.to_string() })?;
                }
                trusted
            }
            None => {
                let found = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(found.certs.iter().cloned());
                if roots.is_empty() {
                    let reason = found.errors.first().map_or_else(String::new, |error| format!(" ({error})"));
                    return Err(ConfigError::NoRoots(reason));
                }
                found.certs
            }
        };
        let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        Ok(Verification { chain: chain.map_err(|error| ConfigError::Tls(error.to_string()))?, trusted })
    }
}

impl Pem {
    fn read(&self, what: &'static str) -> Result<Vec<u8>, ConfigError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.clone()),
            Self::File(path) => std::fs::read(path).map_err(|error| ConfigError::File {
                what,
                path: path.display().to_string(),
                error: error.to_string(),
            }),
        }
    }

    fn name(&self, what: &str) -> String {
        match self {
            Self::Bytes(_) => what.to_owned(),
            Self::File(path) => format!("{what} {}", path.display()),
        }
    }
}

fn certificates(what: &'static str, pem: &Pem) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let bytes = pem.read(what)?;
    let bad = |error: String| ConfigError::Pem { what: pem.name(what), error };
    let found: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|error: rustls_pki_types::pem::Error| bad(error.to_string()))?;
    if found.is_empty() { Err(bad("holds no certificate".into())) } else { Ok(found) }
}

/// Believes the chains that the library does, and trusted certificates of servers themselves.
#[derive(Debug)]
struct Verification {
    chain: Arc<WebPkiServerVerifier>,
    trusted: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verification {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Err(refusal) = self.chain.verify_server_cert(own, others, name, ocsp, now) else {
            return Ok(ServerCertVerified::assertion());
        };
        listed::check(&self.trusted, own, Purpose::Server, now, refusal)?;
        verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// Believes any certificate; that the server holds its key is still checked.
#[derive(Debug)]
struct NoVerification(Arc<CryptoProvider>);

impl ServerCertVerifier for NoVerification {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
