//! Who waits for what: the requests of one client runtime that are on their way through raft.
//!
//! The apply thread answers a whole batch by one message to each runtime; a task of that runtime completes the
//! waiting futures. Waking every request from another thread would double the cost of an RPC.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ahash::RandomState;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, oneshot};

use super::ServerError;
use super::read_index::ReadFailure;
use crate::apply::{Answer, Done};

/// How often requests are looked at that may have waited too long, while there are any.
const SWEEP_INTERVAL: Duration = Duration::from_millis(200);

/// What other threads tell a runtime.
pub enum Message {
    /// Applied entries, in order.
    Applied(Vec<Done>),
    /// Readers that may go on, or must not.
    Readers(Vec<oneshot::Sender<Result<(), ReadFailure>>>, Result<(), ReadFailure>),
}

struct Waiter {
    /// `None`: only its asker's own patience ends it.
    started: Option<Instant>,
    answer: oneshot::Sender<Result<Answer, ServerError>>,
}

/// The waiting requests of one runtime.
pub struct Waiters {
    /// By request id. Touched by the runtime's own thread only; the lock is for the compiler.
    waiting: Mutex<HashMap<u64, Waiter, RandomState>>,
    /// Wakes the sweeper when the first request arrives.
    first: Notify,
    inbox: mpsc::UnboundedSender<Message>,
}

/// A request on its way. Dropping it (the client is gone) forgets the waiter; the entry may still be applied.
pub struct Waiting {
    id: u64,
    waiters: Arc<Waiters>,
    pub answer: oneshot::Receiver<Result<Answer, ServerError>>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.waiters.waiting.lock().remove(&self.id);
    }
}

impl Waiters {
    pub fn new() -> (Arc<Self>, mpsc::UnboundedReceiver<Message>) {
        let (inbox, messages) = mpsc::unbounded_channel();
        (Arc::new(Self { waiting: Mutex::default(), first: Notify::new(), inbox }), messages)
    }

    /// Hands a message to the runtime; a runtime that has ended has nobody waiting.
    pub fn tell(&self, message: Message) {
        let _ = self.inbox.send(message);
    }

    /// `started`: since when the request's time runs; `None` if it has no limit.
    pub fn register(self: &Arc<Self>, id: u64, started: Option<Instant>) -> Waiting {
        let (sender, answer) = oneshot::channel();
        let mut waiting = self.waiting.lock();
        if waiting.is_empty() {
            self.first.notify_one();
        }
        waiting.insert(id, Waiter { started, answer: sender });
        drop(waiting);
        Waiting { id, waiters: self.clone(), answer }
    }

    pub fn len(&self) -> usize {
        self.waiting.lock().len()
    }

    fn complete(&self, done: Done) {
        let waiter = self.waiting.lock().remove(&done.request_id);
        if let Some(waiter) = waiter {
            let _ = waiter.answer.send(done.outcome.map_err(ServerError::from));
        }
    }

    /// Ends requests that have waited longer than `limit`; `why` chooses their error from when they began.
    fn expire(&self, limit: Duration, why: &dyn Fn(Instant) -> ServerError) {
        let now = Instant::now();
        let mut waiting = self.waiting.lock();
        let is_late = |waiter: &Waiter| waiter.started.filter(|&started| now - started >= limit);
        let late: Vec<(u64, Instant)> =
            waiting.iter().filter_map(|(&id, waiter)| is_late(waiter).map(|started| (id, started))).collect();
        for (id, started) in late {
            if let Some(waiter) = waiting.remove(&id) {
                let _ = waiter.answer.send(Err(why(started)));
            }
        }
    }
}

/// The runtime's own task: completes what other threads have decided. Ends when the server is dropped.
pub async fn complete_all(waiters: Arc<Waiters>, mut messages: mpsc::UnboundedReceiver<Message>) {
    while let Some(message) = messages.recv().await {
        match message {
            Message::Applied(batch) => batch.into_iter().for_each(|done| waiters.complete(done)),
            Message::Readers(readers, outcome) => {
                for reader in readers {
                    let _ = reader.send(outcome);
                }
            }
        }
    }
}

/// The runtime's second task: ends requests that have waited for `limit`. Sleeps while nobody waits.
pub async fn sweep(waiters: Arc<Waiters>, limit: Duration, why: impl Fn(Instant) -> ServerError) {
    loop {
        if waiters.len() == 0 {
            waiters.first.notified().await;
        }
        tokio::time::sleep(SWEEP_INTERVAL).await;
        waiters.expire(limit, &why);
    }
}
