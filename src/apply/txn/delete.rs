//! Deletes.

use super::state::{State, Writing, readable};
use crate::apply::{ApplyError, DeleteRangeAnswer};
use crate::mvcc::RangeQuery;
use crate::pb::etcdserverpb::DeleteRangeRequest;
use crate::telemetry::metrics::mvcc as metrics;
use crate::types::KeyRange;

/// Deletes every key in the range; one tombstone each.
///
/// # Errors
/// The request names no key.
pub fn delete_range(
    writing: &mut Writing<'_, '_>,
    request: &DeleteRangeRequest,
) -> Result<DeleteRangeAnswer, ApplyError> {
    let range = KeyRange::parse(request.key.clone(), request.range_end.clone()).map_err(|_| ApplyError::EmptyKey)?;
    let prev_kvs =
        if request.prev_kv { readable(writing.range(&RangeQuery::new(range.clone()))).kvs } else { Vec::new() };
    let deleted = match &range {
        KeyRange::One(key) => i64::from(writing.delete(key)),
        KeyRange::Span { .. } | KeyRange::From(_) => {
            let keys = writing.txn.keys(&range);
            for (key, _) in &keys {
                writing.delete(key);
            }
            keys.len() as i64
        }
    };
    metrics::DELETE_TOTAL.inc();
    Ok(DeleteRangeAnswer { revision: writing.txn.revision_now(), deleted, prev_kvs })
}
