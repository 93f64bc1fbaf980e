//! The grammar of flags and commands of etcd's tools, on top of a clap definition.
//!
//! Flags stand anywhere, before and after the command and between its arguments; a long flag takes its value after
//! `=` or from the next argument, whatever that looks like; a boolean only after `=`; `--` ends the flags. Commands
//! may be cut to any prefix that only one of them has. [`parse`] walks the arguments by these rules, with clap's
//! definition as the only source of names, and gives them back in one order that clap reads without doubt.

use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
};

use clap::{Arg, ArgAction, Command};

/// What was typed, sorted out.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Full names of the commands from below the root to the one asked for.
    pub path: Vec<String>,
    /// Flags as (long name, value), in the order typed.
    pub flags: Vec<(String, OsString)>,
    /// Arguments that are not flags.
    pub positionals: Vec<OsString>,
    /// Help is asked for, or the command only holds other commands.
    pub help: bool,
}

impl Parsed {
    /// Whether this flag was typed.
    pub fn has(&self, long: &str) -> bool {
        self.flags.iter().any(|(name, _)| name == long)
    }

    /// The arguments as clap reads them by the definition `root`. Of a repeated switch the last one counts.
    ///
    /// # Errors
    /// The value of a switch is no boolean.
    pub fn canonical(&self, root: &Command) -> Result<Vec<OsString>, String> {
        let mut chain = vec![root];
        for name in &self.path {
            chain.extend(chain[chain.len() - 1].find_subcommand(name));
        }
        let mut out = vec![OsString::from(root.get_name())];
        out.extend(self.path.iter().map(OsString::from));
        let mut switches: Vec<(&str, bool)> = Vec::new();
        for (name, value) in &self.flags {
            if find_long(&chain, name).is_some_and(is_switch) {
                let value = value.to_string_lossy();
                let on = super::go::parse_bool(&value)
                    .map_err(|error| refused_value(&value, &format!("--{name}"), &error.to_string()))?;
                switches.retain(|(other, _)| other != name);
                switches.push((name, on));
            } else {
                let mut flag = OsString::from(format!("--{name}="));
                flag.push(value);
                out.push(flag);
            }
        }
        out.extend(switches.iter().filter(|(_, on)| *on).map(|(name, _)| OsString::from(format!("--{name}"))));
        out.push("--".into());
        out.extend(self.positionals.iter().cloned());
        Ok(out)
    }
}

/// What is wrong with the arguments.
#[derive(Debug, PartialEq, Eq)]
pub enum GrammarError {
    /// No command has this name; the text is complete.
    UnknownCommand(String),
    /// A flag is unknown or lacks its value; the usage of the command at this path belongs under it.
    Flag {
        /// The text.
        message: String,
        /// Names of the commands from below the root.
        path: Vec<String>,
    },
}

/// Sorts out `args` (without the program's name) by the definition `root`. The commands named in `whole` are found
/// under their whole names alone, so that they take no abbreviation from others.
pub fn parse(root: &Command, whole: &[&str], args: &[OsString]) -> Result<Parsed, GrammarError> {
    let mut chain = vec![root];
    let mut args = args.to_vec();
    while let Some(at) = first_word(&chain, &args) {
        let here = chain[chain.len() - 1];
        let whole = if chain.len() == 1 { whole } else { &[] };
        let Some(found) = find_command(here, whole, &args[at]) else {
            if chain.len() == 1 {
                return Err(unknown_command(root, whole, &args[at]));
            }
            break;
        };
        args.remove(at);
        chain.push(found);
        if found.is_allow_external_subcommands_set() {
            break;
        }
    }
    let path: Vec<String> = chain[1..].iter().map(|c| c.get_name().to_owned()).collect();
    let mut parsed = Parsed { path: path.clone(), ..Parsed::default() };
    let here = chain[chain.len() - 1];
    if here.is_allow_external_subcommands_set() {
        parsed.positionals = args;
        return Ok(parsed);
    }
    parse_flags(&chain, args, &mut parsed).map_err(|message| GrammarError::Flag { message, path })?;
    parsed.help |= here.has_subcommands() && !takes_words(here);
    Ok(parsed)
}

/// The flags of one line that is not a process's arguments, such as a request inside a txn.
pub fn parse_line(command: &Command, args: Vec<OsString>) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    parse_flags(&[command], args, &mut parsed)?;
    Ok(parsed)
}

/// The position of the first argument that is neither a flag nor, as far as known here, a flag's value. The value
/// of an unknown flag is taken for one, too.
fn first_word(chain: &[&Command], args: &[OsString]) -> Option<usize> {
    let mut at = 0;
    while at < args.len() {
        let bytes = args[at].as_bytes();
        match bytes {
            b"--" => return None,
            [b'-', b'-', name @ ..] if !name.contains(&b'=') => {
                let takes_value = std::str::from_utf8(name).ok().and_then(|n| find_long(chain, n)).is_none_or(valued);
                at += if takes_value { 2 } else { 1 };
            }
            [b'-', short] => {
                let takes_value = find_short(chain, char::from(*short)).is_none_or(valued);
                at += if takes_value { 2 } else { 1 };
            }
            [b'-', _, ..] => at += 1,
            [] => at += 1,
            _ => return Some(at),
        }
    }
    None
}

fn find_command<'a>(parent: &'a Command, whole: &[&str], word: &OsStr) -> Option<&'a Command> {
    let word = word.to_str()?;
    let exact = parent.get_subcommands().find(|c| c.get_name() == word || c.get_all_aliases().any(|a| a == word));
    if takes_words(parent) {
        return exact;
    }
    exact.or_else(|| {
        let mut matching =
            parent.get_subcommands().filter(|c| c.get_name().starts_with(word) && !whole.contains(&c.get_name()));
        matching.next().filter(|_| matching.next().is_none())
    })
}

/// Whether a command that holds others has arguments of its own: then only a whole name is one of these commands.
fn takes_words(command: &Command) -> bool {
    command.get_positionals().next().is_some()
}

fn unknown_command(root: &Command, whole: &[&str], word: &OsStr) -> GrammarError {
    let (name, word) = (root.get_name(), word.to_string_lossy());
    let near: Vec<&str> = root
        .get_subcommands()
        .filter(|c| c.get_name() != "help" && !whole.contains(&c.get_name()))
        .map(Command::get_name)
        .filter(|candidate| {
            distance(&word.to_lowercase(), candidate) <= 2 || candidate.starts_with(&word.to_lowercase())
        })
        .collect();
    let hint =
        if near.is_empty() { String::new() } else { format!("\nDid you mean this?\n\t{}\n\n", near.join("\n\t")) };
    let quoted = super::go::quote(word.as_bytes());
    GrammarError::UnknownCommand(format!(
        "unknown command {quoted} for \"{name}\"\n{hint}Run '{name} --help' for usage."
    ))
}

/// Changes of one letter (insert, delete, replace) between two words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn parse_flags(chain: &[&Command], args: Vec<OsString>, parsed: &mut Parsed) -> Result<(), String> {
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        match arg.as_bytes() {
            b"--" => {
                parsed.positionals.extend(args);
                return Ok(());
            }
            [b'-', b'-', rest @ ..] => parse_long(chain, rest, &mut args, parsed)?,
            [b'-', rest @ ..] if !rest.is_empty() => parse_shorts(chain, rest, &mut args, parsed)?,
            _ => parsed.positionals.push(arg),
        }
        if parsed.help {
            return Ok(());
        }
    }
    Ok(())
}

fn parse_long(
    chain: &[&Command],
    rest: &[u8],
    args: &mut impl Iterator<Item = OsString>,
    parsed: &mut Parsed,
) -> Result<(), String> {
    let (name, value) = match rest.iter().position(|&b| b == b'=') {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    if name.is_empty() || name[0] == b'-' {
        return Err(format!("bad flag syntax: --{}", String::from_utf8_lossy(rest)));
    }
    let name = String::from_utf8_lossy(name).into_owned();
    let Some(arg) = find_long(chain, &name) else {
        if name == "help" {
            parsed.help = true;
            return Ok(());
        }
        return Err(format!("unknown flag: --{name}"));
    };
    let value = match value {
        Some(value) => OsString::from_vec(value.to_vec()),
        None if !valued(arg) => "true".into(),
        None => args.next().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
    };
    parsed.flags.push((name, value));
    Ok(())
}

/// One argument of one-letter flags: `-i`, `-wjson`, `-w json`, `-w=json`.
fn parse_shorts(
    chain: &[&Command],
    letters: &[u8],
    args: &mut impl Iterator<Item = OsString>,
    parsed: &mut Parsed,
) -> Result<(), String> {
    let text = String::from_utf8_lossy(letters);
    let mut rest = letters;
    while let [letter, tail @ ..] = rest {
        let short = char::from(*letter);
        let Some(arg) = find_short(chain, short) else {
            if short == 'h' {
                parsed.help = true;
                return Ok(());
            }
            return Err(format!("unknown shorthand flag: '{short}' in -{text}"));
        };
        let long = arg.get_long().unwrap_or_default().to_owned();
        let value = match tail {
            [b'=', value @ ..] if !value.is_empty() => OsString::from_vec(value.to_vec()),
            _ if !valued(arg) => {
                parsed.flags.push((long, "true".into()));
                rest = tail;
                continue;
            }
            [] => args.next().ok_or_else(|| format!("flag needs an argument: '{short}' in -{text}"))?,
            value => OsString::from_vec(value.to_vec()),
        };
        parsed.flags.push((long, value));
        return Ok(());
    }
    Ok(())
}

fn find_long<'a>(chain: &[&'a Command], name: &str) -> Option<&'a Arg> {
    chain.iter().enumerate().find_map(|(depth, command)| {
        let own = depth + 1 == chain.len();
        command.get_arguments().find(|arg| arg.get_long() == Some(name) && (own || arg.is_global_set()))
    })
}

fn find_short<'a>(chain: &[&'a Command], short: char) -> Option<&'a Arg> {
    chain.iter().enumerate().find_map(|(depth, command)| {
        let own = depth + 1 == chain.len();
        command.get_arguments().find(|arg| arg.get_short() == Some(short) && (own || arg.is_global_set()))
    })
}

/// Whether the flag needs a value. Booleans that are on by default are defined with an optional one.
fn valued(arg: &Arg) -> bool {
    let takes_one = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    takes_one && arg.get_num_args().is_none_or(|count| count.min_values() > 0)
}

/// A boolean that is off by default.
fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

/// The text that etcd's tools give for a value that clap refused: `invalid argument "x" for "--rev" flag: …`.
pub fn value_error(command: &Command, error: &clap::Error) -> Option<String> {
    use clap::error::{ContextKind, ContextValue};
    let (Some(ContextValue::String(arg)), Some(ContextValue::String(value))) =
        (error.get(ContextKind::InvalidArg), error.get(ContextKind::InvalidValue))
    else {
        return None;
    };
    let long = arg.trim_start_matches("--").split([' ', '=', '[']).next().unwrap_or_default();
    let name = match find_long(&[command], long).and_then(Arg::get_short) {
        Some(short) => format!("-{short}, --{long}"),
        None => format!("--{long}"),
    };
    Some(refused_value(value, &name, &reason(error, value)))
}

/// Why a value is refused, for numbers as Go words it.
fn reason(error: &clap::Error, value: &str) -> String {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    if value.is_empty() {
        return "it must not be empty".into();
    }
    let Some(source) = std::error::Error::source(error) else { return "it is no such value".into() };
    match source.downcast_ref::<std::num::ParseIntError>().map(std::num::ParseIntError::kind) {
        None => source.to_string(),
        Some(PosOverflow | NegOverflow) => super::go::number_out_of_range(value),
        Some(_) => super::go::no_number(value),
    }
}

fn refused_value(value: &str, flag: &str, reason: &str) -> String {
    format!("invalid argument {} for \"{flag}\" flag: {reason}", super::go::quote(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool() -> Command {
        let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
        Command::new("tool")
            .disable_help_subcommand(true)
            .arg(Arg::new("write-out").long("write-out").short('w').global(true).num_args(1))
            .arg(flag("hex").global(true))
            .subcommand(Command::new("get").arg(flag("prefix")).arg(Arg::new("rev").long("rev").num_args(1)))
            .subcommand(Command::new("member").subcommand(Command::new("list")))
            .subcommand(Command::new("move"))
            .subcommand(Command::new("mover"))
            .subcommand(Command::new("gto"))
            .subcommand(Command::new("log").arg(Arg::new("dir")).subcommand(Command::new("repair")))
    }

    fn run(line: &str) -> Result<String, String> {
        let args: Vec<OsString> = line.split(' ').filter(|w| !w.is_empty()).map(OsString::from).collect();
        match parse(&tool(), &["mover"], &args) {
            Ok(parsed) => {
                let words = parsed.canonical(&tool())?;
                let help = if parsed.help { " (help)" } else { "" };
                Ok(words.iter().map(|w| w.to_string_lossy()).collect::<Vec<_>>().join(" ") + help)
            }
            Err(GrammarError::UnknownCommand(text)) => Err(text.lines().next().unwrap_or_default().to_owned()),
            Err(GrammarError::Flag { message, .. }) => Err(message),
        }
    }

    #[test]
    fn arguments_follow_the_grammar_of_etcds_tools() {
        for (line, expected) in [
            ("get a", Ok("tool get -- a")),
            ("ge a --prefix", Ok("tool get --prefix -- a")),
            ("get --prefix=false a", Ok("tool get -- a")),
            ("get --prefix false", Ok("tool get --prefix -- false")),
            ("--hex -w json get a", Ok("tool get --write-out=json --hex -- a")),
            ("get a -wjson", Ok("tool get --write-out=json -- a")),
            ("get a -w=json", Ok("tool get --write-out=json -- a")),
            ("get a --rev -1", Ok("tool get --rev=-1 -- a")),
            ("get -- --rev", Ok("tool get -- --rev")),
            ("get -", Ok("tool get -- -")),
            ("log rep", Ok("tool log -- rep")),
            ("log repair d", Ok("tool log repair -- d")),
            ("log", Ok("tool log --")),
            ("mem li", Ok("tool member list --")),
            ("mo", Ok("tool move --")),
            ("mover", Ok("tool mover --")),
            ("member nosuch", Ok("tool member -- nosuch (help)")),
            ("get -h --bogus", Ok("tool get -- (help)")),
            (
                "get --prefix=maybe",
                Err(
                    r#"invalid argument "maybe" for "--prefix" flag: strconv.ParseBool: parsing "maybe": invalid syntax"#,
                ),
            ),
            ("m", Err(r#"unknown command "m" for "tool""#)),
            ("--prefix get a", Err(r#"unknown command "a" for "tool""#)),
            ("get --bogus", Err("unknown flag: --bogus")),
            ("get -v", Err("unknown shorthand flag: 'v' in -v")),
            ("get -w", Err("flag needs an argument: 'w' in -w")),
            ("get --rev", Err("flag needs an argument: --rev")),
            ("get --=x", Err("bad flag syntax: --=x")),
            ("member --rev 1", Err("unknown flag: --rev")),
        ] {
            assert_eq!(run(line), expected.map(str::to_owned).map_err(str::to_owned), "{line}");
        }
    }

    #[test]
    fn near_names_are_offered() {
        let args = [OsString::from("gte")];
        let Err(GrammarError::UnknownCommand(text)) = parse(&tool(), &["gto"], &args) else {
            panic!("a command was found")
        };
        assert_eq!(
            text,
            "unknown command \"gte\" for \"tool\"\n\nDid you mean this?\n\tget\n\nRun 'tool --help' for usage."
        );
    }
}
