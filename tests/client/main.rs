//! The client library against real servers: each test with rsetcd, and with etcd where there is one.
//!
//! | environment | |
//! |---|---|
//! | `RSETCD_PEER_ETCD` | the etcd to test with |
//! | `RSETCD_BIN` | another server in place of this build's rsetcd |

mod endpoints;
mod keys;
mod leases;
mod logins;
mod recipes;
#[path = "../support/mod.rs"]
mod support;
mod tls;

use std::time::Duration;

use rsetcd::client::{Client, Config};
use support::{program::Program, server::Server};

/// What takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(300);

/// One test with rsetcd and one with etcd for each function `async fn(Program)`.
#[macro_export]
macro_rules! with_both {
    ($($name:ident)*) => {
        mod with_rsetcd {
            $(#[test]
            fn $name() {
                $crate::run(super::$name($crate::support::program::own()));
            })*
        }
        mod with_etcd {
            $(#[test]
            fn $name() {
                if let Some(program) = $crate::support::program::peer() {
                    $crate::run(super::$name(program));
                }
            })*
        }
    };
}

/// Runs a test, no longer than patience lasts.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(PATIENCE, test).await.expect("the test ends in time") });
}

async fn start(program: &Program) -> (Server, Client) {
    let server = serve(program).await;
    let client = client(&server);
    (server, client)
}

/// Without fsync and with cheap hashes: none of this is about how long a server takes.
async fn serve(program: &Program) -> Server {
    Server::start(program, &["--unsafe-no-fsync", "--bcrypt-cost=4"].map(String::from)).await
}

fn client(server: &Server) -> Client {
    Client::new(&config(&[&server.client_url()])).expect("a sound config")
}

fn config(endpoints: &[&str]) -> Config {
    let patient = Config { keepalive_timeout: Duration::from_secs(60), ..Config::new(endpoints.iter().copied()) };
    patient.command_timeout(Duration::from_secs(60)).dial_timeout(Duration::from_secs(20))
}
