//! The client library: round robin over endpoints, waiting for a connection, retries, deadlines, watches that
//! survive a reconnect.
//!
//! One rule is ours where etcd's client has another: a write whose fate is unknown is never sent again. Reads and
//! other repeatable calls are retried as etcd's client does; a write only when no connection was there to send it.
//!
//! [`Client`] is where to begin; requests are built by [`Get`], [`Put`], [`Delete`] and [`Txn`], or are the messages of
//! [`crate::pb`]. `balancer` chooses the connection that `dial` makes, `token` the login; `watch` and `lease` each keep
//! one stream for all watches and all leases; [`concurrency`] has sessions, locks, elections and software
//! transactions.
//! Not here: what a command prints (`ctl`).

#![warn(missing_docs)]

mod balancer;
mod channel;
pub mod concurrency;
mod config;
mod dial;
mod error;
mod lease;
mod mirror;
mod namespace;
mod op;
mod snapshot;
mod tls;
mod token;
mod unary;
mod watch;

pub use channel::{Client, ConnectError};
pub use config::{Config, ConfigError, Credentials, SEND_BYTES_MAX};
pub use dial::{DialError, DialFailure};
pub use error::ClientError;
pub use lease::{LeaseEvent, LeaseKeeper, LeaseLost};
pub use mirror::Mirror;
pub use namespace::Namespace;
pub use op::{Compare, CompareWith, Delete, Get, Op, Order, Put, SortBy, Txn, prefix_end};
pub use snapshot::{Snapshot, SnapshotChunk, SnapshotError};
pub use tls::TlsConfig;
pub use watch::{WatchEvent, WatchRequest, Watcher};
