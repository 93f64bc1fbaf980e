//! How a backend is opened and why it cannot be, in etcdutl's words.

use std::path::Path;

use super::{Failure, context::Context};
use crate::cli::exit::{self, Exit};
use crate::cli::progress::Pass;
use crate::offline::in_place::InPlaceError;
use crate::storage::source::{Source, SourceError, Wait};

/// Opens a backend to be read.
///
/// # Errors
/// There is none, or somebody has it for longer than `wait`.
pub fn source(context: &Context, path: &Path, wait: Wait) -> Result<Source, Failure> {
    Source::open(path, wait).map_err(|error| match error {
        SourceError::Missing(path) => Failure::Failed(format!("stat {}: no such file or directory", path.display())),
        SourceError::Locked(path) => locked(&path),
        // Its user has just typed the name.
        SourceError::NoDatabase { what, .. } if context.program == "etcdutl" => Failure::Failed(what),
        error => Failure::from_error(error),
    })
}

/// The end of a command that waited for a backend in vain: etcdutl panics.
fn locked(path: &Path) -> Failure {
    tracing::error!(path = %path.display(), error = "timeout", "failed to open database");
    eprintln!("panic: failed to open database");
    exit::Failure::silent(Exit::NoDatabase).into()
}

/// Why a backend was not written anew. `missing` words that there is none.
pub fn in_place_failure(error: InPlaceError, missing: impl FnOnce(String) -> String) -> Failure {
    match error {
        InPlaceError::Locked(path) => locked(&path),
        InPlaceError::Missing(_) => Failure::Failed(missing(error.to_string())),
        error => Failure::from_error(error),
    }
}

/// A bar for a pass over this many bytes, as what hears of them.
pub fn pass(total_bytes: u64) -> Box<dyn FnMut(u64)> {
    let mut pass = Pass::new(total_bytes);
    Box::new(move |bytes| pass.add(bytes))
}
