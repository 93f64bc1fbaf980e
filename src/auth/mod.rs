//! Who may do what: users and roles as replicated.
//!
//! ```text
//! store       enable, disable, users, roles, the auth revision: changes in, rows out
//! user, role  the records, and what one change does to them
//! permission  what a user's roles grant, merged; the check of one range
//! ```
//! Pure state: immutable snapshots of it go with each `apply::View`. Not here: who calls (`server::caller`), what each
//! request needs (`apply::gate`, `api::grpc::access`).

mod error;
mod permission;
mod role;
mod store;
mod user;

pub use error::AuthError;
pub use permission::{Access, Rights};
pub use store::{AuthStore, MalformedRow, NewUser, ROOT};
