//! One comparison of a transaction.

use std::cmp::Ordering;

use super::state::{State, decode};
use crate::apply::ApplyError;
use crate::mvcc::RangeQuery;
use crate::pb::etcdserverpb::Compare;
use crate::pb::etcdserverpb::compare::{CompareResult, CompareTarget, TargetUnion};
use crate::types::KeyRange;

/// Whether every key in the range satisfies the comparison. Where no key exists, a comparison of values fails and the
/// others compare with 0.
pub(super) fn holds(state: &mut impl State, compare: &Compare) -> Result<bool, ApplyError> {
    let range = KeyRange::parse(compare.key.clone(), compare.range_end.clone()).map_err(|_| ApplyError::EmptyKey)?;
    let Ok(target) = CompareTarget::try_from(compare.target) else {
        // An unknown target compares as equal, whatever the keys are.
        return Ok(satisfies(compare.result, Ordering::Equal));
    };
    let number = |found: i64| satisfies(compare.result, found.cmp(&given_number(compare, target)));
    Ok(match target {
        CompareTarget::Version | CompareTarget::Create | CompareTarget::Mod => {
            let metas = state.metas(&range)?;
            let of = |meta: &crate::mvcc::KeyMeta| match target {
                CompareTarget::Version => meta.version,
                CompareTarget::Create => meta.create_revision,
                _ => meta.mod_revision.main,
            };
            if metas.is_empty() { number(0) } else { metas.iter().all(|meta| number(of(meta))) }
        }
        CompareTarget::Lease => {
            let rows = state.range(&RangeQuery::new(range))?.kvs;
            if rows.is_empty() {
                return Ok(number(0));
            }
            for row in rows {
                if !number(decode(row)?.lease) {
                    return Ok(false);
                }
            }
            true
        }
        CompareTarget::Value => {
            let rows = state.range(&RangeQuery::new(range))?.kvs;
            let given = match &compare.target_union {
                Some(TargetUnion::Value(value)) => &value[..],
                _ => &[],
            };
            let is_there = !rows.is_empty();
            for row in rows {
                if !satisfies(compare.result, decode(row)?.value[..].cmp(given)) {
                    return Ok(false);
                }
            }
            is_there
        }
    })
}

/// The number to compare with; a member of the union that does not fit the target counts as 0.
fn given_number(compare: &Compare, target: CompareTarget) -> i64 {
    match (target, &compare.target_union) {
        (CompareTarget::Version, Some(TargetUnion::Version(number)))
        | (CompareTarget::Create, Some(TargetUnion::CreateRevision(number)))
        | (CompareTarget::Mod, Some(TargetUnion::ModRevision(number)))
        | (CompareTarget::Lease, Some(TargetUnion::Lease(number))) => *number,
        _ => 0,
    }
}

/// Whether `order`, of what was found to what was given, is the wanted one. An unknown wish is always met.
fn satisfies(wanted: i32, order: Ordering) -> bool {
    match CompareResult::try_from(wanted) {
        Ok(CompareResult::Equal) => order == Ordering::Equal,
        Ok(CompareResult::Greater) => order == Ordering::Greater,
        Ok(CompareResult::Less) => order == Ordering::Less,
        Ok(CompareResult::NotEqual) => order != Ordering::Equal,
        Err(_) => true,
    }
}
