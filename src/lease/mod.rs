//! Leases: which exist and what hangs on them (`registry`, replicated), when they end (`lessor`, only on the leader).
//!
//! Pure state: the caller passes `now` and does what is returned. Not here: clocks, raft, deleting keys
//! (`apply::lease`), who may do what.

mod lessor;
mod registry;
mod schedule;
#[cfg(test)]
mod tests;

pub use lessor::{Lessor, Options, Renewal};
pub use registry::{Attached, Registry, SharedRegistry};
