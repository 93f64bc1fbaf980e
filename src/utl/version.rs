//! `rsutl version`.

use std::io::Write;

use super::Failure;

/// What `--version` prints behind the name.
pub const LINE: &str = concat!(env!("CARGO_PKG_VERSION"), " (etcd 3.7.1)");

/// Print the version
#[derive(Debug, clap::Args)]
pub struct VersionArgs {}

impl VersionArgs {
    pub fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        // The first two lines are etcdutl's, which scripts look for.
        writeln!(out, "etcdutl version: 3.7.1\nAPI version: 3.7\nrsutl version: {}", env!("CARGO_PKG_VERSION"))?;
        Ok(())
    }
}
