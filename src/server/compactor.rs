//! Compaction by itself (`--auto-compaction-mode`, `--auto-compaction-retention`): by age of revisions, or by their number.
//!
//! When which revision is due is decided by values that are told the time; the loop at the top is the only place where
//! they meet a clock. Only the leader compacts, as in etcd; the others go on noting revisions, so that a new leader
//! loses no time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::{Server, ServerError};
use crate::apply::ApplyError;
use crate::config::server::AutoCompaction;
use crate::mvcc::ReadError;
use crate::pb::etcdserverpb::CompactionRequest;
use crate::pb::request::Request;
use crate::telemetry::duration::GoDuration;

/// Between two compactions by age, if the period is longer.
const INTERVAL_MAX: Duration = Duration::from_secs(3600);
/// Readings of the revision in one interval.
const READINGS: u32 = 10;
/// Between two looks at the number of revisions.
const COUNT_INTERVAL: Duration = Duration::from_secs(300);

impl Server {
    /// Compacts as configured, as long as the server runs.
    pub async fn auto_compact(&self) {
        match self.shared.settings.auto_compaction {
            None => {}
            Some(AutoCompaction::Periodic(period)) => self.compact_by_age(period).await,
            Some(AutoCompaction::Revisions(retention)) => self.compact_by_count(retention).await,
        }
    }

    async fn compact_by_age(&self, period: Duration) {
        let mut schedule = ByAge::new(period, Instant::now());
        loop {
            schedule.read(self.view().kv.revision);
            tokio::time::sleep(schedule.sample).await;
            if !self.is_leader() {
                continue;
            }
            let Some(revision) = schedule.due(Instant::now()) else { continue };
            let period = GoDuration::from(period);
            info!(revision, "compact-period" = %period, "starting auto periodic compaction");
            let began = Instant::now();
            match self.compact_to(revision).await {
                Ok(()) => {
                    let took = GoDuration::from(began.elapsed());
                    info!(revision, "compact-period" = %period, %took, "completed auto periodic compaction");
                    schedule.done(revision, Instant::now());
                }
                Err(error) => {
                    warn!(revision, "compact-period" = %period, %error, "failed auto periodic compaction");
                }
            }
        }
    }

    async fn compact_by_count(&self, retention: i64) {
        let mut last = 0;
        loop {
            tokio::time::sleep(COUNT_INTERVAL).await;
            if !self.is_leader() {
                continue;
            }
            let Some(revision) = due_by_count(self.view().kv.revision, retention, last) else { continue };
            info!(revision, "revision-compaction-retention" = retention, "starting auto revision compaction");
            let began = Instant::now();
            match self.compact_to(revision).await {
                Ok(()) => {
                    last = revision;
                    let took = GoDuration::from(began.elapsed());
                    info!(
                        revision,
                        "revision-compaction-retention" = retention,
                        %took,
                        "completed auto revision compaction"
                    );
                }
                Err(error) => {
                    warn!(
                        revision,
                        "revision-compaction-retention" = retention,
                        %error,
                        "failed auto revision compaction"
                    );
                }
            }
        }
    }

    /// That it is compacted already is as good.
    async fn compact_to(&self, revision: i64) -> Result<(), ServerError> {
        let request = CompactionRequest { revision, physical: false };
        match self.propose_own(Request::Compaction(request)).await {
            Ok(_) | Err(ServerError::Apply(ApplyError::Read(ReadError::Compacted { .. }))) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The revision that is due when `retention` of them are to stay; `last` was done before.
fn due_by_count(revision: i64, retention: i64, last: i64) -> Option<i64> {
    let target = revision.saturating_sub(retention);
    (target > 0 && target != last).then_some(target)
}

/// When which revision is due so that those of the last `period` stay.
///
/// The revision is read ten times an interval, which is the period or an hour. The readings reach back one period; the
/// oldest is what is due. The first one comes after a whole period, the others after one interval each.
struct ByAge {
    /// Time between two readings.
    sample: Duration,
    interval: Duration,
    /// Oldest first, at most `readings_max`.
    readings: VecDeque<i64>,
    readings_max: usize,
    /// The last success, or the start.
    since: Instant,
    /// What has to pass after `since`.
    wait: Duration,
    last: i64,
}

impl ByAge {
    fn new(period: Duration, now: Instant) -> Self {
        let interval = period.min(INTERVAL_MAX);
        let sample = (interval / READINGS).max(Duration::from_nanos(1));
        let readings = usize::try_from(period.as_nanos() / sample.as_nanos()).unwrap_or(usize::MAX - 1);
        Self {
            sample,
            interval,
            readings: VecDeque::new(),
            readings_max: readings + 1,
            since: now,
            wait: period,
            last: 0,
        }
    }

    /// Takes a reading; due once a sample.
    fn read(&mut self, revision: i64) {
        self.readings.push_back(revision);
        if self.readings.len() > self.readings_max {
            self.readings.pop_front();
        }
    }

    /// The revision to compact at now. It stays due until it is done.
    fn due(&mut self, now: Instant) -> Option<i64> {
        if now.saturating_duration_since(self.since) < self.wait {
            return None;
        }
        self.wait = self.interval;
        self.readings.front().copied().filter(|&oldest| oldest != self.last)
    }

    fn done(&mut self, revision: i64, now: Instant) {
        self.last = revision;
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// A store whose revision is the number of minutes since the start, plus one. Gives minute and revision of each
    /// compaction in so many minutes; `fails` at a minute makes one fail.
    fn compactions(period: Duration, minutes: u32, fails: fn(u32) -> bool) -> Vec<(u32, i64)> {
        let start = Instant::now();
        let mut schedule = ByAge::new(period, start);
        let mut now = Duration::ZERO;
        let minute = |now: Duration| u32::try_from(now.as_secs() / 60).unwrap();
        let mut found = Vec::new();
        while minute(now) < minutes {
            schedule.read(i64::from(minute(now)) + 1);
            now += schedule.sample;
            let Some(revision) = schedule.due(start + now) else { continue };
            found.push((minute(now), revision));
            if !fails(minute(now)) {
                schedule.done(revision, start + now);
            }
        }
        found
    }

    #[test]
    fn the_first_comes_after_a_period_and_the_others_after_an_interval() {
        let never = |_| false;
        for (period, minutes, expected, why) in [
            (10 * MINUTE, 45, &[(10, 1), (20, 10), (30, 20), (40, 30)][..], "a short period is its own interval"),
            (60 * MINUTE, 190, &[(60, 1), (120, 55), (180, 115)], "an hour"),
            (180 * MINUTE, 310, &[(180, 1), (240, 55), (300, 115)], "a long one: each hour, three hours back"),
        ] {
            assert_eq!(compactions(period, minutes, never), expected, "{why}");
        }
    }

    #[test]
    fn a_failure_is_tried_again_at_the_next_sample() {
        let found = compactions(10 * MINUTE, 25, |minute| (10..12).contains(&minute));
        assert_eq!(found, [(10, 1), (11, 1), (12, 2), (22, 12)]);
    }

    #[test]
    fn a_store_at_rest_is_compacted_once() {
        let start = Instant::now();
        let mut schedule = ByAge::new(MINUTE, start);
        let mut found = Vec::new();
        for sample in 1..100 {
            schedule.read(7);
            let now = start + sample * schedule.sample;
            if let Some(revision) = schedule.due(now) {
                found.push((sample, revision));
                schedule.done(revision, now);
            }
        }
        assert_eq!(found, [(10, 7)]);
    }

    #[test]
    fn by_count() {
        for (revision, retention, last, due, why) in [
            (100, 10, 0, Some(90), "the last ten stay"),
            (100, 10, 90, None, "done before"),
            (10, 10, 0, None, "nothing to drop yet"),
            (9, 10, 0, None, "fewer than are to stay"),
            (i64::MAX, 1, 0, Some(i64::MAX - 1), "no overflow"),
        ] {
            assert_eq!(due_by_count(revision, retention, last), due, "{why}");
        }
    }
}
