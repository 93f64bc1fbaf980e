//! gRPC services.

pub mod codec;
pub mod watch;
mod watch_stream;
