//! Completion scripts and manual pages, made of the definition of a command line; the checked-in ones are compared with
//! it.

use std::ffi::OsString;

use clap::Command;
use clap_complete::Shell;

use super::{
    exit::{Exit, Failure},
    go,
};

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
pub fn completion(mut root: Command, shell: Shell) -> Vec<u8> {
    let (mut script, program) = (Vec::new(), root.get_name().to_owned());
    clap_complete::generate(shell, &mut root, program, &mut script);
    script
}

/// The files in `completions/` and `man/`; `UPDATE=1` writes them.
#[cfg(test)]
pub mod checked_in {
    use std::{env, fs, path::PathBuf};

    use super::*;

    fn check(path: &str, content: &[u8]) {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
        if env::var_os("UPDATE").is_some() {
            fs::create_dir_all(file.parent().expect("a directory")).expect("a directory");
            fs::write(&file, content).expect("a file");
        }
        let stored = fs::read(&file).unwrap_or_default();
        assert!(stored == content, "{path} is out of date: run the test with UPDATE=1");
    }

    pub fn completions(root: &Command) {
        let name = root.get_name();
        for (shell, file) in [
            (Shell::Bash, format!("{name}.bash")),
            (Shell::Zsh, format!("_{name}")),
            (Shell::Fish, format!("{name}.fish")),
            (Shell::PowerShell, format!("_{name}.ps1")),
        ] {
            check(&format!("completions/{file}"), &completion(root.clone(), shell));
        }
    }

    pub fn man_pages(root: &Command) {
        fn pages(command: &Command, name: &str) {
            let command = command.clone().name(name.to_owned()).version(env!("CARGO_PKG_VERSION"));
            let mut page = Vec::new();
            clap_mangen::Man::new(command.clone()).render(&mut page).expect("memory takes it");
            check(&format!("man/{name}.1"), &page);
            for below in command.get_subcommands() {
                pages(below, &format!("{name}-{}", below.get_name()));
            }
        }
        pages(root, root.get_name());
    }
}
