//! What a million leases cost.

use std::time::{Duration, Instant};

use super::{Lessor, Options, Registry};
use crate::telemetry::metrics::resident_bytes;
use crate::types::LeaseId;

const LEASES: i64 = 1_000_000;

/// Bytes of memory per lease, without and with a key, and the time of what happens to one of a million. Run by hand:
/// it prints, and the rest of the process would disturb it.
#[test]
#[ignore = "a measurement: takes half a gigabyte"]
fn a_million_leases() {
    let before = resident_bytes().unwrap();
    let per_lease = || (resident_bytes().unwrap().saturating_sub(before)) as f64 / LEASES as f64;
    let mut registry = Registry::default();
    // As ids are drawn: upwards, in steps.
    let ids = || (0..LEASES).map(|number| LeaseId(0x0dcd_a201_0000_0000 + 4 * number));
    for id in ids() {
        registry.grant(id, 60).unwrap();
    }
    println!("registry: {:.0} bytes a lease", per_lease());
    let options =
        Options { election_timeout: Duration::from_secs(1), retry: Duration::from_secs(7), checkpoint_interval: None };
    let begun = Instant::now();
    let mut lessor = Lessor::new(options, begun);
    let promoted = Instant::now();
    let primary = lessor.preparation().prepare(2, registry.all(), begun);
    lessor.promote(primary);
    println!("with deadlines: {:.0} bytes a lease; promotion {:?}", per_lease(), promoted.elapsed());
    let renewed = Instant::now();
    for id in ids() {
        lessor.renew(id, 60, begun + Duration::from_secs(1));
    }
    println!("all renewed: {:.0} bytes a lease, {:?} each", per_lease(), renewed.elapsed() / LEASES as u32);
    let looked = Instant::now();
    assert!(lessor.over(begun + Duration::from_secs(60), 500).is_empty());
    println!("a look when none is over: {:?}", looked.elapsed());
    let looked = Instant::now();
    assert_eq!(lessor.over(begun + Duration::from_secs(62), 500).len(), 500);
    println!("a look when all are over: {:?}", looked.elapsed());
    for id in ids() {
        registry.attach(format!("/registry/events/default/{:016x}", id.0).as_bytes(), id);
    }
    println!("each with a key of 41 bytes: {:.0} bytes a lease", per_lease());
}
