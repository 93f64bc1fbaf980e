//! Records: what they say, and their bytes with the running CRC.
//!
//! Written as etcd 3.7 writes them; read from 3.4 on, where more zero fields are spelled out. Reading is strict:
//! as the CRC covers neither type nor length, a field that no release writes counts as damage.

use bytes::Bytes;

use super::{Damage, frame};
use crate::pb::raftpb::{ConfState, Entry, EntryType, HardState};
use crate::types::{Index, Term};

/// A raft snapshot as the WAL names it: all entries up to `index` are in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapMark {
    pub index: Index,
    pub term: Term,
    /// Always there from etcd 3.5 on, but for the mark {0,0}.
    pub conf_state: Option<ConfState>,
}

/// One record of a WAL.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// Encoded `etcdserverpb.Metadata`.
    Metadata(Bytes),
    Entry(Entry),
    HardState(HardState),
    /// The running CRC at the head of a segment.
    Crc(u32),
    Snapshot(SnapMark),
}

const METADATA: u64 = 1;
const ENTRY: u64 = 2;
const HARD_STATE: u64 = 3;
const CRC: u64 = 4;
const SNAPSHOT: u64 = 5;

const TAG_KIND: u8 = 0x08;
const TAG_CRC: u8 = 0x10;
const TAG_DATA: u8 = 0x1a;

/// Encodes records into one buffer, carrying the CRC on.
#[derive(Debug)]
pub struct Encoder {
    crc: u32,
    /// Frames that are not written to a file yet.
    pub buffer: Vec<u8>,
}

impl Encoder {
    /// `crc`: that of the last record so far.
    pub fn new(crc: u32) -> Self {
        Self { crc, buffer: Vec::new() }
    }

    /// The head of a segment: the CRC so far.
    pub fn crc(&mut self) {
        let mut record = Small::default();
        record.uint(TAG_KIND, CRC).uint(TAG_CRC, self.crc.into());
        self.frame(&[record.bytes()]);
    }

    /// `metadata`: encoded `etcdserverpb.Metadata`.
    pub fn metadata(&mut self, metadata: &[u8]) {
        self.record(METADATA, &[metadata]);
    }

    pub fn entry(&mut self, entry: &Entry) {
        let mut head = Small::default();
        if let Some(kind) = entry.r#type {
            head.uint(0x08, kind as u64);
        }
        head.uint(0x10, entry.term()).uint(0x18, entry.index());
        match &entry.data {
            Some(data) => {
                head.uint(0x22, data.len() as u64);
                self.record(ENTRY, &[head.bytes(), data]);
            }
            None => self.record(ENTRY, &[head.bytes()]),
        }
    }

    pub fn hard_state(&mut self, state: &HardState) {
        let mut data = Small::default();
        data.uint(0x08, state.term()).uint(0x10, state.vote()).uint(0x18, state.commit());
        self.record(HARD_STATE, &[data.bytes()]);
    }

    pub fn snapshot(&mut self, mark: &SnapMark) {
        let mut head = Small::default();
        head.uint(0x08, mark.index).uint(0x10, mark.term);
        match &mark.conf_state {
            Some(conf_state) => {
                let conf_state = encode_conf_state(conf_state);
                head.uint(0x1a, conf_state.len() as u64);
                self.record(SNAPSHOT, &[head.bytes(), &conf_state]);
            }
            None => self.record(SNAPSHOT, &[head.bytes()]),
        }
    }

    fn record(&mut self, kind: u64, data: &[&[u8]]) {
        let length: usize = data.iter().map(|part| part.len()).sum();
        self.crc = data.iter().fold(self.crc, |crc, part| crc32c::crc32c_append(crc, part));
        let mut head = Small::default();
        head.uint(TAG_KIND, kind).uint(TAG_CRC, self.crc.into()).uint(TAG_DATA, length as u64);
        match *data {
            [one] => self.frame(&[head.bytes(), one]),
            [first, second] => self.frame(&[head.bytes(), first, second]),
            _ => unreachable!("a record has one or two parts"),
        }
    }

    fn frame(&mut self, record: &[&[u8]]) {
        let length: usize = record.iter().map(|part| part.len()).sum();
        let padding = frame::padding(length as u64) as usize;
        self.buffer.reserve(frame::WORD_LEN as usize + length + padding);
        self.buffer.extend_from_slice(&frame::encode(length as u64).to_le_bytes());
        for part in record {
            self.buffer.extend_from_slice(part);
        }
        self.buffer.extend_from_slice(&[0; frame::ALIGN as usize][..padding]);
    }
}

/// The bytes of a ConfState as etcd 3.7 writes them in files: `auto_leave` always.
pub fn encode_conf_state(conf_state: &ConfState) -> Vec<u8> {
    use prost::Message;
    let mut conf_state = conf_state.clone();
    conf_state.auto_leave.get_or_insert(false);
    conf_state.encode_to_vec()
}

/// A few small fields, without an allocation.
struct Small {
    bytes: [u8; 64],
    length: usize,
}

impl Default for Small {
    fn default() -> Self {
        Self { bytes: [0; 64], length: 0 }
    }
}

impl Small {
    /// At most five calls: each takes up to 11 bytes.
    fn uint(&mut self, tag: u8, mut value: u64) -> &mut Self {
        self.push(tag);
        while value >= 0x80 {
            self.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.push(value as u8);
        self
    }

    fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// What comes before a record's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub kind: u64,
    pub crc: u32,
    /// Where the data starts, and how long it is; `None` when there is no data field.
    pub data: Option<(usize, u64)>,
    /// Length of the whole record.
    pub length: u64,
}

/// Longest head: three tags, and varints of 10, 5 and 10 bytes.
pub const HEAD_MAX: usize = 3 + 10 + 5 + 10;

/// Why a head could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoHead {
    /// More bytes are needed.
    Short,
    Malformed,
}

impl Head {
    /// Reads the head of a record of `length` bytes from its first bytes. Fails unless head and `length` agree.
    pub fn parse(bytes: &[u8], length: u64) -> Result<Self, NoHead> {
        let bytes = &bytes[..bytes.len().min(usize::try_from(length).unwrap_or(usize::MAX))];
        let short = |error| if bytes.len() as u64 == length { NoHead::Malformed } else { error };
        let mut fields = Cursor { rest: bytes };
        fields.tag(TAG_KIND).map_err(short)?;
        let kind = fields.varint().map_err(short)?;
        fields.tag(TAG_CRC).map_err(short)?;
        let crc = fields.varint().map_err(short)?;
        let crc = u32::try_from(crc).map_err(|_| NoHead::Malformed)?;
        let start = bytes.len() - fields.rest.len();
        if start as u64 == length {
            return Ok(Self { kind, crc, data: None, length });
        }
        fields.tag(TAG_DATA).map_err(short)?;
        let data_len = fields.varint().map_err(short)?;
        let start = bytes.len() - fields.rest.len();
        if (start as u64).checked_add(data_len) != Some(length) {
            return Err(NoHead::Malformed);
        }
        Ok(Self { kind, crc, data: Some((start, data_len)), length })
    }
}

/// Continues `running` with a record and reads it. `bytes` is the whole record, with the padding or without.
///
/// `Err` tells whether the CRC has already shown that the bytes are as they were written.
pub fn decode(head: &Head, bytes: &Bytes, running: &mut u32) -> Result<Record, Damage> {
    let data = match head.data {
        Some((start, length)) => bytes.slice(start..start + length as usize),
        None => Bytes::new(),
    };
    if head.kind == CRC {
        if head.data.is_some() {
            return Err(Damage::Parse { kind: "crc", why: "it has data" });
        }
        if *running != 0 && *running != head.crc {
            return Err(Damage::Crc { expected: head.crc, computed: *running });
        }
        *running = head.crc;
        return Ok(Record::Crc(head.crc));
    }
    let computed = crc32c::crc32c_append(*running, &data);
    if computed != head.crc {
        return Err(Damage::Crc { expected: head.crc, computed });
    }
    let parse = |kind| move |why| Damage::Parse { kind, why };
    let record = match head.kind {
        METADATA => Record::Metadata(data),
        ENTRY => Record::Entry(parse_entry(&data).map_err(parse("entry"))?),
        HARD_STATE => Record::HardState(parse_hard_state(&data).map_err(parse("hard state"))?),
        SNAPSHOT => Record::Snapshot(parse_snapshot(&data).map_err(parse("snapshot"))?),
        kind => return Err(Damage::Kind { kind }),
    };
    *running = computed;
    Ok(record)
}

fn parse_entry(data: &Bytes) -> Result<Entry, &'static str> {
    let mut entry = Entry::default();
    let mut fields = Cursor { rest: data };
    while let Some((field, value)) = fields.field()? {
        match (field, value) {
            (1, Value::Uint(kind)) => {
                let kind = i32::try_from(kind).ok().and_then(|kind| EntryType::try_from(kind).ok());
                entry.set_type(kind.ok_or("no such entry type")?);
            }
            (2, Value::Uint(term)) => entry.term = Some(term),
            (3, Value::Uint(index)) => entry.index = Some(index),
            (4, Value::Bytes(bytes)) => entry.data = Some(data.slice_ref(bytes)),
            _ => return Err("unknown field"),
        }
    }
    match (entry.term(), entry.index(), entry.r#type(), &entry.data) {
        (0, ..) => Err("no term"),
        (_, 0, ..) => Err("no index"),
        (_, _, EntryType::EntryConfChange | EntryType::EntryConfChangeV2, None) => Err("conf change without data"),
        _ => Ok(entry),
    }
}

fn parse_hard_state(data: &[u8]) -> Result<HardState, &'static str> {
    let mut state = HardState::default();
    let mut fields = Cursor { rest: data };
    while let Some((field, value)) = fields.field()? {
        match (field, value) {
            (1, Value::Uint(term)) => state.term = Some(term),
            (2, Value::Uint(vote)) => state.vote = Some(vote),
            (3, Value::Uint(commit)) => state.commit = Some(commit),
            _ => return Err("unknown field"),
        }
    }
    // All releases write all three.
    match state {
        HardState { term: Some(1..), vote: Some(_), commit: Some(_) } => Ok(state),
        _ => Err("term, vote or commit is missing"),
    }
}

fn parse_snapshot(data: &[u8]) -> Result<SnapMark, &'static str> {
    let mut mark = SnapMark::default();
    let mut fields = Cursor { rest: data };
    while let Some((field, value)) = fields.field()? {
        match (field, value) {
            (1, Value::Uint(index)) => mark.index = index,
            (2, Value::Uint(term)) => mark.term = term,
            (3, Value::Bytes(bytes)) => {
                mark.conf_state = Some(prost::Message::decode(bytes).map_err(|_| "conf state does not parse")?);
            }
            _ => return Err("unknown field"),
        }
    }
    Ok(mark)
}

/// The rest of some protobuf bytes.
struct Cursor<'a> {
    rest: &'a [u8],
}

enum Value<'a> {
    Uint(u64),
    Bytes(&'a [u8]),
}

impl<'a> Cursor<'a> {
    fn byte(&mut self) -> Result<u8, NoHead> {
        let (&byte, rest) = self.rest.split_first().ok_or(NoHead::Short)?;
        self.rest = rest;
        Ok(byte)
    }

    fn tag(&mut self, tag: u8) -> Result<(), NoHead> {
        if self.byte()? == tag { Ok(()) } else { Err(NoHead::Malformed) }
    }

    fn varint(&mut self) -> Result<u64, NoHead> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return if shift == 63 && byte > 1 { Err(NoHead::Malformed) } else { Ok(value) };
            }
        }
        Err(NoHead::Malformed)
    }

    /// The next field of number 1 to 15; `None` at the end.
    fn field(&mut self) -> Result<Option<(u8, Value<'a>)>, &'static str> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let cut = |_| "a field is cut";
        let tag = self.byte().map_err(cut)?;
        let value = self.varint().map_err(cut)?;
        let value = match tag & 7 {
            0 => Value::Uint(value),
            2 => {
                let length = usize::try_from(value).ok().filter(|&length| length <= self.rest.len());
                let (bytes, rest) = self.rest.split_at(length.ok_or("a field is cut")?);
                self.rest = rest;
                Value::Bytes(bytes)
            }
            _ => return Err("unknown wire type"),
        };
        Ok(Some((tag >> 3, value)))
    }
}
