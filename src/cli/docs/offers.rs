//! What a definition tells about values, for the scripts of shells whose generator leaves it out.

use clap::{Arg, ArgAction, Command, ValueHint};

/// A command and what follows its name.
pub struct Place {
    /// Names of the commands from below the root.
    pub path: Vec<String>,
    /// How many arguments stand before it.
    pub index: usize,
    /// What it may be.
    pub values: Vec<String>,
}

/// A flag that takes a value.
#[derive(PartialEq, Eq)]
pub struct Valued {
    /// `-w`, `--write-out`
    pub spellings: Vec<String>,
    /// What it may be; empty if that cannot be listed.
    pub values: Vec<String>,
}

/// The definition with hints at what values are: files and directories by the name of the value, else nothing that a
/// shell could know. A switch that takes a value behind `=` alone is a plain one, since no shell tells the two apart.
pub fn with_hints(command: Command) -> Command {
    command.disable_help_subcommand(true).mut_args(with_hint).mut_subcommands(with_hints)
}

fn with_hint(arg: Arg) -> Arg {
    if arg.is_require_equals_set() {
        let plain = Arg::new(arg.get_id()).long(arg.get_long().unwrap_or_default().to_owned());
        return plain
            .help(arg.get_help().cloned().unwrap_or_default())
            .global(arg.is_global_set())
            .action(ArgAction::SetTrue);
    }
    let is_unnamed = arg.is_positional() && arg.is_hide_set();
    if !arg.get_action().takes_values() || is_unnamed || !arg.get_possible_values().is_empty() {
        return arg;
    }
    let names = arg.get_value_names().unwrap_or_default();
    let hint = match names.first().map(|name| name.as_str()) {
        Some("FILE" | "PATH") => ValueHint::FilePath,
        Some("DIR" | "DATA_DIR") => ValueHint::DirPath,
        Some("COMMAND") => ValueHint::CommandName,
        _ => ValueHint::Other,
    };
    arg.value_hint(hint)
}

fn values(arg: &Arg) -> Vec<String> {
    arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
}

/// The arguments that have values to offer, of all commands of a built definition.
pub fn places(root: &Command) -> Vec<Place> {
    fn walk(command: &Command, path: &[String], found: &mut Vec<Place>) {
        for (index, arg) in command.get_positionals().enumerate() {
            let values = values(arg);
            if !values.is_empty() {
                found.push(Place { path: path.to_vec(), index, values });
            }
        }
        for below in command.get_subcommands() {
            walk(below, &[path, &[below.get_name().to_owned()]].concat(), found);
        }
    }
    let mut found = Vec::new();
    walk(root, &[], &mut found);
    found
}

/// The flags that take a value, of all commands of a built definition. One that offers several lists by command offers
/// all of them.
pub fn valued(root: &Command) -> Vec<Valued> {
    fn walk(command: &Command, found: &mut Vec<Valued>) {
        for arg in command.get_opts() {
            let short = arg.get_short().map(|letter| format!("-{letter}"));
            let long = arg.get_long().map(|name| format!("--{name}"));
            let spellings: Vec<String> = short.into_iter().chain(long).collect();
            let known = found.iter().position(|flag| flag.spellings == spellings);
            let at = known.unwrap_or_else(|| {
                found.push(Valued { spellings, values: Vec::new() });
                found.len() - 1
            });
            for value in values(arg) {
                if !found[at].values.contains(&value) {
                    found[at].values.push(value);
                }
            }
        }
        command.get_subcommands().for_each(|below| walk(below, found));
    }
    let mut found = Vec::new();
    walk(root, &mut found);
    found
}
