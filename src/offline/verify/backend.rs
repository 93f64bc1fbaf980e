//! The backend: its file page by page, its rows, and whether it fits the log beside it.

use std::path::{Path, PathBuf};

use super::buckets::{self, Buckets};
use super::report::{Advice, Area, Finding, Report, Severity};
use super::rows::History;
use super::snap::{SnapFacts, ids};
use super::wal::WalFacts;
use crate::membership::Change;
use crate::mvcc::Rebuilt;
use crate::pb::raftpb::ConfState;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::meta;
use crate::storage::source::{Kind, Place, Source};
use crate::types::{Index, MemberId};

/// What a backend holds.
pub struct BackendFacts {
    pub path: PathBuf,
    pub kind: Kind,
    pub meta: buckets::Facts,
    pub buckets: Buckets,
    pub history: History,
}

impl BackendFacts {
    /// The newest compaction; -1: none.
    pub fn compacted(&self) -> i64 {
        self.meta.finished.max(self.meta.scheduled)
    }

    /// Whether bucket `members` is where its release keeps members.
    pub fn members_count(&self) -> bool {
        self.kind == Kind::Lmdb || self.meta.storage_version.is_some()
    }
}

/// Checks the file and all rows. `None` if it is damaged: then not everything was seen.
pub fn verify(source: &Source, report: &mut Report) -> Option<BackendFacts> {
    let path = source.path().to_owned();
    let (finished, scheduled) = compactions(source);
    let mut history = History::new(finished, scheduled);
    let mut buckets = Buckets::default();
    let damaged_before = report.count(Severity::Error);
    let mut see = |severity, place, what, advice| {
        report.add(Finding { severity, area: Area::Rows, file: path.clone(), place, what, advice });
    };
    let scanned = source.scan(&mut |row| {
        let bucket = Bucket::ALL.into_iter().find(|bucket| bucket.name().as_bytes() == row.bucket);
        match bucket {
            Some(Bucket::Key) => {
                for (severity, what) in history.see(row.key, row.value) {
                    see(severity, row.place, format!("bucket key, {what}"), Advice::ReplaceMember);
                }
            }
            Some(bucket) => buckets.add(bucket, row.key, row.value, row.place),
            None => {}
        }
    });
    let mut is_whole = scanned.problems.is_empty();
    for problem in &scanned.problems {
        report.source_error(Area::Backend, problem);
    }
    for bucket in Bucket::ALL {
        if is_whole && !scanned.buckets.iter().any(|name| name == bucket.name().as_bytes()) {
            // What an etcd does not have it makes at its start; without these it does not get there.
            let is_needed = source.kind() == Kind::Lmdb || matches!(bucket, Bucket::Key | Bucket::Meta);
            let severity = if is_needed { Severity::Error } else { Severity::Info };
            let what = format!("bucket {} is missing", bucket.name());
            report.found(severity, Area::Backend, &path, what, Advice::ReplaceMember);
        }
    }
    for name in &scanned.buckets {
        if !Bucket::ALL.iter().any(|bucket| bucket.name().as_bytes() == name) {
            let what = format!("bucket {} is none of etcd's", name.escape_ascii());
            report.found(Severity::Warning, Area::Backend, &path, what, Advice::None);
        }
    }
    is_whole &= report.count(Severity::Error) == damaged_before;
    let (facts, wrong) = buckets.check(source.kind(), &history);
    for buckets::Wrong { severity, place, what, advice } in wrong {
        report.add(Finding { severity, area: Area::Rows, file: path.clone(), place, what, advice });
    }
    if history.leftovers > 0 {
        let what =
            format!("{} rows that the compaction at {finished} should have removed are there", history.leftovers);
        report.found(Severity::Warning, Area::Rows, &path, what, Advice::Compact);
    }
    let facts = BackendFacts { path, kind: source.kind(), meta: facts, buckets, history };
    tell(&facts, report);
    if is_whole && facts.kind == Kind::Lmdb {
        let dir = facts.path.parent().unwrap_or(Path::new("")).to_owned();
        rebuild(&facts, &dir, Area::Rows, report);
    }
    is_whole.then_some(facts)
}

/// Finished and scheduled; -1 where there is none, or none that can be read.
fn compactions(source: &Source) -> (i64, i64) {
    let rows = source.rows(Bucket::Meta).unwrap_or_default();
    let read = |key| rows.get(key).and_then(|value| meta::decode_compact_revision(value)).unwrap_or(-1);
    (read(meta::FINISHED_COMPACT_REVISION), read(meta::SCHEDULED_COMPACT_REVISION))
}

fn tell(facts: &BackendFacts, report: &mut Report) {
    let BackendFacts { path, kind, meta, history, .. } = facts;
    let kind = match kind {
        Kind::Lmdb => "LMDB",
        Kind::Bbolt => "bbolt",
    };
    let what = format!(
        "{kind}, {} rows of {} keys, revision {}, compacted {}, consistent index {} term {}, {} leases, {} members",
        history.rows(),
        history.live(),
        history.revision(),
        meta.finished,
        meta.consistent_index,
        meta.term,
        meta.leases.len(),
        meta.cluster.members().len(),
    );
    report.info(Area::Backend, path, what);
    if meta.scheduled > meta.finished {
        let what = format!("the compaction at {} is not finished; the next start goes on with it", meta.scheduled);
        report.info(Area::Backend, path, what);
    }
}

/// Compares what a start would rebuild from the backend in `dir` with what its rows said one by one.
pub fn rebuild(facts: &BackendFacts, dir: &Path, area: Area, report: &mut Report) {
    let rebuilt = match Rebuilt::read(dir) {
        Ok(rebuilt) => rebuilt,
        Err(error) => {
            report.found(Severity::Error, area, &facts.path, format!("a start fails: {error}"), Advice::ReplaceMember);
            return;
        }
    };
    let mut wrong = Vec::new();
    let (revision, wanted) = (rebuilt.revision(), facts.history.revision());
    if revision != wanted {
        wrong.push(format!("a start would be at revision {revision}, the rows are at {wanted}"));
    }
    let (mut known, mut bumped) = (0_usize, 0);
    rebuilt.visit(|key, now| {
        // What a restore with a raised revision leaves.
        if key.is_empty() {
            bumped = usize::from(now.is_some());
            return;
        }
        let Some(life) = facts.history.key(key) else {
            wrong.push(format!("a start would know the key {}, which has no row", key.escape_ascii()));
            return;
        };
        known += 1;
        let found = now.map(|meta| (meta.create_revision, meta.mod_revision, meta.version));
        let wanted = life.is_alive.then_some((life.created, life.modified, life.version));
        if found != wanted {
            wrong.push(format!(
                "a start would take the key {} for {}, its newest row says {}",
                key.escape_ascii(),
                version(found),
                version(wanted)
            ));
        }
    });
    let (live, wanted) = (rebuilt.live() - bumped, facts.history.live());
    if live != wanted || known != facts.history.keys().count() {
        wrong.push(format!("a start would find {live} keys, the rows tell of {wanted}"));
    }
    for what in wrong {
        report.found(Severity::Error, area, &facts.path, what, Advice::ReplaceMember);
    }
}

fn version(meta: Option<(i64, crate::types::Revision, i64)>) -> String {
    match meta {
        None => "deleted".to_owned(),
        Some((created, modified, version)) => {
            format!("version {version} of {}, created at {created}", modified.main)
        }
    }
}

/// The backend holds at least what the log no longer has, and nothing that the log does not know of.
pub fn compare(facts: &BackendFacts, wal: &WalFacts, snap: &SnapFacts, report: &mut Report) {
    let meta = &facts.meta;
    let (consistent, start, last) = (meta.consistent_index, wal.start.index, wal.last());
    let mut add = |severity, what: String, advice| {
        let (file, place) = (facts.path.clone(), Place::File);
        report.add(Finding { severity, area: Area::Backend, file, place, what, advice });
    };
    for &index in &snap.received {
        let what = if index > consistent {
            "a backend that a leader has sent is not in its place yet; the start of an etcd puts it there"
        } else {
            "a backend that a leader has sent is left over"
        };
        add(Severity::Info, format!("{index:016x}.snap.db: {what}"), Advice::NextStart);
    }
    if consistent < start && !snap.received.contains(&start) {
        let what =
            format!("consistent index {consistent} is before the WAL's start at index {start}: entries are missing");
        add(Severity::Error, what, Advice::LogAndBackend);
    }
    if consistent > last {
        // A follower applies what others have stored, and may crash before it has.
        let is_alone = meta.cluster.members().filter(|member| !member.is_learner).count() <= 1;
        let severity = if facts.kind == Kind::Lmdb || is_alone { Severity::Error } else { Severity::Warning };
        let what = format!("consistent index {consistent} is beyond the WAL's last entry {last}");
        add(severity, what, Advice::LogAndBackend);
    }
    if meta.term > wal.hard_state.term() {
        let what = format!("term {} is beyond the WAL's term {}", meta.term, wal.hard_state.term());
        add(Severity::Error, what, Advice::LogAndBackend);
    }
    if let Some(term) = wal.term(consistent).filter(|&term| meta.term != 0 && term != meta.term && consistent > 0) {
        let what = format!("consistent index {consistent} has term {}, the WAL's entry {term}", meta.term);
        add(Severity::Error, what, Advice::LogAndBackend);
    }
    if consistent == 0 {
        return;
    }
    if meta.cluster.is_removed(wal.member) {
        add(Severity::Warning, format!("member {} was removed from its cluster", wal.member), Advice::None);
    } else if facts.members_count() && !meta.cluster.members().any(|member| member.id == wal.member) {
        let what = format!("the WAL is of member {}, which bucket members does not know", wal.member);
        add(Severity::Error, what, Advice::LogAndBackend);
    }
    if let Some((severity, what)) = members(facts, wal, snap) {
        add(severity, what, Advice::LogAndBackend);
    }
}

/// The configuration at the consistent index, by the log, against bucket `members`.
fn members(facts: &BackendFacts, wal: &WalFacts, snap: &SnapFacts) -> Option<(Severity, String)> {
    let consistent = facts.meta.consistent_index;
    let start = match (&wal.start.conf_state, &snap.start) {
        (Some(state), _) | (None, Some(state)) => state.clone(),
        (None, None) if wal.start.index == 0 => ConfState::default(),
        (None, None) => return None,
    };
    let later: Vec<(Index, &Change)> = wal.conf_changes.iter().map(|(&index, change)| (index, change)).collect();
    let later: Vec<&Change> = later
        .into_iter()
        .filter(|(index, _)| (wal.start.index + 1..=consistent).contains(index))
        .map(|(_, change)| change)
        .collect();
    let (mut voters, mut learners) = (start.voters, start.learners);
    for change in &later {
        let id = change.member_id().0;
        match change {
            Change::Add(member) if !voters.contains(&id) && !learners.contains(&id) => {
                if member.is_learner {
                    learners.push(id)
                } else {
                    voters.push(id)
                }
            }
            Change::Promote(_) if learners.contains(&id) => {
                learners.retain(|&learner| learner != id);
                voters.push(id);
            }
            Change::Remove(_) => {
                voters.retain(|&voter| voter != id);
                learners.retain(|&learner| learner != id);
            }
            Change::Add(_) | Change::Promote(_) | Change::Update { .. } => {}
        }
    }
    voters.sort_unstable();
    learners.sort_unstable();
    let mut found = facts.meta.cluster.conf_state();
    found.voters.sort_unstable();
    found.learners.sort_unstable();
    if (&voters, &learners) == (&found.voters, &found.learners) {
        return None;
    }
    let by_log = ConfState { voters, learners, ..ConfState::default() };
    let what = format!("the members are {}, by the log {}", show(&found), show(&by_log));
    // Up to 3.5 the bucket misses promotions. Of changes after the start not all need have been valid.
    let severity = match (facts.members_count(), ids(&found) == ids(&by_log), later.is_empty()) {
        (false, true, _) => Severity::Info,
        (true, _, true) => Severity::Error,
        (false, false, _) | (true, _, false) => Severity::Warning,
    };
    Some((severity, what))
}

fn show(state: &ConfState) -> String {
    let list = |ids: &[u64]| ids.iter().map(|&id| MemberId(id).to_string()).collect::<Vec<_>>().join(" ");
    let learners =
        if state.learners.is_empty() { String::new() } else { format!(" + learners {}", list(&state.learners)) };
    format!("[{}{learners}]", list(&state.voters))
}
