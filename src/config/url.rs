//! The URLs that etcd's settings take: a scheme and an address, and nothing after it.

use std::{fmt, net::IpAddr};

use crate::membership::urls::no_scheme;

/// How a listener or member is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    Http,
    Https,
    Unix,
    Unixs,
}

impl Scheme {
    /// Whether the URL asks for TLS.
    pub fn is_secure(self) -> bool {
        matches!(self, Self::Https | Self::Unixs)
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            "unix" => Some(Self::Unix),
            "unixs" => Some(Self::Unixs),
            _ => None,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Unix => "unix",
            Self::Unixs => "unixs",
        }
    }
}

/// A checked URL in canonical text. The text enters member ids, so `http://127.0.0.1:1` and `http://localhost:1` differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Url {
    text: String,
    scheme: Scheme,
    /// `host:port`; for unix URLs also a path.
    address: String,
}

/// Why a text is no URL for etcd.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("parse {text:?}: {reason}")]
    Parse { text: String, reason: String },
    #[error("URL scheme must be http, https, unix, or unixs: {0}")]
    Scheme(String),
    #[error("URL address does not have the form \"host:port\": {0}")]
    Address(String),
    #[error("URL must not contain a path: {0}")]
    Path(String),
}

impl Url {
    /// Reads one URL.
    ///
    /// # Errors
    /// Unknown scheme, no `host:port`, a port that is not a number, or anything behind it.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let unsupported = || UrlError::Scheme(text.to_owned());
        if let Some(reason) = no_scheme(text) {
            return Err(UrlError::Parse { text: text.to_owned(), reason: reason.to_owned() });
        }
        let (scheme, address) = text.split_once("://").ok_or_else(unsupported)?;
        let scheme = Scheme::parse(&scheme.to_ascii_lowercase()).ok_or_else(unsupported)?;
        let (address, path) = address.split_at(address.find(['/', '?', '#']).unwrap_or(address.len()));
        let (host, port) = match split_host_port(address) {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        };
        if let Some(port) = port.filter(|port| !port.bytes().all(|b| b.is_ascii_digit())) {
            let reason = format!("invalid port {:?} after host", format!(":{port}"));
            return Err(UrlError::Parse { text: text.to_owned(), reason });
        }
        if host.contains(|c: char| c.is_whitespace() || c.is_control()) {
            let reason = "invalid character in host name".to_owned();
            return Err(UrlError::Parse { text: text.to_owned(), reason });
        }
        let is_unix_path = matches!(scheme, Scheme::Unix | Scheme::Unixs) && !path.is_empty();
        if !is_unix_path && port.is_none_or(str::is_empty) {
            return Err(UrlError::Address(text.to_owned()));
        }
        if !is_unix_path && !path.is_empty() {
            return Err(UrlError::Path(text.to_owned()));
        }
        let address = if is_unix_path { format!("{address}{path}") } else { address.to_owned() };
        Ok(Self { text: format!("{}://{address}", scheme.text()), scheme, address })
    }

    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// `host:port`, or the path of a unix socket.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The host without the brackets of an IPv6 address. Empty when the URL has none.
    pub fn host(&self) -> &str {
        split_host_port(&self.address).map_or("", |(host, _)| host)
    }

    /// The port; `None` when it is beyond 65535 or the URL is a path.
    pub fn port(&self) -> Option<u16> {
        split_host_port(&self.address).and_then(|(_, port)| port.parse().ok())
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same URL on another host.
    pub fn with_host(&self, host: IpAddr) -> Self {
        let port = self.port().map_or_else(String::new, |port| port.to_string());
        let address = if host.is_ipv6() { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        Self { text: format!("{}://{address}", self.scheme.text()), scheme: self.scheme, address }
    }

    /// Whether a listener can bind to the URL: its host is an address or `localhost`.
    pub fn is_bindable(&self) -> bool {
        matches!(self.scheme, Scheme::Unix | Scheme::Unixs)
            || self.host() == "localhost"
            || self.host().parse::<IpAddr>().is_ok()
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A comma separated list, sorted by text, each URL once.
///
/// # Errors
/// As [`Url::parse`] for the first bad one; an empty list is one empty URL.
pub fn parse_list(text: &str) -> Result<Vec<Url>, UrlError> {
    let mut urls = text.split(',').map(Url::parse).collect::<Result<Vec<_>, _>>()?;
    urls.sort();
    urls.dedup();
    Ok(urls)
}

/// Cuts `host:port`, taking the brackets off an IPv6 address.
fn split_host_port(address: &str) -> Option<(&str, &str)> {
    let (host, port) = address.rsplit_once(':')?;
    match host.strip_prefix('[') {
        Some(host) => host.strip_suffix(']').map(|host| (host, port)),
        None if host.contains(':') => None,
        None => Some((host, port)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Url, parse_list};

    #[test]
    fn urls_are_held_to_etcds_form() {
        for (text, wanted) in [
            ("http://127.0.0.1:2379", "http://127.0.0.1:2379"),
            (" HTTP://a:1 ", "http://a:1"),
            ("http://[::1]:2379", "http://[::1]:2379"),
            ("http://:2379", "http://:2379"),
            ("unix://host:1", "unix://host:1"),
            ("unix:///run/etcd.sock", "unix:///run/etcd.sock"),
            ("ftp://x:1", "URL scheme must be http, https, unix, or unixs: ftp://x:1"),
            ("foo", "URL scheme must be http, https, unix, or unixs: foo"),
            (":1", "parse \":1\": missing protocol scheme"),
            ("127.0.0.1:1", "parse \"127.0.0.1:1\": first path segment in URL cannot contain colon"),
            ("localhost:1", "URL scheme must be http, https, unix, or unixs: localhost:1"),
            ("", "URL scheme must be http, https, unix, or unixs: "),
            ("http://a:1/", "URL must not contain a path: http://a:1/"),
            ("http://a", "URL address does not have the form \"host:port\": http://a"),
            ("http://a/b", "URL address does not have the form \"host:port\": http://a/b"),
            ("http://::1", "URL address does not have the form \"host:port\": http://::1"),
            ("http://127.0.0.1:x", "parse \"http://127.0.0.1:x\": invalid port \":x\" after host"),
        ] {
            let got = Url::parse(text).map_or_else(|error| error.to_string(), |url| url.to_string());
            assert_eq!(got, wanted, "{text:?}");
        }
    }

    #[test]
    fn lists_are_sorted_and_hold_each_url_once() {
        let urls = parse_list("http://b:1,http://a:1 ,http://b:1").unwrap();
        assert_eq!(urls.iter().map(Url::as_str).collect::<Vec<_>>(), ["http://a:1", "http://b:1"]);
    }

    #[test]
    fn a_replaced_host_keeps_scheme_and_port() {
        let url = Url::parse("http://0.0.0.0:2379").unwrap();
        assert_eq!(url.with_host("10.0.0.1".parse().unwrap()).as_str(), "http://10.0.0.1:2379");
        assert_eq!(url.with_host("::1".parse().unwrap()).as_str(), "http://[::1]:2379");
    }
}
