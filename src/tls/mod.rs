//! TLS on listeners: which versions and suites (`cipher`), certificates that are read again when their files change
//! (`reload`), which client certificates are taken (`client`, with `listed` for those that are their own authority: our
//! client asks that too), and the handshake (`server`).
//!
//! Not here: sockets, what a client's name permits.

mod cipher;
mod client;
pub mod listed;
mod reload;
mod server;

use std::path::PathBuf;

pub use server::{Accepted, HANDSHAKE_RECORD, ServerTls, TlsError};

/// What the flags of one kind of listener say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    pub cert_file: Option<PathBuf>,
    pub key_file: Option<PathBuf>,
    /// Of clients' certificates; giving it demands one.
    pub trusted_ca_file: Option<PathBuf>,
    /// Demands a certificate, of the system's CAs where no file is given, and takes the client's name from it.
    pub client_cert_auth: bool,
    /// DER.
    pub crl_file: Option<PathBuf>,
    /// Host names of which a client's certificate must be for one. None: any.
    pub allowed_hostnames: Vec<String>,
    /// Go's names. None: all that there are.
    pub cipher_suites: Vec<String>,
    pub version_min: Version,
    /// None: the highest there is.
    pub version_max: Option<Version>,
}

/// Versions of TLS that exist here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    #[default]
    Tls12,
    Tls13,
}

impl TlsSettings {
    /// Whether there is anything that a TLS listener could use.
    pub fn is_given(&self) -> bool {
        self.cert_file.is_some() || self.key_file.is_some()
    }
}
