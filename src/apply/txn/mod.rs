//! What a range, put, delete or transaction does to the key space, and ranges and read-only transactions on a
//! published view: the same code for both, over [`State`].
//!
//! Not here: what a request may look like (`api::grpc::check`), alarms and quota (`apply::gate`).

mod check;
mod compare;
mod delete;
mod put;
mod range;
mod state;
mod transaction;

pub(super) use delete::delete_range;
pub(super) use put::put;
pub(super) use state::Writing;
pub(super) use transaction::write_txn;
pub use {
    range::{range, range_query},
    transaction::read_txn,
};
