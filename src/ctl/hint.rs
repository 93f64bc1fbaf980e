//! What to do about a failure: one line on standard error before the one that etcdctl prints.
//!
//! Errors of the server are known by their text. When no answer came, the endpoints are looked at once more: whether
//! a connection can be made, and whether the cluster has a leader.

use std::time::Duration;

use tokio::time::timeout;

use super::global::Context;
use crate::{
    cli::exit::Failure,
    client::DialError,
    pb::{etcdserverpb::StatusRequest, rpc_error::RpcError},
};

/// How long one look at an endpoint may take.
const LOOK: Duration = Duration::from_secs(1);

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

/// Prints what to do about an error that came from one of `endpoints`; says whether something is known.
pub async fn print_for(context: &Context, endpoints: &[String], error: &str) -> bool {
    let hint = match of_text(error) {
        Some(hint) => Some(hint.to_owned()),
        None if is_silence(error) => look(context, endpoints).await,
        None => None,
    };
    if let Some(hint) = &hint {
        crate::cli::errln!("hint: {hint}");
    }
    hint.is_some()
}

/// Prints what to do about an error of the server, if something is known.
pub fn print_text(error: &str) {
    if let Some(hint) = of_text(error) {
        crate::cli::errln!("hint: {hint}");
    }
}

/// What to do about an error of the server.
fn of_text(error: &str) -> Option<&'static str> {
    let known = ADVICE.iter().find(|(known, _)| error.contains(known.text())).map(|(_, advice)| *advice);
    known.or_else(|| {
        if error.contains("Active Alarm(s): NOSPACE") {
            return of_text(RpcError::NoSpace.text());
        }
        let is_old = error.contains("unknown method RangeStream");
        is_old.then_some("the server is older than 3.7 and cannot send results in pieces: leave --stream out")
    })
}

/// Whether there was no answer, or a connection broke.
fn is_silence(error: &str) -> bool {
    ["context deadline exceeded", "code = Unavailable"].iter().any(|text| error.contains(text))
}

/// Looks at the endpoints until one tells what is wrong.
async fn look(context: &Context, endpoints: &[String]) -> Option<String> {
    for endpoint in endpoints {
        let client = context.anonymous_client(endpoint.clone())?;
        let status = timeout(LOOK, client.with_timeout(None).status(StatusRequest {})).await;
        let address = address(endpoint);
        return Some(match (status, client.dial_failures().first()) {
            (Ok(Ok(status)), _) if status.leader == 0 => NO_LEADER.to_owned(),
            // It answers, whatever it says.
            (Ok(_), _) => continue,
            (Err(_), Some(failure)) => {
                let with_tls = context.tls().is_some() && !endpoint.starts_with("http://");
                let caller = Caller {
                    with_tls: with_tls || endpoint.starts_with("https://"),
                    has_cert: !context.flags.cert.is_empty(),
                };
                unreachable(address, &failure.error, caller)
            }
            (Err(_), None) => format!("no answer from {address}: is the address right, is the member overloaded?"),
        });
    }
    (!endpoints.is_empty()).then(|| "the server took too long: try again, or raise --command-timeout".to_owned())
}

/// How it was tried to connect.
#[derive(Clone, Copy)]
struct Caller {
    with_tls: bool,
    has_cert: bool,
}

/// What to do when there is no connection.
fn unreachable(address: &str, error: &DialError, caller: Caller) -> String {
    match error {
        DialError::OnlyTls => {
            format!("{address} speaks TLS: use https://{address}, and --cacert FILE unless its certificate is trusted")
        }
        DialError::NoTls => format!("{address} does not speak TLS: use http://{address}"),
        DialError::Certificate(reason) if reason.contains("not valid for name") => {
            format!("the certificate of {address} is for another host ({reason}): name that one in --endpoints")
        }
        DialError::Certificate(reason) if reason.contains("expired") || reason.contains("not valid yet") => {
            format!("the certificate of {address} is not valid now ({reason}): renew it, or set the clock right")
        }
        // The library has no name for it.
        DialError::Certificate(reason) if reason.contains("CaUsedAsEndEntity") => {
            format!(
                "the certificate of {address} is signed by itself: if it can be trusted, name it with --cacert FILE"
            )
        }
        DialError::Certificate(reason) => {
            format!("the certificate of {address} is not accepted ({reason}): name its authority with --cacert FILE")
        }
        DialError::ClientCertificate(_) if !caller.has_cert => {
            format!("{address} asks for a certificate of the client: show one with --cert FILE and --key FILE")
        }
        DialError::ClientCertificate(reason) => {
            format!("{address} does not accept the certificate of this client ({reason}): check --cert and --key")
        }
        DialError::Closed if caller.with_tls => {
            format!("{address} hangs up when it is greeted with TLS: use http://{address}, or look into its log")
        }
        DialError::Closed => {
            format!("{address} hangs up at once: if it speaks TLS, use https://{address}, else look into its log")
        }
        DialError::NotHttp2 => format!("what listens at {address} does not speak as etcd does: is the port right?"),
        DialError::Unreachable(_) | DialError::Timeout(_) | DialError::Tls(_) => {
            format!("cannot connect to {address} ({error}): is the server running, is --endpoints right?")
        }
    }
}

/// The endpoint without its scheme.
fn address(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    rest.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_mismatch_of_schemes_names_the_right_one() {
        for (error, with_tls, hint) in [
            (DialError::OnlyTls, false, "use https://h:1"),
            (DialError::Closed, false, "use https://h:1"),
            (DialError::NoTls, true, "use http://h:1"),
            (DialError::Closed, true, "use http://h:1"),
            (DialError::ClientCertificate("CertificateRequired".into()), true, "with --cert FILE and --key FILE"),
            (
                DialError::Certificate("certificate not valid for name \"h\"; certificate is only valid for g".into()),
                true,
                "name that one in --endpoints",
            ),
            (DialError::Certificate("certificate expired: verification time 2".into()), true, "set the clock right"),
            (DialError::Certificate("UnknownIssuer".into()), true, "--cacert FILE"),
            (DialError::Unreachable("connection refused".into()), false, "cannot connect to h:1 (connection refused)"),
        ] {
            let found = unreachable(address("http://h:1/"), &error, Caller { with_tls, has_cert: false });
            assert!(found.contains(hint), "{found}");
        }
    }
}
