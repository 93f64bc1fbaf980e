//! The small buckets: rows that decode, and what they name exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use bytes::Bytes;
use prost::Message;

use super::report::{Advice, Severity};
use super::rows::History;
use crate::membership::{Cluster, ClusterVersion};
use crate::pb::authpb::{self, permission::Type};
use crate::pb::etcdserverpb::{AlarmMember, AlarmType};
use crate::pb::raftpb::ConfState;
use crate::storage::schema::auth;
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::storage::schema::lease::LeaseRow;
use crate::storage::schema::meta;
use crate::storage::source::{Kind, Place};
use crate::types::{ClusterId, ETCD_VERSION, Index, LeaseId, MemberId, Term};

const ROOT: &str = "root";

/// Something wrong with a row.
#[derive(Debug)]
pub struct Wrong {
    pub severity: Severity,
    pub place: Place,
    pub what: String,
    pub advice: Advice,
}

/// What the small buckets say.
#[derive(Debug)]
pub struct Facts {
    pub consistent_index: Index,
    /// 0 in backends of etcd 3.4.
    pub term: Term,
    pub conf_state: Option<ConfState>,
    pub storage_version: Option<ClusterVersion>,
    /// -1: none.
    pub finished: i64,
    pub scheduled: i64,
    pub cluster: Cluster,
    pub leases: BTreeMap<LeaseId, LeaseRow>,
}

/// Values and their places, by key.
type PlacedRows = BTreeMap<Vec<u8>, (Vec<u8>, Place)>;

/// Rows of the small buckets, each with its place.
#[derive(Debug, Default)]
pub struct Buckets {
    rows: [PlacedRows; Bucket::ALL.len()],
}

/// What is wrong, row by row.
#[derive(Default)]
struct Check {
    wrong: Vec<Wrong>,
}

impl Check {
    fn row(&mut self, severity: Severity, bucket: Bucket, key: &[u8], place: Place, what: impl Display) {
        let what = format!("bucket {}, row {}: {what}", bucket.name(), shown(bucket, key));
        let advice = if severity == Severity::Warning { Advice::ByClient } else { Advice::ReplaceMember };
        self.wrong.push(Wrong { severity, place, what, advice });
    }
}

fn shown(bucket: Bucket, key: &[u8]) -> String {
    match (bucket, <[u8; 8]>::try_from(key)) {
        (Bucket::Lease, Ok(id)) => LeaseId(i64::from_be_bytes(id)).to_string(),
        (Bucket::Alarm, _) => AlarmMember::decode(key)
            .map_or_else(|_| key.escape_ascii().to_string(), |alarm| MemberId(alarm.member_id).to_string()),
        _ => key.escape_ascii().to_string(),
    }
}

impl Buckets {
    pub fn add(&mut self, bucket: Bucket, key: &[u8], value: &[u8], place: Place) {
        self.rows[bucket as usize].insert(key.to_vec(), (value.to_vec(), place));
    }

    fn of(&self, bucket: Bucket) -> impl Iterator<Item = (&[u8], &[u8], Place)> {
        self.rows[bucket as usize].iter().map(|(key, (value, place))| (&key[..], &value[..], *place))
    }

    /// The rows of a bucket, without their places.
    pub fn rows(&self, bucket: Bucket) -> BTreeMap<&[u8], &[u8]> {
        self.of(bucket).map(|(key, value, _)| (key, value)).collect()
    }

    fn place(&self, bucket: Bucket, key: &[u8]) -> Place {
        self.rows[bucket as usize].get(key).map_or(Place::File, |(_, place)| *place)
    }

    /// Checks all of them, against each other and against the keys.
    pub fn check(&self, kind: Kind, keys: &History) -> (Facts, Vec<Wrong>) {
        let mut check = Check::default();
        let mut facts = self.meta(&mut check);
        facts.leases = self.leases(keys, &mut check);
        facts.cluster = self.cluster(kind, &facts, &mut check);
        self.alarms(&facts.cluster, &mut check);
        self.auth(&mut check);
        (facts, check.wrong)
    }

    fn meta(&self, check: &mut Check) -> Facts {
        let mut facts = Facts {
            consistent_index: 0,
            term: 0,
            conf_state: None,
            storage_version: None,
            finished: -1,
            scheduled: -1,
            cluster: Cluster::new(ClusterId(0)),
            leases: BTreeMap::new(),
        };
        for (key, value, place) in self.of(Bucket::Meta) {
            let number = meta::decode_u64(value).ok_or("it is no number");
            let revision = meta::decode_compact_revision(value).ok_or("it is no revision");
            let set = match key {
                meta::CONSISTENT_INDEX => number.map(|index| facts.consistent_index = index),
                meta::TERM => number.map(|term| facts.term = term),
                meta::FINISHED_COMPACT_REVISION => revision.map(|revision| facts.finished = revision),
                meta::SCHEDULED_COMPACT_REVISION => revision.map(|revision| facts.scheduled = revision),
                meta::CONF_STATE => meta::decode_conf_state(value)
                    .map(|state| facts.conf_state = Some(state))
                    .ok_or("it is no configuration"),
                meta::STORAGE_VERSION => match storage_version(value) {
                    Ok(version) => {
                        facts.storage_version = Some(version);
                        Ok(())
                    }
                    Err(what) => {
                        let what = format!("bucket meta, row storageVersion: {what}");
                        let advice = Advice::Upgrade;
                        check.wrong.push(Wrong { severity: Severity::Error, place, what, advice });
                        Ok(())
                    }
                },
                _ => {
                    check.row(Severity::Info, Bucket::Meta, key, place, "no release that is known writes it");
                    Ok(())
                }
            };
            if let Err(what) = set {
                check.row(Severity::Error, Bucket::Meta, key, place, what);
            }
        }
        if facts.finished > facts.scheduled {
            let key = meta::FINISHED_COMPACT_REVISION;
            let what = format!("{} is finished, and only {} was begun", facts.finished, facts.scheduled);
            check.row(Severity::Error, Bucket::Meta, key, self.place(Bucket::Meta, key), what);
        }
        facts
    }

    fn leases(&self, keys: &History, check: &mut Check) -> BTreeMap<LeaseId, LeaseRow> {
        let mut leases = BTreeMap::new();
        for (key, value, place) in self.of(Bucket::Lease) {
            match LeaseRow::decode(&Bytes::copy_from_slice(key), &Bytes::copy_from_slice(value)) {
                Err(_) => check.row(Severity::Error, Bucket::Lease, key, place, "it is no lease, or another one"),
                Ok(lease) => {
                    if lease.ttl < 1 || lease.remaining_ttl < 0 || lease.remaining_ttl > lease.ttl {
                        let what = format!("{} of {} seconds are left", lease.remaining_ttl, lease.ttl);
                        check.row(Severity::Warning, Bucket::Lease, key, place, what);
                    }
                    leases.insert(lease.id, lease);
                }
            }
        }
        let leased = keys.keys().filter(|(_, life)| life.is_alive && life.lease != 0);
        let mut lost: Vec<_> = leased.filter(|(_, life)| !leases.contains_key(&LeaseId(life.lease))).collect();
        lost.sort_unstable_by_key(|(key, _)| *key);
        for (key, life) in lost {
            let what = format!(
                "key {}: its lease {} does not exist; the key never expires",
                key.escape_ascii(),
                LeaseId(life.lease)
            );
            let (severity, advice) = (Severity::Warning, Advice::ByClient);
            check.wrong.push(Wrong { severity, place: Place::File, what, advice });
        }
        leases
    }

    fn cluster(&self, kind: Kind, facts: &Facts, check: &mut Check) -> Cluster {
        let mut good = Vec::new();
        for bucket in [Bucket::Members, Bucket::MembersRemoved, Bucket::Cluster] {
            for (key, value, place) in self.of(bucket) {
                let (key, value) = (Bytes::copy_from_slice(key), Some(Bytes::copy_from_slice(value)));
                let row = BucketChange { bucket, key, value };
                match Cluster::restore(ClusterId(0), [&row]) {
                    Ok(_) => good.push(row),
                    Err(error) => check.row(Severity::Error, bucket, &row.key, place, error.what),
                }
            }
        }
        let cluster = Cluster::restore(ClusterId(0), &good).unwrap_or_else(|_| Cluster::new(ClusterId(0)));
        // Up to 3.5 members are kept elsewhere, and what is here may be stale.
        let is_truth = kind == Kind::Lmdb || facts.storage_version.is_some();
        let mut urls = BTreeMap::new();
        for member in cluster.members() {
            let key = member.id.to_string();
            let place = self.place(Bucket::Members, key.as_bytes());
            let mut tell = |severity, what: String| check.row(severity, Bucket::Members, key.as_bytes(), place, what);
            if cluster.is_removed(member.id) {
                let severity = if is_truth { Severity::Error } else { Severity::Warning };
                tell(severity, "it is also among the removed members".into());
            }
            if member.peer_urls.is_empty() {
                tell(Severity::Warning, "it has no peer URL".into());
            }
            for url in &member.peer_urls {
                if let Some(other) = urls.insert(url, member.id).filter(|&other| other != member.id) {
                    tell(Severity::Warning, format!("it has the peer URL {url} of member {other}"));
                }
            }
        }
        cluster
    }

    fn alarms(&self, cluster: &Cluster, check: &mut Check) {
        for (key, value, place) in self.of(Bucket::Alarm) {
            let Ok(alarm) = AlarmMember::decode(key) else {
                check.row(Severity::Error, Bucket::Alarm, key, place, "its key is no alarm");
                continue;
            };
            let mut warn = |what: &str| check.row(Severity::Warning, Bucket::Alarm, key, place, what);
            if !value.is_empty() {
                warn("it has a value, which no alarm has");
            }
            if !matches!(AlarmType::try_from(alarm.alarm), Ok(AlarmType::Nospace | AlarmType::Corrupt)) {
                warn("an alarm of a kind that is not known");
            }
            let id = MemberId(alarm.member_id);
            if id.0 != 0 && !cluster.members().any(|member| member.id == id) {
                warn("there is no such member; only its alarm disarm ends it");
            }
        }
    }

    fn auth(&self, check: &mut Check) {
        let mut is_enabled = false;
        for (key, value, place) in self.of(Bucket::Auth) {
            let what = match key {
                auth::ENABLED => {
                    is_enabled = value == [1];
                    (!matches!(value, [0 | 1])).then_some("it is neither 0 nor 1")
                }
                auth::REVISION => (meta::decode_u64(value).is_none()).then_some("it is no number"),
                _ => None,
            };
            if let Some(what) = what {
                check.row(Severity::Error, Bucket::Auth, key, place, what);
            }
        }
        let roles: BTreeSet<&[u8]> = self.of(Bucket::AuthRoles).map(|(name, ..)| name).collect();
        for (name, value, place) in self.of(Bucket::AuthRoles) {
            if let Err((severity, what)) = check_role(name, value) {
                check.row(severity, Bucket::AuthRoles, name, place, what);
            }
        }
        let mut root_holds_root = false;
        for (name, value, place) in self.of(Bucket::AuthUsers) {
            match check_user(name, value, &roles) {
                Ok(holds_root) => root_holds_root |= holds_root && name == ROOT.as_bytes(),
                Err((severity, what)) => check.row(severity, Bucket::AuthUsers, name, place, what),
            }
        }
        if is_enabled && !root_holds_root {
            let place = self.place(Bucket::Auth, auth::ENABLED);
            let what = "authentication is on, and there is no user root with the role root";
            check.row(Severity::Error, Bucket::Auth, auth::ENABLED, place, what);
        }
    }
}

fn storage_version(value: &[u8]) -> Result<ClusterVersion, String> {
    let own = ClusterVersion::parse(ETCD_VERSION).expect("our own version");
    let found = ClusterVersion::parse(&String::from_utf8_lossy(value)).map_err(|error| error.to_string())?;
    if found > own {
        return Err(format!("storage version {found} is newer than this program's {own}"));
    }
    Ok(found)
}

type Refused = (Severity, String);

fn check_role(name: &[u8], value: &[u8]) -> Result<(), Refused> {
    let role = authpb::Role::decode(value).map_err(|error| (Severity::Error, error.to_string()))?;
    if role.name != name {
        return Err((Severity::Error, format!("it holds role {}", role.name.escape_ascii())));
    }
    for permission in &role.key_permission {
        if Type::try_from(permission.perm_type).is_err() {
            return Err((Severity::Error, format!("permission of kind {}", permission.perm_type)));
        }
        // Releases before 3.6 take such, and they grant nothing.
        let (key, end) = (&permission.key[..], &permission.range_end[..]);
        if key.is_empty() || !end.is_empty() && end != [0] && end <= key {
            return Err((Severity::Info, format!("permission on no key, from {}", key.escape_ascii())));
        }
    }
    Ok(())
}

/// Whether the user is a root.
fn check_user(name: &[u8], value: &[u8], roles: &BTreeSet<&[u8]>) -> Result<bool, Refused> {
    let user = authpb::User::decode(value).map_err(|error| (Severity::Error, error.to_string()))?;
    if user.name != name {
        return Err((Severity::Error, format!("it holds user {}", user.name.escape_ascii())));
    }
    if let Some(role) = user.roles.iter().find(|role| !roles.contains(role.as_bytes()) && *role != ROOT) {
        return Err((Severity::Error, format!("its role {role} does not exist")));
    }
    let wants_password = !user.options.is_some_and(|options| options.no_password);
    if wants_password && !user.password.starts_with(b"$2") {
        return Err((Severity::Warning, "its password is no bcrypt hash: it cannot log in".into()));
    }
    Ok(user.roles.iter().any(|role| role == ROOT))
}
