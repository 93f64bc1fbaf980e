//! JSON as YAML in blocks, for people and for tools that read nothing else.

use serde_json::Value;

/// The YAML of a JSON text, which ends with a newline. What is no JSON stays as it is.
pub fn of_json(json: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(json) else { return json.to_owned() };
    let mut out = String::new();
    match scalar(&value) {
        Some(text) => out = text + "\n",
        None => write_block(&mut out, &value, 0),
    }
    out
}

/// A list or an object that is not empty, a line an item.
fn write_block(out: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                *out += &format!("{indent}{}:", string(name));
                match scalar(value) {
                    Some(text) => *out += &format!(" {text}\n"),
                    None => {
                        out.push('\n');
                        write_block(out, value, depth + 1);
                    }
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut block = String::new();
                match scalar(item) {
                    Some(text) => block = text + "\n",
                    None => write_block(&mut block, item, depth + 1),
                }
                // The dash takes the place of the first line's last indentation.
                *out += &format!("{indent}- {}", block.trim_start_matches(' '));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What fits behind a name on its line.
fn scalar(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(text) => string(text),
        Value::Array(items) if items.is_empty() => "[]".into(),
        Value::Object(fields) if fields.is_empty() => "{}".into(),
        Value::Array(_) | Value::Object(_) => return None,
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    })
}

/// Without quotes only where no reader takes it for something else.
fn string(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_/.=+-".contains(&b))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_what_other_readers_read() {
        let json =
            r#"{"header":{"cluster_id":18446744073709551615},"kvs":[{"key":"Zm9v","n":[1,[2,"3"]]},"no",{}],"e":[]}"#;
        let yaml = "\
header:
  cluster_id: 18446744073709551615
kvs:
  - key: Zm9v
    n:
      - 1
      - - 2
        - \"3\"
  - \"no\"
  - {}
e: []
";
        assert_eq!(of_json(json), yaml);
        let read: Value = serde_saphyr::from_str(yaml).unwrap();
        assert_eq!(read, serde_json::from_str::<Value>(json).unwrap());
        for (json, yaml) in [("[]", "[]\n"), (r#""a: \n""#, "\"a: \\n\"\n"), ("not json", "not json")] {
            assert_eq!(of_json(json), yaml);
        }
    }
}
