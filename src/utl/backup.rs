//! `rsutl backup`.

use std::path::PathBuf;

use tracing::warn;

use super::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::{go, progress};
use crate::offline::backup::{self, Backup, Keys};
use crate::offline::create::Target;

/// Copy a stopped member's data directory, without its members (as etcd 3.5 did)
///
/// The copy is of the same kind. Of etcd's, etcd makes a new cluster when started on it with --force-new-cluster.
/// rsetcd does not have that flag yet: nothing starts on a copy of its own kind. To move data, take a snapshot and
/// restore it.
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// Data directory
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// Directory of its write-ahead log [default: DATA_DIR/member/wal]
    #[arg(long, value_name = "DIR")]
    wal_dir: Option<PathBuf>,
    /// Directory to make
    #[arg(long, value_name = "DIR")]
    backup_dir: PathBuf,
    /// Directory of the write-ahead log to make [default: BACKUP_DIR/member/wal]
    #[arg(long, value_name = "DIR")]
    backup_wal_dir: Option<PathBuf>,
    /// Whether keys, leases, users and roles go along
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", value_parser = go::parse_bool, action = clap::ArgAction::Set)]
    with_v3: bool,
}

impl BackupArgs {
    pub fn run(self, context: &Context) -> Result<(), Failure> {
        let given = |dir: Option<PathBuf>| dir.filter(|dir| !dir.as_os_str().is_empty());
        let order = Backup {
            data_dir: self.data_dir,
            wal_dir: given(self.wal_dir),
            target: Target { data_dir: self.backup_dir, wal_dir: given(self.backup_wal_dir) },
            keys: if self.with_v3 { Keys::Kept } else { Keys::LeftOut },
            wait: context.wait(),
        };
        let mut pass = progress::Pass::new(0);
        let done = backup::backup(&order, &mut |bytes| pass.add(bytes));
        drop(pass);
        done.map_err(|error| Failure::new(Exit::Error, error.to_string()))?;
        warn!("the copy is of use with --force-new-cluster alone, which etcd has and rsetcd does not have yet");
        Ok(())
    }
}
