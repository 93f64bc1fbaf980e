//! Cuts a torn tail, after putting a copy of the segment aside.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Damage, End, WalError, segment};

/// A torn tail that was cut.
#[derive(Clone, Debug)]
pub struct Repair {
    pub file: PathBuf,
    /// The file's new length.
    pub offset: u64,
    /// The file as it was, `<segment>.wal.broken`.
    pub copy: PathBuf,
    pub what: Damage,
}

/// Cuts the last segment, open as `file`, at `end` if that is torn. Durable on return.
pub fn repair(dir: &Path, file: &File, end: &End) -> Result<Option<Repair>, WalError> {
    let Some(torn) = &end.torn else { return Ok(None) };
    let path = dir.join(end.segment.to_string());
    let copy = dir.join(format!("{}.broken", end.segment));
    copy_whole(&path, &copy)?;
    segment::sync_dir(dir)?;
    file.set_len(end.offset).and_then(|()| file.sync_all()).map_err(WalError::io(&path, "cut the torn tail"))?;
    Ok(Some(Repair { file: path, offset: end.offset, copy, what: torn.what.clone() }))
}

/// Copies `from` under the name `to`, which holds all of it or what it held before. The copy is synced, its name is not.
pub fn copy_whole(from: &Path, to: &Path) -> Result<(), WalError> {
    let mut building = to.as_os_str().to_owned();
    building.push(".tmp");
    let building = PathBuf::from(building);
    let copy = || {
        fs::copy(from, &building)?;
        fs::set_permissions(&building, fs::Permissions::from_mode(0o600))?;
        File::open(&building)?.sync_all()?;
        fs::rename(&building, to)
    };
    copy().map_err(|error| {
        // The space it took may be what is missing.
        let _ = fs::remove_file(&building);
        WalError::io(to, "make the copy")(error)
    })
}
