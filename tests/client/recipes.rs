//! Locks, elections, transactions of software.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use rsetcd::{
    client::{
        Client, Get, LeaseLost, Namespace, Put, Txn,
        concurrency::{ConcurrencyError, Election, Mutex, Session, StmError, stm},
    },
    pb::{
        etcdserverpb::{LeaseGrantRequest, LeaseRevokeRequest},
        v3electionpb::{CampaignRequest, election_client::ElectionClient},
        v3lockpb::{LockRequest, UnlockRequest, lock_client::LockClient},
    },
};
use tokio::task::JoinSet;

use super::{start, support::program::Program};

crate::with_both! {
    one_at_a_time_has_the_lock
    who_stops_waiting_leaves_the_queue
    a_lock_without_its_lease_is_lost
    who_waits_survives_its_server
    the_leader_is_followed
    transactions_are_as_if_alone
    the_lock_service_waits_for_our_lock
    calls_that_are_given_up_leave_the_queue
}

async fn one_at_a_time_has_the_lock(program: Program) {
    let (_server, client) = start(&program).await;
    let inside = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..5 {
        let (client, inside) = (client.clone(), inside.clone());
        workers.spawn(async move {
            let session = Session::new(&client).await.expect("a session");
            let store = Namespace::new(client.clone(), "ns/");
            let mutex = Mutex::with_lease(store, "lock", session.lease());
            for _ in 0..4 {
                let locked = mutex.lock().await.expect("the lock");
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                tokio::task::yield_now().await;
                let put = Put::new("seen", "");
                let held = client.txn(Txn::new().then([put.into()])).await.expect("a put").succeeded;
                assert!(held);
                inside.fetch_sub(1, Ordering::SeqCst);
                locked.unlock().await.expect("an unlock");
            }
            session.close().await.expect("an end");
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker.expect("a worker's end");
    }
    assert_eq!(client.range(Get::new("ns/").prefix()).await.expect("a read").count, 0);
}

async fn who_stops_waiting_leaves_the_queue(program: Program) {
    let (_server, client) = start(&program).await;
    let (first, second) =
        (Session::new(&client).await.expect("a session"), Session::new(&client).await.expect("a session"));
    let locked = Mutex::new(&first, "lock").lock().await.expect("the lock");
    assert!(Mutex::new(&first, "lock").try_lock().await.is_ok(), "the same session has it already");
    let waiting = Mutex::new(&second, "lock");
    let busy = waiting.try_lock().await.map(drop);
    assert!(matches!(busy, Err(ConcurrencyError::Locked)), "{busy:?}");
    let keys = || async { client.range(Get::new("lock/").prefix()).await.expect("a read").count };
    assert_eq!(keys().await, 1);
    let gave_up = tokio::time::timeout(Duration::from_millis(300), waiting.lock()).await;
    assert!(gave_up.is_err());
    while keys().await != 1 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(client.txn(Txn::new().when([locked.is_held()])).await.expect("a txn").succeeded);
    locked.unlock().await.expect("an unlock");
    waiting.try_lock().await.expect("the lock");
}

async fn a_lock_without_its_lease_is_lost(program: Program) {
    let (_server, client) = start(&program).await;
    let holder = Session::new(&client).await.expect("a session");
    let locked = Mutex::new(&holder, "lock").lock().await.expect("the lock");
    let lease = client.lease_grant(LeaseGrantRequest { ttl: 60, id: 0 }).await.expect("a lease").id;
    let waiting = Mutex::with_lease(client.clone(), "lock", lease);
    let key = waiting.key();
    let waiter = tokio::spawn(async move { waiting.lock().await.map(drop) });
    while client.range(Get::new(key.clone())).await.expect("a read").count == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    client.lease_revoke(LeaseRevokeRequest { id: lease }).await.expect("a revoke");
    client.lease_revoke(LeaseRevokeRequest { id: holder.lease() }).await.expect("a revoke");
    let lost = waiter.await.expect("no panic");
    assert!(matches!(lost, Err(ConcurrencyError::SessionExpired)), "{lost:?}");
    // Who held it is told, and can do nothing more in its name.
    assert!(matches!(holder.expired().await, LeaseLost::Expired));
    assert!(holder.lost().is_some());
    let held = Txn::new().when([locked.is_held()]).then([Put::new("done", "").into()]);
    assert!(!client.txn(held.clone()).await.expect("a txn").succeeded);
    let next = Session::new(&client).await.expect("a session");
    let theirs = Mutex::new(&next, "lock").try_lock().await.expect("the lock is free");
    locked.unlock().await.expect("no error");
    assert!(client.txn(Txn::new().when([theirs.is_held()])).await.expect("a txn").succeeded);
    assert!(!client.txn(held).await.expect("a txn").succeeded);
    holder.close().await.expect("no error");
}

/// The server is away for a moment: who waits for a lock, or for the next leader, goes on waiting.
async fn who_waits_survives_its_server(program: Program) {
    let (mut server, client) = start(&program).await;
    let (first, second) =
        (Session::new(&client).await.expect("a session"), Session::new(&client).await.expect("a session"));
    let locked = Mutex::new(&first, "lock").lock().await.expect("the lock");
    let election = Election::new(&client, "e");
    let leader = election.campaign_in(&first, "1").await.expect("a victory");
    let mut observer = election.observe();
    assert_eq!(observer.next().await.expect("a leader").leader.value, "1");
    let waiting = Mutex::new(&second, "lock");
    let candidate = second.lease();
    let waiters = [tokio::spawn(async move { waiting.lock().await.map(drop) }), {
        let election = election.clone();
        tokio::spawn(async move { election.campaign(candidate, "2").await.map(drop) })
    }];
    for prefix in ["lock/", "e/"] {
        until_count(&client, prefix, 2).await;
    }
    server.kill();
    server.start_again().await;
    // A read first: a write that the end of the old connection has caught would not be sent again.
    until_count(&client, "lock/", 2).await;
    let lead = Txn::new().when([leader.is_leading(), locked.is_held()]).then([Put::new("done", "").into()]);
    assert!(client.txn(lead.clone()).await.expect("a txn").succeeded);
    election.resign(&leader).await.expect("a resignation");
    locked.unlock().await.expect("an unlock");
    for waiter in waiters {
        waiter.await.expect("no panic").expect("its turn");
    }
    assert_eq!(observer.next().await.expect("a leader").leader.value, "2");
    assert!(!client.txn(lead).await.expect("a txn").succeeded);
    assert!(first.lost().is_none() && second.lost().is_none());
}

async fn the_leader_is_followed(program: Program) {
    let (_server, client) = start(&program).await;
    let election = Election::new(&client, "e");
    let nobody = election.leader().await.map(drop);
    assert!(matches!(nobody, Err(ConcurrencyError::NoLeader)), "{nobody:?}");
    let mut observer = election.observe();
    let (heard, mut seen) = tokio::sync::mpsc::channel(3);
    tokio::spawn(async move {
        for _ in 0..3 {
            let kv = observer.next().await.expect("a leader").leader;
            heard.send(kv.value).await.expect("somebody listens");
        }
    });
    let (a, b) = (Session::new(&client).await.expect("a session"), Session::new(&client).await.expect("a session"));
    let first = election.campaign(a.lease(), "a1").await.expect("a victory");
    assert_eq!(election.leader().await.expect("a leader").1.value, "a1");
    // From here on it hears every change.
    assert_eq!(seen.recv().await.expect("a value"), "a1");
    let second = {
        let (election, lease) = (election.clone(), b.lease());
        tokio::spawn(async move { election.campaign(lease, "b1").await })
    };
    election.proclaim(&first, "a2").await.expect("a leader's word");
    assert_eq!(election.leader().await.expect("a leader").1.value, "a2");
    while client.range(Get::new("e/").prefix().count_only()).await.expect("a read").count < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    election.resign(&first).await.expect("a resignation");
    let second = second.await.expect("no panic").expect("a victory");
    assert!(second.revision > first.revision);
    let late = election.proclaim(&first, "a3").await;
    assert!(matches!(late, Err(ConcurrencyError::NotLeader)), "{late:?}");
    for value in ["a2", "b1"] {
        assert_eq!(seen.recv().await.expect("a value"), value);
    }
}

async fn transactions_are_as_if_alone(program: Program) {
    let (_server, client) = start(&program).await;
    client.put(Put::new("left", "100")).await.expect("a put");
    let number = |value: Option<Bytes>| -> i64 {
        value.map_or(0, |value| String::from_utf8_lossy(&value).parse().expect("a number"))
    };
    let runs = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..4 {
        let (client, runs) = (client.clone(), runs.clone());
        workers.spawn(async move {
            for _ in 0..10 {
                stm(&client, |keys| {
                    runs.fetch_add(1, Ordering::Relaxed);
                    Box::pin(async move {
                        let (left, right) = (number(keys.get("left").await?), number(keys.get("right").await?));
                        keys.put("left", (left - 1).to_string());
                        keys.put("right", (right + 1).to_string());
                        assert_eq!(number(keys.get("right").await?), right + 1);
                        Ok(())
                    })
                })
                .await
                .expect("a transaction");
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker.expect("a worker's end");
    }
    let value = |key: &'static str| {
        let client = client.clone();
        async move { client.range(Get::new(key)).await.expect("a read").kvs[0].value.clone() }
    };
    assert_eq!((value("left").await, value("right").await), ("60".into(), "40".into()));
    let lease = client.lease_grant(LeaseGrantRequest { ttl: 600, id: 0 }).await.expect("a lease").id;
    let found = stm(&client, |keys| {
        Box::pin(async move {
            keys.put_with_lease("leased", "1", lease);
            keys.delete("left");
            assert_eq!(keys.get("left").await?, None);
            let (left, nothing) = (keys.mod_revision("left").await?, keys.mod_revision("nothing").await?);
            Ok((left > 0, nothing))
        })
    });
    assert_eq!(found.await.expect("a transaction"), (true, 0));
    assert_eq!(client.range(Get::new("left")).await.expect("a read").count, 0);
    assert_eq!(client.range(Get::new("leased")).await.expect("a read").kvs[0].lease, lease);
    let given_up = stm(&client, |keys| {
        Box::pin(async move {
            keys.put("leased", "2");
            Err::<(), _>(StmError::Aborted("no".into()))
        })
    });
    assert_eq!(given_up.await.err().map(|error| error.to_string()).as_deref(), Some("no"));
    assert_eq!(value("leased").await, "1");
    assert!(runs.load(Ordering::Relaxed) >= 40);
}

/// The lock service stands in the same queue.
async fn the_lock_service_waits_for_our_lock(program: Program) {
    let (server, client) = start(&program).await;
    let session = Session::new(&client).await.expect("a session");
    let locked = Mutex::new(&session, "lock").lock().await.expect("the lock");
    let mut service = LockClient::new(server.connect().await);
    let asked = tokio::spawn(async move {
        let answer = service.lock(LockRequest { name: "lock".into(), lease: 0 }).await.expect("a lock");
        (service, answer.into_inner())
    });
    until_count(&client, "lock/", 2).await;
    assert!(!asked.is_finished());
    locked.unlock().await.expect("an unlock");
    let (mut service, theirs) = asked.await.expect("no panic");
    let ours: Mutex<Client> = Mutex::new(&session, "lock");
    assert!(matches!(ours.try_lock().await, Err(ConcurrencyError::Locked)));
    service.unlock(UnlockRequest { key: theirs.key }).await.expect("an unlock");
    ours.lock().await.expect("the lock");
}

/// The services take the key back when the call is given up.
async fn calls_that_are_given_up_leave_the_queue(program: Program) {
    let (server, client) = start(&program).await;
    let session = Session::new(&client).await.expect("a session");
    let _locked = Mutex::new(&session, "lock").lock().await.expect("the lock");
    let _leader = Election::new(&client, "vote").campaign(session.lease(), "first").await.expect("the victory");
    let channel = server.connect().await;
    let (mut lock, mut election) = (LockClient::new(channel.clone()), ElectionClient::new(channel));
    let locking = tokio::spawn(async move { lock.lock(LockRequest { name: "lock".into(), lease: 0 }).await });
    let campaign = CampaignRequest { name: "vote".into(), lease: 0, value: "second".into() };
    let campaigning = tokio::spawn(async move { election.campaign(campaign).await });
    for (prefix, call) in [("lock/", locking.abort_handle()), ("vote/", campaigning.abort_handle())] {
        until_count(&client, prefix, 2).await;
        assert!(!call.is_finished());
        call.abort();
        until_count(&client, prefix, 1).await;
    }
    let left = client.range(Get::new("vote/").prefix()).await.expect("a read");
    assert_eq!(left.kvs[0].value, "first", "the one that waited is gone");
}

async fn until_count(client: &Client, prefix: &'static str, count: i64) {
    while client.range(Get::new(prefix).prefix().count_only()).await.expect("a read").count != count {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
