//! Random runs: each watcher hears exactly what a plain list of changes says, in order, once.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use super::world::{Op, World, stream_id};
use crate::mvcc::ChangeKind;
use crate::mvcc::watch::catch_up::Scan;
use crate::mvcc::watch::hub::{Command, Create, HubConfig};
use crate::mvcc::watch::watcher::Filters;
use crate::pb::etcdserverpb::WatchResponse;
use crate::pb::mvccpb::KeyValue;
use crate::types::{KeyRange, Revision};
use prost::Message;

const STREAMS: u32 = 3;

#[derive(Clone, Debug)]
enum Step {
    /// Puts (true) and deletes of keys, one transaction.
    Commit(Vec<(bool, u8)>),
    Publish,
    Lose,
    /// How far below the current revision.
    Compact(i64),
    Create {
        stream: u32,
        first: u8,
        /// None: one key. Some(0): open end.
        width: Option<u8>,
        /// Relative to the current revision; None: from the next change on.
        start: Option<i64>,
        no_put: bool,
        no_delete: bool,
        prev_kv: bool,
        fragment: bool,
    },
    /// Of the n-th watcher of the stream.
    Cancel(u32, usize),
    Progress(u32),
    Take(u32, usize),
    Reopen(u32),
    Recent,
    StartScan,
    EndScan,
}

fn step() -> impl Strategy<Value = Step> {
    let stream = 0..STREAMS;
    prop_oneof![
        8 => prop::collection::vec((prop::bool::weighted(0.7), 0..6u8), 1..4).prop_map(Step::Commit),
        8 => Just(Step::Publish),
        1 => Just(Step::Lose),
        1 => (0..6i64).prop_map(Step::Compact),
        6 => (
            stream.clone(),
            0..6u8,
            prop::option::of(0..4u8),
            prop::option::of(-8..4i64),
            any::<[bool; 2]>(),
            prop::bool::weighted(0.2),
            prop::bool::weighted(0.2),
        )
            .prop_map(|(stream, first, width, start, [prev_kv, fragment], no_put, no_delete)| {
                Step::Create { stream, first, width, start, no_put, no_delete, prev_kv, fragment }
            }),
        2 => (stream.clone(), 0..6usize).prop_map(|(stream, number)| Step::Cancel(stream, number)),
        2 => stream.clone().prop_map(Step::Progress),
        6 => (stream.clone(), 1..6usize).prop_map(|(stream, count)| Step::Take(stream, count)),
        1 => stream.prop_map(Step::Reopen),
        3 => Just(Step::Recent),
        4 => Just(Step::StartScan),
        4 => Just(Step::EndScan),
    ]
}

/// What the test knows of a watcher.
struct Model {
    range: KeyRange,
    no_put: bool,
    no_delete: bool,
    prev_kv: bool,
    /// The first revision it must hear of.
    first: i64,
    heard: Vec<Heard>,
    /// The compacted revision that ended it.
    ended: Option<i64>,
    is_created: bool,
    /// Header of the last whole event response or progress answer.
    told_up_to: i64,
}

#[derive(Debug, PartialEq)]
struct Heard {
    revision: i64,
    is_delete: bool,
    kv: KeyValue,
    has_prev: bool,
    prev: Option<KeyValue>,
}

struct Run {
    world: World,
    scan: Option<Scan>,
    /// By the stream's number, which is never used again, and watch id.
    models: BTreeMap<(u32, i64), Model>,
    /// The number of each stream that is open.
    open: [u32; STREAMS as usize],
    next_id: i64,
    commands: BTreeMap<u32, usize>,
}

impl Run {
    fn new(config: HubConfig) -> Self {
        let mut world = World::new(config);
        let open = [0, 1, 2];
        open.iter().for_each(|&number| world.hub.open(stream_id(number)));
        Self { world, scan: None, models: BTreeMap::new(), open, next_id: 0, commands: BTreeMap::new() }
    }

    fn step(&mut self, step: Step) {
        let world = &mut self.world;
        match step {
            Step::Commit(ops) => {
                let mut seen = Vec::new();
                let ops: Vec<_> = ops
                    .into_iter()
                    .filter(|&(_, key)| {
                        !seen.contains(&key) && {
                            seen.push(key);
                            true
                        }
                    })
                    .map(|(is_put, key)| match is_put {
                        true => Op::Put(name(key), format!("value of {}", world.revision)),
                        false => Op::Delete(name(key)),
                    })
                    .collect();
                world.commit(&ops);
            }
            Step::Publish => world.publish(),
            Step::Lose => world.lose(),
            Step::Compact(below) => {
                let revision = world.hub.revision() - below;
                if revision > world.compacted && revision > 1 {
                    world.compact(revision);
                }
            }
            Step::Create { stream, first, width, start, no_put, no_delete, prev_kv, fragment } => {
                let key = Bytes::from(name(first));
                let range = match width {
                    None => KeyRange::One(key),
                    Some(0) => KeyRange::From(key),
                    Some(width) => KeyRange::Span { start: key, end: name(first + width).into() },
                };
                let start = start.map_or(0, |start| (world.revision + start).max(1));
                let published = world.revision;
                let id = self.next_id;
                self.next_id += 1;
                let number = self.open[stream as usize];
                let first = if start == 0 { published + 1 } else { start };
                let model = Model {
                    range: range.clone(),
                    no_put,
                    no_delete,
                    prev_kv,
                    first,
                    heard: Vec::new(),
                    ended: None,
                    is_created: false,
                    told_up_to: 0,
                };
                self.models.insert((number, id), model);
                let create = Create {
                    id,
                    range,
                    start,
                    published,
                    filters: Filters { no_put, no_delete },
                    prev_kv,
                    progress_notify: false,
                    fragment,
                };
                self.command(number, Command::Create(create));
            }
            Step::Cancel(stream, nth) => {
                let number = self.open[stream as usize];
                let ids: Vec<i64> =
                    self.models.range((number, i64::MIN)..=(number, i64::MAX)).map(|(k, _)| k.1).collect();
                if let Some(&id) = ids.get(nth) {
                    self.command(number, Command::Cancel(id));
                }
            }
            Step::Progress(stream) => self.command(self.open[stream as usize], Command::Progress),
            Step::Take(stream, count) => self.take(self.open[stream as usize], count),
            Step::Reopen(stream) => {
                let old = self.open[stream as usize];
                world.hub.close(stream_id(old));
                world.streams.remove(&old);
                let new = old + STREAMS;
                self.open[stream as usize] = new;
                world.hub.open(stream_id(new));
                self.models.retain(|&(number, _), _| number != old);
            }
            Step::Recent => world.catch_up_from_recent(),
            Step::StartScan => {
                if let Some(scan) = world.hub.plan_scan() {
                    assert!(self.scan.replace(scan).is_none(), "two scans at once");
                }
            }
            Step::EndScan => self.scan.take().into_iter().for_each(|scan| self.world.finish(scan)),
        }
        self.world.collect();
    }

    fn command(&mut self, number: u32, command: Command) {
        *self.commands.entry(number).or_default() += 1;
        self.world.hub.command(stream_id(number), command);
    }

    fn take(&mut self, number: u32, count: usize) {
        for response in self.world.take(number, count) {
            self.receive(number, response);
        }
    }

    fn receive(&mut self, number: u32, response: WatchResponse) {
        let revision = response.header.unwrap().revision;
        if response.watch_id == -1 {
            for ((of, id), model) in &mut self.models {
                // Watchers created behind the question are not part of the answer.
                if *of == number && model.is_created {
                    assert!(model.ended.is_none(), "progress in spite of dead watcher {id}");
                    model.told_up_to = revision;
                }
            }
            return;
        }
        let key = (number, response.watch_id);
        if response.canceled && response.compact_revision == 0 {
            self.models.remove(&key).expect("cancelled once");
            return;
        }
        let model = self.models.get_mut(&key).expect("no response after the cancel's answer");
        assert_eq!(model.is_created, !response.created, "created comes first and once");
        model.is_created = true;
        if response.canceled {
            model.ended = Some(response.compact_revision);
            return;
        }
        assert!(model.ended.is_none(), "nothing after the end");
        for event in response.events {
            let kv = event.kv.unwrap();
            assert!(kv.mod_revision <= revision, "event of {} under header {revision}", kv.mod_revision);
            assert!(kv.mod_revision > model.told_up_to, "event of {} after progress", kv.mod_revision);
            let heard = Heard {
                revision: kv.mod_revision,
                is_delete: event.r#type == 1,
                kv,
                has_prev: event.prev_kv.is_some(),
                prev: event.prev_kv,
            };
            model.heard.push(heard);
        }
    }

    /// Lets everything arrive and compares.
    fn finish(mut self) {
        self.step(Step::EndScan);
        self.step(Step::Publish);
        for _ in 0..100 {
            self.world.settle();
            for number in self.open {
                self.take(number, usize::MAX);
            }
        }
        let counts = self.world.hub.counts();
        assert_eq!((counts.watchers, counts.slow_watchers), (self.models.len(), 0), "all alive are synced");
        for number in self.open {
            assert_eq!(self.world.answers.get(&number), self.commands.get(&number), "each command is answered once");
        }
        for (key, model) in &self.models {
            self.compare(key, model);
        }
    }

    fn compare(&self, key: &(u32, i64), model: &Model) {
        assert!(model.is_created, "{key:?}");
        let expected: Vec<_> = self
            .world
            .history
            .iter()
            .filter(|change| change.revision.main >= model.first && model.range.contains(&change.key))
            .filter(|change| match change.kind {
                ChangeKind::Create | ChangeKind::Update => !model.no_put,
                ChangeKind::Delete => !model.no_delete,
            })
            .collect();
        let told: Vec<_> = model.heard.iter().map(|heard| (heard.revision, heard.kv.key.clone())).collect();
        let all: Vec<_> = expected.iter().map(|change| (change.revision.main, change.key.clone())).collect();
        match model.ended {
            // Ended: everything up to some point before what is compacted.
            Some(compacted) => {
                assert_eq!(told, all[..told.len()], "{key:?}");
                assert!(told.last().is_none_or(|last| last.0 < compacted), "{key:?}");
                assert!(model.first < compacted, "{key:?} starts at {} of {compacted}", model.first);
            }
            None => assert_eq!(told, all, "{key:?} from {}", model.first),
        }
        for (heard, change) in model.heard.iter().zip(&expected) {
            self.compare_event(heard, change.revision, change.kind, &change.row, model.prev_kv);
        }
    }

    fn compare_event(&self, heard: &Heard, at: Revision, kind: ChangeKind, row: &Bytes, prev_kv: bool) {
        let is_delete = kind == ChangeKind::Delete;
        assert_eq!(heard.is_delete, is_delete);
        let stored = KeyValue::decode(row.clone()).unwrap();
        let expected = if is_delete { KeyValue { mod_revision: at.main, ..stored } } else { stored };
        assert_eq!(heard.kv, expected);
        if !prev_kv || kind == ChangeKind::Create {
            assert!(!heard.has_prev);
            return;
        }
        let before = self.world.history.iter().rev();
        let before = before.clone().find(|change| change.key == heard.kv.key && change.revision.main < at.main);
        let before = before.map(|change| KeyValue::decode(change.row.clone()).unwrap());
        match &heard.prev {
            Some(prev) => assert_eq!(Some(prev), before.as_ref()),
            None => assert!(at.main - 1 < self.world.compacted, "a readable previous value is missing"),
        }
    }
}

fn name(number: u8) -> String {
    char::from(b'a' + number).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn watchers_hear_what_a_plain_list_says(
        steps in prop::collection::vec(step(), 1..150),
        recent in prop_oneof![Just(0usize), 1..6usize, Just(1000)],
        scan in prop_oneof![1..4usize, Just(1000)],
        responses in 1..8usize,
        fragment in prop_oneof![Just(60usize), Just(1 << 20)],
        has_large_rows in any::<bool>(),
    ) {
        let mut config = HubConfig::new(0, 0, fragment);
        config.recent_changes_max = recent;
        config.stream_responses_max = responses;
        config.scan_revisions_max = scan;
        let mut run = Run::new(config);
        run.world.has_large_rows = has_large_rows;
        for step in steps {
            run.step(step);
        }
        run.finish();
    }
}
