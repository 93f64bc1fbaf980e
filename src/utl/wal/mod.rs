//! `rsutl wal`: looks into a write-ahead log, repairs it, keeps a copy of it.
//!
//! `dump` prints it in the forms of etcd's etcd-dump-logs, `json` as JSON lines; `content` is what entries hold,
//! `filter` which of them are wanted, `decoder` the program that explains them. `repair` and `archive` are commands of
//! their own below `wal`. Not here: how logs are read, cut and copied (`storage::wal`).

mod archive;
mod backend;
mod content;
mod decoder;
mod dump;
mod filter;
mod json;
mod repair;

use std::ffi::OsString;
use std::io::Write;

use clap::{Args, Command as Definition};

use super::Failure;
use super::context::{self, Context};
use crate::cli::output;

/// Print the entries of the write-ahead log, repair it, keep a copy of it
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, infer_subcommands = false)]
pub struct WalArgs {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    dump: dump::DumpArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Repair(repair::RepairArgs),
    Archive(archive::ArchiveArgs),
}

impl WalArgs {
    pub fn run(mut self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        match self.command {
            None => {
                self.dump.write_out = match context.format()? {
                    output::Format::Json => dump::Format::Json,
                    output::Format::Simple => dump::Format::Simple,
                    other => return Err(context::unsupported(other)),
                };
                self.dump.run(out)
            }
            Some(Command::Repair(args)) => args.run(out),
            Some(Command::Archive(args)) => args.run(out),
        }
    }
}

/// Flags of `rsutl wal` may have one dash, as those of etcd-dump-logs; gives them two. `words` are without the
/// program's name, `root` is the definition of the command line.
pub fn with_two_dashes(root: &Definition, mut words: Vec<OsString>) -> Vec<OsString> {
    let Some(wal) = root.find_subcommand("wal").filter(|_| words.first().is_some_and(|word| word == "wal")) else {
        return words;
    };
    let is_known = |name: &str| wal.get_arguments().any(|arg| arg.get_long() == Some(name));
    for word in words.iter_mut().skip(1).take_while(|word| *word != "--") {
        let Some(name) = word.to_str().and_then(|word| word.strip_prefix('-')) else { continue };
        if is_known(name.split_once('=').map_or(name, |(name, _)| name)) {
            *word = format!("-{}", &word.to_string_lossy()).into();
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_dash_is_as_good_as_two_in_wal_alone() {
        let root = crate::utl::root::commands("rsutl");
        for (line, expected) in [
            ("wal -start-index 4 -wal-dir=w d", "wal --start-index 4 --wal-dir=w d"),
            ("wal --raw -w json d", "wal --raw -w json d"),
            ("wal -no-such d", "wal -no-such d"),
            ("wal -- -raw", "wal -- -raw"),
            ("db -raw", "db -raw"),
            ("", ""),
        ] {
            let words = with_two_dashes(&root, line.split(' ').map(OsString::from).collect());
            let words: Vec<_> = words.iter().map(|word| word.to_str().unwrap()).collect();
            assert_eq!(words.join(" "), expected);
        }
    }
}
