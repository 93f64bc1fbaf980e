//! Watches over one stream: created one at a time, and created anew from their next revision when the stream breaks.
//!
//! [`Watcher`] is the handle; a task of its own holds the stream. Each watch gets its answers through a queue of its
//! own: the task waits for a slow reader, so that nothing is lost and memory is bounded.

use std::{collections::VecDeque, time::Duration};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming, metadata::MetadataValue};

use super::{
    Client, ClientError,
    error::{is_broken, is_unsent},
};
use crate::pb::{
    etcdserverpb::{
        ResponseHeader, WatchCreateRequest, WatchProgressRequest, WatchRequest as Message, WatchResponse,
        watch_client::WatchClient, watch_request::RequestUnion,
    },
    mvccpb::Event,
    rpc_error::RpcError,
};

/// Answers that may wait for the reader of one watch.
const QUEUE: usize = 64;
/// Pauses before a broken stream is opened again.
const REOPEN_PAUSE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(100));

/// What to watch.
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
    pub fn new(client: Client) -> Self {
        let (commands, inbox) = mpsc::unbounded_channel();
        tokio::spawn(Task { client, inbox, watches: Vec::new(), creating: VecDeque::new() }.run());
        Self { commands }
    }

    /// Begins a watch; the queue ends after the answer that is `canceled`.
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

struct Watch {
    request: WatchRequest,
    /// First revision not delivered yet; 0 while the server has not said what "now" is.
    next_revision: i64,
    /// The server's number for it on the present stream.
    id: Option<i64>,
    /// Fragments of one answer, until the last one is there.
    fragments: Vec<Event>,
    events: mpsc::Sender<WatchEvent>,
}

struct Task {
    client: Client,
    inbox: mpsc::UnboundedReceiver<Command>,
    watches: Vec<Watch>,
    /// Positions in `watches` still to be created on this stream; the first one was sent.
    creating: VecDeque<usize>,
}

struct Stream {
    requests: mpsc::Sender<Message>,
    answers: Streaming<WatchResponse>,
}

/// How the work on one stream ended.
enum End {
    /// Nobody is interested any more.
    Done,
    Broken(Status),
}

impl Task {
    async fn run(mut self) {
        let mut pause = REOPEN_PAUSE.0;
        loop {
            if self.watches.is_empty() {
                match self.inbox.recv().await {
                    Some(Command::Watch(request, events)) => self.add(request, events),
                    Some(Command::Progress) => continue,
                    None => return,
                }
            }
            let status = match self.open().await {
                Ok(stream) => {
                    pause = REOPEN_PAUSE.0;
                    match self.serve(stream).await {
                        End::Done => return,
                        End::Broken(status) => status,
                    }
                }
                Err(status) => status,
            };
            let no_leader = status.message() == RpcError::NoLeader.text();
            let passing = is_broken(&status) || matches!(status.code(), Code::Unavailable | Code::Internal);
            if no_leader || !passing {
                return self.halt(&status).await;
            }
            tokio::time::sleep(pause).await;
            pause = pause.mul_f64(1.25).min(REOPEN_PAUSE.1);
        }
    }

    fn add(&mut self, request: WatchRequest, events: mpsc::Sender<WatchEvent>) {
        let next_revision = request.start_revision;
        self.creating.push_back(self.watches.len());
        self.watches.push(Watch { request, next_revision, id: None, fragments: Vec::new(), events });
    }

    /// Opens the stream with the first of the watches to create, since a server may answer only then.
    async fn open(&mut self) -> Result<Stream, Status> {
        self.watches.retain(|watch| !watch.events.is_closed());
        for watch in &mut self.watches {
            watch.id = None;
            watch.fragments.clear();
        }
        self.creating = (0..self.watches.len()).collect();
        loop {
            let (requests, receiver) = mpsc::channel(16);
            if let Some(&first) = self.creating.front() {
                let _ = requests.try_send(self.create_message(first));
            }
            let attached = self.client.stream_token().await.map_err(|error| error.to_status())?;
            let mut request = self.client.request(ReceiverStream::new(receiver), &attached, None);
            request.metadata_mut().insert("hasleader", MetadataValue::from_static("true"));
            let picked = self.client.pick().await;
            let mut client = WatchClient::new(picked.channel.clone());
            client = client.max_decoding_message_size(self.client.limits.receive);
            match client.watch(request).await {
                Ok(answers) => return Ok(Stream { requests, answers: answers.into_inner() }),
                Err(status) if is_unsent(&status) => self.client.lost(&picked),
                Err(status) => return Err(status),
            }
        }
    }

    fn create_message(&self, at: usize) -> Message {
        let watch = &self.watches[at];
        let create = WatchCreateRequest {
            key: watch.request.key.clone().into(),
            range_end: watch.request.range_end.clone().into(),
            start_revision: watch.next_revision,
            prev_kv: watch.request.prev_kv,
            progress_notify: watch.request.progress_notify,
            ..WatchCreateRequest::default()
        };
        Message { request_union: Some(RequestUnion::CreateRequest(create)) }
    }

    async fn serve(&mut self, mut stream: Stream) -> End {
        let mut open = true;
        loop {
            tokio::select! {
                command = self.inbox.recv(), if open => match command {
                    Some(Command::Watch(request, events)) => {
                        self.add(request, events);
                        if self.creating.len() == 1 {
                            let message = self.create_message(self.watches.len() - 1);
                            let _ = stream.requests.send(message).await;
                        }
                    }
                    Some(Command::Progress) => {
                        let union = RequestUnion::ProgressRequest(WatchProgressRequest {});
                        let _ = stream.requests.send(Message { request_union: Some(union) }).await;
                    }
                    None => open = false,
                },
                answer = stream.answers.message() => match answer {
                    Ok(Some(answer)) => {
                        let was_created = answer.created;
                        self.deliver(answer).await;
                        if was_created && let Some(&next) = self.creating.front() {
                            let _ = stream.requests.send(self.create_message(next)).await;
                        }
                    }
                    Ok(None) => return End::Broken(Status::unavailable("the server ended the watch stream")),
                    Err(status) => return End::Broken(status),
                },
            }
            if !open && self.watches.iter().all(|watch| watch.events.is_closed()) {
                return End::Done;
            }
        }
    }

    async fn deliver(&mut self, answer: WatchResponse) {
        if answer.created {
            let Some(at) = self.creating.pop_front() else { return };
            let watch = &mut self.watches[at];
            watch.id = Some(answer.watch_id);
            if watch.next_revision == 0 {
                watch.next_revision = answer.header.as_ref().map_or(0, |header| header.revision) + 1;
            }
            if answer.canceled {
                self.finish(at, answer).await;
            }
            return;
        }
        // Number -1 speaks of all watches.
        let to_all = answer.watch_id == -1 && answer.events.is_empty() && !answer.canceled;
        for at in 0..self.watches.len() {
            let watch = &mut self.watches[at];
            if watch.id.is_none() || !(to_all || watch.id == Some(answer.watch_id)) {
                continue;
            }
            if !to_all && answer.canceled {
                self.finish(at, answer).await;
                return;
            }
            watch.receive(answer.clone()).await;
        }
    }

    /// Gives the last answer to a watch and forgets it, on this stream and the next ones.
    async fn finish(&mut self, at: usize, answer: WatchResponse) {
        let event = WatchEvent {
            header: answer.header.unwrap_or_default(),
            events: answer.events,
            compact_revision: answer.compact_revision,
            canceled: true,
            cancel_reason: answer.cancel_reason,
        };
        let watch = self.watches.remove(at);
        for other in &mut self.creating {
            *other -= usize::from(*other > at);
        }
        let _ = watch.events.send(event).await;
    }

    /// Ends all watches: the stream cannot be opened again.
    async fn halt(self, status: &Status) {
        let reason = ClientError::from_status(status, false).to_string();
        for watch in self.watches {
            let event = WatchEvent { canceled: true, cancel_reason: reason.clone(), ..WatchEvent::default() };
            let _ = watch.events.send(event).await;
        }
    }
}

impl Watch {
    async fn receive(&mut self, mut answer: WatchResponse) {
        self.fragments.append(&mut answer.events);
        if answer.fragment {
            return;
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
        let event = WatchEvent { header, events, ..WatchEvent::default() };
        let _ = self.events.send(event).await;
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
        let (events, mut queue) = mpsc::channel(8);
        let request = WatchRequest::default();
        let mut watch = Watch { request, next_revision: 3, id: Some(7), fragments: Vec::new(), events };
        // Half of an answer delivers nothing and moves nothing.
        watch.receive(WatchResponse { fragment: true, ..answer(9, &[3]) }).await;
        assert_eq!(watch.next_revision, 3);
        watch.receive(answer(9, &[4])).await;
        assert_eq!(watch.next_revision, 5);
        assert_eq!(queue.recv().await.map(|event| event.events.len()), Some(2));
        // Progress said to all watches does not tell how far this one is.
        watch.receive(WatchResponse { watch_id: -1, ..answer(9, &[]) }).await;
        assert_eq!(watch.next_revision, 5);
        watch.receive(answer(9, &[])).await;
        assert_eq!(watch.next_revision, 10);
        assert!(queue.recv().await.is_some_and(|event| event.is_progress()));
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
