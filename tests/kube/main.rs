//! A kube-apiserver's day: what it asks of etcd, on rsetcd and on a real etcd, told and compared line by line.
//!
//! Objects are created, updated and deleted by txns on their mod revision with a get in the other branch; lists come
//! in pages at a fixed revision while objects change; watches have `prev_kv` and progress, and what they tell must
//! make the same objects again; events of the cluster share leases; two compactors agree by a txn.
//!
//! `RSETCD_KUBE_OBJECTS` is the number of objects; `-- --ignored` is a day with 100,000.

mod day;
#[path = "../support/mod.rs"]
mod support;
mod watching;

use std::time::Instant;

use support::program::{self, Program};

const OBJECTS: usize = 2_000;
const OBJECTS_LARGE: usize = 100_000;

#[test]
fn a_day_is_the_same_as_with_etcd() {
    let objects = std::env::var("RSETCD_KUBE_OBJECTS").ok();
    compare(objects.map_or(OBJECTS, |objects| objects.parse().expect("RSETCD_KUBE_OBJECTS: a number")));
}

#[test]
#[ignore = "takes minutes: for release builds"]
fn a_day_with_a_hundred_thousand_objects() {
    compare(OBJECTS_LARGE);
}

fn compare(objects: usize) {
    let own = program::own();
    let peer = program::peer();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let Some(peer) = peer else {
            // Alone, the watches must still tell what the lists show.
            told(&own, objects).await;
            return;
        };
        let (etcd, rsetcd) = tokio::join!(told(&peer, objects), told(&own, objects));
        let parting = etcd.iter().zip(&rsetcd).position(|(etcd, rsetcd)| etcd != rsetcd);
        if let Some(place) = parting {
            let before = etcd[place.saturating_sub(5)..place].join("\n  ");
            panic!("line {place}, after\n  {before}\netcd\n  {}\nrsetcd\n  {}", etcd[place], rsetcd[place]);
        }
        assert_eq!(etcd.len(), rsetcd.len());
        println!("{} lines are equal", etcd.len());
    });
}

async fn told(program: &Program, objects: usize) -> Vec<String> {
    let start = Instant::now();
    let lines = day::run(program, objects).await;
    println!("{}: {objects} objects, {:.1} s", program.path.display(), start.elapsed().as_secs_f64());
    lines
}
