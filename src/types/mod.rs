//! The words that all modules share: plain values without I/O.
//!
//! Not here: anything that needs a generated message (`pb`), a file or a clock.

pub mod key_range;
pub mod lease;
pub mod member;
pub mod request_id;
pub mod revision;

pub use key_range::KeyRange;
pub use lease::LeaseId;
pub use member::{ClusterId, MemberId};
pub use request_id::RequestIds;
pub use revision::Revision;

/// A raft term.
pub type Term = u64;
/// A position in the raft log; the first entry has 1.
pub type Index = u64;

/// The release of etcd whose interfaces all three programs have, as it is announced in protocol fields.
pub const ETCD_VERSION: &str = "3.7.1";
/// The version of the API that is spoken.
pub const API_VERSION: &str = "3.7";
