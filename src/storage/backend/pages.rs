//! LMDB's file, read page by page without LMDB, which trusts what it maps: for checks.
//!
//! ```text
//! page       0 number u64 · 8 pad u16 · 10 flags u16 · 12 lower u16 · 14 upper u16 · 16 … places of nodes, u16 each
//!            (overflow: 12 count of pages u32 · 16 … the value)
//! meta       pages 0 and 1; at 16: magic u32 · version u32 · address u64 · map size u64 · free tree · main tree ·
//!            last page u64 · transaction u64. The one with the higher transaction counts.
//! tree       pad u32 (of the free tree: the page size) · flags u16 · depth u16 · branch, leaf, overflow pages u64 ·
//!            entries u64 · root u64 (all ones: empty)
//! node       size low u16 · size high u16 · flags u16 · key length u16 · key · value
//!            (branch: the six bytes before the key length are the child's number)
//! ```
//! All little-endian, as on the machine that wrote it. Nodes of the main tree hold the trees of the buckets.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const MAGIC: u32 = 0xbeef_c0de;
const VERSION: u32 = 1;
const HEADER: usize = 16;
const META_END: usize = HEADER + 24 + 2 * TREE + 16;
const TREE: usize = 48;
const NODE: usize = 8;
const NO_PAGE: u64 = u64::MAX;
/// Deeper than any tree of 2^64 rows.
const DEPTH_MAX: u16 = 64;

const BRANCH: u16 = 1;
const LEAF: u16 = 2;
const OVERFLOW: u16 = 4;
const META: u16 = 8;
const KIND: u16 = BRANCH | LEAF | OVERFLOW | META;

const BIG_VALUE: u16 = 1;
const SUB_TREE: u16 = 2;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}, offset {offset}: {what}", path.display())]
pub struct Damage {
    pub path: PathBuf,
    pub offset: u64,
    pub what: String,
}

/// The root of a tree and what it should hold.
#[derive(Clone, Copy, Debug)]
pub struct Tree {
    root: u64,
    depth: u16,
    entries: u64,
    keys: Keys,
}

/// What the keys of a tree ascend as.
#[derive(Clone, Copy, Debug)]
enum Keys {
    Bytes,
    /// Of the free tree: numbers of transactions, in the machine's byte order.
    Numbers,
}

impl Keys {
    fn ascend(self, last: &[u8], next: &[u8]) -> bool {
        match self {
            Self::Bytes => last < next,
            Self::Numbers => match (u64_at(last, 0), u64_at(next, 0)) {
                (Some(last), Some(next)) => last < next,
                _ => false,
            },
        }
    }
}

impl Tree {
    fn decode(bytes: &[u8], keys: Keys) -> Option<Self> {
        Some(Self { root: u64_at(bytes, 40)?, depth: u16_at(bytes, 6)?, entries: u64_at(bytes, 32)?, keys })
    }
}

/// A row of a leaf.
pub struct Entry<'page> {
    pub key: &'page [u8],
    pub value: &'page [u8],
    /// Of the node in the file.
    pub offset: u64,
    is_tree: bool,
}

impl Entry<'_> {
    /// The tree that the value holds.
    pub fn tree(&self) -> Option<Tree> {
        if self.is_tree { Tree::decode(self.value, Keys::Bytes) } else { None }
    }
}

/// The open file.
pub struct PageFile {
    path: PathBuf,
    file: File,
    page_size: usize,
    /// One bit a page: it is part of a tree.
    used: Vec<u64>,
    last_page: u64,
    pub free: Tree,
    pub main: Tree,
}

impl PageFile {
    /// Opens the file and reads its meta pages.
    pub fn open(path: &Path) -> Result<Self, Damage> {
        let damage = |offset: usize, what: String| Damage { path: path.to_path_buf(), offset: offset as u64, what };
        let io = |error: io::Error| damage(0, error.to_string());
        let file = File::open(path).map_err(io)?;
        let len = file.metadata().map_err(io)?.len();
        let mut first = [0; META_END];
        file.read_exact_at(&mut first, 0).map_err(io)?;
        let page_size = u32_at(&first, HEADER + 24).map_or(0, |size| size as usize);
        if !page_size.is_power_of_two() || !(512..=1 << 16).contains(&page_size) {
            return Err(damage(HEADER + 24, format!("a page size of {page_size} bytes")));
        }
        let mut newest: Option<(u64, u64, Tree, Tree)> = None;
        for offset in [0, page_size] {
            let mut page = [0; META_END];
            file.read_exact_at(&mut page, offset as u64).map_err(io)?;
            let meta = decode_meta(&page).ok_or_else(|| damage(offset, "this is no meta page of LMDB".into()))?;
            if newest.is_none_or(|newest| newest.0 < meta.0) {
                newest = Some(meta);
            }
        }
        let (_, last_page, free, main) = newest.expect("there are two");
        let pages =
            usize::try_from(last_page.min(len / page_size as u64) + 1).map_err(|_| damage(0, "too large".into()))?;
        let used = vec![0; pages.div_ceil(64)];
        Ok(Self { path: path.to_path_buf(), file, page_size, used, last_page, free, main })
    }

    /// Visits the rows of `tree` in order. Its structure is checked on the way: each page is what it should be and
    /// belongs to one place only, nodes lie inside their pages, keys ascend, and the tree has as many rows as it says.
    pub fn walk(&mut self, tree: &Tree, visit: &mut dyn FnMut(&Entry)) -> Result<(), Damage> {
        let mut walk = Walk { keys: tree.keys, entries: 0, last: None, visit };
        if tree.root != NO_PAGE {
            if !(1..=DEPTH_MAX).contains(&tree.depth) {
                return Err(self.damage(tree.root, 0, format!("a tree of depth {}", tree.depth)));
            }
            self.page(tree.root, tree.depth, &mut walk)?;
        }
        if walk.entries != tree.entries {
            let what = format!("the tree has {} rows and says {}", walk.entries, tree.entries);
            return Err(self.damage(if tree.root == NO_PAGE { 0 } else { tree.root }, 0, what));
        }
        Ok(())
    }

    fn page(&mut self, number: u64, depth: u16, walk: &mut Walk) -> Result<(), Damage> {
        let page = self.read(number, 1)?;
        let kind = if depth == 1 { LEAF } else { BRANCH };
        let (flags, lower) = (u16_at(&page, 10).unwrap_or(0), usize::from(u16_at(&page, 12).unwrap_or(0)));
        if flags & KIND != kind {
            return Err(self.damage(number, 10, format!("a page with flags {flags:#x} at height {depth}")));
        }
        if lower < HEADER || lower > self.page_size || lower % 2 != 0 {
            return Err(self.damage(number, 12, format!("a page whose list of nodes ends at {lower}")));
        }
        for slot in 0..(lower - HEADER) / 2 {
            let place = usize::from(u16_at(&page, HEADER + 2 * slot).expect("below lower"));
            let outside = || self.damage(number, place, "a node that reaches beyond its page".into());
            let node = page.get(place..).filter(|node| place >= lower && node.len() >= NODE).ok_or_else(outside)?;
            let word = |at| u16_at(node, at).expect("a node has eight bytes");
            let key = node.get(NODE..NODE + usize::from(word(6))).ok_or_else(outside)?;
            let low = u64::from(word(0)) | u64::from(word(2)) << 16;
            if kind == BRANCH {
                self.page(low | u64::from(word(4)) << 32, depth - 1, walk)?;
                continue;
            }
            if walk.last.as_deref().is_some_and(|last| !walk.keys.ascend(last, key)) {
                return Err(self.damage(number, place, "a key that is not above the one before".into()));
            }
            let len = usize::try_from(low).map_err(|_| outside())?;
            let rest = &node[NODE + key.len()..];
            let big;
            let value = if word(4) & BIG_VALUE != 0 {
                let first = u64_at(rest, 0).ok_or_else(outside)?;
                big = self.overflow(first, len)?;
                &big[HEADER..HEADER + len]
            } else {
                rest.get(..len).ok_or_else(outside)?
            };
            walk.entries += 1;
            let offset = number * self.page_size as u64 + place as u64;
            (walk.visit)(&Entry { key, value, offset, is_tree: word(4) & SUB_TREE != 0 });
            walk.last.get_or_insert_default().clear();
            walk.last.get_or_insert_default().extend_from_slice(key);
        }
        Ok(())
    }

    /// The pages of a long value, header included.
    fn overflow(&mut self, first: u64, len: usize) -> Result<Vec<u8>, Damage> {
        let pages = (HEADER + len).div_ceil(self.page_size);
        let bytes = self.read(first, pages as u64)?;
        let (flags, count) = (u16_at(&bytes, 10).unwrap_or(0), u32_at(&bytes, 12).unwrap_or(0));
        if flags & KIND != OVERFLOW || (count as usize) < pages {
            let what = format!("{count} overflow pages with flags {flags:#x} for a value of {len} bytes");
            return Err(self.damage(first, 10, what));
        }
        Ok(bytes)
    }

    /// Reads `count` pages and marks them used.
    fn read(&mut self, number: u64, count: u64) -> Result<Vec<u8>, Damage> {
        let end = number.checked_add(count).filter(|&end| number > 1 && end <= self.last_page + 1);
        if end.is_none() {
            return Err(self.damage(0, 0, format!("a reference to page {number}; the last one is {}", self.last_page)));
        }
        for page in number..number + count {
            let (word, bit) = (usize::try_from(page / 64).unwrap_or(usize::MAX), 1 << (page % 64));
            match self.used.get(word).map(|used| used & bit != 0) {
                Some(false) => self.used[word] |= bit,
                Some(true) => return Err(self.damage(page, 0, "a page that belongs to two places".into())),
                None => return Err(self.damage(page, 0, "a page beyond the end of the file".into())),
            }
        }
        let len = usize::try_from(count).map_or(usize::MAX, |count| count * self.page_size);
        let mut bytes = vec![0; len];
        let offset = number * self.page_size as u64;
        let read = self.file.read_exact_at(&mut bytes, offset);
        read.map_err(|error| self.damage(number, 0, format!("cannot read {count} pages: {error}")))?;
        match u64_at(&bytes, 0) {
            Some(own) if own == number => Ok(bytes),
            own => Err(self.damage(number, 0, format!("page {number} says that it is page {}", own.unwrap_or(0)))),
        }
    }

    fn damage(&self, page: u64, place: usize, what: String) -> Damage {
        let offset = page.saturating_mul(self.page_size as u64).saturating_add(place as u64);
        Damage { path: self.path.clone(), offset, what }
    }
}

struct Walk<'visit> {
    keys: Keys,
    entries: u64,
    /// The key of the last row.
    last: Option<Vec<u8>>,
    visit: &'visit mut dyn FnMut(&Entry),
}

/// Transaction, last page, free tree, main tree.
fn decode_meta(page: &[u8]) -> Option<(u64, u64, Tree, Tree)> {
    let is_meta =
        u16_at(page, 10)? & META != 0 && u32_at(page, HEADER)? == MAGIC && u32_at(page, HEADER + 4)? == VERSION;
    let trees = HEADER + 24;
    let free = Tree::decode(page.get(trees..)?, Keys::Numbers)?;
    let main = Tree::decode(page.get(trees + TREE..)?, Keys::Bytes)?;
    let last = trees + 2 * TREE;
    is_meta.then_some((u64_at(page, last + 8)?, u64_at(page, last)?, free, main))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
