//! Real directories taken over, from every point where that may be cut short; and those that are not taken over.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::membership::Cluster;
use crate::offline::membership::{changes, put};
use crate::offline::samples::{self, SEGMENT, SNAP, data_dir, files, hashes, row};
use crate::storage::file_lock;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::meta;
use crate::types::ClusterId;

const NO_WAIT: Wait = Wait::UpTo(std::time::Duration::ZERO);

fn request<'a>(dir: &'a Path, wal_dir: Option<&'a Path>) -> Request<'a> {
    Request { data_dir: dir, wal_dir, wait: NO_WAIT, v2_data: V2Data::Refuse }
}

fn adopt(dir: &Path, wal_dir: Option<&Path>) -> Result<Adopted, AdoptError> {
    Adoption::prepare(&request(dir, wal_dir))?.carry_out(&mut |_| {})
}

fn refusal(dir: &Path) -> String {
    match adopt(dir, None) {
        Ok(_) => panic!("it was taken over"),
        Err(error) => error.to_string(),
    }
}

/// Name, role and URLs of the members that a directory of ours holds.
fn members(dir: &Path) -> Vec<String> {
    let source = Source::open(dir, NO_WAIT).unwrap();
    let buckets = [Bucket::Members, Bucket::MembersRemoved, Bucket::Cluster];
    let rows: Vec<_> = buckets.into_iter().flat_map(|bucket| changes(bucket, source.rows(bucket).unwrap())).collect();
    let cluster = Cluster::restore(ClusterId(1), &rows).unwrap();
    let meta = source.rows(Bucket::Meta).unwrap();
    let state = meta::decode_conf_state(&meta[meta::CONF_STATE]).unwrap();
    assert_eq!(cluster.conf_state().voters, sorted(&state.voters));
    assert_eq!(cluster.conf_state().learners, state.learners);
    let text = |member: &crate::membership::Member| {
        let role = if member.is_learner { "learner" } else { "voter" };
        format!("{} {} {role} {}", member.id, member.attributes.name, member.attributes.client_urls.join(","))
    };
    cluster.members().map(text).collect()
}

fn sorted(ids: &[u64]) -> Vec<u64> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids
}

#[test]
fn directories_of_all_releases_are_taken_over() {
    for (name, expected) in [
        ("3.4.23-single", &["4b98e7c04828efd3 m1 voter http://127.0.0.1:47915"][..]),
        ("3.5.1-single", &["3525b310ebb7000f m1 voter http://127.0.0.1:53151"]),
        ("3.5.1-auth-killed", &["998eee3f29009c8e m1 voter http://127.0.0.1:41379"]),
        (
            "3.5.1-three",
            &[
                "86e9aa13c6b86277  learner ",
                "8f21d6200795516b m1 voter http://127.0.0.1:59265",
                "cc2de6933e91bd1a m3 voter http://127.0.0.1:50473",
                "e4ba37a0c2b110d5 m2 voter http://127.0.0.1:49475",
            ],
        ),
        ("3.7.1-single", &["7bfd31728c17e203 m1 voter http://127.0.0.1:34475"]),
        ("3.7.1-auth-killed", &["3fc24d6e604335f9 m1 voter http://127.0.0.1:36867"]),
        (
            "3.7.1-three",
            &[
                "11a49276e656c8b m1 voter http://127.0.0.1:36421",
                "93002ea51f47a3e3 m3 voter http://127.0.0.1:51853",
                "b10496bee9673493  learner ",
                "c0d4daa30491e0d3 m2 voter http://127.0.0.1:48445",
            ],
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        data_dir(dir.path(), name);
        let before = files(&dir.path().join("member"));
        let adopted = adopt(dir.path(), None).unwrap();
        assert_eq!(files(&adopted.originals), before, "{name}");
        assert_eq!(members(dir.path()), expected, "{name}");
        let found = hashes(dir.path(), name);
        assert!(found.len() >= 3 && found.iter().all(|(found, said)| found == said), "{name}: {found:?}");
        assert!(matches!(adopt(dir.path(), None), Err(AdoptError::Already(_))));
    }
}

/// Where the originals can be, and whether all of them are in one place, to the last byte.
fn originals_are_somewhere(dir: &Path, before: &std::collections::BTreeMap<PathBuf, Vec<u8>>) -> bool {
    ["member", "member.adopting", "member.etcd"].iter().any(|name| {
        let path = dir.join(name);
        path.exists() && files(&path) == *before
    })
}

#[test]
fn an_adoption_cut_short_anywhere_is_finished_or_taken_back() {
    const STEPS: [Step; 8] = [
        Step::Begun,
        Step::Log,
        Step::Snapshots,
        Step::Database,
        Step::Complete,
        Step::Exchanged,
        Step::Kept,
        Step::Done,
    ];
    for (has_wal_dir, step) in [false, true].into_iter().flat_map(|has| STEPS.map(|step| (has, step))) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("data");
        data_dir(&root, "3.5.1-three");
        let log = dir.path().join("log");
        if has_wal_dir {
            fs::rename(root.join("member/wal"), &log).unwrap();
        }
        let wal_dir = has_wal_dir.then_some(log.as_path());
        let (before, log_before) = (files(&root.join("member")), has_wal_dir.then(|| files(&log)));
        let adoption = Adoption::prepare(&request(&root, wal_dir)).unwrap();
        let cut = catch_unwind(AssertUnwindSafe(|| {
            adoption.carry_out(&mut |done| {
                if done == step {
                    std::panic::resume_unwind(Box::new("cut short"));
                }
            })
        }));
        assert!(cut.is_err(), "{step:?} does not come");
        assert!(originals_are_somewhere(&root, &before), "{step:?}");
        if step == Step::Begun && has_wal_dir {
            // Cut short even earlier: a directory without its marker.
            fs::create_dir(log.join("wal.etcd")).unwrap();
        }

        let is_ours = root.join("member/snap/CURRENT").exists();
        let expected = match step {
            Step::Exchanged | Step::Kept => Resumed::Finished,
            Step::Done => Resumed::Nothing,
            _ => Resumed::Undone,
        };
        assert_eq!(resume(&root, wal_dir, NO_WAIT).unwrap(), expected, "{step:?}");
        if !is_ours {
            assert_eq!(files(&root.join("member")), before, "{step:?}");
            assert_eq!(has_wal_dir.then(|| files(&log)), log_before, "{step:?}");
            adopt(&root, wal_dir).unwrap();
        }
        assert_eq!(files(&root.join("member.etcd")), before, "{step:?}");
        assert_eq!(has_wal_dir.then(|| files(&log.join("wal.etcd"))), log_before, "{step:?}");
        assert!(!root.join("member.adopting").exists() && !root.join("member").join(MARKER).exists(), "{step:?}");
        assert_eq!(members(&root).len(), 4);
        assert_eq!(resume(&root, wal_dir, NO_WAIT).unwrap(), Resumed::Nothing);

        let gone = discard(&root, wal_dir, NO_WAIT).unwrap();
        assert_eq!(gone.len(), 1 + usize::from(has_wal_dir));
        assert!(gone.iter().all(|dir| !dir.exists()));
        assert!(matches!(discard(&root, wal_dir, NO_WAIT), Err(AdoptError::NothingKept(_))));
    }
}

#[test]
fn where_names_cannot_be_exchanged_two_renames_do() {
    for is_cut in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        data_dir(dir.path(), "3.4.23-single");
        let before = files(&dir.path().join("member"));
        let Adoption { stopped, places, snaps } = Adoption::prepare(&request(dir.path(), None)).unwrap();
        build(stopped, &places, &snaps, &mut |_| {}).unwrap();
        let renamed = catch_unwind(AssertUnwindSafe(|| {
            places.exchange_in_two(&mut |_| {
                if is_cut {
                    std::panic::resume_unwind(Box::new("cut short"));
                }
            })
        }));
        assert_eq!(renamed.is_err(), is_cut);
        assert_eq!(dir.path().join("member").exists(), !is_cut);
        assert_eq!(resume(dir.path(), None, NO_WAIT).unwrap(), Resumed::Finished);
        assert_eq!(files(&dir.path().join("member.etcd")), before);
        assert_eq!(members(dir.path()).len(), 1);
    }
}

#[test]
fn what_an_adoption_did_not_make_is_never_removed() {
    let dir = tempfile::tempdir().unwrap();
    data_dir(dir.path(), "3.5.1-single");
    let other = dir.path().join("member.adopting");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("db"), "precious").unwrap();
    assert!(refusal(dir.path()).ends_with("member.adopting was not made by an adoption: move it away"));
    assert_eq!(fs::read(other.join("db")).unwrap(), b"precious");
    fs::rename(&other, dir.path().join("member.etcd")).unwrap();
    assert!(refusal(dir.path()).contains("member.etcd is left from an earlier adoption"));
    let error = discard(dir.path(), None, NO_WAIT).unwrap_err().to_string();
    assert!(error.contains("member/snap/db is etcd's database"), "{error}");
    assert!(dir.path().join("member.etcd/db").exists());
}

/// Writes a changed copy of the backend at `from` to `to`.
fn rewrite(from: &Path, to: &Path, change: impl FnOnce(&mut State)) {
    let mut state = State::read(Source::open(from, NO_WAIT).unwrap()).unwrap();
    change(&mut state);
    let new = tempfile::NamedTempFile::new_in(to.parent().unwrap()).unwrap();
    state.write_bbolt(new.as_file(), &mut |_| {}).unwrap();
    new.persist(to).unwrap();
}

fn set_consistent(state: &mut State, index: u64) {
    state.bucket(Bucket::Meta).insert(meta::CONSISTENT_INDEX.to_vec(), index.to_be_bytes().to_vec());
}

#[test]
fn a_snapshot_of_the_leader_that_etcd_had_received_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    data_dir(dir.path(), "3.5.1-single");
    let snap = dir.path().join("member/snap");
    let pending = snap.join("000000000000025c.snap.db");
    fs::copy(snap.join("db"), &pending).unwrap();
    rewrite(&pending, &snap.join("db"), |state| set_consistent(state, 10));
    fs::write(snap.join("db.tmp.123"), "half").unwrap();
    let aside = dir.path().join("aside");
    fs::rename(&pending, &aside).unwrap();
    let error = refusal(dir.path());
    assert!(error.contains("index 10) does not match with snapshot (index 604)"), "{error}");
    assert!(error.contains("000000000000025c.snap.db is not there"), "{error}");
    fs::rename(&aside, &pending).unwrap();
    let adoption = Adoption::prepare(&request(dir.path(), None)).unwrap();
    assert_eq!(adoption.stopped().notes, [Note::Pending(pending)]);
    adoption.carry_out(&mut |_| {}).unwrap();
    assert!(hashes(dir.path(), "3.5.1-single").iter().all(|(found, said)| found == said));
}

#[test]
fn a_torn_tail_is_left_out_and_stays_in_the_original() {
    let dir = tempfile::tempdir().unwrap();
    data_dir(dir.path(), "3.4.23-single");
    let segment = dir.path().join("member/wal").join(SEGMENT);
    let end = ScannedWal::scan(segment.parent().unwrap()).unwrap().end().offset;
    let mut torn = fs::read(&segment).unwrap();
    torn.truncate(end as usize - 5);
    fs::write(&segment, &torn).unwrap();
    let adoption = Adoption::prepare(&request(dir.path(), None)).unwrap();
    assert!(matches!(&adoption.stopped().notes[..], [Note::TornTail { .. }]), "{:?}", adoption.stopped().notes);
    adoption.carry_out(&mut |_| {}).unwrap();
    assert_eq!(fs::read(dir.path().join("member.etcd/wal").join(SEGMENT)).unwrap(), torn);
    let own = ScannedWal::scan(&dir.path().join("member/wal")).unwrap();
    assert!(own.end().torn.is_none() && own.end().offset < end);
    assert!(own.recovered().entries.last().unwrap().index() >= 709);
}

/// The last entries are lost, while their effect is in the backend.
fn cut_log(dir: &Path, name: &str) {
    data_dir(dir, name);
    let segment = dir.join("member/wal").join(SEGMENT);
    let whole = fs::read(&segment).unwrap();
    fs::write(&segment, &whole[..whole.len() - 20_000]).unwrap();
}

#[test]
fn a_log_behind_its_database_begins_anew_for_a_lone_voter_alone() {
    for has_wal_dir in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("data");
        cut_log(&root, "3.5.1-single");
        let log = dir.path().join("log");
        if has_wal_dir {
            fs::rename(root.join("member/wal"), &log).unwrap();
        }
        let wal_dir = has_wal_dir.then_some(log.as_path());
        let adoption = Adoption::prepare(&request(&root, wal_dir)).unwrap();
        let notes = adoption.stopped().notes.clone();
        assert!(matches!(notes.last(), Some(Note::LogBehind { consistent: 705, .. })), "{notes:?}");
        adoption.carry_out(&mut |_| {}).unwrap();
        let own = ScannedWal::scan(&if has_wal_dir { log } else { root.join("member/wal") }).unwrap();
        let recovered = own.recovered();
        assert_eq!((recovered.start.index, recovered.entries.len(), recovered.hard_state.commit()), (705, 0, 705));
        assert!(root.join("member/snap/0000000000000002-00000000000002c1.snap").exists());
    }
    // Among what is lost may be a second voter.
    let dir = tempfile::tempdir().unwrap();
    cut_log(dir.path(), "3.5.1-single");
    let db = dir.path().join("member/snap/db");
    rewrite(&db, &db, |state| {
        put(state, row(Bucket::Meta, "confState", r#"{"voters":[3829663943403962383,7],"auto_leave":false}"#));
    });
    assert!(refusal(dir.path()).contains("a crash has lost entries that other members have"));
    let dir = tempfile::tempdir().unwrap();
    cut_log(dir.path(), "3.5.1-three");
    let error = refusal(dir.path());
    assert!(
        error.contains("and the database holds index 714: a crash has lost entries that other members have"),
        "{error}"
    );
}

#[test]
fn directories_that_cannot_be_taken_over_are_left_as_they_are() {
    type Change = fn(&Path);
    let damage: [(&str, Change, &str); 8] = [
        (
            "a newer schema",
            |member| {
                rewrite(&member.join("snap/db"), &member.join("snap/db"), |state| {
                    put(state, row(Bucket::Meta, "storageVersion", "3.8.0"));
                })
            },
            "the storage version is 3.8.0, newer than 3.7.0",
        ),
        (
            "a damaged page",
            |member| {
                let mut db = fs::read(member.join("snap/db")).unwrap();
                db.chunks_mut(4096).skip(2).for_each(|page| page[..16].fill(0xff));
                fs::write(member.join("snap/db"), db).unwrap();
            },
            "member/snap/db is damaged",
        ),
        ("no database", |member| fs::remove_file(member.join("snap/db")).unwrap(), "member/snap/db does not exist"),
        ("an empty database", |member| fs::write(member.join("snap/db"), "").unwrap(), "member/snap/db: "),
        ("no log", |member| fs::remove_dir_all(member.join("wal")).unwrap(), "there is no write-ahead log"),
        (
            "a damaged log",
            |member| {
                let path = member.join("wal").join(SEGMENT);
                let mut bytes = fs::read(&path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                fs::write(path, bytes).unwrap();
            },
            ".wal: offset ",
        ),
        (
            "removed from its cluster",
            |member| {
                rewrite(&member.join("snap/db"), &member.join("snap/db"), |state| {
                    state.bucket(Bucket::Members).remove(&b"7bfd31728c17e203"[..]);
                    put(state, row(Bucket::MembersRemoved, "7bfd31728c17e203", "removed"));
                })
            },
            "member 7bfd31728c17e203 was removed from its cluster",
        ),
        ("nothing", |member| fs::remove_dir_all(member).unwrap(), "member/snap/db does not exist"),
    ];
    for (what, change, expected) in damage {
        let dir = tempfile::tempdir().unwrap();
        data_dir(dir.path(), "3.7.1-single");
        change(&dir.path().join("member"));
        let before = files(dir.path());
        let error = adopt(dir.path(), None).map(|_| ()).map_err(|error| error.to_string());
        assert!(error.as_ref().is_err_and(|error| error.contains(expected)), "{what}: {error:?}");
        assert_eq!(files(dir.path()), before, "{what}");
    }
    assert!(refusal(Path::new("/nowhere")).starts_with("/nowhere: cannot open"));
}

#[test]
fn a_directory_in_use_is_left_alone() {
    for file in ["snap/db", "wal/0000000000000000-0000000000000000.wal"] {
        let dir = tempfile::tempdir().unwrap();
        data_dir(dir.path(), "3.7.1-single");
        let etcd = File::options().read(true).write(true).open(dir.path().join("member").join(file)).unwrap();
        let lock = if file.ends_with("db") { file_lock::try_flock } else { file_lock::try_lock_segment };
        assert!(lock(&etcd).unwrap());
        assert!(refusal(dir.path()).ends_with("is in use by another process"));
        drop(etcd);
        let _other = DirLock::take(dir.path(), NO_WAIT).unwrap();
        assert!(refusal(dir.path()).ends_with("is in use by another process"));
    }
}

#[test]
fn data_of_the_v2_api_are_not_left_out_silently() {
    let dir = tempfile::tempdir().unwrap();
    data_dir(dir.path(), "3.5.1-single");
    let path = dir.path().join("member/snap").join(SNAP);
    let mut file = snap::read(&path).unwrap();
    let text = String::from_utf8(file.data.to_vec()).unwrap();
    let (before, after) = text.split_once(r#""Path":"/1","#).unwrap();
    let children = after.find(r#""Children":{"#).unwrap() + r#""Children":{"#.len();
    let leaf = r#""flag":{"Path":"/1/flag","Value":"x","Children":null}"#;
    let changed = format!(r#"{before}"Path":"/1",{}{leaf}{}"#, &after[..children], &after[children..]);
    file.data = changed.into();
    snap::save(path.parent().unwrap(), &file).unwrap();
    assert!(refusal(dir.path()).starts_with("the v2 API was in use here (there is /1/flag)"));
    let request = Request { v2_data: V2Data::LeaveOut, ..request(dir.path(), None) };
    Adoption::prepare(&request).unwrap().carry_out(&mut |_| {}).unwrap();
    assert!(hashes(dir.path(), "3.5.1-single").iter().all(|(found, said)| found == said));
}

#[test]
fn members_come_from_an_older_file_or_the_log_when_the_newest_file_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    data_dir(dir.path(), "3.5.1-three");
    fs::write(dir.path().join("member/snap").join(SNAP), "damaged").unwrap();
    let adoption = Adoption::prepare(&request(dir.path(), None)).unwrap();
    assert_eq!(adoption.stopped().membership.origin, crate::offline::membership::Origin::Log);
    assert!(matches!(&adoption.stopped().notes[..], [Note::DamagedSnap(_)]));
    adoption.carry_out(&mut |_| {}).unwrap();
    assert_eq!(members(dir.path())[1], "8f21d6200795516b m1 voter http://127.0.0.1:59265");
    assert_eq!(samples::ALL.len(), 7);
}
