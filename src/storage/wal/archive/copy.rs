//! One segment of an archive: made whole under a temporary name, then extended in place.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::ArchiveError;
use crate::storage::wal::reader::{Segment, Stop};
use crate::storage::wal::{Record, SegmentName, WalError, repair, segment};
use crate::types::Index;

const CHUNK: usize = 1 << 20;
/// crc and metadata.
const HEAD_RECORDS: u64 = 2;

/// A segment of the WAL.
pub struct Source<'file> {
    pub name: SegmentName,
    pub path: PathBuf,
    pub file: &'file File,
    /// The member may be writing to it.
    pub is_newest: bool,
}

/// A segment of the archive.
#[derive(Debug)]
pub struct Copy {
    name: SegmentName,
    path: PathBuf,
    file: File,
    end: Place,
    /// All of it was compared with the WAL's.
    is_compared: bool,
}

/// What a copy has in common with the WAL's segment.
#[derive(Debug)]
pub enum Common {
    /// All that the copy holds.
    All,
    /// The WAL lacks the copy's last records, and has no others instead yet.
    Waiting,
    /// The copy was cut at `offset`; all of it is in the file `copy`.
    Replaced { copy: PathBuf, offset: u64 },
}

/// The end of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    offset: u64,
    /// Where that record starts.
    last: u64,
    records: u64,
    crc: u32,
    /// Of the last entry in the segment.
    entry: Option<Index>,
}

impl Copy {
    /// Opens the last segment of an archive; what was torn when the process ended is cut off.
    pub fn open(dir: &Path, name: SegmentName, metadata: &mut Option<Bytes>) -> Result<Self, ArchiveError> {
        let path = dir.join(name.to_string());
        let file = File::options().read(true).write(true).open(&path).map_err(WalError::io(&path, "open"))?;
        let read = read_on(name, &path, &file, Place::default(), metadata, u64::MAX)?;
        match read.stop {
            Some((Why::Damaged, error)) => return Err(error.into()),
            Some((Why::Torn, _)) | None => {}
        }
        let size = file.metadata().map_err(WalError::io(&path, "read"))?.len();
        if size > read.end.offset {
            let cut = file.set_len(read.end.offset).and_then(|()| file.sync_all());
            cut.map_err(WalError::io(&path, "cut the torn end of"))?;
        }
        Ok(Self { name, path, file, end: read.end, is_compared: false })
    }

    /// Makes a copy of all of `source`, behind the segment `before`. `None`: the member is still making it.
    pub fn create(
        dir: &Path,
        source: &Source<'_>,
        before: Option<&Self>,
        metadata: &mut Option<Bytes>,
    ) -> Result<(Option<Self>, Option<WalError>), ArchiveError> {
        let start = Place { crc: before.map_or(0, |before| before.end.crc), ..Place::default() };
        let (end, waiting) = source.read_on(start, metadata)?;
        if end.records < HEAD_RECORDS {
            return Ok((None, waiting));
        }
        let path = dir.join(source.name.to_string());
        let building = dir.join(format!("{}.tmp", source.name));
        let make = || {
            let mut options = File::options();
            let options = options.read(true).write(true).create(true).truncate(true).mode(0o600);
            let file = options.open(&building).map_err(WalError::io(&building, "create"))?;
            let mut copy = Self { name: source.name, path: building.clone(), file, end: start, is_compared: true };
            copy.append(source, end)?;
            fs::rename(&building, &path).map_err(WalError::io(&path, "rename the copy to"))?;
            copy.path = path.clone();
            Ok(copy)
        };
        let copy = make().inspect_err(|_: &ArchiveError| {
            // Nothing partial is left, and its space may be what is missing.
            let _ = fs::remove_file(&building);
        })?;
        segment::sync_dir(dir)?;
        Ok((Some(copy), waiting))
    }

    /// Copies what `source` holds behind the copy's end. Durable on return.
    pub fn extend(
        &mut self,
        source: &Source<'_>,
        metadata: &mut Option<Bytes>,
    ) -> Result<Option<WalError>, ArchiveError> {
        let (end, waiting) = source.read_on(self.end, metadata)?;
        if end.offset > self.end.offset {
            let before = self.end.offset;
            self.append(source, end).inspect_err(|_| {
                // Nothing partial is left; at worst it is cut off as torn at the next start.
                let _ = self.file.set_len(before);
            })?;
        }
        Ok(waiting)
    }

    /// Copies the bytes up to `end`, and checks the records in the copy.
    fn append(&mut self, source: &Source<'_>, end: Place) -> Result<(), ArchiveError> {
        let mut offset = self.end.offset;
        let mut chunk = vec![0; CHUNK.min((end.offset - offset) as usize)];
        while offset < end.offset {
            let length = chunk.len().min((end.offset - offset) as usize);
            source.file.read_exact_at(&mut chunk[..length], offset).map_err(WalError::io(&source.path, "read"))?;
            self.file.write_all_at(&chunk[..length], offset).map_err(WalError::io(&self.path, "write"))?;
            offset += length as u64;
        }
        let copied = read_on(self.name, &self.path, &self.file, self.end, &mut None, u64::MAX)?;
        if copied.end != end {
            return Err(ArchiveError::Changed { file: source.path.clone() });
        }
        self.file.sync_all().map_err(WalError::io(&self.path, "sync"))?;
        self.end = end;
        Ok(())
    }

    /// Looks whether `source` still holds what was copied, and cuts the copy where it holds other records instead.
    pub fn reconcile(&mut self, source: &Source<'_>, metadata: &mut Option<Bytes>) -> Result<Common, ArchiveError> {
        // Each CRC covers all before it: once all was compared, the last record tells.
        let from = if self.is_compared { self.end.last } else { 0 };
        let difference = difference(&self.path, &self.file, from, source, self.end.offset)?;
        if difference.is_none() {
            self.is_compared = true;
            return Ok(Common::All);
        }
        let difference = difference_from_start(&self.path, &self.file, source, self.end.offset)?;
        let cut = read_on(self.name, &self.path, &self.file, Place::default(), &mut None, difference)?.end;
        let other_log = || ArchiveError::OtherLog { file: self.path.clone(), wal: source.path.clone() };
        if cut.records < HEAD_RECORDS {
            return Err(other_log());
        }
        // Damage must not replace what is sound.
        let (instead, _) = source.read_on(cut, metadata)?;
        if instead.records == cut.records && source.is_newest {
            return Ok(Common::Waiting);
        }
        let copy = free_name(&self.path);
        repair::copy_whole(&self.path, &copy)?;
        segment::sync_dir(self.path.parent().unwrap_or(Path::new(".")))?;
        let cut_file = self.file.set_len(cut.offset).and_then(|()| self.file.sync_all());
        cut_file.map_err(WalError::io(&self.path, "cut"))?;
        (self.end, self.is_compared) = (cut, true);
        Ok(Common::Replaced { copy, offset: cut.offset })
    }

    /// Does `next` begin with the CRC that this one ends with?
    pub fn is_followed_by(&self, next: &Source<'_>) -> Result<bool, ArchiveError> {
        let start = Place { crc: self.end.crc, ..Place::default() };
        let read = read_on(next.name, &next.path, next.file, start, &mut None, 1)?;
        Ok(read.end.records == 1)
    }

    pub fn name(&self) -> SegmentName {
        self.name
    }

    /// Its length.
    pub fn offset(&self) -> u64 {
        self.end.offset
    }

    pub fn has_entries(&self) -> bool {
        self.end.entry.is_some()
    }

    /// The last entry up to its end.
    pub fn last_index(&self) -> Index {
        self.end.entry.unwrap_or(self.name.index.saturating_sub(1))
    }
}

impl Source<'_> {
    /// Where its records end, and what is wrong there if it is the newest; damage in any other is an error.
    fn read_on(&self, from: Place, metadata: &mut Option<Bytes>) -> Result<(Place, Option<WalError>), ArchiveError> {
        let read = read_on(self.name, &self.path, self.file, from, metadata, u64::MAX)?;
        match read.stop {
            Some((_, error)) if !self.is_newest => Err(error.into()),
            stop => Ok((read.end, stop.map(|(_, error)| error))),
        }
    }
}

struct Read {
    end: Place,
    /// What is wrong there, if anything.
    stop: Option<(Why, WalError)>,
}

enum Why {
    Torn,
    Damaged,
}

/// Reads records from a place on, as long as they end at or before `limit`, the first one whatever its length.
fn read_on(
    name: SegmentName,
    path: &Path,
    file: &File,
    from: Place,
    metadata: &mut Option<Bytes>,
    limit: u64,
) -> Result<Read, WalError> {
    let file = file.try_clone().map_err(WalError::io(path, "read"))?;
    let mut segment = Segment::resume(path.to_owned(), name, file, from.offset, from.records)?;
    let mut end = from;
    loop {
        let mut crc = end.crc;
        let last = end.offset;
        match segment.next(&mut crc, true, metadata) {
            Ok(_) if segment.offset() > limit && end.records > 0 => return Ok(Read { end, stop: None }),
            Ok(record) => {
                let entry = if let Record::Entry(entry) = &record { Some(entry.index()) } else { end.entry };
                end = Place { offset: segment.offset(), last, records: segment.records(), crc, entry };
            }
            Err(Stop::EndOfSegment) => return Ok(Read { end, stop: None }),
            Err(Stop::Torn(what)) => {
                return Ok(Read { end, stop: Some((Why::Torn, segment.corrupt(end.offset, what))) });
            }
            Err(Stop::Corrupt(what)) => {
                return Ok(Read { end, stop: Some((Why::Damaged, segment.corrupt(end.offset, what))) });
            }
            Err(Stop::Io(error)) => return Err(WalError::io(path, "read")(error)),
        }
    }
}

/// Where the file of a final segment differs from `source`, which must end where it does.
pub fn first_difference(path: &Path, source: &Source<'_>) -> Result<Option<u64>, ArchiveError> {
    let file = File::open(path).map_err(WalError::io(path, "open"))?;
    let size = file.metadata().map_err(WalError::io(path, "read"))?.len();
    let difference = difference(path, &file, 0, source, size)?;
    let mut behind = [0; 8];
    let more = source.file.read_at(&mut behind, size).map_err(WalError::io(&source.path, "read"))?;
    Ok(difference.or((behind[..more] != [0; 8][..more]).then_some(size)))
}

fn difference_from_start(path: &Path, file: &File, source: &Source<'_>, end: u64) -> Result<u64, ArchiveError> {
    Ok(difference(path, file, 0, source, end)?.unwrap_or(end))
}

/// The first offset in `from..end` at which the two files differ; one that is shorter differs where it ends.
fn difference(path: &Path, file: &File, from: u64, source: &Source<'_>, end: u64) -> Result<Option<u64>, ArchiveError> {
    let (mut ours, mut theirs) = (vec![0; CHUNK], vec![0; CHUNK]);
    let mut offset = from;
    while offset < end {
        let length = CHUNK.min((end - offset) as usize);
        let ours = read_up_to(file, &mut ours[..length], offset).map_err(WalError::io(path, "read"))?;
        let theirs = read_up_to(source.file, &mut theirs[..length], offset);
        let theirs = theirs.map_err(WalError::io(&source.path, "read"))?;
        if let Some(at) = ours.iter().zip(theirs).position(|(ours, theirs)| ours != theirs) {
            return Ok(Some(offset + at as u64));
        }
        if ours.len().min(theirs.len()) < length {
            return Ok(Some(offset + ours.len().min(theirs.len()) as u64));
        }
        offset += length as u64;
    }
    Ok(None)
}

fn read_up_to<'buffer>(file: &File, buffer: &'buffer mut [u8], offset: u64) -> io::Result<&'buffer [u8]> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(&buffer[..filled])
}

/// `<path>.replaced`, or that with a number when there is one from before.
pub fn free_name(path: &Path) -> PathBuf {
    segment::free_name(path, "replaced")
}
