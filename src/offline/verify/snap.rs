//! Raft snapshot files, and what else lies beside them.

use std::fs;
use std::path::Path;

use super::report::{Advice, Area, Finding, Report, Severity};
use super::wal::{WalFacts, implausible};
use crate::membership::v2_tree::Tree;
use crate::pb::raftpb::ConfState;
use crate::storage::snap::{self, SnapDamage, SnapError, SnapFile, SnapName};
use crate::storage::source::Place;
use crate::types::{Index, MemberId};

/// What the files say that other parts must agree with.
#[derive(Clone, Debug, Default)]
pub struct SnapFacts {
    /// The configuration at the log's start, if its file says so.
    pub start: Option<ConfState>,
    /// Backends received from a leader, `<index>.snap.db`.
    pub received: Vec<Index>,
}

/// Checks the `.snap` files in `dir`, and names leftovers.
pub fn verify(dir: &Path, wal: Option<&WalFacts>, report: &mut Report) -> SnapFacts {
    let mut facts = SnapFacts { start: None, received: leftovers(dir, report) };
    let names = match snap::list(dir) {
        Ok(names) => names,
        Err(error) => {
            snap_error(report, &error);
            return facts;
        }
    };
    for &name in &names {
        let path = dir.join(name.to_string());
        let file = match snap::read(&path) {
            Ok(file) => file,
            Err(error) => {
                snap_error(report, &error);
                continue;
            }
        };
        for (severity, what) in check(name, &file, wal) {
            let advice = if severity == Severity::Info { Advice::None } else { Advice::DeleteSnap };
            report.found(severity, Area::Snap, &path, what, advice);
        }
        if wal.is_some_and(|wal| wal.start.index == name.index) {
            facts.start = Some(file.conf_state);
        }
    }
    report.info(Area::Snap, dir, format!("{} snapshot files", names.len()));
    if let Some(start) = wal.map(|wal| &wal.start).filter(|start| start.index > 0)
        && !names.contains(&SnapName { term: start.term, index: start.index })
    {
        let what = format!("there is no file for the start at index {}; etcd up to 3.6 needs one", start.index);
        report.info(Area::Snap, dir, what);
    }
    facts
}

fn check(name: SnapName, file: &SnapFile, wal: Option<&WalFacts>) -> Vec<(Severity, String)> {
    let mut wrong = Vec::new();
    let mut error = |what: String| wrong.push((Severity::Error, what));
    if (file.term, file.index) != (name.term, name.index) {
        error(format!("the name does not fit its content, term {} index {}", file.term, file.index));
    }
    implausible(&file.conf_state, file.index).map(&mut error);
    match Tree::decode(&file.data) {
        Err(what) => error(what.to_string()),
        Ok(tree) => {
            let mut members: Vec<u64> = tree.members.iter().map(|member| member.id.0).collect();
            members.sort_unstable();
            if members != ids(&file.conf_state) {
                let what = "the members in its tree are not those of its configuration".to_owned();
                wrong.push((Severity::Warning, what));
            }
        }
    }
    let Some(wal) = wal else { return wrong };
    let mut error = |what: String| wrong.push((Severity::Error, what));
    if let Some(term) = wal.term(file.index).filter(|&term| term != file.term) {
        error(format!("it has term {} for index {}, the log {term}", file.term, file.index));
    }
    let mark = wal.marks.iter().rfind(|mark| mark.index == file.index);
    let marked = mark.and_then(|mark| mark.conf_state.as_ref());
    if let Some(marked) = marked.filter(|marked| sorted(marked) != sorted(&file.conf_state)) {
        let show =
            |state: &ConfState| state.voters.iter().map(|&id| MemberId(id).to_string()).collect::<Vec<_>>().join(" ");
        error(format!("its voters are {}, those of the log's record {}", show(&file.conf_state), show(marked)));
    }
    // Files outlive the segments that have their records.
    if mark.is_none() && file.index > wal.start.index {
        let what = "the log does not know of it: a crash came between".to_owned();
        wrong.push((Severity::Info, what));
    }
    wrong
}

/// All members of a configuration, ascending.
pub fn ids(state: &ConfState) -> Vec<u64> {
    let mut ids = [&state.voters[..], &state.learners].concat();
    ids.sort_unstable();
    ids
}

fn sorted(state: &ConfState) -> [Vec<u64>; 2] {
    [&state.voters, &state.learners].map(|ids| {
        let mut ids = ids.clone();
        ids.sort_unstable();
        ids
    })
}

fn snap_error(report: &mut Report, error: &SnapError) {
    match error {
        SnapError::Io { file, doing, source } => {
            report.found(Severity::Fatal, Area::Snap, file, format!("cannot {doing}: {source}"), Advice::Permit);
        }
        SnapError::Corrupt { file, what } => {
            let (place, what) = match what {
                SnapDamage::Empty => (Place::Offset(0), "the file is empty".to_owned()),
                SnapDamage::Frame => (Place::Offset(0), "the frame does not parse".into()),
                SnapDamage::Hollow => (Place::Offset(0), "the frame holds no data or no crc".into()),
                SnapDamage::Crc { offset, expected, computed } => {
                    (Place::Offset(*offset), format!("crc mismatch: expected {expected:08x}, computed {computed:08x}"))
                }
                SnapDamage::Snapshot { offset } => (Place::Offset(*offset), "the snapshot does not parse".into()),
            };
            let (file, advice) = (file.clone(), Advice::DeleteSnap);
            report.add(Finding { severity: Severity::Error, area: Area::Snap, file, place, what, advice });
        }
    }
}

/// Files that are no part of a member at rest.
fn leftovers(dir: &Path, report: &mut Report) -> Vec<Index> {
    let mut received = Vec::new();
    let Ok(entries) = fs::read_dir(dir) else { return received };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    for name in names {
        let path = dir.join(&name);
        let mut info = |what, advice| report.found(Severity::Info, Area::Snap, &path, what, advice);
        if let Some(index) = name.strip_suffix(".snap.db") {
            match u64::from_str_radix(index, 16) {
                Ok(index) if name.len() == 16 + ".snap.db".len() => received.push(index),
                _ => info("has the name of no received backend", Advice::MayDelete),
            }
        } else if name.ends_with(".snap.broken") {
            info("a snapshot file that could not be read and was put aside", Advice::MayDelete);
        } else if name.starts_with("tmp") {
            info("a backend that was being received", Advice::NextStart);
        } else if name.starts_with("db.tmp") {
            info("left of a defragmentation", Advice::MayDelete);
        } else if name.ends_with(".snap") && SnapName::parse(&name).is_none() {
            info("has the name of no snapshot file", Advice::MayDelete);
        }
    }
    received
}
