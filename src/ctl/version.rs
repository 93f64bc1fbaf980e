//! `version`

use std::ffi::OsString;

use super::print;
use crate::cli::exit::Failure;
use crate::types::{API_VERSION, ETCD_VERSION};

/// Print the version
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl version")]
pub struct VersionArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
}

/// Prints the two lines of etcdctl; under its own name the tool adds its own version.
pub fn run(program: &str) -> Result<(), Failure> {
    let mut text = format!("etcdctl version: {ETCD_VERSION}\nAPI version: {API_VERSION}\n");
    if program != "etcdctl" {
        text += &format!("{program} version: {}\n", env!("CARGO_PKG_VERSION"));
    }
    print::text(&text)
}
