//! Who calls: what a call brings along to tell who it is.

use std::time::{Duration, Instant};

use http::HeaderMap;

use super::{Server, ServerError};
use crate::auth::token::Identity;
use crate::auth::{AuthError, ROOT, Rights};
use crate::pb::request::{Caller, Request};
use crate::types::Index;

/// When a call whose token is of an entry not applied yet looks again: at first, doubled with each look, and at last.
/// Members that are behind have it soon; tokens that are made up do not keep a core busy.
const TOKEN_LOOK: Duration = Duration::from_millis(5);
const TOKEN_LOOK_MAX: Duration = Duration::from_millis(200);

/// The name in the verified certificate of a connection's client. In the extensions of each of its requests.
#[derive(Clone, Debug)]
pub struct CertificateName(pub std::sync::Arc<str>);

/// What a call brings along to tell who it is. Logs do not show the token.
#[derive(Clone, Default)]
pub struct Credentials {
    /// A token, as the server gave it out before.
    pub token: Option<String>,
    /// The common name of the client's certificate, if the call may use it.
    pub certificate_name: Option<std::sync::Arc<str>>,
}

impl Credentials {
    /// Of a call with this metadata: `token`, else `authorization`, whose first value may begin with `Bearer `.
    pub fn of(headers: &HeaderMap, extensions: &http::Extensions) -> Self {
        let token = headers.get("token").or_else(|| headers.get("authorization"));
        // What is no text is no token that was ever given out.
        let token = token.map(|token| String::from_utf8_lossy(token.as_bytes()));
        let token = token.map(|token| token.strip_prefix("Bearer ").unwrap_or(&token).to_owned());
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
    /// Who calls with these credentials, by the state that is published now. Waits until the entry that made the token
    /// is applied here.
    ///
    /// # Errors
    /// The token is not valid.
    pub async fn caller(&self, credentials: &Credentials) -> Result<Caller, ServerError> {
        let deadline = Instant::now() + self.shared.settings.request_timeout;
        let mut pause = TOKEN_LOOK;
        loop {
            match self.identify(credentials) {
                Identity::Caller(caller) => return Ok(caller),
                Identity::WaitFor(index) if self.is_coming(index) && Instant::now() < deadline => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(TOKEN_LOOK_MAX);
                }
                Identity::WaitFor(_) | Identity::Invalid => return Err(ServerError::InvalidToken),
            }
        }
    }

    /// The same, for who cannot wait.
    ///
    /// # Errors
    /// The token is not valid yet, or not at all.
    pub fn caller_now(&self, credentials: &Credentials) -> Result<Caller, ServerError> {
        match self.identify(credentials) {
            Identity::Caller(caller) => Ok(caller),
            Identity::WaitFor(_) | Identity::Invalid => Err(ServerError::InvalidToken),
        }
    }

    fn identify(&self, credentials: &Credentials) -> Identity {
        let view = self.shared.view.load();
        if !view.auth.is_enabled() {
            return Identity::Caller(Caller::default());
        }
        let auth_revision = view.auth.revision();
        match (&credentials.token, &credentials.certificate_name) {
            (Some(token), _) => self.shared.tokens.identify(token, auth_revision, view.applied, Instant::now()),
            (None, Some(name)) => Identity::Caller(Caller { username: name.to_string(), auth_revision }),
            (None, None) => Identity::Caller(Caller::default()),
        }
    }

    /// Whether an entry of this index may be on its way. One far off is made up by the client, and not waited for.
    fn is_coming(&self, index: Index) -> bool {
        let behind_max = 100_000;
        index <= self.committed().saturating_add(behind_max)
    }

    /// Whom this member's own proposals come from. What it does about leases and compactions it may do whoever has
    /// what rights.
    pub(super) fn own_caller(&self, request: &Request) -> Caller {
        let view = self.shared.view.load();
        match request {
            Request::LeaseRevoke(_) | Request::Compaction(_) if view.auth.is_enabled() => {
                Caller { username: ROOT.to_owned(), auth_revision: view.auth.revision() }
            }
            _ => Caller::default(),
        }
    }

    /// Whether the calling user may do what `check` asks of its rights, by the newest state. Answers who it is, for
    /// [`Self::still_permitted`].
    ///
    /// # Errors
    /// The token is not valid, nobody calls, or what `check` says.
    pub async fn permit(
        &self,
        credentials: &Credentials,
        check: impl FnOnce(Rights<'_>) -> Result<(), AuthError>,
    ) -> Result<Caller, ServerError> {
        let caller = self.caller(credentials).await?;
        self.permit_caller(&caller, check)?;
        Ok(caller)
    }

    /// The same for a caller that is known.
    ///
    /// # Errors
    /// Nobody calls, or what `check` says.
    pub fn permit_caller(
        &self,
        caller: &Caller,
        check: impl FnOnce(Rights<'_>) -> Result<(), AuthError>,
    ) -> Result<(), ServerError> {
        let view = self.shared.view.load();
        check(view.auth.rights(&caller.username, caller.auth_revision)?)?;
        Ok(())
    }

    /// After a read that was permitted: whether users and roles are still those of the check.
    ///
    /// # Errors
    /// They have changed: what was read is not handed out.
    pub fn still_permitted(&self, caller: &Caller) -> Result<(), ServerError> {
        let is_same = caller.auth_revision == 0 || caller.auth_revision == self.shared.view.load().auth.revision();
        if is_same { Ok(()) } else { Err(AuthError::OldRevision.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_in_metadata() {
        for (metadata, token, why) in [
            (&[][..], None, "none"),
            (&[("token", "t")][..], Some("t"), "etcd's key"),
            (&[("authorization", "t")], Some("t"), "the gateway's key"),
            (&[("authorization", "Bearer t")], Some("t"), "as HTTP clients write it"),
            (&[("token", "Bearer t")], Some("t"), "in either key"),
            (&[("token", "bearer t")], Some("bearer t"), "the word is exact"),
            (&[("token", "t"), ("authorization", "u")], Some("t"), "etcd's key first"),
            (&[("token", "t"), ("token", "u")], Some("t"), "the first value"),
            (&[("token", "")], Some(""), "an empty token is one, and not valid"),
        ] {
            let mut headers = HeaderMap::new();
            for &(key, value) in metadata {
                headers.append(key, value.parse().unwrap());
            }
            let credentials = Credentials::of(&headers, &http::Extensions::new());
            assert_eq!(credentials.token.as_deref(), token, "{why}");
        }
        let mut headers = HeaderMap::new();
        headers.insert("token", http::HeaderValue::from_bytes(b"\xff").unwrap());
        assert!(Credentials::of(&headers, &http::Extensions::new()).token.is_some(), "no text, and still no nobody");
    }

    /// Advisory: who came by the gateway was taken for the one named in the gateway's certificate.
    #[test]
    fn advisory_certificates_do_not_speak_for_the_gateway() {
        let mut extensions = http::Extensions::new();
        extensions.insert(CertificateName("ann".into()));
        let mut headers = HeaderMap::new();
        assert_eq!(Credentials::of(&headers, &extensions).certificate_name.as_deref(), Some("ann"));
        headers.insert("grpcgateway-accept", "a".parse().unwrap());
        assert_eq!(Credentials::of(&headers, &extensions).certificate_name, None);
    }
}
