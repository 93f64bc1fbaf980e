//! BRING-UP daemon.
use std::sync::Arc;
use crate::config::{check, settings};

/// Runs `rsetcd`.
pub fn rsetcd_main() -> std::process::ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Ok(settings::Request::Run { settings, notes }) = settings::Settings::load(&args, &[]).map_err(|e| eprintln!("{e}")) else { return 1.into() };
    let config = check::check(settings, notes).expect("config");
    crate::telemetry::metrics::init(false);
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let running = crate::server::start(&config.server, 1).expect("start");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async move {
        let server = running.attach(0);
        running.wait_until_published().await;
        let port = std::env::var("PORT").unwrap_or("2379".into());
        let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.unwrap();
        let observer: crate::api::grpc::Observer = Arc::new(|_| ());
        let settings = crate::api::grpc::WatchSettings {
            progress_interval: server.settings().watch_progress_interval,
            election_timeout: server.settings().election_timeout,
            has_leader: Box::new(|| true),
            permit: Box::new(|_| Ok(())),
        };
        let watch = crate::api::grpc::WatchService::new(server.watch_port(), Arc::new(settings));
        let grpc = crate::api::grpc::Grpc::new(server.clone(), observer).with_watch(crate::pb::encoded::watch_server::WatchServer::new(watch));
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            socket.set_nodelay(true).unwrap();
            let grpc = grpc.clone();
            tokio::spawn(async move {
                let service = hyper_util::service::TowerToHyperService::new(crate::api::grpc::router(grpc));
                let _ = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new())
                    .serve_connection_with_upgrades(hyper_util::rt::TokioIo::new(socket), service).await;
            });
        }
    });
    0.into()
}
