//! What a watch's arguments mean: `[key] [range_end] [-- command…]`, or the key from the environment.

use std::{ffi::OsString, os::unix::ffi::OsStrExt};

/// The key and range end of `ETCDCTL_WATCH_KEY` and `ETCDCTL_WATCH_RANGE_END`; empty is not set.
#[derive(Debug, Default)]
pub struct WatchEnvironment {
    /// The key.
    pub key: OsString,
    /// The end of the range.
    pub range_end: OsString,
}

/// Arguments that name keys, and the command to run for each event.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Key and perhaps range end.
    pub keys: Vec<OsString>,
    /// The command with its arguments; empty without one.
    pub command: Vec<OsString>,
}

/// Why arguments make no watch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing to watch.
    #[error("bad number of arguments")]
    NoKey,
    /// A key is given and set in the environment, too.
    #[error("bad number of arguments (found conflicting environment key)")]
    Conflict,
    /// `--` without anything after it.
    #[error("bad number of arguments (found separator --, but no commands)")]
    NoCommand,
    /// The environment has the end of a range without its begin.
    #[error("ETCDCTL_WATCH_KEY is empty but got ETCDCTL_WATCH_RANGE_END={0}")]
    EndWithoutKey(String),
}

/// Tells keys and command apart. `positionals` are all arguments but flags; `raw` all arguments as typed, in
/// which the first `--` begins the command.
///
/// # Errors
/// See [`TargetError`].
pub fn target(
    mut positionals: Vec<OsString>,
    raw: &[OsString],
    environment: &WatchEnvironment,
    interactive: bool,
) -> Result<Target, TargetError> {
    let has_key = !environment.key.is_empty();
    if !has_key && !environment.range_end.is_empty() {
        let end = crate::cli::go::quote(environment.range_end.as_bytes());
        return Err(TargetError::EndWithoutKey(end));
    }
    let separator = raw.iter().position(|word| word == "--");
    if !interactive && !has_key && positionals.is_empty() && separator.is_none() {
        return Err(TargetError::NoKey);
    }
    let command = match separator {
        Some(at) if at + 1 == raw.len() => return Err(TargetError::NoCommand),
        Some(at) => raw[at + 1..].to_vec(),
        None => Vec::new(),
    };
    positionals.truncate(positionals.len().saturating_sub(command.len()));
    if has_key {
        if !positionals.is_empty() {
            return Err(TargetError::Conflict);
        }
        positionals.push(environment.key.clone());
        if !environment.range_end.is_empty() {
            positionals.push(environment.range_end.clone());
        }
    } else if positionals.is_empty() {
        return Err(TargetError::NoKey);
    }
    Ok(Target { keys: positionals, command })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_command_are_told_apart() {
        let words = |line: &str| line.split_whitespace().map(OsString::from).collect::<Vec<_>>();
        let env = |key: &str, end: &str| WatchEnvironment { key: key.into(), range_end: end.into() };
        let ok = |keys, command| Ok(Target { keys: words(keys), command: words(command) });
        for (raw, key, end, expected) in [
            ("a", "", "", ok("a", "")),
            ("a b", "", "", ok("a b", "")),
            ("a -- echo x", "", "", ok("a", "echo x")),
            ("a -- echo --rev", "", "", ok("a", "echo --rev")),
            ("", "", "", Err(TargetError::NoKey)),
            ("-- echo", "", "", Err(TargetError::NoKey)),
            ("a --", "", "", Err(TargetError::NoCommand)),
            ("--", "k", "", Err(TargetError::NoCommand)),
            ("", "k", "", ok("k", "")),
            ("-- echo x", "k", "z", ok("k z", "echo x")),
            ("b", "k", "", Err(TargetError::Conflict)),
            ("b -- echo", "k", "", Err(TargetError::Conflict)),
            ("a", "", "z", Err(TargetError::EndWithoutKey("\"z\"".into()))),
        ] {
            let raw = words(raw);
            let positionals = raw.iter().filter(|word| *word != "--").cloned().collect();
            assert_eq!(target(positionals, &raw, &env(key, end), false), expected, "{raw:?} {key} {end}");
        }
    }
}
