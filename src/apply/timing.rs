//! How long entries take: a histogram by kind, and a warning for those that take too long.

use std::time::{Duration, Instant};

use tracing::warn;

use super::{ApplyError, Outcome};
use crate::mvcc::ReadError;
use crate::pb::etcdserverpb::InternalRaftRequest;
use crate::pb::request::name_of;
use crate::telemetry::duration::GoDuration;
use crate::telemetry::metrics::op::Op;
use crate::telemetry::metrics::server::SLOW_APPLY;

/// The clock of the apply thread, read once an entry: an entry begins where the one before ended.
pub(super) struct Timing {
    now: Instant,
    warning_apply: Duration,
}

impl Timing {
    pub(super) fn new(warning_apply: Duration) -> Self {
        Self { now: Instant::now(), warning_apply }
    }

    /// A batch begins.
    pub(super) fn begin(&mut self) -> Instant {
        self.now = Instant::now();
        self.now
    }

    /// When the last entry ended.
    pub(super) fn now(&self) -> Instant {
        self.now
    }

    /// An entry was applied.
    pub(super) fn applied(&mut self, request: &InternalRaftRequest, outcome: &Outcome) {
        let began = self.begin_next();
        let took = self.now - began;
        let op = op(request);
        op.apply_took(is_success(outcome), took);
        warn_if_slow("", op, took, self.warning_apply, outcome.as_ref().err());
    }

    fn begin_next(&mut self) -> Instant {
        std::mem::replace(&mut self.now, Instant::now())
    }
}

/// Logs and counts what took longer than `--warning-apply-duration`. `prefix` tells reads from entries.
pub fn warn_if_slow(prefix: &'static str, op: Op, took: Duration, expected: Duration, error: Option<&ApplyError>) {
    if took <= expected {
        return;
    }
    SLOW_APPLY.inc();
    warn!(
        took = %GoDuration::from(took),
        "expected-duration" = %GoDuration::from(expected),
        prefix,
        request = op.name(),
        error = error.map(tracing::field::display),
        "apply request took too long"
    );
}

/// As etcd counts: a compaction that came too late did no harm.
fn is_success(outcome: &Outcome) -> bool {
    matches!(outcome, Ok(_) | Err(ApplyError::Read(ReadError::Compacted { .. })))
}

fn op(request: &InternalRaftRequest) -> Op {
    name_of(request).map_or(Op::Unknown, Op::named)
}
