//! raft-rs's messages ⇄ etcd's `raftpb`, field by field: the only file that names both.
//!
//! The two differ where it hurts: the numbers of conf change types, and message fields from 13 on. So bytes of raft-rs
//! reach neither disk nor wire.
//!
//! raft-rs parses the data of conf-change entries (on the leader, when they are proposed), and its parser chokes on
//! etcd's types. So inside raft-rs such data is wrapped: a raft-rs `ConfChange` whose context is etcd's bytes. Every
//! entry that goes in is wrapped, every entry that comes out is unwrapped.
//!
//! Fields that etcd 3.7 writes explicitly are set even when zero; the type of a normal entry is absent.

use bytes::Bytes;
use protobuf::{Message as _, SingularPtrField};
use raft::eraftpb;

use super::output::{Role, SnapshotMeta};
use crate::pb::raftpb;
use crate::types::MemberId;

pub(super) type RawEntry = eraftpb::Entry;
pub(super) type RawMessage = eraftpb::Message;

/// An entry that no etcd member can apply, and that therefore must not enter the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedEntry {
    #[error("entry type {0} is not known")]
    Type(i32),
    #[error("joint configuration changes are not used")]
    ConfChangeV2,
    #[error("configuration change is not readable")]
    ConfChange,
    #[error("configuration change type {0} is not known")]
    ConfChangeType(i32),
}

/// A message that must not reach raft-rs: it would abort, or do damage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedMessage {
    #[error("message type {0} is not one between members")]
    Type(i32),
    #[error("message is to member {0}")]
    To(MemberId),
    #[error("message is from member {0}")]
    From(MemberId),
    #[error("message has term {0}, which its type does not allow")]
    Term(u64),
    #[error("message has {0} entries, which its type does not allow")]
    Entries(usize),
    #[error("entry {found} where {expected} was due")]
    Gap { expected: u64, found: u64 },
    #[error("entry {index} has term {term} in a message of term {limit}")]
    EntryTerm { index: u64, term: u64, limit: u64 },
    #[error("snapshot that contradicts itself or the log")]
    Snapshot,
    #[error("commit {commit} is past the last entry {last}: the log lost entries that were acknowledged")]
    Commit { commit: u64, last: u64 },
    #[error(transparent)]
    Entry(#[from] RefusedEntry),
}

// ---- entries ----

pub(super) fn normal_entry(data: Bytes) -> RawEntry {
    RawEntry { data, ..RawEntry::default() }
}

pub(super) fn conf_change_entry(change: &raftpb::ConfChange) -> RawEntry {
    let data = wrap(prost::Message::encode_to_vec(change).into());
    RawEntry { entry_type: eraftpb::EntryType::EntryConfChange, data, ..RawEntry::default() }
}

/// # Errors
/// The entry's type, or the conf change in it, is one that etcd does not apply.
pub(super) fn entry_in(entry: raftpb::Entry) -> Result<RawEntry, RefusedEntry> {
    let data = entry.data.unwrap_or_default();
    let number = entry.r#type.unwrap_or(0);
    let (entry_type, data) = match raftpb::EntryType::try_from(number) {
        Ok(raftpb::EntryType::EntryNormal) => (eraftpb::EntryType::EntryNormal, data),
        Ok(raftpb::EntryType::EntryConfChange) => {
            check_conf_change(&data)?;
            (eraftpb::EntryType::EntryConfChange, wrap(data))
        }
        Ok(raftpb::EntryType::EntryConfChangeV2) => return Err(RefusedEntry::ConfChangeV2),
        Err(_) => return Err(RefusedEntry::Type(number)),
    };
    Ok(RawEntry {
        entry_type,
        term: entry.term.unwrap_or(0),
        index: entry.index.unwrap_or(0),
        data,
        ..RawEntry::default()
    })
}

pub(super) fn entry_out(entry: RawEntry) -> raftpb::Entry {
    let (number, data) = match entry.entry_type {
        eraftpb::EntryType::EntryNormal => (None, entry.data),
        eraftpb::EntryType::EntryConfChange => (Some(raftpb::EntryType::EntryConfChange as i32), unwrap(&entry.data)),
        // Never proposed, and refused on the way in.
        eraftpb::EntryType::EntryConfChangeV2 => {
            unreachable!("joint conf change at index {} came out of raft", entry.index)
        }
    };
    raftpb::Entry {
        r#type: number,
        term: Some(entry.term),
        index: Some(entry.index),
        data: (!data.is_empty()).then_some(data),
    }
}

pub(super) fn entries_out(entries: Vec<RawEntry>) -> Vec<raftpb::Entry> {
    entries.into_iter().map(entry_out).collect()
}

pub(super) fn is_conf_change(entry: &RawEntry) -> bool {
    entry.entry_type == eraftpb::EntryType::EntryConfChange
}

fn check_conf_change(data: &Bytes) -> Result<(), RefusedEntry> {
    let change: raftpb::ConfChange = prost::Message::decode(data.clone()).map_err(|_| RefusedEntry::ConfChange)?;
    let number = change.r#type.unwrap_or(0);
    raftpb::ConfChangeType::try_from(number).map(drop).map_err(|_| RefusedEntry::ConfChangeType(number))
}

fn wrap(data: Bytes) -> Bytes {
    let wrapped = eraftpb::ConfChange { context: data, ..eraftpb::ConfChange::default() };
    wrapped.write_to_bytes().expect("writing to memory does not fail").into()
}

fn unwrap(data: &Bytes) -> Bytes {
    let wrapped = eraftpb::ConfChange::parse_from_carllerche_bytes(data).expect("only `wrap` makes these bytes");
    wrapped.context
}

/// The change to raft-rs's configuration; `None` when there is none to make.
///
/// # Errors
/// The type is none of etcd's.
pub(super) fn conf_change(change: &raftpb::ConfChange) -> Result<Option<eraftpb::ConfChange>, RefusedEntry> {
    let number = change.r#type.unwrap_or(0);
    let change_type = match raftpb::ConfChangeType::try_from(number) {
        Ok(raftpb::ConfChangeType::ConfChangeAddNode) => eraftpb::ConfChangeType::AddNode,
        Ok(raftpb::ConfChangeType::ConfChangeRemoveNode) => eraftpb::ConfChangeType::RemoveNode,
        Ok(raftpb::ConfChangeType::ConfChangeAddLearnerNode) => eraftpb::ConfChangeType::AddLearnerNode,
        // New URLs: not raft's business.
        Ok(raftpb::ConfChangeType::ConfChangeUpdateNode) => return Ok(None),
        Err(_) => return Err(RefusedEntry::ConfChangeType(number)),
    };
    let node_id = change.node_id.unwrap_or(0);
    Ok(Some(eraftpb::ConfChange { change_type, node_id, ..eraftpb::ConfChange::default() }))
}

// ---- states ----

pub(super) fn hard_state_in(state: &raftpb::HardState) -> eraftpb::HardState {
    eraftpb::HardState {
        term: state.term.unwrap_or(0),
        vote: state.vote.unwrap_or(0),
        commit: state.commit.unwrap_or(0),
        ..eraftpb::HardState::default()
    }
}

pub(super) fn hard_state_out(state: &eraftpb::HardState) -> raftpb::HardState {
    raftpb::HardState { term: Some(state.term), vote: Some(state.vote), commit: Some(state.commit) }
}

pub(super) fn conf_state_in(state: raftpb::ConfState) -> eraftpb::ConfState {
    eraftpb::ConfState {
        voters: state.voters,
        learners: state.learners,
        voters_outgoing: state.voters_outgoing,
        learners_next: state.learners_next,
        auto_leave: state.auto_leave.unwrap_or(false),
        ..eraftpb::ConfState::default()
    }
}

/// The lists are sorted, as etcd's are; raft-rs gives them in the order of a hash set.
pub(super) fn conf_state_out(mut state: eraftpb::ConfState) -> raftpb::ConfState {
    for list in [&mut state.voters, &mut state.learners, &mut state.voters_outgoing, &mut state.learners_next] {
        list.sort_unstable();
    }
    raftpb::ConfState {
        voters: state.voters,
        learners: state.learners,
        voters_outgoing: state.voters_outgoing,
        learners_next: state.learners_next,
        auto_leave: Some(state.auto_leave),
    }
}

/// Whether raft-rs can start from this configuration: it aborts on members named twice, and we never use joint ones.
pub(super) fn is_usable(state: &eraftpb::ConfState) -> bool {
    let mut ids: Vec<u64> = state.voters.iter().chain(&state.learners).copied().collect();
    ids.sort_unstable();
    let distinct = ids.windows(2).all(|pair| pair[0] < pair[1]);
    distinct && ids.first() != Some(&0) && state.voters_outgoing.is_empty() && state.learners_next.is_empty()
}

pub(super) fn snapshot_from_meta(meta: &SnapshotMeta) -> eraftpb::Snapshot {
    let metadata = eraftpb::SnapshotMetadata {
        conf_state: SingularPtrField::some(conf_state_in(meta.conf_state.clone())),
        index: meta.index,
        term: meta.term,
        ..eraftpb::SnapshotMetadata::default()
    };
    eraftpb::Snapshot { metadata: SingularPtrField::some(metadata), ..eraftpb::Snapshot::default() }
}

pub(super) fn snapshot_meta(snapshot: &eraftpb::Snapshot) -> SnapshotMeta {
    let metadata = snapshot.get_metadata();
    SnapshotMeta {
        index: metadata.index,
        term: metadata.term,
        conf_state: conf_state_out(metadata.get_conf_state().clone()),
    }
}

fn snapshot_in(snapshot: raftpb::Snapshot) -> eraftpb::Snapshot {
    let metadata = snapshot.metadata.map(|metadata| eraftpb::SnapshotMetadata {
        conf_state: metadata.conf_state.map(conf_state_in).into(),
        index: metadata.index.unwrap_or(0),
        term: metadata.term.unwrap_or(0),
        ..eraftpb::SnapshotMetadata::default()
    });
    eraftpb::Snapshot {
        data: snapshot.data.unwrap_or_default(),
        metadata: metadata.into(),
        ..eraftpb::Snapshot::default()
    }
}

fn snapshot_out(snapshot: eraftpb::Snapshot) -> raftpb::Snapshot {
    // The conf state is always there: a later panic of etcd 3.7 otherwise.
    let metadata = snapshot.metadata.into_option().map(|metadata| raftpb::SnapshotMetadata {
        conf_state: Some(conf_state_out(metadata.conf_state.unwrap_or_default())),
        index: Some(metadata.index),
        term: Some(metadata.term),
    });
    raftpb::Snapshot { data: Some(snapshot.data), metadata }
}

pub(super) fn role(state: raft::StateRole) -> Role {
    match state {
        raft::StateRole::Follower => Role::Follower,
        raft::StateRole::PreCandidate => Role::PreCandidate,
        raft::StateRole::Candidate => Role::Candidate,
        raft::StateRole::Leader => Role::Leader,
    }
}

// ---- messages ----

/// A proposal of this member, all entries in one message.
pub(super) fn proposal(from: MemberId, entries: Vec<RawEntry>) -> RawMessage {
    RawMessage {
        msg_type: eraftpb::MessageType::MsgPropose,
        from: from.0,
        entries: entries.into(),
        ..RawMessage::default()
    }
}

/// Message types that members exchange, with their twin in raft-rs.
fn message_type_in(number: i32) -> Option<eraftpb::MessageType> {
    use eraftpb::MessageType as Raw;
    use raftpb::MessageType as Wire;
    Some(match Wire::try_from(number).ok()? {
        Wire::MsgProp => Raw::MsgPropose,
        Wire::MsgApp => Raw::MsgAppend,
        Wire::MsgAppResp => Raw::MsgAppendResponse,
        Wire::MsgVote => Raw::MsgRequestVote,
        Wire::MsgVoteResp => Raw::MsgRequestVoteResponse,
        Wire::MsgSnap => Raw::MsgSnapshot,
        Wire::MsgHeartbeat => Raw::MsgHeartbeat,
        Wire::MsgHeartbeatResp => Raw::MsgHeartbeatResponse,
        Wire::MsgTransferLeader => Raw::MsgTransferLeader,
        Wire::MsgTimeoutNow => Raw::MsgTimeoutNow,
        Wire::MsgReadIndex => Raw::MsgReadIndex,
        Wire::MsgReadIndexResp => Raw::MsgReadIndexResp,
        Wire::MsgPreVote => Raw::MsgRequestPreVote,
        Wire::MsgPreVoteResp => Raw::MsgRequestPreVoteResponse,
        Wire::MsgHup
        | Wire::MsgBeat
        | Wire::MsgUnreachable
        | Wire::MsgSnapStatus
        | Wire::MsgCheckQuorum
        | Wire::MsgStorageAppend
        | Wire::MsgStorageAppendResp
        | Wire::MsgStorageApply
        | Wire::MsgStorageApplyResp
        | Wire::MsgForgetLeader => return None,
    })
}

fn message_type_out(raw: eraftpb::MessageType) -> raftpb::MessageType {
    use eraftpb::MessageType as Raw;
    use raftpb::MessageType as Wire;
    match raw {
        Raw::MsgHup => Wire::MsgHup,
        Raw::MsgBeat => Wire::MsgBeat,
        Raw::MsgPropose => Wire::MsgProp,
        Raw::MsgAppend => Wire::MsgApp,
        Raw::MsgAppendResponse => Wire::MsgAppResp,
        Raw::MsgRequestVote => Wire::MsgVote,
        Raw::MsgRequestVoteResponse => Wire::MsgVoteResp,
        Raw::MsgSnapshot => Wire::MsgSnap,
        Raw::MsgHeartbeat => Wire::MsgHeartbeat,
        Raw::MsgHeartbeatResponse => Wire::MsgHeartbeatResp,
        Raw::MsgUnreachable => Wire::MsgUnreachable,
        Raw::MsgSnapStatus => Wire::MsgSnapStatus,
        Raw::MsgCheckQuorum => Wire::MsgCheckQuorum,
        Raw::MsgTransferLeader => Wire::MsgTransferLeader,
        Raw::MsgTimeoutNow => Wire::MsgTimeoutNow,
        Raw::MsgReadIndex => Wire::MsgReadIndex,
        Raw::MsgReadIndexResp => Wire::MsgReadIndexResp,
        Raw::MsgRequestPreVote => Wire::MsgPreVote,
        Raw::MsgRequestPreVoteResponse => Wire::MsgPreVoteResp,
    }
}

/// Converts a received message; lets only those through that raft-rs can take without aborting. Fields from 13 on are
/// dropped: there the two sides mean different things.
///
/// # Errors
/// What is wrong with the message.
pub(super) fn message_in(own: MemberId, message: raftpb::Message) -> Result<RawMessage, RefusedMessage> {
    let number = message.r#type.unwrap_or(0);
    let msg_type = message_type_in(number).ok_or(RefusedMessage::Type(number))?;
    let to = message.to.unwrap_or(0);
    if to != own.0 {
        return Err(RefusedMessage::To(MemberId(to)));
    }
    let from = message.from.unwrap_or(0);
    if from == 0 || from == own.0 {
        return Err(RefusedMessage::From(MemberId(from)));
    }
    let term = checked_term(msg_type, message.term.unwrap_or(0))?;
    let index = message.index.unwrap_or(0);
    let entries = message.entries.into_iter().map(entry_in).collect::<Result<Vec<_>, _>>()?;
    let log_term = message.log_term.unwrap_or(0);
    check_entries(msg_type, (index, log_term), term, &entries)?;
    let snapshot =
        if msg_type == eraftpb::MessageType::MsgSnapshot { Some(checked_snapshot(message.snapshot)?) } else { None };
    Ok(RawMessage {
        msg_type,
        to,
        from,
        term,
        log_term,
        index,
        entries: entries.into(),
        commit: message.commit.unwrap_or(0),
        snapshot: snapshot.into(),
        reject: message.reject.unwrap_or(false),
        reject_hint: message.reject_hint.unwrap_or(0),
        context: message.context.unwrap_or_default(),
        ..RawMessage::default()
    })
}

/// raft-rs aborts when it forwards a message that has a term, and when it answers a vote that has none.
fn checked_term(msg_type: eraftpb::MessageType, term: u64) -> Result<u64, RefusedMessage> {
    match msg_type {
        eraftpb::MessageType::MsgPropose | eraftpb::MessageType::MsgReadIndex if term != 0 => {
            Err(RefusedMessage::Term(term))
        }
        eraftpb::MessageType::MsgPropose | eraftpb::MessageType::MsgReadIndex => Ok(0),
        // May be forwarded; the term adds nothing.
        eraftpb::MessageType::MsgTransferLeader => Ok(0),
        _ if term == 0 => Err(RefusedMessage::Term(term)),
        _ => Ok(term),
    }
}

fn check_entries(
    msg_type: eraftpb::MessageType,
    previous: (u64, u64),
    term: u64,
    entries: &[RawEntry],
) -> Result<(), RefusedMessage> {
    match msg_type {
        eraftpb::MessageType::MsgPropose if entries.is_empty() => Err(RefusedMessage::Entries(0)),
        eraftpb::MessageType::MsgReadIndex | eraftpb::MessageType::MsgReadIndexResp if entries.len() != 1 => {
            Err(RefusedMessage::Entries(entries.len()))
        }
        eraftpb::MessageType::MsgAppend => check_append(previous, term, entries),
        _ => Ok(()),
    }
}

/// raft-rs takes term 0 for "no such entry", so to it a previous or new entry of that term matches what does not exist.
fn check_append(previous: (u64, u64), term: u64, entries: &[RawEntry]) -> Result<(), RefusedMessage> {
    let (mut index, log_term) = previous;
    if (index == 0) != (log_term == 0) || log_term > term {
        return Err(RefusedMessage::EntryTerm { index, term: log_term, limit: term });
    }
    for entry in entries {
        index = index.saturating_add(1);
        if entry.index != index {
            return Err(RefusedMessage::Gap { expected: index, found: entry.index });
        }
        if entry.term == 0 || entry.term > term {
            return Err(RefusedMessage::EntryTerm { index, term: entry.term, limit: term });
        }
    }
    Ok(())
}

fn checked_snapshot(snapshot: Option<raftpb::Snapshot>) -> Result<eraftpb::Snapshot, RefusedMessage> {
    let mut snapshot = snapshot_in(snapshot.ok_or(RefusedMessage::Snapshot)?);
    let metadata = snapshot.get_metadata();
    let state = metadata.get_conf_state();
    if metadata.index == 0 || metadata.term == 0 || state.voters.is_empty() || !is_usable(state) {
        return Err(RefusedMessage::Snapshot);
    }
    // The data went its own way; raft-rs would only keep a copy.
    snapshot.data = Bytes::new();
    Ok(snapshot)
}

/// Converts a message to send. Fields from 13 on are raft-rs's own and are left out.
pub(super) fn message_out(message: RawMessage) -> raftpb::Message {
    raftpb::Message {
        r#type: Some(message_type_out(message.msg_type) as i32),
        to: Some(message.to),
        from: Some(message.from),
        term: Some(message.term),
        log_term: Some(message.log_term),
        index: Some(message.index),
        entries: entries_out(message.entries.into()),
        commit: Some(message.commit),
        snapshot: message.snapshot.into_option().map(snapshot_out),
        reject: Some(message.reject),
        reject_hint: Some(message.reject_hint),
        context: (!message.context.is_empty()).then_some(message.context),
        vote: None,
        responses: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `ConfChange` as etcd 3.7.1 wrote it for `member add --learner`: type 3, which raft-rs does not know.
    fn learner_added() -> Bytes {
        let mut data = hex("08c4859ad89fc0e8c56c10031893e99ccbeed7a582b101224e");
        data.extend(br#"{"id":12755485791323894931,"peerURLs":["http://127.0.0.1:1"],"isLearner":true}"#);
        data.into()
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    fn entry(number: Option<i32>, data: Bytes) -> raftpb::Entry {
        raftpb::Entry { r#type: number, term: Some(2), index: Some(5), data: (!data.is_empty()).then_some(data) }
    }

    #[test]
    fn entries_come_out_as_they_went_in() {
        for (number, data, why) in [
            (None, Bytes::new(), "the empty entry of a new term"),
            (None, Bytes::from_static(b"\x08\x03\x10\x02"), "data that looks like a conf change"),
            (Some(1), learner_added(), "a conf change of a type that raft-rs cannot read"),
            (Some(1), Bytes::new(), "a conf change of zeros only"),
        ] {
            let before = entry(number, data);
            assert_eq!(entry_out(entry_in(before.clone()).unwrap()), before, "{why}");
        }
    }

    #[test]
    fn raft_rs_can_read_every_conf_change_inside() {
        for number in 0..=3 {
            let change = raftpb::ConfChange { r#type: Some(number), node_id: Some(9), ..Default::default() };
            let inside = conf_change_entry(&change);
            assert!(eraftpb::ConfChange::parse_from_carllerche_bytes(&inside.data).is_ok());
            let outside: raftpb::ConfChange = prost::Message::decode(entry_out(inside).data.unwrap()).unwrap();
            assert_eq!(outside, change);
        }
    }

    #[test]
    fn what_etcd_cannot_apply_is_refused() {
        for (number, data, refused) in [
            (2, &b""[..], RefusedEntry::ConfChangeV2),
            (3, b"", RefusedEntry::Type(3)),
            (-1, b"", RefusedEntry::Type(-1)),
            (1, b"\x10\x04", RefusedEntry::ConfChangeType(4)),
            (1, b"\xff", RefusedEntry::ConfChange),
        ] {
            assert_eq!(entry_in(entry(Some(number), Bytes::copy_from_slice(data))), Err(refused));
        }
    }

    #[test]
    fn conf_change_types_are_translated_by_name() {
        use eraftpb::ConfChangeType as Raw;
        for (number, expected) in [
            (Some(0), Ok(Some(Raw::AddNode))),
            (None, Ok(Some(Raw::AddNode))),
            (Some(1), Ok(Some(Raw::RemoveNode))),
            (Some(2), Ok(None)),
            (Some(3), Ok(Some(Raw::AddLearnerNode))),
            (Some(4), Err(RefusedEntry::ConfChangeType(4))),
        ] {
            let change = raftpb::ConfChange { r#type: number, node_id: Some(9), ..Default::default() };
            let found = conf_change(&change);
            assert!(found.iter().flatten().all(|raw| raw.node_id == 9));
            assert_eq!(found.map(|raw| raw.map(|raw| raw.change_type)), expected);
        }
    }

    /// Every field with a value of its own, so that two that are mixed up are seen.
    fn full_message() -> raftpb::Message {
        raftpb::Message {
            r#type: Some(raftpb::MessageType::MsgSnap as i32),
            to: Some(1),
            from: Some(2),
            term: Some(3),
            log_term: Some(4),
            index: Some(5),
            entries: vec![raftpb::Entry { index: Some(6), ..entry(Some(1), learner_added()) }, entry(None, "x".into())],
            commit: Some(7),
            snapshot: Some(raftpb::Snapshot {
                data: Some(Bytes::new()),
                metadata: Some(raftpb::SnapshotMetadata {
                    conf_state: Some(raftpb::ConfState {
                        voters: vec![8, 9],
                        learners: vec![10, 11],
                        auto_leave: Some(false),
                        ..Default::default()
                    }),
                    index: Some(12),
                    term: Some(13),
                }),
            }),
            reject: Some(true),
            reject_hint: Some(14),
            context: Some("context".into()),
            vote: None,
            responses: Vec::new(),
        }
    }

    #[test]
    fn messages_come_out_as_they_went_in_but_for_what_is_not_common() {
        let message = full_message();
        assert_eq!(message_out(message_in(MemberId(1), message.clone()).unwrap()), message);
        let with_more = raftpb::Message { vote: Some(15), responses: vec![message.clone()], ..message.clone() };
        assert_eq!(message_out(message_in(MemberId(1), with_more).unwrap()), message);

        let mut raw = message_in(MemberId(1), message.clone()).unwrap();
        (raw.request_snapshot, raw.deprecated_priority, raw.commit_term, raw.priority) = (1, 2, 3, 4);
        assert_eq!(message_out(raw), message);
    }

    #[test]
    fn every_message_type_keeps_its_name() {
        let mut exchanged = 0;
        for number in 0..=25 {
            if let Some(raw) = message_type_in(number) {
                exchanged += 1;
                assert_eq!(message_type_out(raw) as i32, number);
                assert_eq!(raw as i32, number, "both sides count alike");
            }
        }
        assert_eq!(exchanged, 14);
    }

    #[test]
    fn messages_that_would_abort_raft_are_refused() {
        use raftpb::MessageType as Type;
        let base = |kind: Type| raftpb::Message {
            r#type: Some(kind as i32),
            to: Some(1),
            from: Some(2),
            term: Some(3),
            ..Default::default()
        };
        let at = |index| raftpb::Entry { index: Some(index), ..entry(None, "x".into()) };
        let snapshot = |state: raftpb::ConfState, index| {
            let metadata = raftpb::SnapshotMetadata { conf_state: Some(state), index: Some(index), term: Some(2) };
            Some(raftpb::Snapshot { data: None, metadata: Some(metadata) })
        };
        let voters = |voters: &[u64]| raftpb::ConfState { voters: voters.to_vec(), ..Default::default() };
        let entries =
            |kind: Type, entries: Vec<raftpb::Entry>, term| raftpb::Message { entries, term: Some(term), ..base(kind) };
        let snap = |snapshot| raftpb::Message { snapshot, ..base(Type::MsgSnap) };
        for (message, expected, why) in [
            (base(Type::MsgHup), Err(RefusedMessage::Type(0)), "local"),
            (base(Type::MsgCheckQuorum), Err(RefusedMessage::Type(12)), "local"),
            (base(Type::MsgStorageAppend), Err(RefusedMessage::Type(19)), "never on the network"),
            (raftpb::Message { r#type: Some(99), ..base(Type::MsgApp) }, Err(RefusedMessage::Type(99)), "unknown"),
            (raftpb::Message { to: Some(5), ..base(Type::MsgApp) }, Err(RefusedMessage::To(MemberId(5))), "astray"),
            (raftpb::Message { from: None, ..base(Type::MsgApp) }, Err(RefusedMessage::From(MemberId(0))), "sender"),
            (
                raftpb::Message { from: Some(1), ..base(Type::MsgApp) },
                Err(RefusedMessage::From(MemberId(1))),
                "from ourselves",
            ),
            (raftpb::Message { term: None, ..base(Type::MsgVote) }, Err(RefusedMessage::Term(0)), "answer has no term"),
            (entries(Type::MsgProp, vec![at(0)], 3), Err(RefusedMessage::Term(3)), "forwarding with a term"),
            (entries(Type::MsgProp, vec![], 0), Err(RefusedMessage::Entries(0)), "empty proposal"),
            (entries(Type::MsgProp, vec![at(0)], 0), Ok(()), "proposal"),
            (entries(Type::MsgReadIndex, vec![], 0), Err(RefusedMessage::Entries(0)), "read without context"),
            (entries(Type::MsgReadIndex, vec![at(0)], 0), Ok(()), "read"),
            (entries(Type::MsgReadIndexResp, vec![], 3), Err(RefusedMessage::Entries(0)), "answer without context"),
            (entries(Type::MsgApp, vec![at(1), at(3)], 3), Err(RefusedMessage::Gap { expected: 2, found: 3 }), "gap"),
            (entries(Type::MsgApp, vec![at(1), at(2)], 3), Ok(()), "append"),
            (
                entries(Type::MsgApp, vec![at(1)], 1),
                Err(RefusedMessage::EntryTerm { index: 1, term: 2, limit: 1 }),
                "an entry of a later term",
            ),
            (
                raftpb::Message { index: Some(9), ..base(Type::MsgApp) },
                Err(RefusedMessage::EntryTerm { index: 9, term: 0, limit: 3 }),
                "a previous entry without term",
            ),
            (
                entries(Type::MsgApp, vec![entry(Some(2), Bytes::new())], 3),
                Err(RefusedMessage::Entry(RefusedEntry::ConfChangeV2)),
                "joint",
            ),
            (base(Type::MsgSnap), Err(RefusedMessage::Snapshot), "no snapshot"),
            (snap(snapshot(voters(&[1]), 0)), Err(RefusedMessage::Snapshot), "empty snapshot"),
            (snap(snapshot(voters(&[]), 9)), Err(RefusedMessage::Snapshot), "no voters"),
            (snap(snapshot(voters(&[1, 1]), 9)), Err(RefusedMessage::Snapshot), "a voter twice"),
            (snap(snapshot(voters(&[1, 2]), 9)), Ok(()), "snapshot"),
            (base(Type::MsgTransferLeader), Ok(()), "its term is dropped"),
        ] {
            assert_eq!(message_in(MemberId(1), message).map(drop), expected, "{why}");
        }
    }

    #[test]
    fn conf_state_comes_out_sorted() {
        let raw = eraftpb::ConfState { voters: vec![3, 1, 2], learners: vec![9, 8], ..Default::default() };
        let state = conf_state_out(raw);
        assert_eq!((&state.voters[..], &state.learners[..]), (&[1, 2, 3][..], &[8, 9][..]));
        assert_eq!(conf_state_out(conf_state_in(state.clone())), state);
    }

    #[test]
    fn hard_state_comes_out_as_it_went_in() {
        let state = raftpb::HardState { term: Some(1), vote: Some(2), commit: Some(3) };
        assert_eq!(hard_state_out(&hard_state_in(&state)), state);
    }
}
