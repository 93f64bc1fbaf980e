//! `rsutl wal`: prints what is in a WAL, in the form of etcd's etcd-dump-logs.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use prost::Message;

use super::{Failure, text};
use crate::pb::etcdserverpb::{self as rpc, InternalRaftRequest};
use crate::pb::raftpb::{ConfChange, ConfState, Entry, EntryType};
use crate::pb::request::EntryData;
use crate::storage::datadir;
use crate::storage::snap::{self, SnapError};
use crate::storage::wal::{self, Record, RecordReader};
use crate::types::{Index, MemberId};

/// Print the entries of the write-ahead log
#[derive(Debug, clap::Args)]
pub struct WalArgs {
    /// Data directory
    data_dir: PathBuf,
    /// Base name of the snapshot file to start from [default: the newest]
    #[arg(long, value_name = "NAME", conflicts_with = "start_index")]
    start_snap: Option<String>,
    /// Index of the first entry to print
    #[arg(long, value_name = "INDEX")]
    start_index: Option<Index>,
    /// Index of the first entry not to print
    #[arg(long, value_name = "INDEX", default_value_t = Index::MAX, hide_default_value = true)]
    end_index: Index,
    /// Directory of the segments [default: DATA_DIR/member/wal]
    #[arg(long, value_name = "DIR")]
    wal_dir: Option<PathBuf>,
    /// Kinds of entries to print, separated by commas: ConfigChange, Normal, Request, InternalRaftRequest, IRRRange,
    /// IRRPut, IRRDeleteRange, IRRTxn, IRRCompaction, IRRLeaseGrant, IRRLeaseRevoke, IRRLeaseCheckpoint
    #[arg(long, value_name = "LIST")]
    entry_type: Option<String>,
    /// Program that gets the data of each entry as a line of hex, and answers a line STATUS|DATA
    #[arg(long, value_name = "COMMAND")]
    stream_decoder: Option<String>,
    /// Print records instead of entries
    #[arg(long, conflicts_with_all = ["start_snap", "entry_type", "stream_decoder"])]
    raw: bool,
}

impl WalArgs {
    pub fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let dir = self.wal_dir.clone().unwrap_or_else(|| datadir::wal_dir(&self.data_dir));
        if self.raw { self.print_records(&dir, out) } else { self.print_entries(&dir, out) }
    }

    fn print_records(&self, dir: &Path, out: &mut dyn Write) -> Result<(), Failure> {
        let wanted = self.start_index.unwrap_or(0)..self.end_index;
        let mut reader = RecordReader::open(dir).map_err(Failure::from_error)?;
        for located in &mut reader {
            match located.map_err(Failure::from_error)?.record {
                Record::Crc(crc) => writeln!(out, "CRC: {crc}")?,
                Record::Metadata(bytes) => {
                    let metadata = decode_metadata(&bytes)?;
                    writeln!(out, "Metadata: NodeID:{} ClusterID:{}", metadata.node_id(), metadata.cluster_id())?;
                }
                Record::Snapshot(mark) if wanted.contains(&mark.index) => {
                    let conf_state = mark
                        .conf_state
                        .map_or_else(String::new, |state| format!(" conf_state:{{{}}}", text_of_conf_state(&state)));
                    writeln!(out, "Snapshot: index:{} term:{}{conf_state}", mark.index, mark.term)?;
                }
                Record::HardState(state) if wanted.contains(&state.commit()) => {
                    let (term, vote, commit) = (state.term(), state.vote(), state.commit());
                    writeln!(out, "HardState: term:{term} vote:{vote} commit:{commit}")?;
                }
                Record::Entry(entry) if wanted.contains(&entry.index()) => {
                    let mut line = format!("Entry: Term:{} Index:{} ", entry.term(), entry.index());
                    if entry.r#type() != EntryType::EntryNormal {
                        let _ = write!(line, "Type:{} ", entry.r#type().as_str_name());
                    }
                    if let Some(data) = entry.data.as_ref().filter(|data| !data.is_empty()) {
                        let _ = write!(line, "Data:{} ", text::quoted(data));
                    }
                    writeln!(out, "{line}")?;
                }
                Record::Snapshot(_) | Record::HardState(_) | Record::Entry(_) => {}
            }
        }
        match &reader.end().torn {
            Some(torn) => writeln!(
                out,
                "ErrUnexpectedEOF: The last record might be corrupted, error: {}: offset {}: {}.",
                reader.end().segment,
                reader.end().offset,
                torn.what
            )?,
            None => writeln!(out, "EOF: All entries were processed.")?,
        }
        Ok(())
    }

    fn print_entries(&self, dir: &Path, out: &mut dyn Write) -> Result<(), Failure> {
        let first = match self.start_index {
            Some(index) => {
                writeln!(out, "Start dumping log entries from index {index}.")?;
                index
            }
            None => self.print_snapshot(out)? + 1,
        };
        let reader =
            RecordReader::open(dir).map_err(|error| Failure::Failed(format!("Failed opening WAL: {error}")))?;
        let log =
            wal::inspect(reader, first).map_err(|error| Failure::Failed(format!("Failed reading WAL: {error}")))?;
        let entries: Vec<_> = log.entries.iter().filter(|entry| entry.index() < self.end_index).collect();
        let metadata = decode_metadata(&log.metadata)?;
        writeln!(
            out,
            "WAL metadata:\nnodeID={:x} clusterID={:x} term={} commitIndex={} vote={:x}\nWAL entries: {}",
            metadata.node_id(),
            metadata.cluster_id(),
            log.hard_state.term(),
            log.hard_state.commit(),
            log.hard_state.vote(),
            entries.len()
        )?;
        if let Some(last) = entries.last() {
            writeln!(out, "lastIndex={}", last.index())?;
        }
        self.print_table(&entries, out)
    }

    fn print_table(&self, entries: &[&Entry], out: &mut dyn Write) -> Result<(), Failure> {
        let list = self.entry_type.as_deref().unwrap_or("Normal,ConfigChange");
        let filters: Vec<Filter> = list.split(',').filter_map(Filter::parse).collect();
        let mut decoder = self.stream_decoder.as_deref().map(Decoder::start).transpose()?;
        let more = if decoder.is_some() { "\tdecoder_status\tdecoded_data" } else { "" };
        writeln!(out, "{:>4}\t{:>10}\ttype\tdata{more}", "term", "index")?;
        let mut count = 0;
        for entry in entries {
            let content = Content::of(entry);
            if !filters.iter().any(|filter| filter.accepts(&content)) {
                continue;
            }
            count += 1;
            let kind = if matches!(content, Content::ConfChange(_)) { "conf" } else { "norm" };
            write!(out, "{:4}\t{:10}\t{kind}\t{}", entry.term(), entry.index(), content.text())?;
            if let Some(decoder) = &mut decoder {
                let (status, data) = decoder.ask(entry.data.as_deref().unwrap_or_default())?;
                write!(out, "\t{status}\t{data}")?;
            }
            writeln!(out)?;
        }
        writeln!(out, "\nEntry types ({list}) count is : {count}")?;
        Ok(())
    }

    /// Prints the snapshot to start from, and returns its index.
    fn print_snapshot(&self, out: &mut dyn Write) -> Result<Index, Failure> {
        let failed = |error: SnapError| Failure::Failed(format!("Failed loading snapshot: {error}"));
        let dir = datadir::snap_dir(&self.data_dir);
        let snap = match &self.start_snap {
            Some(name) => Some(snap::read(&dir.join(name)).map_err(failed)?),
            None => newest_readable(&dir).map_err(failed)?,
        };
        match &snap {
            None => writeln!(out, "Snapshot:\nempty")?,
            Some(snap) => {
                let nodes: Vec<_> = snap.conf_state.voters.iter().map(|voter| format!("{voter:x}")).collect();
                let (nodes, conf_state) = (nodes.join(" "), json_of_conf_state(&snap.conf_state));
                writeln!(
                    out,
                    "Snapshot:\nterm={} index={} nodes=[{nodes}] confstate={conf_state}",
                    snap.term, snap.index
                )?;
            }
        }
        writeln!(out, "Start dumping log entries from snapshot.")?;
        Ok(snap.map_or(0, |snap| snap.index))
    }
}

fn newest_readable(dir: &Path) -> Result<Option<snap::SnapFile>, SnapError> {
    for name in snap::list(dir)? {
        match snap::read(&dir.join(name.to_string())) {
            Ok(snap) => return Ok(Some(snap)),
            Err(SnapError::Corrupt { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn decode_metadata(bytes: &[u8]) -> Result<rpc::Metadata, Failure> {
    rpc::Metadata::decode(bytes).map_err(|error| Failure::Failed(format!("metadata does not parse: {error}")))
}

fn lists_of(state: &ConfState) -> [(&'static str, &[u64]); 4] {
    [
        ("voters", &state.voters),
        ("learners", &state.learners),
        ("voters_outgoing", &state.voters_outgoing),
        ("learners_next", &state.learners_next),
    ]
}

fn json_of_conf_state(state: &ConfState) -> String {
    let mut json = String::from("{");
    for (name, ids) in lists_of(state).iter().filter(|(_, ids)| !ids.is_empty()) {
        let ids: Vec<_> = ids.iter().map(u64::to_string).collect();
        let _ = write!(json, "\"{name}\":[{}],", ids.join(","));
    }
    let _ = write!(json, "\"auto_leave\":{}}}", state.auto_leave());
    json
}

fn text_of_conf_state(state: &ConfState) -> String {
    let mut words = Vec::new();
    for (name, ids) in lists_of(state) {
        words.extend(ids.iter().map(|id| format!("{name}:{id}")));
    }
    words.extend(state.auto_leave.map(|auto_leave| format!("auto_leave:{auto_leave}")));
    words.join(" ")
}

/// What an entry holds.
enum Content {
    ConfChange(Option<ConfChange>),
    Internal(Box<InternalRaftRequest>, String),
    V2(Box<rpc::Request>),
    Unknown,
}

impl Content {
    fn of(entry: &Entry) -> Self {
        let data = entry.data.clone().unwrap_or_default();
        match entry.r#type() {
            EntryType::EntryConfChange => Self::ConfChange(ConfChange::decode(data).ok()),
            EntryType::EntryConfChangeV2 => Self::ConfChange(None),
            EntryType::EntryNormal => match EntryData::decode(&data) {
                Ok(EntryData::Internal(request)) => Self::internal(request),
                Ok(EntryData::V2(request)) => Self::V2(request),
                Err(_) => Self::Unknown,
            },
        }
    }

    fn internal(mut request: Box<InternalRaftRequest>) -> Self {
        if let Some(change) = &mut request.auth_user_change_password {
            change.password = "<value removed>".into();
        }
        match text::message("etcdserverpb.InternalRaftRequest", &request.encode_to_vec()) {
            Some(text) => Self::Internal(request, text),
            None => Self::Unknown,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::ConfChange(Some(change)) => {
                format!("method={} id={}", change.r#type().as_str_name(), MemberId(change.node_id()))
            }
            Self::ConfChange(None) | Self::Unknown => "???".into(),
            Self::Internal(_, text) => text.clone(),
            Self::V2(request) => text_of_v2(request),
        }
    }
}

fn text_of_v2(request: &rpc::Request) -> String {
    let path = text::quoted(request.path().as_bytes());
    match request.method() {
        "" => "noop".into(),
        "SYNC" => format!("method=SYNC time=\"{}\"", utc(request.time())),
        method @ ("QGET" | "DELETE") => format!("method={method} path={path}"),
        method => format!("method={method} path={path} val={}", text::quoted(request.val().as_bytes())),
    }
}

/// A time since 1970 as Go prints it.
fn utc(nanoseconds: i64) -> String {
    let (seconds, fraction) = (nanoseconds.div_euclid(1_000_000_000), nanoseconds.rem_euclid(1_000_000_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years begin in March here, so that the leap day is a year's last.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let fraction = match format!(".{fraction:09}").trim_end_matches('0') {
        "." => String::new(),
        digits => digits.into(),
    };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day_of_month:02} {hour:02}:{minute:02}:{second:02}{fraction} +0000 UTC")
}

/// One name of `--entry-type`.
#[derive(Clone, Copy, Debug)]
enum Filter {
    ConfigChange,
    Normal,
    Request,
    InternalRaftRequest,
    Internal(fn(&InternalRaftRequest) -> bool),
}

const FILTERS: [(&str, Filter); 12] = [
    ("ConfigChange", Filter::ConfigChange),
    ("Normal", Filter::Normal),
    ("Request", Filter::Request),
    ("InternalRaftRequest", Filter::InternalRaftRequest),
    ("IRRRange", Filter::Internal(|request| request.range.is_some())),
    ("IRRPut", Filter::Internal(|request| request.put.is_some())),
    ("IRRDeleteRange", Filter::Internal(|request| request.delete_range.is_some())),
    ("IRRTxn", Filter::Internal(|request| request.txn.is_some())),
    ("IRRCompaction", Filter::Internal(|request| request.compaction.is_some())),
    ("IRRLeaseGrant", Filter::Internal(|request| request.lease_grant.is_some())),
    ("IRRLeaseRevoke", Filter::Internal(|request| request.lease_revoke.is_some())),
    ("IRRLeaseCheckpoint", Filter::Internal(|request| request.lease_checkpoint.is_some())),
];

impl Filter {
    /// Unknown names are told on stderr and passed over.
    fn parse(name: &str) -> Option<Self> {
        let found = FILTERS.iter().find(|(known, _)| *known == name).map(|(_, filter)| *filter);
        if found.is_none() && !name.is_empty() {
            let known: Vec<_> = FILTERS.iter().map(|(known, _)| *known).collect();
            eprintln!("[{name}] is not a valid entry-type, ignored.\nValid ones: {}", known.join(", "));
        }
        found
    }

    fn accepts(self, content: &Content) -> bool {
        match (self, content) {
            (Self::ConfigChange, Content::ConfChange(_)) => true,
            (_, Content::ConfChange(_)) | (Self::ConfigChange, _) => false,
            (Self::Normal, _) => true,
            (Self::Request, content) => !matches!(content, Content::Internal(..)),
            (Self::InternalRaftRequest, content) => matches!(content, Content::Internal(..)),
            (Self::Internal(has), Content::Internal(request, _)) => has(request),
            (Self::Internal(_), Content::V2(_) | Content::Unknown) => false,
        }
    }
}

/// A program that explains entries.
struct Decoder {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Decoder {
    fn start(command: &str) -> Result<Self, Failure> {
        let mut words = command.split_whitespace();
        let failed = |why: String| Failure::Failed(format!("cannot start the decoder {command:?}: {why}"));
        let program = words.next().ok_or_else(|| failed("no program".into()))?;
        let mut child = Command::new(program)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("no pipes".into()));
        };
        Ok(Self { child, questions, answers: BufReader::new(answers) })
    }

    fn ask(&mut self, data: &[u8]) -> Result<(String, String), Failure> {
        let mut question = String::with_capacity(data.len() * 2 + 1);
        for byte in data {
            let _ = write!(question, "{byte:02x}");
        }
        question.push('\n');
        let mut answer = String::new();
        let failed = |error: std::io::Error| Failure::Failed(format!("the decoder failed: {error}"));
        self.questions.write_all(question.as_bytes()).map_err(failed)?;
        self.answers.read_line(&mut answer).map_err(failed)?;
        let answer = answer.trim_end_matches('\n');
        Ok(match answer.split_once('|') {
            None => ("decoder output format is not right, print output anyway".into(), answer.into()),
            Some((status, data)) if data.contains('|') => {
                let warning = "(*WARNING: data might contain deliminator used by etcd-dump-logs)";
                (format!("{status}{warning}"), data.replace('|', ""))
            }
            Some((status, data)) => (status.into(), data.into()),
        })
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // It has answered all; whatever it still does is not ours to wait for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (nanoseconds, text) in [
            (1, "1970-01-01 00:00:00.000000001 +0000 UTC"),
            (951_782_400_000_000_000, "2000-02-29 00:00:00 +0000 UTC"),
            (-500_000_000, "1969-12-31 23:59:59.5 +0000 UTC"),
            (1_735_689_599_000_000_000, "2024-12-31 23:59:59 +0000 UTC"),
        ] {
            assert_eq!(utc(nanoseconds), text);
        }
    }
}
