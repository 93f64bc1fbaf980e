//! What raft is told at the start. The numbers are etcd's; all members of a cluster must agree on both timeouts.

use std::time::Duration;

use crate::types::MemberId;

/// Entries in one append message, in bytes.
const MESSAGE_BYTES_MAX: u64 = 1 << 20;
/// Append messages under way to one follower.
const INFLIGHT_MAX: usize = 512;
/// How long a proposal waits for a leader: etcd's request timeout is this plus two election timeouts.
const PROPOSAL_WAIT: Duration = Duration::from_secs(5);

/// The settings of one member's raft.
#[derive(Clone, Debug)]
pub struct RaftConfig {
    pub id: MemberId,
    /// Time between two ticks, and between two heartbeats of a leader.
    pub tick: Duration,
    /// Ticks without a leader after which a member campaigns: between this and twice this, drawn at random.
    pub election_ticks: usize,
    pub pre_vote: bool,
}

impl RaftConfig {
    /// etcd's defaults: heartbeat 100 ms, election after 1 s.
    #[cfg(test)]
    pub fn new(id: MemberId) -> Self {
        Self { id, tick: Duration::from_millis(100), election_ticks: 10, pre_vote: true }
    }

    /// Ticks after which a proposal that found no leader is given up.
    pub(super) fn proposal_wait_ticks(&self) -> u64 {
        let wait = PROPOSAL_WAIT + self.tick * 2 * u32::try_from(self.election_ticks).unwrap_or(u32::MAX);
        u64::try_from(wait.as_millis() / self.tick.as_millis().max(1)).unwrap_or(u64::MAX).max(1)
    }

    pub(super) fn raft_rs(&self, applied: u64) -> raft::Config {
        raft::Config {
            id: self.id.0,
            election_tick: self.election_ticks,
            heartbeat_tick: 1,
            applied,
            max_size_per_msg: MESSAGE_BYTES_MAX,
            max_committed_size_per_ready: MESSAGE_BYTES_MAX,
            max_inflight_msgs: INFLIGHT_MAX,
            check_quorum: true,
            pre_vote: self.pre_vote,
            read_only_option: raft::ReadOnlyOption::Safe,
            max_uncommitted_size: raft::NO_LIMIT,
            ..raft::Config::default()
        }
    }
}
