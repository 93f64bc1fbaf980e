//! The revisions of one key.
//!
//! A key's history is a list of lives, from creation to tombstone. Most keys have one life with one revision left,
//! which fits into the entry; everything else hangs on one box.

use crate::types::Revision;

/// What a key looks like at some revision, from the index alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyMeta {
    pub create_revision: i64,
    pub mod_revision: Revision,
    pub version: i64,
}

/// No revision has main 0: the key does not live now.
const NONE: Revision = Revision::new(0, 0);

/// One key's lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// Of the current life; meaningless while there is none.
    created: i64,
    /// The newest revision of the current life; `NONE` while there is none.
    modified: Revision,
    version: i64,
    older: Option<Box<Older>>,
}

const _: () = assert!(size_of::<KeyEntry>() <= 48);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Older {
    /// Lives that a tombstone ended, oldest first.
    ended: Vec<Life>,
    /// Revisions of the current life before `modified`, ascending.
    current: Vec<Revision>,
}

impl Older {
    /// The place of the first life that is not over before revision `at`; that of none if it is the current one.
    ///
    /// A key that one transaction deletes and creates again has two lives that touch `at`: the later one counts.
    /// (etcd 3.7 takes the first, and loses the row of the second when it compacts at just that revision.)
    fn seen_from(&self, at: i64, modified: Revision) -> usize {
        let mut first = self.ended.partition_point(|life| life.end().main < at);
        while first < self.ended.len() {
            let next = match self.ended.get(first + 1) {
                Some(life) => life.revisions[0],
                None => *self.current.first().unwrap_or(&modified),
            };
            if next == NONE || next.main > at {
                break;
            }
            first += 1;
        }
        first
    }
}

/// A life with its tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Life {
    created: i64,
    /// Changes since the creation, the tombstone included.
    changes: i64,
    /// Those not compacted, ascending; the last one is the tombstone.
    revisions: Vec<Revision>,
}

impl Life {
    fn end(&self) -> Revision {
        self.revisions[self.revisions.len() - 1]
    }
}

/// How many of `revisions` are at or below `at`.
fn count_until(revisions: &[Revision], at: i64) -> usize {
    // The newest ones are asked for most.
    match revisions.last() {
        Some(last) if last.main <= at => revisions.len(),
        _ => revisions.partition_point(|revision| revision.main <= at),
    }
}

impl KeyEntry {
    /// A key that was never there before.
    pub fn created(at: Revision) -> Self {
        Self::restored(at.main, 1, at)
    }

    /// A key of which the oldest row left is a put.
    pub fn restored(created: i64, version: i64, at: Revision) -> Self {
        Self { created, modified: at, version, older: None }
    }

    /// A key of which the oldest row left is a tombstone.
    pub fn restored_tombstone(at: Revision) -> Self {
        let life = Life { created: 0, changes: 1, revisions: vec![at] };
        let older = Older { ended: vec![life], current: Vec::new() };
        Self { created: 0, modified: NONE, version: 0, older: Some(Box::new(older)) }
    }

    pub fn is_alive(&self) -> bool {
        self.modified != NONE
    }

    /// The main revision at which its life began or, if it has none now, at which the last one ended; 0: nothing is left.
    pub fn began_or_ended(&self) -> i64 {
        if self.is_alive() {
            return self.created;
        }
        let ended = self.older.as_ref().and_then(|older| older.ended.last());
        ended.map_or(0, |life| life.end().main)
    }

    /// Whether nothing is left of the key.
    pub fn is_gone(&self) -> bool {
        !self.is_alive() && self.older.is_none()
    }

    /// The key now.
    pub fn now(&self) -> Option<KeyMeta> {
        self.is_alive().then_some(KeyMeta {
            create_revision: self.created,
            mod_revision: self.modified,
            version: self.version,
        })
    }

    pub fn put(&mut self, at: Revision) -> KeyMeta {
        if self.is_alive() {
            self.older.get_or_insert_default().current.push(self.modified);
            self.version += 1;
        } else {
            self.created = at.main;
            self.version = 1;
        }
        self.modified = at;
        KeyMeta { create_revision: self.created, mod_revision: at, version: self.version }
    }

    /// Ends the current life; false if there is none.
    pub fn delete(&mut self, at: Revision) -> bool {
        if !self.is_alive() {
            return false;
        }
        let older = self.older.get_or_insert_default();
        let mut revisions = std::mem::take(&mut older.current);
        revisions.reserve_exact(2);
        revisions.extend([self.modified, at]);
        older.ended.push(Life { created: self.created, changes: self.version + 1, revisions });
        self.modified = NONE;
        true
    }

    /// The key as of revision `at`.
    pub fn get(&self, at: i64) -> Option<KeyMeta> {
        let now = self.now();
        if let Some(now) = now
            && now.mod_revision.main <= at
        {
            return Some(now);
        }
        let older = self.older.as_ref()?;
        if now.is_some() {
            let until = count_until(&older.current, at);
            if until > 0 {
                return Some(KeyMeta {
                    create_revision: self.created,
                    mod_revision: older.current[until - 1],
                    version: self.version - (older.current.len() - until + 1) as i64,
                });
            }
        }
        for life in older.ended.iter().rev() {
            if life.end().main <= at {
                return None;
            }
            let until = count_until(&life.revisions, at);
            if until > 0 {
                return Some(KeyMeta {
                    create_revision: life.created,
                    mod_revision: life.revisions[until - 1],
                    version: life.changes - (life.revisions.len() - until) as i64,
                });
            }
        }
        None
    }

    /// Drops what no revision from `at` on can see, and returns the newest revision at or below `at` that is left.
    pub fn compact(&mut self, at: i64) -> Option<Revision> {
        let Some(older) = &mut self.older else {
            return (self.modified != NONE && self.modified.main <= at).then_some(self.modified);
        };
        let first = older.seen_from(at, self.modified);
        older.ended.drain(..first);
        let kept = if let Some(life) = older.ended.first_mut() {
            drop_before_newest(&mut life.revisions, at)
        } else if self.modified == NONE {
            None
        } else if self.modified.main <= at {
            older.current.clear();
            Some(self.modified)
        } else {
            drop_before_newest(&mut older.current, at)
        };
        if older.ended.is_empty() && older.current.is_empty() {
            self.older = None;
        } else {
            older.ended.shrink_to_fit();
            older.current.shrink_to_fit();
        }
        kept
    }

    /// The revision that a compaction at `at` would keep of this key, but for a tombstone.
    pub fn keep(&self, at: i64) -> Option<Revision> {
        let newest = |revisions: &[Revision]| count_until(revisions, at).checked_sub(1);
        let Some(older) = &self.older else {
            return (self.modified != NONE && self.modified.main <= at).then_some(self.modified);
        };
        if let Some(life) = older.ended.get(older.seen_from(at, self.modified)) {
            let last = life.revisions.len() - 1;
            newest(&life.revisions).filter(|&place| place != last).map(|place| life.revisions[place])
        } else if self.modified == NONE {
            None
        } else if self.modified.main <= at {
            Some(self.modified)
        } else {
            newest(&older.current).map(|place| older.current[place])
        }
    }
}

/// Drops the revisions before the newest one at or below `at`, and returns that.
fn drop_before_newest(revisions: &mut Vec<Revision>, at: i64) -> Option<Revision> {
    let newest = count_until(revisions, at).checked_sub(1)?;
    revisions.drain(..newest);
    revisions.shrink_to_fit();
    Some(revisions[0])
}
