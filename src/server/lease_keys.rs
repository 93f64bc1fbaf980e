//! The keys that hang on leases, as callers may see them: walked in steps, so many under each hold of the registry's
//! lock. What is more than a page is walked on a reader thread.

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;

use super::caller::Credentials;
use super::{Server, ServerError};
use crate::auth::{Access, Rights};
use crate::lease::Attached;
use crate::pb::request::Caller;
use crate::types::LeaseId;

/// Steps taken under one hold of the lock, and on an io thread.
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
        Permission::new(caller.clone(), access, lease).run(self).await?;
        Ok(caller)
    }

    /// The keys of a lease, in byte order; the caller has READ on each of them.
    ///
    /// # Errors
    /// As [`Self::permit_leased`].
    pub async fn readable_keys(&self, caller: &Caller, lease: LeaseId) -> Result<Vec<Bytes>, ServerError> {
        Listing { caller: caller.clone(), lease, place: None, keys: Vec::new() }.run(self).await
    }
}

/// A walk over the keys of a lease, or of all leases, a page at a time.
trait Walk: Send + Sized + 'static {
    type Found: Send + 'static;

    /// Whether the page was the last one.
    ///
    /// # Errors
    /// The caller has no right on one of its keys.
    fn is_over_after_a_page(&mut self, server: &Server) -> Result<bool, ServerError>;

    fn found(self) -> Self::Found;

    async fn run(mut self, server: &Server) -> Result<Self::Found, ServerError> {
        if self.is_over_after_a_page(server)? {
            return Ok(self.found());
        }
        let reader = server.clone();
        let rest = move || {
            while !self.is_over_after_a_page(&reader)? {}
            Ok(self.found())
        };
        server.run_blocking(rest).await?
    }
}

/// Whether the caller has a right on all of them. What lies in one interval of what is granted is passed at once.
struct Permission {
    caller: Caller,
    access: Access,
    /// `None`: all leases.
    lease: Option<LeaseId>,
    /// What was not looked at begins with this one.
    place: Attached,
}

impl Permission {
    fn new(caller: Caller, access: Access, lease: Option<LeaseId>) -> Self {
        let first = lease.unwrap_or(LeaseId(i64::MIN));
        Self { caller, access, lease, place: (first, Arc::default()) }
    }
}

impl Walk for Permission {
    type Found = ();

    fn is_over_after_a_page(&mut self, server: &Server) -> Result<bool, ServerError> {
        let registry = server.shared.leases.registry.read();
        let mut is_over = false;
        server.permit_caller(&self.caller, |rights| {
            is_over = matches!(rights, Rights::All);
            for _ in 0..PAGE_KEYS {
                let next = registry.attached(Bound::Included(&self.place)).next();
                let Some((lease, key)) = next.filter(|(lease, _)| self.lease.is_none_or(|only| only == *lease)) else {
                    is_over = true;
                    break;
                };
                let end = rights.granted_from(self.access, key)?;
                match (end, lease.0.checked_add(1)) {
                    (Some(end), _) => self.place = (*lease, end.into()),
                    (None, Some(behind)) => self.place = (LeaseId(behind), Arc::default()),
                    (None, None) => is_over = true,
                }
                if is_over {
                    break;
                }
            }
            Ok(())
        })?;
        Ok(is_over)
    }

    fn found(self) {}
}

/// The keys themselves, of which the caller may read each.
struct Listing {
    caller: Caller,
    lease: LeaseId,
    /// The last key that was looked at.
    place: Option<Attached>,
    keys: Vec<Bytes>,
}

impl Walk for Listing {
    type Found = Vec<Bytes>;

    fn is_over_after_a_page(&mut self, server: &Server) -> Result<bool, ServerError> {
        let page: Vec<Attached> = {
            let registry = server.shared.leases.registry.read();
            let after = self.place.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
            registry.attached_to(self.lease, after).take(PAGE_KEYS).cloned().collect()
        };
        let keys = page.iter().map(|(_, key)| key);
        server.permit_caller(&self.caller, |rights| rights.check_keys(Access::Read, keys.clone()))?;
        self.keys.extend(keys.map(|key| Bytes::copy_from_slice(key)));
        let is_last = page.len() < PAGE_KEYS;
        self.place = page.into_iter().next_back();
        Ok(is_last)
    }

    fn found(self) -> Vec<Bytes> {
        self.keys
    }
}
