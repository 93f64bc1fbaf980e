//! The `ETCDCTL_*` variables: which flags they set, which of them nobody knows, and which contradict a typed flag.

use std::{env, ffi::OsString};

use crate::cli::{
    exit::{Exit, Failure},
    pflag::Parsed,
};

const PREFIX: &str = "ETCDCTL_";
/// Variables of `watch`, which are no flags; other commands warn of them.
pub const WATCH_KEY: &str = "ETCDCTL_WATCH_KEY";
/// The end of the range of `watch`.
pub const WATCH_RANGE_END: &str = "ETCDCTL_WATCH_RANGE_END";

/// The variable of a flag: `--dial-timeout` is `ETCDCTL_DIAL_TIMEOUT`.
pub fn variable(flag: &str) -> String {
    PREFIX.to_owned() + &flag.to_uppercase().replace('-', "_")
}

/// What the environment says about the flags of a command.
#[derive(Debug, Default)]
pub struct Environment {
    /// (flag, value) of each variable that is set.
    pub values: Vec<(String, OsString)>,
    /// A variable whose flag is typed, too.
    conflict: Option<String>,
    /// Variables of this tool that no flag has, as `NAME=value`.
    unknown: Vec<String>,
}

impl Environment {
    /// Looks up the variables of `flags`.
    pub fn read(flags: &[String], parsed: &Parsed) -> Self {
        let mut found = Self::default();
        for flag in flags {
            let name = variable(flag);
            let Some(value) = env::var_os(&name).filter(|value| !value.is_empty()) else { continue };
            if parsed.has(flag) {
                found.conflict.get_or_insert(name);
            } else {
                found.values.push((flag.clone(), value));
            }
        }
        let is_watch = parsed.path.first().is_some_and(|name| name == "watch");
        found.unknown = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with(PREFIX) && !flags.iter().any(|flag| variable(flag) == *name))
            .filter(|(name, _)| !(is_watch && (name == WATCH_KEY || name == WATCH_RANGE_END)))
            .map(|(name, value)| format!("{name}={}", value.to_string_lossy()))
            .collect();
        found.unknown.sort();
        found
    }

    /// Warns of unknown variables on standard error, and refuses a variable beside its flag.
    ///
    /// # Errors
    /// A flag is typed and its variable is set, too.
    pub fn check(&self) -> Result<(), Failure> {
        if let Some(name) = &self.conflict {
            log_line(
                "fatal",
                "conflicting environment variable is shadowed by corresponding command-line flag (either unset \
                 environment variable or disable flag))",
                name,
            );
            return Err(Failure::silent(Exit::Error));
        }
        for variable in &self.unknown {
            log_line("warn", "unrecognized environment variable", variable);
        }
        Ok(())
    }
}

/// One log line as etcdctl writes it.
fn log_line(level: &str, message: &str, variable: &str) {
    let line = serde_json::json!({
        "level": level,
        "logger": "etcdctl",
        "msg": message,
        "environment-variable": variable,
    });
    crate::cli::errln!("{line}");
}
