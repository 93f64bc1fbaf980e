//! A user: the record, and what its roles grant.

use std::sync::{Arc, OnceLock};

use super::AuthError;
use super::permission::Granted;
use super::store::ROOT;
use crate::pb::authpb::{self, Permission};

/// A user: the record, and what its roles grant.
#[derive(Clone)]
pub(super) struct User {
    row: Arc<authpb::User>,
    /// Merged when it is first asked for; forgotten with every change of the user or one of its roles.
    granted: OnceLock<Arc<Granted>>,
}

impl User {
    pub(super) fn new(row: authpb::User) -> Self {
        Self { row: Arc::new(row), granted: OnceLock::new() }
    }

    pub(super) fn row(&self) -> &authpb::User {
        &self.row
    }

    pub(super) fn has_role(&self, role: &str) -> bool {
        self.row.roles.iter().any(|own| own == role)
    }

    pub(super) fn is_root(&self) -> bool {
        self.has_role(ROOT)
    }

    pub(super) fn has_password(&self) -> bool {
        !self.row.options.is_some_and(|options| options.no_password)
    }

    /// `permissions`: those of a role. A role that does not exist grants nothing.
    pub(super) fn granted<'store>(&self, permissions: impl Fn(&str) -> &'store [Permission]) -> &Granted {
        self.granted
            .get_or_init(|| Arc::new(Granted::of_permissions(self.row.roles.iter().flat_map(|role| permissions(role)))))
    }

    pub(super) fn forget_granted(&mut self) {
        self.granted.take();
    }

    pub(super) fn set_password(&mut self, hash: Vec<u8>) {
        let has_password = self.has_password();
        Arc::make_mut(&mut self.row).password = if has_password { hash.into() } else { Default::default() };
    }

    /// Whether it is new to the user.
    pub(super) fn add_role(&mut self, role: &str) -> bool {
        let Err(place) = self.row.roles.binary_search_by(|own| own.as_str().cmp(role)) else { return false };
        Arc::make_mut(&mut self.row).roles.insert(place, role.to_owned());
        self.forget_granted();
        true
    }

    /// # Errors
    /// The user does not hold it.
    pub(super) fn remove_role(&mut self, role: &str) -> Result<(), AuthError> {
        if !self.has_role(role) {
            return Err(AuthError::RoleNotGranted);
        }
        Arc::make_mut(&mut self.row).roles.retain(|own| own != role);
        self.forget_granted();
        Ok(())
    }
}
