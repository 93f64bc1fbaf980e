//! What answers look like, in each format.

use prost::Message;

use crate::{
    cli::{
        exit::{Exit, Failure},
        output::{
            self, Format,
            fields::Fields,
            hex_bytes,
            json::{self, Ids},
            jsonl::{self, Line},
            yaml,
        },
    },
    client::WatchEvent,
    pb::{
        etcdserverpb::{
            DeleteRangeResponse, PutResponse, RangeResponse, ResponseHeader, TxnResponse, WatchResponse,
            response_op::Response,
        },
        mvccpb::{Event, KeyValue, event::EventType},
    },
};

/// Writes answers to standard output in one format.
pub struct Printer {
    /// The format.
    pub format: Format,
    /// Ids, keys and values in hexadecimal, where the format does that.
    pub hex: bool,
    /// Keys without values, in the simple format.
    pub value_only: bool,
}

impl Printer {
    /// A writer of this format.
    pub fn new(format: Format, hex: bool) -> Self {
        Self { format, hex, value_only: false }
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// Standard output is gone.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        write(bytes)
    }

    /// The refusal of a format that a command cannot print.
    pub fn unsupported(&self) -> Failure {
        Failure::new(Exit::BadFeature, format!("{} not supported as output format", self.format.name()))
    }

    /// Starts an answer in the fields format.
    pub fn fields(&self) -> Fields {
        Fields::new(self.hex)
    }

    /// Writes an answer that has no table: in the formats that follow from the message itself, or the given ones.
    ///
    /// # Errors
    /// The format does not suit, or standard output is gone.
    pub fn answer<M: Message>(
        &self,
        message: &M,
        name: &str,
        simple: impl FnOnce(&mut Vec<u8>),
        fields: impl FnOnce(&mut Fields),
    ) -> Result<(), Failure> {
        let mut out = Vec::new();
        match self.format {
            Format::Simple => simple(&mut out),
            Format::Json | Format::Yaml | Format::Jsonl => {
                return self.tree(&json::message(message, &format!("etcdserverpb.{name}"), Ids::Decimal));
            }
            Format::Fields => {
                let mut lines = self.fields();
                fields(&mut lines);
                out = lines.finish().into_bytes();
            }
            Format::Table | Format::Raw => return Err(self.unsupported()),
            Format::Protobuf => out = message.encode_to_vec(),
        }
        self.write(&out)
    }

    /// Writes an answer of which only its header is of interest; `line` says in the simple format that it is done.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn done<M: Message>(
        &self,
        message: &M,
        name: &str,
        header: Option<&ResponseHeader>,
        line: &[u8],
    ) -> Result<(), Failure> {
        let simple = |out: &mut Vec<u8>| {
            out.extend_from_slice(line);
            out.push(b'\n');
        };
        self.answer(message, name, simple, |lines| {
            lines.header(header);
        })
    }

    /// Writes an answer that has neither table nor fields; `ids` is how JSON spells ids.
    ///
    /// # Errors
    /// The format does not suit, or standard output is gone.
    pub fn simple_or_message<M: Message>(
        &self,
        message: &M,
        name: &str,
        ids: Ids,
        simple: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Simple => self.write(simple().as_bytes()),
            Format::Json | Format::Yaml | Format::Jsonl => {
                self.tree(&json::message(message, &format!("etcdserverpb.{name}"), ids))
            }
            Format::Protobuf => self.write(&message.encode_to_vec()),
            Format::Fields | Format::Table | Format::Raw => Err(self.unsupported()),
        }
    }

    /// Writes JSON in one of the formats that are made of it.
    ///
    /// # Errors
    /// Standard output is gone.
    pub fn tree(&self, json: &str) -> Result<(), Failure> {
        match self.format {
            Format::Yaml => self.write(yaml::of_json(json).as_bytes()),
            Format::Jsonl => self.write(jsonl::items(json).as_bytes()),
            Format::Simple | Format::Json | Format::Fields | Format::Table | Format::Protobuf | Format::Raw => {
                self.write(format!("{json}\n").as_bytes())
            }
        }
    }

    /// Writes values with nothing between them, if that is the format; says whether it did.
    fn raw<'a>(&self, pairs: impl IntoIterator<Item = &'a KeyValue>) -> Result<bool, Failure> {
        if self.format != Format::Raw {
            return Ok(false);
        }
        let values: Vec<&[u8]> = pairs.into_iter().map(|kv| &kv.value[..]).collect();
        self.write(&values.concat())?;
        Ok(true)
    }

    /// The answer of `put`.
    ///
    /// # Errors
    /// The format does not suit, or standard output is gone.
    pub fn put(&self, answer: &PutResponse) -> Result<(), Failure> {
        if self.raw(&answer.prev_kv)? {
            return Ok(());
        }
        self.answer(answer, "PutResponse", |out| self.simple_put(out, answer), |lines| put_fields(lines, answer))
    }

    /// The answer of `get`.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn get(&self, answer: &RangeResponse) -> Result<(), Failure> {
        if self.raw(&answer.kvs)? {
            return Ok(());
        }
        if self.format == Format::Jsonl {
            return self
                .write(answer.kvs.iter().map(|kv| Line::new().pair(kv).finish()).collect::<String>().as_bytes());
        }
        self.answer(
            answer,
            "RangeResponse",
            |out| self.simple_get(out, answer),
            |lines| {
                lines.range(answer);
            },
        )
    }

    /// The answer of `del`.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn del(&self, answer: &DeleteRangeResponse) -> Result<(), Failure> {
        if self.raw(&answer.prev_kvs)? {
            return Ok(());
        }
        let name = "DeleteRangeResponse";
        self.answer(answer, name, |out| self.simple_del(out, answer), |lines| del_fields(lines, answer))
    }

    /// The answer of `txn`.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn txn(&self, answer: &TxnResponse) -> Result<(), Failure> {
        if self.raw(txn_pairs(answer))? {
            return Ok(());
        }
        self.answer(answer, "TxnResponse", |out| self.simple_txn(out, answer), |lines| txn_fields(lines, answer))
    }

    /// One answer to a watch.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn watch(&self, event: &WatchEvent) -> Result<(), Failure> {
        match self.format {
            Format::Json => self.write(watch_json(event).as_bytes()),
            Format::Yaml => self.write(format!("---\n{}", yaml::of_json(&watch_json(event))).as_bytes()),
            Format::Jsonl => self.write(event.events.iter().map(event_line).collect::<String>().as_bytes()),
            Format::Raw => self.raw(event.events.iter().filter_map(|item| item.kv.as_ref())).map(drop),
            Format::Table => Err(self.unsupported()),
            Format::Protobuf => {
                let message = WatchResponse {
                    header: Some(event.header),
                    canceled: event.canceled,
                    compact_revision: event.compact_revision,
                    events: event.events.clone(),
                    ..WatchResponse::default()
                };
                self.write(&message.encode_to_vec())
            }
            Format::Simple => {
                let mut out = Vec::new();
                for item in &event.events {
                    out.extend_from_slice(type_name(item.r#type).as_bytes());
                    out.push(b'\n');
                    for kv in item.prev_kv.iter().chain(&item.kv) {
                        self.simple_kv(&mut out, kv);
                    }
                }
                self.write(&out)
            }
            Format::Fields => {
                let mut lines = self.fields();
                lines.header(Some(&event.header));
                for item in &event.events {
                    lines.value("Type", type_name(item.r#type));
                    if let Some(kv) = &item.prev_kv {
                        lines.key_value("Prev", kv);
                    }
                    lines.key_value("", &item.kv.clone().unwrap_or_default());
                }
                self.write(lines.finish().as_bytes())
            }
        }
    }

    fn simple_bytes(&self, out: &mut Vec<u8>, bytes: &[u8]) {
        if self.hex {
            out.extend_from_slice(hex_bytes(bytes).as_bytes());
        } else {
            out.extend_from_slice(bytes);
        }
        out.push(b'\n');
    }

    fn simple_kv(&self, out: &mut Vec<u8>, kv: &KeyValue) {
        if !self.value_only {
            self.simple_bytes(out, &kv.key);
        }
        self.simple_bytes(out, &kv.value);
    }

    fn simple_put(&self, out: &mut Vec<u8>, answer: &PutResponse) {
        out.extend_from_slice(b"OK\n");
        if let Some(kv) = &answer.prev_kv {
            self.simple_kv(out, kv);
        }
    }

    fn simple_get(&self, out: &mut Vec<u8>, answer: &RangeResponse) {
        for kv in &answer.kvs {
            self.simple_kv(out, kv);
        }
    }

    fn simple_del(&self, out: &mut Vec<u8>, answer: &DeleteRangeResponse) {
        out.extend_from_slice(format!("{}\n", answer.deleted).as_bytes());
        for kv in &answer.prev_kvs {
            self.simple_kv(out, kv);
        }
    }

    fn simple_txn(&self, out: &mut Vec<u8>, answer: &TxnResponse) {
        out.extend_from_slice(if answer.succeeded { b"SUCCESS\n" } else { b"FAILURE\n" });
        for response in answer.responses.iter().filter_map(|op| op.response.as_ref()) {
            out.push(b'\n');
            match response {
                Response::ResponsePut(answer) => self.simple_put(out, answer),
                Response::ResponseRange(answer) => self.simple_get(out, answer),
                Response::ResponseDeleteRange(answer) => self.simple_del(out, answer),
                Response::ResponseTxn(answer) => self.simple_txn(out, answer),
            }
        }
    }
}

/// Writes text to standard output.
///
/// # Errors
/// Standard output is gone.
pub fn text(text: &str) -> Result<(), Failure> {
    write(text.as_bytes())
}

fn write(bytes: &[u8]) -> Result<(), Failure> {
    Ok(output::write(bytes)?)
}

/// The name of an event's type; numbers that no release sends read as PUT.
pub fn type_name(event_type: i32) -> &'static str {
    if event_type == EventType::Delete as i32 { "DELETE" } else { "PUT" }
}

/// One event as a line of JSON.
pub fn event_line(event: &Event) -> String {
    let line = Line::new().text("type", type_name(event.r#type)).pair(&event.kv.clone().unwrap_or_default());
    let line = match &event.prev_kv {
        Some(kv) => line.bytes("prev_value", &kv.value).number("prev_mod_revision", kv.mod_revision),
        None => line,
    };
    line.finish()
}

/// The keys that a transaction has read or replaced, in their order.
fn txn_pairs(answer: &TxnResponse) -> Vec<&KeyValue> {
    let mut pairs = Vec::new();
    for response in answer.responses.iter().filter_map(|op| op.response.as_ref()) {
        match response {
            Response::ResponsePut(answer) => pairs.extend(&answer.prev_kv),
            Response::ResponseRange(answer) => pairs.extend(&answer.kvs),
            Response::ResponseDeleteRange(answer) => pairs.extend(&answer.prev_kvs),
            Response::ResponseTxn(answer) => pairs.extend(txn_pairs(answer)),
        }
    }
    pairs
}

fn put_fields(lines: &mut Fields, answer: &PutResponse) {
    lines.header(answer.header.as_ref());
    if let Some(kv) = &answer.prev_kv {
        lines.key_value("Prev", kv);
    }
}

fn del_fields(lines: &mut Fields, answer: &DeleteRangeResponse) {
    lines.header(answer.header.as_ref()).value("Deleted", answer.deleted);
    for kv in &answer.prev_kvs {
        lines.key_value("Prev", kv);
    }
}

fn txn_fields(lines: &mut Fields, answer: &TxnResponse) {
    lines.header(answer.header.as_ref()).value("Succeeded", answer.succeeded);
    for response in answer.responses.iter().filter_map(|op| op.response.as_ref()) {
        match response {
            Response::ResponsePut(answer) => put_fields(lines, answer),
            Response::ResponseRange(answer) => {
                lines.range(answer);
            }
            Response::ResponseDeleteRange(answer) => del_fields(lines, answer),
            Response::ResponseTxn(answer) => txn_fields(lines, answer),
        }
    }
}

/// A watch's answer is printed from the client's own struct: capital names, nothing left out.
fn watch_json(event: &WatchEvent) -> String {
    let header = json::message(&event.header, "etcdserverpb.ResponseHeader", Ids::Decimal);
    let events = if event.events.is_empty() {
        "null".to_owned()
    } else {
        let items = event.events.iter().map(|item| json::message(item, "mvccpb.Event", Ids::Decimal));
        format!("[{}]", items.collect::<Vec<_>>().join(","))
    };
    let mut reason = String::new();
    json::string(&mut reason, &event.cancel_reason);
    format!(
        "{{\"Header\":{header},\"Events\":{events},\"CompactRevision\":{},\"Canceled\":{},\"Created\":false,\
         \"CancelReason\":{reason}}}\n",
        event.compact_revision, event.canceled
    )
}
