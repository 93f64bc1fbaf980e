//! Which client certificates are taken: of a known CA, not revoked, for an allowed host name.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore, SignatureScheme,
};

use super::listed::{self, Purpose};
use super::reload::{FileError, Reloaded};
use super::{TlsError, TlsSettings};

/// The verifier that the settings ask for; `None` where clients need no certificate.
///
/// # Errors
/// The CA's file cannot be read or holds no certificate.
pub fn verifier(
    settings: &TlsSettings,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsError> {
    let trusted = match &settings.trusted_ca_file {
        Some(path) => certificates_of(path)?,
        None if settings.client_cert_auth => rustls_native_certs::load_native_certs().certs,
        None => return Ok(None),
    };
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(trusted.iter().cloned());
    if let Some(path) = settings.trusted_ca_file.as_ref().filter(|_| added == 0) {
        return Err(FileError::Pem { path: path.clone(), what: "CA file" }.into());
    }
    let chain = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    let chain = chain.map_err(|error| TlsError::ClientCa(error.to_string()))?;
    let revoked = settings.crl_file.clone().map(Revoked::new);
    let allowed_hostnames = settings.allowed_hostnames.iter().filter(|name| !name.is_empty()).cloned().collect();
    Ok(Some(Arc::new(Rules { chain, trusted, revoked, allowed_hostnames })))
}

fn certificates_of(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = fs::read(path).map_err(|source| FileError::Read { path: path.to_owned(), source })?;
    Ok(CertificateDer::pem_slice_iter(&text).filter_map(Result::ok).collect())
}

/// The chain by the library, the rest as etcd has it.
#[derive(Debug)]
struct Rules {
    chain: Arc<dyn ClientCertVerifier>,
    trusted: Vec<CertificateDer<'static>>,
    revoked: Option<Revoked>,
    allowed_hostnames: Vec<String>,
}

impl ClientCertVerifier for Rules {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if let Err(refusal) = self.chain.verify_client_cert(own, others, now) {
            listed::check(&self.trusted, own, Purpose::Client, now, refusal)?;
        }
        if let Some(revoked) = &self.revoked {
            revoked.check(std::iter::once(own).chain(others))?;
        }
        if !self.allowed_hostnames.is_empty() {
            let parsed = ParsedCertificate::try_from(own)?;
            let is_for = |name: &String| {
                ServerName::try_from(name.as_str()).is_ok_and(|name| verify_server_name(&parsed, &name).is_ok())
            };
            if !self.allowed_hostnames.iter().any(is_for) {
                return Err(refused("client certificate authentication failed".to_owned()));
            }
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// Serial numbers of a revocation list. As in etcd nothing else in the list counts: not its issuer, age or signature.
#[derive(Debug)]
struct Revoked {
    path: PathBuf,
    serials: Reloaded<HashSet<Vec<u8>>>,
}

impl Revoked {
    fn new(path: PathBuf) -> Self {
        Self { serials: Reloaded::new(vec![path.clone()]), path }
    }

    fn check<'a>(&self, certificates: impl Iterator<Item = &'a CertificateDer<'a>>) -> Result<(), Error> {
        let serials = self.serials.get(|contents| {
            let (_, list) = x509_parser::parse_x509_crl(&contents[0])
                .map_err(|error| FileError::Malformed { path: self.path.clone(), reason: error.to_string() })?;
            Ok(list.iter_revoked_certificates().map(|entry| entry.user_certificate.to_bytes_be()).collect())
        });
        let serials = serials.map_err(|error| refused(error.to_string()))?;
        for certificate in certificates {
            let Ok((_, certificate)) = x509_parser::parse_x509_certificate(certificate) else {
                return Err(CertificateError::BadEncoding.into());
            };
            if serials.contains(&certificate.serial.to_bytes_be()) {
                return Err(refused(format!("transport: certificate serial {:x} revoked", certificate.serial)));
            }
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

fn refused(reason: String) -> Error {
    CertificateError::Other(OtherError(Arc::new(Refused(reason)))).into()
}

/// The common name of a certificate: the last one, should it have several, and empty when it has none.
pub fn common_name(certificate: &CertificateDer<'_>) -> String {
    let Ok((_, certificate)) = x509_parser::parse_x509_certificate(certificate) else { return String::new() };
    let name = certificate.subject().iter_common_name().last().and_then(|name| name.as_str().ok());
    name.unwrap_or_default().to_owned()
}
