//! Bucket `key`: one row for each change of the key space, as in etcd.
//!
//! ```text
//! key    0      8   9        17  18
//!        | main  | '_' | sub  | ['t'] |     main, sub: big-endian u64; 't' marks a tombstone
//! value  mvccpb.KeyValue, fields in order, zero and empty ones left out; of a tombstone the key alone
//! ```

use bytes::{BufMut, BytesMut};

use crate::types::Revision;

/// Length of a row's key without the tombstone mark.
pub const REVISION_LEN: usize = 8 + 1 + 8;
const SEPARATOR: u8 = b'_';
const TOMBSTONE: u8 = b't';

/// Tags of mvccpb.KeyValue's fields.
const KEY: u8 = 0x0a;
const CREATE_REVISION: u8 = 0x10;
const MOD_REVISION: u8 = 0x18;
const VERSION: u8 = 0x20;
const VALUE: u8 = 0x2a;
const LEASE: u8 = 0x30;

/// An encoded row key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RowKey {
    bytes: [u8; REVISION_LEN + 1],
    len: u8,
}

impl RowKey {
    pub fn new(revision: Revision, is_tombstone: bool) -> Self {
        let mut bytes = [0; REVISION_LEN + 1];
        bytes[..8].copy_from_slice(&revision.main.to_be_bytes());
        bytes[8] = SEPARATOR;
        bytes[9..17].copy_from_slice(&revision.sub.to_be_bytes());
        bytes[17] = TOMBSTONE;
        Self { bytes, len: (REVISION_LEN + usize::from(is_tombstone)) as u8 }
    }

    /// The revision and whether the row is a tombstone; `None` for bytes that are no row key.
    pub fn decode(bytes: &[u8]) -> Option<(Revision, bool)> {
        let is_tombstone = match bytes.len() {
            REVISION_LEN => false,
            // As in etcd, another last byte is no tombstone.
            18 => bytes[17] == TOMBSTONE,
            _ => return None,
        };
        if bytes[8] != SEPARATOR {
            return None;
        }
        let main = i64::from_be_bytes(bytes[..8].try_into().ok()?);
        let sub = i64::from_be_bytes(bytes[9..17].try_into().ok()?);
        (main >= 0 && sub >= 0).then_some((Revision { main, sub }, is_tombstone))
    }
}

impl std::ops::Deref for RowKey {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// The fields of an encoded `mvccpb.KeyValue`, borrowed from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyValue<'row> {
    pub key: &'row [u8],
    pub create_revision: i64,
    pub mod_revision: i64,
    pub version: i64,
    pub value: &'row [u8],
    pub lease: i64,
}

impl<'row> KeyValue<'row> {
    /// Reads an encoded message; fields in any order, unknown ones are skipped. `None` if it is broken.
    pub fn decode(mut row: &'row [u8]) -> Option<Self> {
        let mut kv = Self::default();
        while !row.is_empty() {
            let tag = take_varint(&mut row)?;
            match (tag >> 3, tag & 7) {
                (0, _) => return None,
                (field, 0) => {
                    let value = take_varint(&mut row)? as i64;
                    match field {
                        2 => kv.create_revision = value,
                        3 => kv.mod_revision = value,
                        4 => kv.version = value,
                        6 => kv.lease = value,
                        _ => {}
                    }
                }
                (field, 2) => {
                    let len = usize::try_from(take_varint(&mut row)?).ok()?;
                    let (bytes, rest) = row.split_at_checked(len)?;
                    row = rest;
                    match field {
                        1 => kv.key = bytes,
                        5 => kv.value = bytes,
                        _ => {}
                    }
                }
                (_, 1) => row = row.get(8..)?,
                (_, 5) => row = row.get(4..)?,
                _ => return None,
            }
        }
        Some(kv)
    }

    /// Bytes that `encode` appends.
    pub fn encoded_len(&self) -> usize {
        let number = |value: i64| if value == 0 { 0 } else { 1 + varint_len(value as u64) };
        let bytes = |value: &[u8]| if value.is_empty() { 0 } else { 1 + varint_len(value.len() as u64) + value.len() };
        bytes(self.key)
            + number(self.create_revision)
            + number(self.mod_revision)
            + number(self.version)
            + bytes(self.value)
            + number(self.lease)
    }

    /// Appends the canonical encoding, which hashes depend on.
    pub fn encode(&self, out: &mut BytesMut) {
        out.reserve(self.encoded_len());
        put_bytes(out, KEY, self.key);
        put_number(out, CREATE_REVISION, self.create_revision);
        put_number(out, MOD_REVISION, self.mod_revision);
        put_number(out, VERSION, self.version);
        put_bytes(out, VALUE, self.value);
        put_number(out, LEASE, self.lease);
    }
}

/// Where the key lies in a canonical row: its offset and end. `None` if the row does not begin with a key.
pub fn key_span(row: &[u8]) -> Option<std::ops::Range<usize>> {
    let mut rest = row.strip_prefix(&[KEY])?;
    let len = usize::try_from(take_varint(&mut rest)?).ok()?;
    let start = row.len() - rest.len();
    (len <= rest.len()).then_some(start..start + len)
}

/// How much of a canonical row must be there to tell all its fields but the value: it holds the key, and the numbers
/// and lengths that follow it.
pub fn head_len(row: &[u8]) -> usize {
    let numbers = 3 * (1 + 10) + 1 + 10;
    let mut rest = row.strip_prefix(&[KEY]).unwrap_or(row);
    let key_len = take_varint(&mut rest).and_then(|len| usize::try_from(len).ok()).unwrap_or(0);
    (row.len() - rest.len()).saturating_add(key_len).saturating_add(numbers)
}

fn put_number(out: &mut BytesMut, tag: u8, value: i64) {
    if value != 0 {
        out.put_u8(tag);
        put_varint(out, value as u64);
    }
}

fn put_bytes(out: &mut BytesMut, tag: u8, value: &[u8]) {
    if !value.is_empty() {
        out.put_u8(tag);
        put_varint(out, value.len() as u64);
        out.put_slice(value);
    }
}

/// Appends a protobuf varint.
pub fn put_varint(out: &mut impl BufMut, mut value: u64) {
    while value >= 0x80 {
        out.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
}

/// Bytes of a varint.
pub const fn varint_len(value: u64) -> usize {
    // 7 bits a byte; zero takes one.
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for (at, &byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            *bytes = &bytes[at + 1..];
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::pb::mvccpb;

    #[test]
    fn row_keys() {
        for (revision, tombstone, hex) in [
            (Revision::new(2, 0), false, "00000000000000025f0000000000000000"),
            (Revision::new(4, 0), true, "00000000000000045f000000000000000074"),
            (Revision::new(0x0102, 3), false, "00000000000001025f0000000000000003"),
        ] {
            let key = RowKey::new(revision, tombstone);
            assert_eq!(key.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), hex);
            assert_eq!(RowKey::decode(&key), Some((revision, tombstone)));
        }
        for (bytes, why) in [
            (&b""[..], "empty"),
            (b"\0\0\0\0\0\0\0\x02_\0\0\0\0\0\0\0", "one byte short"),
            (b"\0\0\0\0\0\0\0\x02-\0\0\0\0\0\0\0\0", "no separator"),
            (b"\x80\0\0\0\0\0\0\x02_\0\0\0\0\0\0\0\0", "negative"),
            (b"\0\0\0\0\0\0\0\x02_\0\0\0\0\0\0\0\0tt", "two bytes long"),
        ] {
            assert_eq!(RowKey::decode(bytes), None, "{why}");
        }
        assert_eq!(RowKey::decode(b"\0\0\0\0\0\0\0\x02_\0\0\0\0\0\0\0\0x"), Some((Revision::new(2, 0), false)));
    }

    proptest::proptest! {
        #[test]
        fn encodes_as_prost(
            key: Vec<u8>, create_revision: i64, mod_revision in 0i64..300, version: i64, value: Vec<u8>, lease: i64,
        ) {
            let kv = KeyValue { key: &key, create_revision, mod_revision, version, value: &value, lease };
            let mut ours = BytesMut::new();
            kv.encode(&mut ours);
            let prost = mvccpb::KeyValue {
                key: key.clone().into(), create_revision, mod_revision, version, value: value.clone().into(), lease,
            };
            proptest::prop_assert_eq!(&ours[..], &prost.encode_to_vec()[..]);
            proptest::prop_assert_eq!(ours.len(), kv.encoded_len());
            proptest::prop_assert_eq!(KeyValue::decode(&ours), Some(kv));
            if !key.is_empty() {
                proptest::prop_assert_eq!(&ours[key_span(&ours).unwrap()], &key[..]);
            }
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = KeyValue::decode(&bytes);
            let _ = key_span(&bytes);
            let _ = RowKey::decode(&bytes);
        }
    }
}
