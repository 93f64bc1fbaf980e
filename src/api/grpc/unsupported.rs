//! What etcd has and this server has not yet.

use tonic::{Code, Status};

/// The answer to a call that exists and is not served yet.
pub(super) fn unsupported(method: &str) -> Status {
    Status::new(Code::Unimplemented, format!("{method} is not supported by this server"))
}
