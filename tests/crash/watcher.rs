//! A watch of all keys from revision 2 on, taken up again after each kill. As it hears everything, its revisions are
//! dense: each is one more than the one before it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rsetcd::pb::etcdserverpb::watch_request::RequestUnion;
use rsetcd::pb::etcdserverpb::{WatchCreateRequest, WatchRequest, WatchResponse, watch_client::WatchClient};
use rsetcd::pb::mvccpb::event::EventType;
use tokio_stream::StreamExt;
use tonic::transport::Channel;

use super::Shared;
use super::support::wait::PATIENCE;
use super::writer::{Changes, Writer};

pub struct Watcher {
    last: i64,
    /// Heard and not yet compared with what clients know.
    heard: BTreeMap<i64, Changes>,
}

impl Watcher {
    pub fn new() -> Self {
        Self { last: 1, heard: BTreeMap::new() }
    }

    /// The newest revision heard.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// Takes the watch up after the last revision heard, until the server is killed or `end` was heard.
    ///
    /// # Panics
    /// There is a gap, a repetition, or an end that nobody caused.
    pub async fn follow(mut self, channel: &Channel, shared: &Arc<Shared>, end: Option<i64>) -> Self {
        let create = WatchCreateRequest {
            key: [0].as_slice().into(),
            range_end: [0].as_slice().into(),
            start_revision: self.last + 1,
            ..Default::default()
        };
        let request = WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) };
        // The stream of requests stays open.
        let requests = tokio_stream::once(request).chain(tokio_stream::pending());
        let mut client = WatchClient::new(channel.clone()).max_decoding_message_size(usize::MAX);
        let mut stream = match client.watch(requests).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => {
                assert!(shared.killed.load(Ordering::SeqCst), "watch: {status}");
                return self;
            }
        };
        while end.is_none_or(|end| self.last < end) {
            let message = match end {
                None => stream.message().await,
                Some(end) => tokio::time::timeout(PATIENCE, stream.message())
                    .await
                    .unwrap_or_else(|_| panic!("heard up to {}, not up to {end}", self.last)),
            };
            match message {
                Ok(Some(response)) => self.hear(response),
                ended => {
                    assert!(shared.killed.load(Ordering::SeqCst), "the watch ended: {:?}", ended.err());
                    return self;
                }
            }
            shared.heard.store(self.last, Ordering::Relaxed);
        }
        self
    }

    fn hear(&mut self, response: WatchResponse) {
        assert!(!response.canceled, "canceled, compacted up to {}", response.compact_revision);
        // A revision is never spread over two messages: what follows this one is newer than its last.
        let mut previous = self.last;
        for event in response.events {
            let kind = event.r#type();
            let kv = event.kv.expect("an event has its key");
            let revision = kv.mod_revision;
            let continues = revision == previous && previous > self.last;
            assert!(continues || revision == previous + 1, "an event of {revision} after {previous}");
            previous = revision;
            let content = (kind == EventType::Put).then_some(kv.value);
            let before = self.heard.entry(revision).or_default().insert(kv.key.clone(), content);
            assert!(before.is_none(), "two events of {:?} at {revision}", kv.key);
        }
        self.last = previous;
    }

    /// Compares what was heard with what clients know of; gives the numbers of acknowledged writes and of others.
    ///
    /// # Panics
    /// An acknowledged write was not heard as it was made; or there is more than the clients can have sent.
    pub fn check_acknowledged(&mut self, writers: &mut [Writer]) -> (usize, usize) {
        let mut heard = std::mem::take(&mut self.heard);
        let mut count = 0;
        for writer in writers.iter_mut() {
            for (revision, changes) in writer.take_acknowledged() {
                let events = heard.remove(&revision);
                assert!(
                    events.as_ref() == Some(&changes),
                    "revision {revision} was acknowledged, but not heard as such"
                );
                count += 1;
            }
        }
        assert!(heard.len() <= writers.len(), "changes that nobody made: {:?}", heard.keys());
        (count, heard.len())
    }
}
