//! The members of a stopped member's cluster, as of the last entry that its backend holds.
//!
//! | written by | where members are kept |
//! |---|---|
//! | etcd up to 3.5 | the tree in the `.snap` file the log begins with, and the entries after it; bucket `members` is not kept up |
//! | etcd from 3.6, rsetcd | bucket `members` |
//!
//! The release shows in storage version and cluster version: with either below 3.6 the last writer may have been an
//! etcd 3.5, whatever ran before. Newer members write the same tree, so nothing is lost by asking it then. Where there
//! is neither tree nor a log from its first entry, the buckets are what is left.
//!
//! Not here: what the answer is good for (`adopt`, `export`, `utl::wal`).

use std::fmt;
use std::path::{Path, PathBuf};

use prost::Message as _;

use crate::membership::{
    Attributes, Change, Cluster, ClusterVersion, RestoreError, V2Change, conf_state_json, v2_tree,
};
use crate::pb::etcdserverpb::Request as V2Request;
use crate::pb::raftpb::{ConfChange, ConfState, Entry, EntryType};
use crate::pb::request::EntryData;
use crate::storage::rewrite::State;
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::storage::schema::meta;
use crate::storage::snap;
use crate::storage::source::{Rows, Source, SourceError};
use crate::storage::wal::{self, RecordReader, Recovered, WalError};
use crate::types::{ClusterId, Index, MemberId, Term};

/// The first release that reads members from the buckets.
const BUCKETS_SINCE: ClusterVersion = ClusterVersion::new(3, 6);
/// The most learners of etcd 3.5.
const LEARNERS_MAX: usize = 1;

/// Where members were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Buckets,
    /// A `.snap` file and the entries after it.
    Tree(PathBuf),
    /// The log from its first entry.
    Log,
    /// The buckets, since an etcd up to 3.5 has left neither of the two: learners may have been promoted since, and
    /// client URLs may be missing.
    BucketsOnly,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buckets => f.write_str("the database"),
            Self::Tree(file) => write!(f, "{} and the entries after it", file.display()),
            Self::Log => f.write_str("the log from its first entry"),
            Self::BucketsOnly => f.write_str("the database alone, as no .snap file that can be read goes with the log"),
        }
    }
}

/// Who belongs to the cluster.
#[derive(Clone, Debug)]
pub struct Membership {
    pub cluster: Cluster,
    pub origin: Origin,
    /// `None`: no such row.
    pub storage_version: Option<ClusterVersion>,
    /// A path that a client of the v2 API made, if there is one.
    pub v2_data: Option<String>,
}

impl Membership {
    /// Makes a state say so in its buckets, as newer releases have it. `consistent` and `term` are of the last entry
    /// that is in it: up to etcd 3.4 the term is not kept.
    pub fn write_into(&self, state: &mut State, consistent: Index, term: Term) {
        let cluster = &self.cluster;
        if self.origin != Origin::Buckets {
            state.bucket(Bucket::Members).clear();
            state.bucket(Bucket::MembersRemoved).clear();
            cluster.member_rows().into_iter().for_each(|row| put(state, row));
            if let Some(version) = cluster.version() {
                put(state, cluster.clone().set_version(version));
            }
        }
        if consistent > 0 {
            let meta = state.bucket(Bucket::Meta);
            meta.entry(meta::TERM.to_vec()).or_insert_with(|| term.to_be_bytes().to_vec());
            write_conf_state(cluster, state);
        }
    }
}

/// Raft's configuration as it follows from the members. What a restored snapshot says is that of another cluster.
pub fn write_conf_state(cluster: &Cluster, state: &mut State) {
    let meta = state.bucket(Bucket::Meta);
    let stored = meta.get(meta::CONF_STATE).and_then(|json| meta::decode_conf_state(json));
    if !stored.is_some_and(|stored| agrees(cluster, &stored)) {
        meta.insert(meta::CONF_STATE.to_vec(), conf_state_json(&cluster.conf_state()).into_bytes());
    }
}

/// Makes a change to a state.
pub fn put(state: &mut State, row: BucketChange) {
    let BucketChange { bucket, key, value } = row;
    match value {
        Some(value) => state.bucket(bucket).insert(key.to_vec(), value.to_vec()),
        None => state.bucket(bucket).remove(&key[..]),
    };
}

/// Why members cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum MembershipError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("backend: {0}")]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Wal(#[from] WalError),
    #[error(transparent)]
    Snap(#[from] snap::SnapError),
}

/// What is looked at.
pub struct Files<'files> {
    pub cluster_id: ClusterId,
    pub source: &'files Source,
    /// Where `.snap` files are.
    pub snap_dir: &'files Path,
    pub wal_dir: &'files Path,
    pub recovered: &'files Recovered,
    /// The backend's consistent index.
    pub consistent: Index,
}

/// What a backend says of the members.
struct Stored {
    cluster: Cluster,
    storage_version: Option<ClusterVersion>,
    conf_state: Option<ConfState>,
}

impl Stored {
    fn read(source: &Source, cluster_id: ClusterId) -> Result<Self, MembershipError> {
        let mut rows = Vec::new();
        for bucket in [Bucket::Members, Bucket::MembersRemoved, Bucket::Cluster] {
            rows.extend(changes(bucket, source.rows(bucket)?));
        }
        let cluster = Cluster::restore(cluster_id, &rows)?;
        let meta = source.rows(Bucket::Meta)?;
        let text = meta.get(meta::STORAGE_VERSION).map(|text| String::from_utf8_lossy(text).into_owned());
        let storage_version = text.and_then(|text| ClusterVersion::parse(&text).ok());
        let conf_state = meta.get(meta::CONF_STATE).and_then(|json| meta::decode_conf_state(json));
        Ok(Self { cluster, storage_version, conf_state })
    }

    /// Whether it was written by a release that keeps its buckets up.
    fn is_new(&self) -> bool {
        self.storage_version.is_some_and(|version| version >= BUCKETS_SINCE)
            && self.cluster.version().is_none_or(|version| version >= BUCKETS_SINCE)
    }
}

/// The members at the backend's consistent index, where the log beside it cannot be read. `None` where backend and
/// `.snap` files do not tell for certain.
///
/// # Errors
/// Damage in the backend.
pub fn at_rest(
    source: &Source,
    snap_dir: &Path,
    consistent: Index,
    own: MemberId,
    cluster_id: ClusterId,
) -> Result<Option<Cluster>, MembershipError> {
    let stored = Stored::read(source, cluster_id)?;
    if stored.is_new() {
        return Ok(Some(stored.cluster));
    }
    let trees = snap::list(snap_dir)?.into_iter().filter(|name| name.index <= consistent);
    let tree = trees.filter_map(|name| read_tree(&snap_dir.join(name.to_string()), cluster_id)).next();
    let candidates = [tree.map(|(_, cluster, _)| cluster), Some(stored.cluster)].into_iter().flatten();
    let mut candidates = candidates.filter(|cluster| cluster.members().any(|member| member.id == own));
    Ok(match stored.conf_state {
        // One that does not know this member was left by a restore; no member has come or gone since.
        Some(wanted) if wanted.voters.contains(&own.0) || wanted.learners.contains(&own.0) => {
            candidates.find(|cluster| agrees(cluster, &wanted))
        }
        Some(_) | None => candidates.next(),
    })
}

/// What is in a `.snap` file, with its index; `None` if it cannot be read.
fn read_tree(path: &Path, cluster_id: ClusterId) -> Option<(Index, Cluster, Option<String>)> {
    let file = snap::read(path).ok()?;
    let (tree, v2_data) = (v2_tree::Tree::decode(&file.data).ok()?, v2_tree::user_data(&file.data).ok()?);
    Some((file.index, Cluster::from_tree(cluster_id, &tree).ok()?, v2_data))
}

impl Files<'_> {
    /// # Errors
    /// Damage in backend or log.
    pub fn membership(&self) -> Result<Membership, MembershipError> {
        let found = Stored::read(self.source, self.cluster_id)?;
        let is_new = found.is_new();
        let Stored { cluster: stored, storage_version, conf_state } = found;
        let known = |cluster, origin, v2_data| Membership { cluster, origin, storage_version, v2_data };
        if is_new {
            return Ok(known(stored, Origin::Buckets, None));
        }
        Ok(match self.replayed(&stored, conf_state.as_ref())? {
            Some((cluster, origin, v2_data)) => known(cluster, origin, v2_data),
            None => known(stored, Origin::BucketsOnly, None),
        })
    }

    fn replayed(
        &self,
        stored: &Cluster,
        conf_state: Option<&ConfState>,
    ) -> Result<Option<(Cluster, Origin, Option<String>)>, MembershipError> {
        let Some(begin) = self.begin()? else { return Ok(None) };
        let until = |learners_max| {
            let mut replay = Replay { cluster: begin.cluster.clone(), learners_max, v2_data: begin.v2_data.clone() };
            for entry in &begin.entries {
                if entry.index() <= self.consistent {
                    replay.apply(entry);
                } else {
                    // It will be applied later; here it only matters whether it is data of a v2 client.
                    replay.look(entry);
                }
            }
            (replay.cluster, replay.v2_data)
        };
        let (mut cluster, v2_data) = until(LEARNERS_MAX);
        // How many learners there may be was a flag of the member, if it was an etcd 3.6 in an older cluster.
        if let Some(wanted) = conf_state
            && !agrees(&cluster, wanted)
            && let (unlimited, _) = until(usize::MAX)
            && agrees(&unlimited, wanted)
        {
            cluster = unlimited;
        }
        cluster.remember_removed(stored.removed());
        if cluster.version().is_none()
            && let Some(version) = stored.version()
        {
            cluster.set_version(version);
        }
        cluster.set_downgrade(stored.downgrade());
        Ok(Some((cluster, begin.origin, v2_data)))
    }

    /// The newest state of the members that the log goes on from.
    fn begin(&self) -> Result<Option<Begin>, MembershipError> {
        let start = self.recovered.start.index;
        let mut all: Option<Vec<Entry>> = None;
        let mut entries_after = |index: Index| -> Result<Option<Vec<Entry>>, WalError> {
            let entries = if index >= start {
                &self.recovered.entries
            } else {
                match &mut all {
                    Some(all) => all,
                    all => all.insert(wal::inspect(RecordReader::open(self.wal_dir)?, 0)?.entries),
                }
            };
            let rest: Vec<Entry> = entries.iter().filter(|entry| entry.index() > index).cloned().collect();
            // What the log lacks at its end is the caller's matter.
            let is_whole =
                rest.first().is_none_or(|first| first.index() == index + 1) && (index >= start || !rest.is_empty());
            Ok(is_whole.then_some(rest))
        };
        for name in snap::list(self.snap_dir)?.into_iter().filter(|name| name.index <= self.consistent) {
            let path = self.snap_dir.join(name.to_string());
            let Some((index, cluster, v2_data)) = read_tree(&path, self.cluster_id) else { continue };
            if let Some(entries) = entries_after(index)? {
                return Ok(Some(Begin { cluster, entries, origin: Origin::Tree(path), v2_data }));
            }
        }
        Ok(entries_after(0)?.map(|entries| Begin {
            cluster: Cluster::new(self.cluster_id),
            entries,
            origin: Origin::Log,
            v2_data: None,
        }))
    }
}

/// Where a replay begins.
struct Begin {
    cluster: Cluster,
    entries: Vec<Entry>,
    origin: Origin,
    v2_data: Option<String>,
}

/// Entries that change the members, without the rest of the state.
struct Replay {
    cluster: Cluster,
    learners_max: usize,
    v2_data: Option<String>,
}

impl Replay {
    /// What cannot be read or is refused changes nothing, as when it was applied.
    fn apply(&mut self, entry: &Entry) {
        if entry.r#type() == EntryType::EntryConfChange {
            let change = ConfChange::decode(entry.data.clone().unwrap_or_default());
            if let Some(change) = change.ok().and_then(|change| Change::parse(&change).ok()) {
                let _ = self.cluster.apply(&change, self.learners_max);
            }
            return;
        }
        match request(entry) {
            Some(EntryData::V2(request)) => self.apply_v2(&request),
            Some(EntryData::Internal(request)) => {
                if let Some(version) = &request.cluster_version_set {
                    self.set_version(&version.ver);
                }
                if let Some(set) = &request.cluster_member_attr_set
                    && let Some(found) = &set.member_attributes
                {
                    let attributes = Attributes { name: found.name.clone(), client_urls: found.client_urls.clone() };
                    let _ = self.cluster.set_attributes(MemberId(set.member_id), attributes);
                }
            }
            None => {}
        }
    }

    fn look(&mut self, entry: &Entry) {
        if let Some(EntryData::V2(request)) = request(entry)
            && let Ok(V2Change::UserData) = V2Change::parse(&request)
        {
            self.v2_data = Some(request.path().to_owned());
        }
    }

    fn apply_v2(&mut self, request: &V2Request) {
        match V2Change::parse(request) {
            Ok(V2Change::Version(version)) => self.set_version(&version),
            Ok(V2Change::Attributes(id, attributes)) => {
                let _ = self.cluster.set_attributes(id, attributes);
            }
            Ok(V2Change::UserData) => self.v2_data = Some(request.path().to_owned()),
            Ok(V2Change::Nothing) | Err(_) => {}
        }
    }

    fn set_version(&mut self, text: &str) {
        if let Ok(version) = ClusterVersion::parse(text) {
            self.cluster.set_version(version);
        }
    }
}

/// The request of a normal entry that has one.
fn request(entry: &Entry) -> Option<EntryData> {
    let data = entry.data.as_ref().filter(|data| !data.is_empty() && entry.r#type() == EntryType::EntryNormal)?;
    EntryData::decode(data).ok()
}

/// Whether raft's configuration is the one that follows from the members.
pub(super) fn agrees(cluster: &Cluster, wanted: &ConfState) -> bool {
    let sorted = |ids: &[u64]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids
    };
    let found = cluster.conf_state();
    sorted(&found.voters) == sorted(&wanted.voters) && sorted(&found.learners) == sorted(&wanted.learners)
}

/// Rows of a bucket in the form that `Cluster::restore` reads.
pub fn changes(bucket: Bucket, rows: Rows) -> impl Iterator<Item = BucketChange> {
    rows.into_iter().map(move |(key, value)| BucketChange { bucket, key: key.into(), value: Some(value.into()) })
}
