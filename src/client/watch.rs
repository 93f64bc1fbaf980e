//! Watches over one stream: created one at a time, and created anew from their next revision when the stream breaks.
//!
//! [`Watcher`] is the handle; a task of its own holds the stream. Each watch gets its answers through a queue of its
//! own. A reader that lets its queue fill up holds up nobody else: its watch is ended at the server, and created anew
//! from its next revision when there is room. So nothing is lost, and memory is bounded.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    task::{AbortHandle, JoinSet},
};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Code, Status, Streaming, metadata::MetadataValue};

use super::{
    Client, ClientError,
    error::{is_broken, is_unsent},
    op::prefix_end,
    token::Attached,
};
use crate::pb::{
    etcdserverpb::{
        ResponseHeader, WatchCancelRequest, WatchCreateRequest, WatchProgressRequest, WatchRequest as Message,
        WatchResponse, watch_client::WatchClient, watch_create_request::FilterType, watch_request::RequestUnion,
    },
    mvccpb::Event,
    rpc_error::RpcError,
};

/// Answers that may wait for the reader of one watch.
const QUEUE: usize = 256;
/// Pauses before a broken stream is opened again.
const REOPEN_PAUSE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(100));

/// What to watch.
///
/// ```
/// use rsetcd::client::WatchRequest;
/// let jobs = WatchRequest::new("jobs/").prefix().start_revision(17).prev_kv();
/// ```
#[derive(Clone, Debug, Default)]
pub struct WatchRequest {
    /// The key, or the first one.
    pub key: Vec<u8>,
    /// End of the range, not in it; empty for one key, `\0` for all keys from `key` on.
    pub range_end: Vec<u8>,
    /// First revision of interest; 0 means from now on.
    pub start_revision: i64,
    /// Events carry the value before them.
    pub prev_kv: bool,
    /// The server says from time to time how far it is.
    pub progress_notify: bool,
    /// Puts are left out.
    pub no_puts: bool,
    /// Deletions are left out.
    pub no_deletes: bool,
}

impl WatchRequest {
    /// Watches this key from now on.
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), ..Self::default() }
    }

    /// Watches all keys that begin with the key; all keys if it is empty.
    #[must_use]
    pub fn prefix(mut self) -> Self {
        if self.key.is_empty() {
            return self.from_key();
        }
        self.range_end = prefix_end(&self.key);
        self
    }

    /// Watches the key and all after it.
    #[must_use]
    pub fn from_key(mut self) -> Self {
        if self.key.is_empty() {
            self.key = vec![0];
        }
        self.range_end = vec![0];
        self
    }

    /// Watches the keys from the key on that come before `end`.
    #[must_use]
    pub fn until(mut self, end: impl Into<Vec<u8>>) -> Self {
        self.range_end = end.into();
        self
    }

    /// Begins with this revision, which may be in the past.
    #[must_use]
    pub fn start_revision(self, start_revision: i64) -> Self {
        Self { start_revision, ..self }
    }

    /// Wants the values before the events.
    #[must_use]
    pub fn prev_kv(self) -> Self {
        Self { prev_kv: true, ..self }
    }

    /// Wants to be told from time to time how far the server is.
    #[must_use]
    pub fn progress_notify(self) -> Self {
        Self { progress_notify: true, ..self }
    }

    /// Leaves out puts.
    #[must_use]
    pub fn no_puts(self) -> Self {
        Self { no_puts: true, ..self }
    }

    /// Leaves out deletions.
    #[must_use]
    pub fn no_deletes(self) -> Self {
        Self { no_deletes: true, ..self }
    }
}

/// One answer to a watch.
#[derive(Clone, Debug, Default)]
pub struct WatchEvent {
    /// State of the cluster when the server sent it.
    pub header: ResponseHeader,
    /// What happened, in order; never a part of a revision.
    pub events: Vec<Event>,
    /// Not 0 when the start revision is compacted: the oldest one that can be watched.
    pub compact_revision: i64,
    /// The watch is over.
    pub canceled: bool,
    /// Why, if the server or the stream said so.
    pub cancel_reason: String,
}

impl WatchEvent {
    /// Whether this only says how far the server is.
    pub fn is_progress(&self) -> bool {
        self.events.is_empty() && !self.canceled && self.compact_revision == 0 && self.header.revision != 0
    }

    /// Why the watch is over.
    pub fn error(&self) -> Option<String> {
        if self.compact_revision != 0 {
            Some(RpcError::Compacted.text().into())
        } else if !self.canceled {
            None
        } else if self.cancel_reason.is_empty() {
            Some(RpcError::FutureRevision.text().into())
        } else {
            Some(self.cancel_reason.clone())
        }
    }
}

enum Command {
    Watch(WatchRequest, mpsc::Sender<WatchEvent>),
    Progress,
}

/// A handle to watches that share one stream. The stream ends when the handle and all watches are dropped.
#[derive(Clone)]
pub struct Watcher {
    commands: mpsc::UnboundedSender<Command>,
}

impl Watcher {
    /// Starts the task that holds the stream; it is opened with the first watch.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(client: Client) -> Self {
        let (commands, inbox) = mpsc::unbounded_channel();
        let task = Task {
            client: client.detached(),
            inbox,
            watches: Vec::new(),
            creating: VecDeque::new(),
            next_number: 0,
            wakes: JoinSet::new(),
            attached: Attached::default(),
        };
        tokio::spawn(task.run());
        Self { commands }
    }

    /// Begins a watch; the queue ends after the answer that is `canceled`. Dropping the queue ends the watch.
    pub fn watch(&self, request: WatchRequest) -> mpsc::Receiver<WatchEvent> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        // The task lives as long as this handle.
        let _ = self.commands.send(Command::Watch(request, sender));
        receiver
    }

    /// Asks the server how far it is; the answer goes to all watches.
    pub fn request_progress(&self) {
        let _ = self.commands.send(Command::Progress);
    }
}

impl Client {
    /// Begins a watch on the stream that all watches of this client and its clones share. Dropping the queue ends it.
    /// It goes on when the stream breaks or the cluster has no leader for a while, and misses nothing.
    ///
    /// ```no_run
    /// # async fn example(client: rsetcd::client::Client) {
    /// use rsetcd::client::WatchRequest;
    ///
    /// let mut watch = client.watch(WatchRequest::new("config/").prefix());
    /// while let Some(answer) = watch.recv().await {
    ///     if let Some(reason) = answer.error() {
    ///         eprintln!("the watch is over: {reason}");
    ///     }
    ///     for event in answer.events {
    ///         println!("{event:?}");
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn watch(&self, request: WatchRequest) -> mpsc::Receiver<WatchEvent> {
        self.watcher().watch(request)
    }
}

struct Watch {
    /// Ours, never used twice.
    number: u64,
    request: WatchRequest,
    /// First revision not delivered yet; 0 while the server has not said what "now" is.
    next_revision: i64,
    /// The server's number for it on the present stream.
    id: Option<i64>,
    /// Fragments of one answer, until the last one is there.
    fragments: Vec<Event>,
    events: mpsc::Sender<WatchEvent>,
    /// The answer that found the queue full.
    waiting: Option<WatchEvent>,
    /// It was refused for its token, and tried again with a new one.
    renewed: bool,
    /// Waits for the end of interest.
    closed: AbortHandle,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.closed.abort();
    }
}

/// What happened to the queue of a watch.
enum Wake {
    Closed(u64),
    Room(u64, mpsc::OwnedPermit<WatchEvent>),
}

struct Task {
    client: Client,
    inbox: mpsc::UnboundedReceiver<Command>,
    watches: Vec<Watch>,
    /// Numbers of watches still to be created on this stream, in order; the first one was sent.
    creating: VecDeque<u64>,
    next_number: u64,
    wakes: JoinSet<Wake>,
    /// The token of the present stream.
    attached: Attached,
}

struct Stream {
    requests: mpsc::UnboundedSender<Message>,
    answers: Streaming<WatchResponse>,
}

impl Stream {
    fn send(&self, union: RequestUnion) {
        // A stream that is gone is noticed by its answers.
        let _ = self.requests.send(Message { request_union: Some(union) });
    }
}

/// How the work on one stream ended.
enum End {
    /// Nobody is interested any more.
    Done,
    Broken(Status),
    /// A watch was refused for the stream's token.
    OldToken,
}

impl Task {
    async fn run(mut self) {
        let mut pause = REOPEN_PAUSE.0;
        loop {
            while self.watches.is_empty() {
                match self.inbox.recv().await {
                    Some(Command::Watch(request, events)) => self.add(request, events),
                    Some(Command::Progress) => {}
                    None => return,
                }
            }
            let end = match self.open().await {
                Ok(stream) => {
                    pause = REOPEN_PAUSE.0;
                    self.serve(stream).await
                }
                Err(status) => End::Broken(status),
            };
            let status = match end {
                End::Done => return,
                End::Broken(status) => status,
                End::OldToken => match self.client.renew(&self.attached).await {
                    Ok(()) => continue,
                    Err(error) => error.to_status(),
                },
            };
            let is_over = self.client.requires_leader() && status.message() == RpcError::NoLeader.text();
            let passing = is_broken(&status) || matches!(status.code(), Code::Unavailable | Code::Internal);
            if is_over || !passing {
                self.halt(&status);
                continue;
            }
            tokio::time::sleep(pause).await;
            pause = pause.mul_f64(1.25).min(REOPEN_PAUSE.1);
        }
    }

    fn add(&mut self, request: WatchRequest, events: mpsc::Sender<WatchEvent>) {
        let number = self.next_number;
        self.next_number += 1;
        let sender = events.clone();
        let closed = self.wakes.spawn(async move {
            sender.closed().await;
            Wake::Closed(number)
        });
        let next_revision = request.start_revision;
        let (id, fragments, waiting) = (None, Vec::new(), None);
        let watch = Watch { number, request, next_revision, id, fragments, events, waiting, renewed: false, closed };
        self.watches.push(watch);
        self.creating.push_back(number);
    }

    fn position(&self, number: u64) -> Option<usize> {
        self.watches.iter().position(|watch| watch.number == number)
    }

    /// Opens the stream with the first of the watches to create, since a server may answer only then.
    async fn open(&mut self) -> Result<Stream, Status> {
        self.watches.retain(|watch| !watch.events.is_closed());
        for watch in &mut self.watches {
            watch.id = None;
            watch.fragments.clear();
        }
        self.creating = self.watches.iter().filter(|watch| watch.waiting.is_none()).map(|watch| watch.number).collect();
        loop {
            let (requests, receiver) = mpsc::unbounded_channel();
            self.attached = self.client.stream_token().await.map_err(|error| error.to_status())?;
            let mut request = self.client.request(UnboundedReceiverStream::new(receiver), &self.attached, None);
            // A member without a leader hears of nothing: another one may.
            request.metadata_mut().insert("hasleader", MetadataValue::from_static("true"));
            if let Some(create) = self.next_create() {
                let _ = requests.send(Message { request_union: Some(create) });
            }
            let picked = self.client.pick().await;
            let mut client =
                WatchClient::new(picked.channel.clone()).max_decoding_message_size(self.client.limits.receive);
            match client.watch(request).await {
                Ok(answers) => return Ok(Stream { requests, answers: answers.into_inner() }),
                Err(status) if is_unsent(&status) => self.client.lost(&picked),
                Err(status) => return Err(status),
            }
        }
    }

    /// The message that creates the first of the watches to create; those that are gone are passed over.
    fn next_create(&mut self) -> Option<RequestUnion> {
        loop {
            let at = match self.position(*self.creating.front()?) {
                Some(at) => at,
                None => {
                    self.creating.pop_front();
                    continue;
                }
            };
            let Watch { request, next_revision, .. } = &self.watches[at];
            let filters = [(request.no_puts, FilterType::Noput), (request.no_deletes, FilterType::Nodelete)];
            return Some(RequestUnion::CreateRequest(WatchCreateRequest {
                key: Bytes::from(request.key.clone()),
                range_end: Bytes::from(request.range_end.clone()),
                start_revision: *next_revision,
                prev_kv: request.prev_kv,
                progress_notify: request.progress_notify,
                filters: filters.into_iter().filter(|(set, _)| *set).map(|(_, filter)| filter as i32).collect(),
                fragment: true,
                watch_id: 0,
            }));
        }
    }

    /// Creates what is first in line, if nothing else was.
    fn create_if_first(&mut self, stream: &Stream) {
        if self.creating.len() == 1
            && let Some(create) = self.next_create()
        {
            stream.send(create);
        }
    }

    async fn serve(&mut self, mut stream: Stream) -> End {
        let mut open = true;
        loop {
            if !open && self.watches.is_empty() {
                return End::Done;
            }
            tokio::select! {
                command = self.inbox.recv(), if open => match command {
                    Some(Command::Watch(request, events)) => {
                        self.add(request, events);
                        self.create_if_first(&stream);
                    }
                    Some(Command::Progress) => stream.send(RequestUnion::ProgressRequest(WatchProgressRequest {})),
                    None => open = false,
                },
                Some(wake) = self.wakes.join_next() => match wake {
                    Ok(Wake::Closed(number)) => self.forget(number, &stream),
                    Ok(Wake::Room(number, room)) => self.resume(number, room, &stream),
                    // Only those are aborted that nobody wants any more.
                    Err(_) => {}
                },
                answer = stream.answers.message() => match answer {
                    Ok(Some(answer)) => {
                        let was_created = answer.created;
                        if !self.deliver(answer, &stream) {
                            return End::OldToken;
                        }
                        if was_created && let Some(create) = self.next_create() {
                            stream.send(create);
                        }
                    }
                    Ok(None) => return End::Broken(Status::unavailable("the server ended the watch stream")),
                    Err(status) => return End::Broken(status),
                },
            }
        }
    }

    /// Drops a watch whose reader is gone. One that is being created right now is ended when its number is known.
    fn forget(&mut self, number: u64, stream: &Stream) {
        if self.creating.front() == Some(&number) {
            return;
        }
        self.creating.retain(|&creating| creating != number);
        if let Some(at) = self.position(number) {
            let watch = self.watches.remove(at);
            if let Some(watch_id) = watch.id {
                stream.send(RequestUnion::CancelRequest(WatchCancelRequest { watch_id }));
            }
        }
    }

    /// Goes on with a watch whose queue was full.
    fn resume(&mut self, number: u64, room: mpsc::OwnedPermit<WatchEvent>, stream: &Stream) {
        let Some(at) = self.position(number) else { return };
        if let Some(event) = self.watches[at].waiting.take() {
            room.send(event);
        }
        self.creating.push_back(number);
        self.create_if_first(stream);
    }

    /// Gives an answer to whom it is for. `false` when it says that the token of the stream is no longer taken.
    fn deliver(&mut self, answer: WatchResponse, stream: &Stream) -> bool {
        if answer.created {
            return self.created(answer, stream);
        }
        // Number -1 speaks of all watches.
        let to_all = answer.watch_id == -1 && answer.events.is_empty() && !answer.canceled;
        let mut at = 0;
        while at < self.watches.len() {
            let watch = &mut self.watches[at];
            if watch.id.is_none() || !(to_all || watch.id == Some(answer.watch_id)) {
                at += 1;
                continue;
            }
            if !to_all && answer.canceled {
                if answer.compact_revision != 0 {
                    // The server has ended it and still counts it: it answers no progress requests until it hears so.
                    stream.send(RequestUnion::CancelRequest(WatchCancelRequest { watch_id: answer.watch_id }));
                }
                self.finish(at, answer);
                return true;
            }
            let Some(event) = watch.receive(answer.clone()) else { return true };
            match watch.events.try_send(event) {
                Ok(()) => {}
                // Nothing is lost with it.
                Err(TrySendError::Full(event)) if event.is_progress() => {}
                Err(TrySendError::Full(event)) => {
                    if let Some(watch_id) = watch.id.take() {
                        stream.send(RequestUnion::CancelRequest(WatchCancelRequest { watch_id }));
                    }
                    watch.waiting = Some(event);
                    let (number, sender) = (watch.number, watch.events.clone());
                    self.wakes.spawn(async move {
                        match sender.reserve_owned().await {
                            Ok(room) => Wake::Room(number, room),
                            Err(_) => Wake::Closed(number),
                        }
                    });
                }
                // Its end is on its way to us.
                Err(TrySendError::Closed(_)) => {}
            }
            at += 1;
        }
        true
    }

    fn created(&mut self, answer: WatchResponse, stream: &Stream) -> bool {
        let number = self.creating.pop_front();
        let Some(at) = number.and_then(|number| self.position(number)) else { return true };
        let watch = &mut self.watches[at];
        if answer.canceled {
            if !watch.renewed && is_token_refusal(&answer.cancel_reason, &self.attached) && self.client.can_log_in() {
                watch.renewed = true;
                return false;
            }
            self.finish(at, answer);
            return true;
        }
        watch.id = Some(answer.watch_id);
        watch.renewed = false;
        if watch.next_revision == 0 {
            watch.next_revision = answer.header.as_ref().map_or(0, |header| header.revision) + 1;
        }
        if watch.events.is_closed() {
            let number = watch.number;
            self.forget(number, stream);
        }
        true
    }

    /// Gives the last answer to a watch and forgets it, on this stream and the next ones.
    fn finish(&mut self, at: usize, answer: WatchResponse) {
        let event = WatchEvent {
            header: answer.header.unwrap_or_default(),
            events: answer.events,
            compact_revision: answer.compact_revision,
            canceled: true,
            cancel_reason: answer.cancel_reason,
        };
        send_last(&self.watches.remove(at), event);
    }

    /// Ends all watches: the stream cannot be opened again.
    fn halt(&mut self, status: &Status) {
        let reason = ClientError::from_status(status, false).to_string();
        self.creating.clear();
        for watch in self.watches.drain(..) {
            let event = WatchEvent { canceled: true, cancel_reason: reason.clone(), ..WatchEvent::default() };
            send_last(&watch, event);
        }
    }
}

/// The last answer waits for a slow reader on its own.
fn send_last(watch: &Watch, event: WatchEvent) {
    if let Err(TrySendError::Full(event)) = watch.events.try_send(event) {
        let events = watch.events.clone();
        tokio::spawn(async move { events.send(event).await });
    }
}

/// Whether a watch was refused for the token of its stream. An etcd before 3.5.10 calls every refusal a lack of
/// permission, so that an old token may be meant.
fn is_token_refusal(reason: &str, attached: &Attached) -> bool {
    let renewable = [RpcError::InvalidAuthToken, RpcError::AuthOldRevision, RpcError::UserEmpty];
    renewable.iter().any(|error| reason.ends_with(error.text()))
        || (reason.ends_with(RpcError::PermissionDenied.text()) && attached.is_old())
}

impl Watch {
    /// What the reader is to see of an answer, if it is whole.
    fn receive(&mut self, mut answer: WatchResponse) -> Option<WatchEvent> {
        self.fragments.append(&mut answer.events);
        if answer.fragment {
            return None;
        }
        let header = answer.header.unwrap_or_default();
        let events = std::mem::take(&mut self.fragments);
        if let Some(last) = events.last() {
            self.next_revision = revision(last) + 1;
        } else if answer.watch_id == self.id.unwrap_or(-1) {
            // Progress of this very watch. What is said to all of them counts for nothing here: an etcd before 3.6
            // says it to watches that have not caught up, too.
            self.next_revision = self.next_revision.max(header.revision + 1);
        }
        Some(WatchEvent { header, events, ..WatchEvent::default() })
    }
}

fn revision(event: &Event) -> i64 {
    event.kv.as_ref().map_or(0, |kv| kv.mod_revision)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::mvccpb::KeyValue;

    fn answer(revision: i64, events: &[i64]) -> WatchResponse {
        let event = |&mod_revision: &i64| Event {
            kv: Some(KeyValue { mod_revision, ..KeyValue::default() }),
            ..Event::default()
        };
        WatchResponse {
            header: Some(ResponseHeader { revision, ..ResponseHeader::default() }),
            watch_id: 7,
            events: events.iter().map(event).collect(),
            ..WatchResponse::default()
        }
    }

    #[tokio::test]
    async fn a_watch_goes_on_after_what_it_has_delivered() {
        let mut watch = Watch {
            number: 0,
            request: WatchRequest::default(),
            next_revision: 3,
            id: Some(7),
            fragments: Vec::new(),
            events: mpsc::channel(1).0,
            waiting: None,
            renewed: false,
            closed: tokio::spawn(async {}).abort_handle(),
        };
        // Half of an answer delivers nothing and moves nothing.
        assert!(watch.receive(WatchResponse { fragment: true, ..answer(9, &[3]) }).is_none());
        assert_eq!(watch.next_revision, 3);
        assert_eq!(watch.receive(answer(9, &[4])).map(|event| event.events.len()), Some(2));
        assert_eq!(watch.next_revision, 5);
        // Progress said to all watches does not tell how far this one is.
        watch.receive(WatchResponse { watch_id: -1, ..answer(9, &[]) });
        assert_eq!(watch.next_revision, 5);
        assert!(watch.receive(answer(9, &[])).is_some_and(|event| event.is_progress()));
        assert_eq!(watch.next_revision, 10);
    }

    #[test]
    fn the_end_of_a_watch_has_a_reason() {
        let ended = |compact_revision, reason: &str| WatchEvent {
            compact_revision,
            canceled: true,
            cancel_reason: reason.into(),
            ..WatchEvent::default()
        };
        for (event, text) in [
            (ended(5, ""), Some("etcdserver: mvcc: required revision has been compacted")),
            (ended(0, ""), Some("etcdserver: mvcc: required revision is a future revision")),
            (ended(0, "etcdserver: no leader"), Some("etcdserver: no leader")),
            (WatchEvent::default(), None),
        ] {
            assert_eq!(event.error().as_deref(), text);
        }
    }
}
