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

use clap::{Args, CommandFactory};

use super::Failure;

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
    pub fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        match self.command {
            None => self.dump.run(out),
            Some(Command::Repair(args)) => args.run(out),
            Some(Command::Archive(args)) => args.run(out),
        }
    }
}

/// Flags of `rsutl wal` may have one dash, as those of etcd-dump-logs; gives them two.
pub fn with_two_dashes(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.collect();
    if words.get(1).is_none_or(|word| word != "wal") {
        return words;
    }
    let root = super::Root::command();
    let wal = root.find_subcommand("wal").expect("the command is there");
    let is_known = |name: &str| wal.get_arguments().any(|arg| arg.get_long() == Some(name));
    for word in words.iter_mut().skip(2).take_while(|word| *word != "--") {
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
        for (line, expected) in [
            ("rsutl wal -start-index 4 -wal-dir=w d", "rsutl wal --start-index 4 --wal-dir=w d"),
            ("rsutl wal --raw -w json d", "rsutl wal --raw -w json d"),
            ("rsutl wal -no-such d", "rsutl wal -no-such d"),
            ("rsutl wal -- -raw", "rsutl wal -- -raw"),
            ("rsutl db -raw", "rsutl db -raw"),
            ("rsutl", "rsutl"),
        ] {
            let words = with_two_dashes(line.split(' ').map(OsString::from));
            let words: Vec<_> = words.iter().map(|word| word.to_str().unwrap()).collect();
            assert_eq!(words.join(" "), expected);
        }
    }
}
