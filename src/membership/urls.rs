//! URLs of members, in the form in which they are stored, compared and hashed: `scheme://host:port`, and what etcd lets
//! stand around it: user info before the host, a query and a fragment behind the port. They are read and written as by
//! Go, which decides what is escaped.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// Text that is no URL of a member.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("URL scheme must be http, https, unix, or unixs: {0}")]
    Scheme(String),
    #[error("URL address does not have the form \"host:port\": {0}")]
    Address(String),
    /// The URL up to its fragment, as Go has it.
    #[error("parse {url:?}: {reason}")]
    Parse { url: String, reason: String },
    #[error("URL must not contain a path: {0}")]
    Path(String),
}

/// Reads one URL.
///
/// # Errors
/// It is none, with etcd's text.
pub fn parse(text: &str) -> Result<String, UrlError> {
    let (front, fragment) = text.split_once('#').unwrap_or((text, ""));
    let malformed = |reason: String| UrlError::Parse { url: front.to_owned(), reason };
    if front.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(malformed("net/url: invalid control character in URL".to_owned()));
    }
    let (scheme, rest) = front.split_once("://").ok_or_else(|| UrlError::Scheme(text.to_owned()))?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(&scheme[..], "http" | "https" | "unix" | "unixs") {
        return Err(UrlError::Scheme(text.to_owned()));
    }
    // The query is kept as it is, an empty one too.
    let (rest, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user_info, address) = match authority.rsplit_once('@') {
        Some((user_info, address)) => (Some(user_info), address),
        None => (None, authority),
    };
    let host = host(address).map_err(malformed)?;
    let user_info = user_info.map_or(Ok(String::new()), user_info_text).map_err(malformed)?;
    let path_text = PATH.text(path).map_err(malformed)?;
    let fragment = FRAGMENT.text(fragment).map_err(malformed)?;
    if matches!(&scheme[..], "http" | "https") {
        if split_host_port(&host).is_none() {
            return Err(UrlError::Address(text.to_owned()));
        }
        if !path.is_empty() {
            return Err(UrlError::Path(text.to_owned()));
        }
    }
    let mark = if fragment.is_empty() { "" } else { "#" };
    Ok(format!("{scheme}://{user_info}{host}{path_text}{query}{mark}{fragment}"))
}

/// What may stand in a part of a URL besides ASCII letters and digits and `-_.~`.
struct Part {
    /// Left as it is when the part is made from its meaning.
    plain: &'static str,
    /// Left as it is where it stands already.
    kept: &'static str,
}

const PATH: Part = Part { plain: "$&+,/:;=@", kept: "$&+,/:;=@!'()*[]%" };
const FRAGMENT: Part = Part { plain: "$&+,/:;=?@!()*", kept: "$&+,/:;=?@!'()*[]%" };
const HOST: Part = Part { plain: "!$&'()*+,;=:[]<>\"", kept: "" };
const USER: Part = Part { plain: "$&+,;=", kept: "" };
/// In user info.
const USER_INFO: &str = "-._:~!$&'()*+,;=%@";

impl Part {
    /// The part as it is written: as it is if it may stand so, else escaped anew.
    fn text(&self, part: &str) -> Result<String, String> {
        let meaning = unescape(part)?;
        let is_kept = part.bytes().all(|byte| is_unreserved(byte) || self.kept.as_bytes().contains(&byte));
        Ok(if is_kept { part.to_owned() } else { self.escape(&meaning) })
    }

    fn is_plain(&self, byte: u8) -> bool {
        is_unreserved(byte) || self.plain.as_bytes().contains(&byte)
    }

    fn escape(&self, meaning: &[u8]) -> String {
        let mut text = String::with_capacity(meaning.len());
        for &byte in meaning {
            if self.is_plain(byte) {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
        }
        text
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)
}

/// # Errors
/// A `%` without two hexadecimal digits, in Go's words.
fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut meaning = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        if byte != b'%' {
            meaning.push(byte);
            rest = behind;
            continue;
        }
        let digit = |at: usize| behind.get(at).and_then(|&digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(0), digit(1)) else {
            let bad = String::from_utf8_lossy(&rest[..rest.len().min(3)]);
            return Err(format!("invalid URL escape {bad:?}"));
        };
        meaning.push((high * 16 + low) as u8);
        rest = &behind[2..];
    }
    Ok(meaning)
}

/// Host and port, as they are written. Only what is not ASCII may be escaped there, and a `%` itself, which stands in
/// IPv6 zones.
fn host(address: &str) -> Result<String, String> {
    let port = match address.strip_prefix('[') {
        Some(inner) => inner.rsplit_once(']').ok_or("missing ']' in host")?.1,
        None => address.rfind(':').map_or("", |colon| &address[colon..]),
    };
    let is_port =
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    if !is_port {
        return Err(format!("invalid port {port:?} after host"));
    }
    for (at, byte) in address.bytes().enumerate().filter(|(_, byte)| byte.is_ascii() && !HOST.is_plain(*byte)) {
        let escape = address.as_bytes().get(at..at + 3);
        match escape {
            Some(escape) if byte == b'%' && (escape == b"%25" || escape[1] >= b'8') => {}
            Some(escape) if byte == b'%' => {
                return Err(format!("invalid URL escape {:?}", String::from_utf8_lossy(escape)));
            }
            None if byte == b'%' => return Err(format!("invalid URL escape {:?}", &address[at..])),
            _ => return Err(format!("invalid character {:?} in host name", char::from(byte).to_string())),
        }
    }
    Ok(HOST.escape(&unescape(address)?))
}

/// User and password with the `@` behind them, as they are written.
fn user_info_text(text: &str) -> Result<String, String> {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || USER_INFO.as_bytes().contains(&byte)) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let written = |part: &str| unescape(part).map(|meaning| USER.escape(&meaning));
    Ok(match text.split_once(':') {
        Some((user, password)) => format!("{}:{}@", written(user)?, written(password)?),
        None => format!("{}@", written(text)?),
    })
}

/// Host and port; an IPv6 address stands in brackets, and there are no others.
fn split_host_port(address: &str) -> Option<(&str, &str)> {
    let (host, port) = address.rsplit_once(':')?;
    let (host, has_colons) = match host.strip_prefix('[') {
        Some(inner) => (inner.strip_suffix(']')?, true),
        None => (host, false),
    };
    let is_host = !host.contains(['[', ']']) && (has_colons || !host.contains(':'));
    is_host.then_some((host, port))
}

/// The URL with its host name replaced by an address. `localhost`, addresses and unix sockets stay as they are.
///
/// # Errors
/// The name is not known.
pub(super) fn resolve(
    url: &str,
    lookup: &dyn Fn(&str) -> std::io::Result<SocketAddr>,
) -> Result<String, std::io::Error> {
    let Some((scheme @ ("http" | "https"), rest)) = url.split_once("://") else { return Ok(url.to_owned()) };
    let (authority, behind) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user_info, address) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
    match split_host_port(address) {
        Some((host, _)) if host == "localhost" || host.parse::<IpAddr>().is_ok() => Ok(url.to_owned()),
        _ => Ok(format!("{scheme}://{user_info}{}{behind}", lookup(address)?)),
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
            ("http://a:1/?x", Err("URL must not contain a path: http://a:1/?x")),
            ("http://a?x:1", Err("URL address does not have the form \"host:port\": http://a?x:1")),
            ("http://a[b]:1", Err("URL address does not have the form \"host:port\": http://a[b]:1")),
            ("http://[a:1", Err("parse \"http://[a:1\": missing ']' in host")),
            ("http://[::1]x:1", Err("parse \"http://[::1]x:1\": invalid port \"x:1\" after host")),
            ("http://a b:1#x", Err("parse \"http://a b:1\": invalid character \" \" in host name")),
            ("http://a%41:1", Err("parse \"http://a%41:1\": invalid URL escape \"%41\"")),
            ("http://a:1\t?x", Err("parse \"http://a:1\\t?x\": net/url: invalid control character in URL")),
            ("http://u v@a:1", Err("parse \"http://u v@a:1\": net/url: invalid userinfo")),
            ("http://u%2@a:1", Err("parse \"http://u%2@a:1\": invalid URL escape \"%2\"")),
            ("http://a:1#%zz", Err("parse \"http://a:1\": invalid URL escape \"%zz\"")),
        ] {
            assert_eq!(
                parse(text).map_err(|error| error.to_string()),
                expected.map(str::to_owned).map_err(str::to_owned)
            );
        }
    }

    /// As members had them to which etcd 3.5.1 was asked to add one of these.
    #[test]
    fn what_stands_around_the_address_is_written_as_by_go() {
        for (text, written) in [
            ("http://a:1?x=1", "http://a:1?x=1"),
            ("http://a:1?", "http://a:1?"),
            ("http://a:1??", "http://a:1??"),
            ("http://a:1?a b&<c>", "http://a:1?a b&<c>"),
            ("http://a:1?%zz", "http://a:1?%zz"),
            ("http://a:1?a/b@c", "http://a:1?a/b@c"),
            ("http://a:1#f", "http://a:1#f"),
            ("http://a:1#", "http://a:1"),
            ("http://a:1#a b", "http://a:1#a%20b"),
            ("http://a:1#a\"b%41", "http://a:1#a%22bA"),
            ("http://a:1#a#b", "http://a:1#a%23b"),
            ("http://a:1#x'[]%41", "http://a:1#x'[]%41"),
            ("http://a:1#x\u{1}", "http://a:1#x%01"),
            ("http://u@a:1", "http://u@a:1"),
            ("http://u:p@a:1", "http://u:p@a:1"),
            ("http://u:@a:1", "http://u:@a:1"),
            ("http://@a:1", "http://@a:1"),
            ("http://:@a:1", "http://:@a:1"),
            ("http://u:p:q@a:1", "http://u:p%3Aq@a:1"),
            ("http://u@v@a:1", "http://u%40v@a:1"),
            ("http://u%41!*@a:1", "http://uA%21%2A@a:1"),
            ("http://a\u{e9}:1", "http://a%C3%A9:1"),
            ("http://a%C3%A9:1", "http://a%C3%A9:1"),
            ("http://a<b>\":1", "http://a<b>\":1"),
            ("http://%25:1", "http://%25:1"),
            ("http://[fe80::1%25eth0]:1?x", "http://[fe80::1%25eth0]:1?x"),
            ("http://:", "http://:"),
            ("unixs://a:1?x", "unixs://a:1?x"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(written), "{text}");
            assert_eq!(parse(written).as_deref(), Ok(written), "{text}: written once is written for good");
        }
    }

    #[test]
    fn addresses_are_found_between_user_and_query() {
        let lookup = |address: &str| -> std::io::Result<SocketAddr> {
            assert_eq!(address, "name:1");
            Ok(([10, 0, 0, 1], 1).into())
        };
        for (url, resolved) in [
            ("http://name:1", "http://10.0.0.1:1"),
            ("https://u:p@name:1?q@r#f", "https://u:p@10.0.0.1:1?q@r#f"),
            ("http://u@127.0.0.1:1?q", "http://u@127.0.0.1:1?q"),
            ("unix://name:1", "unix://name:1"),
        ] {
            assert_eq!(resolve(url, &lookup).unwrap(), resolved, "{url}");
        }
    }
}
