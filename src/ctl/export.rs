//! `export`: keys as lines of JSON, which `import` reads.
//!
//! ```text
//! {"export":1,"prefix":"YXBwLw==","prefix_text":"app/","revision":17}
//! {"key":"YXBwL2E=","key_text":"app/a","value":"MQ==","value_text":"1","create_revision":2,"mod_revision":2,"version":1}
//! {"end":true,"keys":1}
//! ```
//! The last line says that nothing is missing. A file without it is continued at the revision of its first line.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, BufRead, BufReader, Seek, Write},
    os::unix::ffi::OsStringExt,
    path::PathBuf,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::{
    global::{Context, Limit},
    pages::Pages,
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        output::jsonl::Line,
        shown::shown,
    },
    client::Get,
    telemetry::os_error,
};

/// Of the format of the file.
pub const VERSION: u32 = 1;

/// What a file begins with.
const HEAD: &[u8] = b"{\"export\":1,";

/// Write keys as lines of JSON that import reads
///
/// All keys are as of one revision. Goes to standard output unless a file is named.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl export [options] [PREFIX]")]
pub struct ExportArgs {
    #[arg(value_name = "PREFIX")]
    prefix: Option<OsString>,
    /// File to write, which must not exist
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Continue a file that was not finished, with the prefix and at the revision that it was begun with
    #[arg(long)]
    resume: bool,
    /// Revision to read at; 0 for the newest
    #[arg(long, value_name = "REV", default_value_t = 0)]
    rev: i64,
}

/// A line of a file, whichever it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Row {
    /// The first line: its format.
    pub export: Option<u32>,
    /// The first line: what all keys begin with, in base64.
    pub prefix: String,
    /// The first line: as of when the keys are.
    pub revision: i64,
    /// A key in base64.
    pub key: Option<String>,
    /// Its value in base64.
    pub value: String,
    /// Its lease; 0 for none.
    pub lease: i64,
    /// The last line: nothing is missing.
    pub end: bool,
    /// The last line: how many keys there are.
    pub keys: u64,
}

/// Where an export stands.
struct Stand {
    prefix: Vec<u8>,
    revision: i64,
    last: Option<Vec<u8>>,
    keys: u64,
    is_complete: bool,
    /// Bytes of whole lines.
    bytes: u64,
}

impl Stand {
    /// Refuses to go on with other keys than those that the file was begun with.
    fn check(&self, prefix: Option<&[u8]>, revision: i64) -> io::Result<()> {
        let (begun, is_other) = if prefix.is_some_and(|prefix| prefix != self.prefix) {
            (format!("the prefix {}", shown(&self.prefix)), true)
        } else {
            (format!("the revision {}", self.revision), revision > 0 && revision != self.revision)
        };
        let error = || io::Error::new(io::ErrorKind::InvalidInput, format!("it was begun with {begun}"));
        if is_other { Err(error()) } else { Ok(()) }
    }
}

pub async fn run(context: &Context, args: ExportArgs) -> Result<(), Failure> {
    let failed = |path: &PathBuf, error: io::Error| {
        Failure::new(Exit::Error, format!("{}: {}", path.display(), os_error::text(&error)))
    };
    let typed = args.prefix.map(OsStringExt::into_vec);
    let (begun, stand) = match (&args.file, args.resume) {
        (None, true) => return Err(Failure::args("--resume needs --file")),
        (None, false) | (Some(_), false) => (None, None),
        (Some(path), true) => {
            let mut file = File::options().read(true).write(true).open(path).map_err(|error| failed(path, error))?;
            let stand = stand(&file).map_err(|error| failed(path, error))?;
            if let Some(stand) = &stand {
                stand.check(typed.as_deref(), args.rev).map_err(|error| failed(path, error))?;
            }
            file.set_len(stand.as_ref().map_or(0, |stand| stand.bytes)).map_err(|error| failed(path, error))?;
            file.seek(io::SeekFrom::End(0)).map_err(|error| failed(path, error))?;
            (Some(file), stand)
        }
    };
    if let Some(stand) = stand.as_ref().filter(|stand| stand.is_complete) {
        crate::cli::errln!("{} keys are exported already", stand.keys);
        return Ok(());
    }
    let prefix = typed.unwrap_or_default();
    let client = context.client(Limit::Command).await?;
    let (mut keys, mut lines) = (0, String::new());
    let mut pages;
    match stand {
        Some(stand) => {
            keys = stand.keys;
            pages = Pages::of_prefix(&client, &stand.prefix, stand.revision);
            if let Some(last) = &stand.last {
                pages = pages.after(last);
            }
        }
        None => {
            let now = client.range(Get::new("\0").count_only()).await?.header.unwrap_or_default().revision;
            let revision = if args.rev == 0 { now } else { args.rev };
            let head = Line::new().number("export", VERSION).bytes("prefix", &prefix).number("revision", revision);
            lines = head.finish();
            pages = Pages::of_prefix(&client, &prefix, revision);
        }
    }
    let mut out: Box<dyn Write> = match (&args.file, begun) {
        (_, Some(file)) => Box::new(file),
        (Some(path), None) => Box::new(File::create_new(path).map_err(|error| failed(path, error))?),
        (None, None) => Box::new(io::stdout()),
    };
    while let Some(page) = pages.next().await? {
        keys += page.kvs.len() as u64;
        lines.extend(page.kvs.iter().map(|kv| Line::new().pair(kv).finish()));
        out.write_all(std::mem::take(&mut lines).as_bytes())?;
    }
    out.write_all(Line::new().number("end", true).number("keys", keys).finish().as_bytes())?;
    out.flush()?;
    if args.file.is_some() {
        crate::cli::errln!("exported {keys} keys");
    }
    Ok(())
}

/// Reads how far a file goes; `None`: it is empty. A last line without its end counts as not written.
fn stand(file: &File) -> io::Result<Option<Stand>> {
    let bad = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    if file.metadata()?.len() == 0 {
        return Ok(None);
    }
    let mut reader = BufReader::new(file);
    let mut stand = Stand { prefix: Vec::new(), revision: 0, last: None, keys: 0, is_complete: false, bytes: 0 };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let bytes = reader.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            if number == 1 && HEAD.starts_with(&line[..line.len().min(HEAD.len())]) {
                // Interrupted within its first line.
                return Ok(None);
            }
            break;
        }
        let row: Row = serde_json::from_slice(&line).map_err(|error| bad(format!("line {number}: {error}")))?;
        let decode = |text: &str| STANDARD.decode(text).map_err(|error| bad(format!("line {number}: {error}")));
        match (&row.key, row.export) {
            (Some(key), _) => {
                stand.last = Some(decode(key)?);
                stand.keys += 1;
            }
            (None, Some(VERSION)) => (stand.prefix, stand.revision) = (decode(&row.prefix)?, row.revision),
            (None, Some(version)) => return Err(bad(format!("format {version} is not known"))),
            (None, None) => stand.is_complete |= row.end,
        }
        stand.bytes += bytes as u64;
    }
    if stand.revision == 0 { Err(bad("this is no export".into())) } else { Ok(Some(stand)) }
}
