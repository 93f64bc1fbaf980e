//! TEMPORARY bootstrap until branch raft.

use std::collections::BTreeMap;

use sha1::{Digest, Sha1};

use crate::pb::raftpb;
use crate::types::{ClusterId, MemberId};

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BootstrapError(String);

pub struct InitialCluster {
    members: BTreeMap<MemberId, (String, Vec<String>)>,
}

impl InitialCluster {
    pub fn parse(text: &str, token: &str) -> Result<Self, BootstrapError> {
        let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for part in text.split(',') {
            let (name, url) = part.split_once('=').ok_or_else(|| BootstrapError(format!("bad {part}")))?;
            by_name.entry(name.into()).or_default().push(url.into());
        }
        let members = by_name
            .into_iter()
            .map(|(name, mut urls)| {
                urls.sort();
                let mut hash = Sha1::new();
                hash.update(urls.concat());
                hash.update(token);
                let digest = hash.finalize();
                (MemberId(u64::from_be_bytes(digest[..8].try_into().expect("20 bytes"))), (name, urls))
            })
            .collect();
        Ok(Self { members })
    }
    pub fn check_own(&self, name: &str, _advertised: &[String]) -> Result<MemberId, BootstrapError> {
        self.members.iter().find(|(_, member)| member.0 == name).map(|(id, _)| *id).ok_or_else(|| {
            BootstrapError(format!("couldn't find local name \"{name}\" in the initial cluster configuration"))
        })
    }
    pub fn len(&self) -> usize {
        self.members.len()
    }
    pub fn cluster_id(&self) -> ClusterId {
        let mut hash = Sha1::new();
        for id in self.members.keys() {
            hash.update(id.0.to_be_bytes());
        }
        ClusterId(u64::from_be_bytes(hash.finalize()[..8].try_into().expect("20 bytes")))
    }
    pub fn entries(&self) -> Vec<raftpb::Entry> {
        use prost::Message;
        self.members
            .iter()
            .zip(1..)
            .map(|((id, (name, urls)), index)| {
                let member = super::Member { id: id.0, peer_urls: Some(urls.clone()), name: name.clone(), ..Default::default() };
                let change = raftpb::ConfChange {
                    id: None,
                    r#type: Some(0),
                    node_id: Some(id.0),
                    context: Some(serde_json::to_vec(&member).expect("plain").into()),
                };
                raftpb::Entry { r#type: Some(1), term: Some(1), index: Some(index), data: Some(change.encode_to_vec().into()) }
            })
            .collect()
    }
    pub fn hard_state(&self) -> raftpb::HardState {
        raftpb::HardState { term: Some(1), vote: Some(0), commit: Some(self.members.len() as u64) }
    }
}
