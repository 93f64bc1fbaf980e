//! `rsctl`: the commands of etcdctl, flag for flag and byte for byte.
//!
//! `root` is the definition of the command line and its dispatch, `global` the flags that every command has,
//! `print` what answers look like; then one file a command. Not here: how flags are read (`cli::pflag`), how a call
//! finds a server (`client`).

mod alarm;
mod auth;
mod check;
mod compaction;
mod defrag;
mod del;
mod downgrade;
mod elect;
mod endpoint;
mod get;
mod global;
mod hint;
mod keys;
mod lease;
mod lock;
mod make_mirror;
mod member;
mod metrics_page;
mod move_leader;
mod print;
mod progress;
mod prompt;
mod put;
mod queue;
mod role;
mod root;
mod snapshot;
mod srv;
mod txn;
mod txn_parse;
mod user;
mod version;
mod watch;
mod watch_args;
mod words;

pub use root::rsctl_main;
