//! The program of `--stream-decoder`: gets the data of each entry as a line of hex, answers a line STATUS|DATA.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::utl::Failure;

/// It ends with its input; one that does not is ended.
const PATIENCE: Duration = Duration::from_secs(2);

/// A program that explains entries.
pub struct Decoder {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    complaints: Option<JoinHandle<Vec<u8>>>,
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
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let (Some(questions), Some(answers), Some(mut complaints)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed("no pipes".into()));
        };
        // A thread, since a full pipe would make it wait.
        let complaints = std::thread::spawn(move || {
            let mut text = Vec::new();
            // What was read before an error is all there is.
            let _ = complaints.read_to_end(&mut text);
            text
        });
        Ok(Self { child, questions: Some(questions), answers: BufReader::new(answers), complaints: Some(complaints) })
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
        let questions = self.questions.as_mut().ok_or_else(|| Failure::Failed("the decoder has ended".into()))?;
        questions.write_all(question.as_bytes()).map_err(failed)?;
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
    /// Ends it, and shows what it has written to stderr.
    fn drop(&mut self) {
        drop(self.questions.take());
        let begun = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(1));
        }
        // It has answered all; whatever it still does is not ours to wait for.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let text = self.complaints.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        if !text.is_empty() {
            eprintln!("decoder stderr: {}", String::from_utf8_lossy(&text).trim_end());
        }
    }
}
