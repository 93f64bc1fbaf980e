//! Who does raft's work: whoever has an input and finds nobody at it. What arrives meanwhile is done by who is at it. The
//! raft thread does what others leave to it, what takes long, and the ticks. So a lone request wakes no thread that
//! only passes it on.
//!
//! Nothing is left lying: who leaves an input behind has seen somebody at work, and who lets go of the work looks at the
//! queue afterwards.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};
use tracing::{error, info};

use super::driver::{Driver, Flow, Ticks};
use super::output::Input;

/// Turns of raft's work that a thread does which has work of its own; the raft thread goes on then.
const TURNS_MAX: usize = 4;

/// The way to raft. Whoever sends bounds what it sends: proposals not applied, bytes queued for the WAL.
#[derive(Clone)]
pub struct Inbox(pub(super) Arc<Shared>);

pub(super) struct Shared {
    queue: Mutex<Queue>,
    /// For the raft thread: `is_called` is set.
    call: Condvar,
    /// Held by whoever does raft's work. `None` before the start and after the end.
    driver: Mutex<Option<Driver>>,
}

#[derive(Default)]
struct Queue {
    inputs: Vec<Input>,
    /// For the raft thread alone, after `inputs`.
    long: Vec<Input>,
    /// The raft thread is to look.
    is_called: bool,
    is_stopped: bool,
}

/// Raft has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("raft has stopped")]
pub struct Stopped;

/// An inbox for a raft that is yet to be started: what raft gives its outputs to answers into it.
pub fn inbox() -> Inbox {
    Inbox(Arc::new(Shared { queue: Mutex::default(), call: Condvar::new(), driver: Mutex::new(None) }))
}

impl Inbox {
    /// Leaves an input to who is at work, or else to the raft thread. An output may do that, too: the next turn has it.
    ///
    /// # Errors
    /// Raft has stopped.
    pub fn send(&self, input: Input) -> Result<(), Stopped> {
        let is_long = input.is_long();
        let mut queue = self.0.queue.lock();
        queue.push(input)?;
        if is_long || !self.0.driver.is_locked() {
            self.0.call_thread(&mut queue);
        }
        Ok(())
    }

    /// Does raft's work with this input on the caller's thread, unless somebody is at it already: then that one does.
    /// Outputs may be called before this returns, so the caller must hold no lock that one of them takes.
    ///
    /// # Errors
    /// Raft has stopped.
    pub fn drive(&self, input: Input) -> Result<(), Stopped> {
        self.0.queue.lock().push(input)?;
        self.0.work(TURNS_MAX);
        Ok(())
    }

    /// [`Self::drive`] for a thread that may get work of its own by it: leaves what arrives meanwhile to the raft thread.
    ///
    /// # Errors
    /// Raft has stopped.
    pub fn drive_once(&self, input: Input) -> Result<(), Stopped> {
        self.0.queue.lock().push(input)?;
        self.0.work(1);
        Ok(())
    }
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}

impl Queue {
    fn push(&mut self, input: Input) -> Result<(), Stopped> {
        if self.is_stopped {
            return Err(Stopped);
        }
        if input.is_long() {
            self.long.push(input);
        } else {
            self.inputs.push(input);
        }
        Ok(())
    }

    /// `inputs`, which is empty, gets all that this thread may do.
    fn take(&mut self, inputs: &mut Vec<Input>, is_raft_thread: bool) {
        std::mem::swap(inputs, &mut self.inputs);
        if is_raft_thread {
            inputs.append(&mut self.long);
        }
    }
}

impl Shared {
    /// Runs on the raft thread, from the first cycle to the end.
    pub(super) fn run(&self, mut driver: Driver, mut ticks: Ticks) {
        {
            let _guard = AbortOnPanic;
            let mut slot = self.driver.lock();
            driver.cycle();
            *slot = Some(driver);
        }
        loop {
            let mut queue = self.queue.lock();
            while !queue.is_stopped && !queue.is_called && queue.inputs.is_empty() {
                if self.call.wait_for(&mut queue, ticks.remaining(Instant::now())).timed_out() {
                    break;
                }
            }
            if queue.is_stopped {
                return;
            }
            queue.is_called = false;
            drop(queue);
            let mut slot = self.driver.lock();
            self.turn(&mut slot, Some(&mut ticks));
        }
    }

    fn work(&self, turns: usize) {
        for _ in 0..turns {
            let Some(mut slot) = self.driver.try_lock() else { return };
            self.turn(&mut slot, None);
            drop(slot);
            if self.queue.lock().inputs.is_empty() {
                return;
            }
        }
        self.call_thread(&mut self.queue.lock());
    }

    /// One turn with what is queued, if raft has begun and not ended. `ticks` are the raft thread's.
    fn turn(&self, slot: &mut Option<Driver>, ticks: Option<&mut Ticks>) {
        let Some(driver) = slot else { return };
        let _guard = AbortOnPanic;
        let mut queue = self.queue.lock();
        queue.take(&mut driver.inputs, ticks.is_some());
        drop(queue);
        if driver.turn(ticks) == Flow::Stop {
            *slot = None;
            let mut queue = self.queue.lock();
            *queue = Queue { is_stopped: true, ..Queue::default() };
            self.call_thread(&mut queue);
            drop(queue);
            info!("raft stopped");
        }
    }

    fn call_thread(&self, queue: &mut MutexGuard<'_, Queue>) {
        if !std::mem::replace(&mut queue.is_called, true) {
            self.call.notify_one();
        }
    }
}

/// raft-rs panics when its state contradicts itself. Nothing may be acknowledged after that.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            error!("raft panicked");
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_for_the_raft_thread_and_comes_after_what_came_before_it() {
        let mut queue = Queue::default();
        for input in [Input::Applied(1), Input::Truncate(1), Input::Applied(2)] {
            queue.push(input).unwrap();
        }
        let mut taken = Vec::new();
        queue.take(&mut taken, false);
        assert!(matches!(taken[..], [Input::Applied(1), Input::Applied(2)]), "{taken:?}");
        taken.clear();
        queue.push(Input::Applied(3)).unwrap();
        queue.take(&mut taken, true);
        assert!(matches!(taken[..], [Input::Applied(3), Input::Truncate(1)]), "{taken:?}");
        taken.clear();
        queue.take(&mut taken, true);
        assert!(taken.is_empty(), "{taken:?}");
    }
}
