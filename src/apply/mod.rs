//! The replicated state machine: one committed entry in; changes, an answer and local effects out.
//!
//! Apply is a pure function of the log: no clocks, no randomness, no local settings decide what it writes. What is
//! local or timed leaves as a [`LocalEffect`]; the quota decides only what the asker is told.
//!
//! ```text
//! worker    the thread: inbox → batches → publish a View → changes, local effects, answers
//! machine   one entry: consistent index rule, decode
//! gate      who may, alarms and quota
//! dispatch  the one match over all kinds of requests
//! txn/      what a range, put, delete or transaction does; ranges and read-only txns on a View
//! lease     leases granted and revoked, checkpoints
//! cluster, conf_change   membership
//! auth      users and roles
//! replayer  all of it without a server, for offline work
//! ```
//!
//! Not here: the key space itself (`mvcc`), proposing and waiting (`server`), raft.

mod answer;
mod auth;
mod cluster;
mod compactions;
mod conf_change;
mod dispatch;
pub mod gate;
mod lease;
mod machine;
mod replayer;
mod timing;
pub mod txn;
mod view;
mod worker;

#[cfg(test)]
mod replay;
#[cfg(test)]
mod tests;

pub use answer::{
    Answer, ApplyError, AuthAnswer, DeleteRangeAnswer, Done, FramedRange, OpAnswer, Outcome, PutAnswer, RangeAnswer,
    Token, TxnAnswer,
};
pub use compactions::Compactions;
pub use machine::Settings;
pub use replayer::{ReplayError, Replayer};
pub use timing::warn_slow;
pub use view::View;
pub use worker::{Barrier, Boot, Effects, Handle, Input, LeaseEvent, LocalEffect, spawn};
