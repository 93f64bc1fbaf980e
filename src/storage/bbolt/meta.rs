//! The two metas: where everything begins.
//!
//! ```text
//! 16 magic u32 | 20 version u32 | 24 page size u32 | 28 flags u32 | 32 root page u64 | 40 root sequence u64
//! 48 freelist page u64 | 56 high-water mark u64 | 64 transaction id u64 | 72 FNV-1a 64 of bytes 16…71
//! ```
//! Pages from the high-water mark on were never used; the file may be longer than that.

use super::page::{HEADER_BYTES, Header, META, u32_at, u64_at};

const MAGIC: u32 = 0xED0C_DAED;
const VERSION: u32 = 2;
/// Bytes of a meta page that mean something.
pub(super) const META_BYTES: usize = 80;
const CHECKSUM_AT: usize = 72;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) page_size: u32,
    /// Root page of the root bucket.
    pub(super) root: u64,
    /// `NO_PAGE`: what is free follows from what is reachable.
    pub(super) freelist: u64,
    /// First page that was never used.
    pub(super) high_water: u64,
    pub(super) txid: u64,
}

/// Why bytes are no meta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Invalid {
    Magic,
    Version,
    Checksum,
}

impl Invalid {
    /// As bbolt says it.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Magic => "invalid database",
            Self::Version => "version mismatch",
            Self::Checksum => "checksum error",
        }
    }
}

impl Meta {
    /// The start of meta page `id`.
    pub(super) fn encode(&self, id: u64) -> [u8; META_BYTES] {
        let mut bytes = [0; META_BYTES];
        bytes[..HEADER_BYTES].copy_from_slice(&Header { id, flags: META, count: 0, overflow: 0 }.encode());
        bytes[16..20].copy_from_slice(&MAGIC.to_le_bytes());
        bytes[20..24].copy_from_slice(&VERSION.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.page_size.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.root.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.freelist.to_le_bytes());
        bytes[56..64].copy_from_slice(&self.high_water.to_le_bytes());
        bytes[64..72].copy_from_slice(&self.txid.to_le_bytes());
        let checksum = fnv1a(&bytes[HEADER_BYTES..CHECKSUM_AT]);
        bytes[CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads the start of a page. The page header does not matter here.
    pub(super) fn decode(page: &[u8]) -> Result<Self, Invalid> {
        if u32_at(page, 16) != Some(MAGIC) {
            return Err(Invalid::Magic);
        }
        if u32_at(page, 20) != Some(VERSION) {
            return Err(Invalid::Version);
        }
        let checked = page.get(HEADER_BYTES..CHECKSUM_AT).ok_or(Invalid::Magic)?;
        if u64_at(page, CHECKSUM_AT) != Some(fnv1a(checked)) {
            return Err(Invalid::Checksum);
        }
        let field = |at| u64_at(page, at).ok_or(Invalid::Magic);
        Ok(Self {
            page_size: u32_at(page, 24).ok_or(Invalid::Magic)?,
            root: field(32)?,
            freelist: field(48)?,
            high_water: field(56)?,
            txid: field(64)?,
        })
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::bbolt::page::NO_PAGE;

    #[test]
    fn a_meta_of_etcd_3_7_1() {
        let meta = Meta { page_size: 4096, root: 6, freelist: NO_PAGE, high_water: 7, txid: 34 };
        let bytes = meta.encode(0);
        assert_eq!(bytes[72..], 0x88be_27ba_6388_f0e0_u64.to_le_bytes());
        assert_eq!(Meta::decode(&bytes), Ok(meta));
        for (at, wanted) in [(16, Invalid::Magic), (20, Invalid::Version), (33, Invalid::Checksum)] {
            let mut bytes = bytes;
            bytes[at] ^= 1;
            assert_eq!(Meta::decode(&bytes), Err(wanted));
        }
        assert_eq!(Meta::decode(&bytes[..40]), Err(Invalid::Magic));
    }
}
