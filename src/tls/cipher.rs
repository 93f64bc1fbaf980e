//! Versions and cipher suites: Go's names to what the library has.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::{CipherSuite, SupportedProtocolVersion, version};

use super::{TlsError, TlsSettings, Version};

/// Suites of TLS 1.2 by their names in Go, the two old ones included.
const SUITES: [(&str, CipherSuite); 8] = [
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
];

/// Suites of TLS 1.3: all of them are always on, as in Go.
const SUITES_13: [&str; 3] = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

/// Suites that Go knows and the library leaves out: without forward secrecy, or with CBC or RC4.
const WEAK: [&str; 16] = [
    "TLS_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
];

/// What a listener offers, and the names of suites that were asked for and do not exist here.
pub struct Offer {
    pub provider: Arc<CryptoProvider>,
    pub versions: Vec<&'static SupportedProtocolVersion>,
    pub left_out: Vec<String>,
}

/// # Errors
/// A suite that Go does not know either, or nothing is left to offer.
pub fn offer(settings: &TlsSettings) -> Result<Offer, TlsError> {
    let mut provider = ring::default_provider();
    let mut left_out = Vec::new();
    if !settings.cipher_suites.is_empty() {
        let mut wanted = Vec::new();
        for name in &settings.cipher_suites {
            if let Some((_, suite)) = SUITES.iter().find(|(known, _)| known == name) {
                wanted.push(*suite);
            } else if WEAK.contains(&name.as_str()) {
                left_out.push(name.clone());
            } else if !SUITES_13.contains(&name.as_str()) {
                return Err(TlsError::CipherSuite(name.clone()));
            }
        }
        let is_13 = |suite: &rustls::SupportedCipherSuite| suite.tls13().is_some();
        provider.cipher_suites.retain(|suite| is_13(suite) || wanted.contains(&suite.suite()));
    }
    let has_12 = provider.cipher_suites.iter().any(|suite| suite.tls13().is_none());
    let mut versions = Vec::new();
    if settings.version_min == Version::Tls12 && has_12 {
        versions.push(&version::TLS12);
    }
    if settings.version_max.is_none_or(|most| most == Version::Tls13) {
        versions.push(&version::TLS13);
    }
    if versions.is_empty() {
        return Err(TlsError::NoSuites);
    }
    Ok(Offer { provider: Arc::new(provider), versions, left_out })
}

#[cfg(test)]
mod tests {
    use super::{TlsSettings, Version, offer};

    #[test]
    fn suites_and_versions_are_chosen_by_gos_names() {
        let all = (Version::Tls12, Version::Tls13);
        for (names, (version_min, version_max), wanted) in [
            (&[][..], all, "versions 2 suites 9 without 0"),
            (&[], (Version::Tls13, Version::Tls13), "versions 1 suites 9 without 0"),
            (&[], (Version::Tls12, Version::Tls12), "versions 1 suites 9 without 0"),
            (&["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"], all, "versions 2 suites 4 without 0"),
            (&["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_AES_128_GCM_SHA256"], all, "versions 2 suites 4 without 0"),
            (&["TLS_RSA_WITH_AES_128_CBC_SHA"], all, "versions 1 suites 3 without 1"),
            (
                &["TLS_RSA_WITH_AES_128_CBC_SHA"],
                (Version::Tls12, Version::Tls12),
                "none of the cipher suites is supported by rsetcd",
            ),
            (&["FOO"], all, "unexpected TLS cipher suite \"FOO\""),
        ] {
            let cipher_suites = names.iter().map(|name| (*name).to_owned()).collect();
            let settings =
                TlsSettings { cipher_suites, version_min, version_max: Some(version_max), ..TlsSettings::default() };
            let got = offer(&settings).map_or_else(
                |error| error.to_string(),
                |offer| {
                    let (versions, suites) = (offer.versions.len(), offer.provider.cipher_suites.len());
                    format!("versions {versions} suites {suites} without {}", offer.left_out.len())
                },
            );
            assert_eq!(got, wanted, "{names:?}");
        }
    }
}
