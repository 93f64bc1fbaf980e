//! Transactions: compare, choose, check, then run the operations of the branches taken.

use super::state::{Reading, State, Writing};
use super::{check, compare, delete_range, put, range_query};
use crate::apply::{ApplyError, OpAnswer, RangeAnswer, TxnAnswer};
use crate::mvcc::{self, RangeResult};
use crate::pb::etcdserverpb::request_op::Request as Op;
use crate::pb::etcdserverpb::{RangeRequest, RequestOp, TxnRequest};
use crate::telemetry::metrics::mvcc as metrics;
use crate::types::KeyRange;

/// Which branch each transaction takes: fixed for all of them before the first operation runs.
struct Path {
    succeeded: bool,
    /// Of the transactions inside the branch taken, in order.
    nested: Vec<Path>,
}

impl Path {
    fn choose(state: &mut impl State, request: &TxnRequest) -> Result<Self, ApplyError> {
        let mut succeeded = true;
        for comparison in &request.compare {
            if !compare::holds(state, comparison)? {
                succeeded = false;
                break;
            }
        }
        let mut nested = Vec::new();
        for op in branch(request, succeeded) {
            if let Some(Op::RequestTxn(inner)) = &op.request {
                nested.push(Self::choose(state, inner)?);
            }
        }
        Ok(Self { succeeded, nested })
    }
}

/// What a path holds.
const PATH: &str = "one path for each nested transaction";

fn branch(request: &TxnRequest, succeeded: bool) -> &[RequestOp] {
    if succeeded { &request.success } else { &request.failure }
}

/// Runs a transaction that may write. All its changes share one revision.
///
/// # Errors
/// Nothing is written: an operation on the path taken cannot be carried out on the state before it.
pub fn write_txn(writing: &mut Writing<'_, '_>, request: &TxnRequest) -> Result<TxnAnswer, ApplyError> {
    let path = Path::choose(writing, request)?;
    check_puts(writing, request, &path, &mut Vec::new())?;
    check_ranges(writing, request, &path)?;
    if operations(request, &path) > 1 {
        metrics::TXN_TOTAL.inc();
    }
    let mut answer = run(writing, request, &path)?;
    answer.revision = writing.txn.revision_now();
    Ok(answer)
}

/// How many operations the path has, nested ones too.
fn operations(request: &TxnRequest, path: &Path) -> usize {
    let mut nested = path.nested.iter();
    let ops = branch(request, path.succeeded).iter().map(|op| match &op.request {
        Some(Op::RequestTxn(inner)) => operations(inner, nested.next().expect(PATH)),
        _ => 1,
    });
    ops.sum()
}

/// All puts on the path are checked before the first range, as in etcd 3.5.
///
/// `deleted`: ranges that earlier operations on the path delete.
fn check_puts(
    writing: &mut Writing<'_, '_>,
    request: &TxnRequest,
    path: &Path,
    deleted: &mut Vec<KeyRange>,
) -> Result<(), ApplyError> {
    let mut nested = path.nested.iter();
    for op in branch(request, path.succeeded) {
        match &op.request {
            Some(Op::RequestPut(put)) => {
                check::put_in_txn(writing, put)?;
                // etcd ends itself here, so no member of it ever lets such an entry pass.
                if check::is_keeping(put) && deleted.iter().any(|range| range.contains(&put.key)) {
                    return Err(ApplyError::KeyNotFound);
                }
            }
            Some(Op::RequestDeleteRange(delete)) => {
                let range = KeyRange::parse(delete.key.clone(), delete.range_end.clone());
                deleted.push(range.map_err(|_| ApplyError::EmptyKey)?);
            }
            Some(Op::RequestTxn(inner)) => {
                check_puts(writing, inner, nested.next().expect(PATH), deleted)?;
            }
            Some(Op::RequestRange(_)) => {}
            None => return Err(ApplyError::KeyNotFound),
        }
    }
    Ok(())
}

fn check_ranges(state: &impl State, request: &TxnRequest, path: &Path) -> Result<(), ApplyError> {
    let mut nested = path.nested.iter();
    for op in branch(request, path.succeeded) {
        match &op.request {
            Some(Op::RequestRange(range)) => check::range(state, range)?,
            Some(Op::RequestTxn(inner)) => check_ranges(state, inner, nested.next().expect(PATH))?,
            Some(Op::RequestPut(_) | Op::RequestDeleteRange(_)) | None => {}
        }
    }
    Ok(())
}

/// Runs what was checked. The answer's own revision stays 0: a nested transaction has an empty header.
fn run(writing: &mut Writing<'_, '_>, request: &TxnRequest, path: &Path) -> Result<TxnAnswer, ApplyError> {
    let ops = branch(request, path.succeeded);
    let mut responses = Vec::with_capacity(ops.len());
    let mut nested = path.nested.iter();
    for op in ops {
        responses.push(match &op.request {
            Some(Op::RequestRange(range)) => {
                let revision = writing.txn.revision_now();
                let rows = if writing.is_answered { run_range(writing, range)? } else { RangeResult::default() };
                OpAnswer::Range(RangeAnswer { revision, rows })
            }
            Some(Op::RequestPut(request)) => OpAnswer::Put(put::checked_put(writing, request)),
            Some(Op::RequestDeleteRange(request)) => OpAnswer::DeleteRange(delete_range(writing, request)?),
            Some(Op::RequestTxn(inner)) => OpAnswer::Txn(run(writing, inner, nested.next().expect(PATH))?),
            None => unreachable!("checked before the first operation ran"),
        });
    }
    Ok(TxnAnswer { revision: 0, succeeded: path.succeeded, responses })
}

fn run_range(state: &mut impl State, request: &RangeRequest) -> Result<RangeResult, ApplyError> {
    metrics::RANGE_TOTAL.inc();
    let query = range_query(request).map_err(|_| ApplyError::EmptyKey)?;
    Ok(state.range(&query)?)
}

/// Runs a transaction that holds only ranges, on a view. Blocking as long as its ranges are.
///
/// # Errors
/// A range's revision cannot be read; `Compacted` also when the view itself is compacted: take a newer one.
pub fn read_txn(view: &mvcc::View, request: &TxnRequest) -> Result<TxnAnswer, ApplyError> {
    let mut state = Reading::new(view)?;
    let path = Path::choose(&mut state, request)?;
    check_ranges(&state, request, &path)?;
    let succeeded = path.succeeded;
    let ranges = branch(request, succeeded).iter().map(|op| match &op.request {
        Some(Op::RequestRange(range)) => range,
        _ => unreachable!("a transaction with another operation is proposed"),
    });
    let responses = ranges
        .map(|range| {
            let rows = run_range(&mut state, range)?;
            Ok(OpAnswer::Range(RangeAnswer { revision: view.revision, rows }))
        })
        .collect::<Result<_, ApplyError>>()?;
    Ok(TxnAnswer { revision: view.revision, succeeded, responses })
}
