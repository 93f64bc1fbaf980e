//! URLs of members, in the form in which they are stored, compared and hashed: `scheme://host:port`.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// Text that is no URL of a member.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("URL scheme must be http, https, unix, or unixs: {0}")]
    Scheme(String),
    #[error("URL address does not have the form \"host:port\": {0}")]
    Address(String),
    #[error("parse \"{url}\": invalid port \":{port}\" after host")]
    Port { url: String, port: String },
    #[error("URL must not contain a path: {0}")]
    Path(String),
}

/// Reads one URL.
///
/// # Errors
/// It is none, with etcd's text.
pub fn parse(text: &str) -> Result<String, UrlError> {
    let (scheme, rest) = text.split_once("://").ok_or_else(|| UrlError::Scheme(text.to_owned()))?;
    let scheme = scheme.to_ascii_lowercase();
    match &scheme[..] {
        "unix" | "unixs" => {}
        "http" | "https" => {
            let (host, path) = rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at));
            let (_, port) = split_host_port(host).ok_or_else(|| UrlError::Address(text.to_owned()))?;
            if !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(UrlError::Port { url: text.to_owned(), port: port.to_owned() });
            }
            if !path.is_empty() {
                return Err(UrlError::Path(text.to_owned()));
            }
        }
        _ => return Err(UrlError::Scheme(text.to_owned())),
    }
    Ok(format!("{scheme}://{rest}"))
}

/// Host and port; an IPv6 address stands in brackets.
fn split_host_port(address: &str) -> Option<(&str, &str)> {
    let (host, port) = address.rsplit_once(':')?;
    match host.strip_prefix('[') {
        Some(inner) => Some((inner.strip_suffix(']')?, port)),
        None if host.contains(':') => None,
        None => Some((host, port)),
    }
}

/// The URL with its host name replaced by an address. `localhost`, addresses and unix sockets stay as they are.
///
/// # Errors
/// The name is not known.
pub(super) fn resolve(
    url: &str,
    lookup: &dyn Fn(&str) -> std::io::Result<SocketAddr>,
) -> Result<String, std::io::Error> {
    let Some((scheme @ ("http" | "https"), address)) = url.split_once("://") else { return Ok(url.to_owned()) };
    match split_host_port(address) {
        Some((host, _)) if host == "localhost" || host.parse::<IpAddr>().is_ok() => Ok(url.to_owned()),
        _ => Ok(format!("{scheme}://{}", lookup(address)?)),
    }
}

/// The first address of `host:port`, as the system knows it.
///
/// # Errors
/// The name is not known.
pub fn lookup(address: &str) -> std::io::Result<SocketAddr> {
    let none = || std::io::Error::new(std::io::ErrorKind::NotFound, format!("no address for {address}"));
    address.to_socket_addrs()?.next().ok_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_checked_as_etcd_does() {
        for (text, expected) in [
            ("http://127.0.0.1:2380", Ok("http://127.0.0.1:2380")),
            ("HTTPS://[::1]:2380", Ok("https://[::1]:2380")),
            ("unix://localhost:1", Ok("unix://localhost:1")),
            ("", Err("URL scheme must be http, https, unix, or unixs: ")),
            ("ftp://a:1", Err("URL scheme must be http, https, unix, or unixs: ftp://a:1")),
            ("http://a", Err("URL address does not have the form \"host:port\": http://a")),
            ("http://a:1:2", Err("URL address does not have the form \"host:port\": http://a:1:2")),
            ("http://a:b", Err("parse \"http://a:b\": invalid port \":b\" after host")),
            ("http://a:1/", Err("URL must not contain a path: http://a:1/")),
        ] {
            assert_eq!(
                parse(text).map_err(|error| error.to_string()),
                expected.map(str::to_owned).map_err(str::to_owned)
            );
        }
    }
}
