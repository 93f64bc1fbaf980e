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
//!            (branch: the six bytes before the key length are the child's number; a leaf's keys are at least the key
//!            of the node above, whose first one has none that counts)
//! free       key: transaction u64 · value: count u64 · page u64 …   (pages in descending order)
//! ```
//! Nodes are even in length and fill a page from `upper` to its end. LMDB has no checksums: of the content of rows
//! only what makes no sense can be noticed.
//!
//! All little-endian, as on the machine that wrote it. Nodes of the main tree hold the trees of the buckets.

use std::cmp::Ordering;
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

const BIG_VALUE: u16 = 1;
const SUB_TREE: u16 = 2;
/// Flag of the free tree: its keys are numbers.
const INTEGER_KEYS: u16 = 8;

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
    pad: u32,
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

    /// No row is in it.
    pub fn is_empty(&self) -> bool {
        self.root == NO_PAGE && self.entries == 0
    }
}

/// A row of a leaf.
pub struct Entry<'page> {
    pub key: &'page [u8],
    /// Of a value on pages of its own only if these are read.
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

/// Whether values on pages of their own are read, or just looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongValues {
    Read,
    Skip,
}

/// The open file.
pub struct PageFile {
    path: PathBuf,
    file: File,
    long_values: LongValues,
    page_size: usize,
    /// One bit a page: it is part of a tree.
    used: Vec<u64>,
    last_page: u64,
    transaction: u64,
    free: Tree,
    pub main: Tree,
}

/// Checks the structure of a file: of its free list, its main tree and all trees in that.
pub fn check(path: &Path) -> Result<(), Damage> {
    let mut file = PageFile::open(path, LongValues::Skip)?;
    let main = file.main;
    let mut trees = Vec::new();
    file.walk(&main, &mut |entry| trees.extend(entry.tree()))?;
    for tree in trees {
        file.walk(&tree, &mut |_| {})?;
    }
    file.check_free()
}

impl PageFile {
    /// Opens the file and reads its meta pages.
    pub fn open(path: &Path, long_values: LongValues) -> Result<Self, Damage> {
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
        Ok(Self { path, file, long_values, page_size, used, last_page, transaction, free, main })
    }

    /// Visits the rows of `tree` in order. Its structure is checked on the way: each page is what it should be and
    /// belongs to one place only, nodes fill their pages, keys ascend, branches lead to them, and the tree has as many
    /// rows and pages as it says.
    pub fn walk(&mut self, tree: &Tree, visit: &mut dyn FnMut(&Entry)) -> Result<(), Damage> {
        let place = if tree.root == NO_PAGE { 0 } else { tree.root };
        if tree.flags & !INTEGER_KEYS != 0 || (tree.flags == 0 && tree.pad != 0) {
            return Err(self.damage(place, 0, format!("a tree with flags {:#x}", tree.flags)));
        }
        let compare = if tree.flags == 0 { <[u8]>::cmp } else { compare_numbers };
        let mut walk = Walk { entries: 0, pages: [0; 3], last: None, floor: None, compare, visit };
        if tree.root != NO_PAGE {
            if !(1..=DEPTH_MAX).contains(&tree.depth) {
                return Err(self.damage(tree.root, 0, format!("a tree of depth {}", tree.depth)));
            }
            self.page(tree.root, tree.depth, &mut walk)?;
        }
        if walk.entries != tree.entries {
            let what = format!("the tree has {} rows and says {}", walk.entries, tree.entries);
            return Err(self.damage(place, 0, what));
        }
        if walk.pages != tree.pages {
            let what = format!("the tree has {:?} pages and says {:?}", walk.pages, tree.pages);
            return Err(self.damage(place, 0, what));
        }
        Ok(())
    }

    /// Checks the list of free pages, after all trees were walked: what it names may be written over.
    pub fn check_free(&mut self) -> Result<(), Damage> {
        let (tree, newest) = (self.free, self.transaction);
        let mut pages = Vec::new();
        let mut wrong = None;
        let long_values = std::mem::replace(&mut self.long_values, LongValues::Read);
        let walked = self.walk(&tree, &mut |entry| match free_pages(entry, newest) {
            Some(list) => pages.extend(list.map(|page| (page, entry.offset))),
            None => wrong = wrong.or(Some(entry.offset)),
        });
        self.long_values = long_values;
        walked?;
        let damage = |offset, what| Err(Damage { path: self.path.clone(), offset, what });
        if let Some(offset) = wrong {
            return damage(offset, "this is no list of free pages".into());
        }
        for (page, offset) in pages {
            if !(2..=self.last_page).contains(&page) {
                return damage(offset, format!("page {page} is free; the last one is {}", self.last_page));
            }
            // Beyond the end of the file: never written, so in no tree.
            let Some((word, bit)) = self.bit(page) else { continue };
            if self.used[word] & bit != 0 {
                return damage(offset, format!("page {page} is free, and in use or free a second time"));
            }
            self.used[word] |= bit;
        }
        Ok(())
    }

    fn page(&mut self, number: u64, depth: u16, walk: &mut Walk) -> Result<(), Damage> {
        let page = self.read(number, 1)?;
        self.mark(number, 1)?;
        let is_leaf = depth == 1;
        walk.pages[usize::from(is_leaf)] += 1;
        let word = |at| u16_at(&page, at).map_or(0, usize::from);
        let (flags, lower, upper) = (word(10), word(12), word(14));
        if flags != usize::from(if is_leaf { LEAF } else { BRANCH }) {
            return Err(self.damage(number, 10, format!("a page with flags {flags:#x} at height {depth}")));
        }
        if lower <= HEADER || lower % 2 != 0 || upper < lower || upper > self.page_size {
            return Err(self.damage(number, 12, format!("a page with room from {lower} to {upper}")));
        }
        self.check_tiling(number, &page, lower, upper, is_leaf)?;
        let mut before: Option<&[u8]> = None;
        for slot in 0..(lower - HEADER) / 2 {
            let place = usize::from(u16_at(&page, HEADER + 2 * slot).expect("below lower"));
            let node = Node::decode(&page, place, is_leaf).expect("checked just before");
            let last = before.or(walk.last.as_deref());
            if !is_leaf {
                // The first key of a branch does not count.
                if slot > 0 {
                    if last.is_some_and(|last| (walk.compare)(last, node.key).is_ge()) {
                        return Err(self.damage(number, place, "a branch whose key is not above those before".into()));
                    }
                    walk.floor = Some(node.key.to_vec());
                }
                self.page(node.child, depth - 1, walk)?;
                continue;
            }
            if last.is_some_and(|last| (walk.compare)(last, node.key).is_ge()) {
                return Err(self.damage(number, place, "a key that is not above the one before".into()));
            }
            if walk.floor.take().is_some_and(|floor| (walk.compare)(&floor, node.key).is_gt()) {
                return Err(self.damage(number, place, "a key that its branch does not lead to".into()));
            }
            let big;
            let value = match node.first_page {
                Some(first) => {
                    big = self.overflow(first, node.value_len, walk)?;
                    big.get(HEADER..HEADER + node.value_len).unwrap_or_default()
                }
                None => node.rest,
            };
            walk.entries += 1;
            let offset = number * self.page_size as u64 + place as u64;
            (walk.visit)(&Entry { key: node.key, value, offset, is_tree: node.flags & SUB_TREE != 0 });
            before = Some(node.key);
        }
        if let Some(key) = before {
            let last = walk.last.get_or_insert_default();
            last.clear();
            last.extend_from_slice(key);
        }
        Ok(())
    }

    /// The nodes of a page fill it from `upper` to its end, each of them once.
    fn check_tiling(&self, number: u64, page: &[u8], lower: usize, upper: usize, is_leaf: bool) -> Result<(), Damage> {
        let mut spans = Vec::with_capacity((lower - HEADER) / 2);
        for slot in (HEADER..lower).step_by(2) {
            let place = u16_at(page, slot).map_or(0, usize::from);
            let node = Node::decode(page, place, is_leaf)
                .ok_or_else(|| self.damage(number, place, "a node that reaches beyond its page".into()))?;
            spans.push((place, node.len));
        }
        spans.sort_unstable();
        let mut end = upper;
        for (place, len) in spans {
            if place != end {
                return Err(self.damage(number, place, format!("a node that should begin at {end} of its page")));
            }
            end += len;
        }
        if end != self.page_size {
            return Err(self.damage(number, end, "a page that its nodes do not fill".into()));
        }
        Ok(())
    }

    /// The pages of a long value, header included; empty if they are not to be read.
    fn overflow(&mut self, first: u64, len: usize, walk: &mut Walk) -> Result<Vec<u8>, Damage> {
        let needed = (HEADER + len).div_ceil(self.page_size) as u64;
        let header = self.read(first, 1)?;
        let (flags, count) = (u16_at(&header, 10).unwrap_or(0), u64::from(u32_at(&header, 12).unwrap_or(0)));
        if flags != OVERFLOW || count < needed {
            let what = format!("{count} overflow pages with flags {flags:#x} for a value of {len} bytes");
            return Err(self.damage(first, 10, what));
        }
        self.mark(first, count)?;
        walk.pages[2] += count;
        match self.long_values {
            LongValues::Read => self.read(first, needed),
            LongValues::Skip => {
                // Its last byte is there, which is what a cut file lacks.
                let end = first * self.page_size as u64 + (HEADER + len) as u64 - 1;
                let read = self.file.read_exact_at(&mut [0], end);
                read.map_err(|error| self.damage(first, 0, format!("cannot read {needed} pages: {error}")))?;
                Ok(Vec::new())
            }
        }
    }

    /// Reads `count` pages, which `number` is the first of.
    fn read(&self, number: u64, count: u64) -> Result<Vec<u8>, Damage> {
        self.check_range(number, count)?;
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

    /// Marks pages used.
    fn mark(&mut self, number: u64, count: u64) -> Result<(), Damage> {
        self.check_range(number, count)?;
        for page in number..number + count {
            let Some((word, bit)) = self.bit(page) else {
                return Err(self.damage(page, 0, "a page beyond the end of the file".into()));
            };
            if self.used[word] & bit != 0 {
                return Err(self.damage(page, 0, "a page that belongs to two places".into()));
            }
            self.used[word] |= bit;
        }
        Ok(())
    }

    fn check_range(&self, number: u64, count: u64) -> Result<(), Damage> {
        let end = number.checked_add(count).filter(|&end| number > 1 && end <= self.last_page + 1);
        if end.is_none() {
            let what = format!("a reference to {count} pages from {number} on; the last one is {}", self.last_page);
            return Err(self.damage(0, 0, what));
        }
        Ok(())
    }

    /// Where the mark of a page is; `None` beyond the end of the file.
    fn bit(&self, page: u64) -> Option<(usize, u64)> {
        let word = usize::try_from(page / 64).ok()?;
        (word < self.used.len()).then_some((word, 1 << (page % 64)))
    }

    fn damage(&self, page: u64, place: usize, what: String) -> Damage {
        let offset = page.saturating_mul(self.page_size as u64).saturating_add(place as u64);
        Damage { path: self.path.clone(), offset, what }
    }
}

/// The way through one tree.
struct Walk<'visit> {
    entries: u64,
    pages: [u64; 3],
    /// The key of the last row.
    last: Option<Vec<u8>>,
    /// The key of the branch just followed: the next row's is not below.
    floor: Option<Vec<u8>>,
    compare: fn(&[u8], &[u8]) -> Ordering,
    visit: &'visit mut dyn FnMut(&Entry),
}

/// A node in its page.
struct Node<'page> {
    flags: u16,
    key: &'page [u8],
    /// Of a branch.
    child: u64,
    value_len: usize,
    /// The value, if it is here.
    rest: &'page [u8],
    /// Else the first page of it.
    first_page: Option<u64>,
    /// With padding.
    len: usize,
}

impl<'page> Node<'page> {
    fn decode(page: &'page [u8], place: usize, is_leaf: bool) -> Option<Self> {
        let node = page.get(place..)?;
        let word = |at| u16_at(node, at);
        let (low, flags, key_len) = (u64::from(word(0)?) | u64::from(word(2)?) << 16, word(4)?, usize::from(word(6)?));
        let key = node.get(NODE..NODE + key_len)?;
        let rest = &node[NODE + key_len..];
        if !is_leaf {
            let (child, len) = (low | u64::from(flags) << 32, (NODE + key_len).next_multiple_of(2));
            let node = Self { flags: 0, key, child, value_len: 0, rest: &[], first_page: None, len };
            return (place + len <= page.len()).then_some(node);
        }
        let value_len = usize::try_from(low).ok()?;
        let (rest, first_page) = match flags {
            0 | SUB_TREE => (rest.get(..value_len)?, None),
            BIG_VALUE => (rest.get(..8)?, Some(u64_at(rest, 0)?)),
            _ => return None,
        };
        let len = (NODE + key_len + rest.len()).next_multiple_of(2);
        (key_len > 0 && place + len <= page.len()).then_some(Self {
            flags,
            key,
            child: 0,
            value_len,
            rest,
            first_page,
            len,
        })
    }
}

/// A meta page.
struct Meta {
    number: u64,
    page_size: u32,
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
        let free = Tree::decode(page.get(trees..)?)?;
        let main = Tree::decode(page.get(trees + TREE..)?)?;
        let last = trees + 2 * TREE;
        is_meta.then_some(Self {
            number: u64_at(page, 0)?,
            page_size: free.pad,
            map_size: u64_at(page, HEADER + 16)?,
            transaction: u64_at(page, last + 8)?,
            last_page: u64_at(page, last)?,
            free,
            main,
        })
    }

    fn check(&self, number: u64, page_size: usize) -> Result<(), String> {
        if self.number != number {
            return Err(format!("page {number} says that it is page {}", self.number));
        }
        if self.page_size as usize != page_size {
            return Err(format!("a page size of {} bytes, in the first page {page_size}", self.page_size));
        }
        // Transactions take turns; the pages begin both with 0.
        if self.transaction != 0 && self.transaction % 2 != number {
            return Err(format!("transaction {} on meta page {number}", self.transaction));
        }
        if self.free.flags != INTEGER_KEYS || self.main.flags != 0 {
            return Err(format!("trees with flags {:#x} and {:#x}", self.free.flags, self.main.flags));
        }
        if self.last_page == 0 || self.last_page > self.map_size / page_size as u64 {
            return Err(format!("last page {} in a map of {} bytes", self.last_page, self.map_size));
        }
        Ok(())
    }
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

/// Of keys that are numbers; another length is below all of them.
fn compare_numbers(a: &[u8], b: &[u8]) -> Ordering {
    u64_at(a, 0).cmp(&u64_at(b, 0))
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
