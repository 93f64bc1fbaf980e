//! Keys and values as a line of text shows them.

use super::{go, output::jsonl::as_text};

/// The bytes themselves where they are a word or a line of text; else in quotes with escapes.
pub fn shown(bytes: &[u8]) -> String {
    let is_line = |text: &&str| !text.is_empty() && !text.starts_with('"') && !text.contains(['\n', '\r', '\t']);
    as_text(bytes).filter(is_line).map_or_else(|| go::quote(bytes), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_line_of_text_stands_in_quotes() {
        for (bytes, text) in [
            (&b"a b/c"[..], "a b/c"),
            ("ü".as_bytes(), "ü"),
            (b"", r#""""#),
            (b"\"a\"", r#""\"a\"""#),
            (b"a\nb\xff\0", r#""a\nb\xff\x00""#),
        ] {
            assert_eq!(shown(bytes), text);
        }
    }
}
