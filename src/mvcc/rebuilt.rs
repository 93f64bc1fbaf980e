//! What a start would rebuild from a backend at rest, without opening it.

use std::path::Path;

use bytes::Bytes;

use super::key_index::KeyMeta;
use super::restore::{Found, restore};
use super::store::StoreError;
use crate::types::KeyRange;

/// The key space as a start finds it.
pub struct Rebuilt(Found);

impl Rebuilt {
    /// Reads the backend in the directory of its generation, and changes nothing.
    ///
    /// # Errors
    /// A start would refuse it; the text names file and place.
    pub fn read(dir: &Path) -> Result<Self, StoreError> {
        restore(dir).map(Self)
    }

    /// What the key space's revision would be.
    pub fn revision(&self) -> i64 {
        self.0.revision
    }

    /// Keys that exist.
    pub fn live(&self) -> usize {
        self.0.index.alive()
    }

    /// Visits the keys that are known; `None`: one that does not exist now.
    pub fn visit(&self, mut visit: impl FnMut(&[u8], Option<KeyMeta>)) {
        let all = KeyRange::From(Bytes::new());
        self.0.index.visit(&all, None, usize::MAX, |key, entry| visit(key, entry.now()));
    }
}
