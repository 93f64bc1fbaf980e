//! The KV service.

use std::fmt::Display;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use prometheus::Histogram;
use prost::Message;
use tonic::{Request, Response, Status};

use super::access;
use super::check;
use super::codec::WireAnswer;
use super::encode::{KvAnswer, framed_rows, unaddressed_len};
use super::header::header;
use super::stats::{Stats, Told};
use super::status::unexpected;
use crate::apply::txn::{range, range_query, read_txn};
use crate::apply::{Answer, ApplyError, FramedRange, TxnAnswer, gate, warn_slow};
use crate::mvcc::{self, RangeQuery, ReadError};
use crate::pb::encoded::k_v_server::KV;
use crate::pb::etcdserverpb::{
    CompactionRequest, CompactionResponse, DeleteRangeRequest, PutRequest, RangeRequest, TxnRequest,
};
use crate::pb::loggable::Text;
use crate::pb::mvccpb::KeyValue;
use crate::pb::request::{Caller, Request as Proposal};
use crate::pb::rpc_error::RpcError;
use crate::server::caller::Credentials;
use crate::server::{Server, ServerError};
use crate::telemetry::metrics::{op::Op, server::RANGE_SECONDS};
use crate::types::KeyRange;

/// How often a read of the newest state starts again when a compaction overtook its view.
const READ_ATTEMPTS: usize = 50;
/// How long it is given to publish the next view, which ends that compaction's batch.
const READ_PAUSE: Duration = Duration::from_micros(200);
/// Keys that a range may select to be read on the io thread, and their bytes.
const INLINE_ROWS_MAX: usize = 64;
const INLINE_BYTES_MAX: u64 = 256 * 1024;
/// Rows of a stream's first chunk.
const FIRST_CHUNK_ROWS: i64 = 10;

pub struct KvService {
    server: Server,
}

type Answered = Result<Response<KvAnswer>, Status>;

impl KvService {
    pub fn new(server: Server) -> Self {
        Self { server }
    }

    /// Waits for what the range may not miss. Learners answer from what they have, or not at all.
    async fn before_range(&self, serializable: bool) -> Result<(), Status> {
        if serializable {
            return Ok(());
        }
        if self.server.is_learner() {
            return Err(RpcError::NotSupportedForLearner.into());
        }
        Ok(self.server.linearizable().await?)
    }

    /// Reads on the newest view.
    async fn read<T: Send + 'static>(
        &self,
        is_small: bool,
        run: impl Fn(&mvcc::View) -> Result<T, ApplyError> + Send + 'static,
    ) -> Result<T, Status> {
        let server = self.server.clone();
        let run = move || read_newest(&server, &run);
        Ok(if is_small { run() } else { self.server.run_blocking(run).await? }?)
    }

    async fn read_range(&self, request: &RangeRequest, credentials: &Credentials) -> Result<FramedRange, Status> {
        self.before_range(request.serializable).await?;
        let query = range_query(request)?;
        let caller = access::read(&self.server, credentials, &query.range).await?;
        let is_small = is_small(&self.server.view().kv, &query.range);
        let began = Instant::now();
        let answer = self.read(is_small, move |view| Ok(range(view, &query)?)).await;
        let took = began.elapsed();
        RANGE_TIMES[usize::from(answer.is_ok())].observe(took.as_secs_f64());
        if took > self.server.settings().warning_apply {
            let response = answer.as_ref().map(|range| {
                format!("range_response_count:{} size:{}", framed_rows(&range.rows).count(), unaddressed_len(range))
            });
            self.slow_read("read-only range ", &Text(request), took, &response);
        }
        let answer = answer?;
        access::after_read(&self.server, &caller)?;
        Ok(answer)
    }

    async fn read_only_txn(&self, request: TxnRequest, credentials: &Credentials) -> Result<TxnAnswer, Status> {
        if !check::is_serializable(&request) {
            self.server.linearizable().await?;
        }
        let caller = access::read_txn(&self.server, credentials, &request).await?;
        let began = Instant::now();
        // It shares the keys' bytes.
        let asked = request.clone();
        let answer = self.read(is_small_txn(&request), move |view| read_txn(view, &request)).await;
        let took = began.elapsed();
        if took > self.server.settings().warning_apply {
            self.slow_read("read-only txn ", &Text(&asked), took, &answer.as_ref().map(|_| String::new()));
        }
        let answer = answer?;
        access::after_read(&self.server, &caller)?;
        Ok(answer)
    }

    async fn answer_range(&self, request: Request<RangeRequest>) -> Answered {
        let credentials = Credentials::from(&request);
        let request = request.into_inner();
        check::range(&request)?;
        let began = Instant::now();
        let answer = self.read_range(&request, &credentials).await;
        Op::Range.request_took(answer.is_ok(), began.elapsed());
        let answer = answer?;
        Ok(Response::new(KvAnswer::Range(header(&self.server, answer.revision), answer)))
    }

    async fn answer_put(&self, request: Request<PutRequest>) -> Answered {
        let credentials = Credentials::from(&request);
        let request = request.into_inner();
        admit(&self.server, gate::put_cost(&request)).await?;
        check::put(&request)?;
        match self.server.propose(Proposal::Put(request), &credentials).await? {
            Answer::Put(answer) => Ok(Response::new(KvAnswer::Put(header(&self.server, answer.revision), answer))),
            other => Err(unexpected(&other)),
        }
    }

    async fn answer_delete_range(&self, request: Request<DeleteRangeRequest>) -> Answered {
        let credentials = Credentials::from(&request);
        let request = request.into_inner();
        check::delete_range(&request)?;
        match self.server.propose(Proposal::DeleteRange(request), &credentials).await? {
            Answer::DeleteRange(answer) => {
                Ok(Response::new(KvAnswer::DeleteRange(header(&self.server, answer.revision), answer)))
            }
            other => Err(unexpected(&other)),
        }
    }

    async fn answer_txn(&self, request: Request<TxnRequest>) -> Answered {
        let credentials = Credentials::from(&request);
        let request = request.into_inner();
        admit(&self.server, gate::txn_cost(&request)).await?;
        check::txn(&request, self.server.limits().max_txn_ops)?;
        let answer = if check::is_read_only(&request) {
            let began = Instant::now();
            let answer = self.read_only_txn(request, &credentials).await;
            Op::ReadonlyTxn.request_took(answer.is_ok(), began.elapsed());
            answer?
        } else {
            propose_txn(&self.server, request, &credentials).await?
        };
        Ok(Response::new(KvAnswer::Txn(header(&self.server, answer.revision), answer)))
    }

    fn slow_read(
        &self,
        prefix: &'static str,
        request: &dyn Display,
        took: Duration,
        response: &Result<String, &Status>,
    ) {
        let error = response.as_ref().err().map(|status| status.message());
        let response = response.as_deref().unwrap_or_default();
        warn_slow(
            prefix,
            request,
            response,
            took,
            self.server.settings().warning_apply,
            error.as_ref().map(|text| text as _),
        );
    }

    /// Above it a call is told of.
    fn slow(&self) -> Duration {
        self.server.settings().warning_unary_request
    }
}

fn told<T: Told>(stats: Option<Stats<T>>, answer: Answered) -> Answered {
    if let Some(stats) = stats {
        stats.end(&answer);
    }
    answer
}

/// The quota comes before every other check.
pub(super) async fn admit(server: &Server, cost: u64) -> Result<(), Status> {
    let limit = gate::quota_limit(server.limits().quota_backend_bytes);
    if gate::fits(limit, &server.view().kv.store, cost) {
        return Ok(());
    }
    server.raise_no_space().await?;
    Err(RpcError::NoSpace.into())
}

/// The label of [`RANGE_SECONDS`].
static RANGE_TIMES: LazyLock<[Histogram; 2]> =
    LazyLock::new(|| ["false", "true"].map(|success| RANGE_SECONDS.with_label_values(&[success])));

/// Runs `run` on the newest view, again when a compaction overtook that view. An explicit revision that is compacted
/// fails for good: the next view's answer is the same.
fn read_newest<T>(server: &Server, run: &impl Fn(&mvcc::View) -> Result<T, ApplyError>) -> Result<T, ApplyError> {
    let mut attempts = 0;
    loop {
        let view = server.view();
        let outcome = run(&view.kv);
        attempts += 1;
        match &outcome {
            Err(ApplyError::Read(ReadError::Compacted { asked, .. }))
                if *asked == view.kv.revision && attempts < READ_ATTEMPTS =>
            {
                std::thread::sleep(READ_PAUSE);
            }
            _ => return outcome,
        }
    }
}

/// Whether a range is read on the spot: by the number of its keys, and the bytes of an average one.
fn is_small(view: &mvcc::View, range: &KeyRange) -> bool {
    if let KeyRange::One(_) = range {
        return true;
    }
    let Some(rows) = view.store.count_up_to(range, INLINE_ROWS_MAX) else { return false };
    let average_bytes = view.store.size_in_use_bytes() / view.store.keys().max(1) as u64;
    rows as u64 * average_bytes <= INLINE_BYTES_MAX
}

#[tonic::async_trait]
impl KV for KvService {
    async fn range(&self, request: Request<RangeRequest>) -> Answered {
        let stats = Stats::begin("/etcdserverpb.KV/Range", self.slow(), &request);
        told(stats, self.answer_range(request).await)
    }

    type RangeStreamStream = BoxStream<'static, Result<KvAnswer, Status>>;

    async fn range_stream(&self, request: Request<RangeRequest>) -> Result<Response<Self::RangeStreamStream>, Status> {
        let credentials = Credentials::from(&request);
        let request = request.into_inner();
        check::range_stream(&request)?;
        self.before_range(request.serializable).await?;
        let query = range_query(&request)?;
        let caller = access::read(&self.server, &credentials, &query.range).await?;
        let chunks = Chunks::new(self.server.clone(), caller, query);
        let stream = stream::try_unfold(Some(chunks), |chunks| async {
            match chunks {
                Some(chunks) => chunks.next().await.map(Some),
                None => Ok(None),
            }
        });
        Ok(Response::new(stream.boxed()))
    }

    async fn put(&self, request: Request<PutRequest>) -> Answered {
        let stats = Stats::begin("/etcdserverpb.KV/Put", self.slow(), &request);
        told(stats, self.answer_put(request).await)
    }

    async fn delete_range(&self, request: Request<DeleteRangeRequest>) -> Answered {
        let stats = Stats::begin("/etcdserverpb.KV/DeleteRange", self.slow(), &request);
        told(stats, self.answer_delete_range(request).await)
    }

    async fn txn(&self, request: Request<TxnRequest>) -> Answered {
        let stats = Stats::begin("/etcdserverpb.KV/Txn", self.slow(), &request);
        told(stats, self.answer_txn(request).await)
    }

    async fn compact(&self, request: Request<CompactionRequest>) -> Answered {
        let credentials = Credentials::from(&request);
        let request = request.into_inner();
        let outcome = self.server.propose(Proposal::Compaction(request), &credentials).await;
        let was_compacted = matches!(outcome, Err(ServerError::Apply(ApplyError::Read(ReadError::Compacted { .. }))));
        // A refused physical compaction, too, returns only when the running ones are over.
        if request.physical && (outcome.is_ok() || was_compacted) {
            self.server.view().compactions.settled().await;
        }
        match outcome? {
            Answer::Compact { revision } => {
                if request.physical {
                    self.server.barrier(mvcc::Sync::Forced).await?;
                }
                let header = Some(header(&self.server, revision));
                Ok(Response::new(KvAnswer::Compaction(CompactionResponse { header })))
            }
            other => Err(unexpected(&other)),
        }
    }
}

async fn propose_txn(server: &Server, request: TxnRequest, credentials: &Credentials) -> Result<TxnAnswer, Status> {
    match server.propose(Proposal::Txn(request), credentials).await? {
        Answer::Txn(answer) => Ok(answer),
        other => Err(unexpected(&other)),
    }
}

/// Whether all compares and ranges are of single keys.
fn is_small_txn(request: &TxnRequest) -> bool {
    use crate::pb::etcdserverpb::request_op::Request as Op;
    request.compare.iter().all(|compare| compare.range_end.is_empty())
        && request.success.iter().chain(&request.failure).all(|op| match &op.request {
            Some(Op::RequestRange(range)) => range.range_end.is_empty(),
            _ => false,
        })
}

/// A range in chunks that follow the client's pace: each is read when the one before is on its way.
struct Chunks {
    server: Server,
    /// Who may read all of it, while users and roles stay as they are.
    caller: Caller,
    query: RangeQuery,
    /// The revision asked for was 0: it becomes the first chunk's.
    is_pinned_by_first: bool,
    /// The revision of the first chunk's view; 0 before it.
    header_revision: i64,
    /// Rows of the next chunk.
    chunk_rows: i64,
    /// Rows still wanted; `None` for all.
    left: Option<i64>,
    /// Rows sent.
    sent: i64,
}

impl Chunks {
    fn new(server: Server, caller: Caller, query: RangeQuery) -> Self {
        Self {
            server,
            caller,
            is_pinned_by_first: query.revision == 0,
            header_revision: 0,
            chunk_rows: FIRST_CHUNK_ROWS,
            left: (query.limit > 0).then_some(query.limit),
            sent: 0,
            query,
        }
    }

    /// The next chunk, and what comes after it.
    async fn next(mut self) -> Result<(KvAnswer, Option<Self>), Status> {
        self.query.limit = self.left.map_or(self.chunk_rows, |left| left.min(self.chunk_rows));
        let is_small = is_small(&self.server.view().kv, &self.query.range);
        let (server, query) = (self.server.clone(), self.query.clone());
        let run = move || read_newest(&server, &|view| Ok(range(view, &query)?));
        let mut found = if is_small { run() } else { self.server.run_blocking(run).await? }?;
        access::after_read(&self.server, &self.caller)?;
        if self.header_revision == 0 {
            self.header_revision = found.revision;
            if self.is_pinned_by_first {
                self.query.revision = found.revision;
            }
        }
        let (number, last) = framed_rows(&found.rows).fold((0, None), |(number, _), row| (number + 1, Some(row)));
        let left = self.left.map(|left| left - number);
        let is_last = !found.more || left == Some(0);
        let Some(last) = last.filter(|_| !is_last) else {
            // The last range counted the rest.
            found.count += self.sent;
            return Ok((KvAnswer::RangeEnd(header(&self.server, self.header_revision), found), None));
        };
        self.query.range = after(&self.query.range, last)?;
        self.left = left;
        self.sent += number;
        let chunk = KvAnswer::RangeChunk(found.rows);
        self.chunk_rows = next_chunk_rows(self.chunk_rows, chunk.wire_len(), self.server.limits().max_request_bytes);
        Ok((chunk, Some(self)))
    }
}

/// Chunks grow while they are small against a request's largest size, and shrink when they are over twice that.
fn next_chunk_rows(rows: i64, encoded_bytes: usize, request_bytes_max: usize) -> i64 {
    if encoded_bytes < request_bytes_max / 2 {
        rows.saturating_mul(2)
    } else if encoded_bytes > request_bytes_max.saturating_mul(2) {
        (rows / 2).max(1)
    } else {
        rows
    }
}

/// The part of `range` after the key of `row`.
fn after(range: &KeyRange, row: &[u8]) -> Result<KeyRange, Status> {
    let kv = KeyValue::decode(row)
        .map_err(|error| ReadError::Backend(format!("a row of bucket key is no KeyValue: {error}")))?;
    let start: Bytes = [&kv.key[..], &[0]].concat().into();
    Ok(match range {
        KeyRange::One(_) | KeyRange::From(_) => KeyRange::From(start),
        KeyRange::Span { end, .. } => KeyRange::Span { start, end: end.clone() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As seen with values of 3 kB and requests of at most 100,000 bytes: 10, 20, then the rest.
    #[test]
    fn chunks_follow_their_size() {
        for (rows, bytes, wanted, why) in [
            (10, 30_300, 20, "small: doubled"),
            (20, 60_600, 20, "between: kept"),
            (20, 200_001, 10, "over twice the limit: halved"),
            (1, 1_000_000, 1, "at least one"),
        ] {
            assert_eq!(next_chunk_rows(rows, bytes, 100_000), wanted, "{why}");
        }
    }
}
