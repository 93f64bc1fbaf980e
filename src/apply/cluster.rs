//! Requests about the cluster: its version, and what members say of themselves. WALs written up to etcd 3.6 hold the
//! same as requests of the v2 store.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use tracing::{error, info, warn};

use super::machine::Machine;
use super::{Answer, LocalEffect};
use crate::membership::{Attributes, ClusterVersion};
use crate::pb::etcdserverpb::Request as V2Request;
use crate::pb::membershippb::{ClusterMemberAttrSetRequest, DowngradeInfoSetRequest};
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::storage::schema::meta::STORAGE_VERSION;
use crate::types::MemberId;

/// The first schema that names itself in the backend.
const STORED_SINCE: ClusterVersion = ClusterVersion::new(3, 6);

/// A version below the last one makes the member take a raft snapshot: what came before belongs to the newer release.
pub(super) fn set_version(machine: &mut Machine, version: &str, local: &mut Vec<LocalEffect>) -> Answer {
    match ClusterVersion::parse(version) {
        Ok(version) => {
            if machine.cluster.version().is_some_and(|before| version < before) {
                info!("cluster-version" = %version, "Cluster version downgrade detected, forcing snapshot");
                local.push(LocalEffect::TakeSnapshot);
            }
            let row = Arc::make_mut(&mut machine.cluster).set_version(version);
            info!("cluster-version" = %version, "cluster version set");
            // The schema follows the cluster version, as etcd's monitor makes it do. Older ones have no such row.
            let key = Bytes::from_static(STORAGE_VERSION);
            let value = (version >= STORED_SINCE).then(|| version.to_string().into());
            let storage = BucketChange { bucket: Bucket::Meta, key, value };
            machine.write([row, storage]);
        }
        Err(error) => error!(%error, "malformed cluster version, ignored"),
    }
    machine.done()
}

pub(super) fn set_downgrade(machine: &mut Machine, request: &DowngradeInfoSetRequest) -> Answer {
    let target = match request.enabled.then(|| ClusterVersion::parse(&request.ver)).transpose() {
        Ok(target) => target,
        Err(error) => {
            error!(%error, "malformed target of a downgrade, ignored");
            return machine.done();
        }
    };
    match target {
        Some(target) => info!("target-version" = %target, "downgrade enabled"),
        None => info!("downgrade canceled"),
    }
    let row = Arc::make_mut(&mut machine.cluster).set_downgrade(target);
    machine.write([row]);
    machine.done()
}

pub(super) fn set_attributes(machine: &mut Machine, request: &ClusterMemberAttrSetRequest) -> Answer {
    let Some(attributes) = &request.member_attributes else { return machine.done() };
    publish(machine, MemberId(request.member_id), &attributes.name, &attributes.client_urls);
    machine.done()
}

fn publish(machine: &mut Machine, id: MemberId, name: &str, client_urls: &[String]) {
    let attributes = Attributes { name: name.to_owned(), client_urls: client_urls.to_vec() };
    match Arc::make_mut(&mut machine.cluster).set_attributes(id, attributes) {
        Ok(row) => machine.write(row),
        Err(error) => warn!(member = %id, name, %error, "attributes of an unknown member, ignored"),
    }
}

#[derive(Deserialize)]
struct V2Attributes {
    #[serde(default)]
    name: String,
    #[serde(default, rename = "clientURLs")]
    client_urls: Option<Vec<String>>,
}

/// A request of the v2 store. Only two of its paths mean anything in a cluster of the v3 API.
pub(super) fn apply_v2(machine: &mut Machine, request: &V2Request, local: &mut Vec<LocalEffect>) {
    let (method, path, value) = (request.method(), request.path(), request.val());
    match (method, v2_path(path)) {
        ("PUT", V2Path::Version) => {
            set_version(machine, value, local);
        }
        ("PUT", V2Path::Attributes(id)) => match serde_json::from_str::<V2Attributes>(value) {
            Ok(attributes) => publish(machine, id, &attributes.name, &attributes.client_urls.unwrap_or_default()),
            Err(error) => error!(member = %id, %error, "malformed member attributes in a v2 request, ignored"),
        },
        // Reads, and the expiry of v2 keys, of which there are none.
        ("QGET" | "SYNC", _) => {}
        _ => error!(method, path, "request of the v2 store, ignored"),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum V2Path {
    Version,
    Attributes(MemberId),
    Other,
}

fn v2_path(path: &str) -> V2Path {
    if path == "/0/version" {
        return V2Path::Version;
    }
    path.strip_prefix("/0/members/")
        .and_then(|rest| rest.strip_suffix("/attributes"))
        .and_then(|id| MemberId::parse(id).ok())
        .map_or(V2Path::Other, V2Path::Attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v2_paths() {
        for (path, wanted) in [
            ("/0/version", V2Path::Version),
            ("/0/members/8e9e05c52164694d/attributes", V2Path::Attributes(MemberId(0x8e9e_05c5_2164_694d))),
            ("/0/members/8e9e05c52164694d/raftAttributes", V2Path::Other),
            ("/0/members/xyz/attributes", V2Path::Other),
            ("/1/version", V2Path::Other),
        ] {
            assert_eq!(v2_path(path), wanted, "{path}");
        }
    }
}
