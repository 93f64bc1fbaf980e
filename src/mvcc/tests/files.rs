//! What is in the files: found again after an end of any kind, or reported as damaged.

use super::*;

#[test]
fn a_second_generation_directory_and_a_bbolt_file_are_not_mistaken() {
    let mut world = World::new();
    world.put("k", "v");
    world.commit();
    std::fs::create_dir(world.dir.path().join("lmdb-0000000000000009")).unwrap();
    world.crash();
    assert!(!world.dir.path().join("lmdb-0000000000000009").exists());
    assert_eq!(run_command(&mut world, "get k"), "k=v create=2 mod=2 version=1\n");

    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("db"), "x").unwrap();
    let Err(error) = Store::open(other.path(), &options()) else { panic!("opened beside a bbolt file") };
    assert!(error.to_string().contains("is a bbolt database of etcd"), "{error}");
}

#[test]
fn what_others_restore_from_is_found_again() {
    let mut world = World::new();
    let change = |bucket, key: &'static str, value: Option<&'static str>| BucketChange {
        bucket,
        key: Bytes::from_static(key.as_bytes()),
        value: value.map(|value| Bytes::from_static(value.as_bytes())),
    };
    world.entry(|writer| {
        writer.change(change(Bucket::Cluster, "clusterVersion", Some("3.7.0")));
        writer.change(change(Bucket::Alarm, "\x08\x01\x10\x01", Some("")));
        writer.change(change(Bucket::Lease, "gone", Some("1")));
    });
    world.commit();
    world.entry(|writer| writer.change(change(Bucket::Lease, "gone", None)));
    world.entry(|writer| {
        let mut txn = writer.begin();
        txn.put(b"leased", b"", 5);
        txn.put(b"moved", b"", 5);
        txn.put(b"deleted", b"", 5);
        txn.put(b"detached", b"", 5);
    });
    world.entry(|writer| {
        let mut txn = writer.begin();
        txn.put(b"moved", b"", 6);
        txn.delete(b"deleted");
        txn.put(b"detached", b"", 0);
    });
    world.commit();
    world.crash();
    let restored = world.restored.as_ref().unwrap();
    assert_eq!((restored.consistent_index, restored.term), (4, 7));
    let leased: Vec<_> = restored.leased_keys.iter().map(|(key, lease)| (&key[..], *lease)).collect();
    assert_eq!(leased, [(&b"leased"[..], 5), (b"moved", 6)]);
    let rows: Vec<_> =
        restored.buckets.iter().map(|row| (row.bucket, &row.key[..], row.value.as_deref().unwrap())).collect();
    let index = 4u64.to_be_bytes();
    let term = 7u64.to_be_bytes();
    assert_eq!(
        rows,
        [
            (Bucket::Alarm, &b"\x08\x01\x10\x01"[..], &b""[..]),
            (Bucket::Cluster, b"clusterVersion", b"3.7.0"),
            (Bucket::Meta, b"consistent_index", &index),
            (Bucket::Meta, b"term", &term),
        ]
    );
}

#[test]
fn uncommitted_entries_are_lost_together_with_their_index() {
    let mut world = World::new();
    world.put("a", "1");
    world.commit();
    world.put("a", "2");
    world.crash();
    assert_eq!(world.restored.as_ref().unwrap().consistent_index, 1);
    assert_eq!(run_command(&mut world, "get a"), "a=1 create=2 mod=2 version=1\n");
    // The log is replayed, and the same revision comes out.
    assert_eq!(world.put("a", "2"), 3);
}

#[test]
fn chunks_are_sealed_when_they_are_full_or_old() {
    let mut world = World::new();
    let now = std::time::Instant::now();
    assert_eq!(world.writer().seal_deadline(), None);
    world.put("a", "1");
    let writer = world.writer();
    let deadline = writer.seal_deadline().unwrap();
    assert!(!writer.is_seal_due(now) && writer.is_seal_due(deadline));
    world.commit();
    assert_eq!(world.writer().seal_deadline(), None);
    let now = std::time::Instant::now();
    world.put("a", &"x".repeat(16 << 20));
    assert!(world.writer().is_seal_due(now), "16 MiB");
    assert!(world.writer().overlay_bytes() > 16 << 20);
    world.commit();
    assert_eq!(world.writer().overlay_bytes(), 0);
    world.entry(|writer| {
        let mut txn = writer.begin();
        (0..10_000u32).for_each(|n| txn.put(&n.to_be_bytes(), b"", 0));
    });
    assert!(world.writer().is_seal_due(now), "10,000 changes");
    world.commit();
    world.entry(|writer| writer.compact(2, None)).unwrap();
    assert!(world.writer().is_seal_due(now), "a compaction waits");
}

#[test]
fn size_in_use_falls_with_a_compaction_and_the_file_does_not() {
    let mut world = World::with(&StoreOptions { compaction_batch_max: 1000, ..options() });
    for _ in 0..500 {
        world.put("k", &"x".repeat(3000));
    }
    world.view();
    let store = world.store();
    assert!(store.size_in_use_bytes() > 1_500_000, "in the overlay");
    world.commit();
    world.view();
    let full = store.size_in_use_bytes();
    assert!((1_500_000..4_000_000).contains(&full), "{full}");
    let file = store.size_bytes();
    assert!(file >= full);
    world.compact(500);
    // The size is noted after the job's end.
    world.commit();
    assert!(store.size_in_use_bytes() < 100_000, "{}", store.size_in_use_bytes());
    assert!(store.size_bytes() >= file);
}

#[test]
fn a_damaged_row_is_reported_and_not_a_panic() {
    for (key, value, expected) in [
        (&b"short"[..], &b""[..], "its key is no revision"),
        (&RowKey::new(crate::types::Revision::new(9, 0), false)[..], b"\x0a\xff", "its value is no KeyValue"),
    ] {
        let mut world = World::new();
        world.put("k", "v");
        world.commit();
        {
            let store = world.store();
            let env = store.env();
            let mut txn = env.write().unwrap();
            store.env().bucket(Bucket::Key).put(&mut txn, key, value).unwrap();
            txn.commit().unwrap();
        }
        world.restored = None;
        let Err(error) = Store::open(world.dir.path(), &options()) else { panic!("opened") };
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn without_space_the_overlay_keeps_what_is_applied() {
    let mut world = World::with(&StoreOptions { map_size_bytes: 1 << 20, ..options() });
    world.put("small", "x");
    world.commit();
    for round in 0..30 {
        world.put(&format!("k{round}"), &"x".repeat(100_000));
    }
    world.writer().seal(Sync::Lazy, None);
    let store = world.store();
    while !store.is_out_of_space() {
        std::thread::yield_now();
    }
    world.put("later", "y");
    world.writer().forget_committed();
    let view = world.view();
    let result = view.read().unwrap().range(&RangeQuery::new(KeyRange::From(Bytes::new()))).unwrap();
    assert_eq!(result.kvs.len(), 32);
    drop((view, store));
    // Ends although the chunk cannot be committed; what was committed before is there.
    world.crash();
    assert_eq!(run_command(&mut world, "range \\x00 \\0"), "small=x create=2 mod=2 version=1\ncount=1\n");
}

#[test]
fn a_damaged_file_is_refused_or_read_and_never_ends_the_process() {
    let mut world = World::with(&StoreOptions { compaction_batch_max: 1000, ..options() });
    for round in 0..600 {
        world.put(&format!("k{}", round % 150), &"x".repeat(if round % 40 == 0 { 9000 } else { 200 }));
    }
    world.compact(300);
    world.commit();
    world.restored = None;
    let dir = world.dir.path().to_path_buf();
    let path = dir.join("lmdb-0000000000000001/data.mdb");
    let sound = std::fs::read(&path).unwrap();
    let mut refused = 0;
    for round in 0..120usize {
        let mut bytes = sound.clone();
        let offset = (round * 7919 * 4096 + round * 37 % 96) % bytes.len();
        bytes[offset] ^= 1 << (round % 8);
        std::fs::write(&path, &bytes).unwrap();
        match Store::open(&dir, &options()) {
            Ok((_, mut restored)) => {
                let view = restored.writer.view();
                let _ = view.read().unwrap().range(&RangeQuery::new(KeyRange::From(Bytes::new())));
            }
            Err(error) => {
                assert!(
                    error.to_string().contains("data.mdb, offset ") || error.to_string().contains("bucket"),
                    "{error}"
                );
                refused += 1;
            }
        }
    }
    assert!(refused > 5, "{refused}");
    for len in [0, 100, 4096, 8192, sound.len() / 2, sound.len() - 4096] {
        std::fs::write(&path, &sound[..len]).unwrap();
        let opened = Store::open(&dir, &options());
        assert!(opened.is_err(), "cut to {len} bytes");
    }
}
