//! Completion scripts: clap's, and in front of them or behind them what its generators leave out.
//!
//! | shell | added |
//! |---|---|
//! | bash | values behind `=`; words before flags where no `-` is typed |
//! | zsh | – |
//! | fish | values of arguments |
//! | PowerShell | values of flags and arguments (`powershell`) |

use std::{ffi::OsString, fmt::Write as _};

use clap::Command;
use clap_complete::Shell;

use super::{offers, powershell};
use crate::cli::{
    exit::{Exit, Failure},
    go,
};

/// The shells that there is a script for.
pub const SHELLS: &[&str] = &["bash", "zsh", "fish", "powershell"];

/// The shell that the arguments of `completion` name.
///
/// # Errors
/// None or several words, or no shell that there is a script for.
pub fn shell(program: &str, words: &[OsString]) -> Result<Shell, Failure> {
    let [shell] = words else {
        let text = format!("accepts 1 arg(s), received {}", words.len());
        return Err(Failure::new(Exit::Error, text));
    };
    let shell = shell.to_string_lossy();
    match &*shell {
        "bash" => Ok(Shell::Bash),
        "zsh" => Ok(Shell::Zsh),
        "fish" => Ok(Shell::Fish),
        "powershell" => Ok(Shell::PowerShell),
        _ => {
            let text = format!("invalid argument {} for \"{program} completion\"", go::quote(shell.as_bytes()));
            Err(Failure::new(Exit::Error, text))
        }
    }
}

/// The script that lets `shell` complete the arguments of the program.
pub fn completion(root: Command, shell: Shell) -> Vec<u8> {
    let names: Vec<String> = root.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let help = |help: Command| help.mut_arg("path", |path| path.value_parser(names));
    let mut root = offers::with_hints(root.mut_subcommand("help", help));
    let (mut script, program) = (Vec::new(), root.get_name().to_owned());
    clap_complete::generate(shell, &mut root, &program, &mut script);
    let script = String::from_utf8(script).expect("it is text");
    root.build();
    let script = match shell {
        Shell::Bash => script + &bash(&root, &program),
        Shell::Fish => script + &fish(&root, &program),
        Shell::PowerShell => powershell::with_values(&script, &root, &program),
        _ => script,
    };
    script.into_bytes()
}

/// A function around clap's, which is then the one that bash calls.
fn bash(root: &Command, program: &str) -> String {
    let spellings: Vec<String> = offers::valued(root).into_iter().flat_map(|flag| flag.spellings).collect();
    let valued = spellings.join("|");
    // clap offers the values of an argument at any place of its command.
    let later: Vec<String> = offers::places(root)
        .into_iter()
        .filter(|place| place.index > 0)
        .filter_map(|mut place| place.path.pop())
        .collect();
    let not_first = later.iter().fold(String::new(), |mut text, name| {
        let _ = writeln!(text, "        {name}) COMPREPLY=() ;;");
        text
    });
    format!(
        r#"
# Values stand after `=`, too; and where words are known, flags are for who types a `-`.
_{program}_around() {{
    local cur="$2" prev="$3" word words=()
    if [[ "${{COMP_WORDS[COMP_CWORD]}}" == "=" || "${{prev}}" == "=" ]]; then
        if [[ "${{prev}}" == "=" ]]; then
            prev="${{COMP_WORDS[COMP_CWORD-2]}}"
        else
            cur="" prev="${{COMP_WORDS[COMP_CWORD-1]}}"
        fi
        case "${{prev}}" in
            {valued}) ;;
            *) COMPREPLY=(); return 0 ;;
        esac
    fi
    _{program} "$1" "${{cur}}" "${{prev}}"
    [[ "${{cur}}" == -* ]] && return 0
    case "${{prev}}" in
{not_first}    esac
    for word in ${{COMPREPLY[@]+"${{COMPREPLY[@]}}"}}; do
        [[ "${{word}}" == -* ]] || words+=("${{word}}")
    done
    [[ ${{#words[@]}} -eq 0 ]] || COMPREPLY=("${{words[@]}}")
    return 0
}}

if [[ "${{BASH_VERSINFO[0]}}" -eq 4 && "${{BASH_VERSINFO[1]}}" -ge 4 || "${{BASH_VERSINFO[0]}}" -gt 4 ]]; then
    complete -F _{program}_around -o nosort -o bashdefault -o default {program}
else
    complete -F _{program}_around -o bashdefault -o default {program}
fi
"#
    )
}

/// The values of arguments. fish has no rule for their position.
fn fish(root: &Command, program: &str) -> String {
    offers::places(root).iter().fold(String::new(), |mut text, place| {
        let below = match &place.path[..] {
            [_, below, ..] => format!("; and __fish_seen_subcommand_from {below}"),
            _ => String::new(),
        };
        let (command, values) = (place.path.first().map_or("", String::as_str), place.values.join(" "));
        let condition = format!("__fish_{program}_using_subcommand {command}{below}");
        let _ = writeln!(text, "complete -c {program} -n \"{condition}\" -f -a \"{values}\"");
        text
    })
}
