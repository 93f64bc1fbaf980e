//! PLACEHOLDER, replaced by branch raft. The part of `Cluster` that `apply` and `api` lean on.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::pb::raftpb::{ConfChange, ConfChangeType};
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::types::MemberId;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub id: u64,
    #[serde(rename = "peerURLs")]
    pub peer_urls: Option<Vec<String>>,
    #[serde(rename = "isLearner", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_learner: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(rename = "clientURLs", default, skip_serializing_if = "Vec::is_empty")]
    pub client_urls: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    #[error("membership: ID removed")]
    IdRemoved,
    #[error("membership: ID exists")]
    IdExists,
    #[error("membership: ID not found")]
    IdNotFound,
    #[error("membership: peerURL exists")]
    PeerUrlExists,
    #[error("membership: can only promote a learner member")]
    NotLearner,
    #[error("membership: too many learner members in cluster")]
    TooManyLearners,
    #[error("membership: malformed configuration change")]
    Malformed,
}

#[derive(Clone, Debug, Default)]
pub struct Cluster {
    pub members: BTreeMap<MemberId, Member>,
    pub removed: BTreeSet<MemberId>,
    /// As stored: `3.7.0`.
    pub version: Option<String>,
}

#[derive(Default, Deserialize)]
struct Context {
    #[serde(flatten)]
    member: Member,
    #[serde(rename = "isPromote", default)]
    is_promote: bool,
}

impl Cluster {
    pub fn validate(&self, change: &ConfChange) -> Result<(), ChangeError> {
        self.clone().apply_conf_change(change).map(drop)
    }

    pub fn apply_conf_change(&mut self, change: &ConfChange) -> Result<Vec<BucketChange>, ChangeError> {
        let id = MemberId(change.node_id());
        if self.removed.contains(&id) {
            return Err(ChangeError::IdRemoved);
        }
        let kind = change.r#type();
        if kind == ConfChangeType::ConfChangeRemoveNode {
            self.members.remove(&id).ok_or(ChangeError::IdNotFound)?;
            self.removed.insert(id);
            let key = Bytes::from(id.to_string());
            return Ok(vec![
                BucketChange { bucket: Bucket::Members, key: key.clone(), value: None },
                BucketChange { bucket: Bucket::MembersRemoved, key, value: Some(Bytes::from_static(b"removed")) },
            ]);
        }
        let context: Context = serde_json::from_slice(change.context.as_deref().unwrap_or_default())
            .map_err(|_| ChangeError::Malformed)?;
        if context.is_promote {
            let member = self.members.get_mut(&id).ok_or(ChangeError::IdNotFound)?;
            if !member.is_learner {
                return Err(ChangeError::NotLearner);
            }
            member.is_learner = false;
            return Ok(self.row(id));
        }
        let urls = context.member.peer_urls.clone().unwrap_or_default();
        let taken = |other: &Member| other.peer_urls.iter().flatten().any(|url| urls.contains(url));
        if self.members.values().any(|other| other.id != id.0 && taken(other)) {
            return Err(ChangeError::PeerUrlExists);
        }
        if kind == ConfChangeType::ConfChangeUpdateNode {
            self.members.get_mut(&id).ok_or(ChangeError::IdNotFound)?.peer_urls = Some(urls);
        } else {
            if self.members.contains_key(&id) {
                return Err(ChangeError::IdExists);
            }
            let mut member = context.member;
            member.is_learner = kind == ConfChangeType::ConfChangeAddLearnerNode;
            self.members.insert(id, member);
        }
        Ok(self.row(id))
    }

    pub fn set_attributes(&mut self, id: MemberId, name: &str, client_urls: &[String]) -> Vec<BucketChange> {
        let Some(member) = self.members.get_mut(&id) else { return Vec::new() };
        member.name = name.to_owned();
        member.client_urls = client_urls.to_vec();
        self.row(id)
    }

    pub fn set_version(&mut self, version: &str) -> Vec<BucketChange> {
        self.version = Some(version.to_owned());
        vec![BucketChange {
            bucket: Bucket::Cluster,
            key: Bytes::from_static(b"clusterVersion"),
            value: Some(Bytes::from(version.to_owned())),
        }]
    }

    pub fn restore(buckets: &[BucketChange]) -> Result<Self, serde_json::Error> {
        let mut cluster = Self::default();
        for row in buckets {
            let value = row.value.clone().unwrap_or_default();
            match row.bucket {
                Bucket::Members => {
                    let member: Member = serde_json::from_slice(&value)?;
                    cluster.members.insert(MemberId(member.id), member);
                }
                Bucket::Cluster if row.key == "clusterVersion" => {
                    cluster.version = Some(String::from_utf8_lossy(&value).into_owned());
                }
                _ => {}
            }
        }
        Ok(cluster)
    }
    pub fn is_learner(&self, id: MemberId) -> bool {
        self.members.get(&id).is_some_and(|member| member.is_learner)
    }
    pub fn conf_state(&self) -> crate::pb::raftpb::ConfState {
        crate::pb::raftpb::ConfState {
            voters: self.members.keys().map(|id| id.0).collect(),
            auto_leave: Some(false),
            ..Default::default()
        }
    }

    fn row(&self, id: MemberId) -> Vec<BucketChange> {
        let json = serde_json::to_vec(&self.members[&id]).expect("a member is plain data");
        vec![BucketChange { bucket: Bucket::Members, key: Bytes::from(id.to_string()), value: Some(json.into()) }]
    }
}
