//! The members of a cluster at one entry of the log.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::change::{Change, ChangeError};
use super::json;
use super::member::{Attributes, Member};
use super::v2_tree::{Tree, TreeMember};
use super::version::{ClusterVersion, VersionError};
use crate::pb::raftpb;
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::types::{ClusterId, MemberId};

const VERSION_KEY: &[u8] = b"clusterVersion";
const DOWNGRADE_KEY: &[u8] = b"downgrade";
const REMOVED: &[u8] = b"removed";

/// Members, removed members and version. Cheap enough to copy: it changes rarely and is small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    id: ClusterId,
    members: BTreeMap<MemberId, Member>,
    /// Never shrinks: ids are not used again.
    removed: BTreeSet<MemberId>,
    version: Option<ClusterVersion>,
    downgrade: Option<ClusterVersion>,
}

/// A row of a bucket that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("bucket {bucket} key {key:?}: {what}")]
pub struct RestoreError {
    pub bucket: &'static str,
    pub key: Bytes,
    pub what: String,
}

impl Cluster {
    /// A cluster without members: they come with the first entries.
    pub fn new(id: ClusterId) -> Self {
        Self { id, members: BTreeMap::new(), removed: BTreeSet::new(), version: None, downgrade: None }
    }

    /// Reads the rows of `members`, `members_removed` and `cluster`; rows of other buckets are passed over.
    ///
    /// # Errors
    /// The first row that is not as etcd writes it.
    pub fn restore<'a>(id: ClusterId, rows: impl IntoIterator<Item = &'a BucketChange>) -> Result<Self, RestoreError> {
        let mut cluster = Self::new(id);
        for row in rows {
            cluster.restore_row(row).map_err(|what| RestoreError {
                bucket: row.bucket.name(),
                key: row.key.clone(),
                what,
            })?;
        }
        Ok(cluster)
    }

    /// Reads what a `.snap` file says: up to etcd 3.5 that is the truth.
    ///
    /// # Errors
    /// The version is none.
    pub fn from_tree(id: ClusterId, tree: &Tree) -> Result<Self, VersionError> {
        let member = |member: &TreeMember| Member {
            id: member.id,
            peer_urls: member.peer_urls.clone(),
            is_learner: member.is_learner,
            attributes: Attributes { name: member.name.clone(), client_urls: member.client_urls.clone() },
        };
        Ok(Self {
            id,
            members: tree.members.iter().map(|found| (found.id, member(found))).collect(),
            removed: tree.removed.iter().copied().collect(),
            version: tree.version.as_deref().map(ClusterVersion::parse).transpose()?,
            downgrade: None,
        })
    }

    /// All rows of the buckets `members` and `members_removed`.
    pub fn member_rows(&self) -> Vec<BucketChange> {
        let removed = |&id: &MemberId| BucketChange {
            bucket: Bucket::MembersRemoved,
            key: key(id),
            value: Some(Bytes::from_static(REMOVED)),
        };
        self.members.keys().map(|&id| self.row(id)).chain(self.removed.iter().map(removed)).collect()
    }

    fn restore_row(&mut self, row: &BucketChange) -> Result<(), String> {
        let Some(value) = &row.value else { return Ok(()) };
        match row.bucket {
            Bucket::Members => {
                let id = parse_key(&row.key)?;
                let member = Member::from_json(value).map_err(|error| error.to_string())?;
                if member.id != id {
                    return Err(format!("holds member {}", member.id));
                }
                self.members.insert(id, member);
            }
            Bucket::MembersRemoved => {
                self.removed.insert(parse_key(&row.key)?);
            }
            Bucket::Cluster if row.key == VERSION_KEY => {
                let text = String::from_utf8_lossy(value);
                self.version = Some(ClusterVersion::parse(&text).map_err(|error| error.to_string())?);
            }
            Bucket::Cluster if row.key == DOWNGRADE_KEY => self.downgrade = downgrade_from_json(value)?,
            Bucket::Cluster
            | Bucket::Alarm
            | Bucket::Auth
            | Bucket::AuthRoles
            | Bucket::AuthUsers
            | Bucket::Key
            | Bucket::Lease
            | Bucket::Meta => {}
        }
        Ok(())
    }

    pub fn id(&self) -> ClusterId {
        self.id
    }

    /// In order of their ids.
    pub fn members(&self) -> impl ExactSizeIterator<Item = &Member> {
        self.members.values()
    }

    /// Whether `id` is a member that does not vote.
    pub fn is_learner(&self, id: MemberId) -> bool {
        self.members.get(&id).is_some_and(|member| member.is_learner)
    }

    /// In order of their ids.
    pub fn removed(&self) -> impl Iterator<Item = MemberId> {
        self.removed.iter().copied()
    }

    pub fn is_removed(&self, id: MemberId) -> bool {
        self.removed.contains(&id)
    }

    /// `None` until the first leader has set it.
    pub fn version(&self) -> Option<ClusterVersion> {
        self.version
    }

    /// The version that the cluster is being taken down to.
    pub fn downgrade(&self) -> Option<ClusterVersion> {
        self.downgrade
    }

    /// Raft's configuration as it follows from the members.
    pub fn conf_state(&self) -> raftpb::ConfState {
        let ids = |is_learner| {
            let members = self.members.values().filter(move |member| member.is_learner == is_learner);
            members.map(|member| member.id.0).collect()
        };
        raftpb::ConfState {
            voters: ids(false),
            learners: ids(true),
            auto_leave: Some(false),
            ..raftpb::ConfState::default()
        }
    }

    /// Whether `change` may be made. `learners_max` must be the same on all members.
    ///
    /// # Errors
    /// Why it may not.
    pub fn check(&self, change: &Change, learners_max: usize) -> Result<(), ChangeError> {
        let id = change.member_id();
        if self.is_removed(id) {
            return Err(ChangeError::Removed);
        }
        let known = self.members.get(&id);
        match change {
            Change::Add(_) if known.is_some() => Err(ChangeError::Exists),
            Change::Add(member) if self.is_url_taken(&member.peer_urls, None) => Err(ChangeError::PeerUrlExists),
            Change::Add(member) if member.is_learner && self.learner_count() >= learners_max => {
                Err(ChangeError::TooManyLearners)
            }
            Change::Add(_) => Ok(()),
            Change::Promote(_) => match known {
                None => Err(ChangeError::NotFound),
                Some(member) if !member.is_learner => Err(ChangeError::NotLearner),
                Some(_) => Ok(()),
            },
            Change::Remove(_) | Change::Update { .. } if known.is_none() => Err(ChangeError::NotFound),
            Change::Remove(_) => Ok(()),
            Change::Update { peer_urls, .. } if self.is_url_taken(peer_urls, Some(id)) => {
                Err(ChangeError::PeerUrlExists)
            }
            Change::Update { .. } => Ok(()),
        }
    }

    fn learner_count(&self) -> usize {
        self.members.values().filter(|member| member.is_learner).count()
    }

    fn is_url_taken(&self, urls: &[String], except: Option<MemberId>) -> bool {
        let mut others = self.members.values().filter(|member| Some(member.id) != except);
        others.any(|member| member.peer_urls.iter().any(|url| urls.contains(url)))
    }

    /// Makes a change and returns the rows to write.
    ///
    /// # Errors
    /// Why the change may not be made; nothing is changed then.
    pub fn apply(&mut self, change: &Change, learners_max: usize) -> Result<Vec<BucketChange>, ChangeError> {
        self.check(change, learners_max)?;
        let id = change.member_id();
        match change {
            Change::Add(member) => {
                self.members.insert(id, member.clone());
            }
            Change::Promote(_) => self.update(id, |member| member.is_learner = false),
            Change::Update { peer_urls, .. } => self.update(id, |member| member.peer_urls.clone_from(peer_urls)),
            Change::Remove(_) => {
                self.members.remove(&id);
                self.removed.insert(id);
                return Ok(vec![
                    BucketChange { bucket: Bucket::Members, key: key(id), value: None },
                    BucketChange {
                        bucket: Bucket::MembersRemoved,
                        key: key(id),
                        value: Some(Bytes::from_static(REMOVED)),
                    },
                ]);
            }
        }
        Ok(vec![self.row(id)])
    }

    /// Sets what a member said about itself, and returns the row to write. A removed member's words are passed over.
    ///
    /// # Errors
    /// The member was never one: etcd ends on such an entry.
    pub fn set_attributes(
        &mut self,
        id: MemberId,
        attributes: Attributes,
    ) -> Result<Option<BucketChange>, ChangeError> {
        if self.members.contains_key(&id) {
            self.update(id, |member| member.attributes = attributes);
            return Ok(Some(self.row(id)));
        }
        if self.is_removed(id) { Ok(None) } else { Err(ChangeError::NotFound) }
    }

    /// Sets the cluster version, and returns the row to write.
    pub fn set_version(&mut self, version: ClusterVersion) -> BucketChange {
        self.version = Some(version);
        BucketChange {
            bucket: Bucket::Cluster,
            key: Bytes::from_static(VERSION_KEY),
            value: Some(version.to_string().into()),
        }
    }

    /// Begins a downgrade to `target`, or ends the one under way; returns the row to write.
    pub fn set_downgrade(&mut self, target: Option<ClusterVersion>) -> BucketChange {
        self.downgrade = target;
        let text = target.map(|target| target.to_string()).unwrap_or_default();
        let json = format!("{{\"target-version\":\"{text}\",\"enabled\":{}}}", target.is_some());
        BucketChange { bucket: Bucket::Cluster, key: Bytes::from_static(DOWNGRADE_KEY), value: Some(json.into()) }
    }

    /// Remembers ids that were members at some time; those that are still stay.
    pub fn remember_removed(&mut self, ids: impl IntoIterator<Item = MemberId>) {
        self.removed.extend(ids.into_iter().filter(|id| !self.members.contains_key(id)));
    }

    fn update(&mut self, id: MemberId, change: impl FnOnce(&mut Member)) {
        change(self.members.get_mut(&id).expect("checked before"));
    }

    fn row(&self, id: MemberId) -> BucketChange {
        let value = self.members[&id].to_json();
        BucketChange { bucket: Bucket::Members, key: key(id), value: Some(value.into()) }
    }
}

fn key(id: MemberId) -> Bytes {
    id.to_string().into()
}

fn downgrade_from_json(value: &[u8]) -> Result<Option<ClusterVersion>, String> {
    let (mut target, mut is_enabled) = (String::new(), false);
    for (name, value) in json::fields(value).map_err(|error| error.to_string())? {
        if json::is(&name, "target-version") {
            target = json::string("target-version", value).map_err(|error| error.to_string())?;
        } else if json::is(&name, "enabled") {
            is_enabled = json::flag("enabled", &value).map_err(|error| error.to_string())?;
        }
    }
    if !is_enabled {
        return Ok(None);
    }
    ClusterVersion::parse(&target).map(Some).map_err(|error| error.to_string())
}

fn parse_key(key: &[u8]) -> Result<MemberId, String> {
    let text = std::str::from_utf8(key).map_err(|_| "is no id".to_owned())?;
    MemberId::parse(text).map_err(|_| "is no id".to_owned())
}

/// The value of the key `confState` in bucket `meta`; empty lists are left out.
pub fn conf_state_json(state: &raftpb::ConfState) -> String {
    let mut out = String::from("{");
    for (name, ids) in [
        ("voters", &state.voters),
        ("learners", &state.learners),
        ("voters_outgoing", &state.voters_outgoing),
        ("learners_next", &state.learners_next),
    ] {
        if !ids.is_empty() {
            let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
            out.push_str(&format!("\"{name}\":[{}],", ids.join(",")));
        }
    }
    out.push_str(&format!("\"auto_leave\":{}}}", state.auto_leave()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: u64, url: &str, is_learner: bool) -> Member {
        Member { id: MemberId(id), peer_urls: vec![url.to_owned()], is_learner, ..Member::default() }
    }

    /// Voters 1 and 2, learner 3, member 9 removed.
    fn cluster() -> Cluster {
        let mut cluster = Cluster::new(ClusterId(0xc));
        for (id, url, is_learner) in [(2, "http://b:1", false), (1, "http://a:1", false), (3, "http://c:1", true)] {
            cluster.apply(&Change::Add(member(id, url, is_learner)), 1).unwrap();
        }
        cluster.apply(&Change::Add(member(9, "http://i:1", false)), 1).unwrap();
        cluster.apply(&Change::Remove(MemberId(9)), 1).unwrap();
        cluster
    }

    fn show(rows: &[BucketChange]) -> Vec<String> {
        let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
        let show = |row: &BucketChange| {
            let value = row.value.as_ref().map_or("deleted".to_owned(), text);
            format!("{}/{} {value}", row.bucket.name(), text(&row.key))
        };
        rows.iter().map(show).collect()
    }

    #[test]
    fn a_downgrade_is_written_as_etcd_does_and_read_again() {
        let mut cluster = cluster();
        for (target, text) in [
            (Some(ClusterVersion::new(3, 6)), r#"cluster/downgrade {"target-version":"3.6.0","enabled":true}"#),
            (None, r#"cluster/downgrade {"target-version":"","enabled":false}"#),
        ] {
            let row = cluster.set_downgrade(target);
            assert_eq!(show(std::slice::from_ref(&row)), [text]);
            assert_eq!(Cluster::restore(ClusterId(0xc), [&row]).unwrap().downgrade(), target);
        }
        let broken = |json: &'static str| BucketChange {
            bucket: Bucket::Cluster,
            key: Bytes::from_static(DOWNGRADE_KEY),
            value: Some(json.into()),
        };
        for json in ["", r#"{"target-version":"3","enabled":true}"#, r#"{"enabled":1}"#] {
            assert!(Cluster::restore(ClusterId(0xc), [&broken(json)]).is_err(), "{json}");
        }
    }

    #[test]
    fn changes_are_checked_as_etcd_does() {
        let update = |id, url: &str| Change::Update { id: MemberId(id), peer_urls: vec![url.to_owned()] };
        for (change, expected, why) in [
            (Change::Add(member(4, "http://d:1", false)), Ok(()), "a voter"),
            (Change::Add(member(9, "http://d:1", false)), Err("membership: ID removed"), "ids are not used again"),
            (Change::Add(member(1, "http://a:1", false)), Err("membership: ID exists"), "id before URL"),
            (Change::Add(member(4, "http://c:1", false)), Err("membership: peerURL exists"), "a learner's URL counts"),
            (
                Change::Add(member(4, "http://d:1", true)),
                Err("membership: too many learner members in cluster"),
                "one learner is the limit",
            ),
            (Change::Promote(MemberId(3)), Ok(()), "a learner"),
            (Change::Promote(MemberId(1)), Err("membership: can only promote a learner member"), "a voter"),
            (Change::Promote(MemberId(4)), Err("membership: ID not found"), "nobody"),
            (Change::Promote(MemberId(9)), Err("membership: ID removed"), "gone"),
            (Change::Remove(MemberId(1)), Ok(()), "a voter"),
            (Change::Remove(MemberId(4)), Err("membership: ID not found"), "nobody"),
            (Change::Remove(MemberId(9)), Err("membership: ID removed"), "twice"),
            (update(1, "http://x:1"), Ok(()), "a free URL"),
            (update(1, "http://a:1"), Ok(()), "its own URL"),
            (update(1, "http://b:1"), Err("membership: peerURL exists"), "another's URL"),
            (update(4, "http://x:1"), Err("membership: ID not found"), "nobody"),
        ] {
            let mut after = cluster();
            let found = after.apply(&change, 1);
            assert_eq!(found.as_ref().map(drop).map_err(ToString::to_string), expected.map_err(str::to_owned), "{why}");
            assert_eq!(after == cluster(), found.is_err() || change == update(1, "http://a:1"), "{why}");
        }
    }

    #[test]
    fn rows_are_etcds_and_restore_the_cluster() {
        let mut cluster = Cluster::new(ClusterId(0xc));
        let mut rows = Vec::new();
        let mut made = |changes: Vec<BucketChange>| {
            let shown = show(&changes);
            rows.extend(changes);
            shown
        };
        let id = MemberId(0x1f);
        assert_eq!(
            made(cluster.apply(&Change::Add(member(0x1f, "http://a:1", true)), 1).unwrap()),
            [r#"members/1f {"id":31,"peerURLs":["http://a:1"],"isLearner":true}"#]
        );
        let attributes = Attributes { name: "n".to_owned(), client_urls: vec!["http://a:2".to_owned()] };
        assert_eq!(
            made(cluster.set_attributes(id, attributes.clone()).unwrap().into_iter().collect()),
            [
                r#"members/1f {"id":31,"peerURLs":["http://a:1"],"isLearner":true,"name":"n","clientURLs":["http://a:2"]}"#
            ]
        );
        assert_eq!(
            made(cluster.apply(&Change::Promote(id), 1).unwrap()),
            [r#"members/1f {"id":31,"peerURLs":["http://a:1"],"name":"n","clientURLs":["http://a:2"]}"#]
        );
        made(cluster.apply(&Change::Add(member(2, "http://b:1", false)), 1).unwrap());
        assert_eq!(
            made(cluster.apply(&Change::Remove(MemberId(2)), 1).unwrap()),
            ["members/2 deleted", "members_removed/2 removed"]
        );
        assert_eq!(made(vec![cluster.set_version(ClusterVersion::new(3, 7))]), ["cluster/clusterVersion 3.7.0"]);
        assert_eq!(cluster.set_attributes(MemberId(2), attributes.clone()).unwrap().map(drop), None);
        assert_eq!(cluster.set_attributes(MemberId(5), attributes).map(drop), Err(ChangeError::NotFound));

        let mut stored = BTreeMap::new();
        for row in rows {
            stored.insert((row.bucket, row.key.clone()), row);
        }
        assert_eq!(Cluster::restore(ClusterId(0xc), stored.values()).unwrap(), cluster);
    }

    #[test]
    fn damaged_rows_are_named() {
        for (bucket, key, value, expected) in [
            (Bucket::Members, "1", "{}", "bucket members key b\"1\": holds member 0"),
            (Bucket::Members, "x", "{}", "bucket members key b\"x\": is no id"),
            (Bucket::MembersRemoved, "", "removed", "bucket members_removed key b\"\": is no id"),
            (Bucket::Cluster, "clusterVersion", "3", "bucket cluster key b\"clusterVersion\": \"3\" is no version"),
        ] {
            let row = BucketChange { bucket, key: key.into(), value: Some(value.into()) };
            assert_eq!(Cluster::restore(ClusterId(1), [&row]).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn configuration_follows_from_the_members() {
        let state = cluster().conf_state();
        assert_eq!((&state.voters[..], &state.learners[..]), (&[1, 2][..], &[3][..]));
        assert_eq!(conf_state_json(&state), r#"{"voters":[1,2],"learners":[3],"auto_leave":false}"#);
        assert_eq!(conf_state_json(&raftpb::ConfState::default()), r#"{"auto_leave":false}"#);
    }
}
