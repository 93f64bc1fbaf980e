//! `rsutl completion`

use std::ffi::OsString;
use std::io::Write;

use super::{Failure, context::Context, root};
use crate::cli::{docs, offer};

/// Print the completion script of a shell
///
/// Shells: bash, zsh, fish, powershell.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsutl completion <bash|zsh|fish|powershell>")]
pub struct CompletionArgs {
    #[arg(hide = true, value_parser = offer::bytes(docs::SHELLS))]
    shell: Vec<OsString>,
}

impl CompletionArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let shell = docs::shell(context.program, &self.shell)?;
        out.write_all(&docs::completion(root::documented(context.program), shell))?;
        Ok(())
    }
}
