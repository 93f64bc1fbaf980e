//! Work on whole data directories of members that do not run: what `rsutl` does to them, and what the server does
//! before it starts.
//!
//! Sources are read by `storage::source` and never changed; what is made gets its final name when it is whole and
//! synced.
//!
//! Not here: formats (`storage`), what entries do (`apply`), command lines (`utl`).

pub mod adopt;
pub mod backup;
pub mod create;
pub mod current;
pub mod export;
pub mod extract;
pub mod hash_kv;
pub mod in_place;
pub mod keyspace;
pub mod membership;
pub mod migrate;
pub mod moment;
pub mod restore;
#[cfg(test)]
mod samples;
pub mod scratch;
pub mod status;
pub mod stopped;
pub mod temporary;
pub mod usage;
pub mod verify;
