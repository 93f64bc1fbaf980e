//! Who calls: what a call brings along to tell who it is.

use http::HeaderMap;

use super::{Server, ServerError};
use crate::pb::request::Caller;

/// The name in the verified certificate of a connection's client. In the extensions of each of its requests.
#[derive(Clone, Debug)]
pub struct CertificateName(pub std::sync::Arc<str>);

/// What a call brings along to tell who it is.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// A token, as the server gave it out before.
    pub token: Option<String>,
    /// The common name of the client's certificate, if the call may use it.
    pub certificate_name: Option<std::sync::Arc<str>>,
}

impl Credentials {
    /// Of a call with this metadata: `token`, else `authorization`, whose first value may begin with `Bearer `.
    pub fn of(headers: &HeaderMap, extensions: &http::Extensions) -> Self {
        let token = headers.get("token").or_else(|| headers.get("authorization")).and_then(|value| value.to_str().ok());
        let token = token.map(|token| token.strip_prefix("Bearer ").unwrap_or(token).to_owned());
        // What the gateway sends comes from its own connection.
        let is_direct = !headers.contains_key("grpcgateway-accept");
        let certificate_name = extensions.get::<CertificateName>().filter(|_| is_direct).map(|name| name.0.clone());
        Self { token, certificate_name }
    }
}

impl<T> From<&tonic::Request<T>> for Credentials {
    fn from(request: &tonic::Request<T>) -> Self {
        Self::of(request.metadata().as_ref(), request.extensions())
    }
}

impl Server {
    /// Who calls with these credentials.
    ///
    /// # Errors
    /// The token is not valid.
    pub async fn caller(&self, _credentials: &Credentials) -> Result<Caller, ServerError> {
        Ok(Caller::default())
    }
}
