//! Configuration entries: checked against the members, then carried out on them. Raft follows what is returned.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use tracing::{error, info, warn};

use super::machine::Machine;
use super::{Answer, ApplyError, Outcome};
use crate::membership;
use crate::pb::raftpb::{ConfChange, ConfChangeType, ConfState, Entry};
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::types::MemberId;

const CONF_STATE_KEY: &[u8] = b"confState";

/// The id of the request, its outcome, and what raft has to do: nothing if the change was refused or touches no voter
/// or learner.
pub(super) fn apply(machine: &mut Machine, entry: &Entry) -> (u64, Outcome, Option<ConfChange>) {
    let change = match decode(entry) {
        Ok(change) => change,
        Err(error) => {
            error!(index = entry.index(), %error, "malformed configuration change, ignored");
            return (0, Err(ApplyError::Membership(membership::ChangeError::Malformed)), None);
        }
    };
    let id = change.id();
    let member = MemberId(change.node_id());
    let kind = change.r#type();
    let rows = match Arc::make_mut(&mut machine.cluster).apply_conf_change(&change) {
        Ok(rows) => rows,
        Err(error) => {
            warn!(%member, change = kind.as_str_name(), %error, "configuration change refused");
            return (id, Err(error.into()), None);
        }
    };
    info!(%member, change = kind.as_str_name(), "configuration change applied");
    machine.write(rows);
    follow(&mut machine.conf_state, &change);
    let row = BucketChange {
        bucket: Bucket::Meta,
        key: Bytes::from_static(CONF_STATE_KEY),
        value: Some(conf_state_json(&machine.conf_state).into()),
    };
    machine.write([row]);
    let answer = Answer::Done { revision: machine.writer.revision() };
    (id, Ok(answer), (kind != ConfChangeType::ConfChangeUpdateNode).then_some(change))
}

/// What raft has to do for a change that the store already holds.
pub(super) fn for_raft(entry: &Entry) -> Option<ConfChange> {
    decode(entry).ok().filter(|change| change.r#type() != ConfChangeType::ConfChangeUpdateNode)
}

fn decode(entry: &Entry) -> Result<ConfChange, prost::DecodeError> {
    ConfChange::decode(entry.data.clone().unwrap_or_default())
}

/// Does to the voters and learners what raft does for this change.
fn follow(state: &mut ConfState, change: &ConfChange) {
    let id = change.node_id();
    let without = |ids: &mut Vec<u64>| ids.retain(|&other| other != id);
    let with = |ids: &mut Vec<u64>| {
        if let Err(place) = ids.binary_search(&id) {
            ids.insert(place, id);
        }
    };
    match change.r#type() {
        ConfChangeType::ConfChangeAddNode => {
            without(&mut state.learners);
            with(&mut state.voters);
        }
        ConfChangeType::ConfChangeAddLearnerNode => {
            without(&mut state.voters);
            with(&mut state.learners);
        }
        ConfChangeType::ConfChangeRemoveNode => {
            without(&mut state.voters);
            without(&mut state.learners);
        }
        ConfChangeType::ConfChangeUpdateNode => {}
    }
}

/// As etcd stores it: empty lists left out, `auto_leave` always there.
fn conf_state_json(state: &ConfState) -> Vec<u8> {
    let mut json = serde_json::Map::new();
    let lists = [
        ("voters", &state.voters),
        ("learners", &state.learners),
        ("voters_outgoing", &state.voters_outgoing),
        ("learners_next", &state.learners_next),
    ];
    for (name, ids) in lists {
        if !ids.is_empty() {
            json.insert(name.into(), ids.clone().into());
        }
    }
    json.insert("auto_leave".into(), state.auto_leave().into());
    serde_json::to_vec(&json).expect("numbers and names")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voters_and_learners_follow_the_changes() {
        use ConfChangeType::{
            ConfChangeAddLearnerNode as Learner, ConfChangeAddNode as Add, ConfChangeRemoveNode as Remove,
            ConfChangeUpdateNode as Update,
        };
        let mut state = ConfState::default();
        for (kind, node, wanted, why) in [
            (Add, 9, r#"{"voters":[9],"auto_leave":false}"#, "first voter"),
            (Learner, 5, r#"{"voters":[9],"learners":[5],"auto_leave":false}"#, "a learner"),
            (Add, 3, r#"{"voters":[3,9],"learners":[5],"auto_leave":false}"#, "sorted"),
            (Update, 3, r#"{"voters":[3,9],"learners":[5],"auto_leave":false}"#, "URLs only"),
            (Add, 5, r#"{"voters":[3,5,9],"auto_leave":false}"#, "promotion"),
            (Remove, 9, r#"{"voters":[3,5],"auto_leave":false}"#, "removal"),
        ] {
            let change = ConfChange { r#type: Some(kind as i32), node_id: Some(node), ..Default::default() };
            follow(&mut state, &change);
            assert_eq!(String::from_utf8(conf_state_json(&state)).unwrap(), wanted, "{why}");
        }
    }
}
