//! rsetcd: an etcd drop-in. One crate, three programs: the server `rsetcd`, the network client `rsctl` and the
//! offline tool `rsutl`.
//!
//! The map of the code is `ARCHITECTURE.md`. Layers import downwards only:
//! `types, pb` < `storage` < `mvcc, lease, auth, membership, alarm` < `apply` < `offline`, `raft` < `config` < `server` <
//! `api` < `daemon`;
//! beside them `client` < `bench, ctl` and `utl` on `offline`, on `cli`.

mod alarm;
mod api;
mod apply;
mod auth;
mod bench;
mod cli;
pub mod client;
mod config;
mod ctl;
mod daemon;
mod lease;
mod membership;
mod mvcc;
mod offline;
pub mod pb;
mod raft;
mod server;
mod storage;
mod telemetry;
mod tls;
mod types;
mod utl;

pub use ctl::rsctl_main;
pub use daemon::rsetcd_main;
pub use utl::rsutl_main;
