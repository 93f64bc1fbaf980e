//! One entry: what is due before and after its request runs.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use tracing::error;

use super::timing::Timing;
use super::{
    Answer, ApplyError, Boot, Compactions, Done, LocalEffect, Outcome, View, cluster, conf_change, dispatch, gate,
};
use crate::alarm::Alarms;
use crate::auth::AuthStore;
use crate::lease::SharedRegistry;
use crate::membership::Cluster;
use crate::mvcc::{Store, Writer};
use crate::pb::etcdserverpb::{AlarmMember, AlarmType, InternalRaftRequest};
use crate::pb::raftpb::{Entry, EntryType};
use crate::pb::request::{EntryData, request_id};
use crate::types::{Index, MemberId, Term};

/// What is local to this member. None of it decides what is written.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub member_id: MemberId,
    /// `--quota-backend-bytes` as configured: 0 is the default, negative none.
    pub quota_backend_bytes: i64,
    /// `--max-learners`; must be equal on all members.
    pub learners_max: usize,
    /// Shorter leases are given this many seconds; must be equal on all members.
    pub lease_ttl_min: i64,
    /// What leases have left is kept in the backend whatever the cluster's version.
    pub persists_checkpoints: bool,
    /// Above it "apply request took too long" is logged.
    pub warning_apply: Duration,
}

/// All replicated state. Its one owner is the apply thread.
pub(super) struct Machine {
    pub(super) writer: Writer,
    pub(super) store: Arc<Store>,
    pub(super) cluster: Arc<Cluster>,
    pub(super) auth: Arc<AuthStore>,
    pub(super) alarms: Alarms,
    pub(super) leases: SharedRegistry,
    pub(super) lease_ttl_min: i64,
    pub(super) persists_checkpoints: bool,
    pub(super) learners_max: usize,
    pub(super) compactions: Arc<Compactions>,
    published_alarms: Arc<[AlarmMember]>,
    applied: Index,
    term: Term,
    member_id: MemberId,
    pub(super) quota_limit: Option<u64>,
    pub(super) timing: Timing,
}

/// What is known of the entry besides its request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) index: Index,
    /// Someone waits here for the answer, also for what is only read.
    pub(super) is_answered: bool,
}

/// What a batch of entries leaves to be done after its publication.
#[derive(Default)]
pub(super) struct Aftermath {
    pub(super) answers: Vec<Done>,
    pub(super) local: Vec<LocalEffect>,
}

impl Machine {
    pub(super) fn new(mut boot: Boot) -> Self {
        if let Some(row) = boot.auth.begin() {
            boot.writer.change(row);
        }
        Self {
            published_alarms: boot.alarms.snapshot(),
            writer: boot.writer,
            store: boot.store,
            cluster: Arc::new(boot.cluster),
            auth: Arc::new(boot.auth),
            alarms: boot.alarms,
            leases: Arc::new(RwLock::new(boot.leases)),
            lease_ttl_min: boot.settings.lease_ttl_min,
            persists_checkpoints: boot.settings.persists_checkpoints,
            learners_max: boot.settings.learners_max,
            compactions: Arc::default(),
            applied: boot.applied,
            term: boot.term,
            member_id: boot.settings.member_id,
            quota_limit: gate::quota_limit(boot.settings.quota_backend_bytes),
            timing: Timing::new(boot.settings.warning_apply),
        }
    }

    pub(super) fn position(&self) -> (Index, Term) {
        (self.applied, self.term)
    }

    /// The state after the last entry.
    pub(super) fn view(&mut self) -> View {
        View {
            kv: self.writer.view(),
            applied: self.applied,
            term: self.term,
            cluster: self.cluster.clone(),
            auth: self.auth.clone(),
            alarms: self.published_alarms.clone(),
            compactions: self.compactions.clone(),
            leases: self.leases.clone(),
        }
    }

    /// Applies one entry. An entry that the store already holds changes nothing; raft still hears of it.
    pub(super) fn apply(&mut self, entry: &Entry, aftermath: &mut Aftermath) {
        let (index, term) = (entry.index(), entry.term());
        if index <= self.applied {
            replay(entry, aftermath);
            return;
        }
        assert_eq!(index, self.applied + 1, "an entry is missing");
        match EntryType::try_from(entry.r#type.unwrap_or_default()) {
            Ok(EntryType::EntryNormal) => self.apply_normal(entry, aftermath),
            Ok(EntryType::EntryConfChange) => {
                let (request_id, outcome, change) = conf_change::apply(self, entry);
                aftermath.local.push(LocalEffect::ConfDone { index, change });
                if self.cluster.is_removed(self.member_id) && outcome.is_ok() {
                    aftermath.local.push(LocalEffect::OwnRemoval);
                }
                self.answer(request_id, outcome, aftermath);
            }
            Ok(EntryType::EntryConfChangeV2) | Err(_) => {
                error!(index, term, kind = entry.r#type, "entry of a type that no member proposes, ignored");
                aftermath.local.push(LocalEffect::ConfDone { index, change: None });
            }
        }
        self.writer.entry_done(index, term);
        self.applied = index;
        self.term = term;
    }

    fn apply_normal(&mut self, entry: &Entry, aftermath: &mut Aftermath) {
        let data = match &entry.data {
            Some(data) if !data.is_empty() => data,
            _ => {
                aftermath.local.push(LocalEffect::NewTerm { term: entry.term() });
                return;
            }
        };
        match EntryData::decode(data) {
            Ok(EntryData::Internal(request)) => {
                let id = request_id(&request);
                let asked = Asked { index: entry.index(), is_answered: self.is_own(id) };
                let outcome = self.apply_request(&request, asked, aftermath);
                self.timing.applied(&request, &outcome);
                self.answer(id, outcome, aftermath);
            }
            Ok(EntryData::V2(request)) => cluster::apply_v2(self, &request, &mut aftermath.local),
            Err(error) => error!(index = entry.index(), %error, "entry without effect"),
        }
    }

    fn apply_request(&mut self, request: &InternalRaftRequest, asked: Asked, aftermath: &mut Aftermath) -> Outcome {
        gate::check_root(&self.auth, request)?;
        let cost = gate::cost(request);
        gate::admit(&self.alarms, request, cost)?;
        gate::check_rights(&self.auth, &self.leases, request)?;
        let fits = cost == 0 || gate::fits(self.quota_limit, &self.store, cost);
        let answer = dispatch::run(self, request, asked, &mut aftermath.local)?;
        if fits {
            return Ok(answer);
        }
        if !self.alarms.is_raised(AlarmType::Nospace) {
            aftermath.local.push(LocalEffect::RaiseNoSpace);
        }
        Err(ApplyError::NoSpace)
    }

    /// Request ids begin with the member that drew them; nobody waits here for those of others.
    fn is_own(&self, request_id: u64) -> bool {
        request_id != 0 && request_id >> 48 == self.member_id.0 & 0xffff
    }

    fn answer(&self, request_id: u64, outcome: Outcome, aftermath: &mut Aftermath) {
        if self.is_own(request_id) {
            aftermath.answers.push(Done { request_id, outcome });
        }
    }

    /// Writes rows of the small buckets with the entry that is being applied.
    pub(super) fn write(&mut self, changes: impl IntoIterator<Item = crate::storage::schema::bucket::BucketChange>) {
        for change in changes {
            self.writer.change(change);
        }
    }

    /// Publishes the alarms as they now are with the next view.
    pub(super) fn alarms_changed(&mut self) {
        self.published_alarms = self.alarms.snapshot();
    }

    /// An answer that says nothing but that it is done.
    pub(super) fn done(&self) -> Answer {
        Answer::Done { revision: self.writer.revision() }
    }
}

/// An entry below the consistent index. Its configuration change is in the store, and raft has to follow it.
fn replay(entry: &Entry, aftermath: &mut Aftermath) {
    let index = entry.index();
    match EntryType::try_from(entry.r#type.unwrap_or_default()) {
        Ok(EntryType::EntryNormal) => {
            if entry.data.as_ref().is_none_or(|data| data.is_empty()) {
                aftermath.local.push(LocalEffect::NewTerm { term: entry.term() });
            }
        }
        Ok(EntryType::EntryConfChange) => {
            aftermath.local.push(LocalEffect::ConfDone { index, change: conf_change::for_raft(entry) });
        }
        Ok(EntryType::EntryConfChangeV2) | Err(_) => {
            aftermath.local.push(LocalEffect::ConfDone { index, change: None });
        }
    }
}
