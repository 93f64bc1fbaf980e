//! Configuration entries: checked against the members, then carried out on them. Raft follows what is returned.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use tracing::{error, info, warn};

use super::machine::Machine;
use super::{Answer, Outcome};
use crate::membership::{Change, MalformedChange, conf_state_json};
use crate::pb::raftpb::{ConfChange, Entry};
use crate::storage::schema::bucket::{Bucket, BucketChange};

const CONF_STATE_KEY: &[u8] = b"confState";

/// The id of the request, its outcome, and what raft has to do: nothing if the change was refused or touches no voter
/// or learner.
pub(super) fn apply(machine: &mut Machine, entry: &Entry) -> (u64, Outcome, Option<ConfChange>) {
    let (raw, change) = match decode(entry) {
        Ok(decoded) => decoded,
        Err(error) => {
            error!(index = entry.index(), %error, "malformed configuration change, ignored");
            return (0, Err(error.into()), None);
        }
    };
    let id = raw.id();
    let kind = raw.r#type();
    let member = change.member_id();
    let rows = match Arc::make_mut(&mut machine.cluster).apply(&change, machine.learners_max) {
        Ok(rows) => rows,
        Err(error) => {
            warn!(%member, change = kind.as_str_name(), %error, "configuration change refused");
            return (id, Err(error.into()), None);
        }
    };
    info!(%member, change = kind.as_str_name(), "configuration change applied");
    machine.write(rows);
    let row = BucketChange {
        bucket: Bucket::Meta,
        key: Bytes::from_static(CONF_STATE_KEY),
        value: Some(conf_state_json(&machine.cluster.conf_state()).into()),
    };
    machine.write([row]);
    let answer = Answer::Done { revision: machine.writer.revision() };
    (id, Ok(answer), touches_raft(&change).then_some(raw))
}

/// What raft has to do for a change that the store already holds.
pub(super) fn for_raft(entry: &Entry) -> Option<ConfChange> {
    decode(entry).ok().filter(|(_, change)| touches_raft(change)).map(|(raw, _)| raw)
}

fn touches_raft(change: &Change) -> bool {
    match change {
        Change::Add(_) | Change::Promote(_) | Change::Remove(_) => true,
        Change::Update { .. } => false,
    }
}

fn decode(entry: &Entry) -> Result<(ConfChange, Change), MalformedEntry> {
    let raw = ConfChange::decode(entry.data.clone().unwrap_or_default())?;
    let change = Change::parse(&raw)?;
    Ok((raw, change))
}

/// A configuration entry that no etcd member writes.
#[derive(Debug, thiserror::Error)]
pub enum MalformedEntry {
    #[error(transparent)]
    Bytes(#[from] prost::DecodeError),
    #[error(transparent)]
    Change(#[from] MalformedChange),
}
