//! Leases kept alive.

use std::time::Duration;

use rsetcd::{
    client::{Client, LeaseEvent, LeaseLost},
    pb::etcdserverpb::{LeaseGrantRequest, LeaseRevokeRequest, LeaseTimeToLiveRequest},
};
use tokio::sync::mpsc::Receiver;

use super::{start, support::program::Program};

crate::with_both! {
    many_leases_live_on_one_stream
    renewing_goes_on_after_a_restart
    a_lease_that_nobody_renews_is_lost
}

async fn grant(client: &Client, ttl: i64) -> i64 {
    client.lease_grant(LeaseGrantRequest { ttl, id: 0 }).await.expect("a lease").id
}

async fn lost(events: &mut Receiver<LeaseEvent>) -> LeaseLost {
    loop {
        match events.recv().await.expect("an end before the queue's") {
            LeaseEvent::Renewed(_) => {}
            LeaseEvent::Lost(reason) => return reason,
        }
    }
}

async fn renewals(events: &mut Receiver<LeaseEvent>, count: usize) {
    for _ in 0..count {
        let event = events.recv().await;
        assert!(matches!(event, Some(LeaseEvent::Renewed(_))), "{event:?}");
    }
}

async fn many_leases_live_on_one_stream(program: Program) {
    let (_server, client) = start(&program).await;
    let mut kept = Vec::new();
    for _ in 0..100 {
        let id = grant(&client, 9).await;
        kept.push((id, client.keep_alive(id)));
    }
    // Five renewals, a third of the TTL apart, are longer than it.
    for (_, events) in &mut kept {
        renewals(events, 5).await;
    }
    for (id, _) in &kept {
        let left = client.lease_time_to_live(LeaseTimeToLiveRequest { id: *id, keys: false }).await.expect("an answer");
        assert!(left.ttl > 0, "{left:?}");
    }
    let (gone, mut events) = kept.remove(0);
    client.lease_revoke(LeaseRevokeRequest { id: gone }).await.expect("a revoke");
    assert!(matches!(lost(&mut events).await, LeaseLost::Expired));
    assert!(events.recv().await.is_none());
    renewals(&mut kept[0].1, 1).await;
}

async fn renewing_goes_on_after_a_restart(program: Program) {
    let (mut server, client) = start(&program).await;
    let id = grant(&client, 60).await;
    let mut events = client.lease_keeper().keep(id, Duration::from_secs(60));
    renewals(&mut events, 1).await;
    server.stop();
    // Asked for while nobody answers; it waits.
    let mut second = client.lease_keeper().keep(id + 1, Duration::from_secs(60));
    server.start_again().await;
    assert!(matches!(lost(&mut second).await, LeaseLost::Expired));
    let mut third = client.lease_keeper().keep(grant(&client, 60).await, Duration::from_secs(60));
    renewals(&mut third, 1).await;
}

async fn a_lease_that_nobody_renews_is_lost(program: Program) {
    let (mut server, client) = start(&program).await;
    let id = grant(&client, 6).await;
    let mut events = client.keep_alive(id);
    renewals(&mut events, 2).await;
    server.kill();
    assert!(matches!(lost(&mut events).await, LeaseLost::NoAnswer));
}
