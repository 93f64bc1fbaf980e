//! Leases kept alive: any number of them over one stream, each renewed at a third of its TTL.
//!
//! [`LeaseKeeper`] is the handle; a task of its own holds the leases and their deadlines, another one the stream. An
//! answer that does not come within a third of the TTL makes the stream be opened anew, at the next endpoint.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use tokio::{
    sync::mpsc::{self, error::TrySendError},
    task::JoinHandle,
    time::Instant,
};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Code, Status, metadata::MetadataValue};

use super::{
    Client, ClientError,
    error::{is_broken, is_unsent},
    token::Attached,
};
use crate::pb::etcdserverpb::{LeaseKeepAliveRequest, LeaseKeepAliveResponse, lease_client::LeaseClient};

/// Events that may wait for the reader of one lease; more renewals are left out, the end never.
const QUEUE: usize = 16;
/// Pause before a broken stream is opened again.
const REOPEN_PAUSE: Duration = Duration::from_millis(500);
/// An answer is waited for this long at least.
const PATIENCE_MIN: Duration = Duration::from_secs(1);
/// While a lease that the server refuses is looked for, one after another is renewed in such steps.
const CAREFUL_PAUSE: Duration = Duration::from_millis(20);

/// What became of a lease that is kept alive.
#[derive(Clone, Debug)]
pub enum LeaseEvent {
    /// It was renewed.
    Renewed(LeaseKeepAliveResponse),
    /// It is over, or must be taken to be. The last event.
    Lost(LeaseLost),
}

/// Why a lease is lost.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LeaseLost {
    /// The server does not know it: it expired, or was revoked.
    #[error("the lease expired or was revoked")]
    Expired,
    /// No server has renewed it within its TTL.
    #[error("no server has renewed the lease in time")]
    NoAnswer,
    /// The server refuses to renew it.
    #[error(transparent)]
    Refused(ClientError),
}

/// A handle to leases that are kept alive over one stream. Renewing ends when the handle and all queues are dropped.
#[derive(Clone)]
pub struct LeaseKeeper {
    commands: mpsc::UnboundedSender<Keep>,
}

struct Keep {
    id: i64,
    /// How long the first answer may take.
    patience: Duration,
    events: mpsc::Sender<LeaseEvent>,
}

impl LeaseKeeper {
    /// Starts the task that renews; the stream is opened for the first lease.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(client: Client) -> Self {
        let (commands, inbox) = mpsc::unbounded_channel();
        let client = client.detached();
        let task = Task { client, entries: HashMap::new(), schedule: BTreeSet::new(), stream: None, is_careful: false };
        tokio::spawn(task.run(inbox));
        Self { commands }
    }

    /// Renews a lease at once and then at each third of its TTL, until the queue is dropped. A reader that is too slow
    /// misses renewals, but not the end. `ttl` is how long the lease lasts as far as the caller knows: so long the
    /// first answer may take.
    pub fn keep(&self, id: i64, ttl: Duration) -> mpsc::Receiver<LeaseEvent> {
        let (events, receiver) = mpsc::channel(QUEUE);
        // The task lives as long as this handle.
        let _ = self.commands.send(Keep { id, patience: ttl, events });
        receiver
    }
}

impl Client {
    /// Keeps a lease alive on the stream that this client and its clones share, until the queue is dropped. The first
    /// answer may take a second longer than the dial timeout, as with etcd's client; the later ones the lease's TTL.
    ///
    /// ```no_run
    /// # async fn example(client: rsetcd::client::Client) -> Result<(), rsetcd::client::ClientError> {
    /// use rsetcd::{client::{LeaseEvent, Put}, pb::etcdserverpb::LeaseGrantRequest};
    ///
    /// let lease = client.lease_grant(LeaseGrantRequest { ttl: 10, id: 0 }).await?.id;
    /// client.put(Put::new("workers/7", "here").lease(lease)).await?;
    /// let mut events = client.keep_alive(lease);
    /// while let Some(event) = events.recv().await {
    ///     if let LeaseEvent::Lost(reason) = event {
    ///         eprintln!("no longer a worker: {reason}");
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn keep_alive(&self, id: i64) -> mpsc::Receiver<LeaseEvent> {
        self.lease_keeper().keep(id, self.dial_timeout() + Duration::from_secs(1))
    }

    /// The keeper that this client and its clones share.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn lease_keeper(&self) -> LeaseKeeper {
        self.streams().keeper.get_or_init(|| LeaseKeeper::new(self.clone())).clone()
    }
}

struct Entry {
    events: Vec<mpsc::Sender<LeaseEvent>>,
    /// When it is lost without an answer.
    deadline: Instant,
    /// How long an answer may take before the stream is given up.
    patience: Duration,
    /// Whether an answer is due.
    is_asked: bool,
    /// When to look at it again; its place in the schedule.
    next: Instant,
}

struct Task {
    client: Client,
    entries: HashMap<i64, Entry>,
    /// (when, lease), one for each entry.
    schedule: BTreeSet<(Instant, i64)>,
    stream: Option<Stream>,
    /// One lease at a time, to find the one that the server refuses.
    is_careful: bool,
}

/// The stream, read by a task of its own that also opens it.
struct Stream {
    requests: mpsc::UnboundedSender<LeaseKeepAliveRequest>,
    answers: mpsc::Receiver<Result<LeaseKeepAliveResponse, (Status, Attached)>>,
    reader: JoinHandle<()>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Keep>) {
        let mut open = true;
        loop {
            let Some(&(wake, _)) = self.schedule.first() else {
                self.stream = None;
                match inbox.recv().await {
                    Some(keep) => self.add(keep),
                    None => return,
                }
                continue;
            };
            tokio::select! {
                keep = inbox.recv(), if open => match keep {
                    Some(keep) => self.add(keep),
                    None => open = false,
                },
                answer = next_answer(&mut self.stream) => match answer {
                    Ok(answer) => self.answered(answer),
                    Err((status, attached)) => self.broken(&status, &attached).await,
                },
                () = tokio::time::sleep_until(wake) => self.wake(Instant::now()),
            }
        }
    }

    fn add(&mut self, keep: Keep) {
        let now = Instant::now();
        if let Some(entry) = self.entries.get_mut(&keep.id) {
            entry.events.push(keep.events);
            return;
        }
        self.schedule.insert((now, keep.id));
        let patience = keep.patience.max(PATIENCE_MIN);
        let entry = Entry { events: vec![keep.events], deadline: now + patience, patience, is_asked: false, next: now };
        self.entries.insert(keep.id, entry);
    }

    fn reschedule(&mut self, id: i64, next: Instant) {
        if let Some(entry) = self.entries.get_mut(&id) {
            self.schedule.remove(&(entry.next, id));
            entry.next = next;
            self.schedule.insert((next, id));
        }
    }

    fn remove(&mut self, id: i64) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        self.schedule.remove(&(entry.next, id));
        Some(entry)
    }

    fn lose(&mut self, id: i64, reason: &LeaseLost) {
        for events in self.remove(id).into_iter().flat_map(|entry| entry.events) {
            // The place that renewals leave free.
            let _ = events.try_send(LeaseEvent::Lost(reason.clone()));
        }
    }

    /// Does what is due.
    fn wake(&mut self, now: Instant) {
        let due: Vec<i64> = self.schedule.iter().take_while(|(at, _)| *at <= now).map(|&(_, id)| id).collect();
        let mut is_stuck = false;
        for id in due {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            entry.events.retain(|events| !events.is_closed());
            if entry.events.is_empty() {
                self.remove(id);
            } else if now >= entry.deadline {
                self.lose(id, &LeaseLost::NoAnswer);
            } else if entry.is_asked {
                is_stuck = true;
            } else if self.is_careful && self.entries.values().any(|entry| entry.is_asked) {
                self.reschedule(id, now + CAREFUL_PAUSE);
            } else {
                self.ask(id, now);
            }
        }
        if is_stuck {
            self.restart(now);
        }
    }

    fn ask(&mut self, id: i64, now: Instant) {
        let stream = self.stream.get_or_insert_with(|| Stream::open(self.client.clone()));
        // A stream that is gone says so through its answers.
        let _ = stream.requests.send(LeaseKeepAliveRequest { id });
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.is_asked = true;
            let next = (now + entry.patience).min(entry.deadline);
            self.reschedule(id, next);
        }
    }

    /// Gives the stream up; those that wait for an answer ask again at `at`.
    fn restart(&mut self, at: Instant) {
        self.stream = None;
        let asked: Vec<i64> = self.entries.iter().filter(|(_, entry)| entry.is_asked).map(|(&id, _)| id).collect();
        for id in asked {
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.is_asked = false;
            }
            self.reschedule(id, at);
        }
    }

    fn answered(&mut self, answer: LeaseKeepAliveResponse) {
        let (now, id) = (Instant::now(), answer.id);
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if answer.ttl <= 0 {
            return self.lose(id, &LeaseLost::Expired);
        }
        let ttl = Duration::from_secs(u64::try_from(answer.ttl).unwrap_or(0));
        entry.is_asked = false;
        entry.deadline = now + ttl;
        entry.patience = (ttl / 3).max(PATIENCE_MIN);
        for events in &entry.events {
            if events.capacity() > 1 {
                match events.try_send(LeaseEvent::Renewed(answer)) {
                    // Looked at when it is due again.
                    Ok(()) | Err(TrySendError::Closed(_) | TrySendError::Full(_)) => {}
                }
            }
        }
        self.reschedule(id, now + ttl / 3);
    }

    async fn broken(&mut self, status: &Status, attached: &Attached) {
        let now = Instant::now();
        let error = ClientError::from_status(status, false);
        if self.client.identity().can_renew_after(&error) {
            let at = match self.client.with_timeout(Some(PATIENCE_MIN)).renew(attached).await {
                Ok(()) => now,
                Err(_) => now + REOPEN_PAUSE,
            };
            return self.restart(at);
        }
        let passing = is_broken(status) || matches!(status.code(), Code::Unavailable | Code::Internal | Code::Unknown);
        if passing {
            return self.restart(now + REOPEN_PAUSE);
        }
        // One of those that were asked is refused, and takes the others with it.
        let mut asked = self.entries.iter().filter(|(_, entry)| entry.is_asked).map(|(&id, _)| id);
        match (asked.next(), asked.next()) {
            (Some(only), None) => {
                self.lose(only, &LeaseLost::Refused(error));
                self.is_careful = false;
            }
            _ => self.is_careful = true,
        }
        self.restart(now);
    }
}

async fn next_answer(stream: &mut Option<Stream>) -> Result<LeaseKeepAliveResponse, (Status, Attached)> {
    match stream {
        None => std::future::pending().await,
        Some(stream) => {
            let ended = || (Status::unavailable("the server ended the stream"), Attached::default());
            stream.answers.recv().await.unwrap_or_else(|| Err(ended()))
        }
    }
}

impl Stream {
    fn open(client: Client) -> Self {
        let (requests, outgoing) = mpsc::unbounded_channel();
        let (incoming, answers) = mpsc::channel(QUEUE);
        let reader = tokio::spawn(async move {
            if let Err(error) = read(&client, outgoing, &incoming).await {
                // The owner may have given the stream up.
                let _ = incoming.send(Err(error)).await;
            }
        });
        Self { requests, answers, reader }
    }
}

async fn read(
    client: &Client,
    outgoing: mpsc::UnboundedReceiver<LeaseKeepAliveRequest>,
    incoming: &mpsc::Sender<Result<LeaseKeepAliveResponse, (Status, Attached)>>,
) -> Result<(), (Status, Attached)> {
    let attached = client.stream_token().await.map_err(|error| (error.to_status(), Attached::default()))?;
    let failed = |status: Status| (status, attached.clone());
    let picked = client.pick().await;
    let mut request = client.request(UnboundedReceiverStream::new(outgoing), &attached, None);
    request.metadata_mut().insert("hasleader", MetadataValue::from_static("true"));
    let opened = LeaseClient::new(picked.channel.clone()).lease_keep_alive(request).await;
    let mut answers = match opened {
        Ok(answers) => answers.into_inner(),
        Err(status) => {
            if is_unsent(&status) {
                client.lost(&picked);
            }
            return Err(failed(status));
        }
    };
    while let Some(answer) = answers.message().await.map_err(failed)? {
        if incoming.send(Ok(answer)).await.is_err() {
            return Ok(());
        }
    }
    Err(failed(Status::unavailable("the server ended the stream")))
}
