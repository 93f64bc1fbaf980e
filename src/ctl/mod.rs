//! `rsctl`: the commands of etcdctl, flag for flag and byte for byte.
//!
//! `root` is the definition of the command line and its dispatch, `global` the flags that every command has,
//! `print` what answers look like; then one file a command. Not here: how flags are read (`cli::pflag`), how a call
//! finds a server (`client`).

mod auth;
mod compaction;
mod del;
mod endpoint;
mod get;
mod global;
mod keys;
mod member;
mod print;
mod prompt;
mod put;
mod role;
mod root;
mod txn;
mod txn_parse;
mod user;
mod version;
mod watch;
mod watch_args;
mod words;

pub use root::rsctl_main;
