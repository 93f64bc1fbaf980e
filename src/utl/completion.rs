//! `rsutl completion`.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Failure, Root};

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
pub struct CompletionArgs {
    #[arg(value_parser = ["bash", "zsh", "fish", "powershell"])]
    shell: String,
}

impl CompletionArgs {
    pub fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let shell: Shell = self.shell.parse().map_err(Failure::Failed)?;
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Root::command(), "rsutl", &mut script);
        out.write_all(&script)?;
        Ok(())
    }
}
