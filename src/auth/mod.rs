//! Who may do what: passwords and tokens.
//! Not here: clocks of the caller's choosing, raft, which request needs what.

pub mod password;
pub mod token;
