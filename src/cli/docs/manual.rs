//! Manual pages, one a command: clap's sections, and those that the tool adds.

use clap::{Arg, ArgAction, Command};
use clap_mangen::{
    Man,
    roff::{Inline, Roff, bold, roman},
};

/// A section behind those that follow from the definition.
pub struct Section {
    pub heading: &'static str,
    pub blocks: &'static [Block],
}

/// A piece of a section.
pub enum Block {
    /// A paragraph.
    Text(&'static str),
    /// A word and what it means.
    Term(&'static str, &'static str),
    /// Lines as they are typed.
    Lines(&'static str),
}

/// All pages of a tool, by name; `more` are the sections that a page has beyond its definition.
pub fn pages(root: &Command, more: &[(&str, &[Section])]) -> Vec<(String, Vec<u8>)> {
    fn walk(
        command: &Command,
        path: &[&str],
        more: &[(&str, &[Section])],
        inherited: &[Arg],
        found: &mut Vec<(String, Vec<u8>)>,
    ) {
        found.push((path.join("-"), page(command, path, more, inherited)));
        // The flags that a command shares with those below it; those of all commands stand on the first page alone.
        let is_shared = |arg: &&Arg| path.len() > 1 && arg.is_global_set() && !arg.is_hide_set();
        let shared: Vec<Arg> = inherited.iter().chain(command.get_arguments().filter(is_shared)).cloned().collect();
        for below in command.get_subcommands() {
            walk(below, &[path, &[below.get_name()]].concat(), more, &shared, found);
        }
    }
    let mut found = Vec::new();
    walk(root, &[root.get_name()], more, &[], &mut found);
    found
}

fn page(command: &Command, path: &[&str], more: &[(&str, &[Section])], inherited: &[Arg]) -> Vec<u8> {
    let name = path.join("-");
    let with_help = |command: Command| {
        let help = Arg::new("help").short('h').long("help").help("Print help").action(ArgAction::Help);
        command.disable_help_flag(true).disable_version_flag(true).disable_help_subcommand(true).arg(help)
    };
    let below = |below: Command| below.disable_help_flag(true).disable_version_flag(true);
    let inherited = inherited.iter().map(|arg| arg.clone().help_heading("Shared options"));
    let definition = with_help(command.clone().args(inherited))
        .override_usage(usage(command, &path.join(" ")))
        .name(name.clone())
        .display_name(name.clone())
        .bin_name(path.join(" "))
        .subcommand_help_heading("COMMANDS")
        .version(env!("CARGO_PKG_VERSION"))
        .mut_args(|arg| if arg.is_positional() { arg.help_heading("Arguments") } else { arg })
        .mut_subcommands(below);
    let man = Man::new(definition).source(format!("{} {}", path[0], env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    let clap_sections = [
        Man::render_title,
        Man::render_name_section,
        Man::render_synopsis_section,
        Man::render_description_section,
        Man::render_options_section,
    ];
    for section in clap_sections {
        section(&man, &mut page).expect("memory takes it");
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page).expect("memory takes it");
    }
    let mut rest = Roff::new();
    let added = more.iter().find(|(page, _)| *page == name).map_or(&[][..], |(_, sections)| sections);
    for Section { heading, blocks } in added {
        rest.control("SH", [*heading]);
        blocks.iter().for_each(|block| write(&mut rest, block));
    }
    if path.len() > 1 {
        rest.control("SH", ["SEE ALSO"]);
        let above = (1..path.len()).map(|count| path[..count].join("-"));
        let mut line: Vec<Inline> = Vec::new();
        for page in above {
            let remark = if line.is_empty() { "(1), which has the options of all commands" } else { "(1)" };
            line.push(roman(if line.is_empty() { "" } else { "; " }));
            line.extend([bold(page), roman(remark)]);
        }
        rest.text(line);
    }
    rest.to_writer(&mut page).expect("memory takes it");
    page
}

fn write(roff: &mut Roff, block: &Block) {
    match block {
        Block::Text(text) => {
            roff.control("PP", []);
            roff.text([roman(*text)]);
        }
        Block::Term(term, meaning) => {
            roff.control("TP", []);
            roff.text([bold(*term)]);
            roff.text([roman(*meaning)]);
        }
        Block::Lines(lines) => {
            roff.control("PP", []);
            roff.control("RS", ["4"]);
            roff.control("nf", []);
            for line in lines.lines() {
                match line {
                    "" => roff.control("sp", []),
                    line => roff.text([roman(line)]),
                };
            }
            roff.control("fi", []);
            roff.control("RE", []);
        }
    }
}

/// How the command is typed: as its definition says, else its required flags and its arguments.
fn usage(command: &Command, path: &str) -> String {
    if let Some(usage) = command.get_overridden_usage() {
        return usage.to_string();
    }
    let with_command = format!("{path} [options] <command> [arguments]");
    if command.has_subcommands() && command.get_positionals().next().is_none() {
        return with_command;
    }
    let name = |arg: &Arg| arg.get_value_names().map_or_else(String::new, |names| names.join(" "));
    let visible = || command.get_arguments().filter(|arg| !arg.is_hide_set());
    let mut words = vec![path.to_owned()];
    if visible().any(|arg| !arg.is_positional() && !arg.is_required_set()) {
        words.push("[options]".into());
    }
    let required = visible().filter(|arg| !arg.is_positional() && arg.is_required_set());
    words.extend(required.map(|arg| format!("--{} <{}>", arg.get_long().unwrap_or_default(), name(arg))));
    words.extend(visible().filter(|arg| arg.is_positional()).map(|arg| {
        let more = if arg.get_num_args().is_some_and(|count| count.max_values() > 1) { "..." } else { "" };
        if arg.is_required_set() { format!("<{}>{more}", name(arg)) } else { format!("[{}]{more}", name(arg)) }
    }));
    if command.has_subcommands() {
        words.push(format!("\n{with_command}"));
    }
    words.join(" ")
}
