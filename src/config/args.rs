//! The grammar of the command line: `-x v`, `--x v`, `-x=v` and `--x=v` are one; a switch takes its value by `=` only.

use std::collections::BTreeMap;

use super::{
    flags::{self, FLAGS},
    settings::default_value,
    value::{Kind, Value},
};

/// A command line that parses.
pub enum Parsed {
    /// `--help` or `-h` came before anything wrong.
    Help,
    /// The flags given, the last of each; and the words from the first that is no flag on.
    Flags { values: BTreeMap<&'static str, Value>, rest: Vec<String> },
}

/// A command line that does not parse, in the words of Go's flag package.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    #[error("bad flag syntax: {0}")]
    Syntax(String),
    #[error("flag provided but not defined: -{0}")]
    Unknown(String),
    #[error("flag needs an argument: -{0}")]
    NoValue(String),
    #[error("invalid value {value:?} for flag -{name}: {reason}")]
    Value { name: &'static str, value: String, reason: String },
    #[error("invalid boolean value {value:?} for -{name}: {reason}")]
    Switch { name: &'static str, value: String, reason: String },
}

/// Reads the words behind the program's name.
///
/// # Errors
/// The first word that breaks the grammar.
pub fn parse(args: &[String]) -> Result<Parsed, UsageError> {
    let mut values: BTreeMap<&'static str, Value> = BTreeMap::new();
    let mut words = args.iter();
    while let Some(word) = words.as_slice().first() {
        if word.len() < 2 || !word.starts_with('-') {
            break;
        }
        words.next();
        if word == "--" {
            break;
        }
        let body = word.strip_prefix("--").unwrap_or(&word[1..]);
        if body.is_empty() || body.starts_with(['-', '=']) {
            return Err(UsageError::Syntax(word.clone()));
        }
        let (name, value) = body.split_once('=').map_or((body, None), |(name, value)| (name, Some(value)));
        let Some(flag) = flags::find(name).map(|position| &FLAGS[position]) else {
            if name == "help" || name == "h" {
                return Ok(Parsed::Help);
            }
            return Err(UsageError::Unknown(name.to_owned()));
        };
        let text = match value {
            Some(value) => value,
            None if flag.kind.is_switch() => "true",
            None => words.next().ok_or_else(|| UsageError::NoValue(name.to_owned()))?,
        };
        let default = default_value(flag).ok();
        let before = values.get(flag.name).or(default.as_ref());
        let value = flag.kind.parse(text, before).map_err(|reason| match flag.kind {
            Kind::Bool => UsageError::Switch { name: flag.name, value: text.to_owned(), reason },
            _ => UsageError::Value { name: flag.name, value: text.to_owned(), reason },
        })?;
        values.insert(flag.name, value);
    }
    Ok(Parsed::Flags { values, rest: words.cloned().collect() })
}

#[cfg(test)]
mod tests {
    use super::{Parsed, parse};

    /// The command line's words, and `name=value …| rest`, `help` or the error.
    const CASES: &[(&[&str], &str)] = &[
        (&[], "|"),
        (&["-name", "a"], "name=Text(\"a\")|"),
        (&["--name", "a"], "name=Text(\"a\")|"),
        (&["-name=a"], "name=Text(\"a\")|"),
        (&["--name=a", "--name", "b"], "name=Text(\"b\")|"), // the last one wins
        (&["--name="], "name=Text(\"\")|"),
        (&["--name", "--pre-vote"], "name=Text(\"--pre-vote\")|"), // a value may look like a flag
        (&["--name=a=b"], "name=Text(\"a=b\")|"),
        (&["--pre-vote"], "pre-vote=Bool(true)|"),
        (&["--pre-vote=F"], "pre-vote=Bool(false)|"),
        (&["--pre-vote", "false"], "pre-vote=Bool(true)|false"), // a switch takes no word
        (&["--name", "a", "b", "--nosuch"], "name=Text(\"a\")|b --nosuch"), // parsing ends at the first word
        (&["--", "--nosuch"], "|--nosuch"),
        (&["-"], "|-"),
        (&["--force=anything", "-v", "-vv"], "force=Bool(true) v=Bool(true) vv=Bool(true)|"),
        (&["--cors", "http://b:1,http://a:1"], "cors=Words([\"http://a:1\", \"http://b:1\"])|"),
        (&["--host-whitelist=b,a"], "host-whitelist=Words([\"a\", \"b\"])|"),
        (&["--host-whitelist=a", "--host-whitelist=b"], "host-whitelist=Words([\"b\"])|"), // replaces, does not add
        (&["--snapshot-count=0x10"], "snapshot-count=Uint(16)|"),
        (&["--grpc-keepalive-interval=1h30m"], "grpc-keepalive-interval=Duration(5400000000000)|"),
        (&["-h"], "help"),
        (&["--help", "--nosuch"], "help"),
        (&["--nosuch", "--help"], "flag provided but not defined: -nosuch"),
        (&["--discovery", "x"], "flag provided but not defined: -discovery"), // in etcd's help, but no flag
        (
            &["--experimental-initial-corrupt-check"],
            "flag provided but not defined: -experimental-initial-corrupt-check",
        ),
        (&["--name"], "flag needs an argument: -name"),
        (&["-=x"], "bad flag syntax: -=x"),
        (&["---x=1"], "bad flag syntax: ---x=1"),
        (&["--=x"], "bad flag syntax: --=x"),
        (&["--pre-vote=maybe"], "invalid boolean value \"maybe\" for -pre-vote: parse error"),
        (&["--snapshot-count=x"], "invalid value \"x\" for flag -snapshot-count: parse error"),
        (&["--snapshot-count=1e3"], "invalid value \"1e3\" for flag -snapshot-count: parse error"),
        (&["--heartbeat-interval=-1"], "invalid value \"-1\" for flag -heartbeat-interval: parse error"),
        (&["--grpc-keepalive-min-time=5"], "invalid value \"5\" for flag -grpc-keepalive-min-time: parse error"),
        (
            &["--max-concurrent-streams=4294967296"],
            "invalid value \"4294967296\" for flag -max-concurrent-streams: value out of range",
        ),
        (
            &["--listen-client-urls=http://a:1/"],
            "invalid value \"http://a:1/\" for flag -listen-client-urls: URL must not contain a path: http://a:1/",
        ),
        (&["--initial-cluster-state=foo"], "invalid value \"foo\" for flag -initial-cluster-state: invalid value"),
        (&["--v2-deprecation=not-yet"], "invalid value \"not-yet\" for flag -v2-deprecation: invalid value"),
        (&["--cors="], "invalid value \"\" for flag -cors: URL scheme must be http, https, unix, or unixs: "),
        (&["--feature-gates=x=true"], "invalid value \"x=true\" for flag -feature-gates: unrecognized feature gate: x"),
    ];

    #[test]
    fn the_command_line_is_read_as_in_go() {
        for (args, wanted) in CASES {
            let args: Vec<String> = args.iter().map(|word| (*word).to_owned()).collect();
            let got = match parse(&args) {
                Ok(Parsed::Help) => "help".to_owned(),
                Ok(Parsed::Flags { values, rest }) => {
                    let values: Vec<String> = values.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
                    format!("{}|{}", values.join(" "), rest.join(" "))
                }
                Err(error) => error.to_string(),
            };
            assert_eq!(got, *wanted, "{args:?}");
        }
    }
}
