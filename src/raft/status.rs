//! What raft shows to everybody.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::output::{Leadership, Role};
use crate::types::{Index, MemberId, Term};

/// Written by whoever does raft's work, read by anybody. Each value is right by itself; two of them may be of different
/// moments.
#[derive(Debug)]
pub struct Status {
    leader: AtomicU64,
    term: AtomicU64,
    role: AtomicU8,
    committed: AtomicU64,
    log_bytes: AtomicUsize,
    leader_changes: AtomicU64,
    /// Milliseconds after `origin` at which the present leader was first known, plus one; 0 without one.
    elected_ms: AtomicU64,
    /// Milliseconds after `origin` of the last tick.
    ticked_ms: AtomicU64,
    /// Milliseconds after `origin` since which there is no leader, plus one; 0 with one.
    leaderless_ms: AtomicU64,
    origin: Instant,
    /// While this member leads: up to where it knows the log of each member, its own included.
    matched: Mutex<Vec<(MemberId, Index)>>,
}

impl Status {
    pub(super) fn new() -> Self {
        Self {
            leader: AtomicU64::new(0),
            term: AtomicU64::new(0),
            role: AtomicU8::new(0),
            committed: AtomicU64::new(0),
            log_bytes: AtomicUsize::new(0),
            leader_changes: AtomicU64::new(0),
            elected_ms: AtomicU64::new(0),
            ticked_ms: AtomicU64::new(0),
            leaderless_ms: AtomicU64::new(1),
            origin: Instant::now(),
            matched: Mutex::default(),
        }
    }

    pub fn leader(&self) -> Option<MemberId> {
        Some(self.leader.load(Ordering::Acquire)).filter(|&id| id != 0).map(MemberId)
    }

    pub fn term(&self) -> Term {
        self.term.load(Ordering::Acquire)
    }

    pub fn role(&self) -> Role {
        match self.role.load(Ordering::Acquire) {
            1 => Role::PreCandidate,
            2 => Role::Candidate,
            3 => Role::Leader,
            _ => Role::Follower,
        }
    }

    pub fn committed(&self) -> Index {
        self.committed.load(Ordering::Acquire)
    }

    /// Since when the present leader is known.
    pub fn lead_elected_at(&self) -> Option<Instant> {
        let after_ms = self.elected_ms.load(Ordering::Acquire).checked_sub(1)?;
        Some(self.origin + Duration::from_millis(after_ms))
    }

    /// When the raft thread last ticked: a while ago after the process was asleep.
    pub fn ticked_at(&self) -> Instant {
        self.origin + Duration::from_millis(self.ticked_ms.load(Ordering::Acquire))
    }

    /// Since when no leader is known.
    pub fn leaderless_since(&self) -> Option<Instant> {
        let after_ms = self.leaderless_ms.load(Ordering::Acquire).checked_sub(1)?;
        Some(self.origin + Duration::from_millis(after_ms))
    }

    /// Up to where the log of this member of raft's configuration is known. Nothing is, unless this member leads.
    pub fn matched(&self, member: MemberId) -> Option<Index> {
        self.matched.lock().iter().find(|(id, _)| *id == member).map(|&(_, index)| index)
    }

    /// Bytes of the log in memory, roughly.
    pub fn log_bytes(&self) -> usize {
        self.log_bytes.load(Ordering::Relaxed)
    }

    /// How often a leader was seen that was not the last one seen.
    pub fn leader_changes(&self) -> u64 {
        self.leader_changes.load(Ordering::Relaxed)
    }

    pub(super) fn set_ticked(&self, now: Instant) {
        self.ticked_ms.store(self.millis_after_origin(now), Ordering::Release);
    }

    fn millis_after_origin(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.origin).as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn set_leadership(&self, leadership: Leadership, now: Instant) {
        let leader = leadership.leader.map_or(0, |id| id.0);
        let before = self.leader.swap(leader, Ordering::AcqRel);
        if leader != before {
            let after = self.millis_after_origin(now).min(u64::MAX - 1);
            let (elected, leaderless) = if leader == 0 { (0, after + 1) } else { (after + 1, 0) };
            self.elected_ms.store(elected, Ordering::Release);
            self.leaderless_ms.store(leaderless, Ordering::Release);
            if leader != 0 {
                self.leader_changes.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.term.store(leadership.term, Ordering::Release);
        let role = match leadership.role {
            Role::Follower => 0,
            Role::PreCandidate => 1,
            Role::Candidate => 2,
            Role::Leader => 3,
        };
        self.role.store(role, Ordering::Release);
    }

    /// Lets `fill` write the new list into the emptied old one.
    pub(super) fn set_matched(&self, fill: impl FnOnce(&mut Vec<(MemberId, Index)>)) {
        let mut matched = self.matched.lock();
        matched.clear();
        fill(&mut matched);
    }

    pub(super) fn set_progress(&self, progress: &Progress) {
        self.committed.store(progress.committed, Ordering::Release);
        self.log_bytes.store(progress.log_bytes, Ordering::Relaxed);
    }
}

/// The numbers of a core at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub committed: Index,
    pub applied: Index,
    /// First index of the log in memory.
    pub first: Index,
    pub last: Index,
    pub log_bytes: usize,
    /// Proposals that wait for a leader.
    pub waiting: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leader_that_returns_counts_again() {
        let status = Status::new();
        let seen = |leader: u64, term| Leadership {
            term,
            leader: Some(leader).filter(|&id| id != 0).map(MemberId),
            role: Role::Follower,
        };
        for (leader, changes, elected) in [(1, 1, true), (1, 1, true), (0, 1, false), (1, 2, true), (2, 3, true)] {
            status.set_leadership(seen(leader, 1), Instant::now());
            assert_eq!(status.leader_changes(), changes);
            assert_eq!(status.lead_elected_at().is_some(), elected);
            assert_eq!(status.leaderless_since().is_none(), elected);
        }
        assert_eq!((status.leader(), status.role()), (Some(MemberId(2)), Role::Follower));
    }
}
