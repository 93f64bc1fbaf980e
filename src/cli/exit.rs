//! How a command ends: the kinds of failure and their exit codes, chosen here and nowhere else.

use std::{fmt, io};

use crate::telemetry::os_error;

/// A kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A request failed, or a flag was refused.
    Error,
    /// No client could be built.
    BadConnection,
    /// The database cannot be locked or opened: the code of a Go program that panics.
    NoDatabase,
    /// Standard input does not follow the grammar.
    InvalidInput,
    /// A valid flag with a value that is not supported.
    BadFeature,
    /// The server ended what should go on.
    Interrupted,
    /// Wrong arguments.
    BadArgs,
    /// The reader of standard output went away: what a shell reports for a process ended by SIGPIPE.
    BrokenPipe,
    /// Interrupted at a prompt.
    PromptInterrupted,
    /// A command that was run failed with this code.
    Child(u8),
    /// It was done, and this code says how bad it is what was found.
    Found(u8),
}

impl Exit {
    /// The exit code, as of etcd's tools.
    fn code(self) -> u8 {
        match self {
            Self::Error => 1,
            Self::BadConnection | Self::NoDatabase => 2,
            Self::InvalidInput => 3,
            Self::BadFeature => 4,
            Self::Interrupted => 5,
            Self::BadArgs => 128,
            Self::BrokenPipe => 141,
            Self::PromptInterrupted => 255,
            Self::Child(code) | Self::Found(code) => code,
        }
    }
}

/// Why a command failed. An empty message prints nothing: all was said before.
#[derive(Debug)]
pub struct Failure {
    /// The kind, hence the exit code.
    pub exit: Exit,
    /// What follows `Error: ` on the last line of standard error.
    pub message: String,
}

impl Failure {
    /// A failure that is reported as `Error: <message>`.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// A failure whose report was printed already.
    pub fn silent(exit: Exit) -> Self {
        Self { exit, message: String::new() }
    }

    /// Wrong arguments.
    pub fn args(message: impl Into<String>) -> Self {
        Self::new(Exit::BadArgs, message)
    }

    /// Prints the report on standard error and gives the exit code.
    pub fn report(&self) -> std::process::ExitCode {
        if !self.message.is_empty() {
            crate::cli::errln!("Error: {}", self.message);
        }
        std::process::ExitCode::from(self.exit.code())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::new(Exit::Error, message)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::silent(Exit::BrokenPipe),
            _ => Self::new(Exit::Error, os_error::text(&error)),
        }
    }
}
