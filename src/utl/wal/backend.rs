//! How far the backend beside a log is.

use std::path::Path;
use std::time::Duration;

use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::meta;
use crate::storage::source::{Source, SourceError, Wait};
use crate::storage::wal::discard::Applied;

/// What the backend of a data directory has applied, and the backend, which is locked as long as that lives. `None`
/// if there is none.
///
/// # Errors
/// It is damaged, or in use.
pub fn applied(data_dir: &Path) -> Result<Option<(Applied, Source)>, SourceError> {
    let source = match Source::open(data_dir, Wait::UpTo(Duration::ZERO)) {
        Ok(source) => source,
        Err(SourceError::Missing(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let rows = source.rows(Bucket::Meta)?;
    let number = |key| rows.get(key).and_then(|value| meta::decode_u64(value)).unwrap_or(0);
    let conf_state = rows.get(meta::CONF_STATE).and_then(|value| meta::decode_conf_state(value));
    Ok(Some((Applied { index: number(meta::CONSISTENT_INDEX), term: number(meta::TERM), conf_state }, source)))
}
