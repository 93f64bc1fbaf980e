//! Lines of JSON, one object each: keys and values in base64, and as text beside it where they are text.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::json;
use crate::pb::mvccpb::KeyValue;

/// One line as it is written.
#[derive(Default)]
pub struct Line(String);

impl Line {
    /// An object without fields.
    pub fn new() -> Self {
        Self::default()
    }

    fn name(&mut self, name: &str) {
        self.0.push_str(if self.0.is_empty() { "{\"" } else { ",\"" });
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    /// A number.
    #[must_use]
    pub fn number(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.name(name);
        self.0 += &value.to_string();
        self
    }

    /// A text.
    #[must_use]
    pub fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        json::string(&mut self.0, value);
        self
    }

    /// Any bytes in base64; where they are text also as such, under `<name>_text`.
    #[must_use]
    pub fn bytes(mut self, name: &str, value: &[u8]) -> Self {
        self.name(name);
        self.0.push('"');
        STANDARD.encode_string(value, &mut self.0);
        self.0.push('"');
        match as_text(value) {
            Some(text) => self.text(&format!("{name}_text"), text),
            None => self,
        }
    }

    /// The fields of a key.
    #[must_use]
    pub fn pair(self, kv: &KeyValue) -> Self {
        let line = self.bytes("key", &kv.key).bytes("value", &kv.value);
        let line = line.number("create_revision", kv.create_revision).number("mod_revision", kv.mod_revision);
        let line = line.number("version", kv.version);
        if kv.lease == 0 { line } else { line.number("lease", kv.lease) }
    }

    /// The line with its newline.
    pub fn finish(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}\n" } else { "}\n" });
        self.0
    }
}

/// Bytes as text: UTF-8 without control characters but tab and newline.
pub fn as_text(bytes: &[u8]) -> Option<&str> {
    let is_text = |text: &&str| !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    std::str::from_utf8(bytes).ok().filter(is_text)
}

/// A JSON list as one line an item; anything else as one line.
pub fn items(json: &str) -> String {
    match serde_json::from_str(json) {
        Ok(serde_json::Value::Array(items)) => items.iter().map(|item| format!("{item}\n")).collect(),
        Ok(_) | Err(_) => format!("{json}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_text_only_where_they_are() {
        for (bytes, line) in [
            (&b"foo"[..], r#"{"k":"Zm9v","k_text":"foo"}"#),
            (b"", r#"{"k":"","k_text":""}"#),
            (b"\xff", r#"{"k":"/w=="}"#),
            (b"\0", r#"{"k":"AA=="}"#),
            ("ü\"\n".as_bytes(), r#"{"k":"w7wiCg==","k_text":"ü\"\n"}"#),
        ] {
            assert_eq!(Line::new().bytes("k", bytes).finish().trim_end(), line);
        }
        assert_eq!(items("[1,{\"a\":2}]"), "1\n{\"a\":2}\n");
        assert_eq!(items("{}"), "{}\n");
    }
}
