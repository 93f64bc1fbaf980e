//! The texts of `--help`, of a refused command line, and of `--version`.

use std::fmt::Write;

use super::flags::{FLAGS, Group, Status};
use crate::types::ETCD_VERSION;

/// The version of rsetcd itself.
pub const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Printed to stderr with `--help` and behind the error of a command line that does not parse.
pub const USAGE: &str = "Usage:

  rsetcd [flags]
    Start a member.

  rsetcd --version
    Print the version.

  rsetcd -h | --help
    Print all flags.

  rsetcd --config-file PATH
    Start a member by a configuration file; other flags and the environment are then ignored.
";

/// Lines of `--version`; the first is etcd's, for scripts.
pub fn version() -> String {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!(
        "etcd Version: {ETCD_VERSION}\nrsetcd Version: {OWN_VERSION}\nRust Version: {}\nOS/Arch: {}/{arch}\n",
        rust_version(),
        std::env::consts::OS
    )
}

/// The compiler's release, `1.90.0`.
pub fn rust_version() -> &'static str {
    env!("RSETCD_RUSTC")
}

/// All flags with their defaults, group by group.
pub fn flags() -> String {
    let mut text = String::new();
    for group in Group::ALL {
        let _ = writeln!(text, "\n{}:", group.title());
        for flag in FLAGS.iter().filter(|flag| flag.group == group) {
            let state = match flag.status {
                Status::NotYet => " (not supported yet)",
                Status::NoMeaning(_) => " (accepted, has no effect)",
                Status::Works | Status::Ignored => "",
            };
            let default = match flag.name {
                "data-dir" => "${name}.etcd",
                _ => flag.default,
            };
            let _ = writeln!(text, "  --{} '{default}'\n    {}{state}.", flag.name, flag.help);
        }
    }
    text
}
