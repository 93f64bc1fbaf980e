//! The keys that a request selects.

use bytes::Bytes;

/// The keys a request selects, parsed once from the wire's `key` and `range_end`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyRange {
    One(Bytes),
    /// `start` included, `end` excluded; selects nothing when `end <= start`.
    Span {
        start: Bytes,
        end: Bytes,
    },
    /// `start` and every key after it.
    From(Bytes),
}

/// The request names no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmptyKey;

impl KeyRange {
    /// # Errors
    /// `key` is empty.
    pub fn parse(key: Bytes, range_end: Bytes) -> Result<Self, EmptyKey> {
        match (&key[..], &range_end[..]) {
            ([], _) => Err(EmptyKey),
            (_, []) => Ok(Self::One(key)),
            (_, [0]) => Ok(Self::From(key)),
            _ => Ok(Self::Span { start: key, end: range_end }),
        }
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        match self {
            Self::One(one) => one == key,
            Self::Span { start, end } => &start[..] <= key && key < &end[..],
            Self::From(start) => &start[..] <= key,
        }
    }

    /// The first key that may be selected.
    pub fn start(&self) -> &[u8] {
        match self {
            Self::One(key) | Self::Span { start: key, .. } | Self::From(key) => key,
        }
    }
}

/// The end of the range of all keys that begin with `prefix`: its last byte below 0xff raised by one and the rest
/// cut; `"\0"`, that is all keys from `prefix` on, when there is no such byte.
pub fn prefix_end(prefix: &[u8]) -> Bytes {
    match prefix.iter().rposition(|&byte| byte < 0xff) {
        Some(last) => {
            let mut end = prefix[..=last].to_vec();
            end[last] += 1;
            end.into()
        }
        None => Bytes::from_static(b"\0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_ends() {
        for (prefix, end, why) in [
            (&b"foo"[..], &b"fop"[..], "last byte raised"),
            (b"a\xff", b"b", "0xff is cut"),
            (b"\xff\xff", b"\0", "no byte to raise: open end"),
            (b"", b"\0", "every key"),
        ] {
            assert_eq!(prefix_end(prefix), end, "{why}");
        }
    }
}
