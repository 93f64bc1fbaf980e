//! Configuration entries: checked against the members, then carried out on them. Raft follows what is returned.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use tracing::{error, info, warn};

use super::machine::Machine;
use super::{ApplyError, Outcome};
use crate::membership::{Change, conf_state_json};
use crate::pb::raftpb::{ConfChange, ConfChangeType, Entry};
use crate::storage::schema::bucket::{Bucket, BucketChange};

const CONF_STATE_KEY: &[u8] = b"confState";

/// The id of the request, its outcome, and what raft has to do: nothing if the change was refused or touches no voter
/// or learner.
pub(super) fn apply(machine: &mut Machine, entry: &Entry) -> (u64, Outcome, Option<ConfChange>) {
    let request = match ConfChange::decode(entry.data.clone().unwrap_or_default()) {
        Ok(request) => request,
        Err(error) => {
            error!(index = entry.index(), %error, "configuration entry cannot be read, ignored");
            return (0, Err(ApplyError::UnreadableChange(error)), None);
        }
    };
    match make(machine, &request) {
        Ok(()) => (request.id(), Ok(machine.done()), moves_raft(&request).then_some(request)),
        Err(error) => {
            warn!(index = entry.index(), %error, "configuration change refused");
            (request.id(), Err(error), None)
        }
    }
}

/// What raft has to do for a change that the store already holds.
pub(super) fn for_raft(entry: &Entry) -> Option<ConfChange> {
    ConfChange::decode(entry.data.clone().unwrap_or_default()).ok().filter(moves_raft)
}

fn make(machine: &mut Machine, request: &ConfChange) -> Result<(), ApplyError> {
    let change = Change::parse(request)?;
    let cluster = Arc::make_mut(&mut machine.cluster);
    let mut rows = cluster.apply(&change, machine.learners_max)?;
    rows.push(BucketChange {
        bucket: Bucket::Meta,
        key: Bytes::from_static(CONF_STATE_KEY),
        value: Some(conf_state_json(&cluster.conf_state()).into()),
    });
    machine.write(rows);
    info!(?change, "configuration change applied");
    Ok(())
}

/// A change of URLs is nothing to raft.
fn moves_raft(request: &ConfChange) -> bool {
    request.r#type() != ConfChangeType::ConfChangeUpdateNode
}
