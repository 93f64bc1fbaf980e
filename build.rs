//! Compiles `proto/` with protox, so that no `protoc` is needed.
//!
//! Messages and clients come from the protos as they are. The servers of KV and Watch are described here by
//! hand, because their answers leave the process as stored bytes (`crate::api::grpc::codec`), not as messages.

use std::{env, fs, path::PathBuf};

use tonic_build::manual::{Method, Service};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const FILES: [&str; 8] = [
    "raft_internal.proto",
    "etcdserver.proto",
    "lease.proto",
    "v3lock.proto",
    "v3election.proto",
    "record.proto",
    "snap.proto",
    "health.proto",
];

fn main() -> Result<()> {
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rustc-env=RSETCD_RUSTC={}", rustc_release()?);
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true);
    compiler.open_files(FILES)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;

    let mut config = prost_build::Config::new();
    config.bytes(["."]);
    tonic_prost_build::configure()
        .emit_rerun_if_changed(false)
        .compile_fds_with_config(compiler.file_descriptor_set(), config)?;
    tonic_build::manual::Builder::new().build_client(false).compile(&[kv_service(), watch_service()]);
    Ok(())
}

/// The compiler's release, for `--version` and a metric.
fn rustc_release() -> Result<String> {
    let output = std::process::Command::new(env::var("RUSTC")?).arg("--version").output()?;
    let text = String::from_utf8(output.stdout)?;
    Ok(text.split(' ').nth(1).unwrap_or("unknown").to_owned())
}

fn kv_service() -> Service {
    let method = |name: &str, route: &str, input: &str| {
        let method = Method::builder()
            .name(name)
            .route_name(route)
            .input_type(format!("crate::pb::etcdserverpb::{input}"))
            .output_type("crate::api::grpc::KvAnswer")
            .codec_path("crate::api::grpc::codec::EncodedCodec");
        if route == "RangeStream" { method.server_streaming().build() } else { method.build() }
    };
    Service::builder()
        .package("etcdserverpb")
        .name("KV")
        .method(method("range", "Range", "RangeRequest"))
        .method(method("range_stream", "RangeStream", "RangeRequest"))
        .method(method("put", "Put", "PutRequest"))
        .method(method("delete_range", "DeleteRange", "DeleteRangeRequest"))
        .method(method("txn", "Txn", "TxnRequest"))
        .method(method("compact", "Compact", "CompactionRequest"))
        .build()
}

fn watch_service() -> Service {
    Service::builder()
        .package("etcdserverpb")
        .name("Watch")
        .method(
            Method::builder()
                .name("watch")
                .route_name("Watch")
                .input_type("crate::pb::etcdserverpb::WatchRequest")
                .output_type("crate::api::grpc::codec::Encoded")
                .codec_path("crate::api::grpc::codec::EncodedCodec")
                .client_streaming()
                .server_streaming()
                .build(),
        )
        .build()
}
