//! JSON as Go's `encoding/json` writes and reads it: members are compared and stored as these bytes.

use std::fmt::Write;

use serde_json::Value;

/// JSON that does not hold what it should.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    #[error("not JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    #[error("JSON is no object")]
    NoObject,
    #[error("JSON field {field} is no {expected}")]
    Type { field: &'static str, expected: &'static str },
}

/// Writes a string as Go does: what means something in HTML is escaped too.
pub(super) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                write!(out, "\\u{:04x}", u32::from(char)).expect("writing to a string does not fail");
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}

/// Writes a list of strings; an empty one is Go's nil slice.
pub(super) fn push_strings(out: &mut String, texts: &[String]) {
    if texts.is_empty() {
        return out.push_str("null");
    }
    for (at, text) in texts.iter().enumerate() {
        out.push(if at == 0 { '[' } else { ',' });
        push_string(out, text);
    }
    out.push(']');
}

/// The fields of an object, to be matched by `is`.
pub(super) fn fields(bytes: &[u8]) -> Result<impl Iterator<Item = (String, Value)>, JsonError> {
    match serde_json::from_slice(bytes)? {
        // null leaves a field as it is: unset.
        Value::Object(map) => Ok(map.into_iter().filter(|(_, value)| !value.is_null())),
        _ => Err(JsonError::NoObject),
    }
}

/// Go matches field names without regard to case.
pub(super) fn is(key: &str, field: &str) -> bool {
    key.eq_ignore_ascii_case(field)
}

pub(super) fn string(field: &'static str, value: Value) -> Result<String, JsonError> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(JsonError::Type { field, expected: "string" }),
    }
}

pub(super) fn strings(field: &'static str, value: Value) -> Result<Vec<String>, JsonError> {
    let Value::Array(values) = value else { return Err(JsonError::Type { field, expected: "list" }) };
    values.into_iter().map(|value| string(field, value)).collect()
}

pub(super) fn number(field: &'static str, value: &Value) -> Result<u64, JsonError> {
    value.as_u64().ok_or(JsonError::Type { field, expected: "number of 64 bits" })
}

pub(super) fn flag(field: &'static str, value: &Value) -> Result<bool, JsonError> {
    value.as_bool().ok_or(JsonError::Type { field, expected: "boolean" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_go_does() {
        for (text, json) in [
            ("http://127.0.0.1:2380", r#""http://127.0.0.1:2380""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("<a>&b", r#""\u003ca\u003e\u0026b""#),
            ("\n\r\t\u{8}\u{c}\0\u{1f}\u{7f}", "\"\\n\\r\\t\\b\\f\\u0000\\u001f\u{7f}\""),
            ("\u{2028}é漢\u{1f600}", "\"\\u2028é漢\u{1f600}\""),
        ] {
            let mut out = String::new();
            push_string(&mut out, text);
            assert_eq!(out, json);
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }
}
