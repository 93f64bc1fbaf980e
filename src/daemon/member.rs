//! The seam between the process and the member that it runs.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::Router;
use tokio::runtime::Handle;

use crate::{api::http::HttpDeps, config::server::ServerConfig};

/// A future of the member that the daemon waits for.
pub type MemberFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The threads that a member may use for tasks.
pub struct Threads {
    /// One runtime a thread, for clients; their number is the number of routers asked for.
    pub clients: Vec<Handle>,
    /// Peers, leases, timers.
    pub member: Handle,
}

/// A started member.
pub struct Member {
    /// The gRPC services for connections on the client runtime of that number.
    pub grpc: Box<dyn Fn(usize) -> Router + Send>,
    /// What the pages ask.
    pub http: Arc<HttpDeps>,
    /// Done when the member has published itself: clients are then answered.
    pub ready: MemberFuture<()>,
    /// Done when the member ends by itself; an error ends the process with code 1.
    pub ended: MemberFuture<Result<(), String>>,
    /// Closes the member: after it nothing is in flight and all is durable. Blocks.
    pub stop: Box<dyn FnOnce() + Send>,
}

/// Starts the member. Blocks while it reads its data.
///
/// # Errors
/// The text of what kept it from starting.
//
// >>> THE ONE PLACE to connect `server::start`: make it from `config` and `threads`, and return its handles.
pub fn start(_config: &ServerConfig, _threads: Threads) -> Result<Member, String> {
    Err("this build has no server".to_owned())
}
