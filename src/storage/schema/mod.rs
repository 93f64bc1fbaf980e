//! The buckets of the backend (`bucket`), the rows of bucket `key` (`key`), those of leases (`lease`), users and roles
//! (`auth`), and the values of bucket `meta` (`meta`).
//!
//! Not here: how buckets are stored (`backend`), what the other buckets' rows mean (their owners: membership, alarms).

pub mod auth;
pub mod bucket;
pub mod key;
pub mod lease;
pub mod meta;
