//! `rsutl backup`, beside that of etcdutl 3.5.

use super::etcdutl::tree_of;
use super::*;

/// A stopped member's directory in `root`, with entries behind its raft snapshot; gives what it said last.
fn stopped(program: &Program, root: &Path) -> String {
    block_on(async {
        let flags = ["--snapshot-count".to_owned(), "20".to_owned()];
        let mut server = Server::start(program, &flags).await;
        let mut kv = KvClient::new(server.connect().await);
        let mut revision = 0;
        for step in 0..57 {
            let put = rsetcd::pb::etcdserverpb::PutRequest {
                key: format!("k{}", step % 5).into(),
                value: vec![step; 50].into(),
                ..Default::default()
            };
            revision = kv.put(put).await.unwrap().into_inner().header.unwrap().revision;
        }
        let line = say(&server, revision).await;
        server.stop();
        let copied = Command::new("cp").arg("-r").arg(server.data_dir()).arg(root.join("data")).status().unwrap();
        assert!(copied.success());
        line
    })
}

#[test]
fn a_backup_is_that_of_etcdutl() {
    let Some(peer) = program::peer() else { return };
    let etcdutl = program::peer_utl(&peer);
    let root = tempfile::tempdir().unwrap();
    stopped(&peer, root.path());
    for (at, flags) in
        [&[][..], &["--with-v3=false"], &["--with-v3", "--backup-wal-dir", "wal"]].into_iter().enumerate()
    {
        let mut looks = Vec::new();
        for program in [&etcdutl, &program::rsutl()] {
            let target = format!("backup-{at}");
            let output = run(
                program,
                root.path(),
                &[&["backup", "--data-dir", "data", "--backup-dir", &target], flags].concat(),
            );
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let dir = root.path().join(&target);
            let wal = if at == 2 { "wal".to_owned() } else { format!("{target}/member/wal") };
            let log = utl(root.path(), &["wal", "--raw", "--wal-dir", &wal, &target]);
            let files: Vec<_> = names(&dir).into_keys().collect();
            let snap = files.iter().find(|path| path.extension().is_some_and(|ext| ext == "snap")).unwrap();
            let (tree, _) = tree_of(&fs::read(dir.join(snap)).unwrap());
            let tree: Vec<_> = tree.into_iter().map(|(path, value)| (without_id(&path), value)).collect();
            let status = run(&etcdutl, root.path(), &["snapshot", "status", &format!("{target}/member/snap/db")]);
            // Hash, revision, rows of all buckets, size: ids differ, and so does how full pages are.
            let status = String::from_utf8(status.stdout).unwrap();
            let status: Vec<String> = status.split(", ").skip(1).take(2).map(str::to_owned).collect();
            assert_eq!(status.len(), 2);
            looks.push((files, without_id(&log), tree, status));
            fs::remove_dir_all(dir).unwrap();
            let _ = fs::remove_dir_all(root.path().join("wal"));
        }
        assert_eq!(looks[1], looks[0], "{flags:?}");
    }
}

/// The ids are drawn anew each time.
fn without_id(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = match line.split_once("conf_state:{voters:") {
            Some((head, rest)) => format!("{head}{}", rest.trim_start_matches(|digit: char| digit.is_ascii_digit())),
            None => line.to_owned(),
        };
        // A path or a row of a member.
        let is_hex = |word: &&str| word.len() > 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let words: Vec<&str> = line.split(['/', '"', ':', ',']).filter(|word| !is_hex(word)).collect();
        out.push_str(&words.join("/"));
        out.push('\n');
    }
    out
}

#[test]
fn etcd_makes_a_new_cluster_of_a_backup() {
    let Some(peer) = program::peer() else { return };
    let root = tempfile::tempdir().unwrap();
    let line = stopped(&peer, root.path());
    block_on(async {
        let args = ["backup", "--data-dir", "data"];
        let server = start_with(&peer, &["--force-new-cluster"], root.path(), &args).await;
        assert_eq!(say(&server, revision_of(&line)).await, line);
    });
    // Without keys nothing but the places of the entries is left.
    block_on(async {
        let args = ["backup", "--data-dir", "data", "--with-v3=false"];
        let server = start_with(&peer, &["--force-new-cluster"], root.path(), &args).await;
        assert!(say(&server, 0).await.starts_with("at 0 count=0 "));
    });
}

/// Ours keeps its kind. It is of use once rsetcd has --force-new-cluster; until then the flag is refused.
#[test]
fn a_backup_of_ours_is_ours_and_holds_all_keys() {
    let root = tempfile::tempdir().unwrap();
    let line = stopped(&program::own(), root.path());
    let output = run(&program::rsutl(), root.path(), &["backup", "--data-dir", "data", "--backup-dir", "copy"]);
    assert!(output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("--force-new-cluster"), "{told}");
    assert!(root.path().join("copy/member/snap/CURRENT").exists());
    block_on(async {
        for program in [Some(program::own()), program::peer()].into_iter().flatten() {
            let args = ["snapshot", "restore", "--skip-hash-check", "copy"];
            let server = start_on(&program, root.path(), &args).await;
            assert_eq!(say(&server, revision_of(&line)).await, line);
        }
    });
    let output = run(&program::own().path, root.path(), &["--data-dir", "copy", "--force-new-cluster"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--force-new-cluster is not supported by rsetcd yet"));
}
