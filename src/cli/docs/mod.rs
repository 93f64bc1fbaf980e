//! Completion scripts and manual pages, made of the definition of a command line: `completion` with `offers` (what of
//! the definition it adds to the shells' generators) and `powershell`; `manual`. `checked_in` compares those in the
//! repository with it.
//!
//! Not here: the definitions (`ctl::root`, `utl::root`), what a manual says beyond them (`ctl::manual`, `utl::manual`).

#[cfg(test)]
pub mod checked_in;
mod completion;
#[cfg(test)]
pub mod manual;
mod offers;
mod powershell;

pub use completion::{SHELLS, completion, shell};
