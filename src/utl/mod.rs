//! `rsutl`, the offline tool: looks into a data directory without a server.
//!
//! `root` is the definition of the command line and its dispatch, `context` what all commands have; then one file a
//! command: arguments, `run`, what is printed. To add one: its module, a variant of [`root`]'s `Utl`, an arm of its
//! `run`. Not here: how flags are read (`cli::pflag`), what works on whole directories (`offline`), what reads files
//! (`storage`).

mod adopt;
mod backup;
mod completion;
mod context;
mod db;
mod defrag;
mod du;
mod export;
mod extract;
mod get;
mod hash_kv;
mod interrupt;
mod keys;
#[cfg(test)]
mod manual;
mod migrate;
mod open;
mod place;
mod restore;
mod root;
mod snapshot;
mod text;
mod verify;
mod version;
mod wal;

use std::io;

use crate::cli::exit;

pub use root::rsutl_main;

/// Why a command ends with a code other than 0.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The operation failed, or found something wrong.
    #[error("{0}")]
    Failed(String),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// With an exit code of its own.
    #[error(transparent)]
    Exit(#[from] exit::Failure),
}

impl Failure {
    fn from_error(error: impl std::error::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<Failure> for exit::Failure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Failed(text) => Self::new(exit::Exit::Error, text),
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => error.into(),
            Failure::Output(_) => Self::new(exit::Exit::Error, failure.to_string()),
            Failure::Exit(failure) => failure,
        }
    }
}
