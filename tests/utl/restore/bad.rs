//! Sources that cannot be used, and disks that are full.

use super::*;

use super::super::full_disk::{TOLD, with_limit};

#[test]
fn a_full_disk_leaves_nothing_under_the_final_name() {
    let root = tempfile::tempdir().unwrap();
    let file = snapshot(root.path(), "3.5.1");
    let wal = log(root.path(), "3.5.1");
    utl(root.path(), &["snapshot", "restore", &file, "--backend", "bbolt", "--data-dir", "etcd"]);
    utl(root.path(), &["snapshot", "restore", &file, "--data-dir", "own"]);
    let orders: [&[&str]; 6] = [
        &["snapshot", "restore", &file, "--data-dir", "x/y"],
        &["snapshot", "restore", &file, "--data-dir", "x/y", "--backend", "bbolt", "--wal-dir", "x/wal"],
        &["restore", "--wal", &wal, "--data-dir", "x/y"],
        &["restore", "--wal", &wal, "--data-dir", "x/y", "--backend", "bbolt", "--keep-identity"],
        &["backup", "--data-dir", "etcd", "--backup-dir", "x/y"],
        &["backup", "--data-dir", "own", "--backup-dir", "x/y", "--backup-wal-dir", "x/wal"],
    ];
    for args in orders {
        for exists in [false, true] {
            // The backend, then the log, which alone takes 64 MB.
            for bytes in [0, 5_000, 100_000, 63_000_000] {
                let target = root.path().join("x");
                fs::create_dir(&target).unwrap();
                if exists {
                    fs::create_dir(target.join("y")).unwrap();
                }
                let before = names(&target);
                let output = with_limit(root.path(), bytes, args);
                let text = String::from_utf8_lossy(&output.stderr).into_owned();
                let is_told = TOLD.iter().any(|word| text.contains(word)) && text.contains("x/");
                assert!(output.status.code() == Some(1) && is_told, "{args:?} {bytes}: {text}");
                assert_eq!(names(&target), before, "{args:?} {bytes}: {text}");
                fs::remove_dir_all(&target).unwrap();
            }
        }
    }
}

#[test]
fn damage_is_told_and_never_restored() {
    let root = tempfile::tempdir().unwrap();
    let good = unzipped("snapshot/3.5.1-single.db.gz");
    let write = |bytes: &[u8]| fs::write(root.path().join("s.db"), bytes).unwrap();
    for at in (0..good.len()).step_by(good.len() / 20) {
        let mut bad = good.clone();
        bad[at] ^= 4;
        write(&bad);
        let (code, text) = refused(root.path(), &["snapshot", "restore", "s.db", "--data-dir", "x"]);
        assert!(code == 1 && text.starts_with("Error: expected sha256 ["), "{at}: {text}");
        // Without the checksum it may go through, where the bit is one of a value; never with a panic.
        let output = run(
            &program::rsutl(),
            root.path(),
            &["snapshot", "restore", "s.db", "--skip-hash-check", "--data-dir", "x"],
        );
        let (code, text) = refusal(&output);
        match code {
            Some(0) => fs::remove_dir_all(root.path().join("x")).unwrap(),
            code => assert!(code == Some(1) && text.starts_with("Error: s.db: "), "{at}: {text}"),
        }
    }
    for length in [4096, 8192, good.len() / 2, good.len() - 33] {
        write(&good[..length]);
        let (code, text) =
            refused(root.path(), &["snapshot", "restore", "s.db", "--skip-hash-check", "--data-dir", "x"]);
        assert!(code == 1 && text.starts_with("Error: s.db: "), "{length}: {text}");
    }
    let mut zeroed = good;
    zeroed[8 * 4096..9 * 4096].fill(0);
    write(&zeroed);
    let (code, text) = refused(root.path(), &["snapshot", "restore", "s.db", "--data-dir", "x"]);
    assert!(code == 1 && text.starts_with("Error: expected sha256 ["), "{text}");
}

#[test]
fn the_database_of_a_running_member_is_not_taken() {
    let root = tempfile::tempdir().unwrap();
    for program in [Some(program::own()), program::peer()].into_iter().flatten() {
        let server = block_on(Server::start(&program, &[]));
        let data_dir = server.data_dir();
        let data_dir = data_dir.to_str().unwrap();
        let (code, text) =
            refused(root.path(), &["backup", "--data-dir", data_dir, "--backup-dir", "x", "--timeout", "200ms"]);
        assert!(code == 1 && text.ends_with(" is in use by another process"), "{text}");
    }
}

#[test]
fn sources_are_only_read() {
    let root = tempfile::tempdir().unwrap();
    let file = snapshot(root.path(), "3.4.23");
    let wal = log(root.path(), "3.4.23");
    let before: Vec<_> = [root.path().join(&file), root.path().join(&wal).join(SEGMENT)].into();
    for path in &before {
        fs::set_permissions(path, fs::Permissions::from_mode(0o400)).unwrap();
    }
    let read = || before.iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>();
    let bytes = read();
    utl(root.path(), &["snapshot", "restore", &file]);
    utl(
        root.path(),
        &["restore", "--snapshot", &file, "--wal", &wal, "--name", "m", "--initial-cluster", "m=http://localhost:2380"],
    );
    assert!(root.path().join("default.etcd").is_dir() && root.path().join("m.etcd").is_dir());
    assert_eq!(read(), bytes);
    // A target that cannot be made.
    fs::write(root.path().join("file"), "").unwrap();
    let (code, text) = refused(root.path(), &["snapshot", "restore", &file, "--data-dir", "file/x"]);
    assert_eq!((code, &text[..]), (1, "Error: data-dir \"file/x\" not empty or could not be read"));
    let (code, text) = refused(root.path(), &["snapshot", "restore", &file, "--data-dir", "y", "--wal-dir", "file/x"]);
    assert!(code == 1 && text.contains("file: cannot create: "), "{text}");
}
