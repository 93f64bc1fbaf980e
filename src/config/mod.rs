//! Settings of `rsetcd`: one table of flags (`flags`), read from the command line (`args`), the environment or a file
//! (`settings`, `file`), held against etcd's rules (`check`) and turned into plain data (`server`).
//!
//! Not here: anything that acts on a setting. The server sees `server` only.

pub mod args;
pub mod auth_token;
pub mod check;
pub mod duration;
pub mod features;
pub mod file;
pub mod flags;
pub mod help;
pub mod note;
pub mod server;
pub mod settings;
pub mod url;
pub mod value;
