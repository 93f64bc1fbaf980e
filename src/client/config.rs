//! What a client needs to know, and what is wrong with it.

use std::time::Duration;

/// Bytes of the largest message sent unless said otherwise.
pub const SEND_BYTES_MAX: usize = 2 << 20;
/// Bytes of the largest message received unless said otherwise.
pub const RECEIVE_BYTES_MAX: usize = i32::MAX as usize;

/// Settings of a [`Client`](super::Client).
#[derive(Clone, Debug)]
pub struct Config {
    /// `host:port`, `http://host:port` or `unix:path`; several are asked in turn.
    pub endpoints: Vec<String>,
    /// How long one attempt to connect may take.
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
    /// The endpoint asks for TLS.
    #[error("TLS is not supported yet (endpoint {0})")]
    Tls(String),
}
