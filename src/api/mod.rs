//! The surfaces of the server: gRPC (`grpc`) and plain HTTP (`http`).
//!
//! Not here: listeners and connections (`daemon`), anything that decides about data (`server`, `apply`).

pub mod grpc;
pub mod http;
