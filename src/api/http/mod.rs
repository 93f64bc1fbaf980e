//! The plain HTTP pages: health, readiness, versions, metrics, debugging; and who may ask for them.
//!
//! Pages know the member only through [`HttpDeps`]. Not here: the JSON gateway, and which listener has which pages
//! goes no further than the three routers here.

mod access;
pub mod debug;
mod health;
mod metrics;
mod reply;
mod version;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use axum::{Router, routing::any};

pub use access::Access;
pub use debug::RaftStatus;
pub use reply::{fallback, is_grpc};
pub use version::Versions;

use crate::pb::etcdserverpb::AlarmType;

/// A future that a page waits for.
pub type PageFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A read that only tests whether reading works; the error is its text.
pub type TestRead = Box<dyn Fn() -> PageFuture<Result<(), String>> + Send + Sync>;

/// What the pages ask the member.
pub struct HttpDeps {
    /// Alarms that are raised, by whatever member.
    pub alarms: Box<dyn Fn() -> Vec<AlarmType> + Send + Sync>,
    /// Whether a leader is known.
    pub has_leader: Box<dyn Fn() -> bool + Send + Sync>,
    /// Reads one key from the local store.
    pub serializable_read: TestRead,
    /// The same behind a read index.
    pub linearizable_read: TestRead,
    pub is_learner: Box<dyn Fn() -> bool + Send + Sync>,
    pub versions: Box<dyn Fn() -> Versions + Send + Sync>,
    pub raft_status: Box<dyn Fn() -> RaftStatus + Send + Sync>,
    /// Brings the metrics up to date that are read off the state.
    pub refresh_metrics: Box<dyn Fn() + Send + Sync>,
    /// How long `/health` waits for its read.
    pub request_timeout: Duration,
}

/// The pages of client listeners.
pub fn client_router(deps: &Arc<HttpDeps>) -> Router {
    health_routes(deps)
        .route("/version", any(version::page).with_state(deps.clone()))
        .route("/debug/vars", any(debug::vars).with_state(deps.clone()))
        .fallback(fallback)
}

/// The pages of metrics listeners.
pub fn metrics_router(deps: &Arc<HttpDeps>) -> Router {
    health_routes(deps).fallback(fallback)
}

/// The pages of peer listeners.
pub fn peer_router(deps: &Arc<HttpDeps>) -> Router {
    Router::new().route("/version", any(version::page).with_state(deps.clone())).fallback(fallback)
}

fn health_routes(deps: &Arc<HttpDeps>) -> Router {
    Router::new()
        .route("/health", any(health::health).with_state(deps.clone()))
        .route("/livez", any(health::livez).with_state(deps.clone()))
        .route("/livez/{check}", any(health::livez_one).with_state(deps.clone()))
        .route("/readyz", any(health::readyz).with_state(deps.clone()))
        .route("/readyz/{check}", any(health::readyz_one).with_state(deps.clone()))
        .route("/metrics", any(metrics::page).with_state(deps.clone()))
}

#[cfg(test)]
mod tests;
