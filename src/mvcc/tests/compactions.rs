//! What a compaction leaves, and what hashes and readers see of it.

use super::*;

/// How much of the rows is committed when a hash is taken.
fn in_three_places(check: impl Fn(&mut World, &dyn Fn(&mut World, usize))) {
    let none = |_: &mut World, _: usize| {};
    let half = |world: &mut World, step: usize| {
        if step == 3 {
            world.commit();
        }
    };
    let all = |world: &mut World, _: usize| world.commit();
    check(&mut World::new(), &none);
    check(&mut World::new(), &half);
    check(&mut World::new(), &all);
}

fn hash(world: &mut World, revision: i64) -> (u32, i64, i64) {
    let view = world.view();
    let hash = view.store.hash_kv(&view, revision).unwrap();
    assert_eq!(hash.current_revision, view.revision);
    (hash.hash, hash.compact_revision, hash.hash_revision)
}

/// The vectors of etcd 3.5.1 and 3.7.1.
#[test]
fn hashes_are_those_of_etcd() {
    in_three_places(|world, place| {
        assert_eq!(hash(world, 0), (1_084_519_789, -1, 1), "empty store");
        world.put("a", "1");
        place(world, 1);
        world.put("b", "2");
        place(world, 2);
        world.delete("a");
        place(world, 3);
        world.put("a", "");
        place(world, 4);
        world.entry(|writer| {
            let mut txn = writer.begin();
            txn.put(b"c", b"3", 0);
            txn.put(b"d", b"4", 0);
        });
        place(world, 5);
        let expected = [2_587_454_935, 1_827_592_406, 1_562_576_432, 1_928_916_042, 3_523_596_926];
        for (revision, expected) in (2..).zip(expected) {
            assert_eq!(hash(world, revision), (expected, -1, revision));
        }
        assert_eq!(hash(world, 0), (3_523_596_926, -1, 6));
        let view = world.view();
        assert!(matches!(view.store.hash_kv(&view, 7), Err(ReadError::FutureRevision { asked: 7, newest: 6 })));

        // Accepted, not begun: rows are all there, and the sums are already those after it.
        world.entry(|writer| writer.compact(4, None)).unwrap();
        assert_eq!(hash(world, 5), (484_317_160, 4, 5));
        assert_eq!(hash(world, 6), (4_246_430_195, 4, 6));
        let view = world.view();
        assert!(matches!(view.store.hash_kv(&view, 3), Err(ReadError::Compacted { asked: 3, oldest: 4 })));
        let (done, wait) = mpsc::channel();
        world.commit();
        // A later compaction tells that the one before is over.
        world.entry(|writer| writer.compact(5, Some(Box::new(move || done.send(()).unwrap())))).unwrap();
        world.commit();
        wait.recv_timeout(WAIT).unwrap();
        assert_eq!(hash(world, 4), (1_562_576_432, -1, 4), "the compaction's own hash");
        assert_eq!(hash(world, 5), (484_317_160, 4, 5), "as before, from the second compaction");
        world.compact(6);
        assert_eq!(hash(world, 6), (4_246_430_195, 5, 6));
        assert_eq!(hash(world, 0), (4_246_430_195, 6, 6));
        world.crash();
        assert_eq!(hash(world, 6), (4_246_430_195, 6, 6), "computed again, with the newest compaction");
    });
}

#[test]
fn superseded_rows_below_the_compaction_do_not_count() {
    in_three_places(|world, place| {
        world.put("x", "1");
        place(world, 1);
        world.put("y", "2");
        place(world, 2);
        world.entry(|writer| writer.compact(3, None)).unwrap();
        world.put("x", "3");
        place(world, 3);
        assert_eq!(hash(world, 0), (622_496_045, 3, 4));
        world.delete("y");
        place(world, 4);
        assert_eq!(hash(world, 0), (4_261_573_495, 3, 5));
        world.delete("x");
        place(world, 5);
        assert_eq!(hash(world, 0), (3_984_220_401, 3, 6), "nothing lives: all rows count");
    });
}

#[test]
fn a_hash_in_the_middle_of_a_compaction_is_the_same() {
    // On a loaded machine a short compaction may be over before anybody has looked.
    let is_seen = [3, 100, 2000].into_iter().any(|pause_ms| looks_in_a_compaction(Duration::from_millis(pause_ms)) > 1);
    assert!(is_seen, "the compaction was over too soon to tell");
}

/// How often the hashes were looked at before the compaction was over.
fn looks_in_a_compaction(pause: Duration) -> usize {
    let mut world = World::with(&StoreOptions { compaction_pause: pause, ..options() });
    for round in 0..40 {
        world.put(&format!("k{}", round % 7), &format!("{round}"));
        if round % 5 == 4 {
            world.delete(&format!("k{}", round % 7));
        }
    }
    world.commit();
    let (done, wait) = mpsc::channel();
    world.entry(|writer| writer.compact(40, Some(Box::new(move || done.send(()).unwrap())))).unwrap();
    let revisions: Vec<_> = (41..=world.writer().revision()).collect();
    let before: Vec<_> = revisions.iter().map(|&revision| hash(&mut world, revision)).collect();
    world.commit();
    let mut times = 0;
    while wait.try_recv().is_err() {
        let now: Vec<_> = revisions.iter().map(|&revision| hash(&mut world, revision)).collect();
        assert_eq!(now, before);
        times += 1;
    }
    world.crash();
    let after: Vec<_> = revisions.iter().map(|&revision| hash(&mut world, revision)).collect();
    assert_eq!(after, before);
    times
}

/// What a compaction sees before it deletes is what HashKV says before it is accepted.
#[test]
fn a_compactions_own_hash_is_that_of_the_moment_before() {
    let mut world = World::new();
    let mut previous = -1;
    for round in 0..60i64 {
        let key = format!("k{}", round * round % 11);
        if world.put(&key, &round.to_string()) % 3 == 0 {
            world.delete(&key);
        }
        if round % 4 == 3 {
            let revision = world.writer().revision() - round % 3;
            let before = hash(&mut world, revision);
            assert_eq!(before.1, previous);
            world.compact(revision);
            assert_eq!(hash(&mut world, revision), before);
            previous = revision;
        }
    }
    let oldest = world.store().hash_kv(&world.view(), 3);
    assert!(matches!(oldest, Err(ReadError::Compacted { .. })), "only ten are remembered");
}

#[test]
fn an_interrupted_compaction_is_resumed() {
    let mut world = World::with(&StoreOptions { compaction_pause: Duration::from_secs(60), ..options() });
    for round in 0..30 {
        world.put(&format!("k{}", round % 3), &format!("{round}"));
    }
    world.commit();
    world.entry(|writer| writer.compact(25, None)).unwrap();
    world.commit();
    // The first steps are taken before the long pause.
    let store = world.store();
    while store.compacted_rows() == 0 {
        std::thread::yield_now();
    }
    let before = hash(&mut world, 0);
    drop(store);
    world.crash();
    let store = world.store();
    assert_eq!(store.compacted(), 25);
    while store.compaction_ended() == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(hash(&mut world, 0), before);
    assert_eq!(store.compacted_rows(), 24 - 3 - 2, "rows 2..=25 but the newest of each key, and one step before");
    assert_eq!(hash(&mut world, 25).1, 25, "the hash of a resumed compaction is not kept");
}

#[test]
fn the_hash_over_all_buckets_leaves_out_what_members_differ_in() {
    let mut world = World::new();
    world.put("k", "v");
    world.commit();
    let before = world.store().pin().unwrap().hash().unwrap();
    world.entry(|_| ());
    world.commit();
    assert_eq!(world.store().pin().unwrap().hash().unwrap(), before, "only the consistent index moved");
    let (key, value) = (Bytes::from_static(b"storageVersion"), Some(Bytes::from_static(b"3.7.0")));
    world.entry(|writer| writer.change(BucketChange { bucket: Bucket::Meta, key, value }));
    world.commit();
    assert_eq!(world.store().pin().unwrap().hash().unwrap(), before, "the storage version");
    let (key, value) = (Bytes::from_static(b"1"), Some(Bytes::new()));
    world.entry(|writer| writer.change(BucketChange { bucket: Bucket::MembersRemoved, key, value }));
    world.commit();
    let text = |text: &'static str| text.as_bytes();
    let mut expected = 0;
    let row: &[u8] = b"\n\x01k\x10\x02\x18\x02 \x01*\x01v";
    let revision: &[u8] = b"\0\0\0\0\0\0\0\x02_\0\0\0\0\0\0\0\0";
    for part in [text("alarmauthauthRolesauthUsersclusterkey"), revision, row, text("leasemembersmembers_removed1meta")]
    {
        expected = crc32c::crc32c_append(expected, part);
    }
    assert_eq!(world.store().pin().unwrap().hash().unwrap(), expected);
}

#[test]
fn a_reader_that_a_compaction_overtakes_is_told() {
    let mut world = World::new();
    for round in 0..20 {
        world.put("a", &round.to_string());
        world.put(&format!("k{round}"), "v");
    }
    world.commit();
    let old = world.view();
    let reader = old.read().unwrap();
    let all = RangeQuery::new(KeyRange::From(Bytes::new()));
    let explicit = RangeQuery { revision: old.revision - 1, ..all.clone() };
    world.put("a", "new");
    world.delete("k3");
    world.put("b", "new");
    world.entry(|writer| writer.compact(old.revision + 2, None)).unwrap();
    // Accepted: an explicit revision is refused from now on, the newest state of a view is not.
    assert!(matches!(reader.range(&explicit), Err(ReadError::Compacted { .. })));
    assert!(matches!(reader.get(b"a", old.revision), Err(ReadError::Compacted { .. })));
    assert_eq!(reader.range(&all).unwrap().count, 21);
    world.compact(old.revision + 3);
    // Done: revisions that the old view needs are gone.
    assert!(matches!(reader.range(&all), Err(ReadError::Compacted { .. })));
    assert!(matches!(reader.get(b"k3", 0), Err(ReadError::Compacted { .. })));
    assert_eq!(world.view().read().unwrap().range(&all).unwrap().count, 21);
}

#[test]
fn a_scan_that_a_compaction_overtakes_between_two_pages_is_told() {
    let mut world = World::new();
    world.entry(|writer| {
        let mut txn = writer.begin();
        (0..1000u32).for_each(|key| txn.put(&key.to_be_bytes(), b"old", 0));
    });
    let old = world.view();
    world.entry(|writer| {
        let mut txn = writer.begin();
        (0..1000u32).for_each(|key| assert!(txn.delete(&key.to_be_bytes())));
    });
    world.put("k", "v");
    let revision = world.writer().revision();
    world.entry(|writer| writer.compact(revision, None)).unwrap();
    let store = world.store();
    let reader = old.read().unwrap();
    let (at, mark) = reader.revision_of(0).unwrap();
    let mut seen = 0;
    let all = KeyRange::From(Bytes::new());
    let page = reader.scan(&all, None, 256, at, mark, |_, _| {
        if seen == 0 {
            // The job begins while this page holds the index's lock.
            world.writer().seal(Sync::Lazy, None);
            while store.dropping.load(Ordering::Acquire) < revision {
                std::thread::yield_now();
            }
        }
        seen += 1;
    });
    assert_eq!(seen, 256, "the page that was begun is whole");
    let after = page.unwrap().expect("there are more");
    let result = reader.scan(&all, Some(&after), 256, at, mark, |_, _| seen += 1);
    assert!(matches!(result, Err(ReadError::Compacted { .. })), "{seen} keys seen");
}
