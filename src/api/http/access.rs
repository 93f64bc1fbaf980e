//! Who may ask on client listeners: the host white list against DNS rebinding, CORS, and OPTIONS for everybody.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header},
};
use tracing::warn;

use super::reply;

/// The rules of one kind of listener.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// `None`: any host.
    hosts: Option<Vec<String>>,
    origins: Origins,
}

#[derive(Clone, Debug, Default)]
enum Origins {
    #[default]
    Any,
    Listed(Vec<String>),
}

impl Access {
    /// From `--cors` and `--host-whitelist`; a list that holds `*`, or nothing, allows all.
    pub fn new(origins: &[String], hosts: &[String]) -> Self {
        let allows_all = |list: &[String]| list.is_empty() || list.iter().any(|word| word == "*");
        Self {
            hosts: (!allows_all(hosts)).then(|| hosts.to_vec()),
            origins: if origins.iter().any(|origin| origin == "*") {
                Origins::Any
            } else {
                Origins::Listed(origins.to_vec())
            },
        }
    }

    /// The answer to requests over plain HTTP that go no further, or the headers to add to the answer.
    ///
    /// # Errors
    /// The answer that replaces the page's.
    pub fn check<B>(&self, request: &Request<B>) -> Result<HeaderMap, Box<Response<Body>>> {
        let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host_of(named.or_else(|| request.uri().authority().map(|host| host.as_str())).unwrap_or(""));
        if self.hosts.as_ref().is_some_and(|hosts| !hosts.iter().any(|allowed| allowed == host)) {
            warn!(host, "rejecting HTTP request to prevent DNS rebinding attacks");
            return Err(Box::new(reply::text(StatusCode::MISDIRECTED_REQUEST, misdirected(host))));
        }
        self.check_secure(request)
    }

    /// [`Access::check`] of a request over TLS, where the certificate tells the host.
    ///
    /// # Errors
    /// The answer that replaces the page's.
    pub fn check_secure<B>(&self, request: &Request<B>) -> Result<HeaderMap, Box<Response<Body>>> {
        let headers = self.cors(request.headers().get(header::ORIGIN));
        if request.method() == Method::OPTIONS {
            let mut response = Response::new(Body::empty());
            *response.headers_mut() = headers;
            return Err(Box::new(response));
        }
        Ok(headers)
    }

    fn cors(&self, origin: Option<&HeaderValue>) -> HeaderMap {
        let allowed = match &self.origins {
            Origins::Any => Some(HeaderValue::from_static("*")),
            Origins::Listed(list) => {
                origin.filter(|origin| list.iter().any(|listed| listed.as_bytes() == origin.as_bytes())).cloned()
            }
        };
        let Some(allowed) = allowed else { return HeaderMap::new() };
        [
            (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, GET, OPTIONS, PUT, DELETE")),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("accept, content-type, authorization")),
        ]
        .into_iter()
        .collect::<HeaderMap<HeaderValue>>()
    }

    /// Adds the headers of [`Self::check`].
    pub fn add(headers: HeaderMap, response: &mut Response<Body>) {
        let pairs = headers.into_iter().filter_map(|(name, value): (Option<HeaderName>, _)| name.map(|n| (n, value)));
        response.headers_mut().extend(pairs);
    }
}

/// The host without its port and brackets.
fn host_of(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    host.rsplit_once(':').map_or(host, |(host, _)| host)
}

fn misdirected(host: &str) -> String {
    format!(
        "\netcd received your request, but the Host header was unrecognized.\n\n\
         To fix this, choose one of the following options:\n\
         - Enable TLS, then any HTTPS request will be allowed.\n\
         - Add the hostname you want to use to the whitelist in settings.\n  \
         - e.g. etcd --host-whitelist {host:?}\n\n\
         This requirement has been added to help prevent \"DNS Rebinding\" attacks (CVE-2018-5702).\n"
    )
}
