//! Answers that are the same everywhere: plain texts, wrong methods, unknown paths.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header},
};

const NOSNIFF: (HeaderName, HeaderValue) = (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
pub const PLAIN_TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// A plain text that no browser is to take for anything else.
pub fn text(status: StatusCode, text: impl Into<Body>) -> Response<Body> {
    let mut response = page(status, PLAIN_TEXT, text);
    response.headers_mut().insert(NOSNIFF.0, NOSNIFF.1);
    response
}

/// Any page.
pub fn page(status: StatusCode, content_type: HeaderValue, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

/// The refusal of any method but GET.
pub fn only_get(method: &Method) -> Option<Response<Body>> {
    if method == Method::GET {
        return None;
    }
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
    Some(response)
}

pub fn not_found() -> Response<Body> {
    text(StatusCode::NOT_FOUND, "404 page not found\n")
}

/// What nothing else answers.
pub async fn fallback(request: Request<Body>) -> Response<Body> {
    if is_grpc(&request) { grpc_unimplemented(request).await } else { not_found() }
}

/// Whether the request says that it is a gRPC call.
pub fn is_grpc<B>(request: &Request<B>) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// The answer to calls of services that nobody serves.
pub async fn grpc_unimplemented(request: Request<Body>) -> Response<Body> {
    let path = request.uri().path();
    let service = path.strip_prefix('/').and_then(|path| path.rsplit_once('/')).map(|(service, _)| service);
    let text = match service {
        Some(service) => format!("unknown service {service}"),
        None => format!("malformed method name: {path:?}"),
    };
    tonic::Status::unimplemented(text).into_http()
}
