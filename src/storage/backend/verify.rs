//! Checks a backend at rest, changing nothing: the structure of its file, and that its rows make sense.
//!
//! Not here: comparing it with the write-ahead log (`rsutl verify`).

use std::path::{Path, PathBuf};

use super::env::{self, OpenError};
use super::pages::{Damage, Entry, PageFile, Values};
use crate::pb::raftpb::ConfState;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::storage::schema::meta;
use crate::types::{Index, Term};

/// Problems of one bucket that are listed; more of the same tell nothing new.
const PROBLEMS_MAX: usize = 10;

/// What is in a backend.
#[derive(Debug, Default)]
pub struct Verified {
    /// The file.
    pub path: PathBuf,
    pub consistent_index: Index,
    pub term: Term,
    pub conf_state: Option<ConfState>,
    /// Main revision of the newest row, at least those of compactions; 1 in an empty key space.
    pub revision: i64,
    /// Of the last finished compaction; -1: none.
    pub compacted: i64,
    /// Rows of bucket `key`.
    pub rows: u64,
    /// Empty if all is well.
    pub problems: Vec<Damage>,
}

/// Checks the backend below `snap_dir`.
///
/// # Errors
/// There is no backend, or a process has it open. Damage is no error here but a problem in the answer.
pub fn verify(snap_dir: &Path) -> Result<Verified, OpenError> {
    let (dir, _lock) = env::lock_at_rest(snap_dir)?;
    let path = dir.join("data.mdb");
    let mut found = Verified { path: path.clone(), revision: 1, compacted: -1, ..Verified::default() };
    match PageFile::open(&path) {
        Ok(file) => check_file(file, &mut found),
        Err(damage) => found.problems.push(damage),
    }
    Ok(found)
}

fn check_file(mut file: PageFile, found: &mut Verified) {
    let mut problems = Vec::new();
    let trees = match file.named() {
        Ok(trees) => trees,
        Err(damage) => {
            found.problems.push(damage);
            return;
        }
    };
    let path = found.path.clone();
    let at = |offset, what| Damage { path: path.clone(), offset, what };
    for bucket in Bucket::ALL {
        match trees.iter().find(|(name, ..)| name == bucket.name().as_bytes()) {
            None => problems.push(at(0, format!("bucket {} is missing", bucket.name()))),
            Some((_, None, offset)) => problems.push(at(*offset, format!("bucket {} is no tree", bucket.name()))),
            Some((_, Some(tree), _)) => {
                let mut wrong = Vec::new();
                let mut see = |entry: &Entry| {
                    if let Err(what) = check_row(bucket, entry, found)
                        && wrong.len() < PROBLEMS_MAX
                    {
                        let what = format!("bucket {}, row {}: {what}", bucket.name(), entry.key.escape_ascii());
                        wrong.push(at(entry.offset, what));
                    }
                };
                let walked = file.walk(tree, Values::Whole, &mut see);
                problems.extend(wrong);
                problems.extend(
                    walked
                        .err()
                        .map(|damage| Damage { what: format!("bucket {}: {}", bucket.name(), damage.what), ..damage }),
                );
            }
        }
    }
    // Only trees that were walked to the end tell which pages are used.
    if problems.is_empty() {
        problems.extend(file.check_free().err());
    }
    found.problems = problems;
}

/// Checks one row and notes what it tells.
fn check_row(bucket: Bucket, row: &Entry, found: &mut Verified) -> Result<(), &'static str> {
    match bucket {
        Bucket::Key => {
            let (revision, is_tombstone) = RowKey::decode(row.key).ok_or("its key is no revision")?;
            let kv = KeyValue::decode(row.value).ok_or("its value is no KeyValue")?;
            found.rows += 1;
            found.revision = found.revision.max(revision.main);
            // A restored snapshot may end with an empty row that only raises the revision.
            let is_bump = row.value.is_empty();
            if kv.key.is_empty() && !is_bump {
                return Err("it has no key");
            }
            if !is_tombstone && !is_bump && kv.mod_revision != revision.main {
                return Err("its modification revision is not that of the row");
            }
        }
        Bucket::Meta => match row.key {
            meta::CONSISTENT_INDEX => found.consistent_index = meta::decode_u64(row.value).ok_or("it is no number")?,
            meta::TERM => found.term = meta::decode_u64(row.value).ok_or("it is no number")?,
            meta::CONF_STATE => {
                let state = meta::decode_conf_state(row.value).ok_or("it is no configuration")?;
                found.conf_state = Some(state);
            }
            meta::SCHEDULED_COMPACT_REVISION | meta::FINISHED_COMPACT_REVISION => {
                let revision = meta::decode_compact_revision(row.value).ok_or("it is no revision")?;
                found.revision = found.revision.max(revision);
                if row.key == meta::FINISHED_COMPACT_REVISION {
                    found.compacted = revision;
                }
            }
            _ => {}
        },
        Bucket::Alarm
        | Bucket::Auth
        | Bucket::AuthRoles
        | Bucket::AuthUsers
        | Bucket::Cluster
        | Bucket::Lease
        | Bucket::Members
        | Bucket::MembersRemoved => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::storage::backend::Env;
    use crate::types::Revision;

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
        let found = verify(temp.path()).unwrap();
        assert_eq!(found.problems, []);
        assert_eq!((found.consistent_index, found.term, found.revision, found.rows), (599, 3, 599, 598));
        assert_eq!(found.compacted, -1);
        assert_eq!(found.conf_state.unwrap().voters, [5]);
        // Reading through LMDB leaves it alone as well.
        let env = Env::open_read_only(temp.path()).unwrap();
        assert_eq!(env.bucket(Bucket::Key).len(&env.read().unwrap()).unwrap(), 598);
        drop(env);
        assert_eq!((fs::read(data(&temp)).unwrap(), fs::read(&lock).unwrap()), before);
        fs::remove_file(&lock).unwrap();
        assert_eq!(verify(temp.path()).unwrap().problems, []);
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
        assert_eq!(verify(temp.path()).unwrap().problems, []);
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
            found_some += usize::from(!verify(temp.path()).unwrap().problems.is_empty());
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
        let problems = verify(temp.path()).unwrap().problems;
        assert!(!problems.is_empty());
        assert!(problems[0].what.starts_with("bucket key, row \\x00"), "{}", problems[0]);
        assert!(problems[0].offset.abs_diff(row as u64) < 64, "{}", problems[0]);
        assert_eq!(problems[0].path.file_name().unwrap(), "data.mdb");

        fs::write(data(&temp), &sound[..sound.len() / 2]).unwrap();
        assert!(!verify(temp.path()).unwrap().problems.is_empty(), "cut in half");
        fs::write(data(&temp), &sound[..100]).unwrap();
        assert!(!verify(temp.path()).unwrap().problems.is_empty(), "cut in the first page");
    }

    #[test]
    fn what_is_no_backend_is_refused_by_name() {
        let temp = tempfile::tempdir().unwrap();
        assert!(verify(temp.path()).unwrap_err().to_string().ends_with("CURRENT does not exist"));
        fs::write(temp.path().join("db"), "").unwrap();
        assert!(verify(temp.path()).unwrap_err().to_string().contains("is a bbolt database of etcd"));
    }
}
