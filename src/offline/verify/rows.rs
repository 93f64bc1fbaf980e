//! Bucket `key`: does each row follow from those before it?
//!
//! A compaction leaves of each key the newest row at or below its revision, and removes older ones in ascending order:
//! so what is left of a key is always the end of its history. Above the newest compaction everything must be there.

use std::collections::HashMap;

use ahash::RandomState;

use super::report::Severity;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::types::Revision;

/// The newest row of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    pub modified: Revision,
    pub created: i64,
    pub version: i64,
    /// 0: none.
    pub lease: i64,
    /// The newest row is no tombstone.
    pub is_alive: bool,
}

/// What is wrong with a row.
pub type Wrong = (Severity, String);

/// All rows so far.
#[derive(Debug)]
pub struct History {
    /// -1: none.
    finished: i64,
    /// The newest compaction, finished or not: below it rows may be missing.
    compacted: i64,
    last: Revision,
    keys: HashMap<Box<[u8]>, Life, RandomState>,
    rows: u64,
    /// Rows that the finished compaction should have removed.
    pub leftovers: u64,
}

impl History {
    /// For a backend with these compactions, -1: none.
    pub fn new(finished: i64, scheduled: i64) -> Self {
        let (last, compacted) = (Revision::new(0, 0), finished.max(scheduled));
        Self { finished, compacted, last, keys: HashMap::default(), rows: 0, leftovers: 0 }
    }

    /// The next row, in order.
    pub fn see(&mut self, key: &[u8], value: &[u8]) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let Some((revision, is_tombstone)) = RowKey::decode(key) else {
            return vec![(Severity::Error, format!("row {}: its key is no revision", key.escape_ascii()))];
        };
        let mut tell = |severity, what: String| {
            wrong.push((severity, format!("row {}_{}: {what}", revision.main, revision.sub)));
        };
        self.rows += 1;
        if let Some(what) = self.out_of_line(revision) {
            tell(Severity::Error, what);
        }
        self.last = revision;
        let Some(kv) = KeyValue::decode(value) else {
            tell(Severity::Error, "its value is no KeyValue".into());
            return wrong;
        };
        // What a restore with a raised revision leaves: no key, no fields.
        if value.is_empty() {
            if is_tombstone || revision.sub != 0 || revision.main > self.compacted {
                tell(Severity::Error, "it is empty, and no restore has raised the revision to it".into());
            }
            return wrong;
        }
        if kv.key.is_empty() {
            tell(Severity::Error, "it has no key".into());
            return wrong;
        }
        if kv.encoded_len() != value.len() {
            tell(Severity::Error, "its value holds more than the fields of a KeyValue".into());
        }
        let before = self.keys.get(kv.key).copied();
        let what = if is_tombstone { self.tombstone(before, revision, &kv) } else { self.put(before, revision, &kv) };
        if let Some((severity, what)) = what {
            tell(severity, format!("{what}, key {}", kv.key.escape_ascii()));
        }
        if revision.main <= self.finished {
            let is_old_tombstone = is_tombstone && revision.main < self.finished;
            self.leftovers += u64::from(before.is_some()) + u64::from(is_old_tombstone);
        }
        let KeyValue { create_revision: created, version, lease, .. } = kv;
        let life = Life { modified: revision, created, version, lease, is_alive: !is_tombstone };
        match self.keys.get_mut(kv.key) {
            Some(known) => *known = life,
            None => {
                self.keys.insert(kv.key.into(), life);
            }
        }
        wrong
    }

    /// Every revision above the compaction has rows, numbered from 0.
    fn out_of_line(&self, revision: Revision) -> Option<String> {
        let last = self.last;
        if revision == last && self.rows > 1 {
            return Some("there are two rows of this revision".into());
        }
        if revision.main <= self.compacted {
            return None;
        }
        if revision.main == last.main {
            let is_next = revision.sub == last.sub + 1;
            return (!is_next).then(|| format!("the row before it is {}_{}: some are missing", last.main, last.sub));
        }
        let due = last.main.max(self.compacted).max(1) + 1;
        if revision.main != due {
            return Some(format!("revisions {due} to {} have no rows", revision.main - 1));
        }
        (revision.sub != 0).then(|| "rows of its revision are missing before it".into())
    }

    fn tombstone(&self, before: Option<Life>, revision: Revision, kv: &KeyValue) -> Option<Wrong> {
        let error = |what: &str| Some((Severity::Error, what.to_owned()));
        if *kv != (KeyValue { key: kv.key, ..KeyValue::default() }) {
            return error("a tombstone that says more than its key");
        }
        match before {
            Some(life) if life.is_alive => None,
            Some(_) => error("it deletes what is deleted already"),
            None if revision.main > self.compacted => error("it deletes what was never there"),
            None => None,
        }
    }

    fn put(&self, before: Option<Life>, revision: Revision, kv: &KeyValue) -> Option<Wrong> {
        let &KeyValue { create_revision: created, mod_revision, version, .. } = kv;
        let error = |what: String| Some((Severity::Error, what));
        if mod_revision != revision.main {
            return error(format!("its modification revision is {mod_revision}, not that of the row"));
        }
        if created < 1 || created > mod_revision || version < 1 {
            return error(format!("it is version {version}, created at {created}"));
        }
        let same_transaction = before.is_some_and(|life| life.modified.main == revision.main);
        if version == 1 && created != mod_revision || version > 1 && created == mod_revision && !same_transaction {
            return error(format!("it is version {version}, and was created at {created}"));
        }
        match before {
            Some(Life { is_alive: true, created: first, version: last, .. }) => {
                let follows = created == first && version == last + 1;
                (!follows).then(|| {
                    let what = format!(
                        "it is version {version}, created at {created}, behind version {last}, created at {first}"
                    );
                    (Severity::Error, what)
                })
            }
            Some(Life { modified, .. }) => (version != 1).then(|| {
                let what = format!("it is version {version}, and was deleted before at {}", modified.main);
                (Severity::Error, what)
            }),
            None if version != 1 && revision.main > self.compacted => {
                error(format!("it is version {version}, and there is no row of its creation at {created}"))
            }
            None => None,
        }
    }

    /// Main revision of the newest row, at least those of compactions; 1 in an empty key space.
    pub fn revision(&self) -> i64 {
        self.last.main.max(self.compacted).max(1)
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Keys that exist, or of which a tombstone is left.
    pub fn keys(&self) -> impl Iterator<Item = (&[u8], &Life)> {
        self.keys.iter().map(|(key, life)| (&key[..], life))
    }

    pub fn key(&self, key: &[u8]) -> Option<&Life> {
        self.keys.get(key)
    }

    /// Keys that exist.
    pub fn live(&self) -> usize {
        self.keys.values().filter(|life| life.is_alive).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `k:main.sub c<create> v<version>`, `t:main.sub` a tombstone of k, `empty:main.sub`.
    fn history(finished: i64, scheduled: i64, rows: &str) -> (History, String) {
        let mut history = History::new(finished, scheduled);
        let mut wrong = Vec::new();
        for row in rows.split(", ").filter(|row| !row.is_empty()) {
            let (kind, rest) = row.split_once(':').unwrap();
            let mut words = rest.split(' ');
            let (main, sub) = words.next().unwrap().split_once('.').unwrap();
            let revision = Revision::new(main.parse().unwrap(), sub.parse().unwrap());
            let mut numbers = words.map(|word| word[1..].parse::<i64>().unwrap());
            let (create_revision, version) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
            let mod_revision = numbers.next().unwrap_or(revision.main);
            let mut value = bytes::BytesMut::new();
            match kind {
                "empty" => {}
                "t" => KeyValue { key: b"k", version, ..KeyValue::default() }.encode(&mut value),
                key => KeyValue { key: key.as_bytes(), create_revision, mod_revision, version, ..KeyValue::default() }
                    .encode(&mut value),
            }
            wrong.extend(history.see(&RowKey::new(revision, kind == "t"), &value).into_iter().map(|(_, what)| what));
        }
        (history, wrong.join("; "))
    }

    #[test]
    fn each_row_follows_from_those_before() {
        for (compactions, rows, expected) in [
            ((-1, -1), "k:2.0 c2 v1, k:3.0 c2 v2, t:4.0, k:5.0 c5 v1, a:5.1 c5 v1", ""),
            ((-1, -1), "k:2.0 c2 v1, t:2.1, k:2.2 c2 v1, k:2.3 c2 v2", ""),
            ((5, 5), "k:4.0 c2 v3, k:6.0 c2 v4", ""),
            ((5, 5), "t:5.0, k:6.0 c6 v1", ""),
            ((-1, 5), "k:3.0 c2 v2, k:4.0 c2 v3", ""),
            ((9, 1009), "empty:1009.0, k:1010.0 c1010 v1", ""),
            ((-1, -1), "k:3.0 c3 v1", "row 3_0: revisions 2 to 2 have no rows"),
            ((-1, -1), "k:2.0 c2 v1, k:4.0 c2 v2", "row 4_0: revisions 3 to 3 have no rows"),
            ((9, 9), "k:11.0 c11 v1", "row 11_0: revisions 10 to 10 have no rows"),
            ((-1, -1), "k:2.1 c2 v1", "row 2_1: rows of its revision are missing before it"),
            ((-1, -1), "k:2.0 c2 v1, a:2.2 c2 v1", "row 2_2: the row before it is 2_0: some are missing"),
            ((-1, -1), "k:2.0 c2 v1 m3", "row 2_0: its modification revision is 3, not that of the row, key k"),
            ((-1, -1), "k:2.0 c3 v1", "row 2_0: it is version 1, created at 3, key k"),
            ((-1, -1), "k:2.0 c2 v0", "row 2_0: it is version 0, created at 2, key k"),
            ((-1, -1), "k:2.0 c2 v2", "row 2_0: it is version 2, and was created at 2, key k"),
            ((9, 9), "k:8.0 c7 v1", "row 8_0: it is version 1, and was created at 7, key k"),
            (
                (-1, -1),
                "a:2.0 c2 v1, k:3.0 c2 v2",
                "row 3_0: it is version 2, and there is no row of its creation at 2, key k",
            ),
            (
                (-1, -1),
                "k:2.0 c2 v1, k:3.0 c2 v3",
                "row 3_0: it is version 3, created at 2, behind version 1, created at 2, key k",
            ),
            (
                (-1, -1),
                "k:2.0 c2 v1, t:3.0, k:4.0 c2 v2",
                "row 4_0: it is version 2, and was deleted before at 3, key k",
            ),
            ((-1, -1), "t:2.0", "row 2_0: it deletes what was never there, key k"),
            ((-1, -1), "k:2.0 c2 v1, t:3.0, t:4.0", "row 4_0: it deletes what is deleted already, key k"),
            ((-1, -1), "k:2.0 c2 v1, t:3.0 c0 v1", "row 3_0: a tombstone that says more than its key, key k"),
            ((-1, -1), "empty:2.0", "row 2_0: it is empty, and no restore has raised the revision to it"),
            ((-1, -1), ":2.0 c2 v1", "row 2_0: it has no key"),
        ] {
            assert_eq!(history(compactions.0, compactions.1, rows).1, expected, "{rows}");
        }
    }

    #[test]
    fn what_a_compaction_should_have_removed_is_counted() {
        for (finished, rows, leftovers, live) in [
            (5, "k:4.0 c2 v3, k:6.0 c2 v4", 0, 1),
            (5, "k:3.0 c2 v2, k:4.0 c2 v3", 1, 1),
            (5, "t:5.0", 0, 0),
            (5, "t:4.0", 1, 0),
            (-1, "k:2.0 c2 v1, t:3.0", 0, 0),
        ] {
            let (history, wrong) = history(finished, finished, rows);
            assert_eq!((history.leftovers, history.live(), &wrong[..]), (leftovers, live, ""), "{rows}");
        }
    }

    #[test]
    fn bytes_that_are_no_row_are_told() {
        let mut history = History::new(-1, -1);
        let see = |history: &mut History, key: &[u8], value: &[u8]| {
            history.see(key, value).into_iter().map(|(_, what)| what).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(see(&mut history, b"x", b""), "row x: its key is no revision");
        let row = RowKey::new(Revision::new(2, 0), false);
        assert_eq!(see(&mut history, &row, b"\xff"), "row 2_0: its value is no KeyValue");
        let more = b"\x0a\x01k\x10\x03\x18\x03\x20\x01\x38\x01";
        let row = RowKey::new(Revision::new(3, 0), false);
        assert_eq!(see(&mut history, &row, more), "row 3_0: its value holds more than the fields of a KeyValue");
        let again = RowKey::new(Revision::new(3, 0), true);
        assert_eq!(see(&mut history, &again, b"\x0a\x01k"), "row 3_0: there are two rows of this revision");
    }
}
