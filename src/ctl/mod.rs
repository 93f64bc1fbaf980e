//! `rsctl`: the commands of etcdctl, flag for flag and byte for byte.
//!
//! `root` is the definition of the command line and its dispatch, `global` the flags that every command has,
//! `environment` their variables, `help` the screens, `print` what answers look like; then one file a command. Not
//! here: how flags are read (`cli::pflag`), how a call finds a server (`client`). Beyond etcdctl are `bench`, `diff`,
//! `du`, `export`, `history`, `import`, `ls` and `top`.

mod alarm;
mod auth;
mod check;
mod compaction;
mod defrag;
mod del;
mod diff;
mod downgrade;
mod du;
mod elect;
mod endpoint;
mod environment;
mod export;
mod get;
mod global;
mod help;
mod hint;
mod history;
mod import;
mod keys;
mod lease;
mod lock;
mod ls;
mod make_mirror;
#[cfg(test)]
mod manual;
mod member;
mod metrics_page;
mod move_leader;
mod pages;
mod print;
mod prompt;
mod put;
mod queue;
mod role;
mod root;
mod snapshot;
mod srv;
mod tls_files;
mod top;
mod top_member;
mod txn;
mod txn_parse;
mod user;
mod version;
mod watch;
mod watch_args;
mod words;

pub use root::rsctl_main;
