//! server

pub mod watch;
