//! `defrag`

use std::{ffi::OsString, time::Instant};

use super::{endpoint::endpoints, global::Context, hint, print};
use crate::{
    cli::{
        exit::{Exit, Failure},
        go, progress,
    },
    pb::etcdserverpb::DefragmentRequest,
};

/// Give free space in the databases of the members at the endpoints back to the file system
///
/// A member does not answer meanwhile. The database of a member that does not run is defragmented by rsutl.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl defrag [options]")]
pub struct DefragArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
    /// Use all endpoints of the cluster's member list
    #[arg(long)]
    cluster: bool,
}

pub async fn run(context: &Context, args: DefragArgs) -> Result<(), Failure> {
    context.check_environment()?;
    context.printer()?;
    let mut failed = false;
    for endpoint in endpoints(context, args.cluster).await? {
        let client = context.client_at(&endpoint).await?;
        let start = Instant::now();
        let bar = progress::waiting(format!("defragmenting {endpoint}"));
        let answer = client.defragment(DefragmentRequest {}).await;
        bar.finish_and_clear();
        let took = go::duration(start.elapsed());
        match answer {
            Ok(_) => print::text(&format!("Finished defragmenting etcd member[{endpoint}]. took {took}\n"))?,
            Err(error) => {
                hint::print_for(context, std::slice::from_ref(&endpoint), &error.to_string()).await;
                crate::cli::errln!("Failed to defragment etcd member[{endpoint}]. took {took}. ({error})");
                failed = true;
            }
        }
    }
    if failed { Err(Failure::silent(Exit::Error)) } else { Ok(()) }
}
