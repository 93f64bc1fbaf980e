//! Messages as text, by their descriptors: `key:"a" limit:3 compare{target:MOD mod_revision:4}`. Fields in order of
//! number, unset ones left out; a field that is set to its default inside a oneof is shown.
//!
//! When reading, `*n` after a string repeats its content and after a message the field, and `$member` is the id of
//! the member asked.

use std::sync::LazyLock;

use bytes::Bytes;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use prost_reflect::{MethodDescriptor, Value};

/// Bytes longer than this are shown as their repetition, or as length and CRC.
const SHOWN_MAX: usize = 200;

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(rsetcd::pb::DESCRIPTORS).expect("our own descriptors"));

/// The descriptor of a message, by its full name.
pub fn message_named(name: &str) -> Option<MessageDescriptor> {
    POOL.get_message_by_name(name)
}

/// The method with this name; all services of etcd's API have different ones.
pub fn method_named(name: &str) -> Option<MethodDescriptor> {
    POOL.services()
        .filter(|service| ["etcdserverpb", "v3lockpb", "v3electionpb"].contains(&service.package_name()))
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .find(|method| method.name() == name)
}

/// `/package.Service/Method`.
pub fn path_of(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

/// The text of an encoded message, or of what makes it unreadable.
pub fn show_bytes(descriptor: MessageDescriptor, bytes: &Bytes) -> String {
    match DynamicMessage::decode(descriptor, bytes.clone()) {
        Ok(message) => show(&message),
        Err(error) => format!("not decodable: {error}"),
    }
}

/// The text of a generated message.
pub fn show_message<M: Message>(name: &str, message: &M) -> String {
    show_bytes(message_named(name).expect("a message of ours"), &message.encode_to_vec().into())
}

/// Another text for a field's value, where a rule has one.
pub type Rewrite<'a> = &'a dyn Fn(&FieldDescriptor, &Value) -> Option<String>;

pub fn show(message: &DynamicMessage) -> String {
    show_with(message, &|_, _| None)
}

/// As [`show`], with `rewrite` asked for every field that is no message.
pub fn show_with(message: &DynamicMessage, rewrite: Rewrite<'_>) -> String {
    let mut words = Vec::new();
    for (field, value) in message.fields() {
        match value {
            Value::List(list) => words.extend(list.iter().map(|value| show_field(&field, value, rewrite))),
            value => words.push(show_field(&field, value, rewrite)),
        }
    }
    words.extend(message.unknown_fields().map(|field| format!("unknown:{}", field.number())));
    words.join(" ")
}

fn show_field(field: &FieldDescriptor, value: &Value, rewrite: Rewrite<'_>) -> String {
    let name = field.name();
    if let Value::Message(message) = value {
        return format!("{name}{{{}}}", show_with(message, rewrite));
    }
    if let Some(text) = rewrite(field, value) {
        return format!("{name}:{text}");
    }
    match value {
        Value::String(text) => format!("{name}:{}", show_string(text.as_bytes())),
        Value::Bytes(bytes) => format!("{name}:{}", show_string(bytes)),
        Value::EnumNumber(number) => match field.kind() {
            Kind::Enum(kind) => match kind.get_value(*number) {
                Some(value) => format!("{name}:{}", value.name()),
                None => format!("{name}:{number}"),
            },
            _ => unreachable!("only an enum field holds an enum"),
        },
        Value::Bool(value) => format!("{name}:{value}"),
        Value::I32(value) => format!("{name}:{value}"),
        Value::I64(value) => format!("{name}:{value}"),
        Value::U32(value) => format!("{name}:{value}"),
        Value::U64(value) => format!("{name}:{value}"),
        other => format!("{name}:{other:?}"),
    }
}

fn show_string(bytes: &[u8]) -> String {
    if bytes.len() > SHOWN_MAX {
        return if bytes.iter().all(|byte| *byte == bytes[0]) {
            format!("\"{}\"*{}", bytes[..1].escape_ascii(), bytes.len())
        } else {
            format!("<{} bytes, crc {:08x}>", bytes.len(), crc32c::crc32c(bytes))
        };
    }
    format!("\"{}\"", bytes.escape_ascii())
}

/// Reads the text of a message.
///
/// # Errors
/// What was expected, and where.
pub fn parse(descriptor: MessageDescriptor, text: &str, member: u64) -> Result<DynamicMessage, String> {
    let mut reader = Reader { text, rest: text, member };
    let message = reader.message(descriptor)?;
    if reader.rest.is_empty() { Ok(message) } else { Err(reader.error("the name of a field")) }
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    member: u64,
}

impl Reader<'_> {
    fn error(&self, expected: &str) -> String {
        format!("column {}: expected {expected} in {}", self.text.len() - self.rest.len() + 1, self.text)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: char) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Letters, digits, `_`, `-` and `$`.
    fn word(&mut self) -> &str {
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-$".contains(c)));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    fn message(&mut self, descriptor: MessageDescriptor) -> Result<DynamicMessage, String> {
        let mut message = DynamicMessage::new(descriptor.clone());
        loop {
            self.skip_space();
            if self.rest.is_empty() || self.rest.starts_with('}') {
                return Ok(message);
            }
            let before = self.rest;
            let name = self.word().to_string();
            let Some(field) = descriptor.get_field_by_name(&name) else {
                self.rest = before;
                return Err(self.error(&format!("a field of {}", descriptor.name())));
            };
            let (value, count) = self.value(&field)?;
            match message.get_field_mut(&field) {
                Value::List(list) => list.extend(std::iter::repeat_n(value, count)),
                single => *single = value,
            }
        }
    }

    /// A value and how many of it.
    fn value(&mut self, field: &FieldDescriptor) -> Result<(Value, usize), String> {
        if let Kind::Message(descriptor) = field.kind() {
            if !self.take('{') {
                return Err(self.error("'{'"));
            }
            let message = self.message(descriptor)?;
            if !self.take('}') {
                return Err(self.error("'}'"));
            }
            return Ok((Value::Message(message), self.count()?));
        }
        if !self.take(':') {
            return Err(self.error("':'"));
        }
        let value = match field.kind() {
            Kind::Bytes => Value::Bytes(self.string()?.into()),
            Kind::String => Value::String(String::from_utf8(self.string()?).map_err(|_| self.error("UTF-8"))?),
            Kind::Bool => Value::Bool(self.word() == "true"),
            Kind::Enum(kind) => Value::EnumNumber(self.enumerated(&kind)?),
            Kind::Int32 => Value::I32(self.number()?),
            Kind::Int64 => Value::I64(self.number()?),
            Kind::Uint32 => Value::U32(self.number()?),
            Kind::Uint64 => Value::U64(self.number()?),
            kind => return Err(self.error(&format!("no field of type {kind:?}"))),
        };
        Ok((value, 1))
    }

    fn count(&mut self) -> Result<usize, String> {
        if self.take('*') { self.number() } else { Ok(1) }
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T, String> {
        let member = self.member.to_string();
        let word = self.word();
        let digits = if word == "$member" { &member } else { word };
        digits.parse().map_err(|_| self.error("a number before this"))
    }

    fn enumerated(&mut self, kind: &EnumDescriptor) -> Result<i32, String> {
        let word = self.word().to_string();
        match kind.get_value_by_name(&word) {
            Some(value) => Ok(value.number()),
            None => word.parse().map_err(|_| self.error(&format!("a value of {} before this", kind.name()))),
        }
    }

    /// A quoted string with Rust's byte escapes, and its repetition.
    fn string(&mut self) -> Result<Vec<u8>, String> {
        if !self.take('"') {
            return Err(self.error("'\"'"));
        }
        let mut bytes = Vec::new();
        loop {
            let mut chars = self.rest.chars();
            let first = chars.next().ok_or_else(|| self.error("'\"'"))?;
            self.rest = chars.as_str();
            match first {
                '"' => break,
                '\\' => bytes.push(self.escape()?),
                other => bytes.extend(other.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        let count = self.count()?;
        Ok(bytes.repeat(count))
    }

    fn escape(&mut self) -> Result<u8, String> {
        let mut chars = self.rest.chars();
        let first = chars.next();
        self.rest = chars.as_str();
        match first {
            Some('n') => Ok(b'\n'),
            Some('r') => Ok(b'\r'),
            Some('t') => Ok(b'\t'),
            Some(quoted @ ('"' | '\'' | '\\')) => Ok(quoted as u8),
            Some('x') => {
                let digits = self.rest.get(..2).ok_or_else(|| self.error("two hex digits"))?;
                let byte = u8::from_str_radix(digits, 16).map_err(|_| self.error("two hex digits"))?;
                self.rest = &self.rest[2..];
                Ok(byte)
            }
            _ => Err(self.error("an escape")),
        }
    }
}
