//! The configuration file: YAML (or JSON, which is YAML), keys as the flags but for some sections.
//!
//! Types are strict, as etcd decodes the file by way of JSON: numbers and booleans must not be quoted, texts must be
//! texts, durations are whole nanoseconds, URL settings are one text. Unknown keys are passed over without a word.

use serde_json::{Map, Value as Json};

use super::{
    flags::{self, FLAGS, Group},
    settings::default_value,
    value::{Kind, Value},
};

/// Keys below which flags stand under other names: section, key, flag.
const SECTIONS: [(&str, &str, &str); 40] = [
    ("client-transport-security", "cert-file", "cert-file"),
    ("client-transport-security", "key-file", "key-file"),
    ("client-transport-security", "client-cert-file", "client-cert-file"),
    ("client-transport-security", "client-key-file", "client-key-file"),
    ("client-transport-security", "client-cert-auth", "client-cert-auth"),
    ("client-transport-security", "trusted-ca-file", "trusted-ca-file"),
    ("client-transport-security", "auto-tls", "auto-tls"),
    ("client-transport-security", "allowed-hostname", "client-cert-allowed-hostname"),
    ("peer-transport-security", "cert-file", "peer-cert-file"),
    ("peer-transport-security", "key-file", "peer-key-file"),
    ("peer-transport-security", "client-cert-file", "peer-client-cert-file"),
    ("peer-transport-security", "client-key-file", "peer-client-key-file"),
    ("peer-transport-security", "client-cert-auth", "peer-client-cert-auth"),
    ("peer-transport-security", "trusted-ca-file", "peer-trusted-ca-file"),
    ("peer-transport-security", "auto-tls", "peer-auto-tls"),
    ("peer-transport-security", "allowed-cn", "peer-cert-allowed-cn"),
    ("peer-transport-security", "allowed-hostname", "peer-cert-allowed-hostname"),
    ("peer-transport-security", "skip-client-san-verification", "peer-skip-client-san-verification"),
    ("discovery-config", "token", "discovery-token"),
    ("discovery-config.client", "endpoints", "discovery-endpoints"),
    ("discovery-config.client", "dial-timeout", "discovery-dial-timeout"),
    ("discovery-config.client", "request-timeout", "discovery-request-timeout"),
    ("discovery-config.client", "keepalive-time", "discovery-keepalive-time"),
    ("discovery-config.client", "keepalive-timeout", "discovery-keepalive-timeout"),
    ("discovery-config.client.secure", "cert", "discovery-cert"),
    ("discovery-config.client.secure", "key", "discovery-key"),
    ("discovery-config.client.secure", "cacert", "discovery-cacert"),
    ("discovery-config.client.secure", "insecure-transport", "discovery-insecure-transport"),
    ("discovery-config.client.secure", "insecure-skip-tls-verify", "discovery-insecure-skip-tls-verify"),
    ("discovery-config.client.auth", "username", "discovery-user"),
    ("discovery-config.client.auth", "password", "discovery-password"),
    ("socket-options", "reuse-port", "socket-reuse-port"),
    ("socket-options", "reuse-address", "socket-reuse-address"),
    // Flags that no file can set.
    ("", "", "raft-read-timeout"),
    ("", "", "raft-write-timeout"),
    ("", "", "client-crl-file"),
    ("", "", "peer-crl-file"),
    ("", "", "discovery-fallback"),
    ("", "", "config-file"),
    ("", "", "version"),
];

/// A URL setting that is refused. etcd prints it without a log line around it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unexpected error setting up {key}: {reason}")]
pub struct UrlError {
    key: String,
    reason: String,
}

/// Why a file gives no settings.
#[derive(Debug, PartialEq, Eq)]
pub enum FileError {
    Url(UrlError),
    Invalid(String),
}

/// The flags that the file sets.
///
/// # Errors
/// The text is no YAML, no mapping, or holds a value of the wrong type or form.
pub fn read(text: &str) -> Result<Vec<(&'static str, Value)>, FileError> {
    let options = serde_saphyr::options! { duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins };
    let root: Json = if text.trim().is_empty() {
        Json::Null
    } else {
        serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| FileError::Invalid(format!("error converting YAML to JSON: yaml: {error}")))?
    };
    let root = match root {
        Json::Object(map) => map,
        Json::Null => Map::new(),
        other => return Err(wrong_type(&other, "", "embed.configYAML")),
    };
    let mut settings = Vec::new();
    for flag in FLAGS.iter().filter(|flag| flag.group != Group::Ignored) {
        let mut elsewhere = SECTIONS.iter().filter(|(_, _, name)| *name == flag.name).peekable();
        let found = if elsewhere.peek().is_none() {
            lookup(&root, flag.name).map(|value| (flag.name.to_owned(), value))
        } else {
            elsewhere.find_map(|(section, key, _)| {
                let map = section_of(&root, section)?;
                lookup(map, key).map(|value| (format!("{section}.{key}"), value))
            })
        };
        if let Some((key, json)) = found.filter(|(_, json)| !json.is_null()) {
            settings.push((flag.name, value_of(flag.kind, flag.name, &key, json)?));
        }
    }
    Ok(settings)
}

/// The mapping at a dotted path; the empty path names none.
fn section_of<'a>(root: &'a Map<String, Json>, path: &str) -> Option<&'a Map<String, Json>> {
    if path.is_empty() {
        return None;
    }
    path.split('.').try_fold(root, |map, key| lookup(map, key)?.as_object())
}

/// Keys match exactly, else in any case.
fn lookup<'a>(map: &'a Map<String, Json>, key: &str) -> Option<&'a Json> {
    map.get(key).or_else(|| map.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value))
}

fn value_of(kind: Kind, flag: &str, key: &str, json: &Json) -> Result<Value, FileError> {
    let text = || json.as_str().ok_or_else(|| wrong_type(json, key, "string"));
    let default = flags::find(flag).and_then(|position| default_value(&FLAGS[position]).ok());
    match kind {
        Kind::Bool | Kind::Ignored => json.as_bool().map(Value::Bool).ok_or_else(|| wrong_type(json, key, "bool")),
        Kind::Uint(bits) => {
            let wanted = match bits {
                32 => "uint32",
                _ if flag.starts_with("snapshot-") => "uint64",
                _ => "uint",
            };
            let value = json.as_u64().filter(|value| bits == 64 || value >> bits == 0);
            value.map(Value::Uint).ok_or_else(|| wrong_type(json, key, wanted))
        }
        Kind::Int => json.as_i64().map(Value::Int).ok_or_else(|| wrong_type(json, key, "int64")),
        Kind::Duration => json.as_i64().map(Value::Duration).ok_or_else(|| wrong_type(json, key, "time.Duration")),
        Kind::Text => Ok(Value::Text(text()?.to_owned())),
        Kind::Urls | Kind::Origins => kind
            .parse(text()?, default.as_ref())
            .map_err(|reason| FileError::Url(UrlError { key: shown_key(key).to_owned(), reason })),
        Kind::Words if is_list(flag) => {
            let items = json.as_array().ok_or_else(|| wrong_type(json, key, "[]string"))?;
            let words = items.iter().map(|item| item.as_str().ok_or_else(|| wrong_type(item, key, "string")));
            let mut words: Vec<String> = words.map(|word| word.map(str::to_owned)).collect::<Result<_, _>>()?;
            words.sort();
            words.dedup();
            Ok(Value::Words(words))
        }
        Kind::Choice(choices) => match text()? {
            word if choices.contains(&word) => Ok(Value::Text(word.to_owned())),
            word if flag == "initial-cluster-state" => {
                Err(FileError::Invalid(format!("unexpected clusterState {word:?}")))
            }
            word => Err(FileError::Invalid(format!("invalid value {word:?} for {flag}"))),
        },
        Kind::Words | Kind::Gates => kind.parse(text()?, None).map_err(FileError::Invalid),
    }
}

/// Word settings that are lists in the file; the others are one text with commas.
fn is_list(flag: &str) -> bool {
    flag != "host-whitelist"
}

/// etcd names the wrong setting for one of them, and scripts may look for it.
fn shown_key(key: &str) -> &str {
    if key == "advertise-client-urls" { "advertise-peer-urls" } else { key }
}

fn wrong_type(json: &Json, key: &str, wanted: &str) -> FileError {
    let found = match json {
        Json::Null => "null".to_owned(),
        Json::Bool(_) => "bool".to_owned(),
        Json::Number(number) if number.is_i64() || number.is_u64() => "number".to_owned(),
        Json::Number(number) => format!("number {number}"),
        Json::String(_) => "string".to_owned(),
        Json::Array(_) => "array".to_owned(),
        Json::Object(_) => "object".to_owned(),
    };
    let place = if key.is_empty() { "value".to_owned() } else { format!("struct field configYAML.{key}") };
    FileError::Invalid(format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go {place} of type {wanted}"
    ))
}

#[cfg(test)]
mod tests {
    use super::{FileError, read};

    /// A file, and what it sets or the error.
    const CASES: &[(&str, &str)] = &[
        ("", ""),
        (
            "name: a\nsnapshot-count: 5\npre-vote: false\n",
            "name=Text(\"a\") snapshot-count=Uint(5) pre-vote=Bool(false)",
        ),
        ("{\"name\": \"a\"}", "name=Text(\"a\")"),
        ("nosuch: 1\nexperimental-initial-corrupt-check: true\n", ""), // unknown keys are passed over
        ("NAME: b\nname: a\n", "name=Text(\"a\")"),                    // the exact key is preferred
        ("NAME: b\n", "name=Text(\"b\")"),
        ("cors:\nname: null\n", ""), // nothing keeps the default
        ("name: a\nname: b\n", "name=Text(\"b\")"),
        ("grpc-keepalive-interval: 1000\n", "grpc-keepalive-interval=Duration(1000)"),
        (
            "grpc-keepalive-interval: 10m\n",
            "string into Go struct field configYAML.grpc-keepalive-interval of type time.Duration",
        ),
        (
            "auto-compaction-retention: 1\n",
            "number into Go struct field configYAML.auto-compaction-retention of type string",
        ),
        ("snapshot-count: \"5\"\n", "string into Go struct field configYAML.snapshot-count of type uint64"),
        ("heartbeat-interval: 1.5\n", "number 1.5 into Go struct field configYAML.heartbeat-interval of type uint"),
        ("pre-vote: \"true\"\n", "string into Go struct field configYAML.pre-vote of type bool"),
        ("log-outputs: [stdout]\n", "log-outputs=Words([\"stdout\"])"),
        ("log-outputs: stdout\n", "string into Go struct field configYAML.log-outputs of type []string"),
        ("socket-options:\n  reuse-port: true\n", "socket-reuse-port=Bool(true)"),
        ("client-transport-security:\n  cert-file: x\n", "cert-file=Text(\"x\")"),
        ("cert-file: x\n", ""), // only the section counts
        ("discovery-config:\n  client:\n    auth:\n      username: u\n", "discovery-user=Text(\"u\")"),
        ("raft-read-timeout: 1\n", ""), // no file sets it
        ("feature-gates: LeaseCheckpoint=false\n", "feature-gates=Gates(FeatureGates({\"LeaseCheckpoint\": false}))"),
        (
            "listen-client-urls: http://a\n",
            "unexpected error setting up listen-client-urls: URL address does not have the form \"host:port\": http://a",
        ),
        (
            "advertise-client-urls: foo\n",
            "unexpected error setting up advertise-peer-urls: URL scheme must be http, https, unix, or unixs: foo",
        ),
        ("initial-cluster-state: foo\n", "unexpected clusterState \"foo\""),
        ("- a\n", "array into Go value of type embed.configYAML"),
    ];

    #[test]
    fn files_are_read_with_strict_types() {
        for (text, wanted) in CASES {
            let got = match read(text) {
                Ok(settings) => {
                    settings.iter().map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>().join(" ")
                }
                Err(FileError::Url(error)) => error.to_string(),
                Err(FileError::Invalid(reason)) => reason
                    .strip_prefix("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ")
                    .unwrap_or(&reason)
                    .to_owned(),
            };
            assert_eq!(got, *wanted, "{text:?}");
        }
        let Err(FileError::Invalid(reason)) = read("name: [") else { panic!("an open list is no YAML") };
        assert!(reason.starts_with("error converting YAML to JSON: yaml: "), "{reason}");
    }
}
