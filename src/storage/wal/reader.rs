//! Records in order, and where they end.
//!
//! A crash while appending leaves a torn tail: of the bytes since the last sync some sectors were written and some
//! were not, which read as zeros. Only what can have come about like that, in the last segment, counts as torn:
//!
//! - the file ends within a frame (etcd writes without preallocation after a repair);
//! - record and padding hold a sector of zeros only, and the CRC does not fit, or the record's head lies in it;
//! - the length word is zero, as are all bytes behind it in its sector, and data follows in later sectors.
//!
//! A sector is written whole, so a length word is there or is zero: one that no record has is damage. So is a head
//! that is there and does not fit the length word. etcd 3.7 cuts the log in these cases; we refuse, since what
//! follows may have been acknowledged.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::frame::{self, SECTOR, WORD_LEN};
use super::record::{self, HEAD_MAX, Head, NoHead, Record};
use super::{Damage, SegmentName, WalError, segment};

/// How far behind the last record data is looked for that would show a torn write.
const LOOK_AHEAD: u64 = 1 << 20;
const READ_BUFFER: usize = 256 << 10;

/// A record and where it stands.
#[derive(Clone, Debug)]
pub struct Located {
    pub segment: SegmentName,
    /// Of its length word.
    pub offset: u64,
    pub record: Record,
}

/// What is wrong with the tail.
#[derive(Clone, Debug)]
pub struct Torn {
    pub what: Damage,
}

/// Where the records end.
#[derive(Clone, Debug)]
pub struct End {
    pub segment: SegmentName,
    /// Of the first byte behind the last valid record.
    pub offset: u64,
    /// Valid records in that segment. Its head has two.
    pub records: u64,
    /// The CRC of the last valid record.
    pub crc: u32,
    pub torn: Option<Torn>,
}

/// Reads the records of some segments in order, without locks and without changing anything. It ends at a torn tail
/// as at a clean end, which `end` tells apart; other damage is an error, after which it ends too.
#[derive(Debug)]
pub struct RecordReader {
    dir: PathBuf,
    /// Goes on behind a record whose CRC is wrong.
    is_lenient: bool,
    waiting: VecDeque<SegmentName>,
    current: Option<Segment>,
    metadata: Option<Bytes>,
    end: End,
    is_done: bool,
}

#[derive(Debug)]
pub(super) struct Segment {
    name: SegmentName,
    path: PathBuf,
    file: BufReader<File>,
    offset: u64,
    size: u64,
    records: u64,
    /// Where to go on behind a record whose CRC is wrong, and with which CRC.
    behind: Option<(u64, u32)>,
}

/// Why there is no further record in a segment.
#[derive(Debug)]
pub(super) enum Stop {
    EndOfSegment,
    /// Damage in any but the last segment.
    Torn(Damage),
    Corrupt(Damage),
    Io(std::io::Error),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl RecordReader {
    /// All segments in `dir`.
    ///
    /// # Errors
    /// There is none, or one is missing between two.
    pub fn open(dir: &Path) -> Result<Self, WalError> {
        Self::over(dir, segment::list(dir)?)
    }

    /// As [`RecordReader::open`], but goes on behind a record whose CRC is wrong, after telling it as an error.
    ///
    /// # Errors
    /// There is none, or one is missing between two.
    pub fn lenient(dir: &Path) -> Result<Self, WalError> {
        Ok(Self { is_lenient: true, ..Self::open(dir)? })
    }

    /// Those of `names`, of which there must be one.
    pub(super) fn over(dir: &Path, names: Vec<SegmentName>) -> Result<Self, WalError> {
        let Some(&segment) = names.first() else { return Err(WalError::Empty { dir: dir.to_owned() }) };
        Ok(Self {
            dir: dir.to_owned(),
            is_lenient: false,
            waiting: names.into(),
            current: None,
            metadata: None,
            end: End { segment, offset: 0, records: 0, crc: 0, torn: None },
            is_done: false,
        })
    }

    /// Goes on behind records whose CRC is wrong.
    pub(super) fn into_lenient(self) -> Self {
        Self { is_lenient: true, ..self }
    }

    /// Where the records so far end. Final when the iterator has.
    pub fn end(&self) -> &End {
        &self.end
    }

    /// The bytes of the metadata record, once it was read.
    pub fn metadata(&self) -> Option<&Bytes> {
        self.metadata.as_ref()
    }

    fn read(&mut self) -> Result<Option<Located>, WalError> {
        loop {
            let segment = match &mut self.current {
                Some(segment) => segment,
                None => {
                    let Some(name) = self.waiting.pop_front() else { return Ok(None) };
                    self.end = End { segment: name, offset: 0, records: 0, crc: self.end.crc, torn: None };
                    self.current.insert(Segment::open(self.dir.join(name.to_string()), name)?)
                }
            };
            let is_last = self.waiting.is_empty();
            let offset = segment.offset;
            match segment.next(&mut self.end.crc, is_last, &mut self.metadata) {
                Ok(record) => {
                    (self.end.offset, self.end.records) = (segment.offset, segment.records);
                    return Ok(Some(Located { segment: segment.name, offset, record }));
                }
                Err(Stop::EndOfSegment) if segment.records < 2 && !is_last => {
                    self.is_done = true;
                    return Err(segment.corrupt(offset, Damage::Head));
                }
                Err(Stop::EndOfSegment) => self.current = None,
                Err(Stop::Torn(what)) if is_last => {
                    self.end.torn = Some(Torn { what });
                    return Ok(None);
                }
                Err(Stop::Torn(what) | Stop::Corrupt(what)) => {
                    let error = segment.corrupt(offset, what);
                    match segment.behind.take() {
                        Some((offset, crc)) if self.is_lenient => {
                            segment.offset = offset;
                            segment.records += 1;
                            (self.end.offset, self.end.records, self.end.crc) = (offset, segment.records, crc);
                        }
                        _ => self.is_done = true,
                    }
                    return Err(error);
                }
                Err(Stop::Io(error)) => return Err(WalError::io(&segment.path, "read")(error)),
            }
        }
    }
}

impl Iterator for RecordReader {
    type Item = Result<Located, WalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let record = self.read();
        self.is_done |= match &record {
            Ok(record) => record.is_none(),
            // Of damage, `read` knows whether it goes on behind.
            Err(error) => !matches!(error, WalError::Corrupt { .. }),
        };
        record.transpose()
    }
}

impl Segment {
    fn open(path: PathBuf, name: SegmentName) -> Result<Self, WalError> {
        let file = File::open(&path).map_err(WalError::io(&path, "open"))?;
        Self::resume(path, name, file, 0, 0)
    }

    /// To be read from `offset` on, before which `records` stand.
    pub(super) fn resume(
        path: PathBuf,
        name: SegmentName,
        mut file: File,
        offset: u64,
        records: u64,
    ) -> Result<Self, WalError> {
        let size = file.metadata().map_err(WalError::io(&path, "read"))?.len();
        file.seek(SeekFrom::Start(offset)).map_err(WalError::io(&path, "read"))?;
        let file = BufReader::with_capacity(READ_BUFFER, file);
        Ok(Self { name, path, file, offset, size, records, behind: None })
    }

    /// Of the first byte behind the last valid record.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn records(&self) -> u64 {
        self.records
    }

    pub(super) fn corrupt(&self, offset: u64, what: Damage) -> WalError {
        WalError::Corrupt { file: self.path.clone(), offset, what }
    }

    pub(super) fn next(&mut self, crc: &mut u32, is_last: bool, metadata: &mut Option<Bytes>) -> Result<Record, Stop> {
        let left = self.size.saturating_sub(self.offset);
        if left == 0 {
            return Err(Stop::EndOfSegment);
        }
        if left < WORD_LEN {
            return Err(Stop::Torn(Damage::ShortWord { left }));
        }
        let mut word = [0; WORD_LEN as usize];
        self.file.read_exact(&mut word)?;
        let word = u64::from_le_bytes(word);
        if word == 0 {
            return Err(self.behind_zero_word(is_last)?);
        }
        let length = frame::decode(word).ok_or(Stop::Corrupt(Damage::Word { word }))?;
        let start = self.offset + WORD_LEN;
        let head = self.head(start, length)?;
        let framed = length + frame::padding(length);
        if framed > self.size - start {
            return Err(Stop::Torn(Damage::PastEnd { length, size: self.size }));
        }
        let head = head.ok_or(Stop::Corrupt(Damage::Length { length }))?;
        let mut bytes = vec![0; framed as usize];
        self.file.read_exact(&mut bytes)?;
        let bytes = Bytes::from(bytes);
        let decoded = record::decode(&head, &bytes, crc);
        if let Err(Damage::Crc { expected, .. }) = decoded {
            self.behind = Some((start + framed, expected));
        }
        let record = decoded.map_err(|damage| match damage {
            Damage::Crc { .. } if frame::has_zero_sector(&bytes, start) => Stop::Torn(damage),
            damage => Stop::Corrupt(damage),
        })?;
        self.check_place(&record, metadata)?;
        self.offset = start + framed;
        self.records += 1;
        Ok(record)
    }

    /// The head of the record at `start`, read ahead of it, so that a damaged length asks for no memory. `None` where
    /// the file ends within it.
    fn head(&self, start: u64, length: u64) -> Result<Option<Head>, Stop> {
        let mut bytes = [0; HEAD_MAX];
        let wanted = (length.min(HEAD_MAX as u64)).min(self.size - start) as usize;
        let bytes = match self.file.buffer() {
            // The usual case costs no system call.
            buffered if buffered.len() >= wanted => &buffered[..wanted],
            _ => {
                self.file.get_ref().read_exact_at(&mut bytes[..wanted], start)?;
                &bytes[..wanted]
            }
        };
        match Head::parse(bytes, length) {
            Ok(head) => Ok(Some(head)),
            Err(NoHead::Short) if (wanted as u64) < length => Ok(None),
            Err(_) if self.is_unwritten(start, wanted as u64, length)? => Err(Stop::Torn(Damage::Length { length })),
            Err(_) => Err(Stop::Corrupt(Damage::Length { length })),
        }
    }

    /// Does one of the sectors that hold the first `head` bytes at `start` hold nothing but zeros, as far as it
    /// belongs to the frame and the file?
    fn is_unwritten(&self, start: u64, head: u64, length: u64) -> Result<bool, Stop> {
        let sectors_end = (start + head).next_multiple_of(SECTOR);
        let end = sectors_end.min(start.saturating_add(length + frame::padding(length))).min(self.size);
        let mut bytes = vec![0; (end - start) as usize];
        self.file.get_ref().read_exact_at(&mut bytes, start)?;
        Ok(frame::has_zero_sector(&bytes, start))
    }

    /// A zero length word ends the segment, unless what follows shows that it should not be zero.
    fn behind_zero_word(&self, is_last: bool) -> Result<Stop, Stop> {
        let sector_end = (self.offset + WORD_LEN).next_multiple_of(SECTOR).min(self.size);
        if self.has_data(self.offset, sector_end)? {
            return Ok(Stop::Corrupt(Damage::ZeroWord));
        }
        if is_last && self.has_data(sector_end, self.size.min(sector_end + LOOK_AHEAD))? {
            return Ok(Stop::Torn(Damage::UnwrittenSectors));
        }
        Ok(Stop::EndOfSegment)
    }

    fn has_data(&self, start: u64, end: u64) -> Result<bool, Stop> {
        let mut bytes = vec![0; (end - start) as usize];
        self.file.get_ref().read_exact_at(&mut bytes, start)?;
        Ok(bytes.iter().any(|&byte| byte != 0))
    }

    /// Each segment begins with crc and metadata, and all metadata is the same.
    fn check_place(&self, record: &Record, metadata: &mut Option<Bytes>) -> Result<(), Stop> {
        match (self.records, record) {
            (0, Record::Crc(_)) => Ok(()),
            (0, _) => Err(Stop::Corrupt(Damage::Head)),
            (_, Record::Metadata(found)) => {
                if metadata.get_or_insert_with(|| Bytes::copy_from_slice(found)) == found {
                    Ok(())
                } else {
                    Err(Stop::Corrupt(Damage::Metadata))
                }
            }
            (1, _) => Err(Stop::Corrupt(Damage::Head)),
            _ => Ok(()),
        }
    }
}
