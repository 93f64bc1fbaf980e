//! The line "request stats" for calls of the key space: what was asked, and how much was answered. It is written for
//! calls that took long, or for all of them where the log has `debug`. Calls of other services are told of without
//! their contents, by who counts them.

use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use prost::Message;
use tonic::{Request, Response, Status};
use tracing::{Level, debug, enabled, warn};

use super::codec::WireAnswer;
use super::encode::KvAnswer;
use super::method::Method;
use crate::pb::etcdserverpb::{DeleteRangeRequest, PutRequest, RangeRequest, TxnRequest};
use crate::pb::loggable::{Loggable, Text};
use crate::telemetry::duration::GoDuration;
use crate::telemetry::log::local_timestamp;

/// Calls whose contents are told.
const TOLD: &[&str] = &["Range", "Put", "DeleteRange", "Txn"];
/// In the place of counts and sizes that are not known.
const UNKNOWN: i64 = -1;

/// The client of a call. In the extensions of its request; calls within the process have none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remote(pub SocketAddr);

/// Whether [`Stats`] tells of this method.
pub(super) fn tells(method: &Method) -> bool {
    method.service == "etcdserverpb.KV" && TOLD.contains(&method.name)
}

/// A request that is told of.
pub(super) trait Told: Message + Loggable + Clone {
    /// How much is asked for: operations and their bytes, as etcd counts them. `branch`: of a transaction, which one was
    /// carried out, if any.
    fn size(&self, branch: Option<bool>) -> (usize, usize);
}

impl Told for RangeRequest {
    fn size(&self, _: Option<bool>) -> (usize, usize) {
        (0, self.encoded_len())
    }
}

impl Told for PutRequest {
    fn size(&self, _: Option<bool>) -> (usize, usize) {
        (1, self.encoded_len())
    }
}

impl Told for DeleteRangeRequest {
    fn size(&self, _: Option<bool>) -> (usize, usize) {
        (0, self.encoded_len())
    }
}

impl Told for TxnRequest {
    fn size(&self, branch: Option<bool>) -> (usize, usize) {
        let operations = match branch {
            Some(true) => &self.success,
            Some(false) => &self.failure,
            None => return (0, self.encoded_len()),
        };
        (operations.len(), operations.iter().map(Message::encoded_len).sum())
    }
}

/// A call under way. Dropped before its end it tells what it knows: its client has stopped waiting.
pub(super) struct Stats<T: Told> {
    method: &'static str,
    remote: SocketAddr,
    began: Instant,
    slow: Duration,
    /// A copy that shares the request's bytes.
    request: T,
    branch: Option<bool>,
    /// Keys of a range, as it counts them, and bytes.
    response: Option<(usize, usize)>,
}

impl<T: Told> Stats<T> {
    /// `None` for calls that come from within the process.
    pub(super) fn begin(method: &'static str, slow: Duration, request: &Request<T>) -> Option<Self> {
        let &Remote(remote) = request.extensions().get()?;
        Some(Self {
            method,
            remote,
            began: Instant::now(),
            slow,
            request: request.get_ref().clone(),
            branch: None,
            response: None,
        })
    }

    /// The call is answered.
    pub(super) fn end(mut self, answer: &Result<Response<KvAnswer>, Status>) {
        if !self.is_told() {
            return;
        }
        self.response = Some(match answer.as_ref().map(Response::get_ref) {
            Ok(answer) => {
                let mut rows = 0;
                match answer {
                    KvAnswer::Range(_, range) => rows = usize::try_from(range.count).unwrap_or_default(),
                    KvAnswer::Txn(_, txn) => self.branch = Some(txn.succeeded),
                    _ => {}
                }
                (rows, answer.wire_len())
            }
            Err(_) => (0, 0),
        });
    }

    fn is_told(&self) -> bool {
        enabled!(Level::DEBUG) || self.began.elapsed() > self.slow
    }
}

impl<T: Told> Drop for Stats<T> {
    fn drop(&mut self) {
        if !self.is_told() {
            return;
        }
        Line {
            spent: self.began.elapsed(),
            remote: Some(self.remote),
            path: self.method,
            request: Some(self.request.size(self.branch)),
            response: self.response,
            content: &Text(&self.request),
        }
        .write();
    }
}

/// The line of a call without contents.
pub(super) fn tell(path: &str, remote: Option<SocketAddr>, spent: Duration, slow: Duration) {
    if enabled!(Level::DEBUG) || spent > slow {
        Line { spent, remote, path, request: None, response: None, content: &"" }.write();
    }
}

struct Line<'call> {
    spent: Duration,
    remote: Option<SocketAddr>,
    path: &'call str,
    /// Count and bytes.
    request: Option<(usize, usize)>,
    response: Option<(usize, usize)>,
    content: &'call dyn std::fmt::Display,
}

impl Line<'_> {
    fn write(&self) {
        let started = local_timestamp(SystemTime::now().checked_sub(self.spent).unwrap_or(SystemTime::UNIX_EPOCH));
        let remote = self.remote.map(|remote| remote.to_string()).unwrap_or_default();
        let shown =
            |size: Option<(usize, usize)>| size.map_or((UNKNOWN, UNKNOWN), |(n, bytes)| (n as i64, bytes as i64));
        let (request, response) = (shown(self.request), shown(self.response));
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    "start time" = started,
                    "time spent" = %GoDuration::from(self.spent),
                    remote,
                    "response type" = self.path,
                    "request count" = request.0,
                    "request size" = request.1,
                    "response count" = response.0,
                    "response size" = response.1,
                    "request content" = %self.content,
                    "request stats"
                )
            };
        }
        // As etcd: where all calls are told of, the slow ones are no warnings.
        if enabled!(Level::DEBUG) { line!(debug) } else { line!(warn) }
    }
}
