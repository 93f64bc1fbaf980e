//! `snapshot`

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rustix::io::Errno;

use super::{
    global::{Context, Limit},
    print,
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        progress,
    },
    client::{Client, ClientError, SnapshotError},
    telemetry::os_error,
};

/// Snapshot related commands
#[derive(clap::Args, Debug)]
pub struct SnapshotArgs {
    #[command(subcommand)]
    command: SnapshotCommand,
}

#[derive(clap::Subcommand, Debug)]
enum SnapshotCommand {
    Save(SaveArgs),
}

/// Store the database of the member at the endpoint in a file
///
/// The file appears under its name when all of it is on the disk and its checksum is right. Its status is told and a
/// data directory is made from it by rsutl.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl snapshot save <FILE>")]
struct SaveArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// What to say of a subcommand that etcdctl had before 3.6; `None` when `word` is no such.
pub fn moved(word: &OsString) -> Option<String> {
    let name = ["restore", "status"].into_iter().find(|name| word == name)?;
    Some(format!("`snapshot {name}` moved to the offline tool: run `rsutl snapshot {name} FILE`"))
}

pub async fn run(context: &Context, args: SnapshotArgs) -> Result<(), Failure> {
    let SnapshotCommand::Save(args) = args.command;
    let [file] = &args.args[..] else {
        return Err(Failure::args("snapshot save expects one argument <filename>"));
    };
    context.check_environment()?;
    context.printer()?;
    let endpoints = context.endpoints();
    if endpoints.len() > 1 {
        let text = format!("snapshot must be requested to one selected node, not multiple [{}]", endpoints.join(" "));
        return Err(Failure::new(Exit::Interrupted, text));
    }
    let is_limited = context.set.iter().any(|flag| flag == "command-timeout");
    let client = context.client_of(endpoints, if is_limited { Limit::Command } else { Limit::None }).await?;
    let saving = save(&client, Path::new(file));
    let version = if is_limited {
        let late = |_| failed(ClientError::DeadlineExceeded.to_string());
        tokio::time::timeout(context.flags.command_timeout, saving).await.map_err(late)??
    } else {
        saving.await?
    };
    let mut text = format!("Snapshot saved at {}\n", file.to_string_lossy());
    if !version.is_empty() {
        text += &format!("Server version {version}\n");
    }
    print::text(&text)
}

fn failed(text: impl Into<String>) -> Failure {
    Failure::new(Exit::Interrupted, text)
}

/// Writes the snapshot to `file`; gives the version of the server's storage.
async fn save(client: &Client, file: &Path) -> Result<String, Failure> {
    let mut part = Part::create(file)?;
    let mut stream = client.snapshot().await.map_err(|error| failed(error.raw()))?;
    let bar = progress::bytes();
    let (mut bytes, mut version) = (0, String::new());
    while let Some(piece) = stream.chunk().await.map_err(|error| failed(text(&error)))? {
        part.write(&piece.bytes)?;
        bytes += piece.bytes.len() as u64;
        version = piece.version;
        bar.set_length(bytes + piece.remaining_bytes);
        bar.set_position(bytes);
    }
    bar.finish_and_clear();
    part.finish(file)?;
    Ok(version)
}

/// What is wrong with a snapshot, as etcdctl says it; that does not look at the checksum.
fn text(error: &SnapshotError) -> String {
    match error {
        SnapshotError::Client(error) => error.raw(),
        SnapshotError::Incomplete(bytes) => format!("sha256 checksum not found [bytes: {bytes}]"),
        SnapshotError::Damaged => error.to_string(),
    }
}

/// The file while it is written. It is gone unless it was finished.
struct Part {
    path: PathBuf,
    file: File,
    is_finished: bool,
}

impl Part {
    fn create(target: &Path) -> Result<Self, Failure> {
        let mut path = target.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        match OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path) {
            Ok(file) => Ok(Self { path, file, is_finished: false }),
            Err(error) => {
                let (path, text) = (path.display(), os_error::text(&error));
                Err(failed(format!("could not open {path} (open {path}: {text})")))
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.path.display();
        self.file.write_all(bytes).map_err(|error| failed(format!("write {path}: {}", os_error::text(&error))))
    }

    /// Makes what was written durable and gives it its name.
    fn finish(&mut self, target: &Path) -> Result<(), Failure> {
        let (part, name) = (self.path.display().to_string(), target.display());
        let text = |what: String, error| failed(format!("{what}: {}", os_error::text(&error)));
        self.file.sync_all().map_err(|error| text(format!("fsync {part}"), error))?;
        // Go looks first whether a directory is in the way.
        let renamed = if target.is_dir() { Err(Errno::EXIST.into()) } else { fs::rename(&self.path, target) };
        renamed.map_err(|error| {
            let reason = os_error::text(&error);
            failed(format!("could not rename {part} to {name} (rename {part} {name}: {reason})"))
        })?;
        self.is_finished = true;
        // The name, too, must outlive a power failure.
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(parent)
            .and_then(|parent| parent.sync_all())
            .map_err(|error| text(format!("fsync {}", parent.display()), error))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_finished {
            let _ = fs::remove_file(&self.path);
        }
    }
}
