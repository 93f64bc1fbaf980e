//! Messages in the old text form of protobuf, as the dump tools of etcd print them: `name:"value" name:<...> `.

use std::fmt::Write;
use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MessageDescriptor, ReflectMessage, Value};

use crate::pb;

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(pb::DESCRIPTORS).expect("the descriptors were made by the build"));

/// `bytes`, an encoded message named `name` with its package. `None` if they do not parse.
pub fn message(name: &str, bytes: &[u8]) -> Option<String> {
    let message = dynamic(name, bytes)?;
    let mut text = String::new();
    write_message(&mut text, &message);
    Some(text)
}

/// The message with its fields by name.
pub fn dynamic(name: &str, bytes: &[u8]) -> Option<DynamicMessage> {
    let descriptor: MessageDescriptor = POOL.get_message_by_name(name)?;
    DynamicMessage::decode(descriptor, bytes).ok()
}

/// In the order of numbers, but for a header, which comes first.
fn write_message(text: &mut String, message: &DynamicMessage) {
    let mut fields: Vec<_> = message.descriptor().fields().collect();
    fields.sort_by_key(|field| (field.name() != "header", field.number()));
    for field in fields.iter().filter(|field| message.has_field(field)) {
        let value = message.get_field(field);
        let mut one = |value: &Value| {
            let name = field.name();
            let written = match (value, field.kind()) {
                (Value::Message(inner), _) => {
                    let _ = write!(text, "{name}:<");
                    write_message(text, inner);
                    write!(text, ">")
                }
                (Value::EnumNumber(number), Kind::Enum(kind)) => match kind.get_value(*number) {
                    Some(value) => write!(text, "{name}:{}", value.name()),
                    None => write!(text, "{name}:{number}"),
                },
                (Value::String(string), _) => write!(text, "{name}:{}", quoted(string.as_bytes())),
                (Value::Bytes(bytes), _) => write!(text, "{name}:{}", quoted(bytes)),
                (Value::Bool(value), _) => write!(text, "{name}:{value}"),
                (Value::I32(value), _) => write!(text, "{name}:{value}"),
                (Value::I64(value), _) => write!(text, "{name}:{value}"),
                (Value::U32(value), _) => write!(text, "{name}:{value}"),
                (Value::U64(value), _) => write!(text, "{name}:{value}"),
                (Value::F32(_) | Value::F64(_) | Value::EnumNumber(_) | Value::List(_) | Value::Map(_), _) => {
                    unreachable!("none of our messages has such a value here")
                }
            };
            written.expect("a string takes all");
            text.push(' ');
        };
        match &*value {
            Value::List(values) => values.iter().for_each(&mut one),
            value => one(value),
        }
    }
}

/// In quotes; what is not printable ASCII in octal.
pub fn quoted(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 2);
    text.push('"');
    for &byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(byte.into()),
            _ => write!(text, "\\{byte:03o}").expect("a string takes all"),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::pb::etcdserverpb as rpc;

    #[test]
    fn requests() {
        let header = rpc::RequestHeader { id: 9, username: "u1".into(), auth_revision: 40 };
        let put = rpc::PutRequest { key: "foo".into(), value: "x\0\"\u{e9}".into(), ..Default::default() };
        let request = rpc::InternalRaftRequest { header: Some(header), put: Some(put), id: 3, ..Default::default() };
        assert_eq!(
            message("etcdserverpb.InternalRaftRequest", &request.encode_to_vec()).unwrap(),
            r#"header:<ID:9 username:"u1" auth_revision:40 > ID:3 put:<key:"foo" value:"x\000\"\303\251" > "#
        );
        let compare = rpc::Compare {
            result: rpc::compare::CompareResult::Greater as i32,
            target: rpc::compare::CompareTarget::Mod as i32,
            key: "k".into(),
            target_union: Some(rpc::compare::TargetUnion::ModRevision(0)),
            ..Default::default()
        };
        let txn = rpc::TxnRequest { compare: vec![compare.clone(), compare], ..Default::default() };
        let one = r#"compare:<result:GREATER target:MOD key:"k" mod_revision:0 > "#;
        assert_eq!(message("etcdserverpb.TxnRequest", &txn.encode_to_vec()).unwrap(), one.repeat(2));
        assert_eq!(message("etcdserverpb.TxnRequest", b"\xff"), None);
    }
}
