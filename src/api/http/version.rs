//! `/version`.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, Method, Response, StatusCode},
};
use serde::Serialize;

use super::{HttpDeps, reply};

/// The versions of a member, as `major.minor.patch`.
pub struct Versions {
    /// The etcd release that is announced.
    pub server: String,
    /// `None` until the cluster has decided.
    pub cluster: Option<String>,
    /// `None` when it cannot be told.
    pub storage: Option<String>,
}

#[derive(Serialize)]
struct Page {
    etcdserver: String,
    etcdcluster: String,
    storage: String,
}

pub async fn page(State(deps): State<Arc<HttpDeps>>, method: Method) -> Response<Body> {
    if let Some(refusal) = reply::only_get(&method) {
        return refusal;
    }
    let versions = (deps.versions)();
    let page = Page {
        etcdserver: versions.server,
        etcdcluster: versions.cluster.unwrap_or_else(|| "not_decided".to_owned()),
        storage: versions.storage.unwrap_or_else(|| "unknown".to_owned()),
    };
    let body = serde_json::to_vec(&page).expect("texts always have a JSON form");
    reply::page(StatusCode::OK, HeaderValue::from_static("application/json"), body)
}
