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
pub const CLUSTER_VERSION: ClusterVersion = ClusterVersion::new(3, 7);

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
            if self.is_leader() && self.view().cluster.version().is_none_or(|version| version < CLUSTER_VERSION) {
                self.set_cluster_version().await;
            }
            tokio::select! {
                () = tokio::time::sleep(MONITOR_INTERVAL) => {}
                () = self.shared.term_began.notified() => {}
            }
        }
    }

    async fn set_cluster_version(&self) {
        info!("cluster-version" = %CLUSTER_VERSION, "setting up initial cluster version using v3 API");
        let request = ClusterVersionSetRequest { ver: CLUSTER_VERSION.to_string() };
        if let Err(error) = self.propose_own(Request::ClusterVersionSet(request)).await {
            warn!(%error, "failed to update cluster version");
        }
    }
}
