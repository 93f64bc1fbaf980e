//! `bench lease-keepalive`

use std::cell::RefCell;

use clap::Args;

use super::runner::Runner;
use super::say;
use super::wire::{Connection, Rpc};
use crate::cli::exit::Failure;
use crate::pb::etcdserverpb::{LeaseGrantRequest, LeaseGrantResponse, LeaseKeepAliveRequest, LeaseKeepAliveResponse};

const TTL_SECONDS: i64 = 100;

/// Benchmark lease keepalive
#[derive(Args, Debug)]
pub struct KeepaliveArgs {
    /// Total number of lease keepalive requests
    #[arg(long, default_value_t = 10000)]
    total: u64,
}

pub async fn run(runner: &Runner, args: &KeepaliveArgs) -> Result<(), Failure> {
    let mut leases = Vec::new();
    for client in 0..runner.clients {
        let grant = LeaseGrantRequest { ttl: TTL_SECONDS, ..Default::default() };
        let granted: LeaseGrantResponse = runner.connection(client).ask(Rpc::LeaseGrant, &grant).await?;
        leases.push(granted.id);
    }
    // A client takes a lease for each request: no lease is renewed twice at a time.
    let leases = RefCell::new(leases);
    let report = runner
        .drive("lease-keepalive", args.total, 0, async |_, connection| {
            let id = leases.borrow_mut().pop().expect("as many leases as clients");
            let result = renew(connection, id).await;
            leases.borrow_mut().push(id);
            result
        })
        .await;
    say(&report.render()?)?;
    Ok(())
}

/// One renewal on a stream of its own.
async fn renew(connection: &Connection, id: i64) -> Result<(), String> {
    let mut stream = connection.open(Rpc::LeaseKeepAlive).await?;
    stream.send(&LeaseKeepAliveRequest { id })?;
    let answer: LeaseKeepAliveResponse = stream.next().await?;
    if answer.ttl <= 0 { Err("etcdserver: requested lease not found".into()) } else { Ok(()) }
}
