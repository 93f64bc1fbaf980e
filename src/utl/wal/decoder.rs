//! The program of `--stream-decoder`: gets the data of each entry as a line of hex, answers a line STATUS|DATA.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::utl::Failure;

/// A program that explains entries.
pub struct Decoder {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Decoder {
    /// `command` is split at blanks.
    pub fn start(command: &str) -> Result<Self, Failure> {
        let mut words = command.split_whitespace();
        let failed = |why: String| Failure::Failed(format!("cannot start the decoder {command:?}: {why}"));
        let program = words.next().ok_or_else(|| failed("no program".into()))?;
        let mut child = Command::new(program)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("no pipes".into()));
        };
        Ok(Self { child, questions, answers: BufReader::new(answers) })
    }

    /// The status and the data that it answers.
    pub fn ask(&mut self, data: &[u8]) -> Result<(String, String), Failure> {
        let mut question = String::with_capacity(data.len() * 2 + 1);
        for byte in data {
            let _ = write!(question, "{byte:02x}");
        }
        question.push('\n');
        let mut answer = String::new();
        let failed = |error: std::io::Error| Failure::Failed(format!("the decoder failed: {error}"));
        self.questions.write_all(question.as_bytes()).map_err(failed)?;
        self.answers.read_line(&mut answer).map_err(failed)?;
        let answer = answer.trim_end_matches('\n');
        Ok(match answer.split_once('|') {
            None => ("decoder output format is not right, print output anyway".into(), answer.into()),
            Some((status, data)) if data.contains('|') => {
                let warning = "(*WARNING: data might contain deliminator used by etcd-dump-logs)";
                (format!("{status}{warning}"), data.replace('|', ""))
            }
            Some((status, data)) => (status.into(), data.into()),
        })
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // It has answered all; whatever it still does is not ours to wait for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
