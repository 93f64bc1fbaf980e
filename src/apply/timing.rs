//! How long entries take: a histogram by kind, and a warning for those that take too long.

use std::fmt::Display;
use std::time::{Duration, Instant};

use tracing::warn;

use super::{ApplyError, Outcome};
use crate::mvcc::ReadError;
use crate::pb::etcdserverpb::InternalRaftRequest;
use crate::pb::loggable::Text;
use crate::pb::request::name_of;
use crate::telemetry::duration::GoDuration;
use crate::telemetry::metrics::op::Op;
use crate::telemetry::metrics::server::SLOW_APPLY;

/// The clock of the apply thread, read once an entry: an entry begins where the one before ended.
pub(super) struct Timing {
    now: Instant,
    warning_apply: Duration,
    failures: Sample,
}

impl Timing {
    pub(super) fn new(warning_apply: Duration) -> Self {
        let now = Instant::now();
        Self { now, warning_apply, failures: Sample { second: now, seen: 0 } }
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
        op(request).apply_took(is_success(outcome), took);
        let error = outcome.as_ref().err();
        if took > self.warning_apply {
            warn_slow("", &Text(request), "", took, self.warning_apply, error.map(|error| error as _));
        }
        if let Some(error) = error
            && !is_success(outcome)
            && self.failures.shows(self.now)
        {
            let (took, request) = (GoDuration::from(took), Text(request));
            warn!(%took, %request, response = "", %error, "failed to apply request");
        }
    }

    fn begin_next(&mut self) -> Instant {
        std::mem::replace(&mut self.now, Instant::now())
    }
}

/// Logs and counts what took longer than `--warning-apply-duration`. `prefix` tells reads from entries; `response` is
/// how much was answered, where that is known.
pub fn warn_slow(
    prefix: &'static str,
    request: &dyn Display,
    response: &str,
    took: Duration,
    expected: Duration,
    error: Option<&dyn Display>,
) {
    SLOW_APPLY.inc();
    warn!(
        took = %GoDuration::from(took),
        "expected-duration" = %GoDuration::from(expected),
        prefix,
        %request,
        response,
        error = error.map(tracing::field::display),
        "apply request took too long"
    );
}

/// Which lines of one kind are shown: in each second the first 100, then each 100th, as in etcd. Clients decide how
/// many entries fail.
struct Sample {
    second: Instant,
    seen: u64,
}

impl Sample {
    const FIRST: u64 = 100;
    const THEN_EACH: u64 = 100;

    fn shows(&mut self, now: Instant) -> bool {
        if now.saturating_duration_since(self.second) >= Duration::from_secs(1) {
            *self = Self { second: now, seen: 0 };
        }
        self.seen += 1;
        self.seen <= Self::FIRST || (self.seen - Self::FIRST).is_multiple_of(Self::THEN_EACH)
    }
}

/// As etcd counts: a compaction that came too late did no harm.
fn is_success(outcome: &Outcome) -> bool {
    matches!(outcome, Ok(_) | Err(ApplyError::Read(ReadError::Compacted { .. })))
}

fn op(request: &InternalRaftRequest) -> Op {
    name_of(request).map_or(Op::Unknown, Op::named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sampled_second_by_second() {
        let began = Instant::now();
        let mut sample = Sample { second: began, seen: 0 };
        let shown = |sample: &mut Sample, at| (1..=350).filter(|_| sample.shows(at)).count();
        assert_eq!(shown(&mut sample, began), 102, "the first 100, the 200th, the 300th");
        assert_eq!(shown(&mut sample, began + Duration::from_millis(999)), 4, "the 400th to the 700th");
        assert_eq!(shown(&mut sample, began + Duration::from_millis(1000)), 102);
    }
}
