//! Puts.

use super::check;
use super::state::{Writing, decode, readable};
use crate::apply::{ApplyError, PutAnswer};
use crate::pb::etcdserverpb::PutRequest;
use crate::telemetry::metrics::mvcc as metrics;

/// A put on its own.
///
/// # Errors
/// Nothing is written: the lease or a key whose value or lease is to be kept does not exist.
pub fn put(writing: &mut Writing<'_, '_>, request: &PutRequest) -> Result<PutAnswer, ApplyError> {
    check::put(writing, request)?;
    Ok(checked_put(writing, request))
}

/// A put that passed its checks.
pub(super) fn checked_put(writing: &mut Writing<'_, '_>, request: &PutRequest) -> PutAnswer {
    let is_keeping = check::is_keeping(request);
    let reads = request.prev_kv || is_keeping;
    let previous = if reads { writing.get(&request.key) } else { None };
    let mut value = request.value.clone();
    let mut lease = request.lease;
    if is_keeping {
        let row = previous.clone().expect("checked: the key exists, and no operation before deleted it");
        let kept = readable(decode(row));
        if request.ignore_value {
            value = kept.value;
        }
        if request.ignore_lease {
            lease = kept.lease;
        }
    }
    writing.put(&request.key, &value, lease);
    metrics::PUT_TOTAL.inc();
    metrics::PUT_BYTES.add((request.key.len() + value.len()) as i64);
    PutAnswer { revision: writing.txn.revision_now(), prev_kv: previous.filter(|_| request.prev_kv) }
}
