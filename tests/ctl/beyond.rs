//! The commands and formats that etcdctl does not have, by a script: each line after `$` is run by a shell in one
//! scratch folder against one server, and what it prints follows. `UPDATE=1` writes the file anew.

use std::{fs, path::Path, process::Command};

use crate::{LIMITS, block_on, start, support::program};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ctl/beyond.txt");

/// Runs one line; gives what it prints and, if it is not 0, its exit code.
fn run(line: &str, dir: &Path, url: &str) -> String {
    let tools = Path::new(env!("CARGO_BIN_EXE_rsctl")).parent().expect("a directory of programs");
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{line}")])
        .current_dir(dir)
        .env("PATH", path)
        .env("ETCDCTL_ENDPOINTS", url)
        .env("LC_ALL", "C")
        .envs(LIMITS)
        .output()
        .expect("a shell");
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text += "\n";
    }
    match output.status.code() {
        Some(0) => text,
        code => format!("{text}exit code {}\n", code.unwrap_or(-1)),
    }
}

#[test]
fn commands_beyond_etcdctl_print_what_the_script_says() {
    let server = block_on(start(&program::own(), "m1"));
    let dir = tempfile::tempdir().expect("a scratch folder");
    let script = fs::read_to_string(SCRIPT).expect("the script");
    let mut now = String::new();
    let mut lines = script.lines().peekable();
    while let Some(line) = lines.next() {
        now += &format!("{line}\n");
        let Some(command) = line.strip_prefix("$ ") else { continue };
        // The output up to the next command or remark is what is compared.
        while lines.next_if(|line| !line.starts_with("$ ") && !line.starts_with("# ")).is_some() {}
        now += &run(command, dir.path(), &server.client_url());
        now += if lines.peek().is_some() { "\n" } else { "" };
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(SCRIPT, &now).expect("the script can be written");
        return;
    }
    for (number, (now, expected)) in now.lines().zip(script.lines()).enumerate() {
        assert_eq!(now, expected, "line {} of the script; UPDATE=1 writes it anew", number + 1);
    }
    assert_eq!(now.lines().count(), script.lines().count(), "UPDATE=1 writes the script anew");
}
