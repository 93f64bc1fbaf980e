//! The answers of KV, written to the wire without being turned into messages: the rows in them are stored bytes.
//!
//! The bytes are those that prost (and etcd) would write: fields by ascending number, zeros left out, messages that
//! are set written even when empty.

use bytes::{BufMut, Bytes};
use prost::Message;
use prost::encoding::{
    WireType, bool, decode_key, decode_varint, encode_key, encode_varint, encoded_len_varint, int64, key_len,
};

use super::codec::WireAnswer;
use crate::apply::{DeleteRangeAnswer, FramedRange, OpAnswer, PutAnswer, RangeAnswer, TxnAnswer};
use crate::mvcc::RangeResult;
use crate::pb::etcdserverpb::{CompactionResponse, ResponseHeader};

/// An answer of the KV service.
#[derive(Clone, Debug)]
pub enum KvAnswer {
    Range(ResponseHeader, FramedRange),
    /// Rows only, framed: not the last chunk of a stream.
    RangeChunk(Vec<u8>),
    /// The last chunk of a stream, with header, `more` and `count`.
    RangeEnd(ResponseHeader, FramedRange),
    Put(ResponseHeader, PutAnswer),
    DeleteRange(ResponseHeader, DeleteRangeAnswer),
    Txn(ResponseHeader, TxnAnswer),
    Compaction(CompactionResponse),
}

impl KvAnswer {
    /// The message as bytes of its own.
    #[cfg(test)]
    fn to_bytes(&self) -> Bytes {
        let mut buffer = bytes::BytesMut::with_capacity(self.wire_len());
        self.write(&mut buffer);
        buffer.freeze()
    }
}

impl WireAnswer for KvAnswer {
    fn wire_len(&self) -> usize {
        match self {
            Self::Range(header, range) => framed_len(header, range),
            Self::RangeChunk(rows) => message_len(RANGE_RESPONSE, rows.len()),
            Self::RangeEnd(header, range) => message_len(RANGE_RESPONSE, framed_len(header, range)),
            Self::Put(header, answer) => put_len(header, answer),
            Self::DeleteRange(header, answer) => delete_len(header, answer),
            Self::Txn(header, answer) => txn_len(header, answer),
            Self::Compaction(answer) => answer.encoded_len(),
        }
    }

    fn write(&self, buffer: &mut impl BufMut) {
        match self {
            Self::Range(header, range) => write_framed(header, range, buffer),
            Self::RangeChunk(rows) => {
                open(RANGE_RESPONSE, rows.len(), buffer);
                buffer.put_slice(rows);
            }
            Self::RangeEnd(header, range) => {
                open(RANGE_RESPONSE, framed_len(header, range), buffer);
                write_framed(header, range, buffer);
            }
            Self::Put(header, answer) => write_put(header, answer, buffer),
            Self::DeleteRange(header, answer) => write_delete(header, answer, buffer),
            Self::Txn(header, answer) => write_txn(header, answer, buffer),
            Self::Compaction(answer) => answer.encode_raw(buffer),
        }
    }
}

// Field numbers, named by message.
const HEADER: u32 = 1; // of every response
const RANGE_KVS: u32 = 2;
const RANGE_MORE: u32 = 3;
const RANGE_COUNT: u32 = 4;
const RANGE_RESPONSE: u32 = 1; // RangeStreamResponse
const PUT_PREV_KV: u32 = 2;
const DELETE_DELETED: u32 = 2;
const DELETE_PREV_KVS: u32 = 3;
const TXN_SUCCEEDED: u32 = 2;
const TXN_RESPONSES: u32 = 3;
const OP_RANGE: u32 = 1;
const OP_PUT: u32 = 2;
const OP_DELETE_RANGE: u32 = 3;
const OP_TXN: u32 = 4;

/// The rows of a framed range, each an encoded `KeyValue`.
pub(super) fn framed_rows(mut rows: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if rows.is_empty() {
            return None;
        }
        decode_key(&mut rows).expect("framed by the store");
        let len = decode_varint(&mut rows).expect("framed by the store") as usize;
        let (row, rest) = rows.split_at(len);
        rows = rest;
        Some(row)
    })
}

/// Bytes of a `RangeResponse` whose rows are framed.
fn framed_len(header: &ResponseHeader, range: &FramedRange) -> usize {
    header_len(header) + range.rows.len() + bool_len(RANGE_MORE, range.more) + int64_len(RANGE_COUNT, range.count)
}

/// The same with a header that has no more than the revision, as before it is addressed to a client.
pub(super) fn unaddressed_len(range: &FramedRange) -> usize {
    framed_len(&ResponseHeader { revision: range.revision, ..Default::default() }, range)
}

fn write_framed(header: &ResponseHeader, range: &FramedRange, buffer: &mut impl BufMut) {
    write_header(header, buffer);
    buffer.put_slice(&range.rows);
    write_bool(RANGE_MORE, range.more, buffer);
    write_int64(RANGE_COUNT, range.count, buffer);
}

fn range_len(header: &ResponseHeader, rows: &RangeResult) -> usize {
    header_len(header)
        + rows_len(RANGE_KVS, &rows.kvs)
        + bool_len(RANGE_MORE, rows.more)
        + int64_len(RANGE_COUNT, rows.count)
}

fn write_range(header: &ResponseHeader, rows: &RangeResult, buffer: &mut impl BufMut) {
    write_header(header, buffer);
    write_rows(RANGE_KVS, &rows.kvs, buffer);
    write_bool(RANGE_MORE, rows.more, buffer);
    write_int64(RANGE_COUNT, rows.count, buffer);
}

fn put_len(header: &ResponseHeader, answer: &PutAnswer) -> usize {
    header_len(header) + answer.prev_kv.as_ref().map_or(0, |row| message_len(PUT_PREV_KV, row.len()))
}

fn write_put(header: &ResponseHeader, answer: &PutAnswer, buffer: &mut impl BufMut) {
    write_header(header, buffer);
    if let Some(row) = &answer.prev_kv {
        write_row(PUT_PREV_KV, row, buffer);
    }
}

fn delete_len(header: &ResponseHeader, answer: &DeleteRangeAnswer) -> usize {
    header_len(header) + int64_len(DELETE_DELETED, answer.deleted) + rows_len(DELETE_PREV_KVS, &answer.prev_kvs)
}

fn write_delete(header: &ResponseHeader, answer: &DeleteRangeAnswer, buffer: &mut impl BufMut) {
    write_header(header, buffer);
    write_int64(DELETE_DELETED, answer.deleted, buffer);
    write_rows(DELETE_PREV_KVS, &answer.prev_kvs, buffer);
}

fn txn_len(header: &ResponseHeader, answer: &TxnAnswer) -> usize {
    let responses = answer.responses.iter().map(|op| message_len(TXN_RESPONSES, response_op_len(op)));
    header_len(header) + bool_len(TXN_SUCCEEDED, answer.succeeded) + responses.sum::<usize>()
}

fn write_txn(header: &ResponseHeader, answer: &TxnAnswer, buffer: &mut impl BufMut) {
    write_header(header, buffer);
    write_bool(TXN_SUCCEEDED, answer.succeeded, buffer);
    for op in &answer.responses {
        open(TXN_RESPONSES, response_op_len(op), buffer);
        let (field, len) = op_body(op);
        open(field, len, buffer);
        match op {
            OpAnswer::Range(RangeAnswer { revision, rows }) => write_range(&op_header(*revision), rows, buffer),
            OpAnswer::Put(put) => write_put(&op_header(put.revision), put, buffer),
            OpAnswer::DeleteRange(delete) => write_delete(&op_header(delete.revision), delete, buffer),
            OpAnswer::Txn(txn) => write_txn(&op_header(txn.revision), txn, buffer),
        }
    }
}

/// Bytes of a `ResponseOp`.
fn response_op_len(op: &OpAnswer) -> usize {
    let (field, len) = op_body(op);
    message_len(field, len)
}

/// The field that holds an operation's answer, and its bytes.
fn op_body(op: &OpAnswer) -> (u32, usize) {
    match op {
        OpAnswer::Range(RangeAnswer { revision, rows }) => (OP_RANGE, range_len(&op_header(*revision), rows)),
        OpAnswer::Put(put) => (OP_PUT, put_len(&op_header(put.revision), put)),
        OpAnswer::DeleteRange(delete) => (OP_DELETE_RANGE, delete_len(&op_header(delete.revision), delete)),
        OpAnswer::Txn(txn) => (OP_TXN, txn_len(&op_header(txn.revision), txn)),
    }
}

/// Inside a transaction a header tells the revision alone.
fn op_header(revision: i64) -> ResponseHeader {
    ResponseHeader { revision, ..Default::default() }
}

fn header_len(header: &ResponseHeader) -> usize {
    message_len(HEADER, header.encoded_len())
}

fn write_header(header: &ResponseHeader, buffer: &mut impl BufMut) {
    open(HEADER, header.encoded_len(), buffer);
    header.encode_raw(buffer);
}

fn rows_len(field: u32, rows: &[Bytes]) -> usize {
    rows.iter().map(|row| message_len(field, row.len())).sum()
}

fn write_rows(field: u32, rows: &[Bytes], buffer: &mut impl BufMut) {
    for row in rows {
        write_row(field, row, buffer);
    }
}

fn write_row(field: u32, row: &Bytes, buffer: &mut impl BufMut) {
    open(field, row.len(), buffer);
    buffer.put_slice(row);
}

/// Bytes of a field that holds a message of `len` bytes.
fn message_len(field: u32, len: usize) -> usize {
    key_len(field) + encoded_len_varint(len as u64) + len
}

/// Begins a field that holds a message of `len` bytes, which must follow.
fn open(field: u32, len: usize, buffer: &mut impl BufMut) {
    encode_key(field, WireType::LengthDelimited, buffer);
    encode_varint(len as u64, buffer);
}

fn bool_len(field: u32, value: bool) -> usize {
    if value { bool::encoded_len(field, &value) } else { 0 }
}

fn write_bool(field: u32, value: bool, buffer: &mut impl BufMut) {
    if value {
        bool::encode(field, &value, buffer);
    }
}

fn int64_len(field: u32, value: i64) -> usize {
    if value == 0 { 0 } else { int64::encoded_len(field, &value) }
}

fn write_int64(field: u32, value: i64, buffer: &mut impl BufMut) {
    if value != 0 {
        int64::encode(field, &value, buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::etcdserverpb as pb;
    use crate::pb::etcdserverpb::response_op::Response;
    use crate::pb::mvccpb::KeyValue;

    fn kvs(number: usize) -> Vec<KeyValue> {
        (0..number)
            .map(|i| KeyValue {
                key: vec![b'k'; i * 70].into(),
                value: vec![b'v'; i * 90].into(),
                create_revision: i as i64,
                mod_revision: 1 << (i * 3),
                version: 2,
                lease: -(i as i64),
            })
            .collect()
    }

    fn rows(number: usize) -> Vec<Bytes> {
        kvs(number).iter().map(|kv| kv.encode_to_vec().into()).collect()
    }

    fn header(revision: i64) -> ResponseHeader {
        ResponseHeader { cluster_id: u64::MAX, member_id: 7, revision, raft_term: 300 }
    }

    fn assert_same(answer: &KvAnswer, message: &impl Message, what: &str) {
        assert_eq!(answer.wire_len(), message.encoded_len(), "{what}");
        assert_eq!(answer.to_bytes(), message.encode_to_vec(), "{what}");
    }

    fn result(number: usize, more: bool, count: i64) -> (RangeResult, pb::RangeResponse) {
        let message = pb::RangeResponse { header: None, kvs: kvs(number), more, count };
        (RangeResult { kvs: rows(number), more, count }, message)
    }

    #[test]
    fn ranges_are_as_prost_writes_them() {
        for (number, more, count) in [(0, false, 0), (0, false, 1 << 40), (1, true, 5), (9, false, 9)] {
            let (_, message) = result(number, more, count);
            let mut framed = FramedRange { revision: 5, rows: Vec::new(), more, count };
            write_rows(RANGE_KVS, &rows(number), &mut framed.rows);
            assert!(framed_rows(&framed.rows).eq(rows(number)));
            let with_header = pb::RangeResponse { header: Some(header(5)), ..message };
            assert_same(&KvAnswer::Range(header(5), framed.clone()), &with_header, "range");
            let end = pb::RangeStreamResponse { range_response: Some(with_header) };
            assert_same(&KvAnswer::RangeEnd(header(5), framed.clone()), &end, "end of a stream");
            let chunk = pb::RangeResponse { kvs: kvs(number), ..Default::default() };
            let chunk = pb::RangeStreamResponse { range_response: Some(chunk) };
            assert_same(&KvAnswer::RangeChunk(framed.rows), &chunk, "chunk of a stream");
        }
    }

    #[test]
    fn puts_and_deletes_are_as_prost_writes_them() {
        for number in [0, 1, 4] {
            let message = pb::PutResponse { header: Some(header(3)), prev_kv: kvs(number).pop() };
            let answer = PutAnswer { revision: 3, prev_kv: rows(number).pop() };
            assert_same(&KvAnswer::Put(header(3), answer), &message, "put");
            let deleted = number as i64;
            let message = pb::DeleteRangeResponse { header: Some(header(3)), deleted, prev_kvs: kvs(number) };
            let answer = DeleteRangeAnswer { revision: 3, deleted, prev_kvs: rows(number) };
            assert_same(&KvAnswer::DeleteRange(header(3), answer), &message, "delete");
        }
        let message = CompactionResponse { header: Some(header(3)) };
        assert_same(&KvAnswer::Compaction(message), &message, "compaction");
    }

    #[test]
    fn txns_are_as_prost_writes_them() {
        let op = |response| pb::ResponseOp { response: Some(response) };
        let inner_header = |revision| Some(ResponseHeader { revision, ..Default::default() });
        let (found, found_message) = result(3, true, 8);
        let mut answer = TxnAnswer { revision: 9, succeeded: false, responses: Vec::new() };
        let mut message = pb::TxnResponse { header: Some(header(9)), succeeded: false, responses: Vec::new() };
        // Five levels: each holds every kind of operation and the level below.
        for depth in 0..5 {
            assert_same(&KvAnswer::Txn(header(9), answer.clone()), &message, &format!("txn of depth {depth}"));
            let nested = TxnAnswer { revision: 0, ..answer.clone() };
            let nested_message = pb::TxnResponse { header: inner_header(0), ..message.clone() };
            answer.succeeded = depth % 2 == 0;
            message.succeeded = answer.succeeded;
            answer.responses = vec![
                OpAnswer::Range(RangeAnswer { revision: 8, rows: found.clone() }),
                OpAnswer::Put(PutAnswer { revision: 9, prev_kv: rows(3).pop() }),
                OpAnswer::DeleteRange(DeleteRangeAnswer { revision: 9, deleted: 2, prev_kvs: rows(2) }),
                OpAnswer::Txn(nested),
            ];
            message.responses = vec![
                op(Response::ResponseRange(pb::RangeResponse { header: inner_header(8), ..found_message.clone() })),
                op(Response::ResponsePut(pb::PutResponse { header: inner_header(9), prev_kv: kvs(3).pop() })),
                op(Response::ResponseDeleteRange(pb::DeleteRangeResponse {
                    header: inner_header(9),
                    deleted: 2,
                    prev_kvs: kvs(2),
                })),
                op(Response::ResponseTxn(nested_message)),
            ];
        }
        assert_same(&KvAnswer::Txn(header(9), answer), &message, "txn");
    }
}
