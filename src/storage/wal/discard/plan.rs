//! Which log can be kept, and whether a member could start from it.

use super::{Applied, Place, Survey};
use crate::pb::raftpb::{Entry, HardState};
use crate::storage::wal::SnapMark;
use crate::types::{Index, Term};

/// Why all behind an index cannot be given up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the backend has applied entries up to {applied}: a log that ends with {index} would be behind it")]
    BackendAhead { applied: Index, index: Index },
    #[error("the last entry that can be read is {last}")]
    Unreadable { last: Index },
    #[error("the log begins at the snapshot of index {start}")]
    BeforeStart { start: Index },
    #[error("a snapshot record of index {mark} stands before that entry")]
    BeforeMark { mark: Index },
    /// 0: there is none.
    #[error("the backend has applied entries up to {applied}, but the log begins at the snapshot of index {start}")]
    BackendBehind { applied: Index, start: Index },
    #[error("entries {first} to {last} are missing behind the log's start")]
    MissingEntries { first: Index, last: Index },
    #[error("the backend does not tell the term of the last entry that it has applied")]
    NoTerm,
    #[error("the backend does not tell for certain who the members are")]
    NoMembers,
    #[error("no metadata record can be read: whose log this is, is unknown")]
    NoMetadata,
}

/// What will be done.
#[derive(Debug)]
pub struct Plan {
    pub(super) keep: Keep,
    pub(super) hard_state: HardState,
}

#[derive(Debug)]
pub(super) enum Keep {
    /// The log up to a place, and a snapshot record that stood behind it.
    Log(Place, Option<SnapMark>),
    /// A snapshot record for what the backend has, and entries after it.
    Backend(SnapMark, Vec<Entry>),
}

impl Plan {
    /// The snapshot that the log will begin at, where it begins anew.
    pub fn begins_at(&self) -> Option<&SnapMark> {
        match &self.keep {
            Keep::Log(..) => None,
            Keep::Backend(mark, _) => Some(mark),
        }
    }
}

impl Survey {
    /// The index that loses least, if there is one.
    pub fn best(&self, applied: Option<&Applied>) -> Option<Index> {
        let applied_index = applied.map_or(0, |applied| applied.index);
        let behind = self.behind.last().map_or(0, Entry::index);
        let mut candidates = [self.last(), applied_index, behind];
        candidates.sort_unstable();
        candidates.into_iter().rev().find(|&index| self.plan(index, applied).is_ok())
    }

    /// How to give up all entries behind `index`.
    ///
    /// # Errors
    /// What would be left could not be started from.
    pub fn plan(&self, index: Index, applied: Option<&Applied>) -> Result<Plan, Refusal> {
        let found = self.plan_from_log(index, applied);
        let start = self.readable.start().map_or(0, |mark| mark.index);
        match applied {
            Some(applied) if index >= applied.index && applied.index >= start.max(1) => {
                found.or_else(|refusal| self.plan_from_backend(index, applied).unwrap_or(Err(refusal)))
            }
            _ => found,
        }
    }

    fn plan_from_log(&self, index: Index, applied: Option<&Applied>) -> Result<Plan, Refusal> {
        let (last, log) = (self.last(), &self.readable);
        self.metadata.as_ref().ok_or(Refusal::NoMetadata)?;
        match applied {
            Some(applied) if applied.index > index => {
                return Err(Refusal::BackendAhead { applied: applied.index, index });
            }
            _ if index > last => return Err(Refusal::Unreadable { last }),
            _ => {}
        }
        let start = log.start().ok_or(Refusal::BeforeStart { start: log.first })?.index;
        if index < start.max(1) {
            return Err(Refusal::BeforeStart { start });
        }
        let applied = applied.map_or(0, |applied| applied.index);
        if applied < start {
            return Err(Refusal::BackendBehind { applied, start });
        }
        if log.first > start + 1 {
            return Err(Refusal::MissingEntries { first: start + 1, last: log.first - 1 });
        }
        let place = index.checked_sub(log.first).and_then(|at| log.places.get(at as usize));
        let place = *place.ok_or(Refusal::BeforeStart { start: log.first })?;
        let (before, behind): (Vec<_>, _) = log.marks.iter().partition(|(number, _)| *number < place.number);
        if let Some((_, mark)) = before.iter().find(|(_, mark)| mark.index > index) {
            return Err(Refusal::BeforeMark { mark: mark.index });
        }
        let commit = self.seen.commit().min(index);
        let mut behind: Vec<&(u64, SnapMark)> = behind;
        behind.retain(|(_, mark)| mark.index <= commit);
        let mark = behind.last().map(|(_, mark)| mark.clone());
        let hard_state = self.hard_state(place.term, commit);
        Ok(Plan { keep: Keep::Log(place, mark), hard_state })
    }

    /// `None` if the entries between the backend and `index` cannot be read.
    fn plan_from_backend(&self, index: Index, applied: &Applied) -> Option<Result<Plan, Refusal>> {
        let Applied { index: start, term, ref conf_state } = *applied;
        let mut entries = self.behind.clone();
        entries.retain(|entry| (start + 1..=index).contains(&entry.index()));
        if entries.len() as u64 != index - start {
            return None;
        }
        if self.metadata.is_none() {
            return Some(Err(Refusal::NoMetadata));
        }
        if term == 0 {
            return Some(Err(Refusal::NoTerm));
        }
        if conf_state.is_none() {
            return Some(Err(Refusal::NoMembers));
        }
        let last_term = entries.last().map_or(term, Entry::term);
        let hard_state = self.hard_state(last_term, self.seen.commit().clamp(start, index));
        let mark = SnapMark { index: start, term, conf_state: conf_state.clone() };
        Some(Ok(Plan { keep: Keep::Backend(mark, entries), hard_state }))
    }

    /// The hard state of a log whose last entry has `term`: that of the last entry may be what is damaged.
    fn hard_state(&self, term: Term, commit: Index) -> HardState {
        let mut state = HardState { commit: Some(commit), ..self.seen };
        if state.term() < term {
            (state.term, state.vote) = (Some(term), Some(0));
        }
        state
    }
}
