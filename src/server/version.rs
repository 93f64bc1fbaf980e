//! What this member tells the cluster about itself after its start, and the cluster's version.
//!
//! With one voter the cluster version is this server's own minor version; with more it will be the lowest of all,
//! asked for over the peer wire.

use std::time::Duration;

use tracing::{info, warn};

use super::Server;
use crate::membership::ClusterVersion;
use crate::pb::membershippb::{Attributes, ClusterMemberAttrSetRequest, ClusterVersionSetRequest};
use crate::pb::request::Request;

/// The cluster version of a cluster whose members all run it.
pub const CLUSTER_VERSION: ClusterVersion = ClusterVersion::OWN;

/// How often the leader compares the cluster version with the members'.
const MONITOR_INTERVAL: Duration = Duration::from_secs(4);

impl Server {
    /// Proposes this member's name and client URLs until they are applied. Client requests are served after that.
    pub async fn publish(&self) {
        let config = &self.shared.settings;
        loop {
            let request = ClusterMemberAttrSetRequest {
                member_id: self.shared.member_id.0,
                member_attributes: Some(Attributes {
                    name: config.name.clone(),
                    client_urls: config.advertise_client_urls.clone(),
                }),
            };
            match self.propose_own(Request::ClusterMemberAttrSet(request)).await {
                Ok(_) => break,
                Err(error) => {
                    warn!(%error, "failed to publish local member to cluster through raft");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        info!(
            "local-member-id" = %self.shared.member_id,
            "cluster-id" = %self.shared.cluster_id,
            "published local member to cluster through raft"
        );
    }

    /// Keeps the cluster version at what the members can speak, as long as this member leads.
    pub async fn monitor_version(&self) {
        loop {
            let view = self.view();
            if self.is_leader()
                && let Some(lowest) = self.lowest_version()
                && let Some(next) = next_version(view.cluster.version(), lowest, view.cluster.downgrade())
            {
                self.set_cluster_version(view.cluster.version(), next).await;
            }
            tokio::select! {
                () = tokio::time::sleep(MONITOR_INTERVAL) => {}
                () = self.shared.term_began.notified() => {}
            }
        }
    }

    /// The versions that the members speak, in order of their ids; `None` for one that does not answer. Members do not
    /// ask each other yet.
    pub(super) fn member_versions(&self) -> Vec<Option<ClusterVersion>> {
        let view = self.view();
        view.cluster.members().map(|member| (member.id == self.shared.member_id).then_some(CLUSTER_VERSION)).collect()
    }

    /// What all members speak, if all have answered.
    fn lowest_version(&self) -> Option<ClusterVersion> {
        self.member_versions().into_iter().collect::<Option<Vec<_>>>()?.into_iter().min()
    }

    async fn set_cluster_version(&self, before: Option<ClusterVersion>, next: ClusterVersion) {
        match before {
            None => info!("cluster-version" = %next, "setting up initial cluster version using v3 API"),
            Some(from) => info!(%from, to = %next, "updating cluster version using v3 API"),
        }
        let request = ClusterVersionSetRequest { ver: next.to_string() };
        if let Err(error) = self.propose_own(Request::ClusterVersionSet(request)).await {
            warn!(%error, "failed to update cluster version");
        }
    }
}

/// The cluster version to set, if it is not the present one: what all members speak, but never lower than before unless
/// a downgrade is under way, and never raised while one is.
fn next_version(
    present: Option<ClusterVersion>,
    lowest: ClusterVersion,
    downgrade: Option<ClusterVersion>,
) -> Option<ClusterVersion> {
    let Some(present) = present else { return Some(lowest) };
    let next = downgrade.map_or(lowest.max(present), |target| target.min(present));
    (next != present).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cluster_version_rises_with_the_members_and_falls_by_a_downgrade_alone() {
        let version = |minor| ClusterVersion::new(3, minor);
        for (present, lowest, downgrade, next, why) in [
            (None, 7, None, Some(7), "the first"),
            (Some(7), 7, None, None, "as it is"),
            (Some(6), 7, None, Some(7), "all members have been upgraded"),
            (Some(7), 6, None, None, "an older member does not lower it"),
            (Some(7), 7, Some(6), Some(6), "a downgrade begins"),
            (Some(6), 7, Some(6), None, "and is not undone while it lasts"),
            (Some(6), 7, Some(7), None, "nor is it raised by one"),
        ] {
            let found = next_version(present.map(version), version(lowest), downgrade.map(version));
            assert_eq!(found, next.map(version), "{why}");
        }
    }
}
