//! Which endpoint a request takes: each that is up in turn; the others are left out.

use std::time::Duration;

use rsetcd::{
    client::{Client, ClientError, DialError, Get, Put, WatchRequest},
    pb::{etcdserverpb::MemberAddRequest, rpc_error::RpcError},
};

use super::{
    client, config, serve, start,
    support::{dead::DeadEndpoint, program::Program, server::Server, wait::until},
};

crate::with_both! {
    requests_take_turns
    dead_endpoints_are_passed_over
    one_that_goes_is_left_out_until_it_is_back
    endpoints_follow_the_members
    without_a_leader_who_needs_one_is_told_and_others_wait
}

/// Two servers that know nothing of each other: their revisions tell who has got how many puts.
struct Two {
    servers: [Server; 2],
    /// With both for endpoints.
    client: Client,
}

impl Two {
    /// Gives them with connections to both.
    async fn start(program: &Program) -> Self {
        let servers = [serve(program).await, serve(program).await];
        let urls = servers.each_ref().map(Server::client_url);
        let client = Client::new(&config(&urls.each_ref().map(String::as_str))).expect("a sound config");
        let two = Self { servers, client };
        two.until_both_take_puts().await;
        two
    }

    async fn until_both_take_puts(&self) {
        let before = self.revisions().await;
        until("both take puts", async || {
            self.put().await;
            let now = self.revisions().await;
            (now[0] > before[0] && now[1] > before[1]).then_some(())
        })
        .await;
    }

    async fn put(&self) {
        self.client.put(Put::new("k", "v")).await.expect("a put");
    }

    async fn revisions(&self) -> [i64; 2] {
        let mut revisions = [0; 2];
        for (server, revision) in self.servers.iter().zip(&mut revisions) {
            *revision = self::revision(server).await;
        }
        revisions
    }
}

async fn revision(server: &Server) -> i64 {
    let answer = client(server).range(Get::new("k")).await.expect("a read");
    answer.header.expect("a header").revision
}

async fn requests_take_turns(program: Program) {
    let two = Two::start(&program).await;
    let before = two.revisions().await;
    for _ in 0..40 {
        two.put().await;
    }
    assert_eq!(two.revisions().await, before.map(|revision| revision + 20));
}

async fn dead_endpoints_are_passed_over(program: Program) {
    let (server, _) = start(&program).await;
    let sockets = [DeadEndpoint::new(), DeadEndpoint::new()];
    let dead = sockets.each_ref().map(DeadEndpoint::address);
    let client = Client::new(&config(&[&dead[0], &server.client_url(), &dead[1]])).expect("a sound config");
    for i in 0..100 {
        client.put(Put::new("k", i.to_string())).await.expect("a put");
    }
    let failures = client.dial_failures();
    let mut named: Vec<String> = failures.iter().map(|failure| failure.endpoint.clone()).collect();
    named.sort();
    let mut expected = dead.to_vec();
    expected.sort();
    assert_eq!(named, expected);
    assert!(failures.iter().all(|failure| matches!(failure.error, DialError::Unreachable(_))), "{failures:?}");
}

async fn one_that_goes_is_left_out_until_it_is_back(program: Program) {
    let mut two = Two::start(&program).await;
    two.servers[0].kill();
    // A write that the end of a connection has caught would not be sent again; a read is.
    until("it is known to be gone", async || {
        two.client.range(Get::new("k")).await.expect("a read");
        (!two.client.dial_failures().is_empty()).then_some(())
    })
    .await;
    let before = revision(&two.servers[1]).await;
    for _ in 0..20 {
        two.put().await;
    }
    assert_eq!(revision(&two.servers[1]).await, before + 20);
    two.servers[0].start_again().await;
    two.until_both_take_puts().await;
    assert!(two.client.dial_failures().is_empty());
}

async fn endpoints_follow_the_members(program: Program) {
    let (server, _) = start(&program).await;
    let dead = DeadEndpoint::new();
    let config = config(&[&dead.address(), &server.client_url()]);
    let client = Client::new(&config).expect("a sound config");
    client.sync_endpoints().await.expect("the members");
    assert_eq!(client.endpoints(), [server.client_url()]);
    client.put(Put::new("k", "v")).await.expect("a put");
    // Others for all clones; what cannot be one changes nothing.
    client.clone().set_endpoints(&[dead.address()]).expect("endpoints");
    assert!(client.set_endpoints(&["ftp://a".into()]).is_err());
    assert_eq!(client.endpoints(), [dead.address()]);
    let put = client.with_timeout(Some(Duration::from_millis(200))).put(Put::new("k", "v")).await;
    assert!(matches!(put, Err(ClientError::DeadlineExceeded)), "{put:?}");
    let alive = client.with_endpoints([server.client_url()]).expect("a client");
    alive.put(Put::new("k", "v")).await.expect("a put");
    // By themselves.
    let client = Client::connect(&config.sync_interval(Duration::from_millis(20))).await.expect("a client");
    until("the members are known", async || (client.endpoints() == [server.client_url()]).then_some(())).await;
}

/// A second voter that never starts takes the majority along.
async fn without_a_leader_who_needs_one_is_told_and_others_wait(program: Program) {
    let (_server, client) = start(&program).await;
    let strict = client.require_leader();
    client.put(Put::new("k", "1")).await.expect("a put");
    let mut watches = [&strict, &client].map(|client| client.watch(WatchRequest::new("k").start_revision(1)));
    for watch in &mut watches {
        assert!(watch.recv().await.is_some_and(|answer| answer.events.len() == 1));
    }
    let [mut led, mut patient] = watches;
    let urls = vec!["http://127.0.0.1:1".to_owned()];
    client.member_add(MemberAddRequest { peer_ur_ls: urls, is_learner: false }).await.expect("a member");
    let end = led.recv().await.expect("an answer");
    assert_eq!(end.error().as_deref(), Some(RpcError::NoLeader.text()));
    let refused = strict.range(Get::new("k").serializable()).await;
    assert!(matches!(refused, Err(ClientError::Rpc(RpcError::NoLeader))), "{refused:?}");
    client.range(Get::new("k").serializable()).await.expect("an answer of what is there");
    let mut late = strict.watch(WatchRequest::new("k").start_revision(1));
    assert!(late.recv().await.is_some_and(|answer| answer.error().as_deref() == Some(RpcError::NoLeader.text())));

    // One with a leader; that it is of another cluster no watch can know.
    let other = serve(&program).await;
    client.set_endpoints(&[other.client_url()]).expect("an endpoint");
    for _ in 0..2 {
        client.put(Put::new("k", "2")).await.expect("a put");
    }
    let answer = patient.recv().await.expect("it goes on");
    assert_eq!(answer.error(), None);
    let changed: Vec<_> = answer.events.into_iter().filter_map(|event| event.kv).map(|kv| kv.mod_revision).collect();
    assert_eq!(changed, [3], "what comes after the last one that it has seen");
}
