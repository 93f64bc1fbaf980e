//! JSON as Go's `encoding/json` prints protobuf structs: fields in the order of their numbers under their names in
//! the .proto, zero values left out, enums and 64-bit integers as numbers, bytes in base64, a oneof as an object of
//! its own. One printer for all messages, by their descriptors.

use std::{fmt::Write, sync::LazyLock};

use base64::{Engine, engine::general_purpose::STANDARD};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, OneofDescriptor, ReflectMessage, Value};

use crate::pb;

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(pb::DESCRIPTORS).expect("build.rs writes a complete descriptor set"));

/// How integers that identify something are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// As numbers.
    Decimal,
    /// As strings of lower-case hexadecimal digits.
    Hex,
}

/// The JSON of `message`, whose full name in the .proto is `name`.
///
/// # Panics
/// When `name` is not a message of `proto/`, or `message` is another one.
pub fn message(message: &impl Message, name: &str, ids: Ids) -> String {
    let descriptor = POOL.get_message_by_name(name).expect("the name of a message in proto/");
    let bytes = message.encode_to_vec();
    let dynamic = DynamicMessage::decode(descriptor, &bytes[..]).expect("a message reads what it has written");
    let mut out = String::with_capacity(bytes.len() * 2);
    write_message(&mut out, &dynamic, ids);
    out
}

fn write_message(out: &mut String, message: &DynamicMessage, ids: Ids) {
    out.push('{');
    let mut comma = Comma::default();
    for field in message.descriptor().fields() {
        if !message.has_field(&field) {
            continue;
        }
        let value = message.get_field(&field);
        match field.containing_oneof() {
            Some(oneof) => {
                comma.write(out);
                let _ = write!(out, "\"{}\":{{\"{}\":", go_name(&oneof), field.name());
                write_value(out, &field, &value, ids);
                out.push('}');
            }
            None => {
                comma.write(out);
                let _ = write!(out, "\"{}\":", field.name());
                write_value(out, &field, &value, ids);
            }
        }
    }
    out.push('}');
}

/// The name that Go's generator gives to a oneof: `target_union` becomes `TargetUnion`.
fn go_name(oneof: &OneofDescriptor) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    oneof.name().split('_').filter(|word| !word.is_empty()).map(capital).collect()
}

fn write_value(out: &mut String, field: &FieldDescriptor, value: &Value, ids: Ids) {
    let is_id = || matches!(field.name(), "cluster_id" | "member_id" | "ID");
    let _ = match value {
        Value::Bool(v) => write!(out, "{v}"),
        Value::I32(v) => write!(out, "{v}"),
        Value::EnumNumber(v) => write!(out, "{v}"),
        Value::I64(v) => write!(out, "{v}"),
        Value::U32(v) => write!(out, "{v}"),
        Value::U64(v) if ids == Ids::Hex && is_id() => write!(out, "\"{v:x}\""),
        Value::U64(v) => write!(out, "{v}"),
        Value::F32(v) => write!(out, "{v}"),
        Value::F64(v) => write!(out, "{v}"),
        Value::String(v) => return string(out, v),
        Value::Bytes(v) => {
            out.push('"');
            STANDARD.encode_string(v, out);
            out.push('"');
            return;
        }
        Value::Message(v) => return write_message(out, v, ids),
        Value::List(items) => {
            out.push('[');
            let mut comma = Comma::default();
            for item in items {
                comma.write(out);
                write_value(out, field, item, ids);
            }
            out.push(']');
            return;
        }
        // No message of etcd's API holds a map.
        Value::Map(_) => Ok(()),
    };
}

/// A list of byte strings, each in base64.
pub fn bytes_list(items: &[impl AsRef<[u8]>]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("\"{}\"", STANDARD.encode(item))).collect();
    format!("[{}]", items.join(","))
}

/// Writes a string with Go's escapes, which also cover what HTML gives a meaning to.
pub fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => drop(write!(out, "\\u{:04x}", c as u32)),
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// Writes a comma before each item but the first.
#[derive(Default)]
struct Comma {
    started: bool,
}

impl Comma {
    fn write(&mut self, out: &mut String) {
        if std::mem::replace(&mut self.started, true) {
            out.push(',');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::etcdserverpb as rpc;

    #[test]
    fn a_txn_answer_is_printed_as_go_prints_it() {
        let header = |revision| Some(rpc::ResponseHeader { revision, ..Default::default() });
        let kv = pb::mvccpb::KeyValue { key: "t1".into(), version: 2, value: "over".into(), ..Default::default() };
        let range = rpc::RangeResponse { header: header(25), kvs: vec![kv], more: false, count: 1 };
        let answer = rpc::TxnResponse {
            header: header(26),
            succeeded: true,
            responses: vec![rpc::ResponseOp { response: Some(rpc::response_op::Response::ResponseRange(range)) }],
        };
        assert_eq!(
            message(&answer, "etcdserverpb.TxnResponse", Ids::Decimal),
            r#"{"header":{"revision":26},"succeeded":true,"responses":[{"Response":{"response_range":{"header":{"revision":25},"kvs":[{"key":"dDE=","version":2,"value":"b3Zlcg=="}],"count":1}}}]}"#
        );
    }

    #[test]
    fn ids_are_strings_in_hex() {
        let member = rpc::Member { id: 0xab, name: "a<b".into(), ..Default::default() };
        let answer = rpc::MemberListResponse {
            header: Some(rpc::ResponseHeader { cluster_id: 16, raft_term: 17, ..Default::default() }),
            members: vec![member],
        };
        assert_eq!(
            message(&answer, "etcdserverpb.MemberListResponse", Ids::Hex),
            r#"{"header":{"cluster_id":"10","raft_term":17},"members":[{"ID":"ab","name":"a\u003cb"}]}"#
        );
    }
}
