//! gRPC services.
//!
//! ```text
//! service      one tower service for all of them: dispatch, and what is counted of a call
//! method       the table of all methods
//! interceptor  what every call passes first
//! frames       messages inside request and response bodies
//! access       what each method asks of its caller
//! check        requests refused before they cost anything
//! kv, watch, auth, lease, maintenance, cluster, health, lock, election   the services
//! local        calls of the services of locks and elections to the others
//! codec, encode, header   answers as bytes
//! status       our errors → gRPC, the only place
//! ```
//!
//! Not here: connections and TLS (`daemon`), decisions about data (`apply`), JSON (`api::gateway`).

mod access;
mod auth;
mod check;
mod cluster;
pub mod codec;
mod election;
mod encode;
mod frames;
mod header;
mod health;
mod interceptor;
mod kv;
mod lease;
mod local;
mod lock;
mod maintenance;
mod method;
mod service;
mod snapshot;
mod stats;
mod status;
mod watch;
mod watch_stream;

pub use access::watch as watch_access;
#[cfg(test)]
pub use access::{Need, need};
pub use encode::KvAnswer;
pub use method::{CallKind, Method};
pub use service::{CallEvent, CallFuture, Grpc, Observer, ResponseBody};
pub use watch::{WatchService, WatchSettings};
