//! What must hold before the first write. All checks see the state before the entry.

use super::state::{State, Writing};
use crate::apply::ApplyError;
use crate::mvcc::ReadError;
use crate::pb::etcdserverpb::{PutRequest, RangeRequest};
use crate::types::LeaseId;

/// The lease exists, and so does the key if its value or lease is to be kept.
pub(super) fn put(writing: &mut Writing<'_, '_>, request: &PutRequest) -> Result<(), ApplyError> {
    has_key(request)?;
    lease(writing, request)?;
    kept_key(writing, request)
}

/// The same inside a transaction, where etcd looks for the key first.
pub(super) fn put_in_txn(writing: &mut Writing<'_, '_>, request: &PutRequest) -> Result<(), ApplyError> {
    has_key(request)?;
    kept_key(writing, request)?;
    lease(writing, request)
}

/// Whether the put needs a previous row.
pub(super) fn is_keeping(request: &PutRequest) -> bool {
    request.ignore_value || request.ignore_lease
}

fn has_key(request: &PutRequest) -> Result<(), ApplyError> {
    if request.key.is_empty() { Err(ApplyError::EmptyKey) } else { Ok(()) }
}

fn lease(writing: &Writing<'_, '_>, request: &PutRequest) -> Result<(), ApplyError> {
    match LeaseId(request.lease) {
        LeaseId(0) => Ok(()),
        id if writing.has_lease(id) => Ok(()),
        id => Err(ApplyError::LeaseNotFound(id)),
    }
}

fn kept_key(writing: &mut Writing<'_, '_>, request: &PutRequest) -> Result<(), ApplyError> {
    let is_missing = is_keeping(request) && writing.txn.key_meta(&request.key).is_none();
    if is_missing { Err(ApplyError::KeyNotFound) } else { Ok(()) }
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
