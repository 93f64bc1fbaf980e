//! Keys of signed tokens, from their files. What was read is tried out at once, so that a key that does not fit ends
//! the start and not the first login.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, crypto, jwk::Jwk};
use p521::ecdsa::signature::{Signer as _, Verifier as _};
use p521::pkcs8::DecodePrivateKey as _;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, SubjectPublicKeyInfoDer};
use x509_parser::oid_registry::{OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION, OID_SIG_ED25519, Oid};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::JwtConfig;
use super::jwt::Scheme;
use crate::telemetry::os_error;

/// Why the keys of signed tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("auth: missing key data")]
    Missing,
    #[error("open {}: {}", path.display(), os_error::text(source))]
    Read { path: PathBuf, source: io::Error },
    #[error("auth: {} is no {what} key for {method}", path.display())]
    Unfit { path: PathBuf, what: &'static str, method: &'static str },
    #[error("auth: public and private keys don't match")]
    Mismatch,
}

pub enum SigningKey {
    Library(Algorithm, EncodingKey),
    Es512(Box<p521::ecdsa::SigningKey>),
}

pub enum VerifyingKey {
    Library(Algorithm, DecodingKey),
    Es512(Box<p521::ecdsa::VerifyingKey>),
}

impl SigningKey {
    /// # Errors
    /// What the cryptography says.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Self::Library(algorithm, key) => {
                let text = crypto::sign(message, key, *algorithm).map_err(|error| error.to_string())?;
                URL_SAFE_NO_PAD.decode(text).map_err(|error| error.to_string())
            }
            Self::Es512(key) => {
                let signature: p521::ecdsa::Signature = key.try_sign(message).map_err(|error| error.to_string())?;
                Ok(signature.to_vec())
            }
        }
    }

    /// The key's other half.
    fn verifying(&self) -> Option<VerifyingKey> {
        match self {
            Self::Library(algorithm, key) => {
                let public = Jwk::from_encoding_key(key, *algorithm).ok()?;
                DecodingKey::from_jwk(&public).ok().map(|key| VerifyingKey::Library(*algorithm, key))
            }
            Self::Es512(key) => Some(VerifyingKey::Es512(Box::new((&**key).into()))),
        }
    }
}

impl VerifyingKey {
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.try_verify(message, signature).unwrap_or(false)
    }

    /// `None` when the key itself is no key.
    fn try_verify(&self, message: &[u8], signature: &[u8]) -> Option<bool> {
        match self {
            Self::Library(algorithm, key) => {
                crypto::verify(&URL_SAFE_NO_PAD.encode(signature), message, key, *algorithm).ok()
            }
            Self::Es512(key) => Some(
                p521::ecdsa::Signature::from_slice(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            ),
        }
    }
}

/// The keys that the configuration names; the verifying one is the signing one's other half where it has no file.
///
/// # Errors
/// No key is named, a file cannot be read or holds another kind of key, or the two do not belong together.
pub fn load_keys(config: &JwtConfig) -> Result<(Option<SigningKey>, VerifyingKey), KeyError> {
    let method = config.method;
    let unfit = |path: &Path, what| KeyError::Unfit { path: path.to_owned(), what, method: method.name };
    let is_secret = matches!(method.scheme, Scheme::Library(algorithm) if algorithm.family() == AlgorithmFamily::Hmac);
    let signing = match &config.private_key {
        Some(path) => Some(signing_key(method.scheme, &read(path)?).ok_or_else(|| unfit(path, "private"))?),
        None => None,
    };
    let public = match &config.public_key {
        // With a shared secret there is nothing public.
        Some(path) if !is_secret => {
            Some(verifying_key(method.scheme, &read(path)?).ok_or_else(|| unfit(path, "public"))?)
        }
        _ => None,
    };
    let own = match (&signing, &config.private_key) {
        (Some(key), Some(path)) => Some(key.verifying().ok_or_else(|| unfit(path, "private"))?),
        _ => None,
    };
    let has_public = public.is_some();
    let verifying = public.or(own).ok_or(KeyError::Missing)?;
    if let (Some(key), Some(path)) = (&signing, &config.private_key) {
        const TRIAL: &[u8] = b"trial";
        let signature = key.sign(TRIAL).map_err(|_| unfit(path, "private"))?;
        if !verifying.verify(TRIAL, &signature) {
            return Err(if has_public { KeyError::Mismatch } else { unfit(path, "private") });
        }
    }
    Ok((signing, verifying))
}

fn read(path: &Path) -> Result<Vec<u8>, KeyError> {
    std::fs::read(path).map_err(|source| KeyError::Read { path: path.to_owned(), source })
}

fn signing_key(scheme: Scheme, file: &[u8]) -> Option<SigningKey> {
    let algorithm = match scheme {
        Scheme::Library(algorithm) => algorithm,
        Scheme::Es512 => {
            let key = match PrivateKeyDer::from_pem_slice(file).ok()? {
                PrivateKeyDer::Sec1(der) => p521::SecretKey::from_sec1_der(der.secret_sec1_der()).ok()?,
                PrivateKeyDer::Pkcs8(der) => p521::SecretKey::from_pkcs8_der(der.secret_pkcs8_der()).ok()?,
                _ => return None,
            };
            let key = p521::ecdsa::SigningKey::from_slice(&key.to_bytes()).ok()?;
            return Some(SigningKey::Es512(Box::new(key)));
        }
    };
    let key = match algorithm.family() {
        AlgorithmFamily::Hmac => EncodingKey::from_secret(file),
        AlgorithmFamily::Rsa => EncodingKey::from_rsa_pem(file).ok()?,
        AlgorithmFamily::Ec => match PrivateKeyDer::from_pem_slice(file).ok()? {
            PrivateKeyDer::Sec1(der) => EncodingKey::from_ec_der(&pkcs8_of_sec1(algorithm, der.secret_sec1_der())?),
            PrivateKeyDer::Pkcs8(der) => EncodingKey::from_ec_der(der.secret_pkcs8_der()),
            _ => return None,
        },
        AlgorithmFamily::Ed => EncodingKey::from_ed_pem(file).ok()?,
    };
    Some(SigningKey::Library(algorithm, key))
}

/// A key of a curve as OpenSSL's older form has it (`EC PRIVATE KEY`), in the envelope that the library takes:
/// SEQUENCE { 0, SEQUENCE { id-ecPublicKey, curve }, OCTET STRING { key } }.
fn pkcs8_of_sec1(algorithm: Algorithm, key: &[u8]) -> Option<Vec<u8>> {
    const EC_PUBLIC_KEY: [u8; 9] = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    const PRIME_256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    const SECP_384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
    let curve = match algorithm {
        Algorithm::ES256 => PRIME_256,
        Algorithm::ES384 => SECP_384,
        _ => return None,
    };
    let field = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).ok()?;
        let mut der = vec![tag];
        match (length.to_be_bytes(), length) {
            ([_, low], 0..128) => der.push(low),
            ([_, low], 128..256) => der.extend([0x81, low]),
            ([high, low], _) => der.extend([0x82, high, low]),
        }
        der.extend_from_slice(content);
        Some(der)
    };
    const SEQUENCE: u8 = 0x30;
    const OCTETS: u8 = 0x04;
    let kind = field(SEQUENCE, &[&EC_PUBLIC_KEY[..], curve].concat())?;
    field(SEQUENCE, &[&[0x02, 0x01, 0x00][..], &kind, &field(OCTETS, key)?].concat())
}

/// Of a public key, or of a certificate.
fn verifying_key(scheme: Scheme, file: &[u8]) -> Option<VerifyingKey> {
    if let (Scheme::Library(algorithm), Ok(key)) = (scheme, DecodingKey::from_rsa_pem(file))
        && algorithm.family() == AlgorithmFamily::Rsa
        && file.windows(RSA_PUBLIC.len()).any(|window| window == RSA_PUBLIC)
    {
        return Some(VerifyingKey::Library(algorithm, key));
    }
    if let Ok(der) = SubjectPublicKeyInfoDer::from_pem_slice(file) {
        let (_, info) = SubjectPublicKeyInfo::from_der(&der).ok()?;
        return verifying_key_of(scheme, &info);
    }
    let der = CertificateDer::from_pem_slice(file).ok()?;
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).ok()?;
    verifying_key_of(scheme, certificate.public_key())
}

/// The older form of an RSA key.
const RSA_PUBLIC: &[u8] = b"BEGIN RSA PUBLIC KEY";

fn verifying_key_of(scheme: Scheme, info: &SubjectPublicKeyInfo<'_>) -> Option<VerifyingKey> {
    let bits = &info.subject_public_key.data;
    let is = |oid: Oid<'_>| (info.algorithm.algorithm == oid).then_some(());
    let key = match scheme {
        Scheme::Es512 => {
            is(OID_KEY_TYPE_EC_PUBLIC_KEY)?;
            VerifyingKey::Es512(Box::new(p521::ecdsa::VerifyingKey::from_sec1_bytes(bits).ok()?))
        }
        Scheme::Library(algorithm) => {
            let key = match algorithm.family() {
                AlgorithmFamily::Hmac => return None,
                AlgorithmFamily::Rsa => is(OID_PKCS1_RSAENCRYPTION).map(|()| DecodingKey::from_rsa_der(bits))?,
                AlgorithmFamily::Ec => is(OID_KEY_TYPE_EC_PUBLIC_KEY).map(|()| DecodingKey::from_ec_der(bits))?,
                AlgorithmFamily::Ed if bits.len() != 32 => return None,
                AlgorithmFamily::Ed => is(OID_SIG_ED25519).map(|()| DecodingKey::from_ed_der(bits))?,
            };
            VerifyingKey::Library(algorithm, key)
        }
    };
    key.try_verify(b"trial", b"").map(|_| key)
}
