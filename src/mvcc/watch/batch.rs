//! The bytes of watch responses, built from stored rows without decoding them.
//!
//! An event is encoded once, as the field that it is in a `WatchResponse`, and copied into the response of each
//! watcher that gets it.

use bytes::{BufMut, Bytes};
use prost::encoding::{encode_varint, encoded_len_varint};

use crate::mvcc::{Change, ChangeKind};

// Tags: field number << 3 | wire type (0 varint, 2 length-delimited).
const HEADER: u8 = 1 << 3 | 2;
const HEADER_CLUSTER_ID: u8 = 1 << 3;
const HEADER_MEMBER_ID: u8 = 2 << 3;
const HEADER_REVISION: u8 = 3 << 3;
const HEADER_RAFT_TERM: u8 = 4 << 3;
const WATCH_ID: u8 = 2 << 3;
const CREATED: u8 = 3 << 3;
const CANCELED: u8 = 4 << 3;
const COMPACT_REVISION: u8 = 5 << 3;
const CANCEL_REASON: u8 = 6 << 3 | 2;
const FRAGMENT: u8 = 7 << 3;
const EVENTS: u8 = 11 << 3 | 2;
const EVENT_TYPE: u8 = 1 << 3;
const EVENT_KV: u8 = 2 << 3 | 2;
const EVENT_PREV_KV: u8 = 3 << 3 | 2;
const EVENT_TYPE_DELETE: u64 = 1;
const KV_KEY: u8 = 1 << 3 | 2;
const KV_MOD_REVISION: u8 = 3 << 3;

/// The watch id of what concerns no watcher: refused creates and answers to progress requests.
pub const NO_WATCHER: i64 = -1;

/// What every response header holds besides its revision.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    pub cluster_id: u64,
    pub member_id: u64,
    /// Of the last entry applied.
    pub raft_term: u64,
}

impl Origin {
    /// The header field of a response. Revision 0 is left out.
    pub fn header(&self, revision: i64) -> Vec<u8> {
        let mut fields = Vec::with_capacity(48);
        put_number(&mut fields, HEADER_CLUSTER_ID, self.cluster_id);
        put_number(&mut fields, HEADER_MEMBER_ID, self.member_id);
        put_number(&mut fields, HEADER_REVISION, revision.cast_unsigned());
        put_number(&mut fields, HEADER_RAFT_TERM, self.raft_term);
        let mut header = Vec::with_capacity(fields.len() + 2);
        put_bytes(&mut header, HEADER, &fields);
        header
    }
}

/// The watcher of `id` now exists.
pub fn created(header: &[u8], id: i64) -> Bytes {
    let mut response = start(header, id, 2);
    put_number(&mut response, CREATED, 1);
    response.into()
}

/// A create that was refused; the stream lives on.
pub fn refused(header: &[u8], reason: &str) -> Bytes {
    let mut response = start(header, NO_WATCHER, 6 + reason.len());
    put_number(&mut response, CREATED, 1);
    put_number(&mut response, CANCELED, 1);
    put_bytes(&mut response, CANCEL_REASON, reason.as_bytes());
    response.into()
}

/// The answer to a cancel request.
pub fn canceled(header: &[u8], id: i64) -> Bytes {
    let mut response = start(header, id, 2);
    put_number(&mut response, CANCELED, 1);
    response.into()
}

/// The watcher's next revision is compacted; it hears nothing more.
pub fn compacted(header: &[u8], id: i64, compacted: i64) -> Bytes {
    let mut response = start(header, id, 13);
    put_number(&mut response, CANCELED, 1);
    put_number(&mut response, COMPACT_REVISION, compacted.cast_unsigned());
    response.into()
}

/// Everything up to the header's revision was told.
pub fn progress(header: &[u8], id: i64) -> Bytes {
    start(header, id, 0).into()
}

/// One change as an `events` field of a response. `prev`: the row of the key before the change.
pub fn event(change: &Change, prev: Option<&[u8]>) -> Bytes {
    let tombstone;
    let (kv, is_delete): (&[u8], bool) = match change.kind {
        ChangeKind::Create | ChangeKind::Update => (&change.row, false),
        ChangeKind::Delete => {
            tombstone = tombstone_kv(&change.key, change.revision.main);
            (&tombstone, true)
        }
    };
    let body = if is_delete { 2 } else { 0 } + bytes_len(kv) + prev.map_or(0, bytes_len);
    let mut field = Vec::with_capacity(1 + encoded_len_varint(body as u64) + body);
    field.put_u8(EVENTS);
    encode_varint(body as u64, &mut field);
    if is_delete {
        put_number(&mut field, EVENT_TYPE, EVENT_TYPE_DELETE);
    }
    put_bytes(&mut field, EVENT_KV, kv);
    if let Some(prev) = prev {
        put_bytes(&mut field, EVENT_PREV_KV, prev);
    }
    debug_assert_eq!(field.len(), field.capacity());
    field.into()
}

/// A delete tells its key and revision, nothing else.
fn tombstone_kv(key: &[u8], mod_revision: i64) -> Vec<u8> {
    let mut kv = Vec::with_capacity(bytes_len(key) + 11);
    put_bytes(&mut kv, KV_KEY, key);
    put_number(&mut kv, KV_MOD_REVISION, mod_revision.cast_unsigned());
    kv
}

/// The responses that tell watcher `id` of `events` (fields made by [`event`]): one, or several when there is a
/// `fragment_limit` in bytes, a single response would reach it, and there is something to split.
pub fn events(header: &[u8], id: i64, events: &[Bytes], fragment_limit: Option<usize>, send: &mut impl FnMut(Bytes)) {
    let size: usize = events.iter().map(Bytes::len).sum();
    let base = header.len() + number_len(id);
    let limit = match fragment_limit {
        Some(limit) if base + size >= limit && events.len() >= 2 => limit,
        _ => return send(join(header, id, false, events, size)),
    };
    let mut rest = events;
    while !rest.is_empty() {
        let mut size = rest[0].len();
        let mut count = 1;
        while count < rest.len() && base + size + rest[count].len() < limit {
            size += rest[count].len();
            count += 1;
        }
        let (part, after) = rest.split_at(count);
        rest = after;
        send(join(header, id, !rest.is_empty(), part, size));
    }
}

fn join(header: &[u8], id: i64, more_follows: bool, events: &[Bytes], size: usize) -> Bytes {
    let mut response = start(header, id, size + 2);
    if more_follows {
        put_number(&mut response, FRAGMENT, 1);
    }
    for event in events {
        response.put_slice(event);
    }
    response.into()
}

fn start(header: &[u8], id: i64, more: usize) -> Vec<u8> {
    let mut response = Vec::with_capacity(header.len() + number_len(id) + more);
    response.put_slice(header);
    put_number(&mut response, WATCH_ID, id.cast_unsigned());
    response
}

fn put_number(buffer: &mut Vec<u8>, tag: u8, number: u64) {
    if number != 0 {
        buffer.put_u8(tag);
        encode_varint(number, buffer);
    }
}

fn put_bytes(buffer: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    buffer.put_u8(tag);
    encode_varint(bytes.len() as u64, buffer);
    buffer.put_slice(bytes);
}

fn bytes_len(bytes: &[u8]) -> usize {
    1 + encoded_len_varint(bytes.len() as u64) + bytes.len()
}

fn number_len(number: i64) -> usize {
    if number == 0 { 0 } else { 1 + encoded_len_varint(number.cast_unsigned()) }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::pb::etcdserverpb::{ResponseHeader, WatchResponse};
    use crate::pb::mvccpb::{Event, KeyValue};
    use crate::types::Revision;

    const ORIGIN: Origin = Origin { cluster_id: u64::MAX, member_id: 7, raft_term: 3 };

    fn put(key: &'static [u8], value_size: usize) -> (Change, KeyValue) {
        let kv = KeyValue {
            key: key.into(),
            create_revision: 2,
            mod_revision: 5,
            version: 3,
            value: vec![b'v'; value_size].into(),
            lease: 9,
        };
        let change = Change {
            revision: Revision::new(5, 0),
            kind: ChangeKind::Update,
            key: key.into(),
            row: kv.encode_to_vec().into(),
        };
        (change, kv)
    }

    fn response(revision: i64, watch_id: i64) -> WatchResponse {
        let header = ResponseHeader { cluster_id: u64::MAX, member_id: 7, revision, raft_term: 3 };
        WatchResponse { header: Some(header), watch_id, ..Default::default() }
    }

    fn collect(id: i64, fields: &[Bytes], limit: Option<usize>) -> Vec<Bytes> {
        let mut sent = Vec::new();
        events(&ORIGIN.header(5), id, fields, limit, &mut |bytes| sent.push(bytes));
        sent
    }

    #[test]
    fn bytes_are_those_of_the_generated_messages() {
        let header = ORIGIN.header(5);
        let plain = response(5, 0);
        for (bytes, message) in [
            (created(&header, 300), WatchResponse { created: true, watch_id: 300, ..plain.clone() }),
            (
                refused(&header, "why"),
                WatchResponse {
                    created: true,
                    canceled: true,
                    watch_id: -1,
                    cancel_reason: "why".into(),
                    ..plain.clone()
                },
            ),
            (canceled(&header, -4), WatchResponse { canceled: true, watch_id: -4, ..plain }),
            (
                compacted(&ORIGIN.header(0), 1, 700),
                WatchResponse { canceled: true, compact_revision: 700, ..response(0, 1) },
            ),
            (progress(&header, NO_WATCHER), response(5, -1)),
        ] {
            assert_eq!(bytes, message.encode_to_vec(), "{message:?}");
        }
    }

    #[test]
    fn events_hold_the_stored_row_and_the_one_before() {
        let (change, kv) = put(b"k", 200);
        let deleted = Change { kind: ChangeKind::Delete, row: b"\x0a\x01k"[..].into(), ..change.clone() };
        let fields = [event(&change, None), event(&change, Some(&change.row)), event(&deleted, Some(&change.row))];
        let tombstone = KeyValue { key: "k".into(), mod_revision: 5, ..Default::default() };
        let message = WatchResponse {
            events: vec![
                Event { r#type: 0, kv: Some(kv.clone()), prev_kv: None },
                Event { r#type: 0, kv: Some(kv.clone()), prev_kv: Some(kv.clone()) },
                Event { r#type: 1, kv: Some(tombstone), prev_kv: Some(kv) },
            ],
            ..response(5, 12)
        };
        assert_eq!(collect(12, &fields, None), [message.encode_to_vec()]);
    }

    #[test]
    fn fragments_stay_under_the_limit_and_hold_one_event_at_least() {
        let fields: Vec<_> = [100, 100, 1000, 10, 10].map(|size| event(&put(b"k", size).0, None)).into();
        let all = collect(1, &fields, None);
        assert_eq!(collect(1, &fields, Some(all[0].len() + 1)), all, "under the limit");
        assert_eq!(collect(1, &fields[..1], Some(10)).len(), 1, "one event is never split");
        let parts = collect(1, &fields, Some(400));
        let parts: Vec<_> = parts.iter().map(|bytes| WatchResponse::decode(&bytes[..]).unwrap()).collect();
        let shape: Vec<_> = parts.iter().map(|part| (part.events.len(), part.fragment, part.watch_id)).collect();
        assert_eq!(shape, [(2, true, 1), (1, true, 1), (2, false, 1)]);
    }
}
