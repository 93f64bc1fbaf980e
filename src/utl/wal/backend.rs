//! How far the backend beside a log is, and who the members are there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;

use crate::membership::Cluster;
use crate::membership::bootstrap::parse_metadata;
use crate::membership::v2_tree::Tree;
use crate::offline::membership::{MembershipError, at_rest};
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::meta;
use crate::storage::snap::{self, SnapError, SnapFile, SnapName};
use crate::storage::source::{Source, SourceError, Wait};
use crate::storage::wal::SnapMark;
use crate::storage::wal::discard::Applied;

/// The backend of a data directory; it is locked as long as this lives.
pub struct Backend {
    pub applied: Applied,
    members: Option<Cluster>,
    snap_dir: PathBuf,
    _source: Source,
}

impl Backend {
    /// `None` if there is none. `metadata`: what the log says of member and cluster, if that can be read.
    ///
    /// # Errors
    /// It is damaged, or in use.
    pub fn open(data_dir: &Path, metadata: Option<&Bytes>) -> Result<Option<Self>, MembershipError> {
        let source = match Source::open(data_dir, Wait::UpTo(Duration::ZERO)) {
            Ok(source) => source,
            Err(SourceError::Missing(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let rows = source.rows(Bucket::Meta)?;
        let number = |key| rows.get(key).and_then(|value| meta::decode_u64(value)).unwrap_or(0);
        let (index, term) = (number(meta::CONSISTENT_INDEX), number(meta::TERM));
        let snap_dir = crate::storage::datadir::snap_dir(data_dir);
        let members = match metadata.and_then(|metadata| parse_metadata(metadata).ok()) {
            Some((own, cluster)) => at_rest(&source, &snap_dir, index, own, cluster)?,
            None => None,
        };
        let conf_state = members.as_ref().map(Cluster::conf_state);
        Ok(Some(Self { applied: Applied { index, term, conf_state }, members, snap_dir, _source: source }))
    }

    /// Writes the `.snap` file that etcd wants for a log that begins at `mark`, unless it is there; gives it if it is new.
    ///
    /// # Errors
    /// The disk refuses; nothing is left then.
    pub fn write_snap(&self, mark: &SnapMark) -> Result<Option<PathBuf>, SnapError> {
        let path = self.snap_dir.join(SnapName { term: mark.term, index: mark.index }.to_string());
        let Some(cluster) = self.members.as_ref().filter(|_| snap::read(&path).is_err()) else { return Ok(None) };
        let (index, term) = (mark.index, mark.term);
        let file = SnapFile { index, term, conf_state: cluster.conf_state(), data: Tree::of(cluster).encode().into() };
        snap::save(&self.snap_dir, &file).map(Some)
    }
}
