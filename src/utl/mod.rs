//! `rsutl`, the offline tool: looks into a data directory without a server.
//!
//! A command is one file: arguments, `run`, what is printed. To add one: its module, a variant of [`Command`], an arm
//! of `Command::run`. Not here: what reads the files (`storage`).

mod completion;
mod db;
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
    Verify(verify::VerifyArgs),
    Version(version::VersionArgs),
    Completion(completion::CompletionArgs),
}

impl Command {
    fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        match self {
            Self::Wal(args) => args.run(out),
            Self::Db(args) => db::run(&args, out).map_err(Failure::from_error),
            Self::Verify(args) => args.run(out),
            Self::Version(args) => args.run(out),
            Self::Completion(args) => args.run(out),
        }
    }
}

/// Why a command ends with a code other than 0.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The operation failed, or found something wrong.
    #[error("{0}")]
    Failed(String),
    /// It was done, and its outcome has an exit code of its own.
    #[error("{what}")]
    Found { code: u8, what: String },
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
            match failure {
                Failure::Found { code, .. } => ExitCode::from(code),
                Failure::Failed(_) | Failure::Output(_) => ExitCode::FAILURE,
            }
        }
    }
}
