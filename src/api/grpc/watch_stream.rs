//! One client's watch stream: checks its requests, gives its watchers their ids, and passes what the hub answers.
//!
//! Polled by the connection alone, without a task of its own. A client that has half-closed the stream still gets
//! its events.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use ahash::HashSet;
use bytes::Bytes;
use prost::encoding::{DecodeContext, decode_key, skip_field};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_stream::Stream;
use tonic::Status;

use super::codec::Encoded;
use super::watch::WatchSettings;
use crate::mvcc::watch::hub::{Command, Create};
use crate::mvcc::watch::watcher::Filters;
use crate::pb::etcdserverpb::watch_create_request::FilterType;
use crate::pb::etcdserverpb::watch_request::RequestUnion;
use crate::pb::etcdserverpb::{WatchCreateRequest, WatchRequest};
use crate::pb::rpc_error::RpcError;
use crate::server::caller::Credentials;
use crate::server::watch::{HubStream, Stopped};
use crate::telemetry::metrics::server as metrics;
use crate::types::KeyRange;

/// Requests are not read while this many of the stream wait for their answers.
const UNANSWERED_MAX: usize = 1024;
/// Responses between two looks at the client's requests while there is something to send.
const RESPONSES_PER_LOOK: u32 = 16;
/// Looks in a row without a leader after which a stream that asked for one ends.
const LEADERLESS_LOOKS_MAX: u32 = 3;

const EMPTY_RANGE: &str = "mvcc: watcher range is empty";
const DUPLICATE_ID: &str = "mvcc: duplicate watch ID provided on the WatchStream";

/// The responses of one watch stream.
pub struct WatchStream<Requests> {
    /// `None` once the client has half-closed.
    requests: Option<Requests>,
    hub: HubStream,
    settings: Arc<WatchSettings>,
    /// Of the call: they hold for all its watchers.
    credentials: Credentials,
    ids: Ids,
    opened: Instant,
    /// Set with the first watcher that wants to hear of progress.
    progress: Option<Interval>,
    leader: Option<LeaderWatch>,
    until_look: u32,
    /// The response that the connection has taken and may not have written yet.
    sending: Option<Sending>,
    has_ended: bool,
}

impl<Requests> WatchStream<Requests>
where
    Requests: Stream<Item = Result<WatchRequest, Status>> + Unpin,
{
    /// `needs_leader`: the stream ends when the member has no leader for a while.
    pub fn new(
        requests: Requests,
        hub: HubStream,
        settings: Arc<WatchSettings>,
        credentials: Credentials,
        needs_leader: bool,
    ) -> Self {
        let leader = needs_leader.then(|| LeaderWatch::new(&settings));
        Self {
            requests: Some(requests),
            hub,
            settings,
            credentials,
            ids: Ids::default(),
            opened: Instant::now(),
            progress: None,
            leader,
            until_look: 0,
            sending: None,
            has_ended: false,
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Bytes, Status>> {
        if self.until_look == 0 {
            self.poll_timers(context)?;
            self.poll_requests(context)?;
        }
        let polled = self.hub.poll_response(context);
        if polled.is_ready() {
            self.until_look = self.until_look.checked_sub(1).unwrap_or(RESPONSES_PER_LOOK);
            return polled.map_err(|Stopped| RpcError::ServerStopped.status());
        }
        // Before sleeping, everything that may wake the stream must have been polled, and requests that were left
        // unread for too many answers must be read again: the hub has just told how many are out.
        self.until_look = 0;
        self.poll_timers(context)?;
        self.poll_requests(context)?;
        Poll::Pending
    }

    fn poll_timers(&mut self, context: &mut Context<'_>) -> Result<(), Status> {
        if let Some(leader) = &mut self.leader {
            leader.poll(&self.settings, context)?;
        }
        if let Some(progress) = &mut self.progress {
            while progress.poll_tick(context).is_ready() {
                let _timer = metrics::WATCH_PROGRESS_SECONDS.start_timer();
                self.hub.tick();
            }
        }
        Ok(())
    }

    fn poll_requests(&mut self, context: &mut Context<'_>) -> Result<(), Status> {
        while self.hub.unanswered() < UNANSWERED_MAX
            && let Some(requests) = &mut self.requests
        {
            match Pin::new(requests).poll_next(context) {
                Poll::Ready(Some(request)) => self.receive(request?),
                Poll::Ready(None) => self.requests = None,
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    fn receive(&mut self, request: WatchRequest) {
        match request.request_union {
            Some(RequestUnion::CreateRequest(create)) => {
                let command = match self.check(create) {
                    Ok(create) => Command::Create(create),
                    Err(reason) => Command::Refuse(reason),
                };
                self.hub.command(command);
            }
            Some(RequestUnion::CancelRequest(cancel)) => self.cancel(cancel.watch_id),
            Some(RequestUnion::ProgressRequest(_)) => self.hub.command(Command::Progress),
            None => {}
        }
    }

    /// An id that is not taken is passed over in silence.
    fn cancel(&mut self, id: i64) {
        if self.ids.release(id) {
            self.hub.command(Command::Cancel(id));
        }
    }

    /// Checks in etcd's order: start, permission, range, id.
    fn check(&mut self, request: WatchCreateRequest) -> Result<Create, String> {
        if request.start_revision < 0 {
            return Err(RpcError::Compacted.text().into());
        }
        // Copied: a slice would keep the whole receive buffer.
        let key = Bytes::copy_from_slice(if request.key.is_empty() { b"\0" } else { &request.key });
        let range_end = Bytes::copy_from_slice(&request.range_end);
        let range = KeyRange::parse(key, range_end).expect("the key is not empty");
        (self.settings.permit)(&self.credentials, &range)?;
        if matches!(&range, KeyRange::Span { start, end } if start >= end) {
            return Err(EMPTY_RANGE.into());
        }
        let id = self.ids.take(request.watch_id).ok_or(DUPLICATE_ID)?;
        if request.progress_notify && self.progress.is_none() {
            self.progress = Some(self.progress_ticker());
        }
        let has_filter = |filter: FilterType| request.filters.contains(&(filter as i32));
        Ok(Create {
            id,
            range,
            start: request.start_revision,
            published: self.hub.published(),
            filters: Filters { no_put: has_filter(FilterType::Noput), no_delete: has_filter(FilterType::Nodelete) },
            prev_kv: request.prev_kv,
            progress_notify: request.progress_notify,
            fragment: request.fragment,
        })
    }

    /// Ticks since the stream's start, up to a tenth later than asked so that streams do not tick together.
    fn progress_ticker(&self) -> Interval {
        let period = self.settings.progress_interval.mul_f64(1.0 + 0.1 * rand::random::<f64>());
        let ticks = self.opened.elapsed().div_duration_f64(period).floor() + 1.0;
        let mut interval = interval_at(self.opened + period.mul_f64(ticks), period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
        interval
    }
}

impl<Requests> Stream for WatchStream<Requests>
where
    Requests: Stream<Item = Result<WatchRequest, Status>> + Unpin,
{
    type Item = Result<Encoded, Status>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let stream = self.get_mut();
        // The connection asks for the next response when it has written the one before.
        if let Some(sending) = stream.sending.take() {
            sending.end();
        }
        if stream.has_ended {
            return Poll::Ready(None);
        }
        let polled = stream.poll(context);
        stream.has_ended = matches!(polled, Poll::Ready(Err(_)));
        if let Poll::Ready(Ok(response)) = &polled {
            stream.sending = Some(Sending { kind: Kind::of(response), since: std::time::Instant::now() });
        }
        polled.map(|response| Some(response.map(Encoded)))
    }
}

/// A response on its way out, for the metrics.
struct Sending {
    kind: Kind,
    since: std::time::Instant,
}

impl Sending {
    fn end(self) {
        let seconds = self.since.elapsed().as_secs_f64();
        match self.kind {
            Kind::Control => metrics::WATCH_CONTROL_SECONDS.observe(seconds),
            Kind::Events(events) => {
                metrics::WATCH_SEND_SECONDS.observe(seconds);
                if events > 0 {
                    metrics::WATCH_SEND_PER_EVENT_SECONDS.observe(seconds / events as f64);
                }
            }
        }
    }
}

/// What an encoded `WatchResponse` is.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// Created or canceled.
    Control,
    /// That many; none tells of progress.
    Events(usize),
}

impl Kind {
    fn of(mut response: &[u8]) -> Self {
        const CREATED: u32 = 3;
        const CANCELED: u32 = 4;
        const EVENTS: u32 = 11;
        let mut events = 0;
        // Our own encoding: what cannot be read cannot be there.
        while let Ok((number, wire)) = decode_key(&mut response) {
            match number {
                CREATED | CANCELED => return Self::Control,
                EVENTS => events += 1,
                _ => {}
            }
            if skip_field(wire, number, &mut response, DecodeContext::default()).is_err() {
                break;
            }
        }
        Self::Events(events)
    }
}

/// The watch ids in use on a stream.
#[derive(Debug, Default)]
struct Ids {
    taken: HashSet<i64>,
    /// Goes up only.
    next: i64,
}

impl Ids {
    /// The id asked for, or the next free one for 0; `None` if it is in use.
    fn take(&mut self, asked: i64) -> Option<i64> {
        if asked != 0 {
            return self.taken.insert(asked).then_some(asked);
        }
        loop {
            let id = self.next;
            self.next += 1;
            if self.taken.insert(id) {
                return Some(id);
            }
        }
    }

    /// Whether it was in use.
    fn release(&mut self, id: i64) -> bool {
        self.taken.remove(&id)
    }
}

/// Looks once in an election timeout whether there is a leader.
struct LeaderWatch {
    interval: Interval,
    leaderless_looks: u32,
}

impl LeaderWatch {
    fn new(settings: &WatchSettings) -> Self {
        let period = settings.election_timeout;
        Self { interval: interval_at(Instant::now() + period, period), leaderless_looks: 0 }
    }

    fn poll(&mut self, settings: &WatchSettings, context: &mut Context<'_>) -> Result<(), Status> {
        while self.interval.poll_tick(context).is_ready() {
            self.leaderless_looks = if (settings.has_leader)() { 0 } else { self.leaderless_looks + 1 };
            if self.leaderless_looks >= LEADERLESS_LOOKS_MAX {
                return Err(RpcError::NoLeader.status());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::pb::etcdserverpb::{ResponseHeader, WatchResponse};
    use crate::pb::mvccpb::Event;

    #[test]
    fn responses_are_told_apart_by_their_bytes() {
        let header = Some(ResponseHeader { cluster_id: u64::MAX, revision: 7, ..Default::default() });
        let response = || WatchResponse { header, watch_id: -1, ..Default::default() };
        let events = |number| vec![Event { kv: Some(Default::default()), ..Default::default() }; number];
        for (response, kind) in [
            (WatchResponse { created: true, ..response() }, Kind::Control),
            (WatchResponse { canceled: true, compact_revision: 5, ..response() }, Kind::Control),
            (response(), Kind::Events(0)),
            (WatchResponse { events: events(1), ..response() }, Kind::Events(1)),
            (WatchResponse { events: events(300), fragment: true, ..response() }, Kind::Events(300)),
        ] {
            assert_eq!(Kind::of(&response.encode_to_vec()), kind, "{response:?}");
        }
    }

    #[test]
    fn ids_are_taken_once_and_the_counter_only_goes_up() {
        let mut ids = Ids::default();
        assert_eq!(ids.take(0), Some(0));
        assert_eq!(ids.take(1), Some(1));
        assert_eq!(ids.take(1), None, "in use");
        assert_eq!(ids.take(-7), Some(-7), "negative ones are used as given");
        assert_eq!(ids.take(0), Some(2), "1 is in use");
        assert!(ids.release(2));
        assert!(!ids.release(2));
        assert_eq!(ids.take(0), Some(3), "never goes back");
    }
}
