//! The text of `--auth-token`: `simple`, `jwt` with options (`jwt,sign-method=RS256,priv-key=k.pem,ttl=5m`), or nothing.

use std::{path::PathBuf, time::Duration};

use super::duration;
use crate::auth::token::{JwtConfig, Method, TokenConfig};

/// Nanoseconds that a signed token lives.
const JWT_TTL_NANOS: i64 = 5 * 60 * 1_000_000_000;

/// What the text asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct AuthToken {
    pub config: TokenConfig,
    /// Options of `jwt` that do not exist. etcd goes on with a warning.
    pub unknown_options: Vec<String>,
}

/// What is wrong with the text. To clients of the log etcd calls all of it `auth: invalid auth options`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthTokenError {
    #[error("unknown token type {0:?}")]
    Type(String),
    #[error("invalid token option {0:?}")]
    Option(String),
    #[error("token option {0:?} is given twice")]
    Twice(String),
    #[error("auth: invalid auth signature method")]
    Method,
    #[error(transparent)]
    Ttl(#[from] duration::DurationError),
}

/// Reads the text; `ttl` is that of simple tokens.
///
/// # Errors
/// See [`AuthTokenError`].
pub fn parse(text: &str, ttl: Duration) -> Result<AuthToken, AuthTokenError> {
    let mut words = text.split(',');
    let kind = words.next().unwrap_or_default();
    let mut options: Vec<(&str, &str)> = Vec::new();
    for word in words {
        let (name, value) = word.split_once('=').ok_or_else(|| AuthTokenError::Option(word.to_owned()))?;
        if value.contains('=') {
            return Err(AuthTokenError::Option(word.to_owned()));
        }
        if options.iter().any(|(other, _)| *other == name) {
            return Err(AuthTokenError::Twice(name.to_owned()));
        }
        options.push((name, value));
    }
    match kind {
        "" => Ok(AuthToken { config: TokenConfig::None, unknown_options: Vec::new() }),
        "simple" => Ok(AuthToken { config: TokenConfig::Simple { ttl }, unknown_options: Vec::new() }),
        "jwt" => jwt(&options),
        other => Err(AuthTokenError::Type(other.to_owned())),
    }
}

fn jwt(options: &[(&str, &str)]) -> Result<AuthToken, AuthTokenError> {
    let find = |name| options.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    let file = |name| find(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let config = TokenConfig::Jwt(JwtConfig {
        method: find("sign-method").and_then(Method::parse).ok_or(AuthTokenError::Method)?,
        public_key: file("pub-key"),
        private_key: file("priv-key"),
        ttl_nanos: find("ttl").map_or(Ok(JWT_TTL_NANOS), duration::parse)?,
    });
    let is_known = |name: &str| matches!(name, "sign-method" | "pub-key" | "priv-key" | "ttl");
    let unknown = options.iter().map(|(name, _)| *name).filter(|name| !is_known(name)).map(str::to_owned).collect();
    Ok(AuthToken { config, unknown_options: unknown })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::parse;
    use crate::auth::token::TokenConfig;

    const TTL: Duration = Duration::from_secs(300);

    #[test]
    fn texts_are_taken_and_refused_as_by_etcd() {
        let jwt = |method: &str, public: &str, private: &str, seconds: i64, unknown: &str| {
            format!("{method} pub={public} priv={private} {seconds}s unknown={unknown}")
        };
        for (text, wanted) in [
            ("", "none".to_owned()),
            ("simple", "simple 300s".to_owned()),
            ("simple,x=y", "simple 300s".to_owned()),
            ("simple,x", "invalid token option \"x\"".to_owned()),
            ("foo", "unknown token type \"foo\"".to_owned()),
            ("jwt", "auth: invalid auth signature method".to_owned()),
            ("jwt,sign-method", "invalid token option \"sign-method\"".to_owned()),
            ("jwt,sign-method=none,priv-key=k", "auth: invalid auth signature method".to_owned()),
            ("jwt,sign-method=rs256", "auth: invalid auth signature method".to_owned()),
            ("jwt,sign-method=RS256,sign-method=RS256", "token option \"sign-method\" is given twice".to_owned()),
            ("jwt,sign-method=RS256,ttl=x", "time: invalid duration \"x\"".to_owned()),
            ("jwt,sign-method=RS256,pub-key=p", jwt("RS256", "p", "", 300, "")),
            ("jwt,priv-key=k,sign-method=ES512,ttl=-1h,foo=bar", jwt("ES512", "", "k", -3600, "foo")),
        ] {
            let got = match parse(text, TTL).map(|token| (token.config, token.unknown_options)) {
                Err(error) => error.to_string(),
                Ok((TokenConfig::None, _)) => "none".to_owned(),
                Ok((TokenConfig::Simple { ttl }, _)) => format!("simple {}s", ttl.as_secs()),
                Ok((TokenConfig::Jwt(config), unknown)) => {
                    let path = |path: Option<std::path::PathBuf>| path.unwrap_or_default().display().to_string();
                    let (public, private) = (path(config.public_key), path(config.private_key));
                    let seconds = config.ttl_nanos / 1_000_000_000;
                    jwt(config.method.name, &public, &private, seconds, &unknown.join(","))
                }
            };
            assert_eq!(got, wanted, "{text}");
        }
    }
}
