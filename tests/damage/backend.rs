//! Damage to the backend: what LMDB would follow blindly is found before; what holds data is never deleted.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::block_on;
use crate::sample::{
    all_keys, assert_error, assert_refused, assert_verify, contents, files_ending, flip, member, sample, write,
};

const PAGE: usize = 4096;
const GENERATION: &str = "lmdb-0000000000000001";

fn data(data_dir: &Path) -> PathBuf {
    data_dir.join("member/snap").join(GENERATION).join("data.mdb")
}

fn current(data_dir: &Path) -> PathBuf {
    data_dir.join("member/snap/CURRENT")
}

/// The pages of the sample by their flags: branch, leaf, overflow, meta.
fn pages_by_kind() -> BTreeMap<u8, Vec<usize>> {
    let bytes = fs::read(data(&sample().dir())).expect("the backend");
    let mut kinds: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
    // Others are parts of long values.
    let is_page = |(number, page): &(usize, &[u8])| page[..8] == number.to_le_bytes();
    for (number, page) in bytes.chunks(PAGE).enumerate().filter(is_page) {
        kinds.entry(page[10]).or_default().push(number);
    }
    kinds
}

/// Either it serves everything, or it is refused with the place and changes nothing. True: refused.
async fn assert_serves_or_refuses(case: &str, offset: u64, bit: u8) -> bool {
    let mut server = member(|data_dir| flip(&data(data_dir), offset, bit));
    let before = contents(&server.data_dir());
    server.spawn();
    match server.wait_until_ready().await {
        Ok(()) => {
            let sample = sample();
            let (keys, revision) = all_keys(&server).await;
            assert!(keys == sample.keys, "{case}: not all that was acknowledged");
            assert!(revision >= sample.revision, "{case}: revision {revision}");
            server.stop();
            false
        }
        Err(_) => {
            let code = server.try_wait().and_then(|status| status.code());
            assert_error(case, code, &server.log(), &["data.mdb", "offset "]);
            assert!(contents(&server.data_dir()) == before, "{case}: files were changed");
            assert_verify(&server.data_dir(), case, &["data.mdb", "offset "]);
            true
        }
    }
}

#[test]
fn flipped_bits_in_pages_are_refused_with_the_place_or_do_no_harm() {
    block_on(async {
        let kinds = pages_by_kind();
        let mut refused = 0;
        let mut cases = 0;
        // Where in a page: header, places of nodes; in a meta page also roots and counts.
        let common: &[(usize, u8)] = &[(0, 1), (10, 1), (12, 2), (14, 3), (16, 0)];
        let meta: &[(usize, u8)] =
            &[(16, 0), (20, 1), (40, 3), (44, 1), (64 + 16, 2), (94, 0), (120, 0), (128, 1), (136, 4), (144, 2)];
        for (kind, pages) in &kinds {
            let places = if *kind == 8 { meta } else { common };
            let picked = [pages[0], pages[pages.len() / 2], pages[pages.len() - 1]];
            for (number, &(place, bit)) in places.iter().enumerate() {
                let offset = picked[number % picked.len()] * PAGE + place;
                let case = format!("page of kind {kind}, bit {bit} at {offset}");
                refused += u32::from(assert_serves_or_refuses(&case, offset as u64, bit).await);
                cases += 1;
            }
        }
        println!("{refused} of {cases} refused");
        assert!(kinds.contains_key(&1) && kinds.contains_key(&2), "branches and leaves: {:?}", kinds.keys());
        assert!(refused * 2 > cases, "{refused} of {cases} refused");
    });
}

#[test]
fn a_short_or_missing_file_is_refused() {
    let whole = fs::metadata(data(&sample().dir())).expect("the backend").len();
    for len in [0, 100, 5000, 8192, whole / 2, whole - 4096] {
        let case = format!("data.mdb of {len} bytes");
        let server = member(|data_dir| {
            File::options().write(true).open(data(data_dir)).and_then(|file| file.set_len(len)).expect("cut");
        });
        assert_refused(&server.data_dir(), &case, &["data.mdb"]);
        assert_verify(&server.data_dir(), &case, &["data.mdb"]);
    }
    let server = member(|data_dir| fs::remove_file(data(data_dir)).expect("removed"));
    assert_refused(&server.data_dir(), "missing data.mdb", &["CURRENT", GENERATION]);
    assert_verify(&server.data_dir(), "missing data.mdb", &["CURRENT", GENERATION]);
    let server = member(|data_dir| write(&data(data_dir), &vec![0xa5; 50_000]));
    assert_refused(&server.data_dir(), "garbage in data.mdb", &["data.mdb", "offset "]);
    assert_verify(&server.data_dir(), "garbage in data.mdb", &["data.mdb", "offset "]);
}

#[test]
fn what_current_names_is_what_counts() {
    let case = "missing CURRENT";
    let server = member(|data_dir| fs::remove_file(current(data_dir)).expect("removed"));
    assert_refused(&server.data_dir(), case, &["CURRENT is missing", GENERATION]);
    assert_verify(&server.data_dir(), case, &["CURRENT is missing", GENERATION]);
    for text in ["", "lmdb-0000000000000002\n", "lmdb-0000000000000001", "../../x\n", "\u{0}\u{0}\n"] {
        let case = format!("CURRENT is {text:?}");
        let server = member(|data_dir| fs::write(current(data_dir), text).expect("written"));
        assert_refused(&server.data_dir(), &case, &["CURRENT"]);
        assert_verify(&server.data_dir(), &case, &["CURRENT"]);
    }
    // Neither the name nor the data: the log alone begins too late.
    let case = "no backend";
    let server = member(|data_dir| {
        fs::remove_file(current(data_dir)).expect("removed");
        fs::remove_dir_all(data_dir.join("member/snap").join(GENERATION)).expect("removed");
    });
    assert_refused(&server.data_dir(), case, &["database file", "of the backend is missing", "member/snap"]);
    assert_verify(&server.data_dir(), case, &["CURRENT"]);
}

#[test]
fn a_newer_storage_version_is_refused() {
    let case = "newer storage version";
    let server = member(|data_dir| {
        let mut bytes = fs::read(data(data_dir)).expect("the backend");
        let name = b"storageVersion3.7.0";
        let places: Vec<_> = bytes.windows(name.len()).enumerate().filter(|(_, part)| part == name).collect();
        let places: Vec<usize> = places.into_iter().map(|(place, _)| place).collect();
        assert!(!places.is_empty(), "there is a storage version");
        for place in places {
            bytes[place + name.len() - 3] = b'8';
        }
        write(&data(data_dir), &bytes);
    });
    assert_refused(&server.data_dir(), case, &["storage version 3.8.0 is newer", "3.7.0"]);
    assert_verify(&server.data_dir(), case, &["data.mdb", "offset ", "3.8.0"]);
}

#[test]
fn snapshot_files_are_not_needed_for_a_start() {
    block_on(async {
        type Damage = fn(&Path);
        let cases: [(&str, Damage, bool); 4] = [
            ("flipped bit", |path| flip(path, 300, 2), true),
            ("cut in half", |path| write(path, &fs::read(path).expect("a file")[..200]), true),
            ("empty", |path| write(path, b""), true),
            ("missing", |path| fs::remove_file(path).expect("removed"), false),
        ];
        for (what, damage, is_problem) in cases {
            let case = format!("newest .snap: {what}");
            let snaps = |data_dir: &Path| files_ending(&data_dir.join("member/snap"), ".snap");
            let mut server = member(|data_dir| damage(&snaps(data_dir).pop().expect("a snapshot file")));
            let newest = snaps(&sample().dir()).pop().expect("a snapshot file");
            let name = newest.file_name().expect("a name").to_string_lossy().into_owned();
            if is_problem {
                assert_verify(&server.data_dir(), &case, &[&name, "offset "]);
            } else {
                // As etcd 3.7 does not need it, a missing one is told and is no error.
                assert_verify(&server.data_dir(), &case, &[]);
            }
            crate::sample::assert_serves(&mut server, &case).await;
        }
    });
}

#[test]
fn the_database_of_etcd_is_named_and_left_alone() {
    let case = "a bbolt file and a log";
    let server = member(|data_dir| {
        fs::remove_file(current(data_dir)).expect("removed");
        fs::remove_dir_all(data_dir.join("member/snap").join(GENERATION)).expect("removed");
        fs::remove_file(data_dir.join("member/LOCK")).expect("removed");
        write(&data_dir.join("member/snap/db"), &[1; 16384]);
    });
    assert_refused(&server.data_dir(), case, &["member/snap/db", "invalid database"]);
    assert_verify(&server.data_dir(), case, &["member/snap/db", "page 0", "invalid database"]);
    assert!(!server.data_dir().join("member/LOCK").exists(), "nothing is made there");
}
