//! Consensus: raft-rs, driven so that it never waits for a disk.
//!
//! `core` decides, without I/O or clocks: inputs go in, a list of outputs in order comes out. `driver` stands around it
//! with a clock, `inbox` says which thread does the work. `log` keeps the entries in memory, `convert` is the border to
//! raft-rs, `output` holds the words between this module and the rest.
//!
//! What holds between save, send and apply:
//!
//! - On the leader, appends leave (`Send`) while they are being saved: its own copy counts towards the quorum only
//!   after `Persisted`.
//! - Everything that a follower or candidate says (votes, acknowledgements) promises what is on its disk, so it leaves
//!   only after everything saved before it is synced.
//! - Entries come out as `Committed` only when a quorum and this member have them synced.
//! - A membership change takes effect when it is applied: from the moment it was handed out until `ConfDone`, no message,
//!   proposal or tick reaches raft-rs. The same holds from `Install` until `SnapshotSaved`.
//!
//! Not here: files (`storage::wal` saves what `Save` asks for), the network, applying, which proposals are allowed.

mod backlog;
mod config;
mod convert;
mod core;
mod driver;
mod inbox;
mod log;
mod output;
mod slog;
mod status;

pub use self::core::{Boot, BootError};
pub use config::RaftConfig;
pub use driver::{Outputs, RaftHandle, spawn};
pub use inbox::{Inbox, inbox};
pub use output::{Input, Role, SnapshotMeta};
pub use status::Status;
