//! Metrics that are read off the state when somebody scrapes, so that no request pays for them.

use parking_lot::Mutex;
use prometheus::IntCounter;

use super::Server;
use crate::pb::etcdserverpb::{AlarmMember, AlarmType};
use crate::telemetry::metrics::{mvcc, network, server};
use crate::types::MemberId;

/// What the last scrape showed and the next must take back.
#[derive(Default)]
struct Shown {
    cluster_version: Option<String>,
    alarms: Vec<AlarmMember>,
    peers: Vec<MemberId>,
}

/// The metrics of one server. Kept by its pages.
pub struct Figures {
    server: Server,
    shown: Mutex<Shown>,
}

impl Figures {
    pub fn new(server: Server) -> Self {
        server::ID.with_label_values(&[&server.member_id().to_string()]).set(1);
        Self { server, shown: Mutex::default() }
    }

    /// Brings all of them up to date.
    pub fn refresh(&self) {
        let mut shown = self.shown.lock();
        self.store();
        self.raft();
        self.auth();
        self.members(&mut shown);
        self.alarms(&mut shown);
    }

    fn store(&self) {
        let view = self.server.view();
        let store = &view.kv.store;
        mvcc::DB_SIZE_BYTES.set(gauge(store.size_bytes()));
        mvcc::DB_IN_USE_BYTES.set(gauge(store.size_in_use_bytes()));
        mvcc::KEYS.set(gauge(store.keys() as u64));
        mvcc::CURRENT_REVISION.set(view.kv.revision);
        mvcc::COMPACT_REVISION.set(store.compacted());
        mvcc::DB_COMPACTION_LAST.set(gauge(store.compaction_ended()));
        raise(&mvcc::DB_COMPACTION_KEYS_TOTAL, store.compacted_rows());
    }

    fn raft(&self) {
        let status = &self.server.shared.raft_status;
        server::HAS_LEADER.set(status.leader().is_some().into());
        server::IS_LEADER.set(self.server.is_leader().into());
        server::PROPOSALS_COMMITTED.set(gauge(status.committed()));
        server::PROPOSALS_APPLIED.set(gauge(self.server.view().applied));
        raise(&server::LEADER_CHANGES, status.leader_changes());
    }

    fn auth(&self) {
        server::AUTH_REVISION.set(gauge(self.server.view().auth.revision()));
    }

    fn members(&self, shown: &mut Shown) {
        let view = self.server.view();
        server::IS_LEARNER.set(self.server.is_learner().into());
        let version = view.cluster.version().map(|version| format!("{}.{}", version.major, version.minor));
        if version != shown.cluster_version {
            if let Some(earlier) = shown.cluster_version.take() {
                server::CLUSTER_VERSION.with_label_values(&[&earlier]).set(0);
            }
            if let Some(version) = &version {
                server::CLUSTER_VERSION.with_label_values(&[version]).set(1);
            }
            shown.cluster_version = version;
        }
        let local = self.server.member_id().to_string();
        let peers: Vec<MemberId> = view.cluster.members().map(|member| member.id).collect();
        if peers != shown.peers {
            for peer in &shown.peers {
                network::KNOWN_PEERS.with_label_values(&[&local, &peer.to_string()]).set(0);
            }
            for peer in &peers {
                network::KNOWN_PEERS.with_label_values(&[&local, &peer.to_string()]).set(1);
            }
            shown.peers = peers;
        }
    }

    fn alarms(&self, shown: &mut Shown) {
        let view = self.server.view();
        for (alarms, value) in [(&shown.alarms[..], 0), (&view.alarms, 1)] {
            for alarm in alarms {
                let kind = AlarmType::try_from(alarm.alarm).unwrap_or_default();
                let member = MemberId(alarm.member_id).to_string();
                server::ALARMS.with_label_values(&[&member[..], kind.as_str_name()]).set(value);
            }
        }
        shown.alarms = view.alarms.to_vec();
    }
}

fn gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Lets a counter follow one that is kept elsewhere.
fn raise(counter: &IntCounter, total: u64) {
    counter.inc_by(total.saturating_sub(counter.get()));
}
