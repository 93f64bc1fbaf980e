//! The words between raft and the rest: what goes in, what comes out.

use bytes::Bytes;

use crate::pb::raftpb;
use crate::types::{Index, MemberId, Term};

/// What raft is told.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "some are only sent in clusters of several members, as in the core's tests")
)]
pub enum Input {
    /// A tick of the clock. Not sent by anybody: the raft thread makes them.
    Tick,
    /// Data of normal entries, each to become one entry.
    Propose(Vec<Bytes>),
    /// A leader's own duty: dropped unless this member still leads in that term, and can propose.
    ProposeInTerm {
        term: Term,
        data: Bytes,
    },
    ProposeConfChange(raftpb::ConfChange),
    /// Asks for a read state; the context must be fresh for each attempt. Dropped while there is no leader and before
    /// the leader's first commit in its term: ask again with another context.
    ReadIndex(u64),
    /// A message of another member, as received.
    Step(Box<raftpb::Message>),
    /// All saves up to this number are synced.
    Persisted(u64),
    /// All entries up to here are applied.
    Applied(Index),
    /// A conf-change entry was applied. `change` is `None` when the change was refused.
    ConfDone {
        index: Index,
        change: Option<raftpb::ConfChange>,
    },
    /// An `Install`'s snapshot file and its record in the WAL are synced. `Applied` of that index comes after this.
    SnapshotSaved(Index),
    /// Entries up to here may be forgotten. Never more than is applied.
    Truncate(Index),
    /// A snapshot that can be sent to members which need entries no longer kept.
    SnapshotMeta(SnapshotMeta),
    /// Hand leadership to this member.
    TransferLeader(MemberId),
    /// A message to this member was lost.
    Unreachable(MemberId),
    /// Sending a `MsgSnap` ended; to be told exactly once for each.
    SnapshotStatus {
        to: MemberId,
        sent: bool,
    },
    Stop,
}

impl Input {
    /// Whether it may take milliseconds, which only the raft thread has: it frees a large part of the log.
    pub(super) fn is_long(&self) -> bool {
        matches!(self, Self::Truncate(_))
    }
}

/// What raft wants done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Leader, term or role changed.
    Leadership(Leadership),
    /// Messages to other members. A `MsgSnap` has metadata only: who sends it adds the data, and may replace the
    /// snapshot by a newer one.
    Send(Vec<raftpb::Message>),
    /// To append to the WAL.
    Save(Save),
    /// A snapshot arrived that replaces the log. It belongs after the save before it; answer `SnapshotSaved` when it is
    /// durable, and `Applied` when it is installed.
    Install(SnapshotMeta),
    /// Entries to apply, without a gap since the last ones.
    Committed(Vec<raftpb::Entry>),
    /// Contexts of `ReadIndex` with the index to wait for.
    ReadStates(Vec<(u64, Index)>),
    /// This member needs a snapshot, and none was offered that would do.
    SnapshotWanted(MemberId),
    /// Proposals given up: too many waited for a leader, or for too long.
    Refused(Vec<Bytes>),
}

/// What has to be appended to the WAL, in order of `number`.
#[derive(Clone, Debug, PartialEq)]
pub struct Save {
    pub number: u64,
    pub entries: Vec<raftpb::Entry>,
    pub hard_state: Option<raftpb::HardState>,
    /// Whether raft waits for `Persisted`. Otherwise only the commit index moved, and the record may be lost.
    pub must_sync: bool,
}

/// A raft snapshot without its data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapshotMeta {
    pub index: Index,
    pub term: Term,
    pub conf_state: raftpb::ConfState,
}

/// Who leads, as this member knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leadership {
    pub term: Term,
    /// `None` while an election is open.
    pub leader: Option<MemberId>,
    pub role: Role,
}

/// What this member is in the present term. Learners are followers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Follower,
    PreCandidate,
    Candidate,
    Leader,
}
