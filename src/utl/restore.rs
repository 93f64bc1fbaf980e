//! `rsutl snapshot restore` and `rsutl restore`: a member directory from a snapshot.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;

use super::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::progress;
use crate::membership::bootstrap::{InitialCluster, NewCluster};
use crate::membership::urls;
use crate::offline::create::Target;
use crate::offline::moment::{self, Identity};
use crate::offline::restore::{self, Checksum, Restore, Snapshot};
use crate::offline::scratch::Until;
use crate::storage::source::{Kind, Wait};

/// Make a data directory from a snapshot
///
/// The member and its cluster are new: all members of it are restored from the same file, each with its own --name,
/// and with the same --initial-cluster and --initial-cluster-token. Keys, leases, users and roles stay.
#[derive(Debug, clap::Args)]
#[command(override_usage = "rsutl snapshot restore <FILE> [OPTIONS]")]
pub struct RestoreArgs {
    #[arg(hide = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    member: MemberArgs,
}

/// Make a data directory from a snapshot and the log after it
///
/// The state is that at the end of what is known to be committed, or right after the given revision or entry.
#[derive(Debug, clap::Args)]
pub struct MomentArgs {
    /// Snapshot to begin with; a log that begins with its first entry needs none
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// Write-ahead log after it: that of a member, or an archive made by `rsutl wal archive`
    #[arg(long, value_name = "DIR")]
    wal: PathBuf,
    /// Stop at this revision
    #[arg(long, value_name = "REVISION", conflicts_with = "to_index")]
    to_revision: Option<i64>,
    /// Stop at the entry of this index
    #[arg(long, value_name = "INDEX")]
    to_index: Option<u64>,
    /// Go on as the member whose log it is, in its cluster; to be done for all its members, at the same index
    #[arg(long, conflicts_with_all = ["initial_cluster", "initial_cluster_token", "initial_advertise_peer_urls", "bump_revision", "mark_compacted"])]
    keep_identity: bool,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    member: MemberArgs,
}

/// Where the directory is made, and of which kind.
#[derive(Debug, clap::Args)]
struct PlaceArgs {
    /// Data directory to make [default: NAME.etcd]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Directory of the write-ahead log to make [default: DATA_DIR/member/wal]
    #[arg(long, value_name = "DIR")]
    wal_dir: Option<PathBuf>,
    /// For whom: lmdb is rsetcd, bbolt is etcd
    #[arg(long, value_name = "KIND", default_value = "lmdb")]
    backend: BackendKind,
    /// Do not look at the SHA-256 behind the snapshot; a database copied from a data directory has none
    #[arg(long)]
    skip_hash_check: bool,
    /// For etcdutl's sake; memory is taken as it is needed
    #[arg(long, value_name = "BYTES", default_value_t = 10_737_418_240)]
    initial_memory_map_size: u64,
}

/// Who the member of the new cluster is.
#[derive(Debug, clap::Args)]
struct MemberArgs {
    /// Name of the member
    #[arg(long, default_value = "default")]
    name: String,
    /// All members of the new cluster, as NAME=URL, separated by commas
    #[arg(long, value_name = "MEMBERS", default_value = "default=http://localhost:2380")]
    initial_cluster: String,
    /// Token of the new cluster
    #[arg(long, value_name = "TOKEN", default_value = "etcd-cluster")]
    initial_cluster_token: String,
    /// Peer URLs of this member, separated by commas
    #[arg(long, value_name = "URLS", default_value = "http://localhost:2380")]
    initial_advertise_peer_urls: String,
    /// Move the revision on by so much, so that no client meets one again with other content
    #[arg(long, value_name = "REVISIONS", default_value_t = 0)]
    bump_revision: u64,
    /// Mark everything before the moved revision as compacted, which ends all watches; needed with --bump-revision
    #[arg(long)]
    mark_compacted: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum BackendKind {
    Lmdb,
    Bbolt,
}

impl From<BackendKind> for Kind {
    fn from(kind: BackendKind) -> Self {
        match kind {
            BackendKind::Lmdb => Self::Lmdb,
            BackendKind::Bbolt => Self::Bbolt,
        }
    }
}

impl RestoreArgs {
    pub fn run(self, context: &Context) -> Result<(), Failure> {
        let [file] = <[PathBuf; 1]>::try_from(self.files)
            .map_err(|_| Failure::args("snapshot restore requires exactly one argument"))?;
        self.member.check_bump()?;
        let restore = Restore {
            snapshot: self.place.snapshot(file, context.wait()),
            target: self.place.target(&self.member.name),
            kind: self.place.backend.into(),
            cluster: self.member.cluster()?,
            bump_revision: self.member.bump_revision,
        };
        with_bar(Some(&restore.snapshot), |progress| restore::restore(&restore, progress))
    }
}

impl MomentArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        self.member.check_bump()?;
        let identity = if self.keep_identity {
            Identity::Kept
        } else {
            Identity::New { cluster: self.member.cluster()?, bump_revision: self.member.bump_revision }
        };
        let until = match (self.to_revision, self.to_index) {
            (Some(revision), _) => Until::Revision(revision),
            (None, Some(index)) => Until::Index(index),
            (None, None) => Until::End,
        };
        let order = moment::Restore {
            snapshot: self.snapshot.map(|path| self.place.snapshot(path, context.wait())),
            wal_dir: self.wal,
            until,
            target: self.place.target(&self.member.name),
            kind: self.place.backend.into(),
            identity,
        };
        let reached = with_bar(order.snapshot.as_ref(), |progress| moment::restore(&order, progress))?;
        let moment::Reached { revision, index, term } = reached;
        Ok(writeln!(out, "restored revision {revision}, entry {index} of term {term}")?)
    }
}

impl PlaceArgs {
    fn snapshot(&self, path: PathBuf, wait: Wait) -> Snapshot {
        let checksum = if self.skip_hash_check { Checksum::Ignored } else { Checksum::Required };
        Snapshot { path, checksum, wait }
    }

    fn target(&self, name: &str) -> Target {
        let data_dir = self.data_dir.clone().unwrap_or_else(|| format!("{name}.etcd").into());
        // As in etcd, an empty value is one not given.
        let wal_dir = self.wal_dir.clone().filter(|path| !path.as_os_str().is_empty());
        Target { data_dir, wal_dir }
    }
}

impl MemberArgs {
    fn check_bump(&self) -> Result<(), Failure> {
        if (self.bump_revision > 0) == self.mark_compacted {
            return Ok(());
        }
        Err(Failure::args("--mark-compacted required if --revision-bump > 0"))
    }

    fn cluster(&self) -> Result<NewCluster, Failure> {
        let advertised = self.initial_advertise_peer_urls.split(',').map(|url| urls::parse(url.trim()));
        let advertised = advertised.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let cluster = InitialCluster::parse(&self.initial_cluster).map_err(failed)?;
        cluster.check(&self.name, &advertised, &urls::lookup).map_err(failed)?;
        cluster.form(&self.name, &self.initial_cluster_token).map_err(failed)
    }
}

fn failed(error: impl std::error::Error) -> Failure {
    Failure::new(Exit::Error, error.to_string())
}

/// Runs `work` beside a bar of the bytes that it tells of, as far as the snapshot's length can foretell them.
fn with_bar<T, E: std::error::Error>(
    snapshot: Option<&Snapshot>,
    work: impl FnOnce(&mut (dyn FnMut(u64) + Send)) -> Result<T, E>,
) -> Result<T, Failure> {
    let length = snapshot.and_then(|snapshot| std::fs::metadata(&snapshot.path).ok());
    let mut pass = progress::Pass::new(length.map_or(0, |metadata| metadata.len()));
    let result = work(&mut |bytes| pass.add(bytes));
    drop(pass);
    result.map_err(failed)
}
