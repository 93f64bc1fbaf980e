//! The key space and its history.

mod seam;
pub mod watch;
pub use seam::*;
