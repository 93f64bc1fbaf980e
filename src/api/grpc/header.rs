//! The response header.

use crate::pb::etcdserverpb::ResponseHeader;
use crate::server::Server;

/// A header with this member's ids, the term of the last entry that it applied, and `revision` (0: not told).
pub fn header(server: &Server, revision: i64) -> ResponseHeader {
    header_of_term(server, revision, server.view().term)
}

/// The same for an answer that comes with its term.
pub(super) fn header_of_term(server: &Server, revision: i64, raft_term: u64) -> ResponseHeader {
    ResponseHeader { cluster_id: server.cluster_id().0, member_id: server.member_id().0, revision, raft_term }
}
