//! What a client needs to know, and what is wrong with it.

use std::{fmt, time::Duration};

use super::tls::TlsConfig;

/// Bytes of the largest message sent unless said otherwise.
pub const SEND_BYTES_MAX: usize = 2 << 20;
/// Bytes of the largest message received unless said otherwise.
pub const RECEIVE_BYTES_MAX: usize = i32::MAX as usize;

/// Settings of a [`Client`](super::Client).
///
/// ```
/// use std::time::Duration;
/// use rsetcd::client::{Config, TlsConfig};
///
/// let config = Config::new(["https://db1:2379", "https://db2:2379"])
///     .tls(TlsConfig::new().ca_file("ca.pem").identity_files("client.pem", "client.key"))
///     .login("app", "secret")
///     .command_timeout(Duration::from_secs(3));
/// # assert_eq!(config.endpoints.len(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// `host:port`, `http://host:port`, `https://host:port`, `unix:path` or `unixs:path`; requests take turns.
    ///
    /// The scheme of the first one decides about TLS for all, as in etcd's client: `https` and `unixs` speak TLS,
    /// `http` does not, and without one `tls` decides.
    pub endpoints: Vec<String>,
    /// How long one attempt to connect may take, and the login of [`Client::connect`](super::Client::connect).
    pub dial_timeout: Duration,
    /// How long a call may take; `None` waits for ever.
    pub command_timeout: Option<Duration>,
    /// Silence on a busy connection before a ping; never less than ten seconds are waited.
    pub keepalive_time: Duration,
    /// How long the answer to a ping may take.
    pub keepalive_timeout: Duration,
    /// Largest message sent, in bytes; 0 is the default of 2 MiB.
    pub send_bytes_max: usize,
    /// Largest message received, in bytes; 0 is the default of 2 GiB.
    pub receive_bytes_max: usize,
    /// TLS; with `None`, `https` endpoints are checked against the system's roots.
    pub tls: Option<TlsConfig>,
    /// Who we are; `None` sends no token.
    pub credentials: Option<Credentials>,
    /// Time between two looks at the member list, whose client URLs become the endpoints; `None` never looks.
    pub sync_interval: Option<Duration>,
}

/// How a client says who it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A login: a token is fetched for it, and renewed when the server no longer takes it.
    Password {
        /// The user's name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token from elsewhere, sent as it is.
    Token(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { user, .. } => f.debug_struct("Password").field("user", user).finish_non_exhaustive(),
            Self::Token(_) => f.write_str("Token(..)"),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            endpoints: vec!["127.0.0.1:2379".into()],
            dial_timeout: Duration::from_secs(2),
            command_timeout: Some(Duration::from_secs(5)),
            keepalive_time: Duration::from_secs(2),
            keepalive_timeout: Duration::from_secs(6),
            send_bytes_max: 0,
            receive_bytes_max: 0,
            tls: None,
            credentials: None,
            sync_interval: None,
        }
    }
}

impl Config {
    /// The defaults with these endpoints.
    pub fn new<E: Into<String>>(endpoints: impl IntoIterator<Item = E>) -> Self {
        Self { endpoints: endpoints.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Speaks TLS with endpoints that have no scheme, and sets how.
    #[must_use]
    pub fn tls(self, tls: TlsConfig) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// Logs in with a password.
    #[must_use]
    pub fn login(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        let credentials = Credentials::Password { user: user.into(), password: password.into() };
        Self { credentials: Some(credentials), ..self }
    }

    /// Sends this token, for instance a JWT that was signed elsewhere.
    #[must_use]
    pub fn token(self, token: impl Into<String>) -> Self {
        Self { credentials: Some(Credentials::Token(token.into())), ..self }
    }

    /// Sets how long a call may take.
    #[must_use]
    pub fn command_timeout(self, timeout: Duration) -> Self {
        Self { command_timeout: Some(timeout), ..self }
    }

    /// Sets how long one attempt to connect may take.
    #[must_use]
    pub fn dial_timeout(self, timeout: Duration) -> Self {
        Self { dial_timeout: timeout, ..self }
    }

    /// Follows the member list, looking at it that often.
    #[must_use]
    pub fn sync_interval(self, interval: Duration) -> Self {
        Self { sync_interval: Some(interval), ..self }
    }

    /// Whether connections speak TLS: what the scheme of the first endpoint says, else whether TLS was set.
    pub fn uses_tls(&self) -> bool {
        let scheme = self.endpoints.first().and_then(|endpoint| endpoint.split_once(':')).map(|(scheme, _)| scheme);
        match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("https" | "unixs") => true,
            Some("http") => false,
            _ => self.tls.is_some(),
        }
    }
}

/// Why no client can be built.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The list is empty.
    #[error("etcdclient: no available endpoints")]
    NoEndpoints,
    /// The receive limit was set below the send limit.
    #[error("gRPC message recv limit ({receive} bytes) must be greater than send limit ({send} bytes)")]
    Limits {
        /// The limit for answers.
        receive: usize,
        /// The limit for requests.
        send: usize,
    },
    /// Not an address.
    #[error("endpoint {0:?} is not an address")]
    BadEndpoint(String),
    /// The token holds what no header may.
    #[error("the token holds characters that cannot be sent")]
    BadToken,
    /// A file that TLS needs cannot be read.
    #[error("read the {what} {path}: {error}")]
    File {
        /// What is in the file.
        what: &'static str,
        /// Its path.
        path: String,
        /// Why not.
        error: String,
    },
    /// A certificate or a key is not what it should be.
    #[error("{what}: {error}")]
    Pem {
        /// What it is, and the file that it is from.
        what: String,
        /// What is wrong with it.
        error: String,
    },
    /// The system has no certificates of authorities.
    #[error("no root certificates found on this system{0}; name a CA file")]
    NoRoots(String),
    /// Certificate and key do not go together, or the name of the server is none.
    #[error("TLS: {0}")]
    Tls(String),
}
