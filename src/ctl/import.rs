//! `import`: puts the keys of lines of JSON, as `export` and `get -w jsonl` write them.
//!
//! Beside a file `FILE` stands `FILE.progress` while it is not done: where the lines begin of which it is not certain that
//! their keys are written. `--resume` goes on from there. Lines may be written twice, never left out.

use std::{
    collections::HashSet,
    ffi::OsString,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{
    export::{Row, VERSION},
    global::{Context, Limit},
    print,
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        progress,
    },
    client::{Client, Get, Op, Put, Txn},
    telemetry::os_error,
};

/// Bytes of keys and values in one transaction; a server takes 1.5 MiB unless told otherwise.
const BATCH_BYTES: usize = 512 << 10;

/// Put the keys of lines of JSON that export wrote
///
/// Reads standard input unless a file is named. Keys that exist are overwritten, others stay. With a file, what is done is
/// noted in FILE.progress, and --resume goes on from there.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl import [options] [FILE]")]
pub struct ImportArgs {
    #[arg(value_name = "FILE")]
    file: Option<OsString>,
    /// Go on where the last import of this file ended
    #[arg(long)]
    resume: bool,
    /// Keys in one transaction, at most
    #[arg(long, value_name = "N", default_value_t = 128)]
    max_txn_ops: usize,
    /// Attach keys to the leases that they had, which must exist
    #[arg(long)]
    with_leases: bool,
}

/// How far an import is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    cluster: u64,
    /// The first line of the file, so that another file of that name is not mistaken for it.
    first_line: String,
    /// Bytes of lines that are done.
    bytes: u64,
    /// Keys that are written.
    keys: u64,
}

/// Where a progress is noted.
struct Notes(PathBuf);

impl Notes {
    fn new(file: &Path) -> Self {
        let mut path = file.as_os_str().to_owned();
        path.push(".progress");
        Self(path.into())
    }

    fn failed(&self, error: impl std::fmt::Display) -> Failure {
        Failure::new(Exit::Error, format!("{}: {error}", self.0.display()))
    }

    fn read(&self) -> Result<Progress, Failure> {
        let text = fs::read(&self.0).map_err(|error| self.failed(os_error::text(&error)))?;
        serde_json::from_slice(&text).map_err(|error| self.failed(error))
    }

    /// Writes it beside and renames it: there is always a whole one.
    fn write(&self, progress: &Progress) -> Result<(), Failure> {
        let next = self.0.with_extension("progress.tmp");
        let text = serde_json::to_vec(progress).map_err(|error| self.failed(error))?;
        fs::write(&next, text)
            .and_then(|()| fs::rename(&next, &self.0))
            .map_err(|error| self.failed(os_error::text(&error)))
    }

    fn remove(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed(os_error::text(&error))),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

pub async fn run(context: &Context, args: ImportArgs) -> Result<(), Failure> {
    if args.max_txn_ops == 0 {
        return Err(Failure::args("--max-txn-ops must be positive"));
    }
    let path = args.file.map(PathBuf::from).filter(|path| path.as_os_str() != "-");
    if args.resume && path.is_none() {
        return Err(Failure::args("--resume needs a file"));
    }
    let notes = path.as_deref().map(Notes::new);
    let mut done = Progress::default();
    let input: Box<dyn Read> = match &path {
        None => Box::new(io::stdin()),
        Some(path) => {
            let failed =
                |error: io::Error| Failure::new(Exit::Error, format!("{}: {}", path.display(), os_error::text(&error)));
            let mut file = File::open(path).map_err(failed)?;
            let mut first_line = String::new();
            BufReader::new(&file).read_line(&mut first_line).map_err(failed)?;
            if let (true, Some(notes)) = (args.resume, &notes) {
                done = notes.read()?;
                if done.first_line != first_line {
                    return Err(notes.failed("these notes are of another file"));
                }
            }
            done.first_line = first_line;
            file.seek(io::SeekFrom::Start(done.bytes)).map_err(failed)?;
            Box::new(file)
        }
    };
    let client = context.client(Limit::Command).await?;
    let cluster = client.range(Get::new("\0").count_only()).await?.header.unwrap_or_default().cluster_id;
    if args.resume && done.cluster != cluster {
        return Err(Failure::new(Exit::Error, "the import was begun with another cluster"));
    }
    done.cluster = cluster;
    let import = Import { client, notes, ops_max: args.max_txn_ops, with_leases: args.with_leases };
    import.read(BufReader::new(input), done).await
}

struct Import {
    client: Client,
    notes: Option<Notes>,
    ops_max: usize,
    with_leases: bool,
}

/// Keys that are written together.
#[derive(Default)]
struct Batch {
    puts: Vec<Put>,
    keys: HashSet<Bytes>,
    bytes: usize,
}

impl Import {
    async fn read(&self, mut input: impl BufRead, mut done: Progress) -> Result<(), Failure> {
        let (mut batch, mut line, mut read) = (Batch::default(), Vec::new(), done.bytes);
        let mut is_export = done.first_line.starts_with("{\"export\":");
        // Keys of the export that is read, unless its begin was passed over.
        let mut keys = (done.bytes == 0).then_some(0);
        let (mut is_ended, mut leases) = (false, 0);
        let bar = progress::bar(0);
        loop {
            line.clear();
            let bytes = input.read_until(b'\n', &mut line)?;
            if bytes == 0 {
                break;
            }
            let bad = |what: &dyn std::fmt::Display| {
                Failure::new(Exit::InvalidInput, format!("at byte {read}: {what}; {} keys were imported", done.keys))
            };
            if line.trim_ascii().is_empty() {
                read += bytes as u64;
                continue;
            }
            let row: Row = serde_json::from_slice(&line).map_err(|error| bad(&error))?;
            if row.key.is_none() && row.export.is_none() && !row.end {
                return Err(bad(&"there is no key in this line"));
            }
            if let Some(version) = row.export {
                if version != VERSION {
                    return Err(bad(&format!("format {version} is not known")));
                }
                (is_export, is_ended, keys) = (true, false, Some(0));
            }
            if row.end {
                is_ended = true;
                if let Some(keys) = keys.take().filter(|&keys| keys != row.keys) {
                    return Err(bad(&format!("there should be {} keys, not {keys}", row.keys)));
                }
            }
            if let Some(key) = &row.key {
                keys = keys.map(|keys| keys + 1);
                let decode = |text: &str| STANDARD.decode(text).map_err(|error| bad(&error));
                let (key, value) = (Bytes::from(decode(key)?), Bytes::from(decode(&row.value)?));
                let size = key.len() + value.len();
                let is_full = batch.puts.len() == self.ops_max || batch.bytes + size > BATCH_BYTES;
                if is_full || batch.keys.contains(&key) {
                    self.write(std::mem::take(&mut batch), read, &mut done).await?;
                    bar.set_length(done.keys);
                    bar.set_position(done.keys);
                }
                leases += u64::from(row.lease != 0 && !self.with_leases);
                let lease = if self.with_leases { row.lease } else { 0 };
                batch.bytes += size;
                batch.keys.insert(key.clone());
                batch.puts.push(Put::new(key, value).lease(lease));
            }
            read += bytes as u64;
        }
        self.write(batch, read, &mut done).await?;
        bar.finish_and_clear();
        if is_export && !is_ended {
            let text =
                format!("the export is not complete: its last line is missing; {} keys were imported", done.keys);
            return Err(Failure::new(Exit::InvalidInput, text));
        }
        if let Some(notes) = &self.notes {
            notes.remove()?;
        }
        if leases > 0 {
            crate::cli::errln!("{leases} keys had a lease and are imported without it; see --with-leases");
        }
        print::text(&format!("imported {} keys\n", done.keys))
    }

    /// Writes a batch, all of it or nothing, and notes that the bytes up to `read` are done.
    async fn write(&self, batch: Batch, read: u64, done: &mut Progress) -> Result<(), Failure> {
        if batch.puts.is_empty() {
            return Ok(());
        }
        let count = batch.puts.len() as u64;
        let txn = Txn::new().then(batch.puts.into_iter().map(Op::from));
        if let Err(error) = self.client.txn(txn).await {
            let resume = if self.notes.is_some() { "; --resume goes on from there" } else { "" };
            crate::cli::errln!("{} keys were imported{resume}", done.keys);
            return Err(error.into());
        }
        done.keys += count;
        done.bytes = read;
        self.notes.as_ref().map_or(Ok(()), |notes| notes.write(done))
    }
}
