//! Bucket `meta`: its keys, and how their values are written.

use crate::pb::raftpb::ConfState;
use crate::storage::schema::key::RowKey;
use crate::types::Revision;

/// Index of the last applied entry: big-endian u64.
pub const CONSISTENT_INDEX: &[u8] = b"consistent_index";
/// Its term: big-endian u64.
pub const TERM: &[u8] = b"term";
/// Voters and learners: JSON.
pub const CONF_STATE: &[u8] = b"confState";
/// Version of the schema: text like `3.7.0`.
pub const STORAGE_VERSION: &[u8] = b"storageVersion";
/// The newest accepted compaction: a row key.
pub const SCHEDULED_COMPACT_REVISION: &[u8] = b"scheduledCompactRev";
/// The newest finished compaction: a row key.
pub const FINISHED_COMPACT_REVISION: &[u8] = b"finishedCompactRev";

/// Keys that are left out of the hash over the whole backend: members differ in them.
pub const IGNORED_BY_HASH: [&[u8]; 3] = [CONSISTENT_INDEX, TERM, STORAGE_VERSION];

/// Reads a big-endian u64.
pub fn decode_u64(value: &[u8]) -> Option<u64> {
    value.try_into().ok().map(u64::from_be_bytes)
}

/// The value of a compaction mark.
pub fn encode_compact_revision(revision: i64) -> RowKey {
    RowKey::new(Revision::new(revision, 0), false)
}

pub fn decode_compact_revision(value: &[u8]) -> Option<i64> {
    RowKey::decode(value).map(|(revision, _)| revision.main)
}

/// The value of `confState`.
#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct ConfStateJson {
    voters: Vec<u64>,
    learners: Vec<u64>,
    voters_outgoing: Vec<u64>,
    learners_next: Vec<u64>,
    auto_leave: bool,
}

/// `None` if the value is no such JSON.
pub fn decode_conf_state(value: &[u8]) -> Option<ConfState> {
    let json: ConfStateJson = serde_json::from_slice(value).ok()?;
    Some(ConfState {
        voters: json.voters,
        learners: json.learners,
        voters_outgoing: json.voters_outgoing,
        learners_next: json.learners_next,
        auto_leave: json.auto_leave.then_some(true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conf_states_are_read_as_etcd_writes_them() {
        let state = ConfState { voters: vec![1, 0xffff_ffff_ffff_ffff], ..ConfState::default() };
        let json = br#"{"voters":[1,18446744073709551615],"auto_leave":false}"#;
        assert_eq!(decode_conf_state(json), Some(state));
        assert_eq!(decode_conf_state(b"[1]x"), None);
    }
}
