//! Leases in the order of a moment each.

use std::collections::{BTreeSet, HashMap};

use ahash::RandomState;

use super::registry::shrink;
use crate::types::LeaseId;

/// Milliseconds since the lessor was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

/// Leases, each with its moment: what is due is at the front, whatever the number of the others.
#[derive(Debug, Default)]
pub struct Schedule {
    moments: HashMap<LeaseId, Moment, RandomState>,
    order: BTreeSet<(Moment, LeaseId)>,
}

impl Schedule {
    pub fn get(&self, id: LeaseId) -> Option<Moment> {
        self.moments.get(&id).copied()
    }

    /// Sets or moves the moment of a lease.
    pub fn set(&mut self, id: LeaseId, moment: Moment) {
        if let Some(before) = self.moments.insert(id, moment) {
            self.order.remove(&(before, id));
        }
        self.order.insert((moment, id));
    }

    pub fn remove(&mut self, id: LeaseId) {
        if let Some(moment) = self.moments.remove(&id) {
            self.order.remove(&(moment, id));
            shrink(&mut self.moments);
        }
    }

    /// What is due at `now`, in order.
    pub fn due(&self, now: Moment) -> impl Iterator<Item = LeaseId> {
        self.order.iter().take_while(move |(moment, _)| *moment <= now).map(|&(_, id)| id)
    }
}

impl FromIterator<(Moment, LeaseId)> for Schedule {
    fn from_iter<I: IntoIterator<Item = (Moment, LeaseId)>>(entries: I) -> Self {
        let order: BTreeSet<_> = entries.into_iter().collect();
        let moments = order.iter().map(|&(moment, id)| (id, moment)).collect();
        Self { moments, order }
    }
}
