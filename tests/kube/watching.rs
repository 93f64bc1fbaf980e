//! A watch cache: a copy of all objects under a prefix, made of a list and what a watch tells after it.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use rsetcd::pb::etcdserverpb::watch_client::WatchClient;
use rsetcd::pb::etcdserverpb::watch_request::RequestUnion;
use rsetcd::pb::etcdserverpb::{WatchCreateRequest, WatchProgressRequest, WatchRequest, WatchResponse};
use rsetcd::pb::mvccpb::KeyValue;
use rsetcd::pb::mvccpb::event::EventType;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::transport::Channel;
use tonic::{Request, Streaming};

use super::support::wait::PATIENCE;

/// Between two requests for progress, of which one may stay without an answer.
const ASK_AGAIN: Duration = Duration::from_millis(100);

pub struct Cache {
    /// By key: mod revision and value.
    pub objects: BTreeMap<Bytes, (i64, Bytes)>,
    send: mpsc::UnboundedSender<WatchRequest>,
    receive: Streaming<WatchResponse>,
    /// Of the last event.
    told: i64,
    /// Everything up to here was told, as progress says.
    vouched: i64,
    has_prev_kv: bool,
    /// etcd 3.5.1 speaks of progress while events are still to come: there it says nothing.
    trusts_progress: bool,
    /// What was told since it was last asked for.
    pub lines: Vec<String>,
}

impl Cache {
    /// Watches from behind the list at `revision`.
    pub async fn start(
        channel: &Channel,
        create: WatchCreateRequest,
        objects: BTreeMap<Bytes, (i64, Bytes)>,
        trusts_progress: bool,
    ) -> Self {
        let (send, requests) = mpsc::unbounded_channel();
        let (revision, has_prev_kv) = (create.start_revision - 1, create.prev_kv);
        send.send(WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }).expect("it is open");
        let mut request = Request::new(UnboundedReceiverStream::new(requests));
        request.metadata_mut().insert("hasleader", "true".parse().expect("a value"));
        let mut client = WatchClient::new(channel.clone()).max_decoding_message_size(usize::MAX);
        let mut receive = client.watch(request).await.expect("a watch stream").into_inner();
        let created = receive.message().await.expect("a watch").expect("an answer");
        assert!(created.created && !created.canceled, "{created:?}");
        let (told, vouched, lines) = (revision, revision, Vec::new());
        Self { objects, send, receive, told, vouched, has_prev_kv, trusts_progress, lines }
    }

    /// Asks for progress until everything up to `revision` was told, and with it the last change, at `changed`.
    pub async fn catch_up(&mut self, revision: i64, changed: i64) {
        let start = tokio::time::Instant::now();
        while !self.is_at(revision, changed) {
            assert!(start.elapsed() < PATIENCE, "at {} and {} of {revision}", self.told, self.vouched);
            let union = RequestUnion::ProgressRequest(WatchProgressRequest {});
            self.send.send(WatchRequest { request_union: Some(union) }).expect("it is open");
            // The stream keeps what has come when the time is up.
            while !self.is_at(revision, changed) {
                match tokio::time::timeout(ASK_AGAIN, self.receive.message()).await {
                    Ok(message) => self.take(&message.expect("it goes on").expect("it goes on")),
                    Err(_) => break,
                }
            }
        }
    }

    fn is_at(&self, revision: i64, changed: i64) -> bool {
        if self.trusts_progress { self.vouched >= revision } else { self.told >= changed }
    }

    /// Waits for a progress notification that nobody asked for.
    pub async fn progress(&mut self, revision: i64) {
        let wait = async {
            while self.vouched < revision {
                let message = self.receive.message().await.expect("it goes on").expect("it goes on");
                self.take(&message);
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("progress is told");
    }

    /// The answer that ends it.
    pub async fn end(&mut self) -> WatchResponse {
        let wait = async {
            loop {
                let message = self.receive.message().await.expect("it goes on").expect("it goes on");
                if message.canceled {
                    return message;
                }
                self.take(&message);
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("an end")
    }

    fn take(&mut self, response: &WatchResponse) {
        assert!(!response.canceled, "{response:?}");
        let header = response.header.expect("a header").revision;
        for event in &response.events {
            let kv = event.kv.as_ref().expect("a key");
            let newest = if self.trusts_progress { self.told.max(self.vouched) } else { self.told };
            assert!(kv.mod_revision > newest, "told too late: {} after {newest}", kv.mod_revision);
            let before = self.objects.get(&kv.key);
            if self.has_prev_kv {
                let previous = event.prev_kv.as_ref().map(|kv| (kv.mod_revision, kv.value.clone()));
                assert_eq!(previous.as_ref(), before, "prev_kv of {kv:?}");
            }
            self.lines.push(shown(event.r#type(), kv, event.prev_kv.as_ref()));
            match event.r#type() {
                EventType::Put => self.objects.insert(kv.key.clone(), (kv.mod_revision, kv.value.clone())),
                EventType::Delete => self.objects.remove(&kv.key),
            };
        }
        // A batch of history may end before its header's revision.
        match response.events.last().and_then(|event| event.kv.as_ref()) {
            Some(last) => self.told = last.mod_revision,
            None => self.vouched = self.vouched.max(header),
        }
    }
}

fn shown(kind: EventType, kv: &KeyValue, previous: Option<&KeyValue>) -> String {
    let KeyValue { key, create_revision, mod_revision, version, lease, value } = kv;
    let previous = previous.map_or(0, |kv| kv.mod_revision);
    format!(
        "{} {} create={create_revision} mod={mod_revision} version={version} lease={lease} value={:08x} previous={previous}",
        kind.as_str_name(),
        key.escape_ascii(),
        crc32c::crc32c(value)
    )
}
