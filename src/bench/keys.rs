//! Keys and values as etcd's load generator makes them.

use bytes::Bytes;

/// A key buffer that is used again and again: what a longer number left behind a shorter one stays.
pub struct KeyBuffer(Vec<u8>);

impl KeyBuffer {
    pub fn new(size: usize) -> Self {
        Self(vec![0; size])
    }

    /// The key of `number`.
    ///
    /// # Errors
    /// The key size is too small for the number.
    pub fn key(&mut self, number: u64) -> Result<Bytes, String> {
        let size = self.0.len();
        let mut rest = number << 1; // zigzag of a number that is not negative
        for byte in &mut self.0 {
            *byte = (rest & 0x7f) as u8 | if rest > 0x7f { 0x80 } else { 0 };
            rest >>= 7;
            if rest == 0 {
                return Ok(Bytes::copy_from_slice(&self.0));
            }
        }
        Err(format!("--key-size {size} is too small for key number {number}"))
    }
}

/// `size` random bytes: one value for a whole run.
pub fn random_value(size: usize) -> Bytes {
    let mut value = vec![0; size];
    rand::fill(&mut value[..]);
    value.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_zigzag_varints_over_what_was_there() {
        let mut buffer = KeyBuffer::new(4);
        for (number, key, why) in [
            (0u64, [0, 0, 0, 0], "zero"),
            (63, [126, 0, 0, 0], "one byte"),
            (64, [0x80, 1, 0, 0], "two bytes"),
            (8192, [0x80, 0x80, 1, 0], "three bytes"),
            (1, [2, 0x80, 1, 0], "the tail of the longer one stays"),
        ] {
            assert_eq!(buffer.key(number).unwrap()[..], key, "{why}");
        }
        assert!(KeyBuffer::new(1).key(64).is_err());
    }
}
