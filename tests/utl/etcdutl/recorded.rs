//! What etcdutl 3.5.1 does not have or does otherwise, recorded; and HashKV against what etcd answered.

use std::fs;

use super::{RELEASES, data_dir, snapshot, steady};
use crate::{compare_with_golden, data, rsutl};

#[test]
fn output_is_as_recorded() {
    let root = tempfile::tempdir().unwrap();
    for (release, name) in [("3.5.1", "d35"), ("3.7.1", "d37"), ("3.4.23", "d34")] {
        data_dir(root.path(), release, name);
    }
    let mut transcript = String::new();
    for line in "
        version
        snapshot status d37
        snapshot status d37 -w json
        snapshot status d37 -w fields
        snapshot status d37 -w table
        snapshot status d37 -w protobuf
        hashkv d37
        hashkv d37 -w json
        hashkv d37 -w fields
        hashkv d37 -w table
        hashkv d37/member/snap/db --rev 553
        hashkv d37 -w protobuf
        hashkv d37 --rev 551
        hashkv d37 --rev 621
        hashkv d37 --rev x
        hashkv nofile
        hashkv
        hashkv d35 d37
        migrate --data-dir d35
        migrate --data-dir d35 --target-version 3.6.0
        migrate --data-dir d35 --target-version a.b
        migrate --data-dir d35 --target-version 3.4
        migrate --data-dir nodir --target-version 3.6
        migrate --data-dir d35 --target-version 3.5
        migrate --data-dir d35 --target-version 3.7
        snapshot status d35
        migrate --data-dir d35 --target-version 3.7
        migrate --data-dir d35 --target-version 3.8
        migrate --data-dir d35 --target-version 4.0
        migrate --data-dir d35 --target-version 3.8 --force
        snapshot status d35
        migrate --data-dir d35 --target-version 3.5
        migrate --data-dir d35 --target-version 3.5 --force
        snapshot status d35
        migrate --data-dir d37 --target-version 3.6
        migrate --data-dir d37 --target-version 3.5
        hashkv d37
        migrate --data-dir d34 --target-version 3.6
        defrag --data-dir d37
        defrag --data-dir nodir
        snap status d37
        has d37 --timeout 1x
        hashk nofile --timeout 0
        wa
        completion tcsh
        completion
    "
    .lines()
    .map(str::trim)
    .filter(|line| !line.is_empty())
    {
        let (code, out, err) = rsutl(root.path(), &line.split(' ').collect::<Vec<_>>());
        let err = match err.split_once("\nUsage: ") {
            // A help screen with what is wrong on both sides of it.
            Some((before, after)) => format!("{before}\n(help)\n{}\n", after.lines().last().unwrap_or_default()),
            None => steady(&err),
        };
        transcript += &format!("$ rsutl {line}\n{out}{err}rc={code}\n\n");
    }
    compare_with_golden("utl/etcdutl.txt", &transcript);
}

#[test]
fn hashes_of_the_key_space_are_what_etcd_told() {
    let root = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for release in RELEASES {
        let bytes = snapshot(release);
        let file = root.path().join("snapshot.db");
        fs::write(&file, &bytes).unwrap();
        let told = fs::read_to_string(data(&format!("replay/{release}-single.txt"))).unwrap();
        for line in told.lines().filter(|line| line.starts_with("at ")) {
            let value = |name: &str| line.split(' ').find_map(|word| word.strip_prefix(name)).unwrap().to_owned();
            let (revision, hash) = (line.split(' ').nth(1).unwrap(), value("hashkv="));
            let (code, out, err) = rsutl(root.path(), &["hashkv", "snapshot.db", "--rev", revision]);
            let expected = format!("{hash}, {revision}, {}\n", value("compacted="));
            assert_eq!((code, out.as_str(), err.as_str()), (0, expected.as_str(), ""), "{release}: {line}");
            compared += 1;
        }
        assert!(fs::read(&file).unwrap() == bytes, "nothing is changed");
    }
    assert!(compared >= 9, "{compared}");
}

#[test]
fn a_read_only_file_is_as_good() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("s.db");
    fs::write(&file, snapshot("3.7.1")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    for args in [["hashkv", "s.db"].as_slice(), &["snapshot", "status", "s.db"]] {
        let (code, _, err) = rsutl(root.path(), args);
        assert_eq!((code, err.as_str()), (0, ""));
    }
}

/// As 3.7.1 says of the same file.
#[test]
fn the_status_of_a_snapshot_is_what_etcd_tells() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("s.db"), snapshot("3.7.1")).unwrap();
    let (_, out, _) = rsutl(root.path(), &["snapshot", "status", "s.db", "-w", "json"]);
    let expected = r#"{"hash":1328844230,"revision":620,"totalKey":177,"totalSize":389120,"version":"3.7.0"}"#;
    assert_eq!(out.trim_end(), expected);
}
