//! Recipes over a key space, equal to those of etcd's own client, so that both can take part in one lock or election:
//! sessions (`session`), mutual exclusion (`mutex`), elections (`election`), and transactions of software (`stm`).
//!
//! `store` is what they need of a key space, which a [`Client`](super::Client), a part of one
//! ([`Namespace`](super::Namespace)) and a server itself can give; `queue` is how a key waits for its turn.
//! Not here: the gRPC services of locks and elections.

mod election;
mod mutex;
pub(crate) mod queue;
mod session;
mod stm;
mod store;

pub use election::{Election, Leader, Observation, Observer};
pub use mutex::{Locked, Mutex};
pub use queue::ConcurrencyError;
pub use session::Session;
pub use stm::{Stm, StmError, stm};
pub use store::Store;
