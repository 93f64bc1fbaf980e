//! What must hold before the first write. All checks see the state before the entry.

use super::state::{State, Writing};
use crate::apply::ApplyError;
use crate::mvcc::ReadError;
use crate::pb::etcdserverpb::{PutRequest, RangeRequest};

/// The lease exists, and so does the key if its value or lease is to be kept.
pub(super) fn put(writing: &mut Writing<'_, '_>, request: &PutRequest) -> Result<(), ApplyError> {
    if request.key.is_empty() {
        return Err(ApplyError::EmptyKey);
    }
    if request.lease != 0 && !writing.has_lease(request.lease) {
        return Err(ApplyError::LeaseNotFound(request.lease));
    }
    let keeps = request.ignore_value || request.ignore_lease;
    if keeps && writing.txn.key_meta(&request.key).is_none() {
        return Err(ApplyError::KeyNotFound);
    }
    Ok(())
}

/// The revision of a range inside a transaction can be read. Unlike in a plain range, a negative one counts as a
/// revision.
pub(super) fn range(state: &impl State, request: &RangeRequest) -> Result<(), ApplyError> {
    if request.key.is_empty() {
        return Err(ApplyError::EmptyKey);
    }
    let (asked, newest, oldest) = (request.revision, state.revision(), state.compacted());
    match asked {
        0 => Ok(()),
        _ if asked > newest => Err(ReadError::FutureRevision { asked, newest }.into()),
        _ if asked < oldest => Err(ReadError::Compacted { asked, oldest }.into()),
        _ => Ok(()),
    }
}
