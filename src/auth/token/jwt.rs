//! Signed tokens: JSON Web Tokens with the claims `exp` (unix seconds), `revision` (the auth revision at signing) and
//! `username`.
//!
//! ```text
//! base64url({"alg":"RS256","typ":"JWT"}) . base64url({"exp":1,"revision":2,"username":"root"}) . base64url(signature)
//! ```
//! The algorithm is the configured one and no other, whatever a token says of itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::keys::{KeyError, SigningKey, VerifyingKey, load_keys};
use super::{JwtConfig, TokenError};
use crate::auth::recent::Recent;

/// Tokens that are kept with what they say; up to twice as many may be.
const KNOWN_MAX: usize = 512;

/// How tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    pub name: &'static str,
    pub(super) scheme: Scheme,
}

/// Who computes the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Library(Algorithm),
    /// ECDSA on P-521 with SHA-512.
    Es512,
}

const METHODS: [Method; 13] = [
    Method { name: "RS256", scheme: Scheme::Library(Algorithm::RS256) },
    Method { name: "RS384", scheme: Scheme::Library(Algorithm::RS384) },
    Method { name: "RS512", scheme: Scheme::Library(Algorithm::RS512) },
    Method { name: "PS256", scheme: Scheme::Library(Algorithm::PS256) },
    Method { name: "PS384", scheme: Scheme::Library(Algorithm::PS384) },
    Method { name: "PS512", scheme: Scheme::Library(Algorithm::PS512) },
    Method { name: "ES256", scheme: Scheme::Library(Algorithm::ES256) },
    Method { name: "ES384", scheme: Scheme::Library(Algorithm::ES384) },
    Method { name: "ES512", scheme: Scheme::Es512 },
    Method { name: "HS256", scheme: Scheme::Library(Algorithm::HS256) },
    Method { name: "HS384", scheme: Scheme::Library(Algorithm::HS384) },
    Method { name: "HS512", scheme: Scheme::Library(Algorithm::HS512) },
    Method { name: "EdDSA", scheme: Scheme::Library(Algorithm::EdDSA) },
];

impl Method {
    /// The method of that name, in that case.
    pub fn parse(name: &str) -> Option<Self> {
        METHODS.into_iter().find(|method| method.name == name)
    }
}

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    pub username: String,
    /// The auth revision when it was signed.
    pub revision: u64,
}

/// A token that we signed, at whatever time it is good.
#[derive(Clone)]
struct Signed {
    claims: Claims,
    /// Unix seconds: good from the one on and before the other.
    begin: f64,
    expiry: f64,
}

pub struct Jwt {
    method: Method,
    signing: Option<SigningKey>,
    verifying: VerifyingKey,
    ttl_nanos: i64,
    /// A call looks at its token several times, and a client sends the same one for minutes.
    known: Mutex<Recent<Signed>>,
}

impl Jwt {
    /// Reads the keys.
    ///
    /// # Errors
    /// A key cannot be read, is missing, or does not fit the method or the other key.
    pub fn load(config: &JwtConfig) -> Result<Self, KeyError> {
        let (signing, verifying) = load_keys(config)?;
        let known = Mutex::new(Recent::new(KNOWN_MAX));
        Ok(Self { method: config.method, signing, verifying, ttl_nanos: config.ttl_nanos, known })
    }

    /// A token of `username` as of now, in unix nanoseconds.
    ///
    /// # Errors
    /// There is only a public key.
    pub fn sign(&self, username: &str, revision: u64, now_nanos: i64) -> Result<String, TokenError> {
        let key = self.signing.as_ref().ok_or(TokenError::VerifyOnly)?;
        let expiry = now_nanos.saturating_add(self.ttl_nanos).div_euclid(1_000_000_000);
        let header = json!({ "alg": self.method.name, "typ": "JWT" });
        let claims = json!({ "exp": expiry, "revision": revision, "username": username });
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(&header), encode(&claims));
        let signature = key.sign(message.as_bytes()).map_err(TokenError::Sign)?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// What a token says, if it is ours and good at this time, in unix nanoseconds.
    pub fn verify(&self, token: &str, now_nanos: i64) -> Option<Claims> {
        let known = self.known.lock().find(token);
        let signed = match known {
            Some(signed) => signed,
            None => {
                let signed = self.signed(token)?;
                self.known.lock().add(token, signed.clone());
                signed
            }
        };
        let now = now_nanos as f64 / 1e9;
        (signed.begin <= now && now < signed.expiry).then_some(signed.claims)
    }

    /// What a token says, if it is ours. That does not change while the keys are the same.
    fn signed(&self, token: &str) -> Option<Signed> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        if claims.contains('.') || decode(header)?.get("alg")?.as_str()? != self.method.name {
            return None;
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        if !self.verifying.verify(message.as_bytes(), &signature) {
            return None;
        }
        let claims = decode(claims)?;
        // As in etcd, both times may be missing.
        let time = |name: &str, missing| claims.get(name).map_or(Some(missing), Value::as_f64);
        let (begin, expiry) = (time("nbf", f64::NEG_INFINITY)?, time("exp", f64::INFINITY)?);
        let username = claims.get("username")?.as_str()?.to_owned();
        // Numbers of JSON may come as 3.0.
        let revision = claims.get("revision").and_then(|n| n.as_u64().or(n.as_f64().map(|n| n as u64)))?;
        Some(Signed { claims: Claims { username, revision }, begin, expiry })
    }
}

fn decode(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests;
