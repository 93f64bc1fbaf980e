//! Everything at once: against readers, a list of all states, and a store that did less.

use proptest::prelude::*;

use super::*;

/// Readers on several threads while one writer puts, deletes, seals and compacts: each view is one state.
#[test]
fn views_stay_whole_while_everything_moves() {
    const KEYS: u32 = 700;
    let mut world = World::with(&StoreOptions { compaction_batch_max: 50, ..options() });
    // Every transaction writes its number to all keys of one half; a view must see one number a half.
    world.entry(|writer| {
        let mut txn = writer.begin();
        (0..KEYS).for_each(|key| txn.put(&key.to_be_bytes(), b"0", 0));
    });
    let first = world.view();
    let published = std::sync::Arc::new(arc_swap::ArcSwap::from_pointee(first));
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (published, stop) = (published.clone(), stop.clone());
            std::thread::spawn(move || {
                let (mut reads, mut overtaken) = (0, 0);
                while !stop.load(Ordering::Relaxed) {
                    let view = published.load_full();
                    let reader = view.read().unwrap();
                    match reader.range(&RangeQuery::new(KeyRange::From(Bytes::from_static(b"\0")))) {
                        Ok(result) => {
                            assert_eq!(result.count, i64::from(KEYS));
                            for (place, half) in result.kvs.chunks(KEYS as usize / 2).enumerate() {
                                let value = |row: &Bytes| KeyValue::decode(row).unwrap().value.to_vec();
                                let first = value(&half[0]);
                                assert!(
                                    half.iter().all(|row| value(row) == first),
                                    "half {place} at {}",
                                    view.revision
                                );
                            }
                            reads += 1;
                        }
                        Err(ReadError::Compacted { .. }) => overtaken += 1,
                        Err(error) => panic!("{error}"),
                    }
                    // At a revision that may be compacted any time.
                    let query = RangeQuery {
                        revision: (view.revision - 3).max(2),
                        ..RangeQuery::new(KeyRange::From(Bytes::from_static(b"\0")))
                    };
                    match reader.range(&query) {
                        Ok(result) => assert_eq!(result.kvs.len(), KEYS as usize),
                        Err(ReadError::Compacted { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                    let history = reader.history(view.revision, view.revision, 10, 1 << 20);
                    match history {
                        Ok(history) => assert!(
                            [KEYS / 2, KEYS].contains(&(history.changes.len() as u32)),
                            "{} changes",
                            history.changes.len()
                        ),
                        Err(ReadError::Compacted { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                (reads, overtaken)
            })
        })
        .collect();
    for number in 1..150u32 {
        world.entry(|writer| {
            let mut txn = writer.begin();
            let half = if number % 2 == 0 { 0..KEYS / 2 } else { KEYS / 2..KEYS };
            half.for_each(|key| txn.put(&key.to_be_bytes(), number.to_string().as_bytes(), 0));
        });
        world.writer().forget_committed();
        let view = world.view();
        published.store(std::sync::Arc::new(view));
        world.writer().take_changes();
        if number % 3 == 0 {
            world.writer().seal(Sync::Lazy, None);
        }
        if number % 10 == 0 {
            let revision = world.writer().revision() - 2;
            world.entry(|writer| writer.compact(revision, None)).unwrap();
            world.writer().seal(Sync::Lazy, None);
        }
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        let (reads, overtaken) = reader.join().unwrap();
        assert!(reads > overtaken, "{reads} reads, {overtaken} overtaken");
    }
}

#[derive(Clone, Debug)]
enum Op {
    Put(u8, u8),
    Delete(u8),
    Seal,
    Commit,
    Compact(u8),
    Crash,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => (0u8..8, 0u8..200).prop_map(|(key, value)| Op::Put(key, value)),
        4 => (0u8..8).prop_map(Op::Delete),
        2 => Just(Op::Seal),
        1 => Just(Op::Commit),
        1 => (0u8..=255).prop_map(Op::Compact),
        1 => Just(Op::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// The model holds the whole key space at every revision.
    #[test]
    fn store_agrees_with_a_list_of_all_states(ops in proptest::collection::vec(op(), 1..80)) {
        type State = BTreeMap<u8, (u8, i64, i64, i64)>;
        let mut world = World::new();
        let mut states: Vec<State> = vec![State::new(), State::new()];
        let mut compacted = -1;
        for op in ops {
            let revision = states.len() as i64 - 1;
            match op {
                Op::Put(key, value) => {
                    world.entry(|writer| writer.begin().put(&[key], &[value], 0));
                    let mut state = states[revision as usize].clone();
                    let (_, create, _, version) = state.get(&key).copied().unwrap_or((0, revision + 1, 0, 0));
                    state.insert(key, (value, create, revision + 1, version + 1));
                    states.push(state);
                }
                Op::Delete(key) => {
                    let deleted = world.entry(|writer| writer.begin().delete(&[key]));
                    let mut state = states[revision as usize].clone();
                    prop_assert_eq!(deleted, state.remove(&key).is_some());
                    if deleted {
                        states.push(state);
                    }
                }
                Op::Seal => world.writer().seal(Sync::Lazy, None),
                Op::Commit => world.commit(),
                Op::Compact(part) => {
                    let at = compacted.max(0) + (revision - compacted.max(0)) * i64::from(part) / 255;
                    if at > compacted {
                        world.entry(|writer| writer.compact(at, None)).unwrap();
                        compacted = at;
                    }
                }
                Op::Crash => {
                    world.commit();
                    world.crash();
                }
            }
            let view = world.view();
            let reader = view.read().unwrap();
            let newest = states.len() as i64 - 1;
            prop_assert_eq!(view.revision, newest);
            for at in compacted.max(1)..=newest {
                let query = RangeQuery { revision: at, ..RangeQuery::new(KeyRange::From(Bytes::new())) };
                let result = reader.range(&query).unwrap();
                let found: State = result.kvs.iter().map(|row| {
                    let kv = KeyValue::decode(row).unwrap();
                    (kv.key[0], (kv.value[0], kv.create_revision, kv.mod_revision, kv.version))
                }).collect();
                prop_assert_eq!(&found, &states[at as usize], "at {}", at);
            }
            let first = compacted.max(2);
            let history = reader.history(first, newest, 1000, 1 << 20).unwrap();
            prop_assert_eq!(history.next, first.max(newest + 1));
            let mains: Vec<_> = history.changes.iter().map(|change| change.revision.main).filter(|&main| main != compacted).collect();
            prop_assert_eq!(mains, ((compacted + 1).max(2)..=newest).collect::<Vec<_>>());
        }
        let before = world.dump();
        world.crash();
        // The resumed compaction may have gone on; let it end on both sides.
        let after = world.dump();
        for row in after.lines().filter(|row| !row.starts_with("meta")) {
            prop_assert!(before.contains(row), "{}", row);
        }
    }
}

/// The same entries give the same rows with and without a defragmentation among them, also after a crash.
#[test]
fn defragmentation_goes_on_beside_everything() {
    let (mut plain, mut moved) = (World::new(), World::new());
    let put = |world: &mut World, number: i64| {
        world.put(&format!("k{}", number % 50), &"v".repeat(1 + number as usize * 37 % 5000));
    };
    for world in [&mut plain, &mut moved] {
        (0..2000).for_each(|number| put(world, number));
        world.compact(1000);
    }
    let before = moved.view();
    let reader = before.read().unwrap();
    let (done, wait) = mpsc::channel();
    moved.writer().defragment(Box::new(move |outcome| done.send(outcome).unwrap()));
    moved.commit();
    let mut number = 2000;
    loop {
        put(&mut moved, number);
        number += 1;
        if number == 2005 {
            // It waits for the end of the defragmentation.
            moved.entry(|writer| writer.compact(1800, None)).unwrap();
        }
        if number % 7 == 0 {
            moved.commit();
        }
        match wait.try_recv() {
            Ok(outcome) => break outcome.unwrap(),
            Err(mpsc::TryRecvError::Empty) => {}
            Err(mpsc::TryRecvError::Disconnected) => panic!("the job was dropped"),
        }
    }
    for world_number in 2000..number.max(2005) {
        put(&mut plain, world_number);
        if world_number == 2004 {
            plain.entry(|writer| writer.compact(1800, None)).unwrap();
        }
    }
    (number..2005).for_each(|number| put(&mut moved, number));
    assert_eq!(
        reader.range(&RangeQuery::new(KeyRange::From(Bytes::new()))).unwrap().kvs.len(),
        50,
        "a reader of the old generation goes on"
    );
    for world in [&mut plain, &mut moved] {
        // Compactions run one after the other: when this one is over, all are.
        world.compact(1900);
    }
    let rows = plain.dump();
    assert_eq!(moved.dump(), rows);
    drop(reader);
    moved.crash();
    assert_eq!(moved.dump(), rows);
}
