//! Servers on what `snapshot restore` makes.

use super::*;

fn programs() -> Vec<Program> {
    [Some(program::own()), program::peer()].into_iter().flatten().collect()
}

#[test]
fn a_server_says_of_a_restored_snapshot_what_its_own_said() {
    let root = tempfile::tempdir().unwrap();
    for release in RELEASES {
        let file = snapshot(root.path(), release);
        for program in programs() {
            block_on(async {
                let mut server = start_on(&program, root.path(), &["snapshot", "restore", &file]).await;
                for line in said(release) {
                    // etcd 3.5.1 has no hash at the compacted revision.
                    assert_eq!(say(&server, revision_of(&line)).await, line, "{release} {}", program.path.display());
                }
                server.stop();
                server.start_again().await;
                let last = said(release).pop().unwrap();
                assert_eq!(say(&server, revision_of(&last)).await, last, "{release} after a restart");
            });
        }
    }
}

#[test]
fn what_one_server_wrote_another_restores() {
    let root = tempfile::tempdir().unwrap();
    let file = snapshot(root.path(), "3.5.1");
    let line = said("3.5.1").pop().unwrap();
    block_on(async {
        let mut first = start_on(&program::own(), root.path(), &["snapshot", "restore", &file]).await;
        first.stop();
        // Its data directory, of our kind, and back to etcd's.
        let own = first.data_dir();
        let own = own.to_str().unwrap();
        for program in programs() {
            let again = &["snapshot", "restore", "--skip-hash-check", own];
            let server = start_on(&program, root.path(), again).await;
            assert_eq!(say(&server, revision_of(&line)).await, line, "{}", program.path.display());
            let (code, text) = refused(root.path(), &["snapshot", "restore", own, "--data-dir", "x"]);
            assert_eq!((code, &text[..]), (1, "Error: snapshot missing hash but --skip-hash-check=false"));
        }
    });
}

#[test]
fn a_bumped_revision_is_where_clients_go_on() {
    let root = tempfile::tempdir().unwrap();
    let file = snapshot(root.path(), "3.7.1");
    let bumped = ["snapshot", "restore", &file, "--bump-revision", "1000", "--mark-compacted"];
    let last = revision_of(&said("3.7.1").pop().unwrap());
    let mut answers = Vec::new();
    for program in programs() {
        block_on(async {
            let mut server = start_on(&program, root.path(), &bumped).await;
            let mut kv = KvClient::new(server.connect().await).max_decoding_message_size(usize::MAX);
            let all = RangeRequest { key: "\0".into(), range_end: "\0".into(), ..RangeRequest::default() };
            let reply = kv.range(all.clone()).await.unwrap().into_inner();
            assert_eq!(reply.header.unwrap().revision, last + 1000);
            // 3.5.1 goes through the compaction behind the start; and both again after a restart.
            let old = kv.range(RangeRequest { revision: last, ..all.clone() }).await;
            if program.is_rsetcd {
                assert_eq!(old.unwrap_err().message(), "etcdserver: mvcc: required revision has been compacted");
            }
            let keys: Vec<_> = reply.kvs.iter().map(|kv| (kv.key.clone(), kv.mod_revision, kv.value.clone())).collect();
            server.stop();
            server.start_again().await;
            answers.push(keys);
        });
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn members_of_a_restored_cluster_have_one_id_and_their_own_names() {
    let root = tempfile::tempdir().unwrap();
    let file = snapshot(root.path(), "3.5.1");
    let members = "a=http://127.0.0.1:1,b=http://127.0.0.1:2";
    let mut logs = Vec::new();
    for (name, url) in [("a", "http://127.0.0.1:1"), ("b", "http://127.0.0.1:2")] {
        utl(
            root.path(),
            &[
                "snapshot",
                "restore",
                &file,
                "--name",
                name,
                "--initial-cluster",
                members,
                "--initial-cluster-token",
                "t",
                "--initial-advertise-peer-urls",
                url,
            ],
        );
        logs.push(utl(root.path(), &["wal", "--raw", &format!("{name}.etcd")]));
    }
    let rest = |log: &str| log.lines().filter(|line| !line.starts_with("Metadata")).collect::<Vec<_>>().join("\n");
    assert_eq!(rest(&logs[0]), rest(&logs[1]));
    assert_ne!(logs[0], logs[1]);
    assert!(root.path().join("a.etcd/member/snap/0000000000000001-0000000000000002.snap").exists());
}
