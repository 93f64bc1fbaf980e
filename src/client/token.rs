//! The token that says who we are: fetched by a login, attached to every call, renewed when the server no longer
//! takes it.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use tonic::metadata::{Ascii, MetadataValue};

use super::{Client, ClientError, ConfigError, Credentials};
use crate::pb::{
    etcdserverpb::{AuthenticateRequest, auth_client::AuthClient},
    rpc_error::RpcError,
};

/// A token older than this is renewed before a stream is opened with it, since some releases of etcd do not tell a
/// stream that its token has run out.
const STREAM_TOKEN_AGE_MAX: Duration = Duration::from_secs(60);

/// Who we are.
pub(super) enum Identity {
    Nobody,
    /// A token from elsewhere.
    Given(MetadataValue<Ascii>),
    Login(Login),
}

pub(super) struct Login {
    user: String,
    password: String,
    /// Guards the token alone; no await happens under it.
    current: Mutex<Current>,
    /// Held during a login, so that calls which are refused together log in once.
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct Current {
    /// Logins so far; 0 before the first one.
    generation: u64,
    /// `None` when the server wants no logins.
    token: Option<MetadataValue<Ascii>>,
    since: Option<Instant>,
}

/// The token of one attempt, and which login it is from.
#[derive(Clone, Default)]
pub(super) struct Attached {
    pub token: Option<MetadataValue<Ascii>>,
    generation: u64,
    since: Option<Instant>,
}

impl Attached {
    /// Whether a stream may have outlived it.
    pub fn is_old(&self) -> bool {
        self.since.is_some_and(|since| since.elapsed() > STREAM_TOKEN_AGE_MAX)
    }
}

impl Identity {
    pub fn new(credentials: Option<&Credentials>) -> Result<Self, ConfigError> {
        Ok(match credentials {
            None => Self::Nobody,
            Some(Credentials::Token(token)) => Self::Given(token.parse().map_err(|_| ConfigError::BadToken)?),
            // As etcd's client: without both there is no login.
            Some(Credentials::Password { user, password }) if user.is_empty() || password.is_empty() => Self::Nobody,
            Some(Credentials::Password { user, password }) => Self::Login(Login {
                user: user.clone(),
                password: password.clone(),
                current: Mutex::default(),
                renewing: tokio::sync::Mutex::default(),
            }),
        })
    }

    /// Whether a refusal with this error may be answered by a new login. The refused call was not carried out.
    pub fn can_renew_after(&self, error: &ClientError) -> bool {
        let renewable = matches!(
            error,
            ClientError::Rpc(RpcError::InvalidAuthToken | RpcError::AuthOldRevision | RpcError::UserEmpty)
        );
        renewable && matches!(self, Self::Login(_))
    }
}

impl Client {
    /// The token for a call; logs in if that has not been done.
    pub(super) async fn token(&self) -> Result<Attached, ClientError> {
        match self.identity() {
            Identity::Nobody => Ok(Attached::default()),
            Identity::Given(token) => Ok(Attached { token: Some(token.clone()), ..Attached::default() }),
            Identity::Login(login) => {
                if login.current.lock().generation == 0 {
                    self.log_in(login, 0).await?;
                }
                let Current { generation, token, since } = login.current.lock().clone();
                Ok(Attached { token, generation, since })
            }
        }
    }

    /// The token for a stream: not an old one.
    pub(super) async fn stream_token(&self) -> Result<Attached, ClientError> {
        let attached = self.token().await?;
        if !attached.is_old() {
            return Ok(attached);
        }
        self.renew(&attached).await?;
        self.token().await
    }

    /// Logs in again, unless somebody has done so since `refused` was taken.
    pub(super) async fn renew(&self, refused: &Attached) -> Result<(), ClientError> {
        match self.identity() {
            Identity::Nobody | Identity::Given(_) => Ok(()),
            Identity::Login(login) => self.log_in(login, refused.generation).await,
        }
    }

    async fn log_in(&self, login: &Login, seen: u64) -> Result<(), ClientError> {
        let _turn = login.renewing.lock().await;
        if login.current.lock().generation != seen {
            return Ok(());
        }
        let request = AuthenticateRequest { name: login.user.clone(), password: login.password.clone() };
        let answer =
            self.call_as_nobody(request, |channel, request| async move {
                AuthClient::new(channel).authenticate(request).await
            })
            .await;
        let token =
            match answer {
                Ok(answer) => Some(answer.token.parse().map_err(|_| {
                    ClientError::Status(tonic::Code::Internal, "the server's token cannot be sent".into())
                })?),
                Err(ClientError::Rpc(RpcError::AuthNotEnabled)) => None,
                Err(error) => return Err(error),
            };
        *login.current.lock() = Current { generation: seen + 1, token, since: Some(Instant::now()) };
        Ok(())
    }
}
