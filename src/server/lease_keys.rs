//! The keys that hang on leases, as callers may see them: all of them are walked, a page under each hold of the
//! registry's lock. What is more than a page is walked on a reader thread.

use std::ops::Bound;

use bytes::Bytes;

use super::caller::Credentials;
use super::{Server, ServerError};
use crate::auth::{Access, Rights};
use crate::lease::Attached;
use crate::pb::request::Caller;
use crate::types::LeaseId;

/// Keys taken under one hold of the lock, and looked at on an io thread.
const PAGE_KEYS: usize = 512;

impl Server {
    /// Whether the calling user may do this with each key of the lease, or of all leases. Answers who it is, for
    /// [`Self::still_permitted`].
    ///
    /// # Errors
    /// The token is not valid, nobody calls, or the user has no such right on one of the keys.
    pub async fn permit_leased(
        &self,
        credentials: &Credentials,
        access: Access,
        lease: Option<LeaseId>,
    ) -> Result<Caller, ServerError> {
        let caller = self.caller(credentials).await?;
        Walk { caller: caller.clone(), access, lease, place: None, keys: None }.run(self).await?;
        Ok(caller)
    }

    /// The keys of a lease, in byte order; the caller has READ on each of them.
    ///
    /// # Errors
    /// As [`Self::permit_leased`].
    pub async fn readable_keys(&self, caller: &Caller, lease: LeaseId) -> Result<Vec<Bytes>, ServerError> {
        let lease = Some(lease);
        let walk = Walk { caller: caller.clone(), access: Access::Read, lease, place: None, keys: Some(Vec::new()) };
        walk.run(self).await
    }
}

struct Walk {
    caller: Caller,
    access: Access,
    /// `None`: all leases.
    lease: Option<LeaseId>,
    /// The last key that was looked at.
    place: Option<Attached>,
    /// Where the keys go, if they are wanted.
    keys: Option<Vec<Bytes>>,
}

impl Walk {
    async fn run(mut self, server: &Server) -> Result<Vec<Bytes>, ServerError> {
        if self.is_over_after_a_page(server)? {
            return Ok(self.keys.unwrap_or_default());
        }
        let reader = server.clone();
        let rest = move || {
            while !self.is_over_after_a_page(&reader)? {}
            Ok(self.keys.unwrap_or_default())
        };
        server.run_blocking(rest).await?
    }

    fn is_over_after_a_page(&mut self, server: &Server) -> Result<bool, ServerError> {
        let mut has_all_rights = false;
        server.permit_caller(&self.caller, |rights| {
            has_all_rights = matches!(rights, Rights::All);
            Ok(())
        })?;
        if has_all_rights && self.keys.is_none() {
            return Ok(true);
        }
        let page = self.next_page(server);
        let keys = page.iter().map(|(_, key)| key);
        server.permit_caller(&self.caller, |rights| rights.check_keys(self.access, keys.clone()))?;
        if let Some(all) = &mut self.keys {
            all.extend(keys.map(|key| Bytes::copy_from_slice(key)));
        }
        let is_last = page.len() < PAGE_KEYS;
        self.place = page.into_iter().next_back();
        Ok(is_last)
    }

    fn next_page(&self, server: &Server) -> Vec<Attached> {
        let registry = server.shared.leases.registry.read();
        let after = self.place.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        match self.lease {
            Some(lease) => registry.attached_to(lease, after).take(PAGE_KEYS).cloned().collect(),
            None => registry.attached(after).take(PAGE_KEYS).cloned().collect(),
        }
    }
}
