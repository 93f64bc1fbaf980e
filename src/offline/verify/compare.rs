//! Members of one cluster against each other: up to the lowest applied index all of them must agree.

use std::collections::BTreeMap;
use std::path::Path;

use super::Member;
use super::report::{Advice, Area, Report, Severity};
use super::same::{self, Exactly};
use super::wal::WalFacts;
use crate::offline::hash_kv::{HashError, hash_kv_compacted};
use crate::storage::source::{Source, Wait};
use crate::types::Index;

/// Compares all of them with the first one.
pub fn compare(members: &[Member], report: &mut Report) {
    let Some((first, others)) = members.split_first() else { return };
    let mut ids = BTreeMap::new();
    for member in members {
        if let Some(wal) = &member.wal
            && let Some(twin) = ids.insert(wal.member, &member.path)
        {
            let what = format!("is of the same member {} as {}", wal.member, twin.display());
            report.found(Severity::Warning, Area::Compare, &member.path, what, Advice::WrongPath);
        }
    }
    let mut comparable = vec![first];
    for other in others {
        let (Some(own), Some(wal)) = (&first.wal, &other.wal) else {
            let what = "its log cannot be compared";
            report.found(Severity::Warning, Area::Compare, &other.path, what, Advice::None);
            continue;
        };
        if own.cluster != wal.cluster {
            let what = format!("is of cluster {}, {} of {}", wal.cluster, first.path.display(), own.cluster);
            report.found(Severity::Error, Area::Compare, &other.path, what, Advice::WrongPath);
            continue;
        }
        entries(first, own, other, wal, report);
        comparable.push(other);
    }
    let comparable: Vec<&Member> = comparable.into_iter().filter(|member| member.backend.is_some()).collect();
    if comparable.len() < 2 {
        let what = "there are no two sound backends of one cluster to compare";
        report.found(Severity::Warning, Area::Compare, &first.path, what, Advice::None);
        return;
    }
    if let Err(error) = key_spaces(&comparable, report) {
        match error {
            HashError::Source(error) => report.source_error(Area::Compare, &error),
            error => report.found(Severity::Fatal, Area::Compare, &first.path, error, Advice::ReplaceOne),
        }
    }
    small_buckets(&comparable, report);
}

/// What is known to be committed: by the log or because it was applied.
fn committed(member: &Member, wal: &WalFacts) -> Index {
    let applied = member.backend.as_ref().map_or(0, |backend| backend.meta.consistent_index);
    wal.hard_state.commit().max(applied).min(wal.last())
}

/// Entries that both have and that are committed on both.
fn entries(first: &Member, own: &WalFacts, other: &Member, wal: &WalFacts, report: &mut Report) {
    let last = committed(first, own).min(committed(other, wal));
    let from = own.first.max(wal.first).max(1);
    if from > last || own.entries.is_empty() || wal.entries.is_empty() {
        let what = format!("its log has no committed entry in common with {}", first.path.display());
        report.info(Area::Compare, &other.path, what);
        return;
    }
    for index in from..=last {
        let (Some(ours), Some(theirs)) = (own.entry(index), wal.entry(index)) else { continue };
        if ours != theirs {
            let what = if ours.term == theirs.term {
                format!("entry {index} of term {} differs from that of {}", theirs.term, first.path.display())
            } else {
                format!("entry {index} has term {}, in {} {}", theirs.term, first.path.display(), ours.term)
            };
            report.found(Severity::Error, Area::Compare, &other.path, what, Advice::ReplaceOne);
            return;
        }
    }
    let what = format!("entries {from} to {last} are those of {}", first.path.display());
    report.info(Area::Compare, &other.path, what);
}

/// HashKV at the newest revision that all of them have, as if all were compacted as far as the one that is most.
fn key_spaces(members: &[&Member], report: &mut Report) -> Result<(), HashError> {
    let backends: Vec<_> = members.iter().filter_map(|member| Some((*member, member.backend.as_ref()?))).collect();
    let lowest = backends.iter().min_by_key(|(_, backend)| backend.history.revision());
    let compacted = backends.iter().max_by_key(|(_, backend)| backend.compacted());
    let (Some((behind, lowest)), Some((_, most))) = (lowest, compacted) else { return Ok(()) };
    let (revision, compacted) = (lowest.history.revision(), most.compacted());
    let mut hashes: Vec<(&Path, u32)> = Vec::new();
    for (member, backend) in &backends {
        if backend.compacted() > revision {
            let what = format!(
                "is compacted at {}, beyond revision {revision} of {}: their keys cannot be compared",
                backend.compacted(),
                behind.path.display()
            );
            report.found(Severity::Warning, Area::Compare, &member.path, what, Advice::None);
            continue;
        }
        let source = Source::open(&backend.path, Wait::UpTo(std::time::Duration::ZERO))?;
        hashes.push((&member.path, hash_kv_compacted(&source, revision, compacted.min(revision))?));
    }
    // With one left out, the others are not compacted beyond the revision, and hashed as if at it.
    let Some((&(first, wanted), others)) = hashes.split_first() else { return Ok(()) };
    for &(path, hash) in others {
        if hash != wanted {
            let what = format!("HashKV {hash} at revision {revision}, {wanted} in {}", first.display());
            report.found(Severity::Error, Area::Compare, path, what, Advice::ReplaceOne);
        }
    }
    if !others.is_empty() && others.iter().all(|&(_, hash)| hash == wanted) {
        let what = format!("HashKV {wanted} at revision {revision} in {} members", hashes.len());
        report.info(Area::Compare, first, what);
    }
    Ok(())
}

/// Everything but keys can be compared at the same entry only: no older states of it are kept.
fn small_buckets(members: &[&Member], report: &mut Report) {
    let Some((first, others)) = members.split_first() else { return };
    let Some(wanted) = &first.backend else { return };
    for other in others {
        let Some(found) = &other.backend else { continue };
        let (ours, theirs) = (wanted.meta.consistent_index, found.meta.consistent_index);
        if ours != theirs {
            let what = format!(
                "is at entry {theirs}, {} at {ours}: only keys and entries were compared",
                first.path.display()
            );
            report.info(Area::Compare, &other.path, what);
            continue;
        }
        let (revision, theirs) = (wanted.history.revision(), found.history.revision());
        if revision != theirs {
            let what = format!("is at revision {theirs}, {} at {revision}", first.path.display());
            report.found(Severity::Error, Area::Compare, &other.path, what, Advice::ReplaceOne);
        }
        let exactly = if wanted.members_count() && found.members_count() { Exactly::Members } else { Exactly::Ids };
        for (severity, what) in same::small_buckets(found, wanted, exactly) {
            let what = format!("{what}, by {}", first.path.display());
            report.found(severity, Area::Compare, &other.path, what, Advice::ReplaceOne);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::offline::verify::log::Seen;
    use crate::pb::raftpb::HardState;

    fn member(name: &str, first: Index, entries: &[(u64, u32)], commit: Index) -> Member {
        let wal = WalFacts {
            first,
            entries: entries.iter().map(|&(term, crc)| Seen { term, crc }).collect(),
            hard_state: HardState { commit: Some(commit), ..HardState::default() },
            ..WalFacts::default()
        };
        Member { path: name.into(), wal: Some(wal), backend: None }
    }

    #[test]
    fn committed_entries_are_the_same() {
        let first = member("a", 3, &[(1, 10), (1, 11), (2, 12), (2, 13)], 6);
        for (other, expected) in [
            (
                member("b", 3, &[(1, 10), (1, 11), (2, 12), (2, 13)], 6),
                "info: compare: b: entries 3 to 6 are those of a",
            ),
            (member("b", 4, &[(1, 11), (2, 12)], 5), "info: compare: b: entries 4 to 5 are those of a"),
            (member("b", 4, &[(1, 11), (1, 9)], 5), "error: compare: b: entry 5 has term 1, in a 2"),
            (member("b", 4, &[(1, 11), (2, 9)], 5), "error: compare: b: entry 5 of term 2 differs from that of a"),
            (member("b", 4, &[(1, 11), (2, 9)], 4), "info: compare: b: entries 4 to 4 are those of a"),
            (member("b", 7, &[(2, 14)], 7), "info: compare: b: its log has no committed entry in common with a"),
        ] {
            let mut report = Report::default();
            let (own, wal) = (first.wal.as_ref().unwrap(), other.wal.as_ref().unwrap());
            entries(&first, own, &other, wal, &mut report);
            assert_eq!(report.to_string().lines().next(), Some(expected));
        }
    }
}
