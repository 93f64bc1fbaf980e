//! The `rsetcd` process: from the command line to the signal that ends it.
//!
//! `listen` binds, `runtimes` are the threads for connections, `serve` brings requests to pages, `pings` counts those of clients, `run` holds the order
//! of start and stop, `signal` ends the process as etcd does. The member itself comes from `member`.
//! Not here: anything that decides about data.

mod listen;
mod member;
mod memory;
mod pings;
mod run;
mod runtimes;
mod serve;
mod signal;

use std::{io::Write, process::ExitCode};

use tracing::{info, warn};

use crate::{
    config::{
        check::{self, CheckError, Config},
        help,
        settings::{Request, Settings, SettingsError},
    },
    telemetry::{
        log::{self, Json, LogOptions, fatal},
        metrics,
    },
};

/// Runs `rsetcd` with the words and variables of this process, and returns its exit code: 0 for texts and for a member
/// that ended by itself, 1 for refused settings and failed starts, 2 for a command line that does not parse. A member
/// that was stopped by a signal ends by that signal.
pub fn rsetcd_main() -> ExitCode {
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let environment: Vec<(String, String)> = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    memory::keep_small();
    end_on_panic();
    ExitCode::from(main(&words, &environment))
}

/// A panic anywhere ends the process with exit code 2, as in etcd: what the thread owned is then in an unknown state,
/// and nobody else could go on with it.
fn end_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        fatal!(panic = %panic, "panic");
        std::process::exit(2);
    }));
}

fn main(words: &[String], environment: &[(String, String)]) -> u8 {
    let args = words.get(1..).unwrap_or_default();
    if let Some(command @ ("gateway" | "grpc-proxy")) = args.first().map(String::as_str) {
        eprintln!("Error: the command {command} is not supported by rsetcd yet");
        return 1;
    }
    let (settings, notes) = match Settings::load(args, environment) {
        Ok(Request::Help) => {
            eprint!("{}", help::USAGE);
            print_all(&help::flags());
            return 0;
        }
        Ok(Request::Version) => {
            print_all(&help::version());
            return 0;
        }
        Ok(Request::Run { settings, notes }) => (settings, notes),
        Err(SettingsError::Usage(error)) => {
            eprint!("{error}\n{}", help::USAGE);
            return 2;
        }
        Err(SettingsError::FileUrl(error)) => {
            eprintln!("{error}");
            return 1;
        }
        Err(error @ SettingsError::Conflict { .. }) => {
            let _ = log::init(&LogOptions::default());
            let SettingsError::Conflict { variable } = &error else { return 1 };
            fatal!({ "environment-variable" = variable }, "{error}");
            return 1;
        }
        Err(error @ SettingsError::Invalid(_)) => {
            let _ = log::init(&LogOptions::default());
            return refused(words, &error.to_string());
        }
    };
    match check::logging(&settings) {
        Ok(options) => {
            if let Err(error) = log::init(&options) {
                let _ = log::init(&LogOptions::default());
                return refused(words, &error.to_string());
            }
        }
        Err(error @ CheckError::LogLevel(_)) => {
            eprintln!("panic: {error}");
            return 2;
        }
        Err(error) => {
            let _ = log::init(&LogOptions::default());
            return refused(words, &error.to_string());
        }
    }
    for note in &notes {
        note.log();
    }
    match check::check(settings, Vec::new()) {
        Ok(config) => run(words, config),
        Err(error) => {
            let code = refused(words, &error.to_string());
            if error == CheckError::AdvertiseMissing {
                warn!(%error, "advertise client URLs are not set");
            }
            code
        }
    }
}

fn run(words: &[String], config: Config) -> u8 {
    info!(args = ?Json(words), "Running: ");
    for note in &config.notes {
        note.log();
    }
    metrics::init(config.surface.extensive_metrics);
    match run::run(config, member::start) {
        Ok(run::Ended::BySignal(signal)) => {
            signal::end_by(signal);
            0 // only as pid 1
        }
        Ok(run::Ended::ByItself) => 0,
        Err(run::RunError::Start(error)) => {
            warn!(error, "failed to start etcd");
            // etcd's words, whatever the cause: scripts look for them.
            fatal!(error, "discovery failed");
            1
        }
        Err(run::RunError::Listener(error)) => {
            fatal!(error, "listener failed");
            1
        }
    }
}

/// Tells of settings that are refused.
fn refused(words: &[String], error: &str) -> u8 {
    info!(args = ?Json(words), "Running: ");
    warn!(error, "failed to verify flags");
    1
}

/// Writes to stdout; a reader that went away is no error.
fn print_all(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
