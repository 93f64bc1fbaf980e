//! The files in `completions/` and `man/`, compared with the definition; `UPDATE=1` writes them.

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use clap::Command;
use clap_complete::Shell;

use super::{completion, manual};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn check(path: &str, content: &[u8]) {
    let file = folder(path);
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

/// `more` are the sections that a page has beyond its definition, by its name.
pub fn man_pages(root: &Command, more: &[(&str, &[manual::Section])]) {
    let pages = manual::pages(root, more);
    let names: BTreeSet<String> = pages.iter().map(|(name, _)| format!("{name}.1")).collect();
    for (name, _) in more {
        assert!(names.contains(&format!("{name}.1")), "there is no page {name}");
    }
    for (name, page) in &pages {
        check(&format!("man/{name}.1"), page);
        for word in String::from_utf8_lossy(page).split([' ', '\n', ',', '.']) {
            let Some(other) = word.strip_suffix("(1)") else { continue };
            let other = other.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "");
            assert!(folder("man").join(format!("{other}.1")).exists(), "{name}.1 names the page {other}.1");
        }
    }
    // What is left of commands that are gone.
    let tool = root.get_name();
    for entry in fs::read_dir(folder("man")).expect("the folder is there") {
        let file = entry.expect("an entry").file_name().into_string().expect("a name");
        let is_of_tool = file == format!("{tool}.1") || file.starts_with(&format!("{tool}-"));
        assert!(!is_of_tool || names.contains(&file), "man/{file} is no command's");
    }
}
