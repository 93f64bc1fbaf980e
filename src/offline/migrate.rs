//! Another storage version for the backend of a stopped member.
//!
//! 3.6 has brought the version itself, 3.7 nothing: so all that changes is row `storageVersion` of bucket `meta`, which
//! 3.5 does not have.

use std::path::Path;

use super::in_place::{InPlace, InPlaceError};
use crate::membership::ClusterVersion;
use crate::pb::raftpb::{Entry, EntryType};
use crate::pb::request::EntryData;
use crate::storage::datadir;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::meta;
use crate::storage::source::{Rows, Wait};
use crate::storage::wal::{self, RecordReader, WalError};

/// The oldest version that a backend is brought to.
pub const OLDEST: ClusterVersion = ClusterVersion::new(3, 5);
/// The first one that is told in the backend.
const FIRST_TOLD: ClusterVersion = ClusterVersion::new(3, 6);
const NEWEST: ClusterVersion = ClusterVersion::new(3, 7);

/// Why the storage version is what it was.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    InPlace(InPlaceError),
    /// Neither a version nor a term: a backend older than 3.5, or empty.
    #[error("missing term information")]
    NoTerm,
    #[error("cannot create migration plan: version \"{0}\" is not supported")]
    Unsupported(ClusterVersion),
    #[error("cannot create migration plan: changing major storage version is not supported")]
    Major,
    #[error(
        "cannot downgrade storage, WAL contains newer entries, as the target version ({target}) is lower than the \
         version ({needed}) detected from WAL logs"
    )]
    NewerEntries { target: ClusterVersion, needed: ClusterVersion },
    #[error(transparent)]
    Wal(#[from] WalError),
}

impl<E: Into<InPlaceError>> From<E> for MigrateError {
    fn from(error: E) -> Self {
        Self::InPlace(error.into())
    }
}

/// Whether a version is set that no step leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    No,
    Yes,
}

/// Brings the backend of a data directory to the storage version `target`, a minor version at a time, and logs that.
/// `progress` is told the bytes
/// there are, and gives what hears of bytes of rows.
///
/// # Errors
/// There is no backend, or somebody has it for longer than `wait`; no steps lead to the version, or entries of the log
/// need a newer one; it is damaged, or the disk refuses.
pub fn migrate(
    data_dir: &Path,
    target: ClusterVersion,
    force: Force,
    wait: Wait,
    progress: impl FnOnce(u64) -> Box<dyn FnMut(u64)>,
) -> Result<(), MigrateError> {
    let backend = InPlace::open(data_dir, wait)?;
    let present = present(&backend.source().rows(Bucket::Meta)?).ok_or(MigrateError::NoTerm)?;
    if present == target {
        tracing::info!("storage-version" = format!("{}.{}", target.major, target.minor), "storage version up-to-date");
        return Ok(());
    }
    let planned = plan(present, target).and_then(|steps| {
        if target < present {
            check_log(&datadir::wal_dir(data_dir), target)?;
        }
        Ok(steps)
    });
    let steps = match (planned, force) {
        (Ok(steps), _) => Some(steps),
        (Err(error), Force::No) => return Err(error),
        (Err(error), Force::Yes) => {
            tracing::info!(%error, "normal migrate failed, trying with force");
            None
        }
    };
    let bytes = backend.source().size_bytes()?;
    backend.edit_meta(|rows| set(rows, target), &mut *progress(bytes))?;
    match steps {
        Some(steps) => {
            steps.iter().for_each(|step| tracing::info!("new-storage-version" = %step, "updated storage version"))
        }
        None if target < FIRST_TOLD => tracing::info!("forcefully cleared storage version"),
        None => tracing::info!("storage-version" = %target, "forcefully set storage version"),
    }
    Ok(())
}

/// The version that bucket `meta` tells; 3.5 tells none but has the term.
fn present(meta_rows: &Rows) -> Option<ClusterVersion> {
    let told = meta_rows.get(meta::STORAGE_VERSION).and_then(|text| std::str::from_utf8(text).ok());
    if let Some(version) = told.and_then(|text| ClusterVersion::parse(text).ok()) {
        return Some(version);
    }
    let number = |key| meta_rows.get(key).and_then(|value| meta::decode_u64(value));
    let has_term = number(meta::CONSISTENT_INDEX).is_some() && number(meta::TERM).is_some_and(|term| term != 0);
    has_term.then_some(OLDEST)
}

/// The versions on the way, the last one included.
fn plan(present: ClusterVersion, target: ClusterVersion) -> Result<Vec<ClusterVersion>, MigrateError> {
    if present.major != target.major {
        return Err(MigrateError::Major);
    }
    if let Some(unknown) = [present, target].into_iter().find(|version| !(OLDEST..=NEWEST).contains(version)) {
        return Err(MigrateError::Unsupported(unknown));
    }
    let step = |minor| ClusterVersion::new(target.major, minor);
    Ok(match present < target {
        true => (present.minor + 1..=target.minor).map(step).collect(),
        false => (target.minor..present.minor).rev().map(step).collect(),
    })
}

fn set(meta_rows: &mut Rows, target: ClusterVersion) {
    if target < FIRST_TOLD {
        meta_rows.remove(meta::STORAGE_VERSION);
    } else {
        meta_rows.insert(meta::STORAGE_VERSION.to_vec(), target.to_string().into_bytes());
    }
}

/// Entries behind the last snapshot will be read by the release that has the target version.
fn check_log(wal_dir: &Path, target: ClusterVersion) -> Result<(), MigrateError> {
    let (log, _) = wal::scan(RecordReader::open(wal_dir)?, wal_dir)?;
    match log.entries.iter().filter_map(needed).max() {
        Some(needed) if target < needed => Err(MigrateError::NewerEntries { target, needed }),
        Some(_) | None => Ok(()),
    }
}

/// The version that an entry needs, if that is above the oldest. There is but one request with which this can be, made
/// for tests: it tells its version itself.
fn needed(entry: &Entry) -> Option<ClusterVersion> {
    let data = entry.data.as_ref().filter(|data| entry.r#type() == EntryType::EntryNormal && !data.is_empty())?;
    match EntryData::decode(data) {
        Ok(EntryData::Internal(request)) => {
            let test = request.downgrade_version_test?;
            let told = ClusterVersion::parse(&test.ver).unwrap_or(FIRST_TOLD);
            Some(told.max(FIRST_TOLD))
        }
        Ok(EntryData::V2(_)) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::pb::etcdserverpb::{DowngradeVersionTestRequest, InternalRaftRequest, PutRequest};

    #[test]
    fn plans_go_a_minor_version_at_a_time() {
        for (present, target, steps) in [
            ((3, 5), (3, 7), "3.6.0 3.7.0"),
            ((3, 7), (3, 5), "3.6.0 3.5.0"),
            ((3, 6), (3, 7), "3.7.0"),
            ((3, 7), (3, 8), "cannot create migration plan: version \"3.8.0\" is not supported"),
            ((3, 8), (3, 7), "cannot create migration plan: version \"3.8.0\" is not supported"),
            ((3, 7), (4, 0), "cannot create migration plan: changing major storage version is not supported"),
        ] {
            let version = |(major, minor)| ClusterVersion::new(major, minor);
            let found = match plan(version(present), version(target)) {
                Ok(steps) => steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
                Err(error) => error.to_string(),
            };
            assert_eq!(found, steps);
        }
    }

    #[test]
    fn what_a_backend_says_of_its_version() {
        let number = 7_u64.to_be_bytes();
        let (index, term, version) = (meta::CONSISTENT_INDEX, meta::TERM, meta::STORAGE_VERSION);
        for (rows, expected) in [
            (&[(version, &b"3.6.0"[..])][..], Some("3.6.0")),
            (&[(index, &number), (term, &number)], Some("3.5.0")),
            (&[(version, b"no"), (index, &number), (term, &number)], Some("3.5.0")),
            (&[(index, &number), (term, &[0; 8])], None),
            (&[(term, &number)], None),
            (&[], None),
        ] {
            let rows = rows.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
            assert_eq!(present(&rows).map(|version| version.to_string()).as_deref(), expected);
        }
    }

    #[test]
    fn only_the_request_made_for_tests_needs_a_newer_version() {
        let entry =
            |request: InternalRaftRequest| Entry { data: Some(request.encode_to_vec().into()), ..Entry::default() };
        let test = |ver: &str| {
            let test = DowngradeVersionTestRequest { ver: ver.into() };
            entry(InternalRaftRequest { downgrade_version_test: Some(test), ..Default::default() })
        };
        let put = InternalRaftRequest { put: Some(PutRequest::default()), ..Default::default() };
        for (entry, expected) in [
            (entry(put), None),
            (Entry::default(), None),
            (test("3.7.0"), Some("3.7.0")),
            (test("3.1.0"), Some("3.6.0")),
            (test(""), Some("3.6.0")),
        ] {
            assert_eq!(needed(&entry).map(|version| version.to_string()).as_deref(), expected);
        }
    }
}
