//! The flags that all commands have, and what a command runs with.

use std::time::Duration;

use super::Failure;
use crate::cli::{
    exit::{self, Exit},
    go, offer,
    output::Format,
};
use crate::storage::source::Wait;

/// Flags of all commands
#[derive(clap::Args, Clone, Debug)]
pub struct GlobalFlags {
    /// Set the output format (fields, json, protobuf, simple, table)
    #[arg(long, short = 'w', global = true, value_name = "FORMAT", default_value = "simple",
          value_parser = offer::text(&offer::FORMATS[..5]), hide_possible_values = true)]
    write_out: String,
    /// How long to wait for the lock on a database; 0 is for ever
    #[arg(long, global = true, value_name = "DURATION", default_value = "10s", value_parser = go::parse_duration)]
    timeout: Duration,
}

/// What a command runs with.
#[derive(Clone, Debug)]
pub struct Context {
    /// The name under which we were called: `etcdutl` or `rsutl`.
    pub program: &'static str,
    flags: GlobalFlags,
}

impl Context {
    pub fn new(program: &'static str, flags: GlobalFlags) -> Self {
        Self { program, flags }
    }

    /// How long to wait for the lock on a database.
    pub fn wait(&self) -> Wait {
        if self.flags.timeout.is_zero() { Wait::Forever } else { Wait::UpTo(self.flags.timeout) }
    }

    /// The output format. Only commands that have formats ask, so that others take any word.
    ///
    /// # Errors
    /// There is no such format.
    pub fn format(&self) -> Result<Format, Failure> {
        use Format::{Fields, Json, Protobuf, Simple, Table};
        let format = Format::from_name(&self.flags.write_out);
        let format = format.filter(|format| matches!(format, Simple | Json | Fields | Table | Protobuf));
        format.ok_or_else(unknown)
    }

    /// The output format of a command that has these, which may be others than those of all commands.
    ///
    /// # Errors
    /// It is none of them.
    pub fn format_among(&self, known: &[Format]) -> Result<Format, Failure> {
        let format = Format::from_name(&self.flags.write_out).ok_or_else(unknown)?;
        if known.contains(&format) { Ok(format) } else { Err(unsupported(format)) }
    }
}

fn unknown() -> Failure {
    exit::Failure::new(Exit::BadFeature, "unsupported output format").into()
}

/// The refusal of a format that a command cannot print.
pub fn unsupported(format: Format) -> Failure {
    exit::Failure::new(Exit::BadFeature, format!("{} not supported as output format", format.name())).into()
}
