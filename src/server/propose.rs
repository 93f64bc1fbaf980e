//! The way of a write from its arrival to its answer: limits, request id, raft's inbox, waiting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::caller::Credentials;
use super::{Server, ServerError, TimeoutCause};
use crate::apply::Answer;
use crate::pb::etcdserverpb::{AlarmMember, AlarmRequest, AlarmType, alarm_request::AlarmAction};
use crate::pb::request::{Caller, Request};
use crate::raft;
use crate::telemetry::metrics::{self, op::Op};
use crate::types::Term;

/// Entries that may be committed and not applied; beyond, proposals are refused.
const BACKLOG_MAX: u64 = 5000;
/// Bytes that may wait for the WAL, and for apply; beyond, proposals wait.
pub(super) const QUEUED_BYTES_MAX: usize = 64 << 20;
/// How often a proposal that waits looks again.
const ROOM_LOOK: Duration = Duration::from_millis(5);

impl Server {
    /// Proposes `request` for a client and waits until it was applied here.
    ///
    /// # Errors
    /// Too many requests, credentials that are not valid, request too large, what applying it answered, or a timeout
    /// after which it may still be applied.
    pub async fn propose(&self, request: Request, credentials: &Credentials) -> Result<Answer, ServerError> {
        self.wait_for_room().await?;
        let caller = self.caller(credentials).await?;
        self.propose_for(request, caller).await
    }

    /// Proposes what this member has to say itself.
    ///
    /// # Errors
    /// As [`Self::propose`].
    pub async fn propose_own(&self, request: Request) -> Result<Answer, ServerError> {
        self.wait_for_room().await?;
        let caller = self.own_caller(&request);
        self.propose_for(request, caller).await
    }

    /// Proposes what is this member's duty as the leader of `term`. Once it does not lead in that term any more the
    /// proposal is dropped, which shows as a timeout.
    ///
    /// # Errors
    /// As [`Self::propose`].
    pub async fn propose_duty(&self, request: Request, term: Term) -> Result<Answer, ServerError> {
        self.wait_for_room().await?;
        let raft = &self.shared.raft;
        let send = |data| {
            let _ = raft.send(raft::Input::ProposeInTerm { term, data });
        };
        let caller = self.own_caller(&request);
        self.send_and_wait(request, caller, send).await
    }

    async fn propose_for(&self, request: Request, caller: Caller) -> Result<Answer, ServerError> {
        self.send_and_wait(request, caller, |data| self.send_proposal(data)).await
    }

    async fn send_and_wait(
        &self,
        request: Request,
        caller: Caller,
        send: impl FnOnce(Bytes),
    ) -> Result<Answer, ServerError> {
        let op = Op::named(request.name());
        let id = self.runtime.ids.draw();
        let data = request.encode(id, caller);
        if data.len() > self.shared.settings.limits.max_request_bytes {
            return Err(ServerError::RequestTooLarge);
        }
        let began = Instant::now();
        let mut waiting = self.runtime.waiters.register(id, Some(began));
        let mut counted = Counted::begin();
        send(data.into());
        let outcome = (&mut waiting.answer).await.unwrap_or(Err(ServerError::Stopped));
        counted.is_applied = matches!(outcome, Ok(_) | Err(ServerError::Apply(_)));
        op.request_took(outcome.is_ok(), began.elapsed());
        outcome
    }

    /// Refuses when too many entries wait to be applied, as etcd does. When only their bytes are too many, which a few
    /// clients with large values can bring about, the disk is given the time of one request.
    async fn wait_for_room(&self) -> Result<(), ServerError> {
        let deadline = Instant::now() + self.shared.settings.request_timeout;
        loop {
            if self.shared.raft_status.committed() > self.view().applied + BACKLOG_MAX {
                return Err(ServerError::TooManyRequests);
            }
            if self.shared.wal.queued_bytes().max(self.shared.apply.queued_bytes()) <= QUEUED_BYTES_MAX {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(ServerError::TooManyRequests);
            }
            tokio::time::sleep(ROOM_LOOK).await;
        }
    }

    /// Proposes the NOSPACE alarm for this member, unless it stands, and waits for it.
    ///
    /// # Errors
    /// As any proposal.
    pub async fn raise_no_space(&self) -> Result<(), ServerError> {
        let own = AlarmMember { member_id: self.shared.member_id.0, alarm: AlarmType::Nospace.into() };
        if self.view().alarms.contains(&own) {
            return Ok(());
        }
        let request = AlarmRequest {
            action: AlarmAction::Activate.into(),
            member_id: self.shared.member_id.0,
            alarm: AlarmType::Nospace.into(),
        };
        self.propose_own(Request::Alarm(request)).await.map(drop)
    }

    /// Hands data to raft: what arrives in one turn of the runtime goes as one message, and the runtime does raft's work
    /// with it unless somebody is at it.
    fn send_proposal(&self, data: Bytes) {
        let mut gathering = self.runtime.proposals.lock();
        gathering.push(data);
        if gathering.len() > 1 {
            return;
        }
        drop(gathering);
        let runtime = Arc::clone(&self.runtime);
        let raft = self.shared.raft.clone();
        tokio::spawn(async move {
            let batch = std::mem::take(&mut *runtime.proposals.lock());
            // A stopped raft answers nobody; the waiters end by their time limit or with the runtime.
            let _ = raft.drive(raft::Input::Propose(batch));
        });
    }
}

/// A proposal under way, in the metrics. One that its client gave up counts as failed.
struct Counted {
    is_applied: bool,
}

impl Counted {
    fn begin() -> Self {
        metrics::server::PROPOSALS_PENDING.inc();
        Self { is_applied: false }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::server::PROPOSALS_PENDING.dec();
        if !self.is_applied {
            metrics::server::PROPOSALS_FAILED.inc();
        }
    }
}

/// Why a proposal that began at `started` was not answered in time. `is_connected`: this member sees enough others.
pub fn timeout_error(
    raft: &raft::Status,
    started: Instant,
    election_timeout: Duration,
    is_connected: bool,
) -> ServerError {
    // Without a leader all the time, raft never took it.
    if raft.leaderless_since().is_some_and(|since| since <= started) {
        return ServerError::DeadlineExceeded;
    }
    ServerError::Timeout(match raft.lead_elected_at() {
        Some(elected) if started < elected && started + 2 * election_timeout > elected => TimeoutCause::LeaderFailed,
        Some(_) if !is_connected => TimeoutCause::ConnectionLost,
        _ => TimeoutCause::Unknown,
    })
}
