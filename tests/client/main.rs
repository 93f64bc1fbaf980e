//! The client library against real servers: each test with rsetcd, and with etcd where there is one.
//!
//! | environment | |
//! |---|---|
//! | `RSETCD_PEER_ETCD` | the etcd to test with |
//! | `RSETCD_BIN` | another server in place of this build's rsetcd |

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
const PATIENCE: Duration = Duration::from_secs(60);

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
    let server = Server::start(program, &[]).await;
    let client = client(&server);
    (server, client)
}

fn client(server: &Server) -> Client {
    Client::new(&config(&[&server.client_url()])).expect("a sound config")
}

fn config(endpoints: &[&str]) -> Config {
    Config::new(endpoints.iter().copied()).command_timeout(Duration::from_secs(20))
}

/// A port that nobody listens on.
fn dead_endpoint() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").to_string()
}
