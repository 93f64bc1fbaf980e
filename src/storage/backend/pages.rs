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
//! free       key: transaction u64 · value: count u64 · page u64 …   (pages in descending order)
//! ```
//! Nodes are even in length and fill a page from `upper` to its end. LMDB has no checksums: of the content of rows
//! only what makes no sense can be noticed.
//!
//! All little-endian, as on the machine that wrote it. Nodes of the main tree hold the trees of the buckets.

use std::cmp::Ordering;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use smallvec::SmallVec;

use crate::storage::order::Order;

const MAGIC: u32 = 0xbeef_c0de;
const VERSION: u32 = 1;
pub(super) const HEADER: usize = 16;
const META_END: usize = HEADER + 24 + 2 * TREE + 16;
const TREE: usize = 48;
pub(super) const NODE: usize = 8;
/// A row of bucket `key` is longer, with its node.
const ROW_MIN: usize = 32;
const NO_PAGE: u64 = u64::MAX;
/// Deeper than any tree of 2^64 rows.
const DEPTH_MAX: u16 = 64;

pub(super) const BRANCH: u16 = 1;
pub(super) const LEAF: u16 = 2;
pub(super) const OVERFLOW: u16 = 4;
const META: u16 = 8;

pub(super) const BIG_VALUE: u16 = 1;
pub(super) const SUB_TREE: u16 = 2;
/// Option of the free tree: its keys are numbers.
const INTEGER_KEYS: u16 = 8;

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
    pad: u32,
    /// LMDB's options of the database: none of ours.
    flags: u16,
    depth: u16,
    /// Branch, leaf and overflow pages.
    pages: [u64; 3],
    entries: u64,
    root: u64,
}

impl Tree {
    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            pad: u32_at(bytes, 0)?,
            flags: u16_at(bytes, 4)?,
            depth: u16_at(bytes, 6)?,
            pages: [u64_at(bytes, 8)?, u64_at(bytes, 16)?, u64_at(bytes, 24)?],
            entries: u64_at(bytes, 32)?,
            root: u64_at(bytes, 40)?,
        })
    }

    /// Rows that it says it has.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// No row is in it.
    pub fn is_empty(&self) -> bool {
        self.root == NO_PAGE && self.entries == 0
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
    transaction: u64,
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
        let mut newest: Option<Meta> = None;
        for number in [0, 1] {
            let mut page = [0; META_END];
            let offset = number * page_size;
            file.read_exact_at(&mut page, offset as u64).map_err(io)?;
            let meta = Meta::decode(&page).ok_or_else(|| damage(offset, "this is no meta page of LMDB".into()))?;
            meta.check(number as u64, page_size).map_err(|what| damage(offset, what))?;
            if newest.as_ref().is_none_or(|newest| newest.transaction < meta.transaction) {
                newest = Some(meta);
            }
        }
        let Meta { transaction, last_page, free, main, .. } = newest.expect("there are two");
        let pages =
            usize::try_from(last_page.min(len / page_size as u64) + 1).map_err(|_| damage(0, "too large".into()))?;
        let used = vec![0; pages.div_ceil(64)];
        let path = path.to_path_buf();
        let (window, window_at, spare) = (Vec::new(), 0, Vec::new());
        Ok(Self { path, file, page_size, used, last_page, transaction, free, main, window, window_at, spare })
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

    /// Checks the list of free pages, which are written over: none of them is part of a tree that was walked.
    pub fn check_free(&mut self) -> Result<(), Damage> {
        let (mut free, mut wrong) = (Vec::new(), None);
        let (tree, newest) = (self.free, self.transaction);
        self.walk(&tree, Values::Whole, &mut |entry| match free_pages(entry, newest) {
            Some(pages) => free.extend(pages.map(|page| (page, entry.offset))),
            None => wrong = wrong.or(Some(entry.offset)),
        })?;
        let path = self.path.clone();
        let damage = |offset, what| Damage { path: path.clone(), offset, what };
        if let Some(offset) = wrong {
            return Err(damage(offset, "a broken list of free pages".into()));
        }
        for (page, offset) in free {
            if page < 2 || page > self.last_page || self.is_used(page) {
                return Err(damage(offset, format!("page {page} is listed as free and is not")));
            }
            // One beyond the end of the file was never written.
            self.set_used(page);
        }
        Ok(())
    }

    /// Bytes of a page.
    pub fn page_bytes(&self) -> u64 {
        self.page_size as u64
    }

    /// How many pages are listed as free.
    pub fn count_free(&mut self) -> Result<u64, Damage> {
        let (mut count, mut wrong) = (0, None);
        let (tree, newest) = (self.free, self.transaction);
        self.walk(&tree, Values::Whole, &mut |entry| match free_pages(entry, newest) {
            Some(pages) => count += pages.count() as u64,
            None => wrong = wrong.or(Some(entry.offset)),
        })?;
        match wrong {
            None => Ok(count),
            Some(offset) => {
                let what = "a broken list of free pages".into();
                Err(Damage { path: self.path.clone(), offset, what })
            }
        }
    }

    /// Visits the rows of `tree` in order. Its structure is checked on the way: each page is what it should be and
    /// belongs to one place only, nodes fill their pages, keys ascend and are where branches lead to them, and the tree
    /// has as many rows and pages as it says.
    pub fn walk(&mut self, tree: &Tree, values: Values, visit: &mut dyn FnMut(&Entry)) -> Result<(), Damage> {
        self.walk_in(Order::Ascending, tree, values, &mut |entry| {
            visit(entry);
            true
        })
    }

    /// As [`PageFile::walk`], in the order given and until `visit` returns false; what was not visited is not checked.
    pub fn walk_in(
        &mut self,
        order: Order,
        tree: &Tree,
        values: Values,
        visit: &mut dyn FnMut(&Entry) -> bool,
    ) -> Result<(), Damage> {
        let is_main = tree.root == self.main.root;
        // The free tree is LMDB's own, with options of its own.
        let is_free = tree.root == self.free.root && tree.flags == INTEGER_KEYS;
        if !is_free && (tree.flags != 0 || tree.pad != 0) {
            return Err(self.damage(0, 0, format!("a tree with flags {:#x}", tree.flags)));
        }
        let node_flags = if is_main { SUB_TREE } else { BIG_VALUE };
        let compare = if is_free { compare_numbers } else { <[u8]>::cmp };
        let (last, floor) = (Vec::new(), None);
        let (entries, pages, is_over) = (0, [0; 3], false);
        let mut walk = Walk { order, values, node_flags, compare, entries, pages, last, floor, visit, is_over };
        if tree.root != NO_PAGE {
            if !(1..=DEPTH_MAX).contains(&tree.depth) {
                return Err(self.damage(tree.root, 0, format!("a tree of depth {}", tree.depth)));
            }
            self.page(tree.root, tree.depth, &mut walk)?;
        }
        if walk.is_over {
            return Ok(());
        }
        if walk.entries != tree.entries {
            let what = format!("the tree has {} rows and says {}", walk.entries, tree.entries);
            return Err(self.damage(if tree.root == NO_PAGE { 0 } else { tree.root }, 0, what));
        }
        if walk.pages != tree.pages {
            let what = format!("the tree has {:?} pages and says {:?}", walk.pages, tree.pages);
            return Err(self.damage(if tree.root == NO_PAGE { 0 } else { tree.root }, 0, what));
        }
        Ok(())
    }

    fn page(&mut self, number: u64, depth: u16, walk: &mut Walk) -> Result<(), Damage> {
        let mut page = self.spare.pop().unwrap_or_default();
        self.read_page(number, &mut page)?;
        let kind = if depth == 1 { LEAF } else { BRANCH };
        walk.pages[usize::from(kind == LEAF)] += 1;
        let word = |at| u16_at(&page, at).unwrap_or(0);
        let (flags, lower, upper) = (word(10), usize::from(word(12)), usize::from(word(14)));
        if flags != kind {
            return Err(self.damage(number, 10, format!("a page with flags {flags:#x} at height {depth}")));
        }
        if lower <= HEADER || lower % 2 != 0 || upper < lower || upper > self.page_size {
            return Err(self.damage(number, 12, format!("a page with room from {lower} to {upper}")));
        }
        self.check_tiling(number, &page, lower, upper)?;
        let slots = (lower - HEADER) / 2;
        for step in 0..slots {
            if walk.is_over {
                break;
            }
            let slot = walk.order.place(step, slots);
            let place = usize::from(u16_at(&page, HEADER + 2 * slot).expect("below lower"));
            let outside = || self.damage(number, place, "a node that reaches beyond its page".into());
            let node = page.get(place..).filter(|node| place >= lower && node.len() >= NODE).ok_or_else(outside)?;
            let word = |at| u16_at(node, at).expect("a node has eight bytes");
            let key = node.get(NODE..NODE + usize::from(word(6))).ok_or_else(outside)?;
            let low = u64::from(word(0)) | u64::from(word(2)) << 16;
            if kind == BRANCH {
                // The first key of a branch page is not used.
                let key = (slot > 0).then_some(key);
                if let (Order::Ascending, Some(key)) = (walk.order, key) {
                    if walk.entries > 0 && (walk.compare)(&walk.last, key).is_ge() {
                        return Err(self.damage(number, place, "a branch that begins before its last one ends".into()));
                    }
                    walk.floor = Some(key.to_vec());
                }
                self.page(low | u64::from(word(4)) << 32, depth - 1, walk)?;
                if let (Order::Descending, Some(key)) = (walk.order, key) {
                    if (walk.compare)(&walk.last, key).is_lt() {
                        return Err(self.damage(number, place, "a branch that begins behind its first row".into()));
                    }
                    // What comes now lies before this branch.
                    walk.last = key.to_vec();
                }
                continue;
            }
            if word(4) & !walk.node_flags != 0 {
                return Err(self.damage(number, place, format!("a node with flags {:#x}", word(4))));
            }
            let is_below = walk.floor.take().is_some_and(|floor| (walk.compare)(key, &floor).is_lt());
            let is_early = walk.entries > 0 && walk.order.refuses((walk.compare)(key, &walk.last));
            if key.is_empty() || is_below || is_early {
                return Err(self.damage(number, place, "a key that is not above the one before".into()));
            }
            let len = usize::try_from(low).map_err(|_| outside())?;
            let rest = &node[NODE + key.len()..];
            let big;
            let value = if word(4) & BIG_VALUE != 0 {
                let first = u64_at(rest, 0).ok_or_else(outside)?;
                big = self.big_value(first, len, walk)?;
                &big
            } else {
                rest.get(..len).ok_or_else(outside)?
            };
            walk.entries += 1;
            let offset = number * self.page_size as u64 + place as u64;
            walk.is_over = !(walk.visit)(&Entry { key, value, offset, is_tree: word(4) & SUB_TREE != 0 });
            walk.last.clear();
            walk.last.extend_from_slice(key);
        }
        self.spare.push(page);
        Ok(())
    }

    /// The nodes of a page fill it from `upper` to its end, each of them once.
    fn check_tiling(&self, number: u64, page: &[u8], lower: usize, upper: usize) -> Result<(), Damage> {
        let is_leaf = u16_at(page, 10) == Some(LEAF);
        let mut spans: SmallVec<[(usize, usize); 128]> = SmallVec::new();
        for slot in (HEADER..lower).step_by(2) {
            let place = u16_at(page, slot).map_or(0, usize::from);
            let len = page.get(place..).and_then(|node| node_len(node, is_leaf));
            let len = len.filter(|len| place + len <= page.len());
            let outside = || self.damage(number, place, "a node that reaches beyond its page".into());
            spans.push((place, len.ok_or_else(outside)?));
        }
        spans.sort_unstable();
        let mut end = upper;
        for (place, len) in spans {
            if place != end {
                return Err(self.damage(number, place, format!("a node where its page has none; one is due at {end}")));
            }
            end += len;
        }
        if end != page.len() {
            return Err(self.damage(number, end, "a page that its nodes do not fill".into()));
        }
        Ok(())
    }

    /// A value of `len` bytes in pages of its own.
    fn big_value(&mut self, first: u64, len: usize, walk: &mut Walk) -> Result<Vec<u8>, Damage> {
        let pages = (HEADER + len).div_ceil(self.page_size);
        self.check_range(first, pages as u64)?;
        let start = first * self.page_size as u64;
        let mut header = [0; HEADER];
        self.read_at(&mut header, start)?;
        let (own, flags, count) = (u64_at(&header, 0), u16_at(&header, 10), u32_at(&header, 12));
        let (own, flags, count) = (own.unwrap_or(0), flags.unwrap_or(0), count.unwrap_or(0));
        if own != first || flags != OVERFLOW || (count as usize) < pages {
            let what = format!("page {own}, {count} pages, flags {flags:#x}, where a value of {len} bytes should be");
            return Err(self.damage(first, 0, what));
        }
        // A value that was written over by a shorter one keeps its pages.
        self.take(first, u64::from(count))?;
        walk.pages[2] += u64::from(count);
        let mut value = vec![0; len];
        let start = start + HEADER as u64;
        match walk.values {
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
        for page in self.check_range(number, count)? {
            if self.is_used(page) {
                return Err(self.damage(page, 0, "a page that belongs to two places".into()));
            }
            if !self.set_used(page) {
                return Err(self.damage(page, 0, "a page beyond the end of the file".into()));
            }
        }
        Ok(())
    }

    fn check_range(&self, number: u64, count: u64) -> Result<Range<u64>, Damage> {
        let end = number.checked_add(count).filter(|&end| number > 1 && end <= self.last_page + 1);
        let outside = || {
            let what = format!("a reference to {count} pages from {number} on; the last one is {}", self.last_page);
            self.damage(0, 0, what)
        };
        Ok(number..end.ok_or_else(outside)?)
    }

    /// False beyond the end of the file.
    fn set_used(&mut self, page: u64) -> bool {
        let word = usize::try_from(page / 64).ok().and_then(|word| self.used.get_mut(word));
        word.map(|word| *word |= 1 << (page % 64)).is_some()
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
    order: Order,
    values: Values,
    /// What nodes of this tree may be.
    node_flags: u16,
    compare: fn(&[u8], &[u8]) -> Ordering,
    entries: u64,
    /// Branch, leaf and overflow pages.
    pages: [u64; 3],
    /// The key of the last row.
    last: Vec<u8>,
    /// The key of the branch just followed, until the row it leads to was seen.
    floor: Option<Vec<u8>>,
    visit: &'visit mut dyn FnMut(&Entry) -> bool,
    /// The visitor has enough.
    is_over: bool,
}

/// A meta page.
struct Meta {
    number: u64,
    map_size: u64,
    transaction: u64,
    last_page: u64,
    free: Tree,
    main: Tree,
}

impl Meta {
    fn decode(page: &[u8]) -> Option<Self> {
        let is_meta =
            u16_at(page, 10)? == META && u32_at(page, HEADER)? == MAGIC && u32_at(page, HEADER + 4)? == VERSION;
        let trees = HEADER + 24;
        let last = trees + 2 * TREE;
        is_meta.then_some(Self {
            number: u64_at(page, 0)?,
            map_size: u64_at(page, HEADER + 16)?,
            transaction: u64_at(page, last + 8)?,
            last_page: u64_at(page, last)?,
            free: Tree::decode(page.get(trees..)?)?,
            main: Tree::decode(page.get(trees + TREE..)?)?,
        })
    }

    fn check(&self, number: u64, page_size: usize) -> Result<(), String> {
        if self.number != number {
            return Err(format!("page {number} says that it is page {}", self.number));
        }
        if self.free.pad as usize != page_size {
            return Err(format!("a page size of {} bytes, {page_size} in the first page", self.free.pad));
        }
        // They take turns; the first transaction finds 0 on both.
        if self.transaction != 0 && self.transaction % 2 != number {
            return Err(format!("transaction {} on meta page {number}", self.transaction));
        }
        if self.free.flags != INTEGER_KEYS || self.main.flags != 0 || self.main.pad != 0 {
            return Err(format!("trees with flags {:#x} and {:#x}", self.free.flags, self.main.flags));
        }
        if self.last_page == 0 || self.last_page >= self.map_size / page_size as u64 {
            return Err(format!("last page {} in a map of {} bytes", self.last_page, self.map_size));
        }
        Ok(())
    }
}

/// Bytes of a node in its page, with padding; `None` for one that cannot be.
fn node_len(node: &[u8], is_leaf: bool) -> Option<usize> {
    let key_end = NODE + usize::from(u16_at(node, 6)?);
    let end = match u16_at(node, 4)? {
        _ if !is_leaf => key_end,
        0 | SUB_TREE => key_end + (usize::from(u16_at(node, 0)?) | usize::from(u16_at(node, 2)?) << 16),
        BIG_VALUE => key_end + 8,
        _ => return None,
    };
    Some(end.next_multiple_of(2))
}

/// The pages that a row of the free list names; `None` if it is none.
fn free_pages<'page>(entry: &Entry<'page>, newest: u64) -> Option<impl Iterator<Item = u64> + use<'page>> {
    let transaction = u64::from_ne_bytes(entry.key.try_into().ok()?);
    let (count, pages) = entry.value.split_at_checked(8)?;
    let count = usize::try_from(u64_at(count, 0)?).ok()?;
    let pages = pages.get(..count.checked_mul(8)?)?;
    let page = |bytes: &[u8]| u64::from_ne_bytes(bytes.try_into().expect("eight bytes"));
    let descends = pages.chunks_exact(8).map(page).is_sorted_by(|a, b| a > b);
    (descends && transaction <= newest).then(|| pages.chunks_exact(8).map(page))
}

/// Of keys that are numbers.
fn compare_numbers(a: &[u8], b: &[u8]) -> Ordering {
    u64_at(a, 0).cmp(&u64_at(b, 0))
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
