//! Scripts: calls, each followed by what etcd answered, indented. `case` begins a case, `flags` gives flags to both
//! servers. All cases of a script run one after the other on one pair of fresh servers.
//!
//! ```text
//! case a put makes a revision
//! Put key:"a" value:"1"
//!   ok header{cluster_id:CLUSTER member_id:MEMBER revision:2 raft_term:2}
//! ```

use std::fs;
use std::path::PathBuf;

use super::block_on;
use super::differences::Differences;
use super::side::Side;
use super::support::program::{self, Program};

struct Script {
    name: String,
    lines: Vec<Line>,
}

enum Line {
    /// A comment, an empty line, flags: kept when the script is written again.
    Other(String),
    Case(String),
    Step {
        text: String,
        answers: Vec<String>,
    },
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/compat/scripts")
}

impl Script {
    fn read(name: &str) -> Self {
        let path = folder().join(name).with_extension("txt");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut lines = Vec::new();
        for line in text.lines() {
            if let Some(answer) = line.strip_prefix("  ") {
                match lines.last_mut() {
                    Some(Line::Step { answers, .. }) => answers.push(answer.to_string()),
                    _ => panic!("{name}: an answer to nothing: {line}"),
                }
            } else if let Some(case) = line.strip_prefix("case ") {
                lines.push(Line::Case(case.into()));
            } else if line.is_empty() || line.starts_with('#') || line.starts_with("flags ") {
                lines.push(Line::Other(line.into()));
            } else {
                lines.push(Line::Step { text: line.into(), answers: Vec::new() });
            }
        }
        Self { name: name.into(), lines }
    }

    fn flags(&self) -> Vec<String> {
        let flags = self.lines.iter().find_map(|line| match line {
            Line::Other(text) => text.strip_prefix("flags "),
            _ => None,
        });
        flags.unwrap_or("").split_whitespace().map(String::from).collect()
    }

    fn write(&self) {
        let mut text = String::new();
        for line in &self.lines {
            match line {
                Line::Other(other) => text += &format!("{other}\n"),
                Line::Case(case) => text += &format!("case {case}\n"),
                Line::Step { text: step, answers } => {
                    text += &format!("{step}\n");
                    answers.iter().for_each(|answer| text += &format!("  {answer}\n"));
                }
            }
        }
        fs::write(folder().join(&self.name).with_extension("txt"), text).expect("the script is writable");
    }
}

/// Runs a script on etcd, if there is one, and on rsetcd.
///
/// # Panics
/// An answer is not the recorded one (etcd) or neither that nor the one in `differences.txt` (rsetcd).
pub fn run(name: &str) {
    let mut script = Script::read(name);
    let peer = program::peer();
    if std::env::var_os("UPDATE").is_some() {
        let peer = peer.expect("an etcd to take the answers from");
        block_on(update(&mut script, &peer));
        script.write();
        return;
    }
    let differences = Differences::read();
    let own = program::own();
    block_on(async {
        match &peer {
            Some(peer) => {
                tokio::join!(check(&script, peer, &differences), check(&script, &own, &differences));
            }
            // The recorded answers still say what etcd does.
            None => check(&script, &own, &differences).await,
        }
    });
    for row in differences.of_script(name) {
        let used = steps(&script).any(|(case, text, _)| row.case == case && row.line == text);
        assert!(used, "differences.txt has a row that no script uses: {row:?}");
    }
}

/// Every file is a test, and every test has its file.
pub fn assert_all_listed(names: &[&str]) {
    let mut files: Vec<String> = fs::read_dir(folder())
        .expect("the folder of scripts")
        .map(|entry| entry.expect("readable").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, names, "in order of name");
}

/// Case (`script/case`), text and recorded answers of each step. A step that comes again in its case is numbered.
fn steps(script: &Script) -> impl Iterator<Item = (String, String, &[String])> {
    let mut case = String::new();
    let mut before: Vec<&str> = Vec::new();
    script.lines.iter().filter_map(move |line| match line {
        Line::Other(_) => None,
        Line::Case(name) => {
            case = format!("{}/{name}", script.name);
            before.clear();
            None
        }
        Line::Step { text, answers } => {
            let count = before.iter().filter(|other| *other == text).count();
            before.push(text);
            let text = if count == 0 { text.clone() } else { format!("{text} #{}", count + 1) };
            Some((case.clone(), text, &answers[..]))
        }
    })
}

async fn check(script: &Script, program: &Program, differences: &Differences) {
    let mut side = Side::start(program, &script.flags()).await;
    let mut wrong = Vec::new();
    for (case, text, recorded) in steps(script) {
        let line = text.rsplit_once(" #").filter(|(_, n)| n.parse::<u32>().is_ok()).map_or(&text[..], |(line, _)| line);
        let row = differences.find(&case, &text);
        let expected = match row {
            Some(row) if program.is_rsetcd => &row.ours[..],
            Some(row) => &row.theirs[..],
            None => recorded,
        };
        side.expected = expected.to_vec();
        let answers = side.run(line).await;
        if answers != expected {
            let who = if program.is_rsetcd { "rsetcd" } else { "etcd" };
            let (expected, answers) = (expected.join("\n    "), answers.join("\n    "));
            wrong.push(format!("[{case}] {text}\n  expected\n    {expected}\n  {who}\n    {answers}"));
        }
        if let Some(row) = row {
            assert_eq!(
                row.theirs, recorded,
                "differences.txt and the script record different answers: [{case}] {text}"
            );
        }
    }
    assert!(wrong.is_empty(), "{} answers differ\n{}", wrong.len(), wrong.join("\n"));
}

async fn update(script: &mut Script, program: &Program) {
    let mut side = Side::start(program, &script.flags()).await;
    for line in &mut script.lines {
        if let Line::Step { text, answers } = line {
            side.expected = std::mem::take(answers);
            *answers = side.run(text).await;
        }
    }
}
