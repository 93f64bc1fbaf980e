//! Backends of ours, whole and damaged.

use std::fs;
use std::path::{Path, PathBuf};

use crate::offline::verify::backend::{self, BackendFacts};
use crate::offline::verify::report::{Area, Report, Severity};
use crate::storage::backend::Env;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::storage::schema::meta;
use crate::storage::source::{Source, SourceError, Wait};
use crate::types::Revision;

/// What is wrong with the backend below a directory, and what it holds if nothing is.
fn verify(snap_dir: &Path) -> Result<(Vec<String>, Option<BackendFacts>), SourceError> {
    let mut report = Report::default();
    let source = Source::open(snap_dir, Wait::Forever);
    let facts = match source {
        Ok(source) => backend::verify(&source, &mut report),
        Err(error @ SourceError::Lmdb(_)) => {
            report.source_error(Area::Backend, &error);
            None
        }
        Err(error) => return Err(error),
    };
    let problems = report.findings().iter().filter(|finding| finding.severity > Severity::Info);
    Ok((problems.map(ToString::to_string).collect(), facts))
}

fn problems(snap_dir: &Path) -> Vec<String> {
    verify(snap_dir).unwrap().0
}

/// A backend of a few hundred pages, closed.
fn sample() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    let env = Env::open(temp.path(), 1 << 28).unwrap();
    for main in 2..600i64 {
        let mut txn = env.write().unwrap();
        let len = if main % 50 == 0 { 9000 } else { 200 };
        let mut row = bytes::BytesMut::new();
        let key = format!("key{main}");
        let value = vec![b'v'; len];
        KeyValue {
            key: key.as_bytes(),
            create_revision: main,
            mod_revision: main,
            version: 1,
            value: &value,
            lease: 0,
        }
        .encode(&mut row);
        let keys = env.bucket(Bucket::Key);
        keys.put(&mut txn, &RowKey::new(Revision::new(main, 0), false), &row).unwrap();
        let bucket = env.bucket(Bucket::Meta);
        bucket.put(&mut txn, meta::CONSISTENT_INDEX, &(main as u64).to_be_bytes()).unwrap();
        bucket.put(&mut txn, meta::TERM, &3u64.to_be_bytes()).unwrap();
        bucket.put(&mut txn, meta::CONF_STATE, br#"{"voters":[5],"auto_leave":false}"#).unwrap();
        txn.commit().unwrap();
    }
    drop(env);
    temp
}

fn data(temp: &tempfile::TempDir) -> PathBuf {
    temp.path().join("lmdb-0000000000000001/data.mdb")
}

#[test]
fn a_sound_backend_is_read_and_left_as_it_was() {
    let temp = sample();
    let lock = data(&temp).with_file_name("lock.mdb");
    let before = (fs::read(data(&temp)).unwrap(), fs::read(&lock).unwrap());
    let (problems_found, found) = verify(temp.path()).unwrap();
    assert_eq!(problems_found, [""; 0]);
    let found = found.unwrap();
    assert_eq!((found.meta.consistent_index, found.meta.term), (599, 3));
    assert_eq!((found.history.revision(), found.history.rows(), found.history.live()), (599, 598, 598));
    assert_eq!(found.compacted(), -1);
    assert_eq!(found.meta.conf_state.unwrap().voters, [5]);
    assert_eq!((fs::read(data(&temp)).unwrap(), fs::read(&lock).unwrap()), before);
    fs::remove_file(&lock).unwrap();
    assert_eq!(problems(temp.path()), [""; 0]);
    assert!(!lock.exists());
}

#[test]
fn transactions_in_the_free_list_ascend_as_numbers() {
    let temp = sample();
    let env = Env::open(temp.path(), 1 << 28).unwrap();
    // A reader keeps what later transactions free, each under its number: past 768 = 0x300 the first byte wraps.
    let reader = env.read().unwrap();
    for number in 0..300u64 {
        let mut txn = env.write().unwrap();
        env.bucket(Bucket::Meta).put(&mut txn, meta::CONSISTENT_INDEX, &number.to_be_bytes()).unwrap();
        txn.commit().unwrap();
    }
    drop(reader);
    drop(env);
    assert_eq!(problems(temp.path()), [""; 0]);
}

#[test]
fn flipped_bits_are_found_or_harmless_and_never_a_panic() {
    let temp = sample();
    let sound = fs::read(data(&temp)).unwrap();
    let mut found_some = 0;
    for round in 0..160usize {
        let mut bytes = sound.clone();
        // Headers and the first nodes of pages all over the file.
        let offset = (round * 7919 * 4096 + round * 13 % 64) % bytes.len();
        bytes[offset] ^= 1 << (round % 8);
        fs::write(data(&temp), &bytes).unwrap();
        if !problems(temp.path()).is_empty() {
            found_some += 1;
            continue;
        }
        // LMDB, which trusts the file, finds all rows, and can write.
        let env = Env::open(temp.path(), 1 << 28).unwrap();
        let keys = env.bucket(Bucket::Key);
        let mut txn = env.write().unwrap();
        for main in 2..600 {
            let row = keys.get(&txn, &RowKey::new(Revision::new(main, 0), false)).unwrap();
            assert!(row.is_some(), "round {round}, bit at {offset}: row {main}");
        }
        for main in 2..600 {
            assert!(keys.delete(&mut txn, &RowKey::new(Revision::new(main, 0), false)).unwrap());
            keys.put(&mut txn, &RowKey::new(Revision::new(main + 600, 0), false), &[1; 300]).unwrap();
        }
        txn.commit().unwrap();
        drop(env);
        let source = Source::open(temp.path(), Wait::Forever).unwrap();
        assert_eq!(source.check().len(), 0, "round {round}, bit at {offset}");
    }
    assert!(found_some > 12, "only {found_some} of 160");
}

#[test]
fn damage_is_named_with_file_and_offset() {
    let temp = sample();
    let sound = fs::read(data(&temp)).unwrap();
    let row = sound.windows(6).rposition(|bytes| bytes == b"key311").unwrap();
    let mut bytes = sound.clone();
    bytes[row - 2] = 0xff;
    fs::write(data(&temp), &bytes).unwrap();
    let problems_found = problems(temp.path());
    let problem = problems_found.first().expect("a problem");
    assert!(problem.contains("bucket key, row 311_0: its value is no KeyValue"), "{problem}");
    let (file, rest) = problem.split_once(": offset ").expect("a place");
    let (offset, _) = rest.split_once(':').expect("a place");
    assert!(offset.parse::<usize>().unwrap().abs_diff(row) < 64, "{problem}");
    assert!(file.ends_with("data.mdb"), "{problem}");

    fs::write(data(&temp), &sound[..sound.len() / 2]).unwrap();
    assert!(!problems(temp.path()).is_empty(), "cut in half");
    fs::write(data(&temp), &sound[..100]).unwrap();
    assert!(!problems(temp.path()).is_empty(), "cut in the first page");
}
