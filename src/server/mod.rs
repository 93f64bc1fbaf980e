//! What keeps the state machine going.

mod seam;
pub use seam::*;
