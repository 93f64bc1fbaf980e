//! The length word of a frame; see the drawing in the parent.

/// A frame starts at a multiple of this, so that its length word never straddles a sector.
pub const ALIGN: u64 = 8;
/// Length of the length word.
pub const WORD_LEN: u64 = 8;
/// What a disk writes whole or not at all. A torn write is recognized by such a piece of zeros.
pub const SECTOR: u64 = 512;

const LENGTH_BITS: u32 = 56;
const LENGTH_MASK: u64 = (1 << LENGTH_BITS) - 1;
const PADDED: u64 = 1 << 63;

/// Zero bytes behind a record of `length` bytes.
pub const fn padding(length: u64) -> u64 {
    (ALIGN - length % ALIGN) % ALIGN
}

/// The length word of a record of `length` bytes.
pub const fn encode(length: u64) -> u64 {
    match padding(length) {
        0 => length,
        padding => length | padding << LENGTH_BITS | PADDED,
    }
}

/// The record length in a length word; `None` if no record has this word. As a word is on disk whole or not at all,
/// such a one is damage, never a torn write.
pub const fn decode(word: u64) -> Option<u64> {
    let length = word & LENGTH_MASK;
    if length > 0 && encode(length) == word { Some(length) } else { None }
}

/// Is any sector of `bytes`, which stand at `offset` of a file, all zeros? Pieces at both ends may be shorter than a
/// sector.
pub fn has_zero_sector(bytes: &[u8], offset: u64) -> bool {
    let first = (SECTOR - offset % SECTOR).min(bytes.len() as u64) as usize;
    let (head, rest) = bytes.split_at(first);
    let zero = |piece: &[u8]| !piece.is_empty() && piece.iter().all(|&byte| byte == 0);
    zero(head) || rest.chunks(SECTOR as usize).any(zero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (length, bytes, why) in [
            (4, [4, 0, 0, 0, 0, 0, 0, 0x84], "4 of padding"),
            (32, [32, 0, 0, 0, 0, 0, 0, 0], "none: bit 63 clear"),
            (14, [14, 0, 0, 0, 0, 0, 0, 0x82], "2 of padding"),
            (25, [25, 0, 0, 0, 0, 0, 0, 0x87], "7 of padding"),
            (0x12_3456, [0x56, 0x34, 0x12, 0, 0, 0, 0, 0x82], "little endian"),
        ] {
            assert_eq!(encode(length).to_le_bytes(), bytes, "{why}");
            assert_eq!(decode(u64::from_le_bytes(bytes)), Some(length), "{why}");
        }
        for (word, why) in [
            (0, "end of the segment"),
            (14, "padding is missing"),
            (14 | 3 << 56 | 1 << 63, "wrong padding"),
            (32 | 1 << 63, "padding of 0"),
            (32 | 1 << 60, "unused bit"),
        ] {
            assert_eq!(decode(word), None, "{why}");
        }
    }

    #[test]
    fn zero_sectors() {
        let mut bytes = vec![1; 2000];
        assert!(!has_zero_sector(&bytes, 100));
        bytes[412..923].fill(0);
        assert!(!has_zero_sector(&bytes, 100), "one byte of the second sector is left");
        bytes[923] = 0;
        assert!(has_zero_sector(&bytes, 100));
        assert!(!has_zero_sector(&bytes, 101), "the zeros lie across two sectors");
        assert!(has_zero_sector(&[0, 0, 1], 510), "a short first piece");
        assert!(has_zero_sector(&[1, 1, 0], 510), "a short last piece");
        assert!(!has_zero_sector(&[], 510));
    }
}
