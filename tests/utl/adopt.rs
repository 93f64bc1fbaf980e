//! `rsutl adopt` and `export`, and the server on a directory of etcd: what etcd said before is what rsetcd says, and
//! what an etcd says that runs on the export.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rsetcd::pb::etcdserverpb::auth_client::AuthClient;
use rsetcd::pb::etcdserverpb::cluster_client::ClusterClient;
use rsetcd::pb::etcdserverpb::kv_client::KvClient;
use rsetcd::pb::etcdserverpb::lease_client::LeaseClient;
use rsetcd::pb::etcdserverpb::maintenance_client::MaintenanceClient;
use rsetcd::pb::etcdserverpb::{
    AlarmRequest, AlarmType, AuthRoleGetRequest, AuthUserGetRequest, AuthUserListRequest, AuthenticateRequest,
    CompactionRequest, DeleteRangeRequest, HashKvRequest, LeaseLeasesRequest, MemberAddRequest, MemberListRequest,
    PutRequest, RangeRequest, alarm_request::AlarmAction,
};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tonic::Request;
use tonic::transport::Channel;

use super::support::program::{self, Program, peer, peer_ctl};
use super::support::server::{Server, free_port};
use super::support::wait::{PATIENCE, PATIENT};
use super::{data, rsutl, unzipped};

const SEGMENT: &str = "0000000000000000-0000000000000000.wal";
const SNAP: &str = "0000000000000002-000000000000025c.snap";

/// Makes the data directory of a member as etcd left it.
fn member(root: &Path, name: &str) {
    let (snap, wal) = (root.join("member/snap"), root.join("member/wal"));
    fs::create_dir_all(&snap).unwrap();
    fs::create_dir_all(&wal).unwrap();
    fs::write(snap.join("db"), unzipped(&format!("member/{name}-m1.db.gz"))).unwrap();
    fs::write(snap.join(SNAP), unzipped(&format!("member/{name}-m1.snap.gz"))).unwrap();
    fs::write(wal.join(SEGMENT), unzipped(&format!("replay/{name}.wal.gz"))).unwrap();
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Runs `rsutl`, which must succeed; gives its output.
fn done(args: &[&str]) -> String {
    let (code, out, err) = rsutl(Path::new("/"), args);
    assert_eq!(code, 0, "{args:?}\n{out}{err}");
    out
}

fn refused(args: &[&str]) -> String {
    let (code, out, err) = rsutl(Path::new("/"), args);
    assert_eq!(code, 1, "{args:?}\n{out}{err}");
    err
}

/// A request with the token of root, if there are users.
struct Asker {
    channel: Channel,
    token: Option<String>,
}

impl Asker {
    async fn new(channel: Channel) -> Self {
        let login = AuthenticateRequest { name: "root".into(), password: "rootpw".into() };
        let token = AuthClient::new(channel.clone()).authenticate(login).await.ok();
        Self { channel, token: token.map(|answer| answer.into_inner().token) }
    }

    fn ask<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(token) = &self.token {
            request.metadata_mut().insert("token", token.parse().unwrap());
        }
        request
    }

    /// In the words of tests/data/replay: all that has to stay, and keys and HashKV at `revisions`.
    async fn state(&self, revisions: &[i64]) -> String {
        let mut lines = vec![format!("auth enabled={}", self.token.is_some())];
        let mut auth = AuthClient::new(self.channel.clone());
        for user in ["root", "ann"] {
            let request = self.ask(AuthUserGetRequest { name: user.into() });
            let roles = auth.user_get(request).await.unwrap().into_inner().roles;
            lines.push(format!("user {user} roles={}", roles.join(",")));
        }
        let role = auth.role_get(self.ask(AuthRoleGetRequest { role: "ra".into() })).await.unwrap().into_inner();
        for permission in role.perm {
            let kind = permission.perm_type().as_str_name();
            let (key, end) = (permission.key.escape_ascii(), permission.range_end.escape_ascii());
            lines.push(format!("role ra {kind} {key}..{end}"));
        }
        let leases = LeaseClient::new(self.channel.clone()).lease_leases(self.ask(LeaseLeasesRequest {})).await;
        let mut leases: Vec<i64> = leases.unwrap().into_inner().leases.iter().map(|lease| lease.id).collect();
        leases.sort_unstable();
        lines.push(format!("leases {}", leases.iter().map(i64::to_string).collect::<Vec<_>>().join(" ")));
        let mut head = 0;
        for &revision in revisions {
            let all = bytes::Bytes::from_static(b"\0");
            let request = RangeRequest { key: all.clone(), range_end: all, revision, ..Default::default() };
            let answer = KvClient::new(self.channel.clone()).range(self.ask(request)).await.unwrap().into_inner();
            let mut sum = Sha256::new();
            for kv in &answer.kvs {
                let (key, value) = (BASE64.encode(&kv.key), BASE64.encode(&kv.value));
                let (created, changed) = (kv.create_revision, kv.mod_revision);
                sum.update(format!("{key} {created} {changed} {} {} {value}\n", kv.version, kv.lease));
            }
            let sum: String = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            let mut client = MaintenanceClient::new(self.channel.clone());
            let hash = client.hash_kv(self.ask(HashKvRequest { revision })).await.unwrap().into_inner();
            let (hash, compacted) = (hash.hash, hash.compact_revision);
            let count = answer.count;
            lines.push(format!("at {revision} count={count} sha256={sum} hashkv={hash} compacted={compacted}"));
            head = answer.header.unwrap().revision;
        }
        lines.push(format!("head {head}\n"));
        lines.join("\n")
    }

    /// What the record of a member does not say: members without this one's client URL, alarms, all users.
    async fn around(&self) -> String {
        let members = ClusterClient::new(self.channel.clone());
        let members = { members }.member_list(self.ask(MemberListRequest { linearizable: true })).await.unwrap();
        let mut lines: Vec<String> = members
            .into_inner()
            .members
            .iter()
            .map(|member| {
                format!("{:x} {} learner={} {}", member.id, member.name, member.is_learner, member.peer_ur_ls.join(","))
            })
            .collect();
        lines.sort();
        let alarms = AlarmRequest { action: AlarmAction::Get as i32, ..Default::default() };
        let alarms = MaintenanceClient::new(self.channel.clone()).alarm(self.ask(alarms)).await.unwrap().into_inner();
        lines.extend(alarms.alarms.iter().map(|alarm| format!("alarm {:x} {}", alarm.member_id, alarm.alarm)));
        let users = AuthClient::new(self.channel.clone()).user_list(self.ask(AuthUserListRequest {})).await.unwrap();
        lines.push(format!("users {}", users.into_inner().users.join(" ")));
        lines.join("\n")
    }
}

fn revisions(text: &str) -> Vec<i64> {
    text.lines().filter_map(|line| line.strip_prefix("at ")?.split(' ').next()?.parse().ok()).collect()
}

#[test]
fn the_server_says_what_etcd_said() {
    block_on(async {
        for name in ["3.4.23-single", "3.5.1-single", "3.5.1-auth-killed", "3.7.1-single", "3.7.1-auth-killed"] {
            let expected = fs::read_to_string(data(&format!("replay/{name}.txt"))).unwrap();
            let flags = ["--heartbeat-interval=10".to_owned(), "--election-timeout=100".to_owned()];
            let mut server = Server::over(&program::own(), &flags, |dir| member(dir, name));
            server.start_again().await;
            for told in ["taking over the data directory of an etcd", "took over the data directory of an etcd"] {
                assert!(server.log().contains(told), "{}", server.log());
            }
            assert!(!server.log().contains("unknown file"), "{}", server.log());
            let found = Asker::new(server.connect().await).await.state(&revisions(&expected)).await;
            assert_eq!(found, expected, "{name}");
            server.stop();
            server.start_again().await;
            let found = Asker::new(server.connect().await).await.state(&revisions(&expected)).await;
            assert_eq!(found, expected, "{name} after a restart");
            let dir = server.data_dir();
            assert!(refused(&["adopt", "--discard", "--timeout", "1ms", &text(&dir)]).contains("in use"));
            server.stop();
            let told = done(&["adopt", "--discard", &text(&dir)]);
            assert_eq!(told, format!("removed {}\n", dir.join("member.etcd").display()));
            assert!(!dir.join("member.etcd").exists());
        }
    });
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn a_server_that_must_not_take_over_or_cannot_changes_nothing() {
    let never = ["--adopt=never".to_owned()];
    let mut server = Server::over(&program::own(), &never, |dir| member(dir, "3.7.1-single"));
    let told = server.refuses_to_start();
    let wanted = "member/snap/db is a bbolt database of etcd, and there is no backend of rsetcd beside it, and --adopt=never forbids";
    assert!(told.contains(wanted), "{told}");
    assert!(!server.data_dir().join("member.etcd").exists());
    let mut server = Server::over(&program::own(), &[], |dir| member(dir, "3.5.1-three"));
    let told = server.refuses_to_start();
    assert!(told.contains("an etcd whose cluster has 3 voters"), "{told}");
    assert!(server.data_dir().join("member/snap/db").exists() && !server.data_dir().join("member.etcd").exists());
}

/// However far the first start came, the second one has everything.
#[test]
fn a_start_that_is_killed_on_the_way_is_started_again() {
    block_on(async {
        let name = "3.5.1-single";
        let expected = fs::read_to_string(data(&format!("replay/{name}.txt"))).unwrap();
        for marks in
            [&["member.adopting"][..], &["member.adopting/wal", "member.adopting/snap/CURRENT"], &["member.etcd"]]
        {
            for mark in marks {
                let mut server = Server::over(&program::own(), &[], |dir| member(dir, name));
                let mark = server.data_dir().join(mark);
                server.spawn();
                let begun = Instant::now();
                while !mark.exists() && server.data_dir().join("member/snap/db").exists() {
                    assert!(begun.elapsed() < PATIENCE, "{}", server.log_tail());
                    std::thread::yield_now();
                }
                server.kill();
                server.start_again().await;
                let found = Asker::new(server.connect().await).await.state(&revisions(&expected)).await;
                assert_eq!(found, expected);
                assert!(server.data_dir().join("member.etcd/snap/db").exists());
                assert!(!server.data_dir().join("member.adopting").exists());
            }
        }
    });
}

fn ctl(peer: &Program, url: &str, args: &[&str]) {
    let output = Command::new(peer_ctl(peer)).args(["--endpoints", url]).args(PATIENT).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Users, leases, a history with tombstones and compactions, a learner and an alarm.
async fn fill(peer: &Program, server: &Server) {
    let url = server.client_url();
    let mut kv = KvClient::new(server.connect().await);
    ctl(peer, &url, &["lease", "grant", "100000"]);
    let mut leases = LeaseClient::new(server.connect().await);
    let lease = leases.lease_leases(LeaseLeasesRequest {}).await.unwrap().into_inner().leases[0].id;
    for n in 0..60 {
        let lease = if n % 7 == 0 { lease } else { 0 };
        let (key, value) = (format!("a/{}", n % 20).into(), vec![n as u8; 100 * (n % 5)].into());
        kv.put(PutRequest { key, value, lease, ..Default::default() }).await.unwrap();
        if n % 9 == 0 {
            let key = format!("a/{}", (n + 3) % 20).into();
            kv.delete_range(DeleteRangeRequest { key, ..Default::default() }).await.unwrap();
        }
    }
    kv.compact(CompactionRequest { revision: 30, physical: true }).await.unwrap();
    let long = "r".repeat(600);
    for args in [
        &["role", "add", "ra"][..],
        &["role", "grant-permission", "ra", "readwrite", "a/", "a0"],
        &["role", "add", &long],
        &["user", "add", "root:rootpw"],
        &["user", "add", "ann:annpw"],
        &["user", "grant-role", "root", "root"],
        &["user", "grant-role", "ann", "ra"],
        &["user", "grant-role", "ann", &long],
        &["auth", "enable"],
    ] {
        // The role root has to be there in 3.5.
        if args[1] == "grant-role" && args[2] == "root" {
            ctl(peer, &url, &["role", "add", "root"]);
        }
        ctl(peer, &url, args);
    }
    let asker = Asker::new(server.connect().await).await;
    let add = MemberAddRequest { peer_ur_ls: vec!["http://127.0.0.1:1".into()], is_learner: true };
    ClusterClient::new(server.connect().await).member_add(asker.ask(add)).await.unwrap();
    let alarm =
        AlarmRequest { action: AlarmAction::Activate as i32, member_id: 0xab, alarm: AlarmType::Nospace as i32 };
    MaintenanceClient::new(server.connect().await).alarm(asker.ask(alarm)).await.unwrap();
}

#[test]
fn from_etcd_and_back_everything_stays() {
    let Some(peer) = peer() else { return };
    block_on(async {
        let mut etcd = Server::start(&peer, &["--snapshot-count=40".to_owned()]).await;
        fill(&peer, &etcd).await;
        let (at, asker) = (&[0, 40, 60][..], Asker::new(etcd.connect().await).await);
        let (before, around) = (asker.state(at).await, asker.around().await);
        assert!(around.contains("learner=true") && around.contains("alarm ab 1"), "{around}");
        let source = text(&etcd.data_dir());
        assert!(refused(&["adopt", "--timeout", "200ms", &source]).contains("in use by another process"));
        // Its last commits are in the log alone.
        etcd.kill();

        let flags = ["--heartbeat-interval=10".to_owned(), "--election-timeout=100".to_owned()];
        let mut own = Server::over(&program::own(), &flags, |dir| copy(&etcd.data_dir(), dir));
        let told = done(&["adopt", &text(&own.data_dir())]);
        assert!(told.contains("cluster version 3.5.0") && told.contains(" learner "), "{told}");
        own.start_again().await;
        let asker = Asker::new(own.connect().await).await;
        assert_eq!((asker.state(at).await, asker.around().await), (before, around.clone()));
        // The alarm refuses puts: it is another member's, and disarmed by its id.
        let disarm =
            AlarmRequest { action: AlarmAction::Deactivate as i32, member_id: 0xab, alarm: AlarmType::Nospace as i32 };
        MaintenanceClient::new(own.connect().await).alarm(asker.ask(disarm)).await.unwrap();
        let mut kv = KvClient::new(own.connect().await);
        for n in 0..300 {
            let put = PutRequest { key: format!("a/{}", n % 30).into(), value: "new".into(), ..Default::default() };
            kv.put(asker.ask(put)).await.unwrap();
        }
        let delete = DeleteRangeRequest { key: "a/3".into(), ..Default::default() };
        kv.delete_range(asker.ask(delete)).await.unwrap();
        kv.compact(asker.ask(CompactionRequest { revision: 200, physical: true })).await.unwrap();
        let at = &[0, 201, 300][..];
        let (before, around) = (asker.state(at).await, asker.around().await);
        own.stop();

        let flags = [];
        let mut back = Server::over(&peer, &flags, |_| ());
        let (from, to) = (text(&own.data_dir()), text(&back.data_dir()));
        let told = done(&["export", &from, &to, "--target-version", "3.5"]);
        assert!(told.contains("for etcd 3.5") && told.contains("cluster version 3.5.0"), "{told}");
        back.start_again().await;
        let asker = Asker::new(back.connect().await).await;
        assert_eq!((asker.state(at).await, asker.around().await), (before, around.clone()));
        // It takes writes, compacts and starts again.
        let mut kv = KvClient::new(back.connect().await);
        let put = PutRequest { key: "a/after".into(), value: "x".into(), ..Default::default() };
        kv.put(asker.ask(put)).await.unwrap();
        kv.compact(asker.ask(CompactionRequest { revision: 320, physical: true })).await.unwrap();
        let at = &[0, 330][..];
        let before = asker.state(at).await;
        back.stop();
        back.start_again().await;
        let asker = Asker::new(back.connect().await).await;
        assert_eq!((asker.state(at).await, asker.around().await), (before, around));
    });
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}

/// A member of a cluster of etcds; it ends with its value.
struct Etcd {
    child: Child,
}

impl Drop for Etcd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Three {
    root: TempDir,
    client: Vec<String>,
    peer: Vec<String>,
}

impl Three {
    fn new() -> Self {
        let urls: Vec<String> = (0..6).map(|_| format!("http://127.0.0.1:{}", free_port())).collect();
        let root = TempDir::with_prefix("rsetcd-test-").unwrap();
        Self { root, client: urls[..3].to_vec(), peer: urls[3..].to_vec() }
    }

    fn dir(&self, kind: &str, number: usize) -> PathBuf {
        self.root.path().join(format!("{kind}{number}"))
    }

    fn spawn(&self, peer: &Program, kind: &str) -> Vec<Etcd> {
        let cluster: Vec<String> =
            self.peer.iter().enumerate().map(|(number, url)| format!("m{number}={url}")).collect();
        let start = |number: usize| {
            let (client, peer_url) = (&self.client[number], &self.peer[number]);
            let mut command = Command::new(&peer.path);
            command.args(["--name", &format!("m{number}"), "--initial-cluster", &cluster.join(",")]).arg("--data-dir");
            command.arg(self.dir(kind, number)).args(["--snapshot-count=50"]);
            command.args(["--listen-client-urls", client, "--advertise-client-urls", client]);
            command.args(["--listen-peer-urls", peer_url, "--initial-advertise-peer-urls", peer_url]);
            let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            Etcd { child }
        };
        (0..3).map(start).collect()
    }

    /// Of each member: HashKV at its head, once all have the revision `head`.
    async fn hashes(&self, head: i64) -> Vec<(u32, i64)> {
        let mut found = Vec::new();
        for url in &self.client {
            let begun = Instant::now();
            let hash = loop {
                if let Ok(mut client) = MaintenanceClient::connect(url.clone()).await
                    && let Ok(answer) = client.hash_kv(HashKvRequest { revision: 0 }).await
                {
                    let answer = answer.into_inner();
                    let revision = answer.header.unwrap().revision;
                    if revision >= head {
                        break (answer.hash, revision);
                    }
                }
                assert!(begun.elapsed() < PATIENCE, "{url} does not get there");
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            found.push(hash);
        }
        found
    }

    async fn members(&self, number: usize) -> Vec<String> {
        let mut client = ClusterClient::connect(self.client[number].clone()).await.unwrap();
        let members = client.member_list(MemberListRequest { linearizable: true }).await.unwrap().into_inner().members;
        let text = |member: &rsetcd::pb::etcdserverpb::Member| {
            let urls = (&member.peer_ur_ls, &member.client_ur_ls);
            format!("{:x} {} {} {urls:?}", member.id, member.name, member.is_learner)
        };
        let mut members: Vec<String> = members.iter().map(text).collect();
        members.sort();
        members
    }
}

#[test]
fn a_cluster_of_three_goes_there_and_back() {
    let Some(peer) = peer() else { return };
    block_on(async {
        let three = Three::new();
        let running = three.spawn(&peer, "etcd");
        three.hashes(0).await;
        let mut kv = KvClient::connect(three.client[0].clone()).await.unwrap();
        for n in 0..150 {
            let put =
                PutRequest { key: format!("k{}", n % 40).into(), value: vec![b'x'; n].into(), ..Default::default() };
            kv.put(put).await.unwrap();
        }
        kv.compact(CompactionRequest { revision: 60, physical: true }).await.unwrap();
        let mut cluster = ClusterClient::connect(three.client[0].clone()).await.unwrap();
        let add = MemberAddRequest { peer_ur_ls: vec!["http://127.0.0.1:1".into()], is_learner: true };
        let begun = Instant::now();
        // The members have to be connected for five seconds.
        while let Err(error) = cluster.member_add(add.clone()).await {
            assert!(error.message() == "etcdserver: unhealthy cluster" && begun.elapsed() < PATIENCE, "{error}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let before = (three.hashes(151).await, three.members(0).await);
        assert!(before.0.iter().all(|hash| *hash == before.0[0]), "{before:?}");
        // Killed: the learner may be in the log alone, and not known to be committed there.
        drop(running);

        for number in 0..3 {
            let (etcd, back) = (text(&three.dir("etcd", number)), text(&three.dir("back", number)));
            let told = done(&["adopt", &etcd]);
            assert_eq!(told.matches(" voter ").count(), 3, "{told}");
            done(&["export", &etcd, &back, "--target-version", "3.5"]);
        }
        let _running = three.spawn(&peer, "back");
        let after = (three.hashes(151).await, three.members(2).await);
        assert_eq!(after, before);
        let mut kv = KvClient::connect(three.client[1].clone()).await.unwrap();
        kv.put(PutRequest { key: "after".into(), ..Default::default() }).await.unwrap();
        let hashes = three.hashes(152).await;
        assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
    });
}
