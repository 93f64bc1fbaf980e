//! The thread that owns the watch hub: publications, commands of streams and results of history scans in, batches of
//! responses out; and the ports through which client runtimes reach it.
//!
//! ```text
//!   apply --- changes() ----+                                   +--> port task of runtime 0 --> outboxes --> streams
//!   streams - commands -----+--> inbox --> hub thread --- one --+--> port task of runtime 1 --> ...
//!   history thread - scans -+                |    ^     message a turn and runtime
//!                                            v    |
//!                                         history thread
//! ```
//!
//! Nobody waits for the hub. What apply passes is bounded by `PUBLICATION_BYTES_MAX`: beyond it the changes are
//! dropped and all watchers read history instead. A stream has a bounded number of unanswered commands, and its
//! waiting responses are bounded by the hub.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ahash::HashMap;
use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tracing::{info, warn};

use crate::mvcc::watch::catch_up::{SCAN_BYTES_MAX, Scan, Scanned};
use crate::mvcc::watch::hub::{self, Command, Counts, Hub, HubConfig, Output, StreamId};
use crate::mvcc::{Change, ReadError, Reader, View};
use crate::telemetry::metrics::mvcc as metrics;

/// Changes that wait for the hub; beyond it they are dropped and read from history.
const PUBLICATION_BYTES_MAX: usize = 64 << 20;
/// Added to the largest request to give the largest response fragment, as etcd does for its gRPC messages.
const GRPC_OVERHEAD_BYTES: usize = 512 << 10;
const SCAN_RETRY: Duration = Duration::from_millis(100);
/// Delivered responses are reported in lots of this many, or of this many bytes.
const REPORT_RESPONSES: usize = 32;
const REPORT_BYTES: usize = 1 << 20;

/// What the hub needs from the server.
pub struct WatchDeps {
    pub cluster_id: u64,
    pub member_id: u64,
    /// `--max-request-bytes`.
    pub max_request_bytes: usize,
    /// The published view. A publication is passed to [`WatchHandle::changes`] after its view can be seen here.
    pub view: Box<dyn Fn() -> View + Send + Sync>,
    /// The term of the last applied entry.
    pub raft_term: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// Starts the hub thread and the history thread.
pub fn spawn(deps: WatchDeps) -> std::io::Result<WatchHandle> {
    let deps = Arc::new(deps);
    let inbox = Arc::new(Inbox::default());
    let (scans, jobs) = mpsc::channel();
    let history = thread::Builder::new().name("watch-history".into()).spawn({
        let (deps, inbox) = (Arc::clone(&deps), Arc::clone(&inbox));
        move || read_history(&deps, &inbox, &jobs)
    })?;
    let hub = thread::Builder::new().name("watch-hub".into()).spawn({
        let (deps, inbox) = (Arc::clone(&deps), Arc::clone(&inbox));
        move || run_hub(&deps, &inbox, &scans)
    })?;
    let threads = Arc::new(Mutex::new(vec![hub, history]));
    Ok(WatchHandle { inbox, deps, threads })
}

/// The way to the hub for apply, start and stop.
#[derive(Clone)]
pub struct WatchHandle {
    inbox: Arc<Inbox>,
    deps: Arc<WatchDeps>,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl WatchHandle {
    /// A publication: all changes since the last one, up to `revision`. Called in order, after the view was stored.
    /// Never waits.
    pub fn changes(&self, revision: i64, changes: Vec<Change>) {
        let bytes = changes.iter().map(hub::size).sum::<usize>();
        let mut state = self.inbox.state.lock();
        if state.is_idle || state.publication_bytes + bytes > PUBLICATION_BYTES_MAX {
            state.lose(revision);
        } else {
            state.publication_bytes += bytes;
            state.publications.push((revision, changes));
        }
        if !state.is_idle {
            self.inbox.changed.notify_one();
        }
    }

    /// The key space was replaced by a snapshot at `revision`, or changes up to it were not passed: watchers read
    /// from history what they miss.
    #[cfg_attr(not(test), expect(dead_code, reason = "for snapshots of a leader"))]
    pub fn reset(&self, revision: i64) {
        self.inbox.state.lock().lose(revision);
        self.inbox.changed.notify_one();
    }

    /// A way to the hub for the streams of the current tokio runtime, whose task completes them. One per runtime.
    pub fn port(&self) -> WatchPort {
        let (sender, receiver) = unbounded_channel();
        let number = {
            let mut state = self.inbox.state.lock();
            if state.is_stopping {
                let _ = sender.send(PortMessage::Stop);
            }
            state.ports.push(sender);
            u32::try_from(state.ports.len() - 1).expect("few runtimes")
        };
        let port = Arc::new(Port {
            inbox: Arc::clone(&self.inbox),
            deps: Arc::clone(&self.deps),
            number,
            next_stream: AtomicU32::new(0),
            outboxes: Mutex::default(),
        });
        tokio::spawn(run_port(Arc::clone(&port), receiver));
        WatchPort(port)
    }

    /// Streams, watchers and events, as of the hub's last turn.
    #[cfg(test)]
    pub fn counts(&self) -> Counts {
        self.inbox.state.lock().counts
    }

    /// Ends all streams and both threads.
    pub fn stop(&self) {
        self.inbox.state.lock().is_stopping = true;
        self.inbox.changed.notify_one();
        for thread in std::mem::take(&mut *self.threads.lock()) {
            if thread.join().is_err() {
                warn!("a watch thread panicked");
            }
        }
    }
}

#[derive(Default)]
struct Inbox {
    /// Guards what the hub has not taken yet.
    state: Mutex<InboxState>,
    changed: Condvar,
}

#[derive(Default)]
struct InboxState {
    publications: Vec<(i64, Vec<Change>)>,
    publication_bytes: usize,
    /// Changes up to this revision were dropped; the publications above came after them.
    lost: Option<i64>,
    events: Vec<(StreamId, Event)>,
    scanned: Option<Scanned>,
    ports: Vec<UnboundedSender<PortMessage>>,
    /// There is no stream, so that publications need not wake the hub.
    is_idle: bool,
    is_stopping: bool,
    counts: Counts,
}

impl InboxState {
    fn lose(&mut self, revision: i64) {
        self.publications.clear();
        self.publication_bytes = 0;
        self.lost = self.lost.max(Some(revision));
    }

    fn is_empty(&self) -> bool {
        let nothing_published = self.publications.is_empty() && (self.lost.is_none() || self.is_idle);
        nothing_published && self.events.is_empty() && self.scanned.is_none() && !self.is_stopping
    }
}

/// What a stream tells the hub.
enum Event {
    Open,
    Command(Command),
    Tick,
    Delivered { responses: usize, bytes: usize },
    Close,
}

/// What the hub takes from its inbox at once.
#[derive(Default)]
struct Turn {
    lost: Option<i64>,
    publications: Vec<(i64, Vec<Change>)>,
    events: Vec<(StreamId, Event)>,
    scanned: Option<Scanned>,
    is_stopping: bool,
}

impl Inbox {
    fn push(&self, stream: StreamId, event: Event) {
        let mut state = self.state.lock();
        state.events.push((stream, event));
        self.changed.notify_one();
    }

    /// Waits until there is something, or `until`.
    fn take(&self, counts: Counts, until: Option<Instant>, ports: &mut Vec<UnboundedSender<PortMessage>>) -> Turn {
        let mut state = self.state.lock();
        state.counts = counts;
        state.is_idle = counts.streams == 0;
        while state.is_empty() {
            match until {
                Some(until) if self.changed.wait_until(&mut state, until).timed_out() => break,
                Some(_) => {}
                None => self.changed.wait(&mut state),
            }
        }
        state.is_idle = false;
        state.publication_bytes = 0;
        ports.extend_from_slice(&state.ports[ports.len()..]);
        Turn {
            lost: state.lost.take(),
            publications: std::mem::take(&mut state.publications),
            events: std::mem::take(&mut state.events),
            scanned: state.scanned.take(),
            is_stopping: state.is_stopping,
        }
    }
}

fn run_hub(deps: &WatchDeps, inbox: &Inbox, scans: &mpsc::Sender<Scan>) {
    let limit = deps.max_request_bytes.saturating_add(GRPC_OVERHEAD_BYTES);
    let config = HubConfig::new(deps.cluster_id, deps.member_id, limit);
    let mut hub = Hub::new(config, (deps.view)().revision);
    let mut ports = Vec::new();
    let mut retry_at = None;
    let mut told_events = 0;
    loop {
        let counts = hub.counts();
        publish_counts(&counts, &mut told_events);
        let turn = inbox.take(counts, retry_at, &mut ports);
        if turn.is_stopping {
            break;
        }
        if turn.scanned.as_ref().is_some_and(Scanned::is_failed) {
            retry_at = Some(Instant::now() + SCAN_RETRY);
        }
        // Loaded after the turn was taken, so it is at least as new as what the turn holds.
        let view = (deps.view)();
        hub.observe((deps.raft_term)(), view.store.compacted());
        step(&mut hub, turn, &view);
        if retry_at.is_none_or(|at| Instant::now() >= at) {
            retry_at = None;
            if let Some(scan) = hub.plan_scan() {
                scans.send(scan).expect("the history thread lives until this sender is dropped");
            }
        }
        send(hub.take_outputs(), &ports);
    }
    info!("watch hub stops");
    for port in &ports {
        let _ = port.send(PortMessage::Stop); // its runtime may be gone
    }
}

/// Into the metrics; `told_events` are those that the counter has.
fn publish_counts(counts: &Counts, told_events: &mut u64) {
    let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    metrics::WATCH_STREAMS.set(gauge(counts.streams));
    metrics::WATCHERS.set(gauge(counts.watchers));
    metrics::SLOW_WATCHERS.set(gauge(counts.slow_watchers));
    metrics::EVENTS_TOTAL.inc_by(counts.events_total - *told_events);
    *told_events = counts.events_total;
}

fn step(hub: &mut Hub, turn: Turn, view: &View) {
    let mut reader = None;
    let mut before = |key: &[u8], at: i64| row_before(&mut reader, view, key, at);
    if let Some(revision) = turn.lost {
        hub.lost(revision);
    }
    for (revision, changes) in turn.publications {
        // What an installed snapshot has brought already is not told twice.
        if revision > hub.revision() {
            hub.publish(revision, changes, &mut before);
        }
    }
    for (stream, event) in turn.events {
        match event {
            Event::Open => hub.open(stream),
            Event::Command(command) => hub.command(stream, command),
            Event::Tick => hub.tick(stream),
            Event::Delivered { responses, bytes } => hub.delivered(stream, responses, bytes),
            Event::Close => hub.close(stream),
        }
    }
    if let Some(scanned) = turn.scanned {
        hub.scanned(scanned);
    }
    hub.catch_up_from_recent(&mut before);
}

/// The row of `key` as of revision `at`. The reader is opened at the first question.
fn row_before<'view>(reader: &mut Option<Reader<'view>>, view: &'view View, key: &[u8], at: i64) -> Option<Bytes> {
    let opened = match reader {
        Some(opened) => opened,
        None => match view.read() {
            Ok(opened) => reader.insert(opened),
            Err(error) => {
                warn!(%error, "a previous value cannot be read and is left out of an event");
                return None;
            }
        },
    };
    match opened.get(key, at) {
        Ok(row) => row,
        // Compacted: an event has no previous value then.
        Err(ReadError::Compacted { .. } | ReadError::FutureRevision { .. }) => None,
        Err(error @ ReadError::Backend(_)) => {
            warn!(%error, "a previous value cannot be read and is left out of an event");
            None
        }
    }
}

/// One message for each port that has something.
fn send(outputs: Vec<Output>, ports: &[UnboundedSender<PortMessage>]) {
    let mut batches: Vec<Vec<Output>> = vec![Vec::new(); ports.len()];
    if let [only] = &mut batches[..] {
        *only = outputs;
    } else {
        for output in outputs {
            batches[output.stream.port as usize].push(output);
        }
    }
    for (port, batch) in ports.iter().zip(batches) {
        if !batch.is_empty() {
            let _ = port.send(PortMessage::Batch(batch)); // its runtime may be gone
        }
    }
}

fn read_history(deps: &WatchDeps, inbox: &Inbox, jobs: &mpsc::Receiver<Scan>) {
    while let Ok(scan) = jobs.recv() {
        let scanned = scan_view(scan, &(deps.view)());
        inbox.state.lock().scanned = Some(scanned);
        inbox.changed.notify_one();
    }
}

fn scan_view(scan: Scan, view: &View) -> Scanned {
    let history = view.read().and_then(|reader| {
        reader.history(scan.first, scan.last, scan.revisions_max, SCAN_BYTES_MAX).map(|history| (reader, history))
    });
    match history {
        Ok((reader, history)) => {
            let mut reader = Some(reader);
            let mut before = |key: &[u8], at: i64| row_before(&mut reader, view, key, at);
            scan.read(&history.changes, history.next, &mut before)
        }
        Err(ReadError::Compacted { oldest, .. }) => scan.compacted(oldest),
        Err(error @ (ReadError::FutureRevision { .. } | ReadError::Backend(_))) => {
            warn!(%error, first = scan.first, last = scan.last, "history for watchers cannot be read, will be tried again");
            scan.failed()
        }
    }
}

enum PortMessage {
    Batch(Vec<Output>),
    Stop,
}

/// The way to the hub for the streams of one runtime.
#[derive(Clone)]
pub struct WatchPort(Arc<Port>);

struct Port {
    inbox: Arc<Inbox>,
    deps: Arc<WatchDeps>,
    number: u32,
    next_stream: AtomicU32,
    /// Guards the open streams' outboxes by number; `None` once the hub has stopped.
    outboxes: Mutex<Outboxes>,
}

#[derive(Default)]
struct Outboxes {
    by_number: HashMap<u32, Arc<Outbox>>,
    is_stopped: bool,
}

/// Responses on their way to one stream.
#[derive(Default)]
struct Outbox(Mutex<OutboxState>);

#[derive(Default)]
struct OutboxState {
    responses: VecDeque<Bytes>,
    /// Commands answered since the stream looked last.
    answers: usize,
    is_stopped: bool,
    waker: Option<Waker>,
}

async fn run_port(port: Arc<Port>, mut messages: UnboundedReceiver<PortMessage>) {
    while let Some(message) = messages.recv().await {
        match message {
            PortMessage::Batch(outputs) => port.fill(outputs),
            PortMessage::Stop => break,
        }
    }
    let mut outboxes = port.outboxes.lock();
    outboxes.is_stopped = true;
    for outbox in outboxes.by_number.values() {
        let mut state = outbox.0.lock();
        state.is_stopped = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

impl Port {
    fn fill(&self, outputs: Vec<Output>) {
        let mut outputs = outputs.into_iter().peekable();
        while let Some(stream) = outputs.peek().map(|output| output.stream) {
            let outbox = self.outboxes.lock().by_number.get(&stream.number).cloned();
            // One lock for a run of outputs; those of a closed stream go nowhere.
            let mut state = outbox.as_ref().map(|outbox| outbox.0.lock());
            while let Some(output) = outputs.next_if(|output| output.stream == stream) {
                if let Some(state) = &mut state {
                    state.answers += usize::from(output.is_answer);
                    if let Some(response) = output.response {
                        metrics::PENDING_EVENTS.inc();
                        state.responses.push_back(response);
                    }
                }
            }
            if let Some(waker) = state.and_then(|mut state| state.waker.take()) {
                waker.wake();
            }
        }
    }
}

impl WatchPort {
    /// Opens a stream; it ends when it is dropped.
    pub fn open(&self) -> HubStream {
        let number = self.0.next_stream.fetch_add(1, Ordering::Relaxed);
        let outbox = Arc::new(Outbox::default());
        let mut outboxes = self.0.outboxes.lock();
        outbox.0.lock().is_stopped = outboxes.is_stopped;
        outboxes.by_number.insert(number, Arc::clone(&outbox));
        drop(outboxes);
        let id = StreamId { port: self.0.number, number };
        self.0.inbox.push(id, Event::Open);
        HubStream {
            port: Arc::clone(&self.0),
            id,
            outbox,
            ready: VecDeque::new(),
            unanswered: 0,
            unreported: 0,
            unreported_bytes: 0,
        }
    }
}

/// The hub has stopped, and so has the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// One client stream's side of the hub.
pub struct HubStream {
    port: Arc<Port>,
    id: StreamId,
    outbox: Arc<Outbox>,
    /// Responses taken from the outbox.
    ready: VecDeque<Bytes>,
    unanswered: usize,
    unreported: usize,
    unreported_bytes: usize,
}

impl HubStream {
    /// The published revision.
    pub fn published(&self) -> i64 {
        (self.port.deps.view)().revision
    }

    pub fn command(&mut self, command: Command) {
        self.unanswered += 1;
        self.port.inbox.push(self.id, Event::Command(command));
    }

    /// The stream's progress interval is over.
    pub fn tick(&self) {
        self.port.inbox.push(self.id, Event::Tick);
    }

    /// Commands that the hub has not answered yet. The caller keeps this bounded.
    pub fn unanswered(&self) -> usize {
        self.unanswered
    }

    /// The next encoded response. Also wakes when `unanswered` falls.
    pub fn poll_response(&mut self, context: &mut Context<'_>) -> Poll<Result<Bytes, Stopped>> {
        if self.ready.is_empty() {
            let mut state = self.outbox.0.lock();
            std::mem::swap(&mut state.responses, &mut self.ready);
            self.unanswered -= std::mem::take(&mut state.answers);
            if self.ready.is_empty() {
                if state.is_stopped {
                    return Poll::Ready(Err(Stopped));
                }
                state.waker = Some(context.waker().clone());
                return Poll::Pending;
            }
        }
        let response = self.ready.pop_front().expect("filled above");
        metrics::PENDING_EVENTS.dec();
        self.unreported += 1;
        self.unreported_bytes += response.len();
        if self.unreported >= REPORT_RESPONSES || self.unreported_bytes >= REPORT_BYTES {
            let (responses, bytes) = (std::mem::take(&mut self.unreported), std::mem::take(&mut self.unreported_bytes));
            self.port.inbox.push(self.id, Event::Delivered { responses, bytes });
        }
        Poll::Ready(Ok(response))
    }
}

impl Drop for HubStream {
    fn drop(&mut self) {
        self.port.outboxes.lock().by_number.remove(&self.id.number);
        // Outboxes are filled on this same runtime: nothing comes any more.
        let untaken = self.ready.len() + self.outbox.0.lock().responses.len();
        metrics::PENDING_EVENTS.sub(i64::try_from(untaken).unwrap_or_default());
        self.port.inbox.push(self.id, Event::Close);
    }
}
