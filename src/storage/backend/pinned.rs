//! One state of the backend, for work that takes long.

use std::sync::Arc;

use super::env::{Env, ReadTxn};
use super::hash;

/// A read transaction and its environment. While it lives, no page that it sees is used again: the file may grow.
pub struct Pinned {
    // First: it ends before the environment.
    txn: ReadTxn<'static>,
    env: Arc<Env>,
}

impl Pinned {
    /// The state of the last commit.
    ///
    /// # Errors
    /// LMDB's.
    pub fn new(env: Arc<Env>) -> Result<Self, heed::Error> {
        Ok(Self { txn: env.read_static()?, env })
    }

    pub fn env(&self) -> &Env {
        &self.env
    }

    pub fn txn(&self) -> &ReadTxn<'static> {
        &self.txn
    }

    /// CRC-32C over all buckets; see `backend::hash`.
    ///
    /// # Errors
    /// LMDB's.
    pub fn hash(&self) -> Result<u32, heed::Error> {
        hash::hash(&self.env, &self.txn)
    }
}
