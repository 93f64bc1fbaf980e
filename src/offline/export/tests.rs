//! Exports of real members, held against what etcd relies on; and entries that must not be lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use bytes::Bytes;

use super::*;
use crate::membership::bootstrap::parse_metadata;
use crate::membership::v2_tree::Tree;
use crate::offline::adopt::{self, Adoption, V2Data};
use crate::offline::samples::{self, data_dir, files};
use crate::pb::etcdserverpb::{InternalRaftRequest, PutRequest, Request as V2Request, RequestHeader};
use crate::pb::membershippb::ClusterVersionSetRequest;
use crate::storage::snap;
use crate::storage::source::{Source, differs_by_member};
use crate::storage::wal::{ScannedWal, WalOptions};

const NO_WAIT: Wait = Wait::UpTo(std::time::Duration::ZERO);
const RELEASES: [ClusterVersion; 3] = [ClusterVersion::new(3, 5), ClusterVersion::new(3, 6), ClusterVersion::new(3, 7)];

fn adopted(dir: &Path, name: &str) {
    data_dir(dir, name);
    let request = adopt::Request { data_dir: dir, wal_dir: None, wait: NO_WAIT, v2_data: V2Data::Refuse };
    Adoption::prepare(&request).unwrap().carry_out(&mut |_| {}).unwrap();
}

fn export_to(dir: &Path, out: &Path, target: ClusterVersion) -> Result<Exported, ExportError> {
    export(&Request { data_dir: dir, wal_dir: None, out, target, wait: NO_WAIT }, &mut |_| {})
}

/// What the releases rely on when they start, one by one.
fn check_invariants(out: &Path, release: ClusterVersion) {
    let snap_dir = out.join("member/snap");
    let source = Source::open(out, NO_WAIT).unwrap();
    assert_eq!((source.kind(), source.path()), (Kind::Bbolt, snap_dir.join("db").as_path()));
    assert_eq!(source.check().len(), 0);
    let names: Vec<Vec<u8>> = Bucket::ALL.iter().map(|bucket| bucket.name().as_bytes().to_vec()).collect();
    assert_eq!(source.bucket_names().unwrap(), names, "empty buckets too");
    let wal = ScannedWal::scan(&out.join("member/wal")).unwrap();
    let found = wal.recovered();
    let meta = source.rows(Bucket::Meta).unwrap();
    let number = |key: &[u8]| meta::decode_u64(&meta[key]).unwrap();
    let (consistent, term) = (number(meta::CONSISTENT_INDEX), number(meta::TERM));
    let mark = &found.start;
    assert!(mark.index > 0 && mark.index <= found.hard_state.commit(), "the record counts");
    assert_eq!((mark.index, mark.term), (consistent, term), "S is not after C");
    assert!(found.hard_state.term() >= term);
    assert!(found.entries.iter().zip(mark.index + 1..).all(|(entry, index)| entry.index() == index));
    let last = found.entries.last().map_or(mark.index, Entry::index);
    assert!(found.hard_state.commit() <= last);
    // Members: in the backend, for raft, and in the file for older releases.
    let mut rows = Vec::new();
    for bucket in [Bucket::Members, Bucket::MembersRemoved, Bucket::Cluster] {
        rows.extend(changes(bucket, source.rows(bucket).unwrap()));
    }
    let (member, cluster_id) = parse_metadata(&found.metadata).unwrap();
    let cluster = Cluster::restore(cluster_id, &rows).unwrap();
    assert!(cluster.members().any(|known| known.id == member));
    assert_eq!(mark.conf_state, Some(cluster.conf_state()));
    let state = meta::decode_conf_state(&meta[meta::CONF_STATE]).unwrap();
    let sorted = |mut ids: Vec<u64>| {
        ids.sort_unstable();
        ids
    };
    assert_eq!(sorted(state.voters), cluster.conf_state().voters);
    assert_eq!(sorted(state.learners), cluster.conf_state().learners);
    let name = snap::SnapName { term: mark.term, index: mark.index };
    assert_eq!(snap::list(&snap_dir).unwrap(), [name]);
    let file = snap::read(&snap_dir.join(name.to_string())).unwrap();
    assert_eq!((file.index, file.term, Some(file.conf_state)), (mark.index, mark.term, mark.conf_state.clone()));
    assert_eq!(Tree::decode(&file.data).unwrap().members.len(), cluster.members().len());
    let mut tree = Tree::decode(&file.data).unwrap();
    tree.members.sort_by_key(|member| member.id);
    assert_eq!(tree, Tree::of(&cluster));
    // Versions.
    assert!(cluster.version().is_some_and(|version| version <= release));
    assert_eq!(cluster.downgrade(), None);
    let stored = meta.get(meta::STORAGE_VERSION).map(|text| String::from_utf8(text.clone()).unwrap());
    let stored = stored.map(|text| ClusterVersion::parse(&text).unwrap());
    assert!(stored.is_none_or(|stored| stored >= ClusterVersion::new(3, 6) && stored <= release), "{stored:?}");
    assert!(release > ClusterVersion::new(3, 5) || stored.is_none());
    assert!(found.entries.iter().all(|entry| check_entry(entry, release).is_ok()));
    for (path, mode) in [("member", 0o700), ("member/snap", 0o700), ("member/wal", 0o700), ("member/snap/db", 0o600)] {
        assert_eq!(fs::metadata(out.join(path)).unwrap().permissions().mode() & 0o777, mode, "{path}");
    }
}

#[test]
fn exports_of_all_releases_keep_what_etcd_relies_on() {
    for name in samples::ALL {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("own");
        adopted(&own, name);
        let before = files(&own);
        for release in RELEASES {
            let out = dir.path().join(format!("out-{release}"));
            export_to(&own, &out, release).unwrap_or_else(|error| panic!("{name} {release}: {error}"));
            check_invariants(&out, release);
            // And from there on, without the directory of ours.
            let again = dir.path().join(format!("again-{release}"));
            export_to(&out, &again, ClusterVersion::new(3, 5)).unwrap();
            check_invariants(&again, ClusterVersion::new(3, 5));
        }
        let locks_apart = |mut files: std::collections::BTreeMap<PathBuf, Vec<u8>>| {
            files.retain(|path, _| !path.ends_with("lock.mdb"));
            files
        };
        assert_eq!(locks_apart(files(&own)), locks_apart(before), "{name}: the source is only read");
        let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 7, "nothing else is left: {names:?}");
    }
}

#[test]
fn the_way_there_and_back_changes_no_row_of_a_3_7() {
    for name in ["3.7.1-single", "3.7.1-three"] {
        let dir = tempfile::tempdir().unwrap();
        let (etcd, own, out) = (dir.path().join("etcd"), dir.path().join("own"), dir.path().join("out"));
        data_dir(&etcd, name);
        adopted(&own, name);
        export_to(&own, &out, ClusterVersion::OWN).unwrap();
        let hash = |dir: &Path| Source::open(dir, NO_WAIT).unwrap().hash(differs_by_member).unwrap();
        assert_eq!(hash(&out), hash(&etcd), "{name}");
        let rows = |dir: &Path| Source::open(dir, NO_WAIT).unwrap().rows(Bucket::Meta).unwrap();
        assert_eq!(rows(&out), rows(&etcd), "{name}");
    }
}

#[test]
fn committed_entries_are_applied_first() {
    let dir = tempfile::tempdir().unwrap();
    let (own, out) = (dir.path().join("own"), dir.path().join("out"));
    // Its database is four entries behind its log.
    adopted(&own, "3.4.23-single");
    let exported = export_to(&own, &out, ClusterVersion::new(3, 5)).unwrap();
    assert_eq!((exported.applied, exported.index, exported.uncommitted), (4, 710, 0));
    check_invariants(&out, ClusterVersion::new(3, 5));
    Adoption::prepare(&adopt::Request { data_dir: &out, wal_dir: None, wait: NO_WAIT, v2_data: V2Data::Refuse })
        .unwrap()
        .carry_out(&mut |_| {})
        .unwrap();
    assert!(samples::hashes(&out, "3.4.23-single").iter().all(|(found, said)| found == said));
}

fn entry(kind: EntryType, index: Index, data: Vec<u8>) -> Entry {
    let data = (!data.is_empty()).then(|| Bytes::from(data));
    Entry { r#type: Some(kind as i32), term: Some(2), index: Some(index), data }
}

fn put_entry(index: Index) -> Entry {
    let request = InternalRaftRequest {
        header: Some(RequestHeader { id: 7, ..Default::default() }),
        put: Some(PutRequest { key: "a".into(), value: "b".into(), ..Default::default() }),
        ..Default::default()
    };
    entry(EntryType::EntryNormal, index, request.encode_to_vec())
}

fn v2_entry(index: Index, path: &str, value: &str) -> Entry {
    let request = V2Request {
        id: Some(7),
        method: Some("PUT".into()),
        path: Some(path.into()),
        val: Some(value.into()),
        ..Default::default()
    };
    entry(EntryType::EntryNormal, index, request.encode_to_vec())
}

#[test]
fn entries_that_may_be_committed_go_along_or_end_the_export() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("own");
    adopted(&own, "3.5.1-three");
    let append = |entries: &[Entry]| {
        let (mut wal, _) = ScannedWal::scan(&own.join("member/wal")).unwrap().open(&WalOptions::default()).unwrap();
        wal.append(entries, None).unwrap();
        wal.close().unwrap();
    };
    append(&[put_entry(715), put_entry(716)]);
    let out = dir.path().join("kept");
    let exported = export_to(&own, &out, ClusterVersion::OWN).unwrap();
    assert_eq!((exported.index, exported.uncommitted), (714, 2));
    check_invariants(&out, ClusterVersion::OWN);

    append(&[v2_entry(717, "/0/members/8f21d6200795516b/attributes", "{}")]);
    let out = dir.path().join("refused");
    let error = export_to(&own, &out, ClusterVersion::OWN).unwrap_err().to_string();
    assert!(error.starts_with("entry 717 of term 2 is not known to be committed, so it must not be left out, and etcd 3.7.0 cannot apply it: it is a request of the v2 store."), "{error}");
    assert!(!out.exists());
    let exported = export_to(&own, &out, ClusterVersion::new(3, 6)).unwrap();
    assert_eq!((exported.index, exported.uncommitted), (714, 3));
    check_invariants(&out, ClusterVersion::new(3, 6));
}

#[test]
fn what_a_release_cannot_apply() {
    let with = |change: fn(&mut InternalRaftRequest)| {
        let mut request =
            InternalRaftRequest { header: Some(RequestHeader { id: 7, ..Default::default() }), ..Default::default() };
        change(&mut request);
        entry(EntryType::EntryNormal, 1, request.encode_to_vec())
    };
    let version = |ver: &str| ClusterVersionSetRequest { ver: ver.into() };
    let mut newer = put_entry(1);
    let mut data = newer.data.unwrap().to_vec();
    data.extend([0xc2, 0xea, 0x04, 0]); // field 9900
    newer.data = Some(data.into());
    let no_id = InternalRaftRequest { put: Some(PutRequest::default()), ..Default::default() };
    let set = entry(
        EntryType::EntryNormal,
        1,
        InternalRaftRequest {
            header: Some(RequestHeader { id: 7, ..Default::default() }),
            cluster_version_set: Some(version("3.6.0")),
            ..Default::default()
        }
        .encode_to_vec(),
    );
    for (entry, expected, why) in [
        (entry(EntryType::EntryNormal, 1, vec![]), [true, true, true], "a leader's first"),
        (put_entry(1), [true, true, true], "usual"),
        (set, [false, true, true], "a version that the release is below"),
        (v2_entry(1, "/0/version", "3.5.0"), [true, true, false], "only up to 3.6"),
        (v2_entry(1, "/0/version", "3.6.0"), [false, true, false], "too new"),
        (v2_entry(1, "/1/a", "x"), [false, false, false], "ends a 3.6, and 3.5 has no such data any more"),
        (with(|_| {}), [false, false, false], "asks for nothing"),
        (newer, [false, false, false], "a field that nobody knows"),
        (entry(EntryType::EntryNormal, 1, no_id.encode_to_vec()), [false, false, false], "ends a 3.6"),
        (entry(EntryType::EntryNormal, 1, vec![0xff]), [false, false, false], "no message"),
        (entry(EntryType::EntryConfChangeV2, 1, vec![]), [false, false, false], "ends all"),
        (entry(EntryType::EntryConfChange, 1, vec![0x10, 9]), [false, false, false], "of no known type"),
        (entry(EntryType::EntryConfChange, 1, vec![0x10, 1, 0x18, 5]), [true, true, true], "a removal"),
    ] {
        let found = RELEASES.map(|release| check_entry(&entry, release).is_ok());
        assert_eq!(found, expected, "{why}");
    }
}

#[test]
fn targets_are_checked_before_anything_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("own");
    adopted(&own, "3.7.1-single");
    for minor in [4, 8] {
        let error = export_to(&own, &dir.path().join("out"), ClusterVersion::new(3, minor)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("target version 3.{minor}.0 is not supported: there is 3.5, 3.6 and 3.7")
        );
    }
    let error = export_to(&own, &own, ClusterVersion::OWN).unwrap_err().to_string();
    assert!(error.ends_with("not empty or could not be read"), "{error}");
}
