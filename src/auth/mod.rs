//! Who may do what: users and roles as replicated, passwords and tokens.
//!
//! ```text
//! store       enable, disable, users, roles, the auth revision: changes in, rows out
//! user, role  the records, and what one change does to them
//! permission  what a user's roles grant, merged; the check of one range
//! password    bcrypt, with steps: its work in small pieces; known: passwords that were right a while ago
//! token/      what a client gets for its password: state of this member alone
//! ```
//! The replicated part is pure state: immutable snapshots of it go with each `apply::View`. Not here: clocks of the
//! caller's choosing, who calls (`server::caller`), what each request needs (`apply::gate`, `api::grpc::access`).

mod error;
mod known;
pub mod password;
mod permission;
mod recent;
mod role;
mod steps;
mod store;
pub mod token;
mod user;

pub use error::AuthError;
pub use known::KnownPasswords;
pub use permission::{Access, Rights};
pub use store::{AuthStore, MalformedRow, NewUser, ROOT};
