//! The matrix of damage: every file of a member, and snapshots, damaged in every way: `rsutl verify` gives a message with
//! file and place, and changes nothing.

use std::fs;
use std::path::Path;

use crate::rsutl;
use crate::verify::{CURRENT, DATA, DB, SEGMENT, SNAP, contents, copy_dir, member, ours, records, snapshot};

const PAGE: usize = 4096;

/// One way to damage a file: what it is called, and the bytes then; `None`: it is gone.
type Damage = (String, Option<Vec<u8>>);

/// Cuts, flipped bits, zeroed pages and the like, sampled over a file. `starts`: where its records or pages begin.
fn damages(good: &[u8], starts: &[usize]) -> Vec<Damage> {
    let mut all: Vec<Damage> = vec![("missing".into(), None), ("empty".into(), Some(Vec::new()))];
    let step = (starts.len() / 8).max(1);
    for &start in starts.iter().step_by(step).filter(|&&start| start < good.len()) {
        all.push((format!("cut at {start}"), Some(good[..start].into())));
        let inside = (start + 13).min(good.len() - 1);
        all.push((format!("cut at {inside}"), Some(good[..inside].into())));
    }
    for number in 0..24_usize {
        // In heads of records or pages, and anywhere.
        let start = starts[number * 7919 % starts.len()];
        let offset =
            if number % 2 == 0 { start + number % 16 } else { number * 104_729 * 31 }.min(usize::MAX) % good.len();
        let mut bytes = good.to_vec();
        bytes[offset] ^= 1 << (number % 8);
        all.push((format!("bit {} at {offset} flipped", number % 8), Some(bytes)));
    }
    for page in 0..4 {
        let start = good.len() / 4 * page / PAGE * PAGE;
        let mut bytes = good.to_vec();
        let end = (start + PAGE).min(bytes.len());
        bytes[start..end].fill(0);
        all.push((format!("page at {start} zeroed"), Some(bytes)));
    }
    let mut swapped = good.to_vec();
    swapped.rotate_left(good.len() / 2);
    all.push(("other half first".into(), Some(swapped)));
    all
}

/// Verifies each damaged form of a file: how many are found to be damage.
fn matrix(root: &Path, path: &str, file: &str, starts: &[usize], extra: Vec<Damage>, must: &dyn Fn(&str) -> bool) {
    let target = root.join(file);
    let good = fs::read(&target).unwrap();
    let (mut found_some, mut count) = (0, 0);
    for (name, bytes) in damages(&good, starts).into_iter().chain(extra) {
        match &bytes {
            Some(bytes) => fs::write(&target, bytes).unwrap(),
            None => fs::remove_file(&target).unwrap(),
        }
        let before = contents(root);
        let (code, out, err) = rsutl(root, &["verify", path]);
        let case = format!("{file}: {name}");
        assert!(matches!(code, 0 | 1 | 3 | 4) && !err.contains("panicked"), "{case}: code {code}\n{out}{err}");
        assert_eq!(contents(root), before, "{case}: something was changed");
        let bad: Vec<_> =
            out.lines().filter(|line| line.starts_with("error: ") || line.starts_with("fatal: ")).collect();
        assert_eq!(!bad.is_empty(), matches!(code, 1 | 4), "{case}: code {code}\n{out}");
        assert!(!must(&name) || code == 1 || code == 4 && bytes.is_none(), "{case}: not found\n{out}");
        if code == 1 {
            found_some += 1;
            // The log may be cut to one that is sound and does not go with the backend: that one is named then.
            let (dir, base) = file.rsplit_once('/').unwrap_or(("", file));
            let names_file = bad.iter().any(|line| line.contains(base) || line.contains(dir) && !dir.is_empty());
            assert!(names_file || bad.iter().any(|line| line.contains("beyond the WAL")), "{case}: {bad:?}");
            let has_place = |line: &&&str| {
                line.contains("offset ")
                    || line.contains("page ")
                    || line.contains("index ")
                    || line.contains("CURRENT")
            };
            assert!(bytes.is_none() || bad.iter().any(|line| has_place(&line)), "{case}: {bad:?}");
        }
        count += 1;
    }
    println!("{file}: {found_some} of {count} found");
    fs::write(&target, good).unwrap();
    assert_eq!(rsutl(root, &["verify", path]).0, 0, "{file}: as it was");
}

fn pages(length: usize) -> Vec<usize> {
    (0..length).step_by(PAGE).collect()
}

fn is_cut_or_gone(name: &str) -> bool {
    name.starts_with("cut") || name == "missing" || name == "empty" || name.contains("version")
}

/// The file with other bytes at some places.
fn patched(good: &[u8], places: &[usize], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut patched = good.to_vec();
    for &place in places {
        patched[place..place + bytes.len()].copy_from_slice(bytes);
    }
    Some(patched)
}

#[test]
fn damage_to_files_of_etcd_is_found_or_harmless() {
    let root = tempfile::tempdir().unwrap();
    member(root.path(), "m", "3.5.1-single", 1);
    let read = |file: &str| fs::read(root.path().join("m").join(file)).unwrap();

    let segment = read(SEGMENT);
    let starts = records(&segment);
    // A cut behind what the backend holds is what a crash leaves; no sampled one is.
    let unknown = patched(&segment, &[starts[20] + 9], &[9]);
    let no_sector = patched(&segment, &[starts[200].next_multiple_of(512)], &[0; 512]);
    let extra = vec![("record of unknown version".into(), unknown), ("a sector zeroed".into(), no_sector)];
    matrix(root.path(), "m", &format!("m/{SEGMENT}"), &starts[..starts.len() - 8], extra, &|name| {
        is_cut_or_gone(name) || name.contains("flipped") || name.contains("zeroed") || name.contains("half")
    });

    let snap = read(SNAP);
    matrix(root.path(), "m", &format!("m/{SNAP}"), &pages(snap.len()), Vec::new(), &|name| name != "missing");

    let db = read(DB);
    let version = patched(&db, &[20, PAGE + 20], &[3]);
    let one_version = patched(&db, &[20], &[3]);
    let extra = vec![("wrong version".into(), version), ("wrong version of one meta".into(), one_version)];
    matrix(root.path(), "m", &format!("m/{DB}"), &pages(db.len()), extra, &is_cut_or_gone);
}

#[test]
fn damage_to_snapshots_is_found() {
    let root = tempfile::tempdir().unwrap();
    snapshot(root.path(), "saved.db", "3.7.1-auth-killed");
    let good = fs::read(root.path().join("saved.db")).unwrap();
    let version = patched(&good, &[20, PAGE + 20], &[3]);
    let extra = vec![("wrong version".into(), version)];
    // A database by itself has no SHA-256.
    let bare = format!("cut at {}", good.len() - 32);
    matrix(root.path(), "saved.db", "saved.db", &pages(good.len()), extra, &|name| name != "missing" && name != bare);
    fs::write(root.path().join("bare.db"), &good[..good.len() - 32]).unwrap();
    let (code, out, _) = rsutl(root.path(), &["verify", "bare.db"]);
    assert!(code == 0 && out.contains("there is no SHA-256 behind its pages"), "{out}");
}

#[test]
fn damage_to_files_of_ours_is_found_or_harmless() {
    let root = tempfile::tempdir().unwrap();
    copy_dir(&ours().join("ours"), &root.path().join("m"));
    let data = fs::read(root.path().join("m").join(DATA)).unwrap();
    let version = patched(&data, &[20, PAGE + 20], &[9]);
    let extra = vec![("wrong version".into(), version)];
    // Free pages at the end of the file may be cut off.
    matrix(root.path(), "m", &format!("m/{DATA}"), &pages(data.len() / 2), extra, &is_cut_or_gone);

    let current = fs::read(root.path().join("m").join(CURRENT)).unwrap();
    let extra =
        ["lmdb-0000000000000002\n", "../x\n", "\0\n"].map(|text| (format!("version {text:?}"), Some(text.into())));
    matrix(root.path(), "m", &format!("m/{CURRENT}"), &[0, 8, current.len() - 1], extra.into(), &|_| true);
}
