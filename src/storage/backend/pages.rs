//! LMDB's file, read page by page without LMDB, which trusts what it maps: a damaged file would end the process by a
//! signal. Here damage is an error with its place; so the start reads the file this way, and checks do.
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
/// A row of bucket `key` is longer, with its node.
const ROW_MIN: usize = 32;
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

/// How much of a value that has pages of its own is read.
#[derive(Clone, Copy)]
pub enum Values {
    Whole,
    /// As many bytes from the start as the function asks for, given the first page's, and the last ones. What is
    /// between is left zero.
    Ends(fn(&[u8]) -> usize),
}

/// Bytes that `Values::Ends` reads of a value's end.
const END_BYTES: usize = 64;
/// Bytes that are read ahead: trees lie in the file mostly in order.
const WINDOW_BYTES: usize = 256 << 10;

/// The root of a tree and what it should hold.
#[derive(Clone, Copy, Debug)]
pub struct Tree {
    root: u64,
    depth: u16,
    entries: u64,
    /// LMDB's options of the database: none of ours.
    flags: u16,
}

impl Tree {
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (flags, depth) = (u16_at(bytes, 4)?, u16_at(bytes, 6)?);
        Some(Self { root: u64_at(bytes, 40)?, depth, entries: u64_at(bytes, 32)?, flags })
    }
}

impl Tree {
    /// Rows that it says it has.
    pub fn entries(&self) -> u64 {
        self.entries
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
        if self.is_tree { Tree::decode(self.value) } else { None }
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
    free: Tree,
    main: Tree,
    /// Part of the file from `window_at` on.
    window: Vec<u8>,
    window_at: u64,
    /// Buffers of pages that are not in use now.
    spare: Vec<Vec<u8>>,
}

/// The name of a tree, the tree if the row tells of one, and the place that tells of it.
pub type Named = (Vec<u8>, Option<Tree>, u64);

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
        let path = path.to_path_buf();
        let (window, window_at, spare) = (Vec::new(), 0, Vec::new());
        Ok(Self { path, file, page_size, used, last_page, free, main, window, window_at, spare })
    }

    /// No file of this size has more rows.
    pub fn rows_max(&self) -> u64 {
        self.used.len() as u64 * 64 * (self.page_size / ROW_MIN) as u64
    }

    /// The named trees in the file.
    pub fn named(&mut self) -> Result<Vec<Named>, Damage> {
        let mut found = Vec::new();
        let main = self.main;
        self.walk(&main, Values::Whole, &mut |entry| found.push((entry.key.to_vec(), entry.tree(), entry.offset)))?;
        Ok(found)
    }

    /// Checks the list of free pages: none of them is part of a tree that was walked.
    pub fn check_free(&mut self) -> Result<(), Damage> {
        let (mut free, tree) = (Vec::new(), self.free);
        self.walk(&tree, Values::Whole, &mut |entry| free.push((entry.value.to_vec(), entry.offset)))?;
        for (list, offset) in free {
            let pages: Vec<_> = list.chunks_exact(8).filter_map(|word| u64_at(word, 0)).collect();
            let Some((&count, pages)) = pages.split_first().filter(|(count, pages)| **count <= pages.len() as u64)
            else {
                return Err(Damage { path: self.path.clone(), offset, what: "a broken list of free pages".into() });
            };
            for &page in &pages[..count as usize] {
                if page < 2 || page > self.last_page || self.is_used(page) {
                    let what = format!("page {page} is listed as free and is not");
                    return Err(Damage { path: self.path.clone(), offset, what });
                }
            }
        }
        Ok(())
    }

    /// Visits the rows of `tree` in order. Its structure is checked on the way: each page is what it should be and
    /// belongs to one place only, nodes lie inside their pages, keys ascend, and the tree has as many rows as it says.
    pub fn walk(&mut self, tree: &Tree, values: Values, visit: &mut dyn FnMut(&Entry)) -> Result<(), Damage> {
        let is_main = tree.root == self.main.root;
        // The free tree is LMDB's own, with options of its own.
        if tree.flags != 0 && tree.root != self.free.root {
            return Err(self.damage(0, 0, format!("a tree with flags {:#x}", tree.flags)));
        }
        let node_flags = if is_main { SUB_TREE } else { BIG_VALUE };
        let (last, floor) = (Vec::new(), Vec::new());
        let mut walk = Walk { values, node_flags, entries: 0, last, floor, visit };
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
        let mut page = self.spare.pop().unwrap_or_default();
        self.read_page(number, &mut page)?;
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
                // The first key of a branch page is not used.
                if slot > 0 {
                    if walk.entries > 0 && walk.last.as_slice() >= key {
                        return Err(self.damage(number, place, "a branch that begins before its last one ends".into()));
                    }
                    walk.floor.clear();
                    walk.floor.extend_from_slice(key);
                }
                self.page(low | u64::from(word(4)) << 32, depth - 1, walk)?;
                continue;
            }
            if word(4) & !walk.node_flags != 0 {
                return Err(self.damage(number, place, format!("a node with flags {:#x}", word(4))));
            }
            if key < walk.floor.as_slice() || walk.entries > 0 && walk.last.as_slice() >= key {
                return Err(self.damage(number, place, "a key that is not above the one before".into()));
            }
            let len = usize::try_from(low).map_err(|_| outside())?;
            let rest = &node[NODE + key.len()..];
            let big;
            let value = if word(4) & BIG_VALUE != 0 {
                let first = u64_at(rest, 0).ok_or_else(outside)?;
                big = self.big_value(first, len, walk.values)?;
                &big
            } else {
                rest.get(..len).ok_or_else(outside)?
            };
            walk.entries += 1;
            let offset = number * self.page_size as u64 + place as u64;
            (walk.visit)(&Entry { key, value, offset, is_tree: word(4) & SUB_TREE != 0 });
            walk.last.clear();
            walk.last.extend_from_slice(key);
        }
        self.spare.push(page);
        Ok(())
    }

    /// A value of `len` bytes in pages of its own.
    fn big_value(&mut self, first: u64, len: usize, values: Values) -> Result<Vec<u8>, Damage> {
        let pages = (HEADER + len).div_ceil(self.page_size);
        self.take(first, pages as u64)?;
        let start = first * self.page_size as u64;
        let mut header = [0; HEADER];
        self.read_at(&mut header, start)?;
        let (own, flags, count) = (u64_at(&header, 0), u16_at(&header, 10), u32_at(&header, 12));
        let (own, flags, count) = (own.unwrap_or(0), flags.unwrap_or(0), count.unwrap_or(0));
        if own != first || flags & KIND != OVERFLOW || (count as usize) < pages {
            let what = format!("page {own}, {count} pages, flags {flags:#x}, where a value of {len} bytes should be");
            return Err(self.damage(first, 0, what));
        }
        let mut value = vec![0; len];
        let start = start + HEADER as u64;
        match values {
            Values::Whole => self.read_at(&mut value, start)?,
            Values::Ends(wanted) => {
                let page = len.min(self.page_size - HEADER);
                self.read_at(&mut value[..page], start)?;
                let wanted = wanted(&value[..page]).min(len);
                if wanted > page {
                    self.read_at(&mut value[page..wanted], start + page as u64)?;
                }
                let end = wanted.max(page).max(len.saturating_sub(END_BYTES));
                self.read_at(&mut value[end..], start + end as u64)?;
            }
        }
        Ok(value)
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> Result<(), Damage> {
        let read = self.file.read_exact_at(bytes, offset);
        read.map_err(|error| Damage { path: self.path.clone(), offset, what: format!("cannot be read: {error}") })
    }

    /// Reads one page of a tree.
    fn read_page(&mut self, number: u64, page: &mut Vec<u8>) -> Result<(), Damage> {
        self.take(number, 1)?;
        let offset = number * self.page_size as u64;
        let inside = |file: &Self| {
            let start = usize::try_from(offset.checked_sub(file.window_at)?).ok()?;
            file.window.get(start..start + file.page_size).map(|_| start)
        };
        let start = match inside(self) {
            Some(start) => start,
            None => {
                self.fill_window(offset).map_err(|error| self.damage(number, 0, format!("cannot be read: {error}")))?;
                inside(self).ok_or_else(|| self.damage(number, 0, "a page beyond the end of the file".into()))?
            }
        };
        page.clear();
        page.extend_from_slice(&self.window[start..start + self.page_size]);
        match u64_at(page, 0) {
            Some(own) if own == number => Ok(()),
            own => Err(self.damage(number, 0, format!("page {number} says that it is page {}", own.unwrap_or(0)))),
        }
    }

    /// Reads the file from `offset` on into the window, less at its end.
    fn fill_window(&mut self, offset: u64) -> io::Result<()> {
        self.window.resize(WINDOW_BYTES, 0);
        self.window_at = offset;
        let mut filled = 0;
        while filled < WINDOW_BYTES {
            match self.file.read_at(&mut self.window[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(more) => filled += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.window.truncate(filled);
        Ok(())
    }

    /// Marks pages as used.
    fn take(&mut self, number: u64, count: u64) -> Result<(), Damage> {
        let end = number.checked_add(count).filter(|&end| number > 1 && end <= self.last_page + 1);
        let Some(end) = end else {
            return Err(self.damage(0, 0, format!("a reference to page {number}; the last one is {}", self.last_page)));
        };
        for page in number..end {
            if self.is_used(page) {
                return Err(self.damage(page, 0, "a page that belongs to two places".into()));
            }
            match usize::try_from(page / 64).ok().and_then(|word| self.used.get_mut(word)) {
                Some(word) => *word |= 1 << (page % 64),
                None => return Err(self.damage(page, 0, "a page beyond the end of the file".into())),
            }
        }
        Ok(())
    }

    fn is_used(&self, page: u64) -> bool {
        let word = usize::try_from(page / 64).ok().and_then(|word| self.used.get(word));
        word.is_some_and(|word| word & (1 << (page % 64)) != 0)
    }

    fn damage(&self, page: u64, place: usize, what: String) -> Damage {
        let offset = page.saturating_mul(self.page_size as u64).saturating_add(place as u64);
        Damage { path: self.path.clone(), offset, what }
    }
}

struct Walk<'visit> {
    values: Values,
    /// What nodes of this tree may be.
    node_flags: u16,
    entries: u64,
    /// The key of the last row.
    last: Vec<u8>,
    /// The key in the branch above.
    floor: Vec<u8>,
    visit: &'visit mut dyn FnMut(&Entry),
}

/// Transaction, last page, free tree, main tree.
fn decode_meta(page: &[u8]) -> Option<(u64, u64, Tree, Tree)> {
    let is_meta =
        u16_at(page, 10)? & META != 0 && u32_at(page, HEADER)? == MAGIC && u32_at(page, HEADER + 4)? == VERSION;
    let trees = HEADER + 24;
    let free = Tree::decode(page.get(trees..)?)?;
    let main = Tree::decode(page.get(trees + TREE..)?)?;
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
