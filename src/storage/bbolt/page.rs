//! Pages: the header, and the elements of branches and leaves.
//!
//! ```text
//! header   0 id u64 | 8 flags u16 | 10 count u16 | 12 overflow u32       overflow: further pages of this run
//! branch   0 pos u32 | 4 key length u32 | 8 child page u64
//! leaf     0 flags u32 | 4 pos u32 | 8 key length u32 | 12 value length u32
//! ```
//! Elements follow the header, then come keys and values; `pos` counts from the start of its own element.

/// The page size that we write; others are read too.
pub(super) const PAGE_BYTES: usize = 4096;
pub(super) const HEADER_BYTES: usize = 16;
pub(super) const ELEMENT_BYTES: usize = 16;
/// Length of a bucket's value before an inline page.
pub(super) const BUCKET_BYTES: usize = 16;

pub(super) const BRANCH: u16 = 0x01;
pub(super) const LEAF: u16 = 0x02;
pub(super) const META: u16 = 0x04;
pub(super) const FREELIST: u16 = 0x10;
/// The flag of a leaf element whose value is a bucket.
pub(super) const IS_BUCKET: u32 = 0x01;
/// "Not stored": in a meta, of its freelist.
pub(super) const NO_PAGE: u64 = u64::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id: u64,
    pub(super) flags: u16,
    pub(super) count: u16,
    pub(super) overflow: u32,
}

impl Header {
    pub(super) fn encode(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(&self.id.to_le_bytes());
        bytes[8..10].copy_from_slice(&self.flags.to_le_bytes());
        bytes[10..12].copy_from_slice(&self.count.to_le_bytes());
        bytes[12..].copy_from_slice(&self.overflow.to_le_bytes());
        bytes
    }

    /// `None` if the page is shorter than a header.
    pub(super) fn decode(page: &[u8]) -> Option<Self> {
        Some(Self {
            id: u64_at(page, 0)?,
            flags: u16_at(page, 8)?,
            count: u16_at(page, 10)?,
            overflow: u32_at(page, 12)?,
        })
    }
}

/// An element of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LeafElement {
    pub(super) flags: u32,
    pub(super) pos: u32,
    pub(super) key_len: u32,
    pub(super) value_len: u32,
}

impl LeafElement {
    pub(super) fn encode(self) -> [u8; ELEMENT_BYTES] {
        let mut bytes = [0; ELEMENT_BYTES];
        let fields = [self.flags, self.pos, self.key_len, self.value_len];
        for (place, field) in bytes.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        bytes
    }

    pub(super) fn decode(page: &[u8], at: usize) -> Option<Self> {
        let bytes: [u8; ELEMENT_BYTES] = array_at(page, at)?;
        let field = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Some(Self { flags: field(0), pos: field(4), key_len: field(8), value_len: field(12) })
    }
}

/// An element of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BranchElement {
    pub(super) pos: u32,
    pub(super) key_len: u32,
    pub(super) child: u64,
}

impl BranchElement {
    pub(super) fn encode(self) -> [u8; ELEMENT_BYTES] {
        let mut bytes = [0; ELEMENT_BYTES];
        bytes[..4].copy_from_slice(&self.pos.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.key_len.to_le_bytes());
        bytes[8..].copy_from_slice(&self.child.to_le_bytes());
        bytes
    }

    pub(super) fn decode(page: &[u8], at: usize) -> Option<Self> {
        Some(Self { pos: u32_at(page, at)?, key_len: u32_at(page, at + 4)?, child: u64_at(page, at + 8)? })
    }
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array_at(bytes, at).map(u16::from_le_bytes)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array_at(bytes, at).map(u64::from_le_bytes)
}
