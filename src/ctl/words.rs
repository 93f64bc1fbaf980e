//! How a line of `txn` or `watch -i` falls into words.

use std::{ffi::OsString, os::unix::ffi::OsStringExt};

use crate::cli::{
    exit::{Exit, Failure},
    go,
};

/// The words of `line`: in double quotes with Go's escapes, in single quotes as they are, else up to a blank. A quote
/// that is never closed is passed over.
///
/// # Errors
/// A bad escape.
pub fn split(line: &str) -> Result<Vec<OsString>, Failure> {
    let mut words = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => quoted_length(rest),
            '\'' => rest[1..].find('\'').map(|at| at + 2),
            c if is_blank(c) => None,
            _ => Some(rest.find(is_blank).unwrap_or(rest.len())),
        };
        let Some(length) = length else {
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let (word, tail) = rest.split_at(length);
        rest = tail;
        words.push(match first {
            '"' => {
                let (bytes, _) =
                    go::unquote_prefix(word).map_err(|error| Failure::new(Exit::InvalidInput, error.to_string()))?;
                OsString::from_vec(bytes)
            }
            '\'' => word[1..length - 1].into(),
            _ => word.into(),
        });
    }
    Ok(words)
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// The length of the double-quoted word that `text` begins with, quotes included.
fn quoted_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fall_into_words() {
        for (line, words) in [
            ("get a", Ok(vec!["get", "a"])),
            ("put q \"x y\\n\\x41\"", Ok(vec!["put", "q", "x y\nA"])),
            ("get 'a b' c", Ok(vec!["get", "a b", "c"])),
            (r#"get a"b c""#, Ok(vec!["get", "a\"b", "c\""])),
            (r#"get "abc"#, Ok(vec!["get", "abc"])),
            (r#"get "" ''"#, Ok(vec!["get", "", ""])),
            (r#"get "\q""#, Err("invalid syntax")),
        ] {
            let split =
                split(line).map(|words| words.into_iter().map(|w| w.into_string().unwrap()).collect::<Vec<_>>());
            let split = split.map_err(|failure| failure.message);
            assert_eq!(
                split,
                words.map(|w| w.into_iter().map(str::to_owned).collect()).map_err(str::to_owned),
                "{line}"
            );
        }
    }
}
