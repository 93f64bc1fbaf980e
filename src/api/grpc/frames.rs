//! Messages inside the bodies of calls: one byte (compressed or not), four bytes of length, the message.

/// Length of what precedes a message.
const PREFIX_BYTES: usize = 5;

/// Follows the messages in a sequence of chunks.
#[derive(Debug, Default)]
pub(super) struct Frames {
    prefix: [u8; PREFIX_BYTES],
    /// Bytes of the prefix that are there.
    prefix_filled: usize,
    /// Bytes of the message that are still to come.
    left: usize,
}

/// What a chunk held.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// Messages that began.
    pub(super) messages: u64,
    /// Bytes of messages, without prefixes.
    pub(super) bytes: u64,
}

/// A message is announced that is larger than allowed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLarge {
    pub(super) bytes: usize,
}

impl Frames {
    /// # Errors
    /// A message of more than `bytes_max` begins; the chunk is not to be used.
    pub(super) fn feed(&mut self, mut chunk: &[u8], bytes_max: usize) -> Result<Counted, TooLarge> {
        let mut counted = Counted::default();
        while !chunk.is_empty() {
            if self.left > 0 {
                let taken = self.left.min(chunk.len());
                self.left -= taken;
                counted.bytes += taken as u64;
                chunk = &chunk[taken..];
                continue;
            }
            let taken = (PREFIX_BYTES - self.prefix_filled).min(chunk.len());
            self.prefix[self.prefix_filled..][..taken].copy_from_slice(&chunk[..taken]);
            self.prefix_filled += taken;
            chunk = &chunk[taken..];
            if self.prefix_filled == PREFIX_BYTES {
                let [_, length @ ..] = self.prefix;
                self.left = u32::from_be_bytes(length) as usize;
                self.prefix_filled = 0;
                counted.messages += 1;
                if self.left > bytes_max {
                    return Err(TooLarge { bytes: self.left });
                }
            }
        }
        Ok(counted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_however_they_are_cut() {
        let body = [&[0, 0, 0, 0, 3][..], b"abc", &[0, 0, 0, 0, 0], &[1, 0, 0, 1, 0], &[7; 256]].concat();
        for cut in 1..body.len() {
            let mut frames = Frames::default();
            let mut total = Counted::default();
            for chunk in body.chunks(cut) {
                let counted = frames.feed(chunk, 256).unwrap();
                total.messages += counted.messages;
                total.bytes += counted.bytes;
            }
            assert_eq!(total, Counted { messages: 3, bytes: 3 + 256 }, "chunks of {cut}");
        }
    }

    #[test]
    fn a_large_message_is_known_by_its_prefix() {
        let mut frames = Frames::default();
        assert_eq!(frames.feed(&[0, 0, 0], 2), Ok(Counted::default()));
        assert_eq!(frames.feed(&[0, 3, b'a'], 2), Err(TooLarge { bytes: 3 }));
    }
}
