//! `rsutl wal DATA_DIR`: prints what is in a WAL, in the form of etcd's etcd-dump-logs or as JSON lines.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use prost::Message;

use super::content::{self, Content};
use super::decoder::Decoder;
use super::filter::{self, Filter};
use super::json;
use crate::pb::etcdserverpb as rpc;
use crate::pb::raftpb::{ConfState, Entry, EntryType};
use crate::storage::datadir;
use crate::storage::snap::{self, SnapError};
use crate::storage::wal::{self, Damage, Record, RecordReader, WalError};
use crate::types::Index;
use crate::utl::{Failure, text};

#[derive(Debug, clap::Args)]
pub struct DumpArgs {
    /// Data directory
    #[arg(value_name = "DATA_DIR")]
    data_dirs: Vec<PathBuf>,
    /// Base name of the snapshot file to start from [default: the newest]
    #[arg(long, value_name = "NAME")]
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
    /// Print only entries that name a key with this prefix, in a txn's comparisons and branches too
    #[arg(long, value_name = "PREFIX", conflicts_with = "raw")]
    key_prefix: Option<String>,
    /// Program that gets the data of each entry as a line of hex, and answers a line STATUS|DATA
    #[arg(long, value_name = "COMMAND")]
    stream_decoder: Option<String>,
    /// Print records instead of entries
    #[arg(long)]
    raw: bool,
    /// The flag of all commands.
    #[arg(skip)]
    pub write_out: Format,
}

/// Form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Simple,
    /// An object a line.
    Json,
}

impl DumpArgs {
    pub fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let fail = |text: &str| Err(Failure::Failed(text.into()));
        let [data_dir] = &self.data_dirs[..] else {
            let given: Vec<_> = self.data_dirs.iter().map(|dir| dir.display().to_string()).collect();
            return fail(&format!("Must provide data-dir argument (got [{}])", given.join(" ")));
        };
        if self.start_snap.is_some() && self.start_index.is_some() {
            return fail("start-snap and start-index flags cannot be used together.");
        }
        if self.raw && (self.start_snap.is_some() || self.entry_type.is_some() || self.stream_decoder.is_some()) {
            return fail("Flags --entry-type, --stream-decoder, --entrytype not supported in the RAW mode.");
        }
        if self.write_out == Format::Json && self.stream_decoder.is_some() {
            return fail("there is no --stream-decoder with --write-out json");
        }
        let dir = self.wal_dir.clone().unwrap_or_else(|| datadir::wal_dir(data_dir));
        if self.raw { self.print_records(&dir, out) } else { self.print_entries(data_dir, &dir, out) }
    }

    fn print_records(&self, dir: &Path, out: &mut dyn Write) -> Result<(), Failure> {
        warn_of_others(dir);
        let wanted = self.start_index.unwrap_or(0)..self.end_index;
        let mut reader = RecordReader::lenient(dir).map_err(Failure::from_error)?;
        let mut is_in_damage = false;
        for located in &mut reader {
            let located = match located {
                Ok(located) => located,
                Err(error @ WalError::Corrupt { what: Damage::Crc { .. }, .. }) => {
                    // One line for a stretch of them.
                    if !std::mem::replace(&mut is_in_damage, true) {
                        writeln!(out, "Error: Reading entry failed with CRC error: {error}")?;
                    }
                    continue;
                }
                Err(error) => return Err(Failure::from_error(error)),
            };
            is_in_damage = false;
            let is_wanted = match &located.record {
                Record::Crc(_) | Record::Metadata(_) => true,
                Record::Snapshot(mark) => wanted.contains(&mark.index),
                Record::HardState(state) => wanted.contains(&state.commit()),
                Record::Entry(entry) => wanted.contains(&entry.index()),
            };
            if !is_wanted {
                continue;
            }
            match self.write_out {
                Format::Simple => write_record(&located.record, out)?,
                Format::Json => {
                    let segment = located.segment.to_string();
                    match json::record(&segment, located.offset, &located.record) {
                        Some(object) => writeln!(out, "{object}")?,
                        None => return Err(Failure::Failed(format!("{segment}: metadata does not parse"))),
                    }
                }
            }
        }
        let end = reader.end();
        match (&end.torn, self.write_out) {
            (None, Format::Simple) => writeln!(out, "EOF: All entries were processed.")?,
            (None, Format::Json) => {}
            (Some(torn), format) => {
                let text = format!(
                    "ErrUnexpectedEOF: The last record might be corrupted, error: {}: offset {}: {}.",
                    end.segment, end.offset, torn.what
                );
                match format {
                    Format::Simple => writeln!(out, "{text}")?,
                    Format::Json => eprintln!("{text}"),
                }
            }
        }
        Ok(())
    }

    fn print_entries(&self, data_dir: &Path, dir: &Path, out: &mut dyn Write) -> Result<(), Failure> {
        let is_simple = self.write_out == Format::Simple;
        let first = match self.start_index {
            Some(index) => {
                if is_simple {
                    writeln!(out, "Start dumping log entries from index {index}.")?;
                }
                index
            }
            None => {
                let snap = self.start_snapshot(data_dir)?;
                if is_simple {
                    write_snapshot(snap.as_ref(), out)?;
                }
                snap.map_or(0, |snap| snap.index) + 1
            }
        };
        let reader =
            RecordReader::open(dir).map_err(|error| Failure::Failed(format!("Failed opening WAL: {error}")))?;
        let log =
            wal::inspect(reader, first).map_err(|error| Failure::Failed(format!("Failed reading WAL: {error}")))?;
        let entries: Vec<_> = log.entries.iter().filter(|entry| entry.index() < self.end_index).collect();
        if !is_simple {
            return self.print_json(&entries, out);
        }
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

    /// The entries that `--entry-type` and `--key-prefix` let pass.
    fn wanted<'log>(&self, entries: &[&'log Entry]) -> impl Iterator<Item = (&'log Entry, Content)> {
        let filters: Vec<Filter> = self.entry_types().split(',').filter_map(Filter::parse).collect();
        let prefix = self.key_prefix.as_deref().map(str::as_bytes);
        entries.iter().map(|entry| (*entry, Content::of(entry))).filter(move |(_, content)| {
            filters.iter().any(|filter| filter.accepts(content))
                && prefix.is_none_or(|prefix| filter::touches(content, prefix))
        })
    }

    fn entry_types(&self) -> &str {
        self.entry_type.as_deref().unwrap_or("Normal,ConfigChange")
    }

    fn print_json(&self, entries: &[&Entry], out: &mut dyn Write) -> Result<(), Failure> {
        for (entry, content) in self.wanted(entries) {
            writeln!(out, "{}", serde_json::Value::Object(json::entry(entry, &content)))?;
        }
        Ok(())
    }

    fn print_table(&self, entries: &[&Entry], out: &mut dyn Write) -> Result<(), Failure> {
        let mut decoder = self.stream_decoder.as_deref().map(Decoder::start).transpose()?;
        let more = if decoder.is_some() { "\tdecoder_status\tdecoded_data" } else { "" };
        writeln!(out, "{:>4}\t{:>10}\ttype\tdata{more}", "term", "index")?;
        let mut count = 0;
        for (entry, content) in self.wanted(entries) {
            count += 1;
            let kind = if matches!(content, Content::ConfChange(_)) { "conf" } else { "norm" };
            write!(out, "{:4}\t{:10}\t{kind}\t{}", entry.term(), entry.index(), content.text())?;
            if let Some(decoder) = &mut decoder {
                let (status, data) = decoder.ask(entry.data.as_deref().unwrap_or_default())?;
                write!(out, "\t{status}\t{data}")?;
            }
            writeln!(out)?;
        }
        writeln!(out, "\nEntry types ({}) count is : {count}", self.entry_types())?;
        Ok(())
    }

    /// The snapshot to start from.
    fn start_snapshot(&self, data_dir: &Path) -> Result<Option<snap::SnapFile>, Failure> {
        let failed = |error: SnapError| Failure::Failed(format!("Failed loading snapshot: {error}"));
        let dir = datadir::snap_dir(data_dir);
        match &self.start_snap {
            Some(name) => snap::read(&dir.join(name)).map(Some).map_err(failed),
            None => newest_readable(&dir).map_err(failed),
        }
    }
}

fn write_snapshot(snap: Option<&snap::SnapFile>, out: &mut dyn Write) -> Result<(), Failure> {
    match snap {
        None => writeln!(out, "Snapshot:\nempty")?,
        Some(snap) => {
            let nodes: Vec<_> = snap.conf_state.voters.iter().map(|voter| format!("{voter:x}")).collect();
            let (nodes, conf_state) = (nodes.join(" "), json_of_conf_state(&snap.conf_state));
            writeln!(out, "Snapshot:\nterm={} index={} nodes=[{nodes}] confstate={conf_state}", snap.term, snap.index)?;
        }
    }
    writeln!(out, "Start dumping log entries from snapshot.")?;
    Ok(())
}

/// A record in the form of `etcd-dump-logs -raw`.
fn write_record(record: &Record, out: &mut dyn Write) -> Result<(), Failure> {
    match record {
        Record::Crc(crc) => writeln!(out, "CRC: {crc}")?,
        Record::Metadata(bytes) => {
            let metadata = decode_metadata(bytes)?;
            writeln!(out, "Metadata: NodeID:{} ClusterID:{}", metadata.node_id(), metadata.cluster_id())?;
        }
        Record::Snapshot(mark) => {
            let conf_state = mark.conf_state.as_ref();
            let conf_state =
                conf_state.map_or_else(String::new, |state| format!(" conf_state:{{{}}}", text_of_conf_state(state)));
            writeln!(out, "Snapshot: index:{} term:{}{conf_state}", mark.index, mark.term)?;
        }
        Record::HardState(state) => {
            let (term, vote, commit) = (state.term(), state.vote(), state.commit());
            writeln!(out, "HardState: term:{term} vote:{vote} commit:{commit}")?;
        }
        Record::Entry(entry) => {
            let mut line = format!("Entry: Term:{} Index:{} ", entry.term(), entry.index());
            if entry.r#type() != EntryType::EntryNormal {
                let _ = write!(line, "Type:{} ", entry.r#type().as_str_name());
            }
            let data = content::data_without_secrets(entry);
            if !data.is_empty() {
                let _ = write!(line, "Data:{} ", text::quoted(&data));
            }
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// Other files than segments are passed over, and told.
fn warn_of_others(dir: &Path) {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    for name in names.iter().filter(|name| !name.ends_with(".wal")) {
        eprintln!("Warning: Ignoring not .wal file: {name}");
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
