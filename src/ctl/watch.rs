//! `watch`: events as they happen, from the command line or from lines of standard input.

use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        process::ExitStatusExt,
    },
    process::{ExitStatus, Stdio},
    rc::Rc,
};

use clap::{Args, Command, FromArgMatches};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    sync::mpsc,
    task::JoinSet,
};

use super::{
    environment::{WATCH_KEY, WATCH_RANGE_END},
    global::{Context, Limit},
    hint,
    keys::{Selection, prefix},
    print::{Printer, type_name},
    watch_args::{Target, TargetError, WatchEnvironment, target},
    words,
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        go, pflag,
    },
    client::{WatchEvent, WatchRequest, Watcher},
    pb::mvccpb::Event,
    telemetry::os_error,
};

/// Watch events on a key, a range or a prefix
///
/// Without arguments, the key is taken from ETCDCTL_WATCH_KEY and the end of the range from ETCDCTL_WATCH_RANGE_END.
/// A command after -- is run for each event, with ETCD_WATCH_REVISION, ETCD_WATCH_EVENT_TYPE, ETCD_WATCH_KEY and
/// ETCD_WATCH_VALUE in its environment.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl watch [options] [KEY] [RANGE_END] [--] [COMMAND...]")]
pub struct WatchArgs {
    /// Read watches from standard input, one a line
    #[arg(long, short = 'i')]
    interactive: bool,
    #[command(flatten)]
    line: LineArgs,
}

/// What a line of the interactive mode knows, too.
#[derive(clap::Args, Debug)]
struct LineArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Watch the keys that begin with KEY
    #[arg(long)]
    prefix: bool,
    /// Revision to start at; 0 for now
    #[arg(long, value_name = "REV", default_value_t = 0, hide_default_value = true, value_parser = go::parse_flag_int,
          allow_hyphen_values = true)]
    rev: i64,
    /// Print the previous key and value, too
    #[arg(long)]
    prev_kv: bool,
    /// Let the server say from time to time how far it is
    #[arg(long)]
    progress_notify: bool,
}

impl LineArgs {
    /// The request for the keys that were found.
    fn request(&self, keys: &[OsString]) -> Result<WatchRequest, &'static str> {
        let bytes = |word: &OsString| word.clone().into_vec();
        let mut selection = Selection { key: keys.first().map(bytes).unwrap_or_default(), range_end: Vec::new() };
        match keys {
            [_, _] if self.prefix => return Err("`range_end` and `--prefix` are mutually exclusive"),
            [_, end] => selection.range_end = bytes(end),
            _ if self.prefix => selection = prefix(selection.key),
            _ => {}
        }
        // The server refuses an empty key; here it is the least one.
        if selection.key.is_empty() {
            selection.key = vec![0];
        }
        Ok(WatchRequest {
            key: selection.key,
            range_end: selection.range_end,
            start_revision: self.rev,
            prev_kv: self.prev_kv,
            progress_notify: self.progress_notify,
            ..WatchRequest::default()
        })
    }
}

/// Watches until the server ends it; `raw` are all arguments of the process.
pub async fn run(context: &Context, args: WatchArgs, raw: &[OsString]) -> Result<(), Failure> {
    let variable = |name| env::var_os(name).unwrap_or_default();
    let environment = WatchEnvironment { key: variable(WATCH_KEY), range_end: variable(WATCH_RANGE_END) };
    if args.interactive {
        return interactive(context, &environment).await;
    }
    let target =
        target(args.line.args.clone(), raw, &environment, false).map_err(|error| Failure::args(error.to_string()))?;
    let request = args.line.request(&target.keys).map_err(Failure::args)?;
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let events = Watcher::new(client.require_leader()).watch(request);
    follow(&printer, events, &target.command).await?;
    Err(Failure::new(Exit::Interrupted, "watch is canceled by the server"))
}

/// Prints what a watch brings until it is over.
async fn follow(
    printer: &Printer,
    mut events: mpsc::Receiver<WatchEvent>,
    command: &[OsString],
) -> Result<(), Failure> {
    while let Some(event) = events.recv().await {
        if let Some(error) = event.error() {
            hint::print_text(&error);
            crate::cli::errln!("watch was canceled ({error})");
        }
        if event.is_progress() {
            printer.write(format!("progress notify: {}\n", event.header.revision).as_bytes())?;
        }
        printer.watch(&event)?;
        if !command.is_empty() {
            for item in &event.events {
                execute(command, item, event.header.revision).await?;
            }
        }
    }
    Ok(())
}

/// Runs the command for one event and waits for its end.
async fn execute(command: &[OsString], event: &Event, revision: i64) -> Result<(), Failure> {
    let kv = event.kv.clone().unwrap_or_default();
    let status = tokio::process::Command::new(&command[0])
        .args(&command[1..])
        .env("ETCD_WATCH_REVISION", revision.to_string())
        .env("ETCD_WATCH_EVENT_TYPE", go::quote(type_name(event.r#type).as_bytes()))
        .env("ETCD_WATCH_KEY", go::quote(&kv.key))
        .env("ETCD_WATCH_VALUE", go::quote(&kv.value))
        .stdin(Stdio::null())
        .status()
        .await;
    let reason = match status {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => exit_text(status),
        Err(error) => start_error(&command[0], &error),
    };
    let words: Vec<String> = command.iter().map(|word| go::quote(word.as_bytes())).collect();
    crate::cli::errln!("command [{}] error ({reason})", words.join(" "));
    Err(Failure::silent(Exit::Error))
}

/// Why a program did not start, as Go words it.
pub fn start_error(program: &OsStr, error: &io::Error) -> String {
    match error.kind() {
        _ if program.as_bytes().contains(&b'/') => {
            format!("fork/exec {}: {}", program.to_string_lossy(), os_error::text(error))
        }
        io::ErrorKind::NotFound => {
            format!("exec: {}: executable file not found in $PATH", go::quote(program.as_bytes()))
        }
        _ => os_error::text(error),
    }
}

/// How a process ended, as Go words it.
pub fn exit_text(status: ExitStatus) -> String {
    const NAMES: [(i32, &str); 8] = [
        (1, "hangup"),
        (2, "interrupt"),
        (3, "quit"),
        (6, "aborted"),
        (9, "killed"),
        (11, "segmentation fault"),
        (13, "broken pipe"),
        (15, "terminated"),
    ];
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => {
            let name = NAMES.iter().find(|(number, _)| *number == signal);
            name.map_or_else(|| format!("signal: signal {signal}"), |(_, name)| format!("signal: {name}"))
        }
        (None, None) => status.to_string(),
    }
}

/// Reads watches from standard input until it ends.
async fn interactive(context: &Context, environment: &WatchEnvironment) -> Result<(), Failure> {
    let client = context.client(Limit::None).await?;
    let printer = Rc::new(context.printer()?);
    let watcher = Watcher::new(client.require_leader());
    let mut lines = BufReader::new(tokio::io::stdin());
    let mut watches: JoinSet<Result<(), Failure>> = JoinSet::new();
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            let mut line = Vec::new();
            loop {
                tokio::select! {
                    ended = watches.join_next(), if !watches.is_empty() => {
                        // A watch that was canceled said so; the session goes on.
                        if let Some(Ok(Err(failure))) = ended {
                            return Err(failure);
                        }
                        continue;
                    }
                    read = lines.read_until(b'\n', &mut line) => drop(read?),
                }
                if line.pop() != Some(b'\n') {
                    return Err(Failure::new(Exit::InvalidInput, "error reading watch request line: EOF"));
                }
                let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
                line.clear();
                match read_line(&text, environment)? {
                    Line::Watch(request, command) => {
                        let (printer, events) = (printer.clone(), watcher.watch(request));
                        watches.spawn_local(async move { follow(&printer, events, &command).await });
                    }
                    Line::Progress => watcher.request_progress(),
                    Line::Invalid(text) => crate::cli::errln!("Invalid command{text}"),
                }
            }
        })
        .await
}

enum Line {
    Watch(WatchRequest, Vec<OsString>),
    Progress,
    /// Not understood; the session goes on.
    Invalid(String),
}

/// Reads one line of the interactive mode.
///
/// # Errors
/// What ends the session: bad quotes, bad flags, a wrong number of arguments.
fn read_line(text: &str, environment: &WatchEnvironment) -> Result<Line, Failure> {
    let words = words::split(text)?;
    let Some((first, rest)) = words.split_first() else {
        return Ok(Line::Invalid(format!(": {text} (watch and progress supported)")));
    };
    if first == "progress" {
        return Ok(Line::Progress);
    }
    if first != "watch" {
        return Ok(Line::Invalid(format!(" {text} (only support watch)")));
    }
    if rest.is_empty() && environment.key.is_empty() && environment.range_end.is_empty() {
        return Ok(Line::Invalid(format!(" {text} (command type or key is not provided)")));
    }
    let args = read_flags(rest).map_err(Failure::args)?;
    let Target { keys, command } = match target(args.args.clone(), rest, environment, true) {
        Ok(target) => target,
        // As etcdctl: a command without a key is passed over, no argument at all ends the session.
        Err(error @ TargetError::NoKey) if rest.iter().any(|word| word == "--") => {
            return Ok(Line::Invalid(format!(" {text} ({error})")));
        }
        Err(error) => return Err(Failure::args(error.to_string())),
    };
    Ok(match args.request(&keys) {
        Ok(request) => Line::Watch(request, command),
        Err(error) => Line::Invalid(format!(" {text} ({error})")),
    })
}

fn read_flags(words: &[OsString]) -> Result<LineArgs, String> {
    let command = LineArgs::augment_args(Command::new("watch")).disable_help_flag(true).args_override_self(true);
    let parsed = pflag::parse_line(&command, words.to_vec())?;
    if parsed.help {
        return Err("pflag: help requested".into());
    }
    let matches = command.clone().try_get_matches_from(parsed.canonical(&command)?);
    matches
        .and_then(|matches| LineArgs::from_arg_matches(&matches))
        .map_err(|error| pflag::value_error(&command, &error).unwrap_or_else(|| error.to_string()))
}
