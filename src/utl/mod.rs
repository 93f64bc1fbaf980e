//! `rsutl`, the offline tool: looks into a data directory without a server.
//!
//! A command is one file: arguments, `run`, what is printed. To add one: its module, a variant of [`Command`], an arm
//! of `Command::run`. Not here: what reads the files (`storage`).

mod completion;
mod db;
mod du;
mod extract;
mod get;
mod keys;
mod place;
mod text;
mod verify;
mod version;
mod wal;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

/// Looks into a data directory without a server
#[derive(Debug, Parser)]
#[command(name = "rsutl", version = version::LINE, infer_subcommands = true)]
struct Root {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Wal(wal::WalArgs),
    Db(db::DbArgs),
    Keys(keys::KeysArgs),
    Get(get::GetArgs),
    Du(du::DuArgs),
    ListBucket(db::ListBucketArgs),
    IterateBucket(db::IterateBucketArgs),
    Hash(db::HashArgs),
    ScanKeys(db::ScanKeysArgs),
    Snapshot(SnapshotArgs),
    Verify(verify::VerifyArgs),
    Version(version::VersionArgs),
    Completion(completion::CompletionArgs),
}

impl Command {
    fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        match self {
            Self::Wal(args) => args.run(out),
            Self::Db(args) => args.run(out),
            Self::Keys(args) => args.run(out),
            Self::Get(args) => args.run(out),
            Self::Du(args) => args.run(out),
            Self::ListBucket(args) => args.run(out),
            Self::IterateBucket(args) => args.run(out),
            Self::Hash(args) => args.run(out),
            Self::ScanKeys(args) => args.run(out),
            Self::Snapshot(SnapshotArgs { command: SnapshotCommand::Extract(args) }) => args.run(out),
            Self::Verify(args) => args.run(out),
            Self::Version(args) => args.run(out),
            Self::Completion(args) => args.run(out),
        }
    }
}

/// Work with snapshots
#[derive(Debug, clap::Args)]
struct SnapshotArgs {
    #[command(subcommand)]
    command: SnapshotCommand,
}

#[derive(Debug, clap::Subcommand)]
enum SnapshotCommand {
    Extract(extract::ExtractArgs),
}

/// Why a command ends with a code other than 0.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The operation failed, or found something wrong.
    #[error("{0}")]
    Failed(String),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    fn from_error(error: impl std::error::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Runs `rsutl`.
pub fn rsutl_main() -> ExitCode {
    let root = match Root::try_parse() {
        Ok(root) => root,
        Err(error) => {
            // Nothing is left to be told when stderr is gone.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let result = root.command.run(&mut out).and_then(|()| Ok(out.flush()?));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read us has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = out.flush();
            eprintln!("Error: {failure}");
            ExitCode::FAILURE
        }
    }
}
