//! `/metrics`: any method, compressed when asked for.

use std::{io::Write, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use flate2::{Compression, write::GzEncoder};

use super::{HttpDeps, reply};
use crate::telemetry::metrics;

pub async fn page(State(deps): State<Arc<HttpDeps>>, headers: HeaderMap) -> Response<Body> {
    metrics::server::SCRAPES.inc();
    (deps.refresh_metrics)();
    let text = metrics::text();
    let mut response = reply::page(StatusCode::OK, HeaderValue::from_static(metrics::CONTENT_TYPE), "");
    *response.body_mut() = match accepts_gzip(&headers).then(|| gzip(text.as_bytes())) {
        Some(Ok(packed)) => {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            packed.into()
        }
        Some(Err(_)) | None => text.into(),
    };
    metrics::server::SCRAPES.dec();
    metrics::server::SCRAPES_TOTAL.with_label_values(&["200"]).inc();
    response
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        is_gzip && parts.next() != Some("q=0")
    })
}

fn gzip(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text)?;
    encoder.finish()
}
