//! Linearizable reads: one ReadIndex round for many readers.
//!
//! At most one round is under way and one batch of readers gathers for the next, over all runtimes. Only who joined
//! before a round was sent is confirmed by it. Every attempt, retries too, has a fresh context: a reused one can be
//! confirmed by late answers and serve stale reads. A confirmed batch waits until its index is applied.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::types::{Index, RequestIds};

/// An unanswered attempt is repeated after this time.
pub const RETRY_INTERVAL: Duration = Duration::from_millis(500);

type Reader = oneshot::Sender<Result<(), ReadFailure>>;

/// Readers, by the runtime they run on.
pub type Batch = Vec<Vec<Reader>>;

/// Batches that may go on, or must not.
pub type Released = Vec<(Batch, Result<(), ReadFailure>)>;

/// Why a batch of readers must not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFailure {
    LeaderChanged,
    Timeout,
}

struct Round {
    readers: Batch,
    /// The contexts sent for this round; an answer to any of them confirms it.
    contexts: Vec<u64>,
    started: Instant,
    last_sent: Instant,
}

struct State {
    gathering: Batch,
    gathered: usize,
    under_way: Option<Round>,
    /// Confirmed at an index that is not applied yet, by index.
    confirmed: Vec<(Index, Batch)>,
    applied: Index,
}

/// The rounds of this member. Decides only; the caller sends contexts to raft and tells runtimes.
pub struct ReadRounds {
    /// Held for a few instructions by readers, whoever does raft's work and the apply thread.
    state: Mutex<State>,
    contexts: RequestIds,
    runtimes: usize,
    timeout: Duration,
}

impl ReadRounds {
    /// `contexts` draws ids that no other user of ReadIndex draws; `timeout` limits a round with its retries.
    pub fn new(runtimes: usize, contexts: RequestIds, timeout: Duration) -> Self {
        let state =
            State { gathering: empty(runtimes), gathered: 0, under_way: None, confirmed: Vec::new(), applied: 0 };
        Self { state: Mutex::new(state), contexts, runtimes, timeout }
    }

    /// Joins the next round. A context in return is to be sent to raft now.
    pub fn join(&self, runtime: usize, now: Instant) -> (oneshot::Receiver<Result<(), ReadFailure>>, Option<u64>) {
        let (reader, outcome) = oneshot::channel();
        let mut state = self.state.lock();
        state.gathering[runtime].push(reader);
        state.gathered += 1;
        (outcome, self.start_round(&mut state, now))
    }

    /// Raft has confirmed `context` at `index`. Returns what may go on at once, and the next context to send.
    pub fn confirm(&self, context: u64, index: Index, now: Instant) -> (Released, Option<u64>) {
        let mut state = self.state.lock();
        let Some(round) = state.under_way.take_if(|round| round.contexts.contains(&context)) else {
            return (Vec::new(), None);
        };
        let mut released = Vec::new();
        if index <= state.applied {
            released.push((round.readers, Ok(())));
        } else {
            state.confirmed.push((index, round.readers));
        }
        (released, self.start_round(&mut state, now))
    }

    /// The view at `applied` is published: readers confirmed up to it may go on.
    pub fn applied(&self, applied: Index) -> Released {
        let mut state = self.state.lock();
        state.applied = applied;
        if state.confirmed.is_empty() {
            return Vec::new();
        }
        let (ready, waiting) =
            std::mem::take(&mut state.confirmed).into_iter().partition(|&(index, _)| index <= applied);
        state.confirmed = waiting;
        let ready: Vec<(Index, Batch)> = ready;
        ready.into_iter().map(|(_, batch)| (batch, Ok(()))).collect()
    }

    /// Another leader: it knows nothing of the round under way.
    pub fn leader_changed(&self, now: Instant) -> (Released, Option<u64>) {
        let mut state = self.state.lock();
        let Some(round) = state.under_way.take() else { return (Vec::new(), None) };
        let released = vec![(round.readers, Err(ReadFailure::LeaderChanged))];
        (released, self.start_round(&mut state, now))
    }

    /// The leader has committed in its term: an attempt sent before that was dropped. A fresh context to send.
    pub fn first_commit_in_term(&self, now: Instant) -> Option<u64> {
        self.resend(&mut self.state.lock(), now)
    }

    /// Repeats an attempt that is unanswered, ends a round that took too long.
    pub fn tick(&self, now: Instant) -> (Released, Option<u64>) {
        let mut state = self.state.lock();
        if let Some(round) = state.under_way.take_if(|round| now - round.started >= self.timeout) {
            let released = vec![(round.readers, Err(ReadFailure::Timeout))];
            return (released, self.start_round(&mut state, now));
        }
        let is_late = state.under_way.as_ref().is_some_and(|round| now - round.last_sent >= RETRY_INTERVAL);
        (Vec::new(), if is_late { self.resend(&mut state, now) } else { None })
    }

    /// Whether a round is under way, so that `tick` has something to do.
    pub fn is_busy(&self) -> bool {
        self.state.lock().under_way.is_some()
    }

    fn start_round(&self, state: &mut State, now: Instant) -> Option<u64> {
        if state.under_way.is_some() || state.gathered == 0 {
            return None;
        }
        let readers = std::mem::replace(&mut state.gathering, empty(self.runtimes));
        state.gathered = 0;
        let context = self.contexts.draw();
        state.under_way = Some(Round { readers, contexts: vec![context], started: now, last_sent: now });
        Some(context)
    }

    fn resend(&self, state: &mut State, now: Instant) -> Option<u64> {
        let round = state.under_way.as_mut()?;
        let context = self.contexts.draw();
        round.contexts.push(context);
        round.last_sent = now;
        Some(context)
    }
}

fn empty(runtimes: usize) -> Batch {
    (0..runtimes).map(|_| Vec::new()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds() -> ReadRounds {
        ReadRounds::new(1, RequestIds::new(1, 0, 0, 1), Duration::from_secs(7))
    }

    fn release(released: Released) {
        for (batch, outcome) in released {
            for reader in batch.into_iter().flatten() {
                let _ = reader.send(outcome);
            }
        }
    }

    #[test]
    fn who_joins_after_the_round_was_sent_waits_for_the_next() {
        let (rounds, now) = (rounds(), Instant::now());
        let (mut early, context) = rounds.join(0, now);
        let context = context.expect("the first reader starts a round");
        let (mut late, none) = rounds.join(0, now);
        assert_eq!(none, None);
        rounds.applied(5);
        let (released, next) = rounds.confirm(context, 5, now);
        release(released);
        assert_eq!(early.try_recv().unwrap(), Ok(()));
        assert!(late.try_recv().is_err(), "not confirmed by a round sent before it joined");
        let (released, _) = rounds.confirm(next.expect("the gathered start a round"), 5, now);
        release(released);
        assert_eq!(late.try_recv().unwrap(), Ok(()));
    }

    #[test]
    fn a_confirmed_batch_waits_until_its_index_is_applied() {
        let (rounds, now) = (rounds(), Instant::now());
        let (mut reader, context) = rounds.join(0, now);
        release(rounds.confirm(context.unwrap(), 7, now).0);
        release(rounds.applied(6));
        assert!(reader.try_recv().is_err());
        release(rounds.applied(7));
        assert_eq!(reader.try_recv().unwrap(), Ok(()));
    }

    #[test]
    fn retries_have_fresh_contexts_and_any_of_them_confirms() {
        let (rounds, now) = (rounds(), Instant::now());
        let (mut reader, first) = rounds.join(0, now);
        assert_eq!(rounds.tick(now).1, None, "not late yet");
        let (_, second) = rounds.tick(now + RETRY_INTERVAL);
        let third = rounds.first_commit_in_term(now + RETRY_INTERVAL);
        assert!(first < second && second < third);
        release(rounds.confirm(first.unwrap(), 0, now).0);
        assert_eq!(reader.try_recv().unwrap(), Ok(()));
        assert!(rounds.confirm(third.unwrap(), 0, now).0.is_empty(), "late answers confirm nobody");
    }

    #[test]
    fn a_round_ends_by_time_or_by_another_leader() {
        let (rounds, now) = (rounds(), Instant::now());
        let (mut reader, _) = rounds.join(0, now);
        release(rounds.tick(now + Duration::from_secs(7)).0);
        assert_eq!(reader.try_recv().unwrap(), Err(ReadFailure::Timeout));
        let (mut reader, _) = rounds.join(0, now);
        release(rounds.leader_changed(now).0);
        assert_eq!(reader.try_recv().unwrap(), Err(ReadFailure::LeaderChanged));
    }
}
