//! A copy of a stopped member that a cluster is founded anew from: `backup`, as etcd 3.5 had it.
//!
//! Backend, newest raft snapshot and the log after it go along, of the same kind as they were. The members do not: in
//! their place stands one that no etcd can be, so that nothing but `--force-new-cluster` starts on the copy. Entries that
//! change members become empty ones, which keep their places.
//!
//! Not here: the directory (`create`).

use std::path::{Path, PathBuf};

use bytes::Bytes;
use tracing::info;

use super::create::{self, CreateError, Log, Parts, Target};
use crate::membership::v2_tree::{Tree, TreeError, TreeMember};
use crate::membership::{Attributes, Member};
use crate::pb::raftpb::{ConfState, Entry, EntryType};
use crate::pb::request::EntryData;
use crate::storage::datadir;
use crate::storage::rewrite::State;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::meta;
use crate::storage::snap::{self, SnapError, SnapName};
use crate::storage::source::{Source, SourceError, Wait};
use crate::storage::wal::{self, RecordReader, SnapMark, WalError};
use crate::types::MemberId;

/// Name and URL of the only member, which tell what is to be done.
const MEMBER_NAME: &str = "etcdctl-v2-backup";
const MEMBER_URL: &str = "http://use-flag--force-new-cluster:2080";
/// Where up to 3.5 a member says its name and URLs.
const MEMBERS_PATH: &str = "/0/members/";

/// What goes into the copy of the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    Kept,
    /// Keys, leases, users and roles stay behind, and what entries would do to them.
    LeftOut,
}

/// What is to be copied, and where to.
#[derive(Clone, Debug)]
pub struct Backup {
    pub data_dir: PathBuf,
    /// `None`: below the data directory.
    pub wal_dir: Option<PathBuf>,
    pub target: Target,
    pub keys: Keys,
    pub wait: Wait,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Wal(#[from] WalError),
    #[error(transparent)]
    Snap(#[from] SnapError),
    #[error("{}: {source}", file.display())]
    Tree { file: PathBuf, source: TreeError },
    #[error("{}: entry {index}: {what}", wal.display())]
    Entry { wal: PathBuf, index: u64, what: String },
    #[error(transparent)]
    Create(#[from] CreateError),
}

/// Makes the copy. `progress` hears of bytes of rows as they are written.
///
/// # Errors
/// The member runs, a file is damaged, something is at the target, or the disk refuses; nothing is left then.
pub fn backup(order: &Backup, progress: &mut dyn FnMut(u64)) -> Result<(), BackupError> {
    order.target.check()?;
    // First: while it is held, no member of ours writes the log.
    let source = Source::open(&order.data_dir, order.wait)?;
    let kind = source.kind();
    let wal_dir = order.wal_dir.clone().unwrap_or_else(|| datadir::wal_dir(&order.data_dir));
    let (recovered, _) = wal::scan(RecordReader::open(&wal_dir)?, &wal_dir)?;
    let id = MemberId(rand::random_range(1..=u64::MAX));
    let version = version(&datadir::snap_dir(&order.data_dir), &recovered.start)?;
    let entries = recovered.entries.into_iter();
    let log = Log {
        metadata: recovered.metadata,
        entries: entries.map(|entry| kept(entry, order.keys, &wal_dir)).collect::<Result<_, _>>()?,
        hard_state: recovered.hard_state,
        mark: SnapMark {
            conf_state: Some(ConfState { voters: vec![id.0], auto_leave: Some(false), ..ConfState::default() }),
            ..recovered.start
        },
    };
    let mut state = State::read(source)?;
    if order.keys == Keys::LeftOut {
        leave_out_keys(&mut state, &log);
    }
    let member = Member {
        id,
        peer_urls: vec![MEMBER_URL.into()],
        is_learner: false,
        attributes: Attributes { name: MEMBER_NAME.into(), client_urls: Vec::new() },
    };
    info!("Trimming membership information from the backend...");
    for bucket in [Bucket::Cluster, Bucket::Members, Bucket::MembersRemoved] {
        state.bucket(bucket).clear();
    }
    state.bucket(Bucket::Members).insert(id.to_string().into(), member.to_json().into());
    let members = vec![TreeMember { id, peer_urls: member.peer_urls, ..TreeMember::default() }];
    let tree = Tree { members, removed: Vec::new(), version }.encode().into();
    create::build(&order.target, &Parts { state: &state, kind, log: &log, tree }, progress)?.publish()?;
    Ok(())
}

/// The cluster version in the raft snapshot that the log begins with.
fn version(snap_dir: &Path, start: &SnapMark) -> Result<Option<String>, BackupError> {
    let file = snap_dir.join(SnapName { term: start.term, index: start.index }.to_string());
    // 3.7 goes on without it.
    if start.index == 0 || !file.exists() {
        return Ok(None);
    }
    let tree = Tree::decode(&snap::read(&file)?.data);
    Ok(tree.map_err(|source| BackupError::Tree { file, source })?.version)
}

/// The entry, or an empty one in its place.
fn kept(entry: Entry, keys: Keys, wal_dir: &Path) -> Result<Entry, BackupError> {
    let error = |what: String| BackupError::Entry { wal: wal_dir.to_owned(), index: entry.index(), what };
    let why_not = match entry.r#type() {
        EntryType::EntryConfChange | EntryType::EntryConfChangeV2 => Some("ignoring EntryConfChange raft entry"),
        EntryType::EntryNormal if entry.data().is_empty() => None,
        EntryType::EntryNormal => match EntryData::decode(&Bytes::copy_from_slice(entry.data())) {
            Ok(EntryData::Internal(request)) if request.cluster_member_attr_set.is_some() => {
                Some("ignoring cluster_member_attr_set")
            }
            Ok(EntryData::V2(request)) if request.path().starts_with(MEMBERS_PATH) => {
                Some("ignoring member attribute update on")
            }
            Ok(EntryData::Internal(_)) if keys == Keys::LeftOut => Some("ignoring v3 raft entry"),
            Ok(EntryData::Internal(_) | EntryData::V2(_)) => None,
            Err(unknown) => return Err(error(unknown.to_string())),
        },
    };
    let Some(why) = why_not else { return Ok(entry) };
    info!(index = entry.index(), "{why}");
    Ok(Entry { r#type: Some(EntryType::EntryNormal as i32), data: None, ..entry })
}

fn leave_out_keys(state: &mut State, log: &Log) {
    state.retain(|_, _| false);
    for bucket in Bucket::ALL {
        state.bucket(bucket).clear();
    }
    let rows = state.bucket(Bucket::Meta);
    rows.insert(meta::CONSISTENT_INDEX.to_vec(), log.hard_state.commit().to_be_bytes().to_vec());
    rows.insert(meta::TERM.to_vec(), log.hard_state.term().to_be_bytes().to_vec());
}
