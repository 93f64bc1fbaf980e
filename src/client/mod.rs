//! The client library: round robin over endpoints, waiting for a connection, retries, deadlines, watches that
//! survive a reconnect.
//!
//! One rule is ours where etcd's client has another: a write whose fate is unknown is never sent again. Reads and
//! other repeatable calls are retried as etcd's client does; a write only when no connection was there to send it.
//! Not here: TLS and logins (refused by name when asked for), leases, concurrency.

mod channel;
mod config;
mod error;
mod snapshot;
mod unary;
mod watch;

pub use channel::Client;
pub use config::{Config, ConfigError};
pub use error::ClientError;
pub use watch::{WatchEvent, WatchRequest, Watcher};
