//! When leases end: only the leader decides that, from its own monotonic clock.
//!
//! ```text
//! Secondary --promote (first entry of its term applied)--> Primary
//!     ^                                                       | granted, renewed: now + TTL
//!     '------------- demote (leadership lost) ----------------' over: offered for revocation until it is revoked
//! ```
//! A lease never ends before its TTL: moments are rounded up, and a new leader starts all leases anew.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ahash::RandomState;

use super::schedule::{Moment, Schedule};
use crate::types::{LeaseId, Term};

/// Leases at which a promotion begins to spread their ends.
const SPREAD_MIN: usize = 1000;
/// Leases that may end in one second after a promotion.
const ENDS_A_SECOND: usize = 750;
const SECOND_MS: u64 = 1000;

/// What does not change while the member runs.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What a new leader adds to all leases: nobody could renew them for that long.
    pub election_timeout: Duration,
    /// A lease that is over and was offered is offered again after this time.
    pub retry: Duration,
    /// How often what a lease has left is told to the followers; `None` for never.
    pub checkpoint_interval: Option<Duration>,
}

/// The deadlines, if this member leads.
#[derive(Debug)]
pub struct Lessor {
    options: Options,
    origin: Instant,
    role: Role,
}

#[derive(Debug)]
enum Role {
    /// Followers wait for the leader's revocations.
    Secondary,
    Primary(Box<Primary>),
}

/// The deadlines of one term.
#[derive(Debug)]
pub struct Primary {
    term: Term,
    ends: Schedule,
    /// When leases that were offered for revocation are offered again.
    retries: HashMap<LeaseId, Moment, RandomState>,
    checkpoints: Schedule,
}

/// Makes the deadlines of a term without the lessor, which meanwhile serves others.
#[derive(Clone, Copy, Debug)]
pub struct Preparation {
    options: Options,
    origin: Instant,
}

/// What comes of a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    Renewed,
    /// It is over and its revocation under way.
    Over,
    /// This member does not lead, or not yet.
    NotPrimary,
}

impl Lessor {
    pub fn new(options: Options, now: Instant) -> Self {
        Self { options, origin: now, role: Role::Secondary }
    }

    /// What it takes to prepare a promotion elsewhere.
    pub fn preparation(&self) -> Preparation {
        Preparation { options: self.options, origin: self.origin }
    }

    /// This member leads, and the first entry of its term is applied.
    pub fn promote(&mut self, primary: Primary) {
        self.role = Role::Primary(Box::new(primary));
    }

    /// This member does not lead any more.
    pub fn demote(&mut self) {
        self.role = Role::Secondary;
    }

    /// The term in which this lessor decides.
    pub fn term(&self) -> Option<Term> {
        self.primary().map(|primary| primary.term)
    }

    /// A lease was granted for `ttl` seconds.
    pub fn granted(&mut self, id: LeaseId, ttl: i64, now: Instant) {
        let now = self.ceil(now);
        let interval = self.checkpoint_interval();
        // A renewal may have come first.
        if let Role::Primary(primary) = &mut self.role
            && primary.ends.get(id).is_none()
        {
            primary.start(id, ttl, now, interval);
        }
    }

    /// A lease was revoked.
    pub fn revoked(&mut self, id: LeaseId) {
        if let Role::Primary(primary) = &mut self.role {
            primary.ends.remove(id);
            primary.retries.remove(&id);
            primary.checkpoints.remove(id);
        }
    }

    /// Renews an existing lease for `ttl` seconds.
    pub fn renew(&mut self, id: LeaseId, ttl: i64, now: Instant) -> Renewal {
        let (from, until, interval) = (self.ceil(now), self.floor(now), self.checkpoint_interval());
        let Role::Primary(primary) = &mut self.role else { return Renewal::NotPrimary };
        if primary.ends.get(id).is_some_and(|end| end <= until) {
            return Renewal::Over;
        }
        primary.start(id, ttl, from, interval);
        Renewal::Renewed
    }

    /// Milliseconds until the lease is over, negative afterwards. `None` if this member does not lead or has not heard
    /// of the lease yet.
    pub fn left_ms(&self, id: LeaseId, now: Instant) -> Option<i64> {
        let Moment(end) = self.primary()?.ends.get(id)?;
        let Moment(now) = self.floor(now);
        Some(end as i64 - now as i64)
    }

    /// Leases that are over, longest first, at most `limit`. Each is offered again after the retry time until it is
    /// revoked.
    pub fn over(&mut self, now: Instant, limit: usize) -> Vec<LeaseId> {
        let now = self.floor(now);
        let retry = Moment(now.0 + millis(self.options.retry));
        let Role::Primary(primary) = &mut self.role else { return Vec::new() };
        let is_waiting = |id: &LeaseId| primary.retries.get(id).is_some_and(|&again| again > now);
        let over: Vec<LeaseId> = primary.ends.due(now).filter(|id| !is_waiting(id)).take(limit).collect();
        primary.retries.extend(over.iter().map(|&id| (id, retry)));
        over
    }

    /// Leases whose time left is to be told now, with the seconds they have; at most `limit`.
    pub fn checkpoints(&mut self, now: Instant, limit: usize) -> Vec<(LeaseId, i64)> {
        let now = self.floor(now);
        let (Some(interval), Role::Primary(primary)) = (self.checkpoint_interval(), &mut self.role) else {
            return Vec::new();
        };
        let due: Vec<LeaseId> = primary.checkpoints.due(now).take(limit).collect();
        let mut told = Vec::with_capacity(due.len());
        for id in due {
            let left_ms = primary.ends.get(id).map_or(0, |end| end.0.saturating_sub(now.0));
            if left_ms > interval {
                primary.checkpoints.set(id, Moment(now.0 + interval));
            } else {
                primary.checkpoints.remove(id);
            }
            if left_ms > 0 {
                told.push((id, left_ms.div_ceil(SECOND_MS) as i64));
            }
        }
        told
    }

    fn primary(&self) -> Option<&Primary> {
        match &self.role {
            Role::Primary(primary) => Some(primary),
            Role::Secondary => None,
        }
    }

    fn checkpoint_interval(&self) -> Option<u64> {
        self.options.checkpoint_interval.map(millis)
    }

    fn ceil(&self, now: Instant) -> Moment {
        ceil(self.origin, now)
    }

    /// For what is compared with an end.
    fn floor(&self, now: Instant) -> Moment {
        Moment(millis(now.saturating_duration_since(self.origin)))
    }
}

impl Primary {
    fn start(&mut self, id: LeaseId, ttl: i64, now: Moment, checkpoint_interval: Option<u64>) {
        let ttl_ms = seconds(ttl);
        self.ends.set(id, Moment(now.0.saturating_add(ttl_ms)));
        if let Some(interval) = checkpoint_interval.filter(|&interval| ttl_ms > interval) {
            self.checkpoints.set(id, Moment(now.0 + interval));
        }
    }
}

impl Preparation {
    /// The deadlines for a term that begins: `leases` with the seconds each has left. Long with many leases.
    pub fn prepare(&self, term: Term, leases: impl IntoIterator<Item = (LeaseId, i64)>, now: Instant) -> Primary {
        let Moment(now) = ceil(self.origin, now);
        let start = now + millis(self.options.election_timeout);
        let mut ends: Vec<_> =
            leases.into_iter().map(|(id, ttl)| (Moment(start.saturating_add(seconds(ttl))), id)).collect();
        ends.sort_unstable();
        spread(&mut ends);
        let interval = self.options.checkpoint_interval.map(millis);
        let checkpoints = interval.map(|interval| {
            let long = ends.iter().filter(|(end, _)| end.0 - now > interval);
            long.map(|&(_, id)| (Moment(now + interval), id)).collect()
        });
        Primary {
            term,
            ends: ends.into_iter().collect(),
            retries: HashMap::default(),
            checkpoints: checkpoints.unwrap_or_default(),
        }
    }
}

/// For ends: never early.
fn ceil(origin: Instant, now: Instant) -> Moment {
    Moment(now.saturating_duration_since(origin).as_nanos().div_ceil(1_000_000) as u64)
}

/// Delays ends so that no second has more of them than can be revoked in it. `ends` are in order, and stay so.
fn spread(ends: &mut [(Moment, LeaseId)]) {
    if ends.len() < SPREAD_MIN {
        return;
    }
    for late in ENDS_A_SECOND..ends.len() {
        let (Moment(before), _) = ends[late - ENDS_A_SECOND];
        let (Moment(end), _) = &mut ends[late];
        *end = (*end).max(before + SECOND_MS);
    }
}

fn seconds(ttl: i64) -> u64 {
    u64::try_from(ttl).unwrap_or(0).saturating_mul(SECOND_MS)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELECTION_MS: u64 = 1000;
    const RETRY_MS: u64 = 7000;

    /// A lessor with an invented clock, in milliseconds.
    struct World {
        lessor: Lessor,
        origin: Instant,
    }

    impl World {
        fn new(checkpoint_interval: Option<Duration>) -> Self {
            let origin = Instant::now();
            let (election_timeout, retry) = (Duration::from_millis(ELECTION_MS), Duration::from_millis(RETRY_MS));
            let options = Options { election_timeout, retry, checkpoint_interval };
            Self { lessor: Lessor::new(options, origin), origin }
        }

        fn at(&self, ms: u64) -> Instant {
            self.origin + Duration::from_millis(ms)
        }

        fn promote(&mut self, term: Term, leases: &[(i64, i64)], ms: u64) {
            let leases = leases.iter().map(|&(id, ttl)| (LeaseId(id), ttl));
            let primary = self.lessor.preparation().prepare(term, leases, self.at(ms));
            self.lessor.promote(primary);
        }

        fn grant(&mut self, id: i64, ttl: i64, ms: u64) {
            self.lessor.granted(LeaseId(id), ttl, self.at(ms));
        }

        fn renew(&mut self, id: i64, ttl: i64, ms: u64) -> Renewal {
            self.lessor.renew(LeaseId(id), ttl, self.at(ms))
        }

        fn over(&mut self, ms: u64, limit: usize) -> Vec<i64> {
            self.lessor.over(self.at(ms), limit).into_iter().map(|id| id.0).collect()
        }

        fn left(&self, id: i64, ms: u64) -> Option<i64> {
            self.lessor.left_ms(LeaseId(id), self.at(ms))
        }

        fn checkpoints(&mut self, ms: u64, limit: usize) -> Vec<(i64, i64)> {
            self.lessor.checkpoints(self.at(ms), limit).into_iter().map(|(id, left)| (id.0, left)).collect()
        }
    }

    #[test]
    fn a_lease_is_over_exactly_after_its_ttl() {
        let mut world = World::new(None);
        world.promote(2, &[], 0);
        world.grant(1, 5, 100);
        world.grant(2, 3, 200);
        assert_eq!(world.over(3199, 9), [0; 0]);
        assert_eq!((world.left(2, 3199), world.left(1, 3199)), (Some(1), Some(1901)));
        assert_eq!(world.over(3200, 9), [2]);
        assert_eq!(world.left(2, 4300), Some(-1100));
        assert_eq!(world.over(9999, 9), [1], "2 was offered and is not due again");
        let end = world.origin + Duration::from_micros(20_000_100);
        world.lessor.granted(LeaseId(3), 2, end);
        world.lessor.revoked(LeaseId(1));
        world.lessor.revoked(LeaseId(2));
        assert_eq!(world.over(22_000, 9), [0; 0], "a fraction of a millisecond is not cut off");
        assert_eq!(world.over(22_001, 9), [3]);
    }

    #[test]
    fn renewed_lease_outlives_its_first_ttl() {
        let mut world = World::new(None);
        world.promote(2, &[], 0);
        world.grant(1, 5, 0);
        assert_eq!(world.renew(1, 5, 4999), Renewal::Renewed);
        assert_eq!(world.over(9998, 9), [0; 0]);
        assert_eq!(world.renew(1, 5, 9999), Renewal::Over, "not brought back, offered or not");
        assert_eq!(world.over(9999, 9), [1]);
        assert_eq!(world.renew(1, 5, 9999), Renewal::Over);
        world.lessor.revoked(LeaseId(1));
        assert_eq!(world.renew(2, 5, 10_000), Renewal::Renewed, "its grant has not been told yet");
        world.grant(2, 5, 12_000);
        assert_eq!(world.left(2, 12_000), Some(3000), "the grant does not move it");
    }

    #[test]
    fn a_lease_that_is_over_is_offered_until_it_is_revoked() {
        let mut world = World::new(None);
        world.promote(2, &[], 0);
        for (id, ttl) in [(1, 4), (2, 3), (3, 2)] {
            world.grant(id, ttl, 0);
        }
        assert_eq!(world.over(5000, 2), [3, 2], "at most so many, oldest first");
        assert_eq!(world.over(5500, 2), [1]);
        world.lessor.revoked(LeaseId(2));
        assert_eq!(world.over(11_999, 9), [0; 0]);
        assert_eq!(world.over(12_000, 9), [3], "after the retry time");
        assert_eq!(world.over(12_500, 9), [1]);
    }

    #[test]
    fn only_the_leader_ends_leases() {
        let mut world = World::new(None);
        world.grant(1, 2, 0);
        assert_eq!((world.renew(1, 2, 0), world.left(1, 0), world.lessor.term()), (Renewal::NotPrimary, None, None));
        assert_eq!(world.over(100_000, 9), [0; 0]);
        world.promote(5, &[(1, 2), (2, 9)], 100_000);
        assert_eq!(world.lessor.term(), Some(5));
        assert_eq!(
            (world.left(1, 100_000), world.left(2, 100_000)),
            (Some(3000), Some(10_000)),
            "election timeout more"
        );
        assert_eq!(world.over(103_000, 9), [1]);
        world.lessor.demote();
        assert_eq!(world.over(200_000, 9), [0; 0]);
        world.promote(7, &[(1, 2)], 200_000);
        assert_eq!(world.over(202_999, 9), [0; 0], "starts anew");
        assert_eq!(world.over(203_000, 9), [1]);
    }

    #[test]
    fn a_promotion_spreads_what_would_end_at_once() {
        let mut world = World::new(None);
        let few: Vec<(i64, i64)> = (0..999).map(|id| (id, 10)).collect();
        world.promote(2, &few, 0);
        assert_eq!(world.over(11_000, 2000).len(), 999, "few end together");
        let many: Vec<(i64, i64)> = (0..3000).map(|id| (id, if id < 100 { 60 } else { 10 })).collect();
        world.promote(3, &many, 0);
        let mut ended = 0;
        for second in 0..100 {
            let now = world.over(second * 1000, 5000);
            assert!(now.len() <= ENDS_A_SECOND, "{} in second {second}", now.len());
            ended += now.len();
            now.iter().for_each(|&id| world.lessor.revoked(LeaseId(id)));
            let at_least = (second.saturating_sub(10) as usize * ENDS_A_SECOND).min(2900);
            assert!(ended >= at_least, "{ended} of {at_least} after {second} seconds");
            assert!(second > 11 || ended <= ENDS_A_SECOND);
        }
        assert_eq!(ended, 3000);
        world.promote(4, &many, 0);
        assert!((100..3000).all(|id| world.left(id, 0).unwrap() >= 11_000), "none earlier than without");
        assert!((0..100).all(|id| world.left(id, 0) == Some(61_000)), "those alone in their second stay");
    }

    #[test]
    fn what_long_leases_have_left_is_told_in_intervals() {
        let minute = 60_000;
        let mut world = World::new(Some(Duration::from_secs(300)));
        world.promote(2, &[(1, 1000), (2, 299)], 0);
        world.grant(3, 301, 0);
        world.grant(4, 300, 0);
        world.grant(5, 301, 0);
        assert_eq!(world.checkpoints(5 * minute - 1, 9), []);
        assert_eq!(world.checkpoints(5 * minute, 2), [(1, 701), (3, 1)]);
        assert_eq!(world.checkpoints(5 * minute, 2), [(5, 1)], "4 and 2 never have more than an interval left");
        assert_eq!(world.checkpoints(10 * minute + 1, 9), [(1, 401)], "rounded up");
        assert_eq!(world.renew(1, 1000, 14 * minute), Renewal::Renewed);
        assert_eq!(world.checkpoints(15 * minute, 9), [], "a renewal starts the interval");
        assert_eq!(world.checkpoints(19 * minute, 9), [(1, 700)]);
        world.lessor.revoked(LeaseId(1));
        assert_eq!(world.checkpoints(100 * minute, 9), []);
        let mut never = World::new(None);
        never.promote(2, &[(1, 1000)], 0);
        assert_eq!(never.checkpoints(100 * minute, 9), []);
    }
}
