//! `lock`

use std::{
    env,
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    process::Stdio,
};

use tokio::process::Command;

use super::{
    global::{Context, Limit},
    print::Printer,
    queue::{Place, Signals},
    watch::{exit_text, start_error},
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        go,
    },
    client::concurrency::Session,
};

/// Acquire a lock
///
/// Holds the lock until a signal comes, or runs COMMAND while it is held and exits as that does, with ETCD_LOCK_KEY
/// and ETCD_LOCK_REV in its environment.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl lock [options] <NAME> [COMMAND...]")]
pub struct LockArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Seconds that the lock outlives a client that is gone
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = go::parse_flag_int,
          allow_hyphen_values = true)]
    ttl: i64,
}

pub async fn run(context: &Context, args: LockArgs) -> Result<(), Failure> {
    let Some((name, command)) = args.args.split_first() else {
        return Err(Failure::args("lock takes a lock name argument and an optional command to execute"));
    };
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let mut signals = Signals::catch()?;
    let interrupted = || Failure::new(Exit::Error, "context canceled");
    let session = tokio::select! {
        session = Session::with_ttl(&client, args.ttl) => session?,
        () = signals.next() => return Err(interrupted()),
    };
    let mut place = tokio::select! {
        place = Place::enter(&session, name.as_bytes(), b"") => place?,
        () = signals.next() => return Err(interrupted()),
    };
    let held = tokio::select! {
        held = place.wait() => held,
        () = signals.next() => Err(interrupted()),
    };
    let ended = match held {
        Ok(()) if command.is_empty() => hold(&printer, &session, &place, &mut signals).await,
        Ok(()) => execute(command, &place).await,
        Err(failure) => Err(failure),
    };
    let left = place.leave(context.flags.command_timeout).await;
    // What went wrong first is what is told.
    ended.and(left)
}

/// Prints the key and waits for a signal.
async fn hold(printer: &Printer, session: &Session, place: &Place, signals: &mut Signals) -> Result<(), Failure> {
    let own = place.read().await?;
    if own.kvs.is_empty() {
        return Err(Failure::new(Exit::Error, "lock lost on init"));
    }
    printer.get(&own)?;
    tokio::select! {
        () = signals.next() => Ok(()),
        _ = session.expired() => Err(Failure::new(Exit::Error, "session expired")),
    }
}

/// Runs the command while the lock is held. A signal to this process alone does not end it.
async fn execute(command: &[OsString], place: &Place) -> Result<(), Failure> {
    let mut child = Command::new(&command[0]);
    child.args(&command[1..]).stdin(Stdio::null());
    let key = OsString::from_vec(place.key.to_vec());
    for (name, value) in [("ETCD_LOCK_KEY", key), ("ETCD_LOCK_REV", place.header.revision.to_string().into())] {
        if env::var_os(name).is_none() {
            child.env(name, value);
        }
    }
    let failed = |text: String, code: u8| Err(Failure::new(Exit::Child(code), text));
    match child.status().await {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => failed(exit_text(status), status.code().map_or(u8::MAX, |code| code as u8)),
        Err(error) => failed(start_error(&command[0], &error), 1),
    }
}
