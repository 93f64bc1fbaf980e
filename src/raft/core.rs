//! What raft does, without I/O and clocks: inputs in, outputs in order out.
//!
//! A caller feeds any number of inputs and then takes the outputs: one ready cycle for all of them. Entries proposed in
//! between become one proposal.

use std::collections::VecDeque;

use raft::{RaftState, RawNode, SnapshotStatus, StateRole};
use tracing::{debug, error, warn};

use super::backlog::{self, Backlog};
use super::config::RaftConfig;
use super::convert::{self, RawEntry, RefusedEntry, RefusedMessage};
use super::log::MemLog;
use super::output::{Input, Leadership, Output, Save};
use super::status::Progress;
use crate::pb::raftpb;
use crate::types::{Index, MemberId, Term};

/// Messages kept while a membership change is being applied. Those beyond are lost, which raft can bear.
const DEFERRED_MAX: usize = 4096;

/// What a member starts from.
#[derive(Clone, Debug, Default)]
pub struct Boot {
    /// The last one of the WAL.
    pub hard_state: raftpb::HardState,
    /// The configuration as of `applied`.
    pub conf_state: raftpb::ConfState,
    /// Index and term of the snapshot after which `entries` begin; (0, 0) without one.
    pub start: (Index, Term),
    pub entries: Vec<raftpb::Entry>,
    /// The backend's consistent index. Entries up to it are not given out again.
    pub applied: Index,
}

/// Why raft cannot start from what was found on disk.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    #[error("WAL entry {found} where {expected} was due")]
    Gap { expected: Index, found: Index },
    #[error("WAL entry {index}: {source}")]
    Entry { index: Index, source: RefusedEntry },
    #[error("backend is at index {applied}, before the WAL's start {start}")]
    AppliedBeforeStart { applied: Index, start: Index },
    #[error("backend is at index {applied}, past the WAL's last entry {last}")]
    AppliedPastLast { applied: Index, last: Index },
    #[error("commit index {commit} is past the WAL's last entry {last}")]
    CommitPastLast { commit: Index, last: Index },
    #[error("configuration names a member twice or is a joint one: {0:?}")]
    ConfState(raftpb::ConfState),
    #[error("raft does not start: {0}")]
    Raft(#[from] raft::Error),
}

/// One member's raft.
pub struct Core {
    id: MemberId,
    raw: RawNode<MemLog>,
    /// Ticks so far.
    now: u64,
    proposal_wait_ticks: u64,
    /// Entries proposed since the last outputs.
    proposals: Vec<RawEntry>,
    /// What a leader proposes only in the term that made it a duty.
    duties: Vec<(Term, RawEntry)>,
    backlog: Backlog,
    /// Number of the last ready.
    last_number: u64,
    /// All readies up to this one are persisted, and raft-rs knows.
    persisted: u64,
    /// Numbers of saves that must be synced and are not, ascending.
    unsynced: VecDeque<u64>,
    /// Messages that may leave when the ready of that number is persisted and no change is pending; ascending.
    held: VecDeque<(u64, Vec<raftpb::Message>)>,
    /// Conf changes given out whose `ConfDone` is due, ascending.
    changing: VecDeque<Index>,
    /// Number and index of the snapshot given out whose `SnapshotSaved` is due.
    installing: Option<(u64, Index)>,
    /// What arrived meanwhile.
    deferred: VecDeque<Input>,
    leadership: Leadership,
}

impl Core {
    /// # Errors
    /// `boot` contradicts itself, or holds what no etcd member writes.
    pub fn start(config: &RaftConfig, boot: Boot) -> Result<Self, BootError> {
        let (start, _) = boot.start;
        let entries = entries_after(start, boot.entries)?;
        let last = start + entries.len() as u64;
        let mut hard_state = boot.hard_state;
        // Commit advances are not synced: what was applied was committed.
        let commit = hard_state.commit().max(boot.applied).max(start);
        if boot.applied < start {
            return Err(BootError::AppliedBeforeStart { applied: boot.applied, start });
        }
        if boot.applied > last {
            return Err(BootError::AppliedPastLast { applied: boot.applied, last });
        }
        if commit > last {
            return Err(BootError::CommitPastLast { commit, last });
        }
        hard_state.commit = Some(commit);
        // Entries are written before the hard state of their term; a crash between leaves the old one. Nothing was
        // promised in the newer term.
        let last_term = entries.last().map_or(boot.start.1, |entry| entry.term);
        if hard_state.term() < last_term {
            hard_state.term = Some(last_term);
            hard_state.vote = Some(0);
        }
        let conf_state = convert::conf_state_in(boot.conf_state.clone());
        if !convert::is_usable(&conf_state) {
            return Err(BootError::ConfState(boot.conf_state));
        }
        let initial = RaftState { hard_state: convert::hard_state_in(&hard_state), conf_state };
        let log = MemLog::new(initial, boot.start, entries);
        let raw = RawNode::new(&config.raft_rs(boot.applied), log, &super::slog::logger())?;
        Ok(Self {
            id: config.id,
            leadership: leadership_of(&raw),
            raw,
            now: 0,
            proposal_wait_ticks: config.proposal_wait_ticks(),
            proposals: Vec::new(),
            duties: Vec::new(),
            backlog: Backlog::default(),
            last_number: 0,
            persisted: 0,
            unsynced: VecDeque::new(),
            held: VecDeque::new(),
            changing: VecDeque::new(),
            installing: None,
            deferred: VecDeque::new(),
        })
    }

    pub fn progress(&self) -> Progress {
        let log = self.raw.store();
        Progress {
            committed: self.raw.raft.raft_log.committed,
            applied: self.raw.raft.raft_log.applied,
            first: log.start() + 1,
            last: log.last(),
            log_bytes: log.bytes(),
            waiting: self.backlog.len(),
        }
    }

    /// Adds up to where the log of each member is known, if this member leads.
    pub fn fill_matched(&self, matched: &mut Vec<(MemberId, Index)>) {
        if self.raw.raft.state == StateRole::Leader {
            matched.extend(self.raw.raft.prs().iter().map(|(&id, progress)| (MemberId(id), progress.matched)));
        }
    }

    pub fn leadership(&self) -> Leadership {
        self.leadership
    }

    /// The configuration in force.
    #[cfg(test)]
    pub fn conf_state(&self) -> raftpb::ConfState {
        convert::conf_state_out(self.raw.raft.prs().conf().to_conf_state())
    }

    /// Takes in one input.
    pub fn input(&mut self, input: Input) {
        match input {
            Input::Tick => self.tick(),
            Input::Propose(datas) => self.proposals.extend(datas.into_iter().map(convert::normal_entry)),
            Input::ProposeInTerm { term, data } => self.duties.push((term, convert::normal_entry(data))),
            Input::ProposeConfChange(change) => self.proposals.push(convert::conf_change_entry(&change)),
            Input::Persisted(number) => self.synced(number),
            Input::Applied(index) => self.applied(index),
            Input::ConfDone { index, change } => self.conf_done(index, change),
            Input::SnapshotSaved(index) => self.snapshot_saved(index),
            Input::Truncate(index) => {
                let applied = self.raw.raft.raft_log.applied;
                self.raw.mut_store().truncate_to(index.min(applied));
            }
            Input::SnapshotMeta(meta) => self.raw.mut_store().offer_snapshot(meta),
            Input::Stop => {}
            Input::Step(_)
            | Input::ReadIndex(_)
            | Input::TransferLeader(_)
            | Input::Unreachable(_)
            | Input::SnapshotStatus { .. } => {
                if self.is_fenced() {
                    self.defer(input);
                } else {
                    self.feed(input);
                }
            }
        }
    }

    /// What is to be done after the inputs so far, in order.
    pub fn outputs(&mut self) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.propose(&mut outputs);
        loop {
            while self.raw.has_ready() {
                self.take_ready(&mut outputs);
            }
            if !self.wins_at_once() {
                break;
            }
        }
        self.release_held(&mut outputs);
        for to in self.raw.mut_store().take_wanted() {
            outputs.push(Output::SnapshotWanted(to));
        }
        let leadership = leadership_of(&self.raw);
        if leadership != self.leadership {
            self.leadership = leadership;
            outputs.insert(0, Output::Leadership(leadership));
        }
        outputs
    }

    // ---- inputs ----

    fn tick(&mut self) {
        self.now += 1;
        if self.is_fenced() {
            // Time stands still, but followers must not take the silence for a dead leader.
            self.raw.ping();
        } else if !self.could_win_unsynced() {
            self.raw.tick();
        }
    }

    /// A sole voter wins at once when it campaigns, and raft-rs insists that a winner's log is synced.
    fn could_win_unsynced(&self) -> bool {
        !self.unsynced.is_empty() && self.raw.raft.state != StateRole::Leader && self.is_sole_voter()
    }

    fn is_sole_voter(&self) -> bool {
        self.raw.raft.promotable() && self.raw.raft.prs().is_singleton()
    }

    /// While this holds, nothing may change raft-rs's mind but what ends it.
    fn is_fenced(&self) -> bool {
        !self.changing.is_empty() || self.installing.is_some() || self.raw.snap().is_some()
    }

    fn defer(&mut self, input: Input) {
        if self.deferred.len() < DEFERRED_MAX {
            self.deferred.push_back(input);
        } else {
            debug!("too much arrived while a membership change is being applied, dropped");
        }
    }

    fn feed_deferred(&mut self) {
        while !self.is_fenced() {
            let Some(input) = self.deferred.pop_front() else { return };
            self.feed(input);
        }
    }

    fn feed(&mut self, input: Input) {
        match input {
            Input::Step(message) => {
                let from = MemberId(message.from());
                if let Err(error) = self.step(*message) {
                    match error {
                        RefusedMessage::Commit { .. } => error!(member = %from, %error, "refused raft message"),
                        _ => warn!(member = %from, %error, "refused raft message"),
                    }
                }
            }
            Input::ReadIndex(context) => self.raw.read_index(context.to_be_bytes().to_vec()),
            Input::TransferLeader(to) => self.raw.transfer_leader(to.0),
            Input::Unreachable(member) => self.raw.report_unreachable(member.0),
            Input::SnapshotStatus { to, sent } => {
                let status = if sent { SnapshotStatus::Finish } else { SnapshotStatus::Failure };
                self.raw.report_snapshot(to.0, status);
            }
            Input::Tick
            | Input::Propose(_)
            | Input::ProposeInTerm { .. }
            | Input::ProposeConfChange(_)
            | Input::Persisted(_)
            | Input::Applied(_)
            | Input::ConfDone { .. }
            | Input::SnapshotSaved(_)
            | Input::Truncate(_)
            | Input::SnapshotMeta(_)
            | Input::Stop => unreachable!("never deferred"),
        }
    }

    fn step(&mut self, message: raftpb::Message) -> Result<(), RefusedMessage> {
        let kind = message.r#type();
        let raw = convert::message_in(self.id, message)?;
        let last = self.raw.raft.raft_log.last_index();
        if kind == raftpb::MessageType::MsgHeartbeat && raw.term >= self.raw.raft.term && raw.commit > last {
            return Err(RefusedMessage::Commit { commit: raw.commit, last });
        }
        let snapshot = raw.get_snapshot().get_metadata();
        let committed = self.raw.raft.raft_log.committed;
        // etcd ignores such a snapshot, raft-rs would install it over what is applied.
        if snapshot.index == committed && !self.raw.raft.raft_log.match_term(committed, snapshot.term) {
            return Err(RefusedMessage::Snapshot);
        }
        if kind == raftpb::MessageType::MsgTimeoutNow && self.could_win_unsynced() {
            return Ok(());
        }
        if let Err(error) = self.raw.step(raw) {
            // A response of a member that is none any more, or a proposal without a leader to send it to.
            debug!(%error, ?kind, "raft message had no effect");
        }
        Ok(())
    }

    fn synced(&mut self, number: u64) {
        while self.unsynced.pop_front_if(|first| *first <= number).is_some() {}
        self.advance_persisted();
    }

    fn advance_persisted(&mut self) {
        let first_pending = self.unsynced.front().copied().into_iter();
        let first_pending = first_pending.chain(self.installing.map(|(number, _)| number)).min();
        let number = first_pending.map_or(self.last_number, |first| first - 1);
        if number > self.persisted {
            self.persisted = number;
            self.raw.on_persist_ready(number);
        }
    }

    fn applied(&mut self, index: Index) {
        assert!(self.installing.is_none_or(|(_, due)| index < due), "snapshot applied at {index} before it was saved");
        if index > self.raw.raft.raft_log.applied {
            self.raw.advance_apply_to(index);
        }
    }

    fn conf_done(&mut self, index: Index, change: Option<raftpb::ConfChange>) {
        let due = self.changing.pop_front();
        assert_eq!(due, Some(index), "conf change {index} is done, but {due:?} was due");
        if let Some(change) = change {
            self.change_configuration(&change);
        }
        self.applied(index);
        self.feed_deferred();
    }

    fn change_configuration(&mut self, change: &raftpb::ConfChange) {
        let raw_change = match convert::conf_change(change) {
            Ok(Some(raw_change)) => raw_change,
            Ok(None) => return,
            Err(error) => return error!(%error, "configuration change without effect on raft"),
        };
        if let Err(error) = self.raw.apply_conf_change(&raw_change) {
            return error!(%error, "configuration change without effect on raft");
        }
        let removed = change.r#type() == raftpb::ConfChangeType::ConfChangeRemoveNode;
        if removed && change.node_id() == self.id.0 {
            // A leader that is no member makes raft-rs abort at its next commit.
            let term = self.raw.raft.term;
            self.raw.raft.become_follower(term, raft::INVALID_ID);
        }
    }

    fn snapshot_saved(&mut self, index: Index) {
        match self.installing {
            Some((_, due)) if due == index => self.installing = None,
            other => panic!("snapshot {index} is saved, but {other:?} was due"),
        }
        self.advance_persisted();
        self.feed_deferred();
    }

    // ---- outputs ----

    fn propose(&mut self, outputs: &mut Vec<Output>) {
        let mut refused = self.backlog.take_expired(self.now.saturating_sub(self.proposal_wait_ticks));
        let mut entries = std::mem::take(&mut self.proposals);
        let duties = std::mem::take(&mut self.duties);
        if self.is_fenced() {
            refused.append(&mut self.backlog.push(self.now, entries, backlog::FENCED));
        } else if !self.can_propose() {
            refused.append(&mut self.backlog.push(self.now, entries, backlog::LEADERLESS));
        } else {
            if self.raw.raft.state == StateRole::Leader {
                let term = self.raw.raft.term;
                entries.extend(duties.into_iter().filter(|&(of, _)| of == term).map(|(_, entry)| entry));
            }
            if self.backlog.len() > 0 {
                entries.splice(0..0, self.backlog.take_all());
            }
            if !entries.is_empty()
                && let Err(error) = self.raw.step(convert::proposal(self.id, entries))
            {
                warn!(%error, "proposal dropped");
            }
        }
        if !refused.is_empty() {
            outputs.push(Output::Refused(refused));
        }
    }

    /// Whether raft-rs would take a proposal. What it does not take is lost.
    fn can_propose(&self) -> bool {
        let raft = &self.raw.raft;
        let is_member = raft.prs().get(self.id.0).is_some();
        match raft.state {
            StateRole::Leader => is_member && raft.lead_transferee.is_none(),
            StateRole::Follower => raft.leader_id != raft::INVALID_ID,
            StateRole::Candidate | StateRole::PreCandidate => false,
        }
    }

    /// Lets a sole voter win without waiting for a timeout; true if it just did.
    fn wins_at_once(&mut self) -> bool {
        let due = !self.is_fenced()
            && self.unsynced.is_empty()
            && self.raw.raft.state == StateRole::Follower
            && self.is_sole_voter();
        if due && let Err(error) = self.raw.campaign() {
            debug!(%error, "campaign refused");
        }
        due && self.raw.raft.state == StateRole::Leader
    }

    fn take_ready(&mut self, outputs: &mut Vec<Output>) {
        let mut ready = self.raw.ready();
        let number = ready.number();
        self.last_number = number;

        let messages = self.messages_out(ready.take_messages());
        if !messages.is_empty() {
            outputs.push(Output::Send(messages));
        }
        let promises = self.messages_out(ready.take_persisted_messages());
        if !promises.is_empty() {
            self.held.push_back((number, promises));
        }

        let installed = (!ready.snapshot().is_empty()).then(|| convert::snapshot_meta(ready.snapshot()));
        if let Some(meta) = &installed {
            self.raw.mut_store().restart_at(meta.index, meta.term);
            self.installing = Some((number, meta.index));
        }
        let entries = ready.take_entries();
        let hard_state = ready.hs().map(convert::hard_state_out);
        let must_sync = ready.must_sync();
        if must_sync {
            self.unsynced.push_back(number);
        }
        if !entries.is_empty() || hard_state.is_some() {
            self.raw.mut_store().append(entries.clone());
            let entries = convert::entries_out(entries);
            outputs.push(Output::Save(Save { number, entries, hard_state, must_sync }));
        }
        outputs.extend(installed.map(Output::Install));

        let committed = ready.take_committed_entries();
        self.changing.extend(committed.iter().filter(|entry| convert::is_conf_change(entry)).map(|entry| entry.index));
        if !committed.is_empty() {
            outputs.push(Output::Committed(convert::entries_out(committed)));
        }
        let read_states = ready.take_read_states();
        if !read_states.is_empty() {
            outputs.push(Output::ReadStates(read_states_out(read_states)));
        }
        self.raw.advance_append_async(ready);
        self.advance_persisted();
    }

    fn messages_out(&self, messages: Vec<convert::RawMessage>) -> Vec<raftpb::Message> {
        let own = self.id.0;
        messages.into_iter().filter(|message| message.to != own).map(convert::message_out).collect()
    }

    /// What was promised may be said once it is on disk. While a membership change is being applied, nothing is: votes
    /// must be counted under the configuration that is in force.
    fn release_held(&mut self, outputs: &mut Vec<Output>) {
        let persisted = self.persisted;
        while self.changing.is_empty()
            && let Some((_, messages)) = self.held.pop_front_if(|(number, _)| *number <= persisted)
        {
            outputs.push(Output::Send(messages));
        }
    }
}

fn entries_after(start: Index, entries: Vec<raftpb::Entry>) -> Result<Vec<RawEntry>, BootError> {
    let check = |(expected, entry): (Index, raftpb::Entry)| {
        let index = entry.index();
        if index != expected {
            return Err(BootError::Gap { expected, found: index });
        }
        convert::entry_in(entry).map_err(|source| BootError::Entry { index, source })
    };
    (start + 1..).zip(entries).map(check).collect()
}

fn leadership_of(raw: &RawNode<MemLog>) -> Leadership {
    let leader = Some(raw.raft.leader_id).filter(|&id| id != raft::INVALID_ID).map(MemberId);
    Leadership { term: raw.raft.term, leader, role: convert::role(raw.raft.state) }
}

/// Contexts are ours, 8 bytes; raft-rs hands them back as they were.
fn read_states_out(states: Vec<raft::ReadState>) -> Vec<(u64, Index)> {
    let parse = |state: raft::ReadState| {
        let context = <[u8; 8]>::try_from(&state.request_ctx[..]).ok()?;
        Some((u64::from_be_bytes(context), state.index))
    };
    states.into_iter().filter_map(parse).collect()
}

#[cfg(test)]
mod tests;
