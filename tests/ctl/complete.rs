//! What bash offers once the script of `completion` is sourced: its function is called as bash does, with the line cut
//! into words at blanks and at `=`.

use std::{path::Path, process::Command};

/// Prints what is offered for the last word of the arguments, the first of which is the tool.
const ASK: &str = r#"
set -e
source <("$1" completion bash)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
registered=$(complete -p "$1")
registered=${registered#*-F }
# Behind `=` the word is empty, whatever stands in the list.
word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
[[ "$word" != "=" ]] || word=""
compopt() { :; }
"${registered%% *}" "$1" "$word" "$before"
echo "${COMPREPLY[*]}"
"#;

fn offered(words: &[&str]) -> String {
    let tools = Path::new(env!("CARGO_BIN_EXE_rsctl")).parent().expect("a directory of programs");
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap_or_default());
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", ASK, "bash"]).args(words).env("PATH", path).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = bash.output().expect("bash starts");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

#[test]
fn bash_offers_values_where_values_are_asked_for() {
    let formats = "simple json fields table protobuf yaml jsonl raw";
    for (line, expected) in [
        ("rsctl -w _", formats),
        ("rsctl get --write-out _", formats),
        ("rsctl get k --write-out = _", formats),
        ("rsctl get --write-out =", formats),
        ("rsctl get -w j", "json jsonl"),
        ("rsctl member list -w = y", "yaml"),
        ("rsctl get --consistency _", "l s"),
        ("rsctl member list --consistency _", "l s"),
        ("rsctl get --order _", "ASCEND DESCEND"),
        ("rsctl get --order = D", "DESCEND"),
        ("rsctl get --sort-by _", "CREATE KEY MODIFY VALUE VERSION"),
        ("rsctl check perf --load _", "s m l xl"),
        ("rsctl check datascale --load _", "s m l xl"),
        ("rsctl bench stm --isolation _", "c r s ss"),
        ("rsctl bench stm --stm-locker l", "lock-client lock-rpc"),
        ("rsctl bench txn-mixed --consistency _", "l s"),
        ("rsctl completion _", "bash zsh fish powershell"),
        ("rsctl role grant-permission _", ""),
        ("rsctl role grant-permission r _", "read write readwrite"),
        ("rsctl role grant-permission r rea", "read readwrite"),
        // Nothing a shell could know, and no files either.
        ("rsctl get --rev _", ""),
        ("rsctl --endpoints _", ""),
        ("rsctl get --hex = t", ""),
        ("rsctl --cert Cargo.t", "Cargo.toml"),
        // Words are there before flags.
        ("rsctl member _", "add remove update promote list"),
        ("rsctl -w json user a", "add"),
        ("rsctl --insecure-transport mem", "member"),
        ("rsctl get --max", "--max-create-rev --max-mod-rev --max-request-bytes --max-recv-bytes"),
        ("rsctl help mo", "move-leader"),
        ("rsutl -w _", "simple json fields table protobuf"),
        ("rsutl migrate --target-version _", "3.5 3.6 3.7"),
        ("rsutl restore --backend _", "lmdb bbolt"),
        ("rsutl completion p", "powershell"),
        ("rsutl snapshot _", "status restore extract"),
    ] {
        let words: Vec<&str> = line.split(' ').map(|word| if word == "_" { "" } else { word }).collect();
        assert_eq!(offered(&words), expected, "{line}");
    }
}

/// The script under the name of a link is that of the link.
#[test]
fn a_link_has_a_script_of_its_own() {
    let dir = tempfile::tempdir().expect("a scratch folder");
    let link = dir.path().join("etcdctl");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rsctl"), &link).expect("a link");
    let output = Command::new(&link).args(["completion", "bash"]).output().expect("rsctl starts");
    let script = String::from_utf8(output.stdout).expect("text");
    assert!(script.ends_with("complete -F _etcdctl_around -o bashdefault -o default etcdctl\nfi\n"), "{script}");
    assert!(!script.contains("rsctl"));
}
