//! What to do about a failure: one line on standard error before the one that etcdctl prints.
//!
//! Errors of the server are known by their text. When no answer came, the endpoints are looked at once more: whether
//! somebody listens there, whether that is TLS, whether the cluster has a leader.

use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};

use super::global::{Context, Limit};
use crate::{
    cli::exit::Failure,
    pb::{etcdserverpb::StatusRequest, rpc_error::RpcError},
    telemetry::os_error,
};

/// How long one look at an endpoint may take.
const LOOK: Duration = Duration::from_secs(1);
/// What a client of HTTP/2 says first: the preface and settings without any.
const GREETING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// What to do about errors of the server, by their text.
const ADVICE: &[(RpcError, &str)] = &[
    (RpcError::AuthFailed, "check name and password: --user NAME:PASSWORD, or --user NAME with --password PASSWORD"),
    (RpcError::UserEmpty, "authentication is on: say who asks with --user NAME[:PASSWORD]"),
    (RpcError::InvalidAuthToken, "the token is unknown or too old: log in again"),
    (RpcError::PermissionDenied, "the user lacks a role for this: `user get NAME --detail` shows what it may do"),
    (RpcError::NoLeader, NO_LEADER),
    (
        RpcError::Compacted,
        "that part of the history is gone: leave --rev out, or take a newer revision (the newest is in `endpoint status -w json`)",
    ),
    (RpcError::FutureRevision, "the newest revision is in `endpoint status -w json`"),
    (RpcError::NoSpace, "the database is full: run `compaction REVISION`, then `defrag`, then `alarm disarm`"),
    (RpcError::RequestTooLarge, "split the request, or raise --max-request-bytes of the server"),
    (RpcError::TooManyOps, "split the transaction, or raise --max-txn-ops of the server"),
    (RpcError::LeaseNotFound, "the lease is over or was never granted: `lease list` shows those that are there"),
    (RpcError::LeaseTtlTooLarge, "a lease lasts 9000000000 seconds at most"),
    (RpcError::MemberNotFound, "`member list` shows the ids of members"),
    (RpcError::NotSupportedForLearner, "a learner answers few requests: put a voting member into --endpoints"),
    (RpcError::MemberNotEnoughStarted, "start the members that `member list` shows as unstarted first, or remove them"),
    (RpcError::UnhealthyCluster, UNHEALTHY),
    (RpcError::MemberLearnerNotReady, "the learner is still catching up: try again later"),
    (RpcError::RootUserNotExist, "create it first: `user add root`"),
];
const NO_LEADER: &str = "the cluster has no leader: a majority of its members must run and reach each other \
                         (`endpoint status` tells what each knows)";
const UNHEALTHY: &str = "some members are not connected: `endpoint health --cluster` tells which";

/// Prints what to do about a failure of a command, if something is known.
pub async fn print(context: &Context, failure: &Failure) {
    print_for(context, &context.endpoints(), &failure.message).await;
}

/// Prints what to do about an error that came from one of `endpoints`, if something is known.
pub async fn print_for(context: &Context, endpoints: &[String], error: &str) {
    let hint = match of_text(error) {
        Some(hint) => Some(hint.to_owned()),
        None if is_silence(error) => look(context, endpoints).await,
        None => None,
    };
    if let Some(hint) = hint {
        eprintln!("hint: {hint}");
    }
}

/// Prints what to do about an error of the server, if something is known.
pub fn print_text(error: &str) {
    if let Some(hint) = of_text(error) {
        eprintln!("hint: {hint}");
    }
}

/// What to do about an error of the server.
fn of_text(error: &str) -> Option<&'static str> {
    let known = ADVICE.iter().find(|(known, _)| error.contains(known.text())).map(|(_, advice)| *advice);
    known.or_else(|| {
        let is_old = error.contains("unknown method RangeStream");
        is_old.then_some("the server is older than 3.7 and cannot send results in pieces: leave --stream out")
    })
}

/// Whether there was no answer, or a connection broke.
fn is_silence(error: &str) -> bool {
    ["context deadline exceeded", "code = Unavailable", "unhealthy cluster"].iter().any(|text| error.contains(text))
}

/// What is found at an endpoint.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// No connection, and why.
    Nobody(String),
    Tls,
    /// HTTP/2 without TLS.
    Plain,
    /// Something that does not answer, or not as a server of gRPC does.
    Other,
}

/// Looks at the endpoints until one tells what is wrong.
async fn look(context: &Context, endpoints: &[String]) -> Option<String> {
    let with_tls = speaks_tls(context, endpoints.first()?);
    for endpoint in endpoints {
        let address = address(endpoint);
        let hint = match (find(endpoint).await, with_tls) {
            (Found::Nobody(reason), _) => {
                format!("cannot connect to {address} ({reason}): is the server running, is --endpoints right?")
            }
            (Found::Tls, false) => format!(
                "{address} speaks TLS: use https://{address}, with --cacert FILE unless the system trusts its certificate"
            ),
            (Found::Plain, true) => format!("{address} does not speak TLS: use http://{address}"),
            (Found::Other, _) => format!("what listens at {address} does not answer as etcd does: is the port right?"),
            (Found::Tls | Found::Plain, _) => match leader(context, endpoint).await {
                Some(0) => NO_LEADER.to_owned(),
                Some(_) => continue,
                None if with_tls => {
                    format!("the TLS handshake with {address} may have failed: check --cacert, --cert and --key")
                }
                None => format!("{address} accepts connections but does not answer: is the member overloaded?"),
            },
        };
        return Some(hint);
    }
    Some("the server is there but took too long: try again, or raise --command-timeout".to_owned())
}

/// Whether the client speaks TLS: the first endpoint decides for all.
fn speaks_tls(context: &Context, first: &str) -> bool {
    let flags = &context.flags;
    match first.split_once(':').map_or("", |(scheme, _)| scheme) {
        "https" | "unixs" => true,
        "http" => false,
        _ => {
            let files = [&flags.cert, &flags.key, &flags.cacert];
            files.iter().any(|file| !file.is_empty()) || !flags.insecure_transport || flags.insecure_skip_tls_verify
        }
    }
}

/// The endpoint without its scheme.
fn address(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    rest.trim_end_matches('/')
}

async fn find(endpoint: &str) -> Found {
    let is_unix = endpoint.starts_with("unix:") || endpoint.starts_with("unixs:");
    let found = async {
        if is_unix {
            let path = endpoint.split_once(':').map_or("", |(_, path)| path).trim_start_matches("//");
            match UnixStream::connect(path).await {
                Ok(stream) => greet(stream).await,
                Err(error) => Found::Nobody(os_error::text(&error)),
            }
        } else {
            match TcpStream::connect(address(endpoint)).await {
                Ok(stream) => greet(stream).await,
                Err(error) => Found::Nobody(os_error::text(&error)),
            }
        }
    };
    timeout(LOOK, found).await.unwrap_or_else(|_| Found::Nobody("no answer".to_owned()))
}

/// Greets as a client of HTTP/2 does. A server of TLS takes that for a bad record and says so.
async fn greet(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Found {
    let mut answer = [0; 4];
    if stream.write_all(GREETING).await.is_err() {
        return Found::Other;
    }
    match timeout(LOOK / 2, stream.read_exact(&mut answer)).await {
        // A TLS alert; a frame of settings.
        Ok(Ok(_)) if answer[..2] == [0x15, 3] => Found::Tls,
        Ok(Ok(_)) if answer[3] == 4 => Found::Plain,
        _ => Found::Other,
    }
}

/// The leader that a member knows, 0 for none; `None` without an answer.
async fn leader(context: &Context, endpoint: &str) -> Option<u64> {
    let client = context.client_of(vec![endpoint.to_owned()], Limit::Command).ok()?;
    let status = timeout(LOOK, client.status(StatusRequest {})).await.ok()?;
    match status {
        Ok(status) => Some(status.leader),
        // It answers, at least.
        Err(_) => Some(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn errors_of_the_server_are_found_inside_other_texts() {
        for (text, hint) in [
            ("failed to revoke lease (etcdserver: requested lease not found)", Some("the lease is over")),
            ("etcdserver: no leader", Some("the cluster has no leader")),
            (
                "rpc error: code = Unimplemented desc = unknown method RangeStream for service etcdserverpb.KV",
                Some("the server is older"),
            ),
            ("etcdserver: key is not provided", None),
        ] {
            let found = of_text(text);
            assert_eq!(found.is_some(), hint.is_some(), "{text}");
            assert!(found.unwrap_or_default().starts_with(hint.unwrap_or_default()), "{text}: {found:?}");
        }
    }

    /// A server that answers the first bytes with `answer`.
    async fn server(answer: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let _ = stream.read(&mut [0; 64]).await;
            let _ = stream.write_all(answer).await;
        });
        address
    }

    #[tokio::test]
    async fn a_server_is_known_by_its_first_bytes() {
        for (answer, found) in [
            (&b"\x15\x03\x01\0\x02\x02\x16"[..], Found::Tls),
            (b"\0\0\x06\x04\0\0\0\0\0\0\x05\0\0\x40\0", Found::Plain),
            (b"SSH-2.0-OpenSSH", Found::Other),
            (b"", Found::Other),
        ] {
            assert_eq!(find(&server(answer).await).await, found, "{answer:?}");
        }
    }

    #[tokio::test]
    async fn nobody_is_found_at_a_closed_port() {
        let address = server(b"").await;
        drop(TcpStream::connect(&address).await.expect("a connection"));
        // The listener is gone when its one connection is.
        while TcpStream::connect(&address).await.is_ok() {}
        assert_eq!(find(&format!("http://{address}")).await, Found::Nobody("connection refused".into()));
    }
}
