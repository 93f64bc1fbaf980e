//! A client that writes to keys of its own and keeps what was acknowledged. One call at a time: when the server dies,
//! at most one is in doubt, and it happened as a whole or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rsetcd::pb::etcdserverpb::request_op::Request;
use rsetcd::pb::etcdserverpb::{
    DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest, kv_client::KvClient,
};
use tonic::Status;
use tonic::transport::Channel;

use super::Shared;

const KEYS: u32 = 20;
const LARGE: usize = 64 << 10;

/// What is under a key: its value, or nothing.
pub type Content = Option<Bytes>;
/// Contents after a write, by key.
pub type Changes = BTreeMap<Bytes, Content>;

pub struct Writer {
    number: u32,
    random: StdRng,
    next_value: u64,
    /// Everything acknowledged.
    state: BTreeMap<Bytes, Bytes>,
    /// Sent and not acknowledged.
    in_doubt: Option<Changes>,
    /// Acknowledged since the last [`Writer::take_acknowledged`], by revision.
    acknowledged: Vec<(i64, Changes)>,
    newest_revision: i64,
}

impl Writer {
    pub fn new(number: u32, seed: u64) -> Self {
        Self {
            number,
            random: StdRng::seed_from_u64(seed),
            next_value: 0,
            state: BTreeMap::new(),
            in_doubt: None,
            acknowledged: Vec::new(),
            newest_revision: 0,
        }
    }

    /// The newest revision of an acknowledged write.
    pub fn newest_revision(&self) -> i64 {
        self.newest_revision
    }

    pub fn take_acknowledged(&mut self) -> Vec<(i64, Changes)> {
        std::mem::take(&mut self.acknowledged)
    }

    /// # Panics
    /// A call fails while nobody has killed the server.
    pub async fn write_until_killed(mut self, channel: Channel, shared: Arc<Shared>) -> Self {
        let mut client = KvClient::new(channel);
        loop {
            let changes = self.changes();
            self.in_doubt = Some(changes.clone());
            match send(&mut client, &changes).await {
                Ok(revision) => {
                    let bytes: usize = changes.values().flatten().map(Bytes::len).sum();
                    shared.written.fetch_add(bytes as u64, Ordering::Relaxed);
                    self.in_doubt = None;
                    self.acknowledge(revision, changes);
                }
                Err(status) => {
                    assert!(shared.killed.load(Ordering::SeqCst), "client {}: {status}", self.number);
                    return self;
                }
            }
        }
    }

    fn acknowledge(&mut self, revision: i64, mut changes: Changes) {
        // Deleting nothing changes nothing.
        changes.retain(|key, content| content.is_some() || self.state.contains_key(key));
        assert!(revision >= self.newest_revision, "revision {revision} after {}", self.newest_revision);
        self.newest_revision = revision;
        self.accept(&changes);
        if !changes.is_empty() {
            self.acknowledged.push((revision, changes));
        }
    }

    fn accept(&mut self, changes: &Changes) {
        for (key, content) in changes {
            match content {
                Some(value) => self.state.insert(key.clone(), value.clone()),
                None => self.state.remove(key),
            };
        }
    }

    /// Mostly one put, small or large; sometimes a delete, or a txn of several.
    fn changes(&mut self) -> Changes {
        let mut changes = Changes::new();
        let (count, delete) = match self.random.random_range(0..20) {
            0..16 => (1, false),
            16..18 => (1, true),
            _ => (3, true),
        };
        for number in 0..count {
            let key = Bytes::from(format!("{}{:02}", self.prefix(), self.random.random_range(0..KEYS)));
            let content = if delete && number == 0 { None } else { Some(self.value()) };
            changes.insert(key, content);
        }
        changes
    }

    /// No two values are equal.
    fn value(&mut self) -> Bytes {
        self.next_value += 1;
        let length = if self.random.random_bool(0.3) { LARGE } else { self.random.random_range(20..400) };
        let mut value = format!("{}:{}:", self.number, self.next_value).into_bytes();
        value.resize(length, b'a' + (self.next_value % 26) as u8);
        value.into()
    }

    fn prefix(&self) -> String {
        format!("client{:02}/", self.number)
    }

    /// All keys of this client hold what was acknowledged; the write in doubt happened or did not.
    pub async fn check_keys(&mut self, channel: &Channel) {
        let mut range_end = self.prefix().into_bytes();
        *range_end.last_mut().expect("a prefix") += 1;
        let request = RangeRequest { key: self.prefix().into(), range_end: range_end.into(), ..Default::default() };
        let mut client = KvClient::new(channel.clone()).max_decoding_message_size(usize::MAX);
        let answer = client.range(request).await.expect("a linearizable read").into_inner();
        let stored: BTreeMap<Bytes, Bytes> = answer.kvs.into_iter().map(|kv| (kv.key, kv.value)).collect();
        if let Some(changes) = self.in_doubt.take()
            && stored != self.state
        {
            self.accept(&changes);
        }
        let keys = stored.keys().chain(self.state.keys());
        for key in keys {
            let (is, should) = (stored.get(key), self.state.get(key));
            assert!(is == should, "{key:?} is {}, acknowledged was {}", head(is), head(should));
        }
    }
}

fn head(value: Option<&Bytes>) -> String {
    value.map_or("nothing".into(), |value| value[..value.len().min(20)].escape_ascii().to_string())
}

async fn send(client: &mut KvClient<Channel>, changes: &Changes) -> Result<i64, Status> {
    let put = |key: &Bytes, value: &Bytes| PutRequest { key: key.clone(), value: value.clone(), ..Default::default() };
    let delete = |key: &Bytes| DeleteRangeRequest { key: key.clone(), ..Default::default() };
    let header = match changes.first_key_value().expect("at least one change") {
        (key, Some(value)) if changes.len() == 1 => client.put(put(key, value)).await?.into_inner().header,
        (key, None) if changes.len() == 1 => client.delete_range(delete(key)).await?.into_inner().header,
        _ => {
            let success = changes.iter().map(|(key, content)| match content {
                Some(value) => Request::RequestPut(put(key, value)),
                None => Request::RequestDeleteRange(delete(key)),
            });
            let success = success.map(|request| RequestOp { request: Some(request) }).collect();
            client.txn(TxnRequest { success, ..Default::default() }).await?.into_inner().header
        }
    };
    Ok(header.expect("a header").revision)
}
