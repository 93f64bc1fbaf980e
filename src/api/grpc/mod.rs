//! gRPC services.

pub mod codec;
