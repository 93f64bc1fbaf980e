//! The output formats of etcd's tools.
//!
//! A command gives its answer to the writer of the chosen format: `json` prints any message from its descriptor,
//! `fields` one `"Name" : value` a line, `table` draws boxes. The simple format is each command's own. `yaml` and
//! `jsonl` are not etcd's: the JSON as YAML, and a line of JSON a key.

pub mod fields;
pub mod json;
pub mod jsonl;
pub mod table;
pub mod yaml;

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

/// Writes to standard output, at once.
///
/// # Errors
/// Standard output is gone or full.
pub fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines for people and shell scripts.
    Simple,
    /// One JSON value an answer.
    Json,
    /// One `"Name" : value` a line.
    Fields,
    /// Boxes, where the command has columns.
    Table,
    /// The bytes of the answer's message.
    Protobuf,
    /// The JSON as YAML.
    Yaml,
    /// A line of JSON for each key, or else each answer.
    Jsonl,
    /// The bytes of values, and nothing between them.
    Raw,
}

impl Format {
    /// The format of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "simple" => Self::Simple,
            "json" => Self::Json,
            "fields" => Self::Fields,
            "table" => Self::Table,
            "protobuf" => Self::Protobuf,
            "yaml" => Self::Yaml,
            "jsonl" => Self::Jsonl,
            "raw" => Self::Raw,
            _ => return None,
        })
    }

    /// The name of the format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Json => "json",
            Self::Fields => "fields",
            Self::Table => "table",
            Self::Protobuf => "protobuf",
            Self::Yaml => "yaml",
            Self::Jsonl => "jsonl",
            Self::Raw => "raw",
        }
    }
}

/// Bytes as `\xNN` each, as `--hex` prints keys and values.
pub fn hex_bytes(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 4), |mut out, byte| {
        let _ = write!(out, "\\x{byte:02x}");
        out
    })
}

/// A size in steps of 1000, with one decimal below ten: `9 B`, `2.1 GB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 10 {
        return format!("{bytes} B");
    }
    let exponent = (bytes.ilog10() / 3).min(6);
    let scaled = bytes as f64 / 1000_f64.powi(exponent as i32);
    let rounded = (scaled * 10.0 + 0.5).floor() / 10.0;
    let unit = UNITS[exponent as usize];
    if rounded < 10.0 { format!("{rounded:.1} {unit}") } else { format!("{rounded:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_digits() {
        for (bytes, text) in [
            (0, "0 B"),
            (9, "9 B"),
            (10, "10 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (20_480, "20 kB"),
            (24_576, "25 kB"),
            (2_147_483_648, "2.1 GB"),
            (16_384, "16 kB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
