//! Why a change of users and roles, or a request, is refused.

/// Why a change of users and roles, or a request, is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Of the new user, or of who calls.
    #[error("user name is empty")]
    UserEmpty,
    #[error("role name is empty")]
    RoleEmpty,
    #[error("user name already exists")]
    UserExists,
    #[error("user name not found")]
    UserNotFound,
    #[error("role name already exists")]
    RoleExists,
    #[error("role name not found")]
    RoleNotFound,
    #[error("role is not granted to the user")]
    RoleNotGranted,
    #[error("permission is not granted to the role")]
    PermissionNotGranted,
    #[error("permission not given")]
    PermissionNotGiven,
    /// What would leave nobody to manage users and roles; a permission on no key.
    #[error("invalid auth management")]
    InvalidManagement,
    #[error("root user does not exist")]
    RootUserMissing,
    #[error("root user does not have root role")]
    RootRoleMissing,
    #[error("authentication is not enabled")]
    NotEnabled,
    #[error("authentication failed, invalid user ID or password")]
    Failed,
    #[error("authentication failed, password was given for no password user")]
    NoPasswordUser,
    #[error("permission denied")]
    PermissionDenied,
    /// Users or roles have changed since the caller was identified.
    #[error("revision of auth store is old")]
    OldRevision,
    #[error("the hashed password is not base64")]
    MalformedPassword,
}
