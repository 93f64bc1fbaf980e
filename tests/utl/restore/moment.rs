//! `rsutl restore`: a snapshot and the log after it.

use super::*;

use rsetcd::pb::etcdserverpb::{
    CompactionRequest, DeleteRangeRequest, LeaseGrantRequest, LeaseRevokeRequest, MemberListRequest, PutRequest,
    cluster_client::ClusterClient, lease_client::LeaseClient,
};

/// Restores to a moment and asks a server of ours what is there.
async fn at_moment(root: &Path, args: &[&str], revision: i64) -> String {
    let server = start_on(&program::own(), root, &[&["restore"], args].concat()).await;
    say(&server, revision).await
}

#[test]
fn a_whole_log_gives_what_its_server_said_at_each_revision() {
    let root = tempfile::tempdir().unwrap();
    for release in RELEASES {
        let wal = log(root.path(), release);
        block_on(async {
            for line in said(release) {
                let revision = revision_of(&line);
                let until = revision.to_string();
                let found = at_moment(root.path(), &["--wal", &wal, "--to-revision", &until], revision).await;
                // Compactions of later are not in it yet, so hashes may differ; what is read does not.
                let keys = |line: &str| line.split(" hashkv").next().unwrap().to_owned();
                assert_eq!(keys(&found), keys(&line), "{release}");
            }
            let last = said(release).pop().unwrap();
            assert_eq!(at_moment(root.path(), &["--wal", &wal], revision_of(&last)).await, last, "{release}");
        });
    }
}

/// Each tenth revision from the state ten before, alternately kept as ours and as etcd's, must be what the whole log
/// gives; the last one is what the server said.
#[test]
fn snapshots_at_every_tenth_revision_lead_to_the_same_end() {
    let root = tempfile::tempdir().unwrap();
    let wal = log(root.path(), "3.5.1");
    let last = said("3.5.1").pop().unwrap();
    let head = revision_of(&last);
    let mut before: Option<String> = None;
    for (step, revision) in (10..head).step_by(10).chain([head]).enumerate() {
        let name = format!("at-{revision}");
        let until = revision.to_string();
        let kind = if step % 2 == 0 { "lmdb" } else { "bbolt" };
        let mut args = vec!["restore", "--wal", &wal, "--to-revision", &until, "--keep-identity", "--backend", kind];
        args.extend(["--data-dir", &name]);
        if let Some(before) = &before {
            args.extend(["--snapshot", before, "--skip-hash-check"]);
        }
        let out = utl(root.path(), &args);
        assert!(out.starts_with(&format!("restored revision {revision}, entry ")), "{out}");
        if let Some(before) = before.replace(name).filter(|_| step % 10 != 1) {
            fs::remove_dir_all(root.path().join(before)).unwrap();
        }
    }
    block_on(async {
        for revision in (110..head).step_by(100) {
            let until = revision.to_string();
            let name = format!("at-{revision}");
            let kept = &["snapshot", "restore", "--skip-hash-check", &name];
            let kept = start_on(&program::own(), root.path(), kept).await;
            let direct = at_moment(root.path(), &["--wal", &wal, "--to-revision", &until], revision).await;
            assert_eq!(say(&kept, revision).await, direct);
        }
        let name = format!("at-{head}");
        let end = start_on(&program::own(), root.path(), &["snapshot", "restore", "--skip-hash-check", &name]).await;
        assert_eq!(say(&end, head).await, last);
    });
}

/// One change of the key space, of some kind.
async fn change(server: &Server, step: i64) {
    let mut kv = KvClient::new(server.connect().await);
    let key = format!("k{}", step % 7);
    match step % 9 {
        3 => {
            kv.delete_range(DeleteRangeRequest { key: key.into(), ..DeleteRangeRequest::default() }).await.unwrap();
        }
        5 => {
            let mut leases = LeaseClient::new(server.connect().await);
            leases.lease_grant(LeaseGrantRequest { ttl: 1000, id: 100 + step }).await.unwrap();
            let put = PutRequest { key: key.into(), lease: 100 + step, ..PutRequest::default() };
            kv.put(put).await.unwrap();
        }
        _ => {
            let put = PutRequest { key: key.into(), value: vec![step as u8; 100].into(), ..PutRequest::default() };
            kv.put(put).await.unwrap();
        }
    }
}

/// Changes with a snapshot in the middle; gives what the server said after each change behind it.
async fn history(server: &Server, root: &Path) -> Vec<String> {
    for step in 0..40 {
        change(server, step).await;
    }
    let mut kv = KvClient::new(server.connect().await);
    kv.compact(CompactionRequest { revision: 20, physical: true }).await.unwrap();
    let url = server.client_url();
    let place = ["--endpoints", &url, "snapshot", "save", "s.db"];
    let saved = run(Path::new(env!("CARGO_BIN_EXE_rsctl")), root, &[&PATIENT[..], &place].concat());
    assert!(saved.status.success(), "{}", String::from_utf8_lossy(&saved.stderr));
    let mut lines = Vec::new();
    for step in 40..80 {
        change(server, step).await;
        let head = kv.range(RangeRequest { key: "x".into(), ..RangeRequest::default() }).await.unwrap().into_inner();
        lines.push(say(server, head.header.unwrap().revision).await);
    }
    // etcd 3.5.1 may answer before it has written an entry, but not the entry after it: one that changes nothing.
    let unknown = LeaseRevokeRequest { id: 4711 };
    LeaseClient::new(server.connect().await).lease_revoke(unknown).await.unwrap_err();
    lines
}

#[test]
fn the_log_of_a_member_leads_from_a_snapshot_to_any_revision_on_either_server() {
    for program in [Some(program::own()), program::peer()].into_iter().flatten() {
        let root = tempfile::tempdir().unwrap();
        block_on(async {
            let mut server = Server::start(&program, &[]).await;
            let mut lines = history(&server, root.path()).await;
            // As after a crash: the end of the log is what was acknowledged.
            server.kill();
            lines.dedup();
            let data_dir = server.data_dir();
            let data_dir = data_dir.to_str().unwrap();
            for on in [Some(program::own()), program::peer()].into_iter().flatten() {
                for line in lines.iter().step_by(13) {
                    let until = revision_of(line).to_string();
                    let args = ["restore", "--snapshot", "s.db", "--wal", data_dir, "--to-revision", &until];
                    let restored = start_on(&on, root.path(), &args).await;
                    assert_eq!(say(&restored, revision_of(line)).await, *line, "{}", on.path.display());
                }
                let last = lines.last().unwrap();
                let args = ["restore", "--snapshot", "s.db", "--wal", data_dir];
                let restored = start_on(&on, root.path(), &args).await;
                assert_eq!(say(&restored, revision_of(last)).await, *last, "{}", on.path.display());
            }
        });
    }
}

#[test]
fn a_member_that_keeps_its_identity_goes_on() {
    for program in [Some(program::own()), program::peer()].into_iter().flatten() {
        let root = tempfile::tempdir().unwrap();
        block_on(async {
            let mut server = Server::start(&program, &[]).await;
            let lines = history(&server, root.path()).await;
            let members = async |server: &Server| {
                let mut cluster = ClusterClient::new(server.connect().await);
                let list = cluster.member_list(MemberListRequest { linearizable: true }).await.unwrap().into_inner();
                let header = list.header.unwrap();
                let ids: Vec<_> = list.members.iter().map(|member| (member.id, member.peer_ur_ls.clone())).collect();
                ((header.cluster_id, header.member_id, ids), header.raft_term)
            };
            let (before, term) = members(&server).await;
            server.stop();
            let data_dir = server.data_dir();
            let args = ["restore", "--snapshot", "s.db", "--wal", data_dir.to_str().unwrap(), "--keep-identity"];
            for on in [Some(program::own()), program::peer()].into_iter().flatten() {
                if program.is_rsetcd && !on.is_rsetcd {
                    // It refuses a cluster of a newer version.
                    continue;
                }
                let mut restored = start_on(&on, root.path(), &args).await;
                let (after, new_term) = members(&restored).await;
                assert_eq!(after, before);
                assert!(new_term > term, "{new_term} > {term}");
                let last = lines.last().unwrap();
                assert_eq!(say(&restored, revision_of(last)).await, *last);
                change(&restored, 1).await;
                restored.stop();
                restored.start_again().await;
                assert_eq!(say(&restored, revision_of(last)).await, *last);
            }
        });
    }
}

#[test]
fn moments_that_are_not_there_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let wal = log(root.path(), "3.7.1");
    let [first, second, other] = ["one", "two", "other"];
    let moment = |name: &str, flags: &[&str]| {
        let args = [&["restore", "--wal", &wal, "--keep-identity", "--backend", "bbolt", "--data-dir", name], flags];
        utl(root.path(), &args.concat())
    };
    let out = moment(first, &["--to-index", "100"]);
    assert!(out.ends_with(", entry 100 of term 2\n"), "{out}");
    moment(second, &["--to-index", "300"]);
    let db = |name: &str| format!("{name}/member/snap/db");
    let (first, second) = (db(first), db(second));

    // A log that begins later: what a member has that was restored at 300 and went on.
    let later = "later";
    fs::create_dir(root.path().join(later)).unwrap();
    block_on(async {
        let args = ["restore", "--snapshot", &second, "--skip-hash-check", "--wal", &wal, "--to-index", "300"];
        let mut server = start_on(&program::own(), root.path(), &[&args[..], &["--keep-identity"]].concat()).await;
        change(&server, 1).await;
        server.stop();
        let segment = server.data_dir().join("member/wal").join(SEGMENT);
        fs::copy(segment, root.path().join(later).join(SEGMENT)).unwrap();
    });
    // Of a cluster of three, whose third entry is of another term.
    fs::create_dir(root.path().join("three.wal")).unwrap();
    fs::write(root.path().join("three.wal").join(SEGMENT), unzipped("replay/3.5.1-three.wal.gz")).unwrap();
    utl(root.path(), &["restore", "--wal", "three.wal", "--data-dir", other, "--keep-identity", "--to-index", "3"]);

    let flags: &[&[&str]] = &[
        &["--snapshot", &first, "--wal", &wal, "--to-index", "99"],
        &["--snapshot", &first, "--wal", &wal, "--to-revision", "2"],
        &["--snapshot", &first, "--wal", &wal, "--to-index", "100000"],
        &["--snapshot", &first, "--wal", &wal, "--to-revision", "100000"],
        &["--snapshot", &first, "--wal", later],
        &["--wal", later],
        &["--snapshot", &first, "--wal", "nowhere"],
        &["--snapshot", &first, "--wal", "two"],
        &["--snapshot", other, "--wal", &wal],
        &["--snapshot", "nofile", "--wal", &wal],
        &["--snapshot", &first, "--wal", &wal, "--to-index", "101", "--name", "n1"],
    ];
    let mut text = String::new();
    for flags in flags {
        let args = [&["restore", "--skip-hash-check", "--data-dir", "x"], *flags].concat();
        let (code, message) = refused(root.path(), &args);
        let _ = write!(text, "$ rsutl {}\n{message}\nrc={code}\n\n", args.join(" "));
    }
    crate::compare_with_golden("utl/moment.txt", &text);
}

/// A log that was cut anywhere gives the state of what is whole of it.
#[test]
fn a_torn_tail_ends_the_log() {
    let root = tempfile::tempdir().unwrap();
    let wal = log(root.path(), "3.5.1");
    let path = root.path().join(&wal).join(SEGMENT);
    let whole = fs::read(&path).unwrap();
    let mut last = i64::MAX;
    fs::create_dir(root.path().join("x")).unwrap();
    for cut in [1, 9, 100, 700, 5000, 20_000] {
        fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        let out = utl(root.path(), &["restore", "--wal", &wal, "--data-dir", "x"]);
        let revision: i64 = out.split([' ', ',']).nth(2).unwrap().parse().unwrap();
        assert!(revision <= last && revision > 500, "{out}");
        last = revision;
        fs::remove_dir_all(root.path().join("x")).unwrap();
    }
    assert!(last < 631);
    let mut bad = whole;
    let at = bad.len() / 2;
    bad[at] ^= 1;
    fs::write(&path, &bad).unwrap();
    let (code, text) = refused(root.path(), &["restore", "--wal", &wal, "--data-dir", "x"]);
    assert!(code == 1 && text.starts_with(&format!("Error: {wal}/{SEGMENT}: offset ")), "{text}");
}
