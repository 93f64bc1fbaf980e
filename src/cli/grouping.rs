//! Keys by their beginnings, as a delimiter parts them.

/// How keys are told apart by their beginnings.
pub struct Grouping {
    /// Length of the beginning that all have.
    root: usize,
    delimiter: Vec<u8>,
    depth: usize,
}

impl Grouping {
    /// Groups the keys with `prefix` by `depth` further levels.
    pub fn new(prefix: &[u8], delimiter: Vec<u8>, depth: usize) -> Self {
        let root = ends(prefix, &delimiter).last().copied().unwrap_or(0);
        Self { root, delimiter, depth }
    }

    /// The beginning of the group that a key is in.
    pub fn group<'a>(&self, key: &'a [u8]) -> &'a [u8] {
        let root = self.root.min(key.len());
        let ends = ends(&key[root..], &self.delimiter);
        let last = ends.into_iter().take(self.depth).next_back().unwrap_or(0);
        &key[..root + last]
    }
}

/// Where each delimiter ends in `text`.
pub fn ends(text: &[u8], delimiter: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 0;
    while at + delimiter.len() <= text.len() {
        if text[at..].starts_with(delimiter) {
            at += delimiter.len();
            ends.push(at);
        } else {
            at += 1;
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_in_one_group() {
        for (prefix, depth, key, group) in [
            ("", 1, "a/b/c", "a/"),
            ("", 2, "a/b/c", "a/b/"),
            ("", 9, "a/b/c", "a/b/"),
            ("", 1, "top", ""),
            ("a/", 1, "a/b/c", "a/b/"),
            ("a/", 1, "a/b", "a/"),
            ("a/b", 0, "a/b/c", "a/"),
        ] {
            let grouping = Grouping::new(prefix.as_bytes(), b"/".to_vec(), depth);
            assert_eq!(grouping.group(key.as_bytes()), group.as_bytes(), "{prefix} {depth} {key}");
        }
    }
}
