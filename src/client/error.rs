//! Errors of calls, in the words of etcd's client.

use std::error::Error;

use tonic::{Code, ConnectError, Status, TimeoutExpired};

use crate::pb::rpc_error::RpcError;

/// Why a call failed.
#[derive(Clone, Debug)]
pub enum ClientError {
    /// The server refused with one of etcd's known errors.
    Rpc(RpcError),
    /// Any other status.
    Status(Code, String),
    /// The call's own deadline passed. The request may have been carried out.
    DeadlineExceeded,
}

impl ClientError {
    /// Reads the status of a call; `late` says that the call's own deadline has passed.
    pub fn from_status(status: &Status, late: bool) -> Self {
        if let Some(error) = RpcError::from_text(status.message()).filter(|error| error.is_known()) {
            return Self::Rpc(error);
        }
        let gave_up = matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled);
        if gave_up && (late || has_source::<TimeoutExpired>(status)) {
            return Self::DeadlineExceeded;
        }
        match too_large(status.message()) {
            Some(text) => Self::Status(Code::ResourceExhausted, text),
            None if is_broken(status) => Self::Status(Code::Unavailable, status.message().to_owned()),
            None => Self::Status(status.code(), status.message().to_owned()),
        }
    }

    /// The error as a server would send it.
    pub fn to_status(&self) -> Status {
        match self {
            Self::Rpc(error) => error.status(),
            Self::Status(code, text) => Status::new(*code, text.clone()),
            Self::DeadlineExceeded => Status::deadline_exceeded("context deadline exceeded"),
        }
    }

    /// The whole gRPC status, as etcd's client prints it where it does not shorten known errors.
    pub fn raw(&self) -> String {
        match self {
            Self::Rpc(error) => Self::Status(error.code(), error.text().to_owned()).to_string(),
            Self::Status(..) | Self::DeadlineExceeded => self.to_string(),
        }
    }

    /// The error of a request that is larger than what may be sent.
    pub fn request_too_large(bytes: usize, max: usize) -> Self {
        let text = format!("trying to send message larger than max ({bytes} vs. {max})");
        Self::Status(Code::ResourceExhausted, text)
    }
}

/// Whether the request was certainly not carried out: there was no connection to send it, it waited for its turn when
/// the connection ended, or the server refused to look at it.
pub fn is_unsent(status: &Status) -> bool {
    has_source::<ConnectError>(status)
        || find_source::<hyper::Error>(status).is_some_and(hyper::Error::is_canceled)
        || find_source::<h2::Error>(status).is_some_and(|error| error.reason() == Some(h2::Reason::REFUSED_STREAM))
}

/// Whether the connection broke under the call, so that its fate is unknown. What a server sends has no source.
pub fn is_broken(status: &Status) -> bool {
    status.source().is_some() && !has_source::<TimeoutExpired>(status)
}

fn has_source<E: Error + 'static>(status: &Status) -> bool {
    find_source::<E>(status).is_some()
}

fn find_source<E: Error + 'static>(status: &Status) -> Option<&E> {
    let mut source = status.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        source = error.source();
    }
    None
}

/// The text of gRPC in Go for an answer above the receive limit.
fn too_large(message: &str) -> Option<String> {
    let rest = message.strip_prefix("Error, decoded message length too large: found ")?;
    let (bytes, rest) = rest.split_once(" bytes, the limit is: ")?;
    Some(format!("grpc: received message larger than max ({bytes} vs. {})", rest.strip_suffix(" bytes")?))
}

/// The name that gRPC in Go prints for a code.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "Canceled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}

impl std::fmt::Display for ClientError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rpc(error) => error.fmt(f),
            Self::Status(code, text) => write!(f, "rpc error: code = {} desc = {text}", code_name(*code)),
            Self::DeadlineExceeded => f.write_str("context deadline exceeded"),
        }
    }
}

impl Error for ClientError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_etcds_client_prints_them() {
        for (status, late, text) in [
            (RpcError::Compacted.status(), false, "etcdserver: mvcc: required revision has been compacted"),
            // Known by its text, whatever the code.
            (Status::unknown("etcdserver: too many requests"), false, "etcdserver: too many requests"),
            (Status::unknown("boom"), false, "rpc error: code = Unknown desc = boom"),
            (Status::deadline_exceeded("slow"), true, "context deadline exceeded"),
            (Status::deadline_exceeded("slow"), false, "rpc error: code = DeadlineExceeded desc = slow"),
            (
                Status::out_of_range("Error, decoded message length too large: found 54 bytes, the limit is: 10 bytes"),
                false,
                "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (54 vs. 10)",
            ),
        ] {
            assert_eq!(ClientError::from_status(&status, late).to_string(), text);
        }
    }
}
