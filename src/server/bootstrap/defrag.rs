//! A defragmentation before the start, when enough of the backend is free (`--bootstrap-defrag-threshold-megabytes`).

use std::time::{Duration, Instant};

use tracing::info;

use crate::config::server::ServerConfig;
use crate::offline::in_place::{InPlace, InPlaceError};
use crate::storage::backend;
use crate::storage::datadir;
use crate::storage::source::{Free, Wait};
use crate::telemetry::duration::GoDuration;

/// Leaves a backend with less free space than the threshold as it is. A threshold of 0 is none.
///
/// # Errors
/// The backend is in use or damaged, or there is no space for a second one.
pub(super) fn defragment_if_wasteful(config: &ServerConfig) -> Result<(), InPlaceError> {
    let snap_dir = datadir::snap_dir(&config.data_dir);
    if config.bootstrap_defrag_threshold_bytes == 0 || !backend::env::exists(&snap_dir) {
        return Ok(());
    }
    let begun = Instant::now();
    // A directory in use is refused at once.
    let backend = InPlace::open(&config.data_dir, Wait::UpTo(Duration::ZERO))?;
    let before = backend.source().size_bytes()?;
    let Free { page_bytes, pages } = backend.source().free()?;
    let free = page_bytes * pages;
    if free < config.bootstrap_defrag_threshold_bytes {
        info!(
            "current-db-size-bytes" = before,
            "current-db-size-free-bytes" = free,
            "bootstrap-defrag-threshold-bytes" = config.bootstrap_defrag_threshold_bytes,
            "Skipping defragmentation"
        );
        return Ok(());
    }
    info!("current-db-size-bytes" = before, "current-db-size-free-bytes" = free, "defragmenting");
    let after = backend.rewrite(|_| {}, &mut |_| {})?;
    let took = GoDuration::from(begun.elapsed());
    info!("current-db-size-bytes-diff" = before.saturating_sub(after), "current-db-size-bytes" = after, %took, "finished defragmenting directory");
    Ok(())
}
