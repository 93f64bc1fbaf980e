//! Requests refused before they cost anything, by what they say alone. The order of the checks decides which error a
//! request with two faults gets, and is etcd's.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use tonic::{Code, Status};

use crate::pb::etcdserverpb::request_op::Request as Op;
use crate::pb::etcdserverpb::{
    AlarmRequest, AlarmType, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest,
    alarm_request::AlarmAction, range_request,
};
use crate::pb::rpc_error::RpcError;

type Check = Result<(), RpcError>;

pub(super) fn range(request: &RangeRequest) -> Check {
    if request.key.is_empty() {
        return Err(RpcError::EmptyKey);
    }
    let is_known = range_request::SortOrder::try_from(request.sort_order).is_ok()
        && range_request::SortTarget::try_from(request.sort_target).is_ok();
    if is_known { Ok(()) } else { Err(RpcError::InvalidSortOption) }
}

/// What a stream of ranges cannot do besides.
pub(super) fn range_stream(request: &RangeRequest) -> Result<(), Status> {
    use range_request::{SortOrder, SortTarget};
    range(request)?;
    let in_key_order = request.sort_order == SortOrder::None as i32
        || (request.sort_order == SortOrder::Ascend as i32 && request.sort_target == SortTarget::Key as i32);
    if !in_key_order {
        return Err(Status::new(Code::Unimplemented, "RangeStream does not support custom sort orders"));
    }
    let filters =
        [request.min_mod_revision, request.max_mod_revision, request.min_create_revision, request.max_create_revision];
    if filters.iter().any(|&filter| filter != 0) {
        return Err(Status::new(Code::Unimplemented, "RangeStream does not support revision filters"));
    }
    Ok(())
}

pub(super) fn put(request: &PutRequest) -> Check {
    if request.key.is_empty() {
        return Err(RpcError::EmptyKey);
    }
    if request.ignore_value && !request.value.is_empty() {
        return Err(RpcError::ValueProvided);
    }
    if request.ignore_lease && request.lease != 0 {
        return Err(RpcError::LeaseProvided);
    }
    Ok(())
}

pub(super) fn delete_range(request: &DeleteRangeRequest) -> Check {
    if request.key.is_empty() { Err(RpcError::EmptyKey) } else { Ok(()) }
}

/// `ops_max`: `--max-txn-ops`.
pub(super) fn txn(request: &TxnRequest, ops_max: usize) -> Check {
    ops(request, ops_max)?;
    Touched::of(&request.success)?;
    Touched::of(&request.failure)?;
    keeps_after_open_delete(&request.success, None)?;
    keeps_after_open_delete(&request.failure, None)?;
    Ok(())
}

/// Whether the transaction is only read: its own operations are ranges. A nested transaction counts as a write.
pub(super) fn is_read_only(request: &TxnRequest) -> bool {
    all_ops(request).all(|op| matches!(op.request, Some(Op::RequestRange(_))))
}

/// Whether a transaction of ranges may be answered from what this member has. So may one without any operation.
pub(super) fn is_serializable(request: &TxnRequest) -> bool {
    all_ops(request).all(|op| matches!(&op.request, Some(Op::RequestRange(range)) if range.serializable))
}

/// An action that etcd does not know would end every etcd member that applies it.
pub(super) fn alarm(request: &AlarmRequest) -> Result<(), Status> {
    match AlarmAction::try_from(request.action) {
        // An entry with another kind ends every member of a real etcd cluster.
        Ok(AlarmAction::Activate) if AlarmType::try_from(request.alarm).is_err() => {
            Err(Status::new(Code::InvalidArgument, format!("unknown alarm {}", request.alarm)))
        }
        Ok(_) => Ok(()),
        Err(_) => Err(Status::new(Code::InvalidArgument, format!("unknown alarm action {}", request.action))),
    }
}

fn all_ops(request: &TxnRequest) -> impl Iterator<Item = &RequestOp> {
    request.success.iter().chain(&request.failure)
}

/// Number and form of operations. What a transaction uses of `ops_max` is not left for those nested in it.
fn ops(request: &TxnRequest, ops_max: usize) -> Check {
    let used = request.compare.len().max(request.success.len()).max(request.failure.len());
    let Some(left) = ops_max.checked_sub(used) else { return Err(RpcError::TooManyOps) };
    if request.compare.iter().any(|compare| compare.key.is_empty()) {
        return Err(RpcError::EmptyKey);
    }
    for op in all_ops(request) {
        match &op.request {
            Some(Op::RequestRange(request)) => range(request)?,
            Some(Op::RequestPut(request)) => put(request)?,
            Some(Op::RequestDeleteRange(request)) => delete_range(request)?,
            Some(Op::RequestTxn(request)) => ops(request, left)?,
            None => return Err(RpcError::KeyNotFound),
        }
    }
    Ok(())
}

/// Refuses a put that keeps the value or lease of a key which an earlier delete with an open end takes away: the
/// check for duplicates does not see such deletes, and every etcd member that applies the pair ends itself.
///
/// `deleted_from`: the lowest start of those deletes before this list. Returns the same after it.
fn keeps_after_open_delete<'request>(
    ops: &'request [RequestOp],
    mut deleted_from: Option<&'request Bytes>,
) -> Result<Option<&'request Bytes>, RpcError> {
    for op in ops {
        match &op.request {
            Some(Op::RequestPut(put)) if put.ignore_value || put.ignore_lease => {
                if deleted_from.is_some_and(|start| *start <= put.key) {
                    return Err(RpcError::KeyNotFound);
                }
            }
            Some(Op::RequestDeleteRange(delete)) if delete.range_end[..] == [0] => {
                deleted_from = Some(deleted_from.map_or(&delete.key, |start| start.min(&delete.key)));
            }
            Some(Op::RequestTxn(txn)) => {
                let branches = [
                    keeps_after_open_delete(&txn.success, deleted_from)?,
                    keeps_after_open_delete(&txn.failure, deleted_from)?,
                ];
                deleted_from = branches.into_iter().flatten().min();
            }
            Some(Op::RequestPut(_) | Op::RequestDeleteRange(_) | Op::RequestRange(_)) | None => {}
        }
    }
    Ok(deleted_from)
}

/// The keys that a list of operations may write, whichever branches are taken.
struct Touched<'request> {
    puts: HashSet<&'request Bytes>,
    deletes: Intervals,
}

impl<'request> Touched<'request> {
    /// # Errors
    /// A key is written twice: put twice, or put and deleted. Deletes may overlap. A nested put after a sibling's
    /// delete fails, and a nested delete after a sibling's put does not: as etcd.
    fn of(ops: &'request [RequestOp]) -> Result<Self, RpcError> {
        let mut all = Self { puts: HashSet::new(), deletes: Intervals::default() };
        for op in ops {
            if let Some(Op::RequestDeleteRange(delete)) = &op.request {
                all.deletes.insert(&delete.key, &delete.range_end);
            }
        }
        for op in ops {
            if let Some(Op::RequestTxn(txn)) = &op.request {
                all.join(Self::of(&txn.success)?, Self::of(&txn.failure)?)?;
            }
        }
        for op in ops {
            if let Some(Op::RequestPut(put)) = &op.request
                && (all.deletes.contains(&put.key) || !all.puts.insert(&put.key))
            {
                return Err(RpcError::DuplicateKey);
            }
        }
        Ok(all)
    }

    /// Adds the two branches of a nested transaction. Only one of them runs, so both may put the same key.
    fn join(&mut self, success: Self, failure: Self) -> Check {
        let is_free = |key: &Bytes, puts: &HashSet<&Bytes>| !puts.contains(key) && !self.deletes.contains(key);
        for branch in [&success, &failure] {
            if !branch.puts.iter().all(|key| is_free(key, &self.puts)) {
                return Err(RpcError::DuplicateKey);
            }
        }
        self.puts.extend(success.puts);
        self.puts.extend(failure.puts);
        self.deletes.extend(success.deletes);
        self.deletes.extend(failure.deletes);
        Ok(())
    }
}

/// A union of key intervals: start → end, disjoint. The end `"\0"` is taken literally here, as etcd does: such an
/// interval is empty.
#[derive(Default)]
struct Intervals(BTreeMap<Bytes, Bytes>);

impl Intervals {
    /// `end` empty: the one key.
    fn insert(&mut self, key: &Bytes, end: &Bytes) {
        let mut end = if end.is_empty() { successor(key) } else { end.clone() };
        if end <= *key {
            return;
        }
        let mut start = key.clone();
        // Swallow what overlaps or touches, from the right end leftwards.
        while let Some((left, right)) = self.0.range::<Bytes, _>(..=&end).next_back() {
            if *right < start {
                break;
            }
            let left = left.clone();
            let right = self.0.remove(&left).expect("just found");
            start = start.min(left);
            end = end.max(right);
        }
        self.0.insert(start, end);
    }

    fn extend(&mut self, other: Self) {
        for (start, end) in other.0 {
            self.insert(&start, &end);
        }
    }

    fn contains(&self, key: &Bytes) -> bool {
        self.0.range::<Bytes, _>(..=key).next_back().is_some_and(|(_, end)| key < end)
    }
}

/// The smallest key after `key`.
fn successor(key: &[u8]) -> Bytes {
    [key, &[0]].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::etcdserverpb::Compare;

    fn key(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    fn op(request: Op) -> RequestOp {
        RequestOp { request: Some(request) }
    }

    fn p(name: &str) -> RequestOp {
        op(Op::RequestPut(PutRequest { key: key(name), ..Default::default() }))
    }

    fn d(from: &str, end: &str) -> RequestOp {
        op(Op::RequestDeleteRange(DeleteRangeRequest { key: key(from), range_end: key(end), prev_kv: false }))
    }

    fn r(name: &str) -> RequestOp {
        op(Op::RequestRange(RangeRequest { key: key(name), ..Default::default() }))
    }

    fn serializable(name: &str) -> RequestOp {
        op(Op::RequestRange(RangeRequest { key: key(name), serializable: true, ..Default::default() }))
    }

    fn t(success: Vec<RequestOp>, failure: Vec<RequestOp>) -> RequestOp {
        op(Op::RequestTxn(both(success, failure)))
    }

    fn both(success: Vec<RequestOp>, failure: Vec<RequestOp>) -> TxnRequest {
        TxnRequest { compare: Vec::new(), success, failure }
    }

    #[test]
    fn duplicate_keys() {
        let dup = Err(RpcError::DuplicateKey);
        for (success, wanted, why) in [
            (vec![p("a"), p("b")], Ok(()), "different keys"),
            (vec![p("a"), p("a")], dup, "put twice"),
            (vec![p("a"), d("a", "")], dup, "put, then delete"),
            (vec![d("a", ""), p("a")], dup, "delete, then put"),
            (vec![d("a", ""), d("a", "")], Ok(()), "two deletes of one key"),
            (vec![d("a", "c"), p("b")], dup, "put inside a deleted range"),
            (vec![d("a", "c"), p("c")], Ok(()), "the end is excluded"),
            (vec![d("l", "\0"), p("m")], Ok(()), "an open end is taken literally"),
            (vec![d("\0", "\0"), p("m")], Ok(()), "so is everything"),
            (vec![d("m", "c"), p("m")], Ok(()), "an empty range deletes nothing"),
            (vec![t(vec![p("a")], vec![p("a")])], Ok(()), "only one branch of a nested txn runs"),
            (vec![t(vec![p("a")], vec![]), t(vec![p("a")], vec![])], dup, "put by two siblings"),
            (vec![t(vec![p("a")], vec![]), t(vec![], vec![p("a")])], dup, "put by two siblings, other branch"),
            (vec![t(vec![p("a")], vec![]), p("a")], dup, "put inside and outside"),
            (vec![p("a"), t(vec![p("a")], vec![])], dup, "put outside and inside"),
            (vec![t(vec![d("a", "")], vec![]), t(vec![p("a")], vec![])], dup, "nested delete, then a sibling's put"),
            (vec![t(vec![p("a")], vec![]), t(vec![d("a", "")], vec![])], Ok(()), "nested put, then a sibling's delete"),
            (vec![t(vec![d("a", "")], vec![]), p("a")], dup, "nested delete and a put outside"),
            (vec![t(vec![], vec![p("a")]), d("a", "")], dup, "this level's deletes count first, wherever they are"),
            (vec![t(vec![t(vec![p("a")], vec![])], vec![]), p("a")], dup, "two levels down"),
            (vec![t(vec![p("a"), p("a")], vec![])], dup, "inside one nested branch"),
            (vec![t(vec![d("a", "b")], vec![p("a")])], Ok(()), "delete and put in different branches"),
            (vec![r("a"), p("a"), r("a")], Ok(()), "ranges do not count"),
        ] {
            assert_eq!(txn(&both(success.clone(), vec![]), 128), wanted, "success: {why}");
            assert_eq!(txn(&both(vec![], success), 128), wanted, "failure: {why}");
        }
        assert_eq!(txn(&both(vec![p("a")], vec![p("a")]), 128), Ok(()), "only one branch of the txn runs");
    }

    #[test]
    fn nothing_is_kept_of_a_key_that_an_open_delete_took() {
        let keep =
            |name: &str| op(Op::RequestPut(PutRequest { key: key(name), ignore_value: true, ..Default::default() }));
        let refused = Err(RpcError::KeyNotFound);
        for (ops, wanted, why) in [
            (vec![d("b", "\0"), keep("b")], refused, "the delete comes first"),
            (vec![keep("b"), d("b", "\0")], Ok(()), "the delete comes after"),
            (vec![d("b", "\0"), keep("a")], Ok(()), "another key"),
            (vec![d("b", "\0"), p("c")], Ok(()), "a put that keeps nothing"),
            (vec![t(vec![], vec![d("a", "\0")]), d("b", "\0"), keep("a")], refused, "a nested delete, in any branch"),
            (vec![d("b", "\0"), t(vec![keep("c")], vec![])], refused, "a nested put"),
            (vec![t(vec![d("b", "\0")], vec![keep("c")])], Ok(()), "only one branch runs"),
        ] {
            assert_eq!(txn(&both(ops, vec![]), 128), wanted, "{why}");
        }
    }

    fn many(number: usize) -> Vec<RequestOp> {
        (0..number).map(|i| r(&format!("{i}"))).collect()
    }

    /// A txn of `outer` operations, one of them a txn of `inner`.
    fn nested(outer: usize, inner: usize) -> TxnRequest {
        let mut ops = many(outer - 1);
        ops.push(t(many(inner), vec![]));
        both(ops, vec![])
    }

    #[test]
    fn operations_are_counted_against_the_limit() {
        let compares = |number| TxnRequest {
            compare: vec![Compare { key: key("a"), ..Default::default() }; number],
            ..Default::default()
        };
        let too_many = Err(RpcError::TooManyOps);
        for (request, wanted, why) in [
            (both(many(128), many(128)), Ok(()), "each list has the whole limit"),
            (both(many(129), vec![]), too_many, "success too long"),
            (both(vec![], many(129)), too_many, "failure too long"),
            (compares(128), Ok(()), "compares up to the limit"),
            (compares(129), too_many, "too many compares"),
            (nested(100, 28), Ok(()), "a nested one has what its parent leaves"),
            (nested(100, 29), too_many, "and not one more"),
            (nested(128, 0), Ok(()), "an empty nested one needs nothing"),
            (nested(128, 1), too_many, "nothing is left"),
        ] {
            assert_eq!(txn(&request, 128), wanted, "{why}");
        }
    }

    #[test]
    fn faults_of_a_txn_in_order() {
        let empty = RequestOp { request: None };
        let bad_sort = op(Op::RequestRange(RangeRequest { key: key("a"), sort_order: 9, ..Default::default() }));
        let keyless = Compare::default();
        let mut with_compare = both(vec![p(""), empty.clone()], vec![]);
        with_compare.compare = vec![keyless.clone()];
        let mut too_long = both(many(129), vec![]);
        too_long.compare = vec![keyless];
        for (request, wanted, why) in [
            (too_long, RpcError::TooManyOps, "length before the compares' keys"),
            (with_compare, RpcError::EmptyKey, "compares before operations"),
            (both(vec![empty.clone()], vec![p("")]), RpcError::KeyNotFound, "an operation that is none"),
            (both(vec![p("")], vec![empty]), RpcError::EmptyKey, "success before failure"),
            (both(vec![bad_sort, p("")], vec![]), RpcError::InvalidSortOption, "operations in order"),
            (both(vec![p("a"), p("a"), p("")], vec![]), RpcError::EmptyKey, "form before duplicates"),
            (both(vec![t(vec![d("", "x")], vec![])], vec![]), RpcError::EmptyKey, "nested ones too"),
        ] {
            assert_eq!(txn(&request, 128), Err(wanted), "{why}");
        }
    }

    #[test]
    fn puts_and_ranges() {
        let put_of = |key: &'static str, value: &'static str, lease| PutRequest {
            key: key.into(),
            value: value.into(),
            lease,
            ignore_value: true,
            ignore_lease: true,
            prev_kv: false,
        };
        for (request, wanted, why) in [
            (put_of("", "v", 1), Err(RpcError::EmptyKey), "key first"),
            (put_of("k", "v", 1), Err(RpcError::ValueProvided), "then the value"),
            (put_of("k", "", 1), Err(RpcError::LeaseProvided), "then the lease"),
            (put_of("k", "", 0), Ok(()), "both kept"),
        ] {
            assert_eq!(put(&request), wanted, "{why}");
        }
        let sorted =
            |sort_order, sort_target| RangeRequest { key: key("a"), sort_order, sort_target, ..Default::default() };
        for (request, wanted, why) in [
            (RangeRequest { sort_order: 9, ..Default::default() }, Err(RpcError::EmptyKey), "key first"),
            (sorted(3, 0), Err(RpcError::InvalidSortOption), "no such order"),
            (sorted(0, 5), Err(RpcError::InvalidSortOption), "no such target"),
            (sorted(2, 4), Ok(()), "the last of each"),
        ] {
            assert_eq!(range(&request), wanted, "{why}");
        }
    }

    #[test]
    fn streams_are_in_key_order_and_unfiltered() {
        let request = |sort_order, sort_target, max_mod_revision| RangeRequest {
            key: key("a"),
            sort_order,
            sort_target,
            max_mod_revision,
            ..Default::default()
        };
        let text = |request| range_stream(&request).err().map(|status| (status.code(), status.message().to_owned()));
        let sort = Some((Code::Unimplemented, "RangeStream does not support custom sort orders".to_owned()));
        let filter = Some((Code::Unimplemented, "RangeStream does not support revision filters".to_owned()));
        for (request, wanted, why) in [
            (request(0, 3, 0), None, "no order, whatever the target"),
            (request(1, 0, 0), None, "key order"),
            (request(1, 3, 0), sort.clone(), "another target"),
            (request(2, 0, 0), sort.clone(), "descending"),
            (request(2, 0, 5), sort, "order before filters"),
            (request(0, 0, 5), filter, "a filter"),
        ] {
            assert_eq!(text(request), wanted, "{why}");
        }
    }

    #[test]
    fn what_is_only_read() {
        for (request, read_only, is_local, why) in [
            (both(vec![], vec![]), true, true, "no operation: compares only, and local"),
            (both(vec![r("a")], vec![serializable("b")]), true, false, "one range is linearizable"),
            (both(vec![serializable("a")], vec![serializable("b")]), true, true, "all are serializable"),
            (both(vec![r("a")], vec![p("b")]), false, false, "a put in the other branch"),
            (both(vec![t(vec![], vec![])], vec![]), false, false, "a nested txn is a write"),
        ] {
            assert_eq!(is_read_only(&request), read_only, "{why}");
            if read_only {
                assert_eq!(is_serializable(&request), is_local, "{why}");
            }
        }
    }
}
