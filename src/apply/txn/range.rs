//! Ranges: the wire's request as a query, and its run on a view.

use crate::apply::FramedRange;
use crate::mvcc::{self, RangeQuery, ReadError, SortOrder, SortTarget};
use crate::pb::etcdserverpb::{RangeRequest, range_request};
use crate::telemetry::metrics::mvcc as metrics;
use crate::types::KeyRange;
use crate::types::key_range::EmptyKey;

/// The query behind a request. Unknown sort options, which older members let into the log, count as none.
///
/// # Errors
/// The request names no key.
pub fn range_query(request: &RangeRequest) -> Result<RangeQuery, EmptyKey> {
    use range_request::{SortOrder as Order, SortTarget as Target};
    Ok(RangeQuery {
        range: KeyRange::parse(request.key.clone(), request.range_end.clone())?,
        revision: request.revision,
        limit: request.limit,
        order: match Order::try_from(request.sort_order) {
            Ok(Order::None) | Err(_) => SortOrder::None,
            Ok(Order::Ascend) => SortOrder::Ascend,
            Ok(Order::Descend) => SortOrder::Descend,
        },
        target: match Target::try_from(request.sort_target) {
            Ok(Target::Key) | Err(_) => SortTarget::Key,
            Ok(Target::Version) => SortTarget::Version,
            Ok(Target::Create) => SortTarget::Create,
            Ok(Target::Mod) => SortTarget::Mod,
            Ok(Target::Value) => SortTarget::Value,
        },
        keys_only: request.keys_only,
        count_only: request.count_only,
        min_mod_revision: request.min_mod_revision,
        max_mod_revision: request.max_mod_revision,
        min_create_revision: request.min_create_revision,
        max_create_revision: request.max_create_revision,
    })
}

/// The tag of `RangeResponse.kvs`: field 2, length-delimited.
const KVS_TAG: u8 = 2 << 3 | 2;

/// Runs a range on a view. Blocking as long as the range is.
///
/// # Errors
/// `Compacted` also when a query for the newest revision met a compaction past this view: take a newer one.
pub fn range(view: &mvcc::View, query: &RangeQuery) -> Result<FramedRange, ReadError> {
    metrics::RANGE_TOTAL.inc();
    let mut rows = Vec::new();
    let found = view.read()?.range_framed(query, KVS_TAG, &mut rows)?;
    Ok(FramedRange { revision: view.revision, rows, more: found.more, count: found.count })
}
