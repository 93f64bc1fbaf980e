//! `pair.txt`, read: commands, and what happens while they run. The form is told there.

use std::path::Path;

pub const FORMATS: [&str; 5] = ["simple", "json", "fields", "table", "protobuf"];

/// A command of the script.
#[derive(Debug)]
pub struct Step {
    pub formats: Vec<&'static str>,
    /// The command as it stands in the file, and what is typed.
    pub line: String,
    pub args: Vec<String>,
    pub actions: Vec<Action>,
}

#[derive(Debug)]
pub enum Action {
    /// Before the command starts an alarm, by its number.
    Raise(i32),
    /// A line for its standard input.
    Type(String),
    /// Another command for the same server, which must succeed.
    Meanwhile(Vec<String>),
    /// Go on when it has printed this.
    Wait(String),
    /// SIGINT, after which it ends by itself.
    Interrupt,
}

impl Step {
    /// It does not end by itself, or not before its standard input does.
    pub fn is_session(&self) -> bool {
        self.actions.iter().any(|action| matches!(action, Action::Wait(_)))
    }

    /// It ends by the signal that an action sends.
    pub fn is_interrupted(&self) -> bool {
        self.actions.iter().any(|action| matches!(action, Action::Interrupt))
    }
}

/// A file beside this one.
pub fn path(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ctl").join(file)
}

/// Its text.
pub fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// # Panics
/// The script is not understood.
pub fn steps(script: &str) -> Vec<Step> {
    let words = |text: &str| shlex::split(text).unwrap_or_else(|| panic!("quotes: {text}"));
    let mut steps: Vec<Step> = Vec::new();
    for line in script.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if let Some(head) = line.strip_prefix('[') {
            let (formats, line) = head.split_once("] ").unwrap_or_else(|| panic!("no command: {line}"));
            let is_named = |format: &&str| formats == "all" || formats.split(' ').any(|name| name == *format);
            let formats: Vec<_> = FORMATS.into_iter().filter(is_named).collect();
            assert!(!formats.is_empty(), "no format: {line}");
            steps.push(Step { formats, line: line.to_owned(), args: words(line), actions: Vec::new() });
            continue;
        }
        let step = steps.last_mut().unwrap_or_else(|| panic!("outside of a command: {line}"));
        step.actions.push(match line.split_once(' ').unwrap_or((line, "")) {
            ("<", text) => {
                step.line += &format!(" < {text}");
                Action::Type(text.to_owned())
            }
            (">", text) => Action::Meanwhile(words(text)),
            ("wait", text) => Action::Wait(text.to_owned()),
            ("interrupt", "") => Action::Interrupt,
            ("raise", "NOSPACE") => Action::Raise(1),
            ("raise", "CORRUPT") => Action::Raise(2),
            _ => panic!("not understood: {line}"),
        });
    }
    steps
}

/// Every command of etcdctl 3.7 that ends in one, those of a group by both names.
const COMMANDS: &str = "
    put, get, del, txn, watch, compaction,
    lease grant, lease revoke, lease timetolive, lease list, lease keep-alive,
    member list, member add, member remove, member update, member promote,
    endpoint health, endpoint status, endpoint hashkv, move-leader, defrag, alarm list, alarm disarm,
    downgrade validate, downgrade enable, downgrade cancel, snapshot save, lock, elect,
    auth enable, auth disable, auth status,
    user add, user delete, user get, user list, user passwd, user grant-role, user revoke-role,
    role add, role delete, role get, role list, role grant-permission, role revoke-permission,
    make-mirror, check perf, check datascale, completion, version, options, help";

#[test]
fn the_script_has_each_command_in_each_format() {
    let steps = steps(&read("pair.txt"));
    let missing: Vec<_> = COMMANDS
        .split(',')
        .flat_map(|command| FORMATS.map(|format| (command.trim(), format)))
        .filter(|(command, format)| {
            let words: Vec<&str> = command.split(' ').collect();
            let is_it = |step: &Step| step.formats.contains(format) && step.args.iter().take(words.len()).eq(&words);
            !steps.iter().any(is_it)
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
