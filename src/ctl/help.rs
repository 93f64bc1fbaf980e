//! Help screens: the commands by what they are for, and the pointer to the flags that all of them have.

use clap::Command;

/// The last line of each screen, as the flags of all commands are hidden from them.
const GLOBAL_FLAGS_HINT: &str = "Use \"options\" for a list of the flags that all commands have.";

/// The titles of etcdctl 3.7 and the commands under them; then those that it does not have.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Key-value commands", &["compaction", "del", "get", "lease", "put", "txn", "watch"]),
    (
        "Cluster maintenance commands",
        &["alarm", "defrag", "downgrade", "endpoint", "member", "move-leader", "snapshot"],
    ),
    ("Concurrency commands", &["elect", "lock"]),
    ("Authentication commands", &["auth", "role", "user"]),
    ("Utility commands", &["check", "completion", "help", "make-mirror", "options", "version"]),
    ("Commands that etcdctl does not have", &BEYOND),
];

/// The commands that etcdctl does not have. They are found under their whole names alone, so that abbreviations mean
/// what they mean there, and help under its name does not list them.
pub const BEYOND: [&str; 8] = ["bench", "diff", "du", "export", "history", "import", "ls", "top"];

/// The help of the command at `path`.
pub fn screen(root: &Command, path: &[String]) -> String {
    let mut root = root.clone();
    root.build();
    let mut command = find(&root, path).unwrap_or(&root).clone();
    if path.is_empty() {
        let groups = groups(&root);
        command = command.help_template(format!("{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}"));
    }
    let text = command.render_long_help().to_string();
    let text = text.trim_end().trim_end_matches(GLOBAL_FLAGS_HINT).trim_end();
    // Usage lines are written for the tool's own name.
    format!("{text}\n\n{GLOBAL_FLAGS_HINT}\n").replace("rsctl", root.get_name())
}

/// The commands that are not hidden, by group.
fn groups(root: &Command) -> String {
    let mut text = String::new();
    for (title, names) in GROUPS {
        let shown = names.iter().filter_map(|name| root.find_subcommand(name)).filter(|command| !command.is_hide_set());
        let lines: Vec<String> = shown
            .map(|command| {
                let about = command.get_about().map(ToString::to_string).unwrap_or_default();
                format!("  {:11}  {about}\n", command.get_name())
            })
            .collect();
        if !lines.is_empty() {
            text += &format!("{title}:\n{}\n", lines.concat());
        }
    }
    text
}

/// The command at `path` below the root.
pub fn find<'a>(root: &'a Command, path: &[String]) -> Option<&'a Command> {
    path.iter().try_fold(root, |command, name| command.find_subcommand(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctl::root::commands;

    #[test]
    fn each_command_is_in_a_group() {
        let root = commands("rsctl");
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let mut names: Vec<&str> = root.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        names.sort_unstable();
        assert_eq!(grouped, names);
    }

    #[test]
    fn each_screen_ends_with_the_pointer() {
        for path in [vec![], vec!["get".to_owned()], vec!["member".to_owned(), "add".to_owned()]] {
            let text = screen(&commands("rsctl"), &path);
            assert!(text.ends_with(&format!("\n\n{GLOBAL_FLAGS_HINT}\n")), "{text}");
            assert_eq!(text.matches(GLOBAL_FLAGS_HINT).count(), 1, "{text}");
        }
    }
}
