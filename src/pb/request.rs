//! The data of a normal raft entry ⇄ what is asked for.
//!
//! One encoder with an allow-list: an entry that a real etcd cannot apply crash-loops every member, so nothing else
//! writes entry data. WALs written up to etcd 3.6 may also hold bare requests of the v2 store; those are read only.

use prost::Message;

use super::etcdserverpb::{
    self as pb, AlarmRequest, CompactionRequest, DeleteRangeRequest, InternalRaftRequest, PutRequest, RequestHeader,
    TxnRequest,
};
use super::membershippb::{ClusterMemberAttrSetRequest, ClusterVersionSetRequest};

/// What we may propose. Each kind is one that etcd 3.5 to 3.7 can apply.
#[derive(Clone, Debug)]
pub enum Request {
    Put(PutRequest),
    DeleteRange(DeleteRangeRequest),
    Txn(TxnRequest),
    Compaction(CompactionRequest),
    Alarm(AlarmRequest),
    ClusterVersionSet(ClusterVersionSetRequest),
    ClusterMemberAttrSet(ClusterMemberAttrSetRequest),
}

impl Request {
    /// The entry data of this request. `id` finds its waiter again after it was applied.
    pub fn encode(self, id: u64) -> Vec<u8> {
        let mut raft =
            InternalRaftRequest { header: Some(RequestHeader { id, ..Default::default() }), ..Default::default() };
        match self {
            Self::Put(request) => raft.put = Some(request),
            Self::DeleteRange(request) => raft.delete_range = Some(request),
            Self::Txn(request) => raft.txn = Some(request),
            Self::Compaction(request) => raft.compaction = Some(request),
            Self::Alarm(request) => raft.alarm = Some(request),
            Self::ClusterVersionSet(request) => raft.cluster_version_set = Some(request),
            Self::ClusterMemberAttrSet(request) => raft.cluster_member_attr_set = Some(request),
        }
        raft.encode_to_vec()
    }
}

/// The data of a normal, non-empty entry.
#[derive(Clone, Debug)]
pub enum EntryData {
    Internal(Box<InternalRaftRequest>),
    /// A request of the v2 store: WALs up to etcd 3.6.
    V2(Box<pb::Request>),
}

/// Entry data that is neither form.
#[derive(Debug, thiserror::Error)]
#[error("entry data is no request: {0}")]
pub struct UnknownRequest(prost::DecodeError);

impl EntryData {
    /// # Errors
    /// `data` is neither an `InternalRaftRequest` nor a v2 `Request`.
    pub fn decode(data: &bytes::Bytes) -> Result<Self, UnknownRequest> {
        if let Some(request) = decode_v2(data) {
            return Ok(Self::V2(Box::new(request)));
        }
        InternalRaftRequest::decode(data.clone())
            .map(|request| Self::Internal(Box::new(request)))
            .map_err(UnknownRequest)
    }
}

/// The id by which a waiter finds its entry: field 1 if set, else the header's.
pub fn request_id(request: &InternalRaftRequest) -> u64 {
    match (request.id, &request.header) {
        (0, Some(header)) => header.id,
        (id, _) => id,
    }
}

/// A v2 request has a method in field 2, which an internal request of 3.7 never has.
fn decode_v2(data: &bytes::Bytes) -> Option<pb::Request> {
    const FIELD_1: u8 = 0x08;
    const FIELD_2: u8 = 0x12;
    let after_id = match data.first() {
        Some(&FIELD_1) => 2 + data[1..].iter().position(|byte| byte & 0x80 == 0)?,
        _ => 0,
    };
    if data.get(after_id) != Some(&FIELD_2) {
        return None;
    }
    let request = pb::Request::decode(data.clone()).ok()?;
    match request.method.as_deref() {
        Some("PUT" | "POST" | "DELETE" | "QGET" | "SYNC") => Some(request),
        _ => None,
    }
}
