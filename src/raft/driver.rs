//! The raft thread: everything queued is fed to the core, then comes one ready cycle. Here, and only here, raft meets a
//! clock.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tracing::{error, info};

use super::config::RaftConfig;
use super::core::{Boot, BootError, Core};
use super::output::{Input, Leadership, Output, Save, SnapshotMeta};
use super::status::Status;
use crate::pb::raftpb;
use crate::types::{Index, MemberId};

/// Inputs fed before a ready cycle. Bounds the time until outputs leave, not what is accepted.
const BATCH_MAX: usize = 4096;

/// The way into the raft thread. Whoever sends bounds what it sends: proposals not applied, bytes queued for the WAL.
#[derive(Clone, Debug)]
pub struct Inbox(mpsc::Sender<Input>);

/// The raft thread's end of an `Inbox`.
#[derive(Debug)]
pub struct Receiver(mpsc::Receiver<Input>);

/// The raft thread has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("raft has stopped")]
pub struct Stopped;

/// An inbox for a raft that is yet to be started: what raft gives its outputs to answers into it.
pub fn inbox() -> (Inbox, Receiver) {
    let (sender, receiver) = mpsc::channel();
    (Inbox(sender), Receiver(receiver))
}

impl Inbox {
    /// # Errors
    /// Raft has stopped.
    pub fn send(&self, input: Input) -> Result<(), Stopped> {
        self.0.send(input).map_err(|_| Stopped)
    }
}

/// The context of a read, and the index that must be applied before it.
pub type ReadState = (u64, Index);

/// Who gets what raft wants done. All are called on the raft thread, so they must only hand over.
pub struct Outputs {
    /// Appends to the WAL and answers `Persisted`; for a save without `must_sync` no answer is needed.
    pub save: Box<dyn FnMut(Save) + Send>,
    pub install: Box<dyn FnMut(SnapshotMeta) + Send>,
    pub committed: Box<dyn FnMut(Vec<raftpb::Entry>) + Send>,
    pub read_states: Box<dyn FnMut(Vec<ReadState>) + Send>,
    pub send: Box<dyn FnMut(Vec<raftpb::Message>) + Send>,
    pub leadership: Box<dyn FnMut(Leadership) + Send>,
    pub snapshot_wanted: Box<dyn FnMut(MemberId) + Send>,
    pub refused: Box<dyn FnMut(Vec<Bytes>) + Send>,
}

/// A running raft.
#[derive(Debug)]
pub struct RaftHandle {
    inbox: Inbox,
    status: Arc<Status>,
    thread: JoinHandle<()>,
}

impl RaftHandle {
    /// # Errors
    /// Raft has stopped.
    pub fn send(&self, input: Input) -> Result<(), Stopped> {
        self.inbox.send(input)
    }

    pub fn status(&self) -> &Arc<Status> {
        &self.status
    }

    /// Waits for the thread to end, which `Input::Stop` asks for.
    pub fn join(self) {
        // A panic of the thread has already ended the process.
        let _ = self.thread.join();
    }
}

/// Starts the raft thread. `inbox` and `receiver` are a pair made by `inbox()`.
///
/// # Errors
/// `boot` is nothing to start from.
pub fn spawn(
    config: &RaftConfig,
    boot: Boot,
    inbox: Inbox,
    receiver: Receiver,
    outputs: Outputs,
) -> Result<RaftHandle, BootError> {
    let core = Core::start(config, boot)?;
    let status = Arc::new(Status::new());
    status.set_leadership(core.leadership(), Instant::now());
    status.set_progress(&core.progress());
    let driver = Driver { core, outputs, status: status.clone(), inbox: receiver.0, ticks: Ticks::new(config.tick) };
    let thread = thread::Builder::new()
        .name("raft".to_owned())
        .spawn(move || {
            let _guard = AbortOnPanic;
            driver.run();
        })
        .expect("the system gives a thread at start");
    Ok(RaftHandle { inbox, status, thread })
}

/// raft-rs panics when its state contradicts itself. Nothing may be acknowledged after that.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            error!("raft thread panicked");
            std::process::abort();
        }
    }
}

struct Driver {
    core: Core,
    outputs: Outputs,
    status: Arc<Status>,
    inbox: mpsc::Receiver<Input>,
    ticks: Ticks,
}

impl Driver {
    fn run(mut self) {
        self.cycle();
        while self.take_inputs() {
            // After the inbox: a message that waited must count before the time that passed meanwhile.
            if self.ticks.is_due(Instant::now()) {
                self.core.input(Input::Tick);
                self.status.set_ticked(Instant::now());
            }
            self.cycle();
        }
        info!("raft stopped");
    }

    /// Feeds everything queued, waiting for the first input until the next tick; false to stop.
    fn take_inputs(&mut self) -> bool {
        match self.inbox.recv_timeout(self.ticks.remaining(Instant::now())) {
            Ok(Input::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
            Ok(input) => self.core.input(input),
            Err(RecvTimeoutError::Timeout) => return true,
        }
        for _ in 1..BATCH_MAX {
            match self.inbox.try_recv() {
                Ok(Input::Stop) | Err(TryRecvError::Disconnected) => {
                    self.cycle();
                    return false;
                }
                Ok(input) => self.core.input(input),
                Err(TryRecvError::Empty) => break,
            }
        }
        true
    }

    fn cycle(&mut self) {
        let outputs = self.core.outputs();
        // Before anybody hears of an entry, the numbers include it.
        self.status.set_progress(&self.core.progress());
        self.status.set_matched(|matched| self.core.fill_matched(matched));
        for output in outputs {
            match output {
                Output::Leadership(leadership) => {
                    self.status.set_leadership(leadership, Instant::now());
                    (self.outputs.leadership)(leadership);
                }
                Output::Send(messages) => (self.outputs.send)(messages),
                Output::Save(save) => (self.outputs.save)(save),
                Output::Install(meta) => (self.outputs.install)(meta),
                Output::Committed(entries) => (self.outputs.committed)(entries),
                Output::ReadStates(states) => (self.outputs.read_states)(states),
                Output::SnapshotWanted(to) => (self.outputs.snapshot_wanted)(to),
                Output::Refused(datas) => (self.outputs.refused)(datas),
            }
        }
    }
}

/// When to tick. A late tick shortens the wait for the next one, at most by half: after a long pause there is one tick,
/// not a burst, so that messages that waited are heard before an election starts.
struct Ticks {
    interval: Duration,
    next: Instant,
}

impl Ticks {
    fn new(interval: Duration) -> Self {
        Self { interval, next: Instant::now() + interval }
    }

    fn remaining(&self, now: Instant) -> Duration {
        self.next.saturating_duration_since(now)
    }

    fn is_due(&mut self, now: Instant) -> bool {
        if now < self.next {
            return false;
        }
        self.next = (self.next + self.interval).max(now + self.interval / 2);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn late_ticks_catch_up_without_a_burst() {
        let interval = Duration::from_millis(100);
        let origin = Instant::now();
        let at = |ms| origin + Duration::from_millis(ms);
        let mut ticks = Ticks { interval, next: at(100) };
        for (now, due, next, why) in [
            (99, false, 100, "too early"),
            (100, true, 200, "in time"),
            (230, true, 300, "a little late: the next one in time"),
            (370, true, 420, "later: the next one after half an interval"),
            (5000, true, 5050, "after a long pause one tick"),
            (5049, false, 5050, "and no burst"),
        ] {
            assert_eq!((ticks.is_due(at(now)), ticks.next), (due, at(next)), "{why}");
        }
    }

    /// A sole voter on a WAL that acknowledges from its own thread.
    struct Alone {
        handle: RaftHandle,
        events: mpsc::Receiver<String>,
        saved: Arc<Mutex<Vec<Save>>>,
    }

    fn start(boot: Boot) -> Alone {
        let (to_raft, receiver) = inbox();
        let (event, events) = mpsc::channel();
        let (to_wal, wal) = mpsc::channel::<Save>();
        let saved = Arc::new(Mutex::new(Vec::new()));
        let (persisted, kept) = (to_raft.clone(), saved.clone());
        thread::spawn(move || {
            while let Ok(save) = wal.recv() {
                let number = save.number;
                kept.lock().unwrap().push(save);
                let _ = persisted.send(Input::Persisted(number));
            }
        });
        let apply = to_raft.clone();
        let (committed, read) = (event.clone(), event);
        let outputs = Outputs {
            save: Box::new(move |save| to_wal.send(save).unwrap()),
            install: Box::new(|_| unreachable!()),
            committed: Box::new(move |entries| {
                for entry in entries {
                    let index = entry.index();
                    let done = match entry.r#type() {
                        raftpb::EntryType::EntryNormal => Input::Applied(index),
                        _ => {
                            let change = prost::Message::decode(entry.data()).unwrap();
                            Input::ConfDone { index, change: Some(change) }
                        }
                    };
                    let _ = apply.send(done);
                    let data = String::from_utf8_lossy(entry.data()).into_owned();
                    committed.send(format!("{index} {}", if data.len() > 20 { "conf" } else { &data })).unwrap();
                }
            }),
            read_states: Box::new(move |states| read.send(format!("read {states:?}")).unwrap()),
            send: Box::new(|messages| panic!("nobody to send to: {messages:?}")),
            leadership: Box::new(|_| {}),
            snapshot_wanted: Box::new(|_| unreachable!()),
            refused: Box::new(|_| unreachable!()),
        };
        let mut config = RaftConfig::new(MemberId(7));
        config.tick = Duration::from_millis(5);
        let handle = spawn(&config, boot, to_raft, receiver, outputs).unwrap();
        Alone { handle, events, saved }
    }

    fn first_boot() -> Boot {
        let change = raftpb::ConfChange {
            r#type: Some(0),
            node_id: Some(7),
            context: Some(Bytes::from_static(b"{\"id\":7,\"peerURLs\":[\"http://a:1\"],\"name\":\"a\"}")),
            ..Default::default()
        };
        let data = prost::Message::encode_to_vec(&change).into();
        Boot {
            hard_state: raftpb::HardState { term: Some(1), vote: Some(0), commit: Some(1) },
            entries: vec![raftpb::Entry { r#type: Some(1), term: Some(1), index: Some(1), data: Some(data) }],
            ..Boot::default()
        }
    }

    impl Alone {
        fn next(&self) -> String {
            self.events.recv_timeout(Duration::from_secs(120)).expect("raft is stuck")
        }

        fn stop(self) -> Vec<Save> {
            self.handle.send(Input::Stop).unwrap();
            self.handle.join();
            Arc::try_unwrap(self.saved).map_or_else(|saved| saved.lock().unwrap().clone(), |s| s.into_inner().unwrap())
        }
    }

    #[test]
    fn sole_voter_commits_and_answers_reads_and_goes_on_after_a_restart() {
        let alone = start(first_boot());
        assert_eq!(alone.next(), "1 conf");
        assert_eq!(alone.next(), "2 ", "the entry of the new term");
        alone.handle.send(Input::Propose(vec!["a".into(), "b".into()])).unwrap();
        assert_eq!((alone.next(), alone.next()), ("3 a".into(), "4 b".into()));
        alone.handle.send(Input::ReadIndex(0x0102)).unwrap();
        assert_eq!(alone.next(), "read [(258, 4)]");
        let status = alone.handle.status().clone();
        assert_eq!((status.leader(), status.term(), status.committed()), (Some(MemberId(7)), 2, 4));
        assert!(status.lead_elected_at().is_some());

        let saves = alone.stop();
        let mut boot = first_boot();
        for save in saves {
            boot.entries.extend(save.entries);
            boot.hard_state = save.hard_state.unwrap_or(boot.hard_state);
        }
        boot.applied = 3;
        boot.conf_state = raftpb::ConfState { voters: vec![7], ..Default::default() };
        let again = start(boot);
        assert_eq!((again.next(), again.next()), ("4 b".into(), "5 ".into()));
        again.stop();
    }
}
