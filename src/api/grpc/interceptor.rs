//! What every call passes before its handler runs, in etcd's order: the cluster's version, the learner's few methods,
//! the client's version, the wish for a leader.

use http::HeaderMap;
use http::header::HeaderValue;
use tonic::{Code, Status};

use super::method::Method;
use crate::membership::ClusterVersion;
use crate::pb::rpc_error::RpcError;

/// What the metadata of an admitted call says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Admitted<'call> {
    /// For metrics: `unknown` if the client does not tell.
    pub(super) api_version: &'call str,
    /// A stream ends when this member has seen no leader for a while.
    pub(super) needs_leader: bool,
}

/// What of this member decides about admission.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) cluster_version: Option<ClusterVersion>,
    pub(super) is_learner: bool,
    pub(super) has_leader: bool,
}

/// # Errors
/// The status to answer with.
pub(super) fn admit<'call>(
    standing: &Standing,
    method: &Method,
    headers: &'call HeaderMap,
) -> Result<Admitted<'call>, Status> {
    if let Some(encoding) =
        headers.get("grpc-encoding").filter(|name| !matches!(name.as_bytes(), b"gzip" | b"identity"))
    {
        let name = String::from_utf8_lossy(encoding.as_bytes());
        let text = format!("grpc: Decompressor is not installed for grpc-encoding {name:?}");
        return Err(Status::new(Code::Unimplemented, text));
    }
    if standing.cluster_version.is_some_and(|version| !is_capable(version)) {
        return Err(RpcError::NotCapable.into());
    }
    if standing.is_learner && !method.is_for_learners() {
        return Err(RpcError::NotSupportedForLearner.into());
    }
    let api_version = match headers.get("client-api-version").map(HeaderValue::as_bytes) {
        None => "unknown",
        Some(version) => std::str::from_utf8(version).map_err(|_| RpcError::InvalidClientApiVersion)?,
    };
    let needs_leader = headers.get("hasleader").is_some_and(|value| value.as_bytes() == b"true");
    if needs_leader && !standing.has_leader {
        return Err(RpcError::NoLeader.into());
    }
    Ok(Admitted { api_version, needs_leader })
}

/// Whether we know what clients may expect of a cluster of this version: 3.0 to 3.7.
fn is_capable(version: ClusterVersion) -> bool {
    (ClusterVersion::new(3, 0)..=ClusterVersion::new(3, 7)).contains(&version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(path: &str) -> &'static Method {
        Method::find(path).unwrap()
    }

    #[test]
    fn refusals_in_order() {
        let put = method("/etcdserverpb.KV/Put");
        let range = method("/etcdserverpb.KV/Range");
        let healthy =
            Standing { cluster_version: Some(ClusterVersion::new(3, 7)), is_learner: false, has_leader: true };
        let leaderless = Standing { has_leader: false, ..healthy };
        let learner = Standing { is_learner: true, has_leader: false, ..healthy };
        let new = Standing { cluster_version: Some(ClusterVersion::new(3, 8)), ..learner };
        let young = Standing { cluster_version: None, ..healthy };
        let good: &[(&str, &[u8])] = &[("client-api-version", b"3.7"), ("hasleader", b"true")];
        let bad: &[(&str, &[u8])] = &[("client-api-version", b"\xff"), ("hasleader", b"true")];
        for (standing, method, metadata, refusal, why) in [
            (&healthy, put, good, None, "all well"),
            (&young, put, good, None, "no version decided yet"),
            (&new, put, bad, Some(RpcError::NotCapable), "version of the cluster first"),
            (&learner, put, bad, Some(RpcError::NotSupportedForLearner), "then the learner"),
            (&learner, range, bad, Some(RpcError::InvalidClientApiVersion), "then the client's version"),
            (&learner, range, good, Some(RpcError::NoLeader), "then the leader"),
            (&leaderless, put, &[("hasleader", b"1")], None, "only the exact word asks for one"),
        ] {
            let mut headers = HeaderMap::new();
            for &(name, value) in metadata {
                headers.append(http::HeaderName::try_from(name).unwrap(), HeaderValue::from_bytes(value).unwrap());
            }
            let answer = admit(standing, method, &headers);
            let text = answer.err().map(|status| status.message().to_owned());
            assert_eq!(text.as_deref(), refusal.map(RpcError::text), "{why}");
        }
    }

    #[test]
    fn only_gzip_is_unpacked() {
        let standing = Standing { cluster_version: None, is_learner: false, has_leader: true };
        for (name, is_refused) in [("gzip", false), ("identity", false), ("snappy", true)] {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-encoding", HeaderValue::from_static(name));
            let answer = admit(&standing, method("/etcdserverpb.KV/Put"), &headers);
            assert_eq!(answer.is_err(), is_refused, "{name}");
        }
    }
}
