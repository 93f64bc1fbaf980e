//! `elect`

use std::{ffi::OsString, os::unix::ffi::OsStrExt};

use super::{
    global::{Context, Limit},
    print::Printer,
    queue::{Place, Signals},
};
use crate::{
    cli::exit::{Exit, Failure},
    client::{
        Client,
        concurrency::{Election, Observation, Session},
    },
    pb::etcdserverpb::RangeResponse,
};

/// Observe or take part in an election
///
/// A candidate prints its key and proposal when it is elected, and resigns when a signal comes. An observer prints each
/// new leader and proposal.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl elect [options] <NAME> [PROPOSAL]")]
pub struct ElectArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Observe
    #[arg(long, short = 'l')]
    listen: bool,
}

pub async fn run(context: &Context, args: ElectArgs) -> Result<(), Failure> {
    let (name, proposal) = match (&args.args[..], args.listen) {
        ([name], true) => (name, None),
        ([name, proposal], false) => (name, Some(proposal)),
        ([_], false) => return Err(Failure::args("no proposal argument but -l not set")),
        ([_, _], true) => return Err(Failure::args("proposal given but -l is set")),
        _ => {
            return Err(Failure::args("elect takes one election name argument and an optional proposal argument"));
        }
    };
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let mut signals = Signals::catch()?;
    let Some(proposal) = proposal else {
        return tokio::select! {
            ended = observe(&client, name.as_bytes(), &printer) => ended,
            () = signals.next() => Ok(()),
        };
    };
    let interrupted = || Failure::new(Exit::Error, "context canceled");
    let session = tokio::select! {
        session = Session::new(&client) => session?,
        () = signals.next() => return Err(interrupted()),
    };
    let mut place = tokio::select! {
        place = Place::enter(&session, name.as_bytes(), proposal.as_bytes()) => place?,
        () = signals.next() => return Err(interrupted()),
    };
    let elected = tokio::select! {
        elected = place.wait() => elected,
        () = signals.next() => Err(interrupted()),
    };
    let ended = match elected {
        Ok(()) => lead(&printer, &session, &place, &mut signals).await,
        Err(failure) => Err(failure),
    };
    let resigned = place.leave(context.flags.command_timeout).await;
    // What went wrong first is what is told.
    ended.and(resigned)
}

/// Prints each leader and proposal.
async fn observe(client: &Client, name: &[u8], printer: &Printer) -> Result<(), Failure> {
    let mut observer = Election::new(client, name).observe();
    loop {
        let lost = |_| Failure::new(Exit::Error, "elect: observer lost");
        let Observation { header, leader, count, more } = observer.next().await.map_err(lost)?;
        printer.get(&RangeResponse { header: Some(header), kvs: vec![leader], count, more })?;
    }
}

/// Prints the key and waits for a signal.
async fn lead(printer: &Printer, session: &Session, place: &Place, signals: &mut Signals) -> Result<(), Failure> {
    printer.get(&place.read().await?)?;
    tokio::select! {
        () = signals.next() => Ok(()),
        _ = session.expired() => Err(Failure::new(Exit::Error, "elect: session expired")),
    }
}
