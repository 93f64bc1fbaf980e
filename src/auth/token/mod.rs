//! Tokens: what a client gets for its password and sends with each call. Which kind there is, `--auth-token` says.
//!
//! State of this member alone; shared by all runtimes. Not here: whether authentication is on, passwords, permissions.

mod jwt;
mod keys;
mod simple;

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::pb::request::Caller;
use crate::types::Index;

pub use jwt::Method;
pub use keys::KeyError;

/// What `--auth-token` and `--auth-token-ttl` ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenConfig {
    /// No token can be had or used.
    None,
    /// Random words, known to the members that saw the login.
    Simple { ttl: Duration },
    /// Signed, good at every member with the key.
    Jwt(JwtConfig),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtConfig {
    pub method: Method,
    /// PEM; without it the private key tells.
    pub public_key: Option<PathBuf>,
    /// PEM, or the secret itself for HMAC; without it tokens are verified only.
    pub private_key: Option<PathBuf>,
    /// Nanoseconds from signing to expiry.
    pub ttl_nanos: i64,
}

/// Why there is no token to give.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("authentication failed, invalid user ID or password")]
    NoProvider,
    #[error("auth: token signing attempted with verify-only key")]
    VerifyOnly,
    #[error("{0}")]
    Sign(String),
}

/// Whose a token is.
#[derive(Debug, PartialEq, Eq)]
pub enum Identity {
    Caller(Caller),
    /// This member knows once it has applied that index.
    WaitFor(Index),
    /// Nobody's: unknown, expired, forged.
    Invalid,
}

/// The tokens of this member.
pub struct Tokens(Provider);

enum Provider {
    None,
    Simple(simple::SimpleTokens),
    Jwt(Box<jwt::Jwt>),
}

impl Tokens {
    /// Reads the keys that the configuration names.
    ///
    /// # Errors
    /// A key cannot be read, is missing, or does not fit.
    pub fn new(config: &TokenConfig) -> Result<Self, KeyError> {
        Ok(Self(match config {
            TokenConfig::None => Provider::None,
            TokenConfig::Simple { ttl } => Provider::Simple(simple::SimpleTokens::new(*ttl)),
            TokenConfig::Jwt(config) => Provider::Jwt(Box::new(jwt::Jwt::load(config)?)),
        }))
    }

    /// What goes into the Authenticate entry: 16 random letters, or nothing where tokens are signed.
    ///
    /// # Errors
    /// There are no tokens.
    pub fn draw(&self) -> Result<String, TokenError> {
        match &self.0 {
            Provider::None => Err(TokenError::NoProvider),
            Provider::Simple(_) => Ok(simple::draw()),
            Provider::Jwt(_) => Ok(String::new()),
        }
    }

    /// An Authenticate entry was applied: `token`, letters and index, is now the user's. Without effect where tokens
    /// are signed.
    pub fn assigned(&self, token: String, username: &str, now: Instant) {
        if let Provider::Simple(tokens) = &self.0 {
            tokens.assign(token, username, now);
        }
    }

    /// Does a token take a signature?
    pub fn are_signed(&self) -> bool {
        matches!(self.0, Provider::Jwt(_))
    }

    /// The signed token of a user who has given the right password. `None` where the applied entry makes the token.
    /// RSA takes a millisecond or more.
    ///
    /// # Errors
    /// There are no tokens, or only a key to verify them.
    pub fn issue(&self, username: &str, auth_revision: u64) -> Result<Option<String>, TokenError> {
        match &self.0 {
            Provider::None => Err(TokenError::NoProvider),
            Provider::Simple(_) => Ok(None),
            Provider::Jwt(jwt) => jwt.sign(username, auth_revision, unix_nanos()).map(Some),
        }
    }

    /// Whose `token` is. `applied` is the index that this member has applied.
    pub fn identify(&self, token: &str, current_auth_revision: u64, applied: Index, now: Instant) -> Identity {
        match &self.0 {
            Provider::None => Identity::Invalid,
            Provider::Simple(tokens) => match tokens.find(token, applied, now) {
                simple::Found::User(username) => {
                    Identity::Caller(Caller { username: username.to_string(), auth_revision: current_auth_revision })
                }
                simple::Found::Later(index) => Identity::WaitFor(index),
                simple::Found::Nobody => Identity::Invalid,
            },
            Provider::Jwt(jwt) => match jwt.verify(token, unix_nanos()) {
                Some(claims) => Identity::Caller(Caller { username: claims.username, auth_revision: claims.revision }),
                None => Identity::Invalid,
            },
        }
    }

    /// Ends the tokens of a user who was removed or has a new password. Signed ones end by the auth revision.
    pub fn forget_user(&self, name: &str) {
        if let Provider::Simple(tokens) = &self.0 {
            tokens.forget(name);
        }
    }

    /// Ends all tokens: authentication was switched off.
    pub fn forget_all(&self) {
        if let Provider::Simple(tokens) = &self.0 {
            tokens.forget_all();
        }
    }

    /// Drops what has expired. To be called each second.
    pub fn sweep(&self, now: Instant) {
        if let Provider::Simple(tokens) = &self.0 {
            tokens.sweep(now);
        }
    }
}

/// Nanoseconds since 1970; signed tokens carry wall-clock times.
fn unix_nanos() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
