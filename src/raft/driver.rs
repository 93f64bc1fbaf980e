//! Raft's work: everything queued is fed to the core, then its outputs are handed out. Here, and only here, raft meets a
//! clock. Who does the work is decided in `inbox`.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::config::RaftConfig;
use super::core::{Boot, BootError, Core};
use super::inbox::{Inbox, Stopped};
use super::output::{Input, Leadership, Output, Save, SnapshotMeta};
use super::status::Status;
use crate::pb::raftpb;
use crate::types::{Index, MemberId};

/// Inputs fed before outputs are handed out. Bounds the time until they leave, not what is accepted.
const BATCH_MAX: usize = 4096;

/// The context of a read, and the index that must be applied before it.
pub type ReadState = (u64, Index);

/// Who gets what raft wants done. All are called on the thread that does raft's work, so they must only hand over.
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

/// Starts raft. `inbox` is the one that `outputs` answer into.
///
/// # Errors
/// `boot` is nothing to start from.
pub fn spawn(config: &RaftConfig, boot: Boot, inbox: Inbox, outputs: Outputs) -> Result<RaftHandle, BootError> {
    let core = Core::start(config, boot)?;
    let status = Arc::new(Status::new());
    status.set_leadership(core.leadership(), Instant::now());
    status.set_progress(&core.progress());
    let driver = Driver { core, outputs, status: status.clone(), inputs: Vec::new() };
    let ticks = Ticks::new(config.tick);
    let shared = inbox.0.clone();
    let thread = thread::Builder::new()
        .name("raft".to_owned())
        .spawn(move || shared.run(driver, ticks))
        .expect("the system gives a thread at start");
    Ok(RaftHandle { inbox, status, thread })
}

/// Whether raft goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Continue,
    Stop,
}

/// Raft's work.
pub(super) struct Driver {
    core: Core,
    outputs: Outputs,
    status: Arc<Status>,
    /// For the next turn.
    pub(super) inputs: Vec<Input>,
}

impl Driver {
    /// Feeds the inputs, and a tick if one of `ticks` is due; then hands out what raft wants done.
    pub(super) fn turn(&mut self, ticks: Option<&mut Ticks>) -> Flow {
        let flow = self.feed();
        // After the inputs: a message that waited must count before the time that passed meanwhile.
        if flow == Flow::Continue && ticks.is_some_and(|ticks| ticks.is_due(Instant::now())) {
            self.core.input(Input::Tick);
            self.status.set_ticked(Instant::now());
        }
        self.cycle();
        flow
    }

    /// Feeds the inputs up to a stop.
    fn feed(&mut self) -> Flow {
        let mut inputs = std::mem::take(&mut self.inputs);
        let mut flow = Flow::Continue;
        for (number, input) in inputs.drain(..).enumerate() {
            if matches!(input, Input::Stop) {
                flow = Flow::Stop;
                break;
            }
            if number > 0 && number % BATCH_MAX == 0 {
                self.cycle();
            }
            self.core.input(input);
        }
        // The vector is used again.
        self.inputs = inputs;
        flow
    }

    /// Hands out what raft wants done.
    pub(super) fn cycle(&mut self) {
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
pub(super) struct Ticks {
    interval: Duration,
    next: Instant,
}

impl Ticks {
    fn new(interval: Duration) -> Self {
        Self { interval, next: Instant::now() + interval }
    }

    pub(super) fn remaining(&self, now: Instant) -> Duration {
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
    use std::sync::mpsc;

    use super::*;
    use crate::raft::inbox::inbox;

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
        /// Threads on which reads were answered.
        readers: Arc<Mutex<Vec<thread::ThreadId>>>,
    }

    fn start(boot: Boot) -> Alone {
        start_with(inbox(), boot)
    }

    fn start_with(to_raft: Inbox, boot: Boot) -> Alone {
        let (event, events) = mpsc::channel();
        let (to_wal, wal) = mpsc::channel::<Save>();
        let saved = Arc::new(Mutex::new(Vec::new()));
        let readers = Arc::<Mutex<Vec<_>>>::default();
        let answered_on = readers.clone();
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
            read_states: Box::new(move |states| {
                answered_on.lock().unwrap().push(thread::current().id());
                read.send(format!("read {states:?}")).unwrap();
            }),
            send: Box::new(|messages| panic!("nobody to send to: {messages:?}")),
            leadership: Box::new(|_| {}),
            snapshot_wanted: Box::new(|_| unreachable!()),
            refused: Box::new(|_| unreachable!()),
        };
        let mut config = RaftConfig::new(MemberId(7));
        config.tick = Duration::from_millis(5);
        let handle = spawn(&config, boot, to_raft, outputs).unwrap();
        Alone { handle, events, saved, readers }
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

    #[test]
    fn inputs_of_many_threads_that_drive_are_all_done_and_each_thread_s_in_order() {
        const THREADS: usize = 4;
        const EACH: usize = 2_000;
        let alone = start(first_boot());
        assert_eq!((alone.next(), alone.next()), ("1 conf".into(), "2 ".into()));
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let inbox = alone.handle.inbox.clone();
                scope.spawn(move || {
                    for number in 0..EACH {
                        let propose = Input::Propose(vec![format!("{thread}/{number}").into()]);
                        // All ways into one queue.
                        match number % 5 {
                            0 => inbox.send(propose),
                            1 => inbox.drive_once(propose),
                            _ => inbox.drive(propose),
                        }
                        .unwrap();
                    }
                });
            }
        });
        let mut next = [0; THREADS];
        for index in 3..3 + THREADS * EACH {
            let event = alone.next();
            let (at, data) = event.split_once(' ').unwrap();
            let (thread, number) = data.split_once('/').unwrap();
            let next = &mut next[thread.parse::<usize>().unwrap()];
            assert_eq!((at.parse(), number.parse()), (Ok(index), Ok(*next)));
            *next += 1;
        }
        alone.stop();
    }

    #[test]
    fn a_read_that_finds_nobody_at_work_is_answered_by_its_own_thread() {
        let alone = start(first_boot());
        assert_eq!((alone.next(), alone.next()), ("1 conf".into(), "2 ".into()));
        // Nobody else does any work of raft.
        let is_done = |context| {
            alone.handle.inbox.drive(Input::ReadIndex(context)).unwrap();
            alone.readers.lock().unwrap().contains(&thread::current().id())
        };
        // The raft thread may be kept from its core in the middle of a turn.
        let begun = Instant::now();
        let mut context = 1;
        while !is_done(context) {
            assert!(begun.elapsed() < Duration::from_secs(120), "none of {context}");
            context += 1;
            thread::yield_now();
        }
        alone.stop();
    }

    #[test]
    fn nothing_is_taken_after_the_stop_whoever_does_it() {
        for stop in [Inbox::send, Inbox::drive, Inbox::drive_once] {
            let alone = start(first_boot());
            let inbox = alone.handle.inbox.clone();
            stop(&inbox, Input::Stop).unwrap();
            alone.handle.join();
            assert_eq!(inbox.send(Input::ReadIndex(1)), Err(Stopped));
            assert_eq!(inbox.drive(Input::ReadIndex(2)), Err(Stopped));
            assert_eq!(inbox.drive_once(Input::Truncate(0)), Err(Stopped));
        }
    }

    #[test]
    fn what_came_before_the_start_is_done() {
        let to_raft = inbox();
        to_raft.drive(Input::Stop).unwrap();
        start_with(to_raft, first_boot()).handle.join();
    }
}
