//! Beside the real etcdutl: messages, and the directories that both make of the same file.

use super::*;

/// Arguments after `snapshot restore`; in the scratch folder are `good.db`, `bad.db` (a bit is flipped), `plain.db` (no
/// checksum), `short`, an empty `empty`, and the directories `taken` (not empty) and `wal` (empty).
const REFUSED: &[&[&str]] = &[
    &["good.db", "--data-dir", "taken"],
    &["good.db", "--data-dir", "short"],
    &["good.db", "--data-dir", "x", "--wal-dir", "wal"],
    &["good.db", "--data-dir", "taken", "--wal-dir", "wal"],
    &["nofile", "--data-dir", "x"],
    &["nofile", "--data-dir", "taken"],
    &["bad.db", "--data-dir", "x"],
    &["plain.db", "--data-dir", "x"],
    &["short", "--data-dir", "x"],
    &["empty", "--data-dir", "x"],
    &["empty", "--data-dir", "x", "--skip-hash-check"],
    &[".", "--data-dir", "x"],
    &[".", "--data-dir", "x", "--skip-hash-check"],
    &["good.db", "--data-dir", "x", "--name", "n1"],
    &["good.db", "--data-dir", "x", "--name", ""],
    &["nofile", "--data-dir", "taken", "--name", "n1"],
    &["good.db", "--data-dir", "x", "--initial-cluster", ""],
    &["good.db", "--data-dir", "x", "--initial-cluster", "default=http://a"],
    &["good.db", "--data-dir", "x", "--initial-cluster", "default"],
    &["good.db", "--data-dir", "x", "--initial-advertise-peer-urls", "foo"],
    &["good.db", "--data-dir", "x", "--initial-advertise-peer-urls", ""],
    &["good.db", "--data-dir", "x", "--initial-advertise-peer-urls", "http://a:1/path"],
    &["good.db", "--data-dir", "x", "--initial-cluster", "default=bar", "--initial-advertise-peer-urls", "foo"],
    &[
        "good.db",
        "--data-dir",
        "x",
        "--name",
        "a",
        "--initial-advertise-peer-urls",
        "http://localhost:1",
        "--initial-cluster",
        "a=http://localhost:1,b=http://localhost:1",
    ],
    &["--data-dir", "x"],
    &["good.db", "bad.db", "--data-dir", "x"],
];

/// What only releases after the one to compare with have.
const NEWER: &[&[&str]] = &[
    &["good.db", "--bump-revision", "5"],
    &["good.db", "--mark-compacted"],
    &["good.db", "--bump-revision", "18446744073709551615", "--mark-compacted"],
    &["good.db", "--initial-advertise-peer-urls", "http://localhost:1"],
];

fn scratch() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let good = unzipped("snapshot/3.5.1-single.db.gz");
    let mut bad = good.clone();
    bad[good.len() / 2] ^= 1;
    let write = |name: &str, bytes: &[u8]| fs::write(root.path().join(name), bytes).unwrap();
    write("good.db", &good);
    write("bad.db", &bad);
    write("plain.db", &good[..good.len() - 32]);
    write("short", b"no snapshot");
    write("empty", b"");
    fs::create_dir_all(root.path().join("taken/by")).unwrap();
    fs::create_dir(root.path().join("wal")).unwrap();
    root
}

#[test]
fn refusals_are_as_recorded_and_leave_nothing() {
    let mut text = String::new();
    for args in REFUSED.iter().chain(NEWER) {
        let root = scratch();
        let all = [&["snapshot", "restore"], *args].concat();
        let (code, message) = refused(root.path(), &all);
        let _ = write!(text, "$ rsutl {}\n{message}\nrc={code}\n\n", all.join(" "));
    }
    crate::compare_with_golden("utl/restore.txt", &text);
}

#[test]
fn refusals_are_those_of_etcdutl() {
    let Some(peer) = program::peer() else { return };
    let etcdutl = program::peer_utl(&peer);
    for args in REFUSED {
        let all = [&["snapshot", "restore"], *args].concat();
        let theirs = refusal(&run(&etcdutl, scratch().path(), &all));
        let ours = refusal(&run(&program::rsutl(), scratch().path(), &all));
        assert_eq!(ours, theirs, "{args:?}");
    }
}

#[test]
fn directories_are_those_of_etcdutl() {
    let Some(peer) = program::peer() else { return };
    let etcdutl = program::peer_utl(&peer);
    let three = "a=http://127.0.0.1:11,b=http://127.0.0.1:22,b=http://127.0.0.1:23,c=http://127.0.0.1:33";
    let b = "http://127.0.0.1:23,http://127.0.0.1:22";
    let ways: [&[&str]; 5] = [
        &[],
        &["--wal-dir", "log"],
        &["--skip-hash-check", "--wal-dir", "data/member/wal"],
        &["--initial-cluster", three, "--name", "b", "--initial-advertise-peer-urls", b],
        &[
            "--initial-cluster",
            three,
            "--name",
            "b",
            "--initial-advertise-peer-urls",
            b,
            "--initial-cluster-token",
            "t",
        ],
    ];
    for release in RELEASES {
        for (at, way) in ways.iter().enumerate() {
            let [ours, theirs] = [(); 2].map(|()| tempfile::tempdir().unwrap());
            for (root, program, flags) in
                [(&theirs, &etcdutl, &[][..]), (&ours, &program::rsutl(), &["--backend", "bbolt"])]
            {
                let mut file = snapshot(root.path(), release);
                if at == 2 {
                    // A bare copy.
                    let bytes = fs::read(root.path().join(&file)).unwrap();
                    file = "copy.db".into();
                    fs::write(root.path().join(&file), &bytes[..bytes.len() - 32]).unwrap();
                }
                let args = [&["snapshot", "restore", &file, "--data-dir", "data"], *way, flags].concat();
                let output = run(program, root.path(), &args);
                assert!(output.status.success(), "{args:?} {}", String::from_utf8_lossy(&output.stderr));
            }
            let look = |root: &Path| Look::at(root, &etcdutl, if at == 1 { "log" } else { "data/member/wal" });
            assert_eq!(look(ours.path()), look(theirs.path()), "{release} {way:?}");
        }
    }
}

/// What must be the same.
#[derive(Debug, PartialEq)]
struct Look {
    files: Vec<(PathBuf, u32)>,
    /// Records, without what may be written in two ways.
    log: String,
    /// Of the `.snap` file: paths and values of the tree, and what is behind it.
    tree: BTreeMap<String, String>,
    raft: Vec<u8>,
    /// CRC over all buckets, revision, number of rows.
    status: serde_json::Value,
}

impl Look {
    fn at(root: &Path, etcdutl: &Path, wal: &str) -> Self {
        let files = names(root).into_iter().map(|(path, (mode, _))| (path, mode)).collect();
        let log = run(&program::rsutl(), root, &["wal", "--raw", "--wal-dir", wal, "data"]);
        assert!(log.status.success(), "{}", String::from_utf8_lossy(&log.stderr));
        let log = String::from_utf8(log.stdout).unwrap().replace("Data:\"\\010\\000\\020\\000", "Data:\"\\020\\000");
        let snap_dir = root.join("data/member/snap");
        let snap = fs::read_dir(&snap_dir).unwrap().map(|entry| entry.unwrap().path());
        let snap = snap.into_iter().find(|path| path.extension().is_some_and(|ext| ext == "snap")).unwrap();
        let (tree, raft) = tree_of(&fs::read(snap).unwrap());
        let status = run(etcdutl, root, &["snapshot", "status", "data/member/snap/db", "-w", "json"]);
        let mut status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
        status.as_object_mut().unwrap().remove("totalSize");
        Self { files, log, tree, raft, status }
    }
}

/// Paths and values of the member tree in a `.snap` file, and the bytes behind it: raft's metadata.
pub fn tree_of(snap: &[u8]) -> (BTreeMap<String, String>, Vec<u8>) {
    let start = snap.windows(7).position(|bytes| bytes == b"{\"Root\"").unwrap();
    let mut values = serde_json::Deserializer::from_slice(&snap[start..]).into_iter::<serde_json::Value>();
    let store = values.next().unwrap().unwrap();
    let behind = snap[start + values.byte_offset()..].to_vec();
    let mut tree = BTreeMap::new();
    let mut waiting = vec![&store["Root"]];
    while let Some(node) = waiting.pop() {
        tree.insert(node["Path"].as_str().unwrap().to_owned(), node["Value"].as_str().unwrap().to_owned());
        waiting.extend(node["Children"].as_object().into_iter().flat_map(serde_json::Map::values));
    }
    (tree, behind)
}
