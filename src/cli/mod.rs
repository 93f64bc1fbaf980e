//! What the command line tools share: the flag grammar of etcd's tools on top of clap (`pflag`), Go's spellings of
//! values (`go`), the output formats (`output`), bytes in a line of text (`shown`), keys by their beginnings
//! (`grouping`), bars on a terminal (`progress`), lines on standard error (`say`), scripts and pages made of a definition
//! (`docs`) and the exit codes (`exit`).
//!
//! Not here: commands (`ctl`, `utl`), talking to servers (`client`).

pub mod docs;
pub mod exit;
pub mod go;
pub mod grouping;
pub mod offer;
pub mod output;
pub mod pflag;
pub mod progress;
mod say;
pub mod shown;

pub(crate) use say::errln;
