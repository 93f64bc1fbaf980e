//! Where leases meet the clock: renewals, what leases have left, and the revocation of those that are over.
//!
//! A task of the member runtime hears from apply what was granted and revoked, in log order, and from raft who leads.
//! It owns the expiry; renewals happen on the runtime that asks, under a short lock.
//!
//! Not here: which leases exist (`lease::Registry`, written by apply), what a revocation deletes (`apply::lease`), the
//! way to another leader (a follower waits for a leader of its own, and ends with "no leader").

use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};
use tokio::time::MissedTickBehavior;
use tracing::{info, warn};

use super::{Server, ServerError};
use crate::apply::{ApplyError, LeaseEvent};
use crate::lease::{Lessor, Options, Renewal, SharedRegistry};
use crate::pb::etcdserverpb::{LeaseCheckpoint, LeaseCheckpointRequest, LeaseRevokeRequest};
use crate::pb::request::Request;
use crate::telemetry::metrics::lease as metrics;
use crate::types::{LeaseId, Term};

/// How often leases that are over are looked for.
const EXPIRY_INTERVAL: Duration = Duration::from_millis(500);
/// Leases taken up by one look.
const EXPIRY_MAX: usize = 500;
/// Revocations under way at once.
const REVOKES_MAX: usize = 16;
/// Of one entry.
const CHECKPOINTS_MAX: usize = 1000;
/// How often what long leases have left is told to the other members.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(300);
/// How often a request looks for a leader.
const LEADER_LOOK: Duration = Duration::from_millis(50);
/// How long a request waits until what is committed is applied.
const APPLY_PATIENCE: Duration = Duration::from_secs(1);
const APPLY_LOOK: Duration = Duration::from_millis(1);
/// A leader whose raft ticked within so many intervals needs no confirmation that it leads.
const FRESH_TICKS: u32 = 3;
/// Before a promotion for which there was no room is tried again.
const PROMOTION_RETRY: Duration = Duration::from_millis(100);
/// Events taken at once.
const EVENTS_MAX: usize = 1024;
/// Leases looked up under one hold of a lock.
const LEASES_A_LOCK: usize = 1000;

/// What the task is told. Its inbox is as bounded as proposals are.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// From apply, in log order.
    Changed(LeaseEvent),
    /// The first entry of a term was applied.
    TermBegan(Term),
    /// This member does not lead in any term but this one.
    LeadsOnlyIn(Option<Term>),
}

pub type Inbox = mpsc::UnboundedSender<Event>;

/// What runtimes share about leases.
pub struct Leases {
    pub registry: SharedRegistry,
    /// The deadlines; held for a lookup or a renewal.
    lessor: Mutex<Lessor>,
    /// Something ended: a lease, or this member's leadership.
    ended: Notify,
    is_fast: bool,
}

/// What the configuration says about leases.
#[derive(Clone, Copy, Debug)]
pub struct LeaseSettings {
    pub election_timeout: Duration,
    pub request_timeout: Duration,
    /// Leases that are known are renewed without waiting for apply.
    pub is_fast: bool,
    pub has_checkpoints: bool,
}

impl Leases {
    pub fn new(registry: SharedRegistry, settings: LeaseSettings) -> Self {
        let options = Options {
            election_timeout: settings.election_timeout,
            retry: settings.request_timeout,
            checkpoint_interval: settings.has_checkpoints.then_some(CHECKPOINT_INTERVAL),
        };
        Self {
            registry,
            lessor: Mutex::new(Lessor::new(options, Instant::now())),
            ended: Notify::new(),
            is_fast: settings.is_fast,
        }
    }

    /// Renews a lease for what it was granted; `None` if there is no such lease.
    fn renew(&self, id: LeaseId) -> Option<(Renewal, i64)> {
        // Held to the end: of a revocation that comes later the task hears later, and takes the lease away again.
        let registry = self.registry.read();
        let ttl = registry.ttl(id)?;
        Some((self.lessor.lock().renew(id, ttl, Instant::now()), ttl))
    }
}

/// A lease at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseStanding {
    /// Whole seconds until it is over; 0 or negative while it waits for its revocation.
    pub left: i64,
    pub granted: i64,
}

impl Server {
    /// Renews a lease. The seconds that it was granted; 0 if there is no such lease. For a lease that is over it waits
    /// until that is revoked.
    ///
    /// # Errors
    /// No leader is found, leadership cannot be confirmed, or what is committed is not applied in time.
    pub async fn renew_lease(&self, id: LeaseId) -> Result<i64, ServerError> {
        let deadline = self.leader_deadline();
        loop {
            if let Some(ttl) = self.renew_as_leader(id).await? {
                return Ok(ttl);
            }
            wait_for_leader(deadline).await?;
        }
    }

    /// What a lease has left; `None` if there is no such lease.
    ///
    /// # Errors
    /// As [`Self::renew_lease`]; or the leader changed meanwhile.
    pub async fn lease_standing(&self, id: LeaseId) -> Result<Option<LeaseStanding>, ServerError> {
        let deadline = self.leader_deadline();
        loop {
            if let Some(standing) = self.standing_as_leader(id).await? {
                return Ok(standing);
            }
            wait_for_leader(deadline).await?;
        }
    }

    /// All leases; on the leader those that end first come first. Long with many leases.
    pub fn lease_ids(&self) -> Vec<LeaseId> {
        let leases = &self.shared.leases;
        let all: Vec<(LeaseId, i64)> = leases.registry.read().all().collect();
        let now = Instant::now();
        let mut by_end = Vec::with_capacity(all.len());
        for some in all.chunks(LEASES_A_LOCK) {
            let lessor = leases.lessor.lock();
            // What the lessor has not heard of yet has just been granted.
            let left = |id, seconds: i64| lessor.left_ms(id, now).unwrap_or(seconds.saturating_mul(1000));
            by_end.extend(some.iter().map(|&(id, seconds)| (left(id, seconds), id)));
        }
        by_end.sort_unstable();
        by_end.into_iter().map(|(_, id)| id).collect()
    }

    /// An id for a lease whose asker wants any.
    pub fn draw_lease_id(&self) -> LeaseId {
        loop {
            let id = (self.runtime.ids.draw() & i64::MAX as u64) as i64;
            if id != 0 {
                return LeaseId(id);
            }
        }
    }

    /// Until when a leader is looked for.
    fn leader_deadline(&self) -> Instant {
        Instant::now() + self.shared.settings.request_timeout
    }

    /// `None`: this member does not lead.
    async fn renew_as_leader(&self, id: LeaseId) -> Result<Option<i64>, ServerError> {
        let leases = &self.shared.leases;
        if !self.is_leader() {
            return Ok(None);
        }
        if !leases.is_fast || leases.registry.read().ttl(id).is_none() {
            self.wait_until_applied().await?;
        }
        self.confirm_leadership().await?;
        // Once: a lease that is over may have another one while it waits for its end. Also where none are made any more:
        // a leader to come would take an old one for what the lease has left.
        if leases.registry.read().remaining(id).is_some() {
            self.propose_own(checkpoint(vec![(id, 0)])).await?;
        }
        loop {
            let mut ended = std::pin::pin!(leases.ended.notified());
            ended.as_mut().enable();
            match leases.renew(id) {
                None => return Ok(Some(0)),
                Some((Renewal::Renewed, ttl)) => {
                    metrics::RENEWED.inc();
                    return Ok(Some(ttl));
                }
                Some((Renewal::Over, _)) => ended.await,
                Some((Renewal::NotPrimary, _)) => return Ok(None),
            }
        }
    }

    /// `None`: this member does not lead.
    async fn standing_as_leader(&self, id: LeaseId) -> Result<Option<Option<LeaseStanding>>, ServerError> {
        let leases = &self.shared.leases;
        if !self.is_leader() {
            return Ok(None);
        }
        self.wait_until_applied().await?;
        let Some(term) = leases.lessor.lock().term() else { return Ok(None) };
        let Some(granted) = leases.registry.read().ttl(id) else { return Ok(Some(None)) };
        // The task may not have heard of a grant that was just applied.
        let left = leases.lessor.lock().left_ms(id, Instant::now()).map_or(granted, |left_ms| left_ms / 1000);
        if !self.leads_in(term) {
            return Err(ServerError::LeaderChanged);
        }
        Ok(Some(Some(LeaseStanding { left, granted })))
    }

    /// Waits until everything committed by now is applied.
    pub(super) async fn wait_until_applied(&self) -> Result<(), ServerError> {
        let wanted = self.shared.raft_status.committed();
        let deadline = Instant::now() + APPLY_PATIENCE;
        while self.view().applied < wanted {
            if Instant::now() > deadline {
                return Err(ServerError::AppliedTooLate);
            }
            tokio::time::sleep(APPLY_LOOK).await;
        }
        Ok(())
    }

    /// This member has led a moment ago: its raft was not asleep, or a quorum says so.
    async fn confirm_leadership(&self) -> Result<(), ServerError> {
        let fresh = self.shared.settings.tick * FRESH_TICKS;
        if self.shared.raft_status.ticked_at().elapsed() < fresh {
            return Ok(());
        }
        self.linearizable().await.map_err(|_| ServerError::NotPrimary)
    }

    fn leads_in(&self, term: Term) -> bool {
        self.is_leader() && self.raft_term() == term
    }

    /// Revokes a lease that is over, as the duty of the leader of `term`.
    async fn revoke_over(&self, id: LeaseId, term: Term) -> Result<(), ServerError> {
        match self.propose_duty(Request::LeaseRevoke(LeaseRevokeRequest { id: id.0 }), term).await {
            // Somebody else was faster.
            Ok(_) | Err(ServerError::Apply(ApplyError::LeaseNotFound(_))) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Tells all members what leases have left.
fn checkpoint(leases: Vec<(LeaseId, i64)>) -> Request {
    let checkpoints =
        leases.into_iter().map(|(LeaseId(id), remaining_ttl)| LeaseCheckpoint { id, remaining_ttl }).collect();
    Request::LeaseCheckpoint(LeaseCheckpointRequest { checkpoints })
}

/// Before this member is asked again whether it leads. Here a follower will ask the leader over the peer wire.
async fn wait_for_leader(deadline: Instant) -> Result<(), ServerError> {
    if Instant::now() + LEADER_LOOK > deadline {
        return Err(ServerError::NoLeader);
    }
    tokio::time::sleep(LEADER_LOOK).await;
    Ok(())
}

/// The task: events as they come, leases that are over twice a second. Ends when the server is dropped.
pub async fn run(server: Server, mut inbox: mpsc::UnboundedReceiver<Event>) {
    let mut events = Vec::with_capacity(EVENTS_MAX);
    let mut looks = tokio::time::interval(EXPIRY_INTERVAL);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut duty: Option<tokio::task::JoinHandle<()>> = None;
    loop {
        tokio::select! {
            biased;
            _ = looks.tick() => {
                // One round at a time: what the running one has no room for waits.
                if duty.as_ref().is_none_or(tokio::task::JoinHandle::is_finished) {
                    duty = begin_duty(&server);
                }
            }
            taken = inbox.recv_many(&mut events, EVENTS_MAX) => {
                if taken == 0 {
                    return;
                }
                for event in events.drain(..) {
                    hear(&server, event).await;
                }
                server.shared.leases.ended.notify_waiters();
            }
        }
    }
}

pub(super) async fn hear(server: &Server, event: Event) {
    let lessor = &server.shared.leases.lessor;
    match event {
        Event::Changed(LeaseEvent::Granted { id, ttl }) => lessor.lock().granted(id, ttl, Instant::now()),
        Event::Changed(LeaseEvent::Revoked(id)) => lessor.lock().revoked(id),
        Event::TermBegan(term) => {
            if server.leads_in(term) {
                promote(server, term).await;
            }
        }
        Event::LeadsOnlyIn(term) => {
            let mut lessor = lessor.lock();
            if lessor.term().is_some() && lessor.term() != term {
                lessor.demote();
                info!("leases are another leader's now");
            }
        }
    }
}

/// The registry may be ahead of the events: those that follow are in it already, and change nothing for the worse.
///
/// Reads that wait may leave no room for it: without it no lease of the term could be renewed or would ever end, so it is
/// tried until there is.
async fn promote(server: &Server, term: Term) {
    while server.leads_in(term) {
        let worker = server.clone();
        let prepared = server.run_blocking(move || {
            let leases = &worker.shared.leases;
            let all: Vec<(LeaseId, i64)> = leases.registry.read().all().collect();
            let preparation = leases.lessor.lock().preparation();
            (all.len(), preparation.prepare(term, all, Instant::now()))
        });
        match prepared.await {
            Ok((count, primary)) => {
                server.shared.leases.lessor.lock().promote(primary);
                info!(term, leases = count, "leads, and ends leases");
                return;
            }
            Err(ServerError::Stopped) => return,
            Err(error) => warn!(term, %error, "cannot take over the leases, trying again"),
        }
        tokio::time::sleep(PROMOTION_RETRY).await;
    }
}

/// What is due now: leases to revoke, and what others have left.
fn begin_duty(server: &Server) -> Option<tokio::task::JoinHandle<()>> {
    let mut lessor = server.shared.leases.lessor.lock();
    let term = lessor.term()?;
    let now = Instant::now();
    let (over, checkpoints) = (lessor.over(now, EXPIRY_MAX), lessor.checkpoints(now, CHECKPOINTS_MAX));
    drop(lessor);
    if over.is_empty() && checkpoints.is_empty() {
        return None;
    }
    let server = server.clone();
    Some(tokio::spawn(async move { do_duty(&server, term, over, checkpoints).await }))
}

async fn do_duty(server: &Server, term: Term, over: Vec<LeaseId>, checkpoints: Vec<(LeaseId, i64)>) {
    if let Err(error) = server.confirm_leadership().await {
        warn!(%error, "leases are over, and leadership is not certain");
        return;
    }
    // In another term the leader may have given them more time.
    if !checkpoints.is_empty()
        && server.leads_in(term)
        && let Err(error) = server.propose_duty(checkpoint(checkpoints), term).await
    {
        warn!(%error, "failed to tell what leases have left");
    }
    stream::iter(over).for_each_concurrent(REVOKES_MAX, |id| revoke(server, term, id)).await;
}

async fn revoke(server: &Server, term: Term, id: LeaseId) {
    if !server.leads_in(term) {
        return;
    }
    metrics::EXPIRED.inc();
    if let Err(error) = server.revoke_over(id, term).await {
        warn!(lease = %id, %error, "failed to revoke a lease that is over, will be tried again");
    }
}
