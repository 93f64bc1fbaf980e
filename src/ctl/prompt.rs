//! Passwords: asked for at the terminal without echo, or read from a pipe as if it were one.

use std::{
    ffi::OsStr,
    io::{self, BufRead, IsTerminal, Write},
};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::print;
use crate::cli::exit::{Exit, Failure};

/// How the commands that set a password get it.
#[derive(clap::Args, Debug)]
pub struct Interactive {
    /// Ask for the password twice; --interactive=false reads it from standard input
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "true",
          hide_default_value = true, hide_possible_values = true, value_name = "BOOL",
          value_parser = crate::cli::go::parse_bool, action = clap::ArgAction::Set)]
    interactive: bool,
}

impl Interactive {
    /// The new password of this user.
    ///
    /// # Errors
    /// No password was typed, or two different ones.
    pub async fn new_password(&self, user: &str) -> Result<String, Failure> {
        if !self.interactive {
            return Ok(first_word(&read_line().await?));
        }
        let first = ask(&format!("Password of {user}: ")).await?;
        if first.is_empty() {
            return Err(Failure::args("empty password"));
        }
        let second = ask(&format!("Type password of {user} again for confirmation: ")).await?;
        if first != second {
            return Err(Failure::args("given passwords are different"));
        }
        Ok(first)
    }
}

/// Asks on standard output and reads one line without echo.
///
/// # Errors
/// The prompt was interrupted, or standard input cannot be read.
pub async fn ask(prompt: &str) -> Result<String, Failure> {
    let mut interruptions = Interruptions::catch()?;
    print::text(prompt)?;
    let quiet = Quiet::begin();
    let line = tokio::select! {
        line = read_line() => line,
        () = interruptions.next() => Err(Failure::silent(Exit::PromptInterrupted)),
    };
    drop(quiet);
    let line = line?;
    print::text("\n")?;
    Ok(line)
}

/// The signals that would end the process and leave a terminal that shows nothing.
struct Interruptions([Signal; 4]);

impl Interruptions {
    fn catch() -> io::Result<Self> {
        let [interrupt, terminate, hangup, quit] =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()].map(signal);
        Ok(Self([interrupt?, terminate?, hangup?, quit?]))
    }

    async fn next(&mut self) {
        let Self([interrupt, terminate, hangup, quit]) = self;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            _ = quit.recv() => {}
        }
    }
}

/// One line of standard input without its end. A runtime that is dropped does not wait for it.
async fn read_line() -> Result<String, Failure> {
    let read = tokio::task::spawn_blocking(|| {
        let mut line = Vec::new();
        io::stdin().lock().read_until(b'\n', &mut line).map(|_| line)
    });
    let line = match read.await {
        Ok(Ok(line)) => line,
        Ok(Err(error)) => return Err(Failure::args(format!("failed to ask password: {error}"))),
        Err(error) => return Err(Failure::args(format!("failed to ask password: {error}"))),
    };
    let text = String::from_utf8_lossy(&line);
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

fn first_word(line: &str) -> String {
    line.split_whitespace().next().unwrap_or_default().to_owned()
}

/// The terminal shows nothing of what is typed while this lives.
struct Quiet(Option<Termios>);

impl Quiet {
    fn begin() -> Self {
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            return Self(None);
        }
        let Ok(before) = tcgetattr(&stdin) else { return Self(None) };
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        // A terminal that refuses shows the password; better than no way to type it.
        let _ = tcsetattr(&stdin, OptionalActions::Now, &quiet);
        Self(Some(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
            let _ = io::stdout().flush();
        }
    }
}

/// Text of an argument that goes into a string of a message.
pub fn text_of(arg: &OsStr) -> String {
    arg.to_string_lossy().into_owned()
}
