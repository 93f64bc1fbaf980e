//! Requests about the cluster: its version, and what members say of themselves. WALs written up to etcd 3.6 hold the
//! same as requests of the v2 store.

use std::sync::Arc;

use bytes::Bytes;
use tracing::{error, info, warn};

use super::machine::Machine;
use super::{Answer, LocalEffect};
use crate::membership::{Attributes, ClusterVersion, V2Change};
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
    let attributes = Attributes { name: attributes.name.clone(), client_urls: attributes.client_urls.clone() };
    publish(machine, MemberId(request.member_id), attributes);
    machine.done()
}

fn publish(machine: &mut Machine, id: MemberId, attributes: Attributes) {
    match Arc::make_mut(&mut machine.cluster).set_attributes(id, attributes) {
        Ok(row) => machine.write(row),
        Err(error) => warn!(member = %id, %error, "attributes of an unknown member, ignored"),
    }
}

/// A request of the v2 store. Only two of its paths mean anything in a cluster of the v3 API.
pub(super) fn apply_v2(machine: &mut Machine, request: &V2Request, local: &mut Vec<LocalEffect>) {
    match V2Change::parse(request) {
        Ok(V2Change::Version(version)) => {
            set_version(machine, &version, local);
        }
        Ok(V2Change::Attributes(id, attributes)) => publish(machine, id, attributes),
        Ok(V2Change::Nothing) => {}
        Ok(V2Change::UserData) => {
            error!(method = request.method(), path = request.path(), "request of the v2 store, ignored");
        }
        Err(error) => error!(%error, "request of the v2 store, ignored"),
    }
}
