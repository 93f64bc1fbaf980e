//! `rsutl defrag`

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Instant;

use super::{Failure, context::Context, open};
use crate::cli::output::size;
use crate::offline::in_place::{InPlace, InPlaceError};
use crate::storage::source::Wait;

/// Write the database of a stopped member anew, without free space
///
/// Takes data directories of rsetcd and etcd. The new database replaces the old one when all of it is on the disk.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsutl defrag --data-dir <DIR>")]
pub struct DefragArgs {
    /// Data directory of a member that does not run
    #[arg(long, value_name = "DIR", required = true)]
    data_dir: PathBuf,
    #[arg(hide = true)]
    rest: Vec<OsString>,
}

impl DefragArgs {
    pub fn run(self, context: &Context) -> Result<(), Failure> {
        self.defrag(context.wait()).map_err(|error| {
            let dir = self.data_dir.display();
            open::in_place_failure(error, |why| format!("Failed to defragment etcd data[{dir}] ({why})"))
        })
    }

    /// Logs as etcdutl does.
    fn defrag(&self, wait: Wait) -> Result<(), InPlaceError> {
        let begun = Instant::now();
        let backend = InPlace::open(&self.data_dir, wait)?;
        let path = backend.source().path().to_owned();
        let before = backend.source().size_bytes()?;
        let free = backend.source().free()?;
        let in_use = before.saturating_sub(free.pages * free.page_bytes);
        tracing::info!(
            path = %path.display(),
            "current-db-size-bytes" = before,
            "current-db-size" = size(before),
            "current-db-size-in-use-bytes" = in_use,
            "current-db-size-in-use" = size(in_use),
            "defragmenting"
        );
        let after = backend.rewrite(|_| {}, &mut *open::pass(before))?;
        tracing::info!(
            path = %path.display(),
            "current-db-size-bytes-diff" = after as i64 - before as i64,
            "current-db-size-bytes" = after,
            "current-db-size" = size(after),
            // There are no free pages in a new one.
            "current-db-size-in-use-bytes-diff" = after as i64 - in_use as i64,
            "current-db-size-in-use-bytes" = after,
            "current-db-size-in-use" = size(after),
            took = begun.elapsed().as_secs_f64(),
            "finished defragmenting directory"
        );
        Ok(())
    }
}
