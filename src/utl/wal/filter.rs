//! Which entries are wanted: by kind, and by the keys that they name.

use super::content::Content;
use crate::pb::etcdserverpb::request_op::Request as Op;
use crate::pb::etcdserverpb::{InternalRaftRequest, TxnRequest};

/// One name of `--entry-type`.
#[derive(Clone, Copy, Debug)]
pub enum Filter {
    ConfigChange,
    Normal,
    Request,
    InternalRaftRequest,
    Internal(fn(&InternalRaftRequest) -> bool),
}

const FILTERS: [(&str, Filter); 12] = [
    ("ConfigChange", Filter::ConfigChange),
    ("Normal", Filter::Normal),
    ("Request", Filter::Request),
    ("InternalRaftRequest", Filter::InternalRaftRequest),
    ("IRRRange", Filter::Internal(|request| request.range.is_some())),
    ("IRRPut", Filter::Internal(|request| request.put.is_some())),
    ("IRRDeleteRange", Filter::Internal(|request| request.delete_range.is_some())),
    ("IRRTxn", Filter::Internal(|request| request.txn.is_some())),
    ("IRRCompaction", Filter::Internal(|request| request.compaction.is_some())),
    ("IRRLeaseGrant", Filter::Internal(|request| request.lease_grant.is_some())),
    ("IRRLeaseRevoke", Filter::Internal(|request| request.lease_revoke.is_some())),
    ("IRRLeaseCheckpoint", Filter::Internal(|request| request.lease_checkpoint.is_some())),
];

impl Filter {
    /// Unknown names are told on stderr and passed over.
    pub fn parse(name: &str) -> Option<Self> {
        let found = FILTERS.iter().find(|(known, _)| *known == name).map(|(_, filter)| *filter);
        if found.is_none() && !name.is_empty() {
            let known: Vec<_> = FILTERS.iter().map(|(known, _)| *known).collect();
            eprintln!("[{name}] is not a valid entry-type, ignored.\nValid ones: {}", known.join(", "));
        }
        found
    }

    pub fn accepts(self, content: &Content) -> bool {
        match (self, content) {
            (Self::ConfigChange, Content::ConfChange(_)) => true,
            (_, Content::ConfChange(_)) | (Self::ConfigChange, _) => false,
            (Self::Normal, _) => true,
            (Self::Request, content) => !matches!(content, Content::Internal(_)),
            (Self::InternalRaftRequest, content) => matches!(content, Content::Internal(_)),
            (Self::Internal(has), Content::Internal(request)) => has(request),
            (Self::Internal(_), Content::V2(_) | Content::Unknown) => false,
        }
    }
}

/// Does the entry name a key that begins with `prefix`, in a txn's comparisons and branches too?
pub fn touches(content: &Content, prefix: &[u8]) -> bool {
    let Content::Internal(request) = content else { return false };
    let one = |key: &[u8]| selects(key, b"", prefix);
    request.put.as_ref().is_some_and(|put| one(&put.key))
        || request.range.as_ref().is_some_and(|range| selects(&range.key, &range.range_end, prefix))
        || request.delete_range.as_ref().is_some_and(|range| selects(&range.key, &range.range_end, prefix))
        || request.txn.as_ref().is_some_and(|txn| txn_touches(txn, prefix))
}

fn txn_touches(txn: &TxnRequest, prefix: &[u8]) -> bool {
    txn.compare.iter().any(|compare| selects(&compare.key, &compare.range_end, prefix))
        || txn.success.iter().chain(&txn.failure).any(|op| match &op.request {
            Some(Op::RequestPut(put)) => selects(&put.key, b"", prefix),
            Some(Op::RequestRange(range)) => selects(&range.key, &range.range_end, prefix),
            Some(Op::RequestDeleteRange(range)) => selects(&range.key, &range.range_end, prefix),
            Some(Op::RequestTxn(txn)) => txn_touches(txn, prefix),
            None => false,
        })
}

/// Is a key with `prefix` among those that `key` and `range_end` select?
fn selects(key: &[u8], range_end: &[u8], prefix: &[u8]) -> bool {
    match range_end {
        [] => key.starts_with(prefix),
        // All from `key` on: the keys with the prefix end before `key` only if it is above all of them.
        [0] => key <= prefix || key.starts_with(prefix),
        end => (key <= prefix || key.starts_with(prefix)) && prefix < end && key < end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_select_a_key_with_the_prefix() {
        for (key, range_end, is_touched, why) in [
            ("app/1", "", true, "a key"),
            ("app", "", false, "a shorter key"),
            ("b", "", false, "another key"),
            ("app/", "app0", true, "the prefix itself"),
            ("a", "b", true, "around"),
            ("a", "app", false, "ends before"),
            ("a", "app/", false, "ends where it begins"),
            ("app/5", "z", true, "begins within"),
            ("app0", "z", false, "begins behind"),
            ("app/5", "app/2", false, "selects nothing"),
            ("a", "\0", true, "from before on"),
            ("app/7", "\0", true, "from within on"),
            ("app0", "\0", false, "from behind on"),
        ] {
            assert_eq!(selects(key.as_bytes(), range_end.as_bytes(), b"app/"), is_touched, "{why}");
        }
        assert!(selects(b"", b"\0", b"x"), "all keys");
    }
}
