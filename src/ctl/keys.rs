//! Which keys a command selects: a key, a range, a prefix, or all from a key on.

use std::{ffi::OsString, os::unix::ffi::OsStringExt};

use crate::cli::exit::Failure;

/// Key and range end as they go on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The key, or the first one.
    pub key: Vec<u8>,
    /// The end of the range, not in it.
    pub range_end: Vec<u8>,
}

/// The two flags that widen a key.
#[derive(Clone, Copy, Debug)]
pub struct Widen {
    /// `--prefix`
    pub prefix: bool,
    /// `--from-key`
    pub from_key: bool,
}

impl Widen {
    /// Refuses both at once.
    ///
    /// # Errors
    /// Both are set.
    pub fn check(self) -> Result<(), Failure> {
        if self.prefix && self.from_key {
            return Err(Failure::args("`--prefix` and `--from-key` cannot be set at the same time, choose one"));
        }
        Ok(())
    }

    /// Reads `key [range_end]` of the command `name`.
    ///
    /// # Errors
    /// No key, or flags and arguments that exclude each other.
    pub fn select(self, name: &str, args: Vec<OsString>) -> Result<Selection, Failure> {
        self.check()?;
        let count = args.len();
        let mut args = args.into_iter().map(OsStringExt::into_vec);
        let key = args.next().ok_or_else(|| missing_key(name))?;
        if count > 1 {
            if self.prefix || self.from_key {
                let text = "too many arguments, only accept one argument when `--prefix` or `--from-key` is set";
                return Err(Failure::args(text));
            }
            return Ok(Selection { key, range_end: args.next().unwrap_or_default() });
        }
        Ok(if self.prefix {
            prefix(key)
        } else if self.from_key {
            Selection { key: if key.is_empty() { vec![0] } else { key }, range_end: vec![0] }
        } else {
            Selection { key, range_end: Vec::new() }
        })
    }
}

/// The refusal of a wrong number of arguments.
pub fn missing_key(name: &str) -> Failure {
    Failure::args(format!("{name} command needs one argument as key and an optional argument as range_end"))
}

/// All keys that begin with `key`.
pub fn prefix(key: Vec<u8>) -> Selection {
    if key.is_empty() {
        return Selection { key: vec![0], range_end: vec![0] };
    }
    let mut range_end = key.clone();
    while let Some(last) = range_end.pop() {
        if last < 0xff {
            range_end.push(last + 1);
            return Selection { key, range_end };
        }
    }
    Selection { key, range_end: vec![0] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_its_successor() {
        for (key, first, end) in [
            (&b""[..], &b"\0"[..], &b"\0"[..]),
            (b"ab", b"ab", b"ac"),
            (b"a\xff", b"a\xff", b"b"),
            (b"\xff\xff", b"\xff\xff", b"\0"),
        ] {
            assert_eq!(prefix(key.to_vec()), Selection { key: first.into(), range_end: end.into() });
        }
    }
}
