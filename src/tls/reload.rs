//! What was read from files, and is read again once one of them changes: a certificate is renewed without a restart.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tracing::warn;

use crate::telemetry::os_error;

/// Why files do not give what they should.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("open {}: {}", path.display(), os_error::text(source))]
    Read { path: PathBuf, source: io::Error },
    #[error("tls: failed to find any PEM data in {what} {}", path.display())]
    Pem { path: PathBuf, what: &'static str },
    #[error("tls: private key does not match public key")]
    KeyMismatch,
    #[error("tls: {path}: {reason}", path = path.display())]
    Malformed { path: PathBuf, reason: String },
}

/// A value read from files.
#[derive(Debug)]
pub struct Reloaded<T> {
    paths: Vec<PathBuf>,
    /// The last value that could be read, and the files as they were then. Held while reading.
    last: Mutex<Option<(Vec<Stamp>, Arc<T>)>>,
}

/// Tells whether a file is another one than before.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    inode: (u64, u64),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl From<Metadata> for Stamp {
    fn from(file: Metadata) -> Self {
        Self {
            inode: (file.dev(), file.ino()),
            length: file.len(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        }
    }
}

impl<T> Reloaded<T> {
    pub fn new(paths: Vec<PathBuf>) -> Self {
        Self { paths, last: Mutex::new(None) }
    }

    /// The value as the files are now.
    ///
    /// # Errors
    /// A file is missing, or `parse` refuses their contents, which come in the order of the paths.
    pub fn get(&self, parse: impl FnOnce(&[Vec<u8>]) -> Result<T, FileError>) -> Result<Arc<T>, FileError> {
        let failed = |path: &Path, source| FileError::Read { path: path.to_owned(), source };
        let mut last = self.last.lock();
        // Stamps first: what changes while the files are read is seen the next time.
        let stamps = self.paths.iter().map(|path| fs::metadata(path).map(Stamp::from).map_err(|e| failed(path, e)));
        let stamps: Vec<Stamp> = stamps.collect::<Result<_, _>>()?;
        if let Some((_, value)) = last.as_ref().filter(|(before, _)| *before == stamps) {
            return Ok(value.clone());
        }
        let contents = self.paths.iter().map(|path| fs::read(path).map_err(|error| failed(path, error)));
        let value = Arc::new(parse(&contents.collect::<Result<Vec<_>, _>>()?)?);
        *last = Some((stamps, value.clone()));
        Ok(value)
    }
}

/// A server's certificate and key.
#[derive(Debug)]
pub struct ServerCertificate {
    files: Reloaded<CertifiedKey>,
    cert_file: PathBuf,
    key_file: PathBuf,
    provider: Arc<CryptoProvider>,
}

impl ServerCertificate {
    pub fn new(cert_file: PathBuf, key_file: PathBuf, provider: Arc<CryptoProvider>) -> Self {
        Self { files: Reloaded::new(vec![cert_file.clone(), key_file.clone()]), cert_file, key_file, provider }
    }

    /// # Errors
    /// A file is missing or malformed, or the two do not belong together.
    pub fn get(&self) -> Result<Arc<CertifiedKey>, FileError> {
        self.files.get(|contents| {
            let no_pem = |path: &Path, what| FileError::Pem { path: path.to_owned(), what };
            let chain = CertificateDer::pem_slice_iter(&contents[0]).collect::<Result<Vec<_>, _>>();
            let chain = chain.ok().filter(|chain| !chain.is_empty());
            let chain = chain.ok_or_else(|| no_pem(&self.cert_file, "certificate file"))?;
            let key = PrivateKeyDer::from_pem_slice(&contents[1]).map_err(|_| no_pem(&self.key_file, "key file"))?;
            CertifiedKey::from_der(chain, key, &self.provider).map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => FileError::KeyMismatch,
                other => FileError::Malformed { path: self.cert_file.clone(), reason: other.to_string() },
            })
        })
    }
}

impl ResolvesServerCert for ServerCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // Without one the handshake fails, as in etcd: an old certificate must not live on.
        self.get().inspect_err(|error| warn!(%error, "failed to load the server's certificate")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{FileError, Reloaded};

    #[test]
    fn a_file_is_read_again_when_it_changes_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let files: Reloaded<Vec<u8>> = Reloaded::new(vec![path.clone()]);
        let reads = std::cell::Cell::new(0);
        let get = || {
            files.get(|contents| {
                reads.set(reads.get() + 1);
                Ok(contents[0].clone())
            })
        };
        assert!(matches!(get(), Err(FileError::Read { .. })));
        std::fs::write(&path, "1").unwrap();
        assert_eq!(*get().unwrap(), b"1");
        assert_eq!(*get().unwrap(), b"1");
        assert_eq!(reads.get(), 1);
        // As tools do: a new file of the same length under the old name.
        std::fs::write(dir.path().join("b"), "2").unwrap();
        std::fs::rename(dir.path().join("b"), &path).unwrap();
        assert_eq!(*get().unwrap(), b"2");
        std::fs::remove_file(&path).unwrap();
        assert!(get().is_err(), "what is gone does not count any more");
        assert_eq!(reads.get(), 2);
    }
}
