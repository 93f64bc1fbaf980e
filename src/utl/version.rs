//! `rsutl version`

use std::ffi::OsString;
use std::io::Write;

use super::{Failure, context::Context};
use crate::types::{API_VERSION, ETCD_VERSION};

/// Print the version
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsutl version")]
pub struct VersionArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
}

impl VersionArgs {
    /// Prints the two lines of etcdutl; under its own name the tool adds its own version.
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        writeln!(out, "etcdutl version: {ETCD_VERSION}\nAPI version: {API_VERSION}")?;
        if context.program != "etcdutl" {
            writeln!(out, "{} version: {}", context.program, env!("CARGO_PKG_VERSION"))?;
        }
        Ok(())
    }
}
