//! Entries and records as JSON, one object a line.
//!
//! Fields have the names they have in etcd's messages; ids and indexes are numbers. Bytes are an object: `base64`
//! always, `text` where they are UTF-8. Fields that are not set are left out, secrets are replaced (`content`).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use prost::Message;
use prost_reflect::{DynamicMessage, Kind, ReflectMessage, Value as Field};
use serde_json::{Map, Value, json};

use super::content::Content;
use crate::pb::etcdserverpb as rpc;
use crate::pb::raftpb::{ConfChange, ConfState, Entry, EntryType};
use crate::storage::wal::Record;
use crate::utl::text;

/// An entry: `term`, `index`, `type`, and what it asks for as `request`.
pub fn entry(entry: &Entry, content: &Content) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("term".into(), entry.term().into());
    object.insert("index".into(), entry.index().into());
    let (kind, request) = match content {
        Content::ConfChange(change) => (entry.r#type().as_str_name(), change.as_ref().map(conf_change)),
        Content::Internal(request) => {
            let is_empty = entry.data.as_ref().is_none_or(|data| data.is_empty());
            let request = (!is_empty).then(|| message("etcdserverpb.InternalRaftRequest", &request.encode_to_vec()));
            (EntryType::EntryNormal.as_str_name(), request)
        }
        Content::V2(request) => ("V2Request", Some(v2(request))),
        Content::Unknown => ("Unknown", entry.data.as_ref().map(|data| json!({ "data": bytes(data) }))),
    };
    object.insert("type".into(), kind.trim_start_matches("Entry").into());
    object.extend(request.map(|request| ("request".into(), request)));
    object
}

/// A record and the place where it stands. `None` for metadata that does not parse.
pub fn record(segment: &str, offset: u64, record: &Record) -> Option<Value> {
    let mut object = Map::new();
    object.insert("segment".into(), segment.into());
    object.insert("offset".into(), offset.into());
    let mut put = |kind: &str, fields: Value| {
        object.insert("record".into(), kind.into());
        if let Value::Object(fields) = fields {
            object.extend(fields);
        }
    };
    match record {
        Record::Crc(crc) => put("crc", json!({ "crc": crc })),
        Record::Metadata(bytes) => {
            let metadata = rpc::Metadata::decode(bytes.clone()).ok()?;
            put("metadata", json!({ "node_id": metadata.node_id(), "cluster_id": metadata.cluster_id() }));
        }
        Record::Snapshot(mark) => {
            let mut fields = json!({ "index": mark.index, "term": mark.term });
            if let Some(state) = &mark.conf_state {
                fields["conf_state"] = conf_state(state);
            }
            put("snapshot", fields);
        }
        Record::HardState(state) => {
            put("hard_state", json!({ "term": state.term(), "vote": state.vote(), "commit": state.commit() }));
        }
        Record::Entry(found) => put("entry", Value::Object(entry(found, &Content::of(found)))),
    }
    Some(Value::Object(object))
}

fn conf_state(state: &ConfState) -> Value {
    json!({
        "voters": state.voters,
        "learners": state.learners,
        "voters_outgoing": state.voters_outgoing,
        "learners_next": state.learners_next,
        "auto_leave": state.auto_leave(),
    })
}

fn conf_change(change: &ConfChange) -> Value {
    let mut object = json!({ "type": change.r#type().as_str_name(), "node_id": change.node_id() });
    if let Some(context) = change.context.as_ref().filter(|context| !context.is_empty()) {
        // A member as JSON; of a removal there is none.
        object["member"] = serde_json::from_slice(context).unwrap_or_else(|_| bytes(context));
    }
    object
}

fn v2(request: &rpc::Request) -> Value {
    json!({ "method": request.method(), "path": request.path(), "val": request.val() })
}

fn bytes(bytes: &[u8]) -> Value {
    let mut object = json!({ "base64": BASE64_STANDARD.encode(bytes) });
    if let Ok(text) = std::str::from_utf8(bytes) {
        object["text"] = text.into();
    }
    object
}

/// An encoded message of that name. `null` if it does not parse.
fn message(name: &str, bytes: &[u8]) -> Value {
    text::dynamic(name, bytes).map_or(Value::Null, |message| fields(&message))
}

fn fields(message: &DynamicMessage) -> Value {
    let descriptor = message.descriptor();
    let fields = descriptor.fields().filter(|field| message.has_field(field));
    let object = fields.map(|field| (field.name().to_owned(), value(&message.get_field(&field), &field.kind())));
    Value::Object(object.collect())
}

fn value(field: &Field, kind: &Kind) -> Value {
    match (field, kind) {
        (Field::Message(inner), _) => fields(inner),
        (Field::List(values), kind) => values.iter().map(|one| value(one, kind)).collect(),
        (Field::EnumNumber(number), Kind::Enum(kind)) => match kind.get_value(*number) {
            Some(value) => value.name().into(),
            None => (*number).into(),
        },
        (Field::EnumNumber(number), _) => (*number).into(),
        (Field::String(string), _) => string.as_str().into(),
        (Field::Bytes(content), _) => bytes(content),
        (Field::Bool(value), _) => (*value).into(),
        (Field::I32(value), _) => (*value).into(),
        (Field::I64(value), _) => (*value).into(),
        (Field::U32(value), _) => (*value).into(),
        (Field::U64(value), _) => (*value).into(),
        (Field::F32(value), _) => (*value).into(),
        (Field::F64(value), _) => (*value).into(),
        (Field::Map(_), _) => Value::Null, // no request has one
    }
}
