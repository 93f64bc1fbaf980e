//! A member whose cluster changes around it: its own removal, a voter that never comes, a downgrade; and what it does by
//! itself: compaction, the quota's alarm.

use std::fs;
use std::time::{Duration, Instant};

use rsetcd::pb::etcdserverpb::{
    AlarmRequest, AlarmType, CompactionRequest, DefragmentRequest, DowngradeRequest, MemberAddRequest,
    MemberListRequest, MemberRemoveRequest, PutRequest, RangeRequest, StatusRequest, WatchCreateRequest, WatchRequest,
    alarm_request::AlarmAction, cluster_client::ClusterClient, downgrade_request::DowngradeAction, kv_client::KvClient,
    maintenance_client::MaintenanceClient, watch_client::WatchClient, watch_request::RequestUnion,
};
use rsetcd::pb::health::{
    HealthCheckRequest, HealthListRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use super::running::{get, metric};
use crate::support::program::own;
use crate::support::server::Server;
use crate::support::wait::until;

async fn start(flags: &[&str]) -> (Server, Channel) {
    let mut all = vec!["--heartbeat-interval=10".to_owned(), "--election-timeout=100".to_owned()];
    all.extend(flags.iter().map(|&flag| flag.to_owned()));
    let server = Server::start(&own(), &all).await;
    let channel = server.connect().await;
    (server, channel)
}

fn put_request(key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> PutRequest {
    PutRequest { key: key.into().into(), value: value.into().into(), ..Default::default() }
}

async fn put(channel: &Channel, key: &str, value: impl Into<Vec<u8>>) -> Result<i64, Status> {
    let answer = KvClient::new(channel.clone()).put(put_request(key, value)).await?;
    Ok(answer.into_inner().header.expect("a header").revision)
}

async fn add_member(channel: &Channel, url: &str, is_learner: bool) {
    let request = MemberAddRequest { peer_ur_ls: vec![url.to_owned()], is_learner };
    ClusterClient::new(channel.clone()).member_add(request).await.expect("added");
}

/// The file names in the directory of raft snapshots.
fn snapshots(server: &Server) -> Vec<std::path::PathBuf> {
    let Ok(list) = fs::read_dir(server.data_dir().join("member/snap")) else { return Vec::new() };
    let paths = list.map(|entry| entry.expect("readable").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "snap")).collect()
}

/// The process ends by itself.
async fn wait_for_end(server: &mut Server) {
    let status = until("the end", async || server.try_wait()).await;
    assert_eq!(status.code(), Some(0), "{}", server.log_tail());
    server.kill(); // forgets the process, which is gone
}

#[tokio::test]
async fn a_removed_member_ends_by_itself_and_so_does_each_later_start() {
    let (mut server, channel) = start(&["--strict-reconfig-check=false"]).await;
    put(&channel, "a", "1").await.unwrap();
    let mut cluster = ClusterClient::new(channel.clone());
    let id = cluster.member_list(MemberListRequest::default()).await.unwrap().into_inner().members[0].id;
    let begun = Instant::now();
    let left = cluster.member_remove(MemberRemoveRequest { id }).await.unwrap().into_inner();
    assert_eq!(left.members, []);
    wait_for_end(&mut server).await;
    assert!(begun.elapsed() >= Duration::from_millis(900), "no time for the answer: {:?}", begun.elapsed());
    assert!(server.log().contains("the member has been permanently removed from the cluster"));
    assert!(server.log().contains("closed etcd server"), "{}", server.log_tail());
    server.spawn();
    wait_for_end(&mut server).await;
}

#[tokio::test]
async fn without_a_leader_who_needs_one_is_told_at_once_and_a_stream_after_three_looks() {
    let (server, channel) = start(&[]).await;
    let needs_leader = |request| {
        let mut request = Request::new(request);
        request.metadata_mut().insert("hasleader", "true".parse().unwrap());
        request
    };
    let mut kv = KvClient::new(channel.clone());
    kv.put(needs_leader(put_request("a", "1"))).await.unwrap();
    let create = WatchCreateRequest { key: "a".into(), ..Default::default() };
    let create = WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) };
    let mut requests =
        Request::new(tokio_stream::StreamExt::chain(tokio_stream::once(create), tokio_stream::pending()));
    requests.metadata_mut().insert("hasleader", "true".parse().unwrap());
    let mut watch = WatchClient::new(channel.clone()).watch(requests).await.unwrap().into_inner();
    assert!(watch.message().await.unwrap().expect("an answer").created);

    add_member(&channel, "http://127.0.0.1:1", false).await;
    let lost = watch.message().await.unwrap_err();
    assert_eq!((lost.code(), lost.message()), (Code::Unavailable, "etcdserver: no leader"));
    let refused = kv.put(needs_leader(put_request("a", "2"))).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::Unavailable, "etcdserver: no leader"));

    // A client that gives up a proposal, which nobody can take now.
    let failed = || metric(server.client_port(), "etcd_server_proposals_failed_total");
    let before = failed();
    until("it counts", async || {
        // It may be given up before it has come to the server.
        let given_up = tokio::time::timeout(Duration::from_millis(200), kv.put(put_request("a", "3"))).await;
        assert!(given_up.is_err(), "{given_up:?}");
        (failed() > before).then_some(())
    })
    .await;
    let pending = || metric(server.client_port(), "etcd_server_proposals_pending");
    until("none is pending", async || (pending() == 0.0).then_some(())).await;
}

#[tokio::test]
async fn learners_are_in_raft_snapshots_and_survive_them() {
    let (mut server, channel) = start(&["--snapshot-count=10"]).await;
    add_member(&channel, "http://127.0.0.1:1", true).await;
    for number in 0..40 {
        put(&channel, "a", number.to_string()).await.unwrap();
    }
    let names_learner = |path: &std::path::PathBuf| {
        fs::read(path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(r#"\"isLearner\":true"#))
    };
    until("a snapshot with a learner", async || snapshots(&server).iter().any(names_learner).then_some(())).await;
    server.stop();
    server.start_again().await;
    let channel = server.connect().await;
    let members = ClusterClient::new(channel.clone()).member_list(MemberListRequest { linearizable: true }).await;
    let members = members.unwrap().into_inner().members;
    let learners: Vec<_> = members.iter().filter(|member| member.is_learner).map(|member| &member.peer_ur_ls).collect();
    assert_eq!(learners, [&["http://127.0.0.1:1"]]);
    put(&channel, "a", "last").await.unwrap();
}

#[tokio::test]
async fn a_downgrade_lowers_the_versions_until_it_is_canceled() {
    let (mut server, channel) = start(&["--downgrade-check-time=100ms"]).await;
    let status = async |channel: &Channel| {
        MaintenanceClient::new(channel.clone()).status(StatusRequest {}).await.unwrap().into_inner()
    };
    let downgrade = async |channel: &Channel, action: DowngradeAction, version: &str| {
        let request = DowngradeRequest { action: action.into(), version: version.to_owned() };
        let answer = MaintenanceClient::new(channel.clone()).downgrade(request).await;
        answer.map(|answer| answer.into_inner().version).map_err(|status| status.message().to_owned())
    };
    let storage =
        async |channel: &Channel, version: &str| (status(channel).await.storage_version == version).then_some(());
    until("a version", async || storage(&channel, "3.7.0").await).await;
    assert_eq!(snapshots(&server).len(), 0);
    assert_eq!(downgrade(&channel, DowngradeAction::Enable, "3.6.4").await.unwrap(), "3.7");
    let info = status(&channel).await.downgrade_info.unwrap();
    assert_eq!((info.enabled, info.target_version.as_str()), (true, "3.6.0"));
    until("the version falls", async || storage(&channel, "3.6.0").await).await;
    until("a snapshot is forced", async || (snapshots(&server).len() == 1).then_some(())).await;

    server.stop();
    server.start_again().await;
    let channel = server.connect().await;
    let refusal = downgrade(&channel, DowngradeAction::Validate, "3.5.0").await.unwrap_err();
    assert_eq!(refusal, "etcdserver: cluster has a downgrade job in progress");
    let (_, _, page) = get(server.client_port(), "/version");
    assert!(page.contains("\"etcdcluster\":\"3.6.0\""), "{page}");
    put(&channel, "a", "1").await.unwrap();

    downgrade(&channel, DowngradeAction::Cancel, "").await.unwrap();
    assert!(!status(&channel).await.downgrade_info.unwrap().enabled);
    until("the version rises", async || storage(&channel, "3.7.0").await).await;
}

#[tokio::test]
async fn history_goes_by_itself() {
    // A request of any size is as good as no limit.
    let (_server, channel) =
        start(&["--auto-compaction-retention=1s", "--max-request-bytes=18446744073709551615"]).await;
    let mut kv = KvClient::new(channel.clone());
    put(&channel, "a", "1").await.unwrap();
    put(&channel, "a", "2").await.unwrap();
    let old = || RangeRequest { key: "a".into(), revision: 2, ..Default::default() };
    until("compacted", async || {
        let error = kv.range(old()).await.err()?;
        assert_eq!(error.message(), "etcdserver: mvcc: required revision has been compacted");
        Some(())
    })
    .await;
    assert_eq!(put(&channel, "a", "3").await.unwrap(), 4);
}

#[tokio::test]
async fn a_small_quota_takes_values_until_it_is_full_and_again_after_a_compaction() {
    let (_server, channel) = start(&["--quota-backend-bytes=53248"]).await;
    let mut taken = 0;
    let mut revision = 0;
    let refused = loop {
        match put(&channel, "k", vec![b'v'; 1024]).await {
            Ok(now) => (taken, revision) = (taken + 1, now),
            Err(status) => break status,
        }
    };
    assert!((10..60).contains(&taken), "{taken} puts");
    assert_eq!(refused.message(), "etcdserver: mvcc: database space exceeded");
    let mut kv = KvClient::new(channel.clone());
    // The last put may have been applied, and refused all the same.
    let now = kv.range(RangeRequest { key: "k".into(), ..Default::default() }).await.unwrap().into_inner();
    let revision = now.header.unwrap().revision.max(revision);
    kv.compact(CompactionRequest { revision, physical: true }).await.unwrap();
    let mut maintenance = MaintenanceClient::new(channel.clone());
    maintenance.defragment(DefragmentRequest {}).await.unwrap();
    let mut alarm = async |action: AlarmAction, member_id| {
        let request = AlarmRequest { action: action.into(), member_id, alarm: AlarmType::Nospace.into() };
        maintenance.alarm(request).await.unwrap().into_inner().alarms
    };
    let standing = alarm(AlarmAction::Get, 0).await;
    assert_eq!(standing.len(), 1, "{standing:?}");
    put(&channel, "k", vec![b'v'; 1024]).await.expect_err("the alarm stands until it is disarmed");
    alarm(AlarmAction::Deactivate, standing[0].member_id).await;
    put(&channel, "k", vec![b'v'; 1024]).await.expect("there is space again");
}

#[tokio::test]
async fn health_is_of_the_server_as_a_whole() {
    let (_server, channel) = start(&[]).await;
    let mut health = HealthClient::new(channel);
    let of = |service: &str| HealthCheckRequest { service: service.to_owned() };
    assert_eq!(health.check(of("")).await.unwrap().into_inner().status(), ServingStatus::Serving);
    let unknown = health.check(of("etcdserverpb.KV")).await.unwrap_err();
    assert_eq!((unknown.code(), unknown.message()), (Code::NotFound, "unknown service"));
    for (service, expected) in [("", ServingStatus::Serving), ("x", ServingStatus::ServiceUnknown)] {
        let mut changes = health.watch(of(service)).await.unwrap().into_inner();
        assert_eq!(changes.message().await.unwrap().expect("the present one").status(), expected);
    }
    let list = health.list(HealthListRequest {}).await.unwrap().into_inner().statuses;
    assert_eq!(
        list.into_iter().map(|(name, status)| (name, status.status())).collect::<Vec<_>>(),
        [(String::new(), ServingStatus::Serving)]
    );
}
