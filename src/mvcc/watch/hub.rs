//! The hub: all watchers of a member, and every move they make.
//!
//! The caller passes publications, commands of streams and results of history scans, and sends what `take_outputs`
//! gives. One owner, no clock, no channel.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use ahash::HashMap;
use bytes::Bytes;
use smallvec::SmallVec;

use super::batch::{self, NO_WATCHER, Origin};
use super::catch_up::{self, Before, Lagging, Scan, ScanResult, Scanned, SharedEvent};
use super::group::Group;
use super::watcher::{Filters, Interest, State, Watcher};
use crate::mvcc::Change;
use crate::types::KeyRange;

/// A client stream: the runtime that serves it, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    pub port: u32,
    pub number: u32,
}

/// What a stream asks for, checked and in the order of its requests. Each one is answered by one [`Output`] with
/// `is_answer`.
#[derive(Debug)]
pub enum Command {
    Create(Create),
    /// A create that was refused: the answer goes out in its turn.
    Refuse(String),
    /// Of an id that the stream knows.
    Cancel(i64),
    /// Asks how far the whole stream was told.
    Progress,
}

#[derive(Debug)]
pub struct Create {
    /// Not in use on the stream.
    pub id: i64,
    pub range: KeyRange,
    /// 0: from the next change on.
    pub start: i64,
    /// The published revision when the request arrived. The answer waits until the hub has reached it.
    pub published: i64,
    pub filters: Filters,
    pub prev_kv: bool,
    pub progress_notify: bool,
    pub fragment: bool,
}

/// Something for a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub stream: StreamId,
    /// An encoded `WatchResponse`; `None` when a command has no answer.
    pub response: Option<Bytes>,
    /// A command of the stream is done.
    pub is_answer: bool,
}

/// Bounds, and who we are.
#[derive(Clone, Debug)]
pub struct HubConfig {
    pub cluster_id: u64,
    pub member_id: u64,
    /// Responses from this size on are split for watchers that asked for it.
    pub fragment_limit_bytes: usize,
    /// A stream that has this many responses waiting is full (or four for each of its watchers, if that is more: one
    /// event of a widely watched key must not make all of them slow).
    pub stream_responses_max: usize,
    /// Or this many bytes.
    pub stream_bytes_max: usize,
    /// Changes that the hub remembers, so that watchers a little behind need no scan. At most the revisions of one
    /// replayed response.
    pub recent_changes_max: usize,
    pub recent_bytes_max: usize,
    /// Main revisions one scan covers at most, which is also what one response of a replay may hold.
    pub scan_revisions_max: usize,
}

impl HubConfig {
    pub fn new(cluster_id: u64, member_id: u64, fragment_limit_bytes: usize) -> Self {
        Self {
            cluster_id,
            member_id,
            fragment_limit_bytes,
            stream_responses_max: 128,
            stream_bytes_max: 16 << 20,
            recent_changes_max: SCAN_REVISIONS_MAX,
            recent_bytes_max: 1 << 20,
            scan_revisions_max: SCAN_REVISIONS_MAX,
        }
    }
}

/// How many there are, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub streams: usize,
    pub watchers: usize,
    /// Watchers that are to be fed and are not fed by publications at the moment.
    pub slow_watchers: usize,
    /// Events handed to streams since the start.
    pub events_total: u64,
}

/// As in etcd: revisions in one response of a replay.
const SCAN_REVISIONS_MAX: usize = 1000;
const RESPONSES_PER_WATCHER: usize = 4;
/// Watchers that share one scan at most.
const SCAN_WATCHERS_MAX: usize = 10_000;

#[derive(Debug)]
pub struct Hub {
    config: HubConfig,
    origin: Origin,
    /// H: everything up to it was handed out.
    revision: i64,
    compacted: i64,
    /// Watchers by place; a place is used again when its watcher is gone.
    watchers: Vec<Option<Watcher>>,
    free: Vec<u32>,
    next_serial: u64,
    streams: HashMap<StreamId, Stream>,
    synced: Group,
    synced_count: usize,
    /// Ended by a compaction, not yet cancelled.
    dead_count: usize,
    behind: Behind,
    is_scanning: bool,
    recent: Recent,
    /// Streams with commands that wait for a publication.
    holding: Vec<StreamId>,
    events_total: u64,
    outputs: Vec<Output>,
}

#[derive(Debug, Default)]
struct Stream {
    /// Places by watch id; dead ones too. Ordered, so that equal runs give equal outputs.
    watchers: BTreeMap<i64, u32>,
    /// Places of watchers that became slow; some may have moved on since.
    slow: Vec<u32>,
    /// Commands behind a create whose answer waits, in order.
    held: VecDeque<Command>,
    /// Responses handed out and not reported as delivered.
    responses: usize,
    bytes: usize,
}

impl Stream {
    fn has_room(&self, config: &HubConfig) -> bool {
        self.responses < self.responses_max(config) && self.bytes < config.stream_bytes_max
    }

    /// Room enough to try slow watchers again.
    fn is_half_empty(&self, config: &HubConfig) -> bool {
        self.responses <= self.responses_max(config) / 2 && self.bytes <= config.stream_bytes_max / 2
    }

    fn responses_max(&self, config: &HubConfig) -> usize {
        config.stream_responses_max.max(RESPONSES_PER_WATCHER * self.watchers.len())
    }
}

impl Hub {
    /// `revision`: the published one.
    pub fn new(config: HubConfig, revision: i64) -> Self {
        Self {
            origin: Origin { cluster_id: config.cluster_id, member_id: config.member_id, raft_term: 0 },
            config,
            revision,
            compacted: -1,
            watchers: Vec::new(),
            free: Vec::new(),
            next_serial: 0,
            streams: HashMap::default(),
            synced: Group::default(),
            synced_count: 0,
            dead_count: 0,
            behind: Behind::default(),
            is_scanning: false,
            recent: Recent::new(revision + 1),
            holding: Vec::new(),
            events_total: 0,
            outputs: Vec::new(),
        }
    }

    pub fn revision(&self) -> i64 {
        self.revision
    }

    pub fn counts(&self) -> Counts {
        let watchers = self.watchers.len() - self.free.len();
        Counts {
            streams: self.streams.len(),
            watchers,
            slow_watchers: watchers - self.synced_count - self.dead_count,
            events_total: self.events_total,
        }
    }

    /// What to send, in order for each stream.
    pub fn take_outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    /// The term of the last applied entry and the compacted revision (-1: none), as they are now.
    pub fn observe(&mut self, raft_term: u64, compacted: i64) {
        self.origin.raft_term = raft_term;
        self.compacted = compacted;
    }

    /// A publication: all changes after the hub's revision and up to `revision`, in order. `before` reads a state
    /// that is at least as new.
    pub fn publish(&mut self, revision: i64, changes: Vec<Change>, before: Before<'_>) {
        let mut previous = self.revision;
        for of_one_revision in changes.chunk_by(|a, b| a.revision.main == b.revision.main) {
            let main = of_one_revision[0].revision.main;
            assert!(previous < main && main <= revision, "revision {main} after {previous} in {revision}");
            previous = main;
            self.hand_out(of_one_revision, before);
            self.revision = main;
        }
        self.recent.extend(changes, revision, &self.config);
        self.advance(revision);
    }

    /// Publications up to `revision` were not passed: all synced watchers turn to catching up.
    pub fn lost(&mut self, revision: i64) {
        if revision <= self.revision {
            return;
        }
        self.recent = Recent::new(revision + 1);
        for place in 0..self.watchers.len() {
            let place = u32::try_from(place).expect("places are u32");
            let Some(watcher) = &self.watchers[place as usize] else { continue };
            let next = watcher.next.max(self.revision + 1);
            if matches!(watcher.state, State::Synced { .. }) && next <= revision {
                self.leave_synced(place, next);
                self.fall_behind(place);
            }
        }
        self.advance(revision);
    }

    fn advance(&mut self, revision: i64) {
        assert!(revision >= self.revision, "revision {revision} after {}", self.revision);
        self.revision = revision;
        for stream in std::mem::take(&mut self.holding) {
            self.run_held(stream);
        }
    }

    /// A stream begins. Before anything else about it.
    pub fn open(&mut self, stream: StreamId) {
        let before = self.streams.insert(stream, Stream::default());
        assert!(before.is_none(), "{stream:?} is open already");
    }

    /// The stream has ended; so do its watchers.
    pub fn close(&mut self, stream: StreamId) {
        if let Some(closed) = self.streams.remove(&stream) {
            closed.watchers.into_values().for_each(|place| self.remove(place));
        }
    }

    pub fn command(&mut self, stream: StreamId, command: Command) {
        let Some(state) = self.streams.get_mut(&stream) else { return };
        if state.held.is_empty() && !waits(&command, self.revision) {
            return self.run(stream, command);
        }
        if state.held.is_empty() {
            self.holding.push(stream);
        }
        state.held.push_back(command);
    }

    fn run_held(&mut self, stream: StreamId) {
        while let Some(state) = self.streams.get_mut(&stream) {
            match state.held.front() {
                Some(command) if waits(command, self.revision) => return self.holding.push(stream),
                Some(_) => {
                    let command = state.held.pop_front().expect("looked at above");
                    self.run(stream, command);
                }
                None => return,
            }
        }
    }

    fn run(&mut self, stream: StreamId, command: Command) {
        let header = self.origin.header(self.revision);
        let answer = match command {
            Command::Create(create) => {
                let id = create.id;
                self.create(stream, create);
                Some(batch::created(&header, id))
            }
            Command::Refuse(reason) => Some(batch::refused(&header, &reason)),
            Command::Cancel(id) => {
                let place = self.streams.get_mut(&stream).and_then(|state| state.watchers.remove(&id));
                place.map(|place| {
                    self.remove(place);
                    batch::canceled(&header, id)
                })
            }
            Command::Progress => self.is_current(stream).then(|| batch::progress(&header, NO_WATCHER)),
        };
        self.send(stream, answer, true);
    }

    fn create(&mut self, stream: StreamId, create: Create) {
        let next = if create.start == 0 { create.published + 1 } else { create.start };
        let interest = Interest { range: create.range, filters: create.filters, prev_kv: create.prev_kv };
        let watcher = Watcher {
            stream,
            id: create.id,
            serial: self.next_serial,
            interest: Arc::new(interest),
            start: create.start,
            next,
            progress_notify: create.progress_notify,
            fragment: create.fragment,
            had_events: false,
            state: State::Slow, // until it is put where it belongs, below
            matched: SmallVec::new(),
        };
        self.next_serial += 1;
        let place = match self.free.pop() {
            Some(place) => {
                self.watchers[place as usize] = Some(watcher);
                place
            }
            None => {
                self.watchers.push(Some(watcher));
                u32::try_from(self.watchers.len() - 1).expect("fewer than 2^32 watchers")
            }
        };
        let state = self.streams.get_mut(&stream).expect("commands run on open streams");
        let before = state.watchers.insert(create.id, place);
        assert!(before.is_none(), "watch id {} is in use", create.id);
        if next <= self.revision { self.fall_behind(place) } else { self.become_synced(place) }
    }

    /// Whether every watcher of the stream, and there is one, was told of everything up to H.
    fn is_current(&self, stream: StreamId) -> bool {
        let state = &self.streams[&stream];
        !state.watchers.is_empty()
            && state.has_room(&self.config)
            && state.watchers.values().all(|&place| self.watcher(place).is_current(self.revision))
    }

    /// The stream's progress interval is over: each watcher that asked for it, heard nothing meanwhile and is
    /// current is told how far it is.
    pub fn tick(&mut self, stream: StreamId) {
        let Some(state) = self.streams.get(&stream) else { return };
        let places: Vec<u32> = state.watchers.values().copied().collect();
        let header = self.origin.header(self.revision);
        for place in places {
            let revision = self.revision;
            let watcher = self.watcher_mut(place);
            let was_quiet = !std::mem::take(&mut watcher.had_events);
            if watcher.progress_notify && was_quiet && watcher.is_current(revision) {
                let id = watcher.id;
                if self.streams[&stream].has_room(&self.config) {
                    self.send(stream, Some(batch::progress(&header, id)), false);
                }
            }
        }
    }

    /// The stream's connection took some responses. Reported now and then: what is not reported must stay below half
    /// of the bounds.
    pub fn delivered(&mut self, stream: StreamId, responses: usize, bytes: usize) {
        let Some(state) = self.streams.get_mut(&stream) else { return };
        state.responses -= responses;
        state.bytes -= bytes;
        if !state.slow.is_empty() && state.is_half_empty(&self.config) {
            for place in std::mem::take(&mut state.slow) {
                let is_of_stream = |watcher: &Watcher| watcher.stream == stream && watcher.state == State::Slow;
                if self.watchers[place as usize].as_ref().is_some_and(is_of_stream) {
                    self.fall_behind(place);
                }
            }
        }
    }

    /// Brings watchers up to H for which the remembered changes are enough, and ends those that are compacted.
    pub fn catch_up_from_recent(&mut self, before: Before<'_>) {
        for place in self.behind.below(self.compacted) {
            self.die(place);
        }
        let places = self.behind.from(self.recent.first);
        let lagging = self.take_lagging(places);
        let Some(first) = lagging.iter().map(|watcher| watcher.next).min() else { return };
        let changes = self.recent.changes.iter().filter(|change| change.revision.main >= first);
        let events = catch_up::collect(&lagging, changes, before);
        for (watcher, events) in lagging.into_iter().zip(events) {
            self.replay(&watcher, &events, self.revision + 1);
        }
    }

    /// The next scan, if watchers wait for one and none is under way. Its outcome must come back by `scanned`.
    pub fn plan_scan(&mut self) -> Option<Scan> {
        while !self.is_scanning {
            let first = self.next_of(self.behind.first()?);
            let revisions_max = self.config.scan_revisions_max;
            let places = self.behind.between(first, first.saturating_add_unsigned(revisions_max as u64));
            let watchers = self.take_lagging(places);
            if !watchers.is_empty() {
                self.is_scanning = true;
                return Some(Scan { first, last: self.revision, revisions_max, watchers });
            }
        }
        None
    }

    /// What a scan found.
    pub fn scanned(&mut self, scanned: Scanned) {
        self.is_scanning = false;
        for (lagging, events) in scanned.watchers {
            let is_same = |watcher: &Watcher| watcher.serial == lagging.serial;
            if !self.watchers[lagging.place as usize].as_ref().is_some_and(is_same) {
                continue;
            }
            match scanned.result {
                ScanResult::Read { next } => self.replay(&lagging, &events, next),
                ScanResult::Compacted { oldest } => {
                    self.compacted = self.compacted.max(oldest);
                    if lagging.next < oldest { self.die(lagging.place) } else { self.fall_behind(lagging.place) }
                }
                ScanResult::Failed => self.fall_behind(lagging.place),
            }
        }
    }

    /// Takes watchers that are behind into a scan, except those whose stream is full.
    fn take_lagging(&mut self, places: Vec<u32>) -> Vec<Lagging> {
        let mut lagging = Vec::with_capacity(places.len());
        for place in places {
            self.leave_behind(place);
            let watcher = self.watchers[place as usize].as_mut().expect("watchers that are behind exist");
            let stream = self.streams.get_mut(&watcher.stream).expect("a watcher's stream is open");
            if stream.has_room(&self.config) {
                watcher.state = State::Scanning;
                let interest = Arc::clone(&watcher.interest);
                lagging.push(Lagging { place, serial: watcher.serial, interest, next: watcher.next });
            } else {
                watcher.state = State::Slow;
                stream.slow.push(place);
            }
        }
        lagging
    }

    /// Tells a scanned watcher what was found before revision `next`, if its stream still has room.
    fn replay(&mut self, lagging: &Lagging, events: &[Bytes], next: i64) {
        let place = lagging.place;
        if !events.is_empty() {
            let watcher = self.watcher(place);
            if !self.streams[&watcher.stream].has_room(&self.config) {
                return self.become_slow(place);
            }
            let header = self.origin.header(self.revision);
            self.send_events(place, &header, events);
        }
        let watcher = self.watcher_mut(place);
        // A watcher may have asked for a start behind what the scan has read.
        watcher.next = watcher.next.max(next);
        if watcher.next > self.revision { self.become_synced(place) } else { self.fall_behind(place) }
    }

    /// Hands out the changes of one revision to the synced watchers that want them.
    fn hand_out(&mut self, changes: &[Change], before: Before<'_>) {
        let main = changes[0].revision.main;
        let mut touched = Vec::new();
        for (number, change) in changes.iter().enumerate() {
            self.synced.find(&change.key, |place| {
                let watcher = self.watchers[place as usize].as_mut().expect("synced watchers exist");
                if main >= watcher.next && watcher.interest.wants(change.kind) {
                    if watcher.matched.is_empty() {
                        touched.push(place);
                    }
                    watcher.matched.push(u32::try_from(number).expect("fewer than 2^32 changes"));
                }
            });
        }
        if touched.is_empty() {
            return;
        }
        let header = self.origin.header(main);
        let mut events: Vec<_> = changes.iter().map(SharedEvent::new).collect();
        let mut fields = Vec::new();
        for place in touched {
            let watcher = self.watcher_mut(place);
            let matched = std::mem::take(&mut watcher.matched);
            let (stream, prev_kv) = (watcher.stream, watcher.interest.prev_kv);
            if self.streams[&stream].has_room(&self.config) {
                fields.clear();
                fields.extend(matched.iter().map(|&number| events[number as usize].bytes(prev_kv, before)));
                self.send_events(place, &header, &fields);
            } else {
                self.leave_synced(place, main);
                self.become_slow(place);
            }
        }
    }

    fn send_events(&mut self, place: u32, header: &[u8], events: &[Bytes]) {
        self.events_total += events.len() as u64;
        let limit = self.config.fragment_limit_bytes;
        let watcher = self.watcher_mut(place);
        watcher.had_events = true;
        let (stream, id) = (watcher.stream, watcher.id);
        let limit = watcher.fragment.then_some(limit);
        batch::events(header, id, events, limit, &mut |response| self.send(stream, Some(response), false));
    }

    fn send(&mut self, stream: StreamId, response: Option<Bytes>, is_answer: bool) {
        if let Some(response) = &response {
            let state = self.streams.get_mut(&stream).expect("only open streams are sent to");
            state.responses += 1;
            state.bytes += response.len();
        }
        self.outputs.push(Output { stream, response, is_answer });
    }

    fn become_synced(&mut self, place: u32) {
        let watcher = self.watchers[place as usize].as_mut().expect("the caller knows the watcher");
        let position = self.synced.insert(&watcher.interest.range, place);
        watcher.state = State::Synced { position };
        self.synced_count += 1;
    }

    /// Takes a watcher out of the synced group; `next` is the first revision that it was not told of.
    fn leave_synced(&mut self, place: u32, next: i64) {
        let watcher = self.watchers[place as usize].as_mut().expect("the caller knows the watcher");
        let State::Synced { position } = watcher.state else { unreachable!("the caller has looked") };
        watcher.next = next;
        watcher.state = State::Slow;
        let moved = self.synced.remove(&watcher.interest.range, position);
        self.synced_count -= 1;
        if let Some(moved) = moved {
            self.watcher_mut(moved).state = State::Synced { position };
        }
    }

    fn become_slow(&mut self, place: u32) {
        let watcher = self.watcher_mut(place);
        watcher.state = State::Slow;
        let stream = watcher.stream;
        self.streams.get_mut(&stream).expect("a watcher's stream is open").slow.push(place);
    }

    fn fall_behind(&mut self, place: u32) {
        let next = self.next_of(place);
        let turn = self.behind.insert(next, place);
        self.watcher_mut(place).state = State::Behind { turn };
    }

    fn leave_behind(&mut self, place: u32) {
        let watcher = self.watcher(place);
        let State::Behind { turn } = watcher.state else { unreachable!("the caller has looked") };
        self.behind.remove(watcher.next, place, turn);
    }

    /// Ends a watcher whose next revision is compacted. Its id stays taken until the client cancels it.
    fn die(&mut self, place: u32) {
        if matches!(self.watcher(place).state, State::Behind { .. }) {
            self.leave_behind(place);
        }
        let compacted = self.compacted;
        let header = self.origin.header(0);
        let watcher = self.watcher_mut(place);
        watcher.state = State::Dead;
        self.dead_count += 1;
        let watcher = self.watcher(place);
        let (stream, id) = (watcher.stream, watcher.id);
        self.send(stream, Some(batch::compacted(&header, id, compacted)), false);
    }

    fn remove(&mut self, place: u32) {
        match self.watcher(place).state {
            State::Synced { .. } => self.leave_synced(place, 0),
            State::Behind { .. } => self.leave_behind(place),
            State::Dead => self.dead_count -= 1,
            State::Scanning | State::Slow => {}
        }
        self.watchers[place as usize] = None;
        self.free.push(place);
    }

    fn next_of(&self, place: u32) -> i64 {
        self.watcher(place).next
    }

    fn watcher(&self, place: u32) -> &Watcher {
        self.watchers[place as usize].as_ref().expect("the caller knows the watcher")
    }

    fn watcher_mut(&mut self, place: u32) -> &mut Watcher {
        self.watchers[place as usize].as_mut().expect("the caller knows the watcher")
    }
}

fn waits(command: &Command, revision: i64) -> bool {
    match command {
        Command::Create(create) => create.published > revision,
        Command::Refuse(_) | Command::Cancel(_) | Command::Progress => false,
    }
}

/// The watchers that wait for a scan: by turn, so that one far behind does not keep the others waiting, and by next
/// revision, so that those near each other share a scan.
#[derive(Debug, Default)]
struct Behind {
    turns: BTreeMap<u64, u32>,
    places: BTreeSet<(i64, u32)>,
    next_turn: u64,
}

impl Behind {
    fn insert(&mut self, next: i64, place: u32) -> u64 {
        let turn = self.next_turn;
        self.next_turn += 1;
        self.turns.insert(turn, place);
        self.places.insert((next, place));
        turn
    }

    fn remove(&mut self, next: i64, place: u32, turn: u64) {
        let was_there = self.turns.remove(&turn).is_some() & self.places.remove(&(next, place));
        assert!(was_there, "watcher {place} at revision {next} waits in turn {turn}");
    }

    /// Who waits longest.
    fn first(&self) -> Option<u32> {
        self.turns.first_key_value().map(|(_, &place)| place)
    }

    fn below(&self, end: i64) -> Vec<u32> {
        self.places.range(..(end, 0)).map(|&(_, place)| place).collect()
    }

    fn from(&self, first: i64) -> Vec<u32> {
        self.places.range((first, 0)..).map(|&(_, place)| place).collect()
    }

    fn between(&self, first: i64, end: i64) -> Vec<u32> {
        self.places.range((first, 0)..(end, 0)).map(|&(_, place)| place).take(SCAN_WATCHERS_MAX).collect()
    }
}

/// The last changes handed out: everything from revision `first` up to H.
#[derive(Debug)]
struct Recent {
    first: i64,
    changes: VecDeque<Change>,
    bytes: usize,
}

impl Recent {
    fn new(first: i64) -> Self {
        Self { first, changes: VecDeque::new(), bytes: 0 }
    }

    fn extend(&mut self, changes: Vec<Change>, revision: i64, config: &HubConfig) {
        self.bytes += changes.iter().map(size).sum::<usize>();
        self.changes.extend(changes);
        while self.changes.len() > config.recent_changes_max || self.bytes > config.recent_bytes_max {
            self.forget_first_revision();
        }
        if self.changes.is_empty() {
            self.first = revision + 1;
        }
    }

    fn forget_first_revision(&mut self) {
        let Some(main) = self.changes.front().map(|change| change.revision.main) else { return };
        while self.changes.front().is_some_and(|change| change.revision.main == main) {
            self.bytes -= self.changes.pop_front().as_ref().map_or(0, size);
        }
        self.first = main + 1;
    }
}

/// Bytes that a change takes in memory, about.
pub fn size(change: &Change) -> usize {
    size_of::<Change>() + change.key.len() + change.row.len()
}
