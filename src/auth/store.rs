//! All users and roles, whether they count, and the revision that tells whether something has changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;

use super::permission::Rights;
use super::user::User;
use super::{AuthError, role};
use crate::pb::authpb::{self, Permission, Role, UserAddOptions, permission::Type};
use crate::storage::schema::auth as schema;
use crate::storage::schema::bucket::{Bucket, BucketChange};

/// The user without whom authentication cannot be enabled, and the role that may do everything.
pub const ROOT: &str = "root";

/// All users and roles. A clone shares their records.
///
/// Changes return the rows to write; one that is refused changes nothing.
#[derive(Clone, Default)]
pub struct AuthStore {
    is_enabled: bool,
    /// Raised by every change but enabling; 0 only before [`Self::begin`].
    revision: u64,
    users: BTreeMap<Bytes, User>,
    roles: BTreeMap<Bytes, Arc<Role>>,
}

/// What a new user is.
pub struct NewUser<'request> {
    pub name: &'request str,
    /// A bcrypt hash; `None` for a user who can only come with a certificate.
    pub password: Option<Vec<u8>>,
}

/// A row that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("bucket {}: the row of {key:?} is broken: {what}", bucket.name())]
pub struct MalformedRow {
    bucket: Bucket,
    key: String,
    what: String,
}

type Rows = Result<Vec<BucketChange>, AuthError>;

impl AuthStore {
    /// Reads the rows of the three buckets; others are passed over.
    ///
    /// # Errors
    /// A row cannot be decoded.
    pub fn restore<'rows>(rows: impl IntoIterator<Item = &'rows BucketChange>) -> Result<Self, MalformedRow> {
        let mut store = Self::default();
        for row in rows {
            let value = row.value.clone().unwrap_or_default();
            let broken = |what: String| MalformedRow {
                bucket: row.bucket,
                key: String::from_utf8_lossy(&row.key).into_owned(),
                what,
            };
            match row.bucket {
                Bucket::Auth if row.key == schema::ENABLED => store.is_enabled = value[..] == [1],
                Bucket::Auth if row.key == schema::REVISION => {
                    let revision = value[..].try_into().map_err(|_| broken(format!("{} bytes", value.len())))?;
                    store.revision = u64::from_be_bytes(revision);
                }
                Bucket::AuthUsers => {
                    let user = authpb::User::decode(value).map_err(|error| broken(error.to_string()))?;
                    store.users.insert(user.name.clone(), User::new(user));
                }
                Bucket::AuthRoles => {
                    let role = Role::decode(value).map_err(|error| broken(error.to_string()))?;
                    store.roles.insert(role.name.clone(), Arc::new(role));
                }
                _ => {}
            }
        }
        Ok(store)
    }

    /// A store that never was used begins at revision 1: the row of that.
    pub fn begin(&mut self) -> Option<BucketChange> {
        (self.revision == 0).then(|| self.raise_revision())
    }

    pub fn is_enabled(&self) -> bool {
        self.is_enabled
    }

    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What this caller may do with keys. `revision`: of this store when the caller was identified; 0 for nobody.
    ///
    /// # Errors
    /// Nobody calls, the store has changed since, or the user is gone.
    pub fn rights(&self, username: &str, revision: u64) -> Result<Rights<'_>, AuthError> {
        if !self.is_enabled {
            return Ok(Rights::All);
        }
        let user = self.identified(username, revision)?;
        if user.is_root() {
            return Ok(Rights::All);
        }
        Ok(Rights::Some(user.granted(|role| self.permissions(role))))
    }

    /// Whether a user calls at all.
    ///
    /// # Errors
    /// As [`Self::rights`].
    pub fn check_user(&self, username: &str, revision: u64) -> Result<(), AuthError> {
        if self.is_enabled { self.identified(username, revision).map(drop) } else { Ok(()) }
    }

    /// Whether the caller may manage. Only the name counts: what else has changed since does not matter.
    ///
    /// # Errors
    /// Nobody calls, or a user that is gone or does not hold the root role.
    pub fn check_root(&self, username: &str) -> Result<(), AuthError> {
        if !self.is_enabled {
            return Ok(());
        }
        if username.is_empty() {
            return Err(AuthError::UserEmpty);
        }
        let is_root = self.user(username)?.is_root();
        if is_root { Ok(()) } else { Err(AuthError::PermissionDenied) }
    }

    fn identified(&self, username: &str, revision: u64) -> Result<&User, AuthError> {
        if revision == 0 {
            return Err(AuthError::UserEmpty);
        }
        if revision < self.revision {
            return Err(AuthError::OldRevision);
        }
        self.users.get(username.as_bytes()).ok_or(AuthError::PermissionDenied)
    }

    fn permissions(&self, role: &str) -> &[Permission] {
        self.roles.get(role.as_bytes()).map_or(&[], |role| &role.key_permission)
    }

    /// The hash that a password is compared with.
    ///
    /// # Errors
    /// Authentication is off, no such user, or one without password.
    pub fn password_hash(&self, username: &str) -> Result<String, AuthError> {
        if !self.is_enabled {
            return Err(AuthError::NotEnabled);
        }
        let user = self.users.get(username.as_bytes()).ok_or(AuthError::Failed)?;
        if !user.has_password() {
            return Err(AuthError::NoPasswordUser);
        }
        Ok(String::from_utf8_lossy(&user.row().password).into_owned())
    }

    /// Whether the user holds the role.
    pub fn has_role(&self, username: &str, role: &str) -> bool {
        self.users.get(username.as_bytes()).is_some_and(|user| user.has_role(role))
    }

    pub fn user_names(&self) -> Vec<String> {
        self.users.keys().map(|name| text(name)).collect()
    }

    pub fn role_names(&self) -> Vec<String> {
        self.roles.keys().map(|name| text(name)).collect()
    }

    /// # Errors
    /// No such user.
    pub fn roles_of(&self, username: &str) -> Result<Vec<String>, AuthError> {
        Ok(self.user(username)?.row().roles.clone())
    }

    /// The permissions of a role. That of root is everything, whatever its record says.
    ///
    /// # Errors
    /// No such role.
    pub fn permissions_of(&self, role: &str) -> Result<Vec<Permission>, AuthError> {
        let record = self.roles.get(role.as_bytes()).ok_or(AuthError::RoleNotFound)?;
        Ok(match role {
            ROOT => vec![Permission {
                perm_type: Type::Readwrite.into(),
                key: Bytes::new(),
                range_end: Bytes::from_static(b"\0"),
            }],
            _ => record.key_permission.clone(),
        })
    }

    /// # Errors
    /// User root does not exist or does not hold the role.
    pub fn enable(&mut self) -> Rows {
        if self.is_enabled {
            return Ok(Vec::new());
        }
        let root = self.users.get(ROOT.as_bytes()).ok_or(AuthError::RootUserMissing)?;
        if !root.is_root() {
            return Err(AuthError::RootRoleMissing);
        }
        self.is_enabled = true;
        Ok(vec![schema::enabled(true)])
    }

    /// The rows; none if it was off.
    pub fn disable(&mut self) -> Vec<BucketChange> {
        if !self.is_enabled {
            return Vec::new();
        }
        self.is_enabled = false;
        vec![schema::enabled(false), self.raise_revision()]
    }

    /// # Errors
    /// The name is empty or taken.
    pub fn add_user(&mut self, new: NewUser<'_>) -> Rows {
        if new.name.is_empty() {
            return Err(AuthError::UserEmpty);
        }
        if self.users.contains_key(new.name.as_bytes()) {
            return Err(AuthError::UserExists);
        }
        let user = User::new(authpb::User {
            name: Bytes::copy_from_slice(new.name.as_bytes()),
            options: Some(UserAddOptions { no_password: new.password.is_none() }),
            password: new.password.unwrap_or_default().into(),
            roles: Vec::new(),
        });
        let row = schema::user(user.row());
        self.users.insert(user.row().name.clone(), user);
        Ok(vec![row, self.raise_revision()])
    }

    /// # Errors
    /// It is root and authentication is on, or there is no such user.
    pub fn delete_user(&mut self, name: &str) -> Rows {
        if self.is_enabled && name == ROOT {
            return Err(AuthError::InvalidManagement);
        }
        self.users.remove(name.as_bytes()).ok_or(AuthError::UserNotFound)?;
        Ok(vec![schema::user_gone(name.as_bytes()), self.raise_revision()])
    }

    /// A user without password stays one.
    ///
    /// # Errors
    /// No such user.
    pub fn change_password(&mut self, name: &str, hash: Vec<u8>) -> Rows {
        let user = self.user_mut(name)?;
        user.set_password(hash);
        Ok(vec![schema::user(user.row()), self.raise_revision()])
    }

    /// No rows if the user holds it already. The role of root need not exist.
    ///
    /// # Errors
    /// No such user, no such role.
    pub fn grant_role(&mut self, name: &str, role: &str) -> Rows {
        let has_role = self.roles.contains_key(role.as_bytes());
        let user = self.user_mut(name)?;
        if role != ROOT && !has_role {
            return Err(AuthError::RoleNotFound);
        }
        if !user.add_role(role) {
            return Ok(Vec::new());
        }
        Ok(vec![schema::user(user.row()), self.raise_revision()])
    }

    /// # Errors
    /// It is root's own and authentication is on, no such user, or the user does not hold it.
    pub fn revoke_role(&mut self, name: &str, role: &str) -> Rows {
        if self.is_enabled && name == ROOT && role == ROOT {
            return Err(AuthError::InvalidManagement);
        }
        let user = self.user_mut(name)?;
        user.remove_role(role)?;
        Ok(vec![schema::user(user.row()), self.raise_revision()])
    }

    /// # Errors
    /// The name is empty or taken.
    pub fn add_role(&mut self, name: &str) -> Rows {
        if name.is_empty() {
            return Err(AuthError::RoleEmpty);
        }
        if self.roles.contains_key(name.as_bytes()) {
            return Err(AuthError::RoleExists);
        }
        let role = role::new(name);
        let row = schema::role(&role);
        self.roles.insert(role.name.clone(), Arc::new(role));
        self.forget_granted(name);
        Ok(vec![row, self.raise_revision()])
    }

    /// Also takes it from all users.
    ///
    /// # Errors
    /// It is root's and authentication is on, or there is no such role.
    pub fn delete_role(&mut self, name: &str) -> Rows {
        if self.is_enabled && name == ROOT {
            return Err(AuthError::InvalidManagement);
        }
        self.roles.remove(name.as_bytes()).ok_or(AuthError::RoleNotFound)?;
        let mut rows = vec![schema::role_gone(name.as_bytes())];
        for user in self.users.values_mut() {
            if user.remove_role(name).is_ok() {
                rows.push(schema::user(user.row()));
            }
        }
        rows.push(self.raise_revision());
        Ok(rows)
    }

    /// # Errors
    /// No permission, one that selects no key, or no such role.
    pub fn grant_permission(&mut self, name: &str, permission: Option<&Permission>) -> Rows {
        let permission = permission.ok_or(AuthError::PermissionNotGiven)?;
        role::check(permission)?;
        self.change_role(name, |role| {
            role::grant(role, permission.clone());
            Ok(())
        })
    }

    /// # Errors
    /// No such role, or no permission on exactly this range.
    pub fn revoke_permission(&mut self, name: &str, key: &[u8], range_end: &[u8]) -> Rows {
        self.change_role(name, |role| role::revoke(role, key, range_end))
    }

    fn change_role(&mut self, name: &str, change: impl FnOnce(&mut Role) -> Result<(), AuthError>) -> Rows {
        let role = self.roles.get_mut(name.as_bytes()).ok_or(AuthError::RoleNotFound)?;
        change(Arc::make_mut(role))?;
        let row = schema::role(role);
        self.forget_granted(name);
        Ok(vec![row, self.raise_revision()])
    }

    /// A role has changed.
    fn forget_granted(&mut self, role: &str) {
        for user in self.users.values_mut().filter(|user| user.has_role(role)) {
            user.forget_granted();
        }
    }

    fn user(&self, name: &str) -> Result<&User, AuthError> {
        self.users.get(name.as_bytes()).ok_or(AuthError::UserNotFound)
    }

    fn user_mut(&mut self, name: &str) -> Result<&mut User, AuthError> {
        self.users.get_mut(name.as_bytes()).ok_or(AuthError::UserNotFound)
    }

    fn raise_revision(&mut self) -> BucketChange {
        self.revision += 1;
        schema::revision(self.revision)
    }
}

/// Names that releases before 3.7 took without looking may be other than UTF-8.
fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}
