//! Reads a file of any bytes: what is sound is handed out, what is not is told with its page.
//!
//! Nothing in the file is trusted: each page is looked at once, so that neither cycles nor sharing do harm; lengths are
//! checked before they are used; no more memory is taken than the file is long.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::ahead::Ahead;
use super::meta::{Invalid, Meta};
use super::page::{
    BRANCH, BUCKET_BYTES, BranchElement, ELEMENT_BYTES, FREELIST, HEADER_BYTES, Header, IS_BUCKET, LEAF, LeafElement,
    META, NO_PAGE, u64_at,
};
use crate::storage::order::Order;

/// Places where the second meta can be when the first one is broken: 1 KiB to 16 MiB.
const PAGE_SIZES: std::ops::RangeInclusive<u32> = 10..=24;
const PAGE_SIZE_MIN: u64 = 512;
/// Pages from a root bucket's root down to a row, nested buckets included.
const DEPTH_MAX: usize = 256;
/// A page run that is longer holds no row that bbolt can write.
const RUN_BYTES_MAX: u64 = (1 << 32) - 1;
/// Problems after which nobody needs to know more.
const PROBLEMS_MAX: usize = 1000;

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Both metas are broken; what is said of the first one.
    #[error("{0}")]
    Meta(&'static str),
    #[error("meta page: {0}")]
    Bounds(String),
}

/// Damage at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub page: u64,
    pub what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "page {}: {}", self.page, self.what)
    }
}

/// What a walk comes by, in byte order of names and keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'page> {
    /// A bucket begins; what follows up to its end is in it.
    Bucket(&'page [u8]),
    Row {
        key: &'page [u8],
        value: &'page [u8],
    },
    BucketEnd,
}

/// How a walk goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Continue,
    /// Said of a bucket that begins: what is in it is neither read nor visited, nor is its end.
    Skip,
    Stop,
}

/// An open file.
pub struct Reader {
    file: File,
    meta: Meta,
    /// Which of the two metas can be used.
    valid_metas: [bool; 2],
}

impl Reader {
    /// Chooses the meta that counts.
    ///
    /// # Errors
    /// The file cannot be read, has no valid meta, or is shorter than that says.
    pub fn open(file: File) -> Result<Self, OpenError> {
        let file_bytes = file.metadata()?.len();
        let first = meta_at(&file, 0)?;
        let page_size = match &first {
            Ok(meta) => u64::from(meta.page_size),
            Err(invalid) => {
                let page_size = find_page_size(&file, file_bytes)?;
                page_size.ok_or_else(|| OpenError::Meta(invalid.text()))?
            }
        };
        let second = meta_at(&file, page_size)?;
        let valid_metas = [first.is_ok(), second.is_ok()];
        let meta = [first, second].into_iter().flatten().max_by_key(|meta| meta.txid);
        let meta = meta.ok_or(OpenError::Meta(Invalid::Magic.text()))?;
        check_bounds(&meta, page_size, file_bytes).map_err(OpenError::Bounds)?;
        Ok(Self { file, meta, valid_metas })
    }

    /// What was opened.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Bytes of all pages that were ever used: the database's size. The file may be longer.
    pub fn size_bytes(&self) -> u64 {
        self.meta.high_water * u64::from(self.meta.page_size)
    }

    /// Visits all buckets and rows, unless told otherwise. Gives the problems of what was visited; what lies behind one
    /// is left out.
    pub fn walk(&self, visit: impl FnMut(Item<'_>) -> Next) -> Vec<Problem> {
        self.walk_in(Order::Ascending, visit)
    }

    /// As [`Reader::walk`], buckets and rows in the order given.
    pub fn walk_in(&self, order: Order, mut visit: impl FnMut(Item<'_>) -> Next) -> Vec<Problem> {
        self.walk_pages(order, &mut |_, item| visit(item)).problems
    }

    /// Bytes of a page.
    pub fn page_bytes(&self) -> u64 {
        u64::from(self.meta.page_size)
    }

    /// Pages that were ever used.
    pub(super) fn pages(&self) -> u64 {
        self.meta.high_water
    }

    /// How many pages of those that were ever used nothing leads to.
    ///
    /// # Errors
    /// A problem of the file: then nobody can tell.
    pub fn count_free(&self) -> Result<u64, Problem> {
        let mut ignore = |_: u64, _: Item<'_>| Next::Continue;
        let mut walker = self.walk_pages(Order::Ascending, &mut ignore);
        if self.meta.freelist != NO_PAGE
            && let Err(what) = walker.run(self.meta.freelist, &mut Vec::new())
        {
            walker.problem(self.meta.freelist, what);
        }
        if let Some(problem) = walker.problems.pop() {
            return Err(problem);
        }
        let reached: u64 = walker.seen.iter().map(|word| u64::from(word.count_ones())).sum();
        Ok(self.meta.high_water - 2 - reached)
    }

    /// All problems of the file, those of its metas and free pages included.
    pub fn check(&self) -> Vec<Problem> {
        self.scan(|_, _| Next::Continue)
    }

    /// Visits all buckets and rows, each with the page it is on, and gives all problems of the file as
    /// [`Reader::check`] does. What a visitor leaves out is no more looked at.
    pub fn scan(&self, mut visit: impl FnMut(u64, Item<'_>) -> Next) -> Vec<Problem> {
        let mut walker = self.walk_pages(Order::Ascending, &mut visit);
        for (id, is_valid) in (0..).zip(self.valid_metas) {
            let mut page = [0; HEADER_BYTES];
            let read = walker.ahead.read(id * u64::from(self.meta.page_size), &mut page);
            let header = read.ok().and_then(|()| Header::decode(&page));
            if !is_valid || header.is_none_or(|header| header.id != id || header.flags != META) {
                walker.problem(id, "broken meta");
            }
        }
        // Behind a problem everything would be unreachable.
        if walker.problems.is_empty() && self.meta.freelist != NO_PAGE {
            walker.check_freelist();
        }
        walker.problems
    }

    fn walk_pages<'walk>(
        &'walk self,
        order: Order,
        visit: &'walk mut dyn FnMut(u64, Item<'_>) -> Next,
    ) -> Walker<'walk> {
        let pages = self.meta.high_water as usize; // the file has that many
        let mut walker = Walker {
            meta: self.meta,
            ahead: Ahead::new(&self.file, self.size_bytes()),
            spare: Vec::new(),
            order,
            seen: vec![0; pages.div_ceil(64)],
            problems: Vec::new(),
            visit,
            is_over: false,
        };
        walker.tree(self.meta.root, Interval::default(), 0);
        walker
    }
}

/// A meta page's bytes may be missing: then it is none.
fn meta_at(file: &File, offset: u64) -> io::Result<Result<Meta, Invalid>> {
    let mut page = [0; super::meta::META_BYTES];
    match file.read_exact_at(&mut page, offset) {
        Ok(()) => Ok(Meta::decode(&page)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Err(Invalid::Magic)),
        Err(error) => Err(error),
    }
}

/// Where the second meta is, for a file whose first one is broken.
fn find_page_size(file: &File, file_bytes: u64) -> io::Result<Option<u64>> {
    for shift in PAGE_SIZES {
        let offset = 1 << shift;
        if offset + 1024 >= file_bytes {
            break;
        }
        if meta_at(file, offset)?.is_ok() {
            return Ok(Some(offset));
        }
    }
    Ok(None)
}

fn check_bounds(meta: &Meta, page_size: u64, file_bytes: u64) -> Result<(), String> {
    let Meta { root, freelist, high_water, .. } = *meta;
    if u64::from(meta.page_size) != page_size || !page_size.is_power_of_two() || page_size < PAGE_SIZE_MIN {
        return Err(format!("page size {} in a file with pages of {page_size}", meta.page_size));
    }
    let used = high_water.checked_mul(page_size).ok_or_else(|| format!("high-water mark {high_water}"))?;
    if file_bytes < used {
        return Err(format!("{used} bytes are in use, the file has {file_bytes}"));
    }
    if !(2..high_water).contains(&root) {
        return Err(format!("root page {root} is not below the high-water mark {high_water}"));
    }
    if freelist != NO_PAGE && !(2..high_water).contains(&freelist) {
        return Err(format!("freelist page {freelist} is not below the high-water mark {high_water}"));
    }
    Ok(())
}

/// Where keys have to lie: from `first` on, before `end`.
#[derive(Clone, Copy, Default)]
struct Interval<'page> {
    first: Option<&'page [u8]>,
    end: Option<&'page [u8]>,
}

impl Interval<'_> {
    fn contains(&self, key: &[u8]) -> bool {
        self.first.is_none_or(|first| first <= key) && self.end.is_none_or(|end| key < end)
    }
}

struct Walker<'walk> {
    meta: Meta,
    ahead: Ahead<'walk>,
    /// Buffers of pages that are not in use now.
    spare: Vec<Vec<u8>>,
    order: Order,
    /// A bit for each page: it belongs to something that was visited.
    seen: Vec<u64>,
    problems: Vec<Problem>,
    visit: &'walk mut dyn FnMut(u64, Item<'_>) -> Next,
    /// The visitor has enough, or there are too many problems.
    is_over: bool,
}

impl Walker<'_> {
    fn problem(&mut self, page: u64, what: impl Into<String>) {
        self.problems.push(Problem { page, what: what.into() });
        self.is_over |= self.problems.len() >= PROBLEMS_MAX;
    }

    fn visit(&mut self, page: u64, item: Item<'_>) -> Next {
        let next = (self.visit)(page, item);
        self.is_over |= next == Next::Stop;
        next
    }

    /// Reads the run that begins at `id` into `run`; gives its header. It is seen from now on.
    fn run(&mut self, id: u64, run: &mut Vec<u8>) -> Result<Header, String> {
        let Meta { page_size, high_water, .. } = self.meta;
        let page_size = u64::from(page_size);
        if !(2..high_water).contains(&id) {
            return Err(format!("out of bounds: {high_water}"));
        }
        // What is in the buffer is written over, so it is not cleared.
        run.resize(page_size as usize, 0);
        self.ahead.read(id * page_size, run).map_err(|error| error.to_string())?;
        let header = Header::decode(run).ok_or("shorter than its header")?;
        if header.id != id {
            return Err(format!("says that it is page {}", header.id));
        }
        let end = id + 1 + u64::from(header.overflow);
        if end > high_water {
            return Err(format!("has {} further pages, out of bounds: {high_water}", header.overflow));
        }
        if (end - id) * page_size > RUN_BYTES_MAX {
            return Err(format!("has {} further pages, more than any row needs", header.overflow));
        }
        for page in id..end {
            let (word, bit) = (&mut self.seen[(page / 64) as usize], 1 << (page % 64));
            if *word & bit != 0 {
                return Err("multiple references".into());
            }
            *word |= bit;
        }
        if end > id + 1 {
            run.resize(((end - id) * page_size) as usize, 0);
            let rest = &mut run[page_size as usize..];
            self.ahead.read((id + 1) * page_size, rest).map_err(|error| error.to_string())?;
        }
        Ok(header)
    }

    /// The page at `id` and all below it.
    fn tree(&mut self, id: u64, keys: Interval, depth: usize) {
        if self.is_over {
            return;
        }
        if depth > DEPTH_MAX {
            return self.problem(id, "is too deep");
        }
        let mut run = self.spare.pop().unwrap_or_default();
        match self.run(id, &mut run) {
            Ok(header) => self.page(id, header, &run, keys, depth),
            Err(what) => self.problem(id, what),
        }
        self.spare.push(run);
    }

    fn page(&mut self, id: u64, header: Header, run: &[u8], keys: Interval, depth: usize) {
        match header.flags {
            BRANCH => self.branch(id, header, run, keys, depth),
            LEAF => self.leaf(id, header, run, keys, Some(depth)),
            flags => self.problem(id, format!("invalid type: {flags:x}")),
        }
    }

    fn branch(&mut self, id: u64, header: Header, run: &[u8], keys: Interval, depth: usize) {
        if header.count == 0 {
            return self.problem(id, "has no children");
        }
        if let Err(what) = check_elements(header, run, branch_element, keys) {
            return self.problem(id, what);
        }
        let count = usize::from(header.count);
        for step in 0..count {
            let at = self.order.place(step, count);
            let Some((first, child)) = element(run, at, branch_element) else { continue };
            let next = (at + 1 < count).then(|| element(run, at + 1, branch_element)).flatten();
            let end = next.map_or(keys.end, |(key, _)| Some(key));
            self.tree(child, Interval { first: Some(first), end }, depth + 1);
        }
    }

    /// `depth` is `None` in an inline bucket, where there are no buckets.
    fn leaf(&mut self, id: u64, header: Header, page: &[u8], keys: Interval, depth: Option<usize>) {
        if let Err(what) = check_elements(header, page, leaf_element, keys) {
            return self.problem(id, what);
        }
        let count = usize::from(header.count);
        for step in 0..count {
            let Some((key, (value, is_bucket))) = element(page, self.order.place(step, count), leaf_element) else {
                continue;
            };
            if self.is_over {
                return;
            }
            match (is_bucket, depth) {
                (false, _) => {
                    self.visit(id, Item::Row { key, value });
                }
                (true, Some(depth)) => self.bucket(id, key, value, depth),
                (true, None) => self.problem(id, "a bucket in an inline bucket"),
            }
        }
    }

    /// The bucket of a row on page `id`.
    fn bucket(&mut self, id: u64, name: &[u8], value: &[u8], depth: usize) {
        let Some(root) = u64_at(value, 0).filter(|_| value.len() >= BUCKET_BYTES) else {
            return self.problem(id, format!("bucket {} has no root", name.escape_ascii()));
        };
        if self.visit(id, Item::Bucket(name)) != Next::Continue {
            return;
        }
        if root != 0 {
            self.tree(root, Interval::default(), depth + 1);
        } else {
            let page = &value[BUCKET_BYTES..];
            match Header::decode(page) {
                Some(header @ Header { flags: LEAF, overflow: 0, .. }) => {
                    self.leaf(id, header, page, Interval::default(), None);
                }
                Some(_) | None => self.problem(id, format!("bucket {} has no inline page", name.escape_ascii())),
            }
        }
        if !self.is_over {
            self.visit(id, Item::BucketEnd);
        }
    }

    /// Each page is reachable or free, and none is both.
    fn check_freelist(&mut self) {
        let (id, mut run) = (self.meta.freelist, Vec::new());
        let header = match self.run(id, &mut run) {
            Ok(header) => header,
            Err(what) => return self.problem(id, what),
        };
        if header.flags != FREELIST {
            return self.problem(id, format!("invalid type: {:x}", header.flags));
        }
        let mut ids = run[HEADER_BYTES..].chunks_exact(8).map(|id| u64::from_le_bytes(id.try_into().expect("8 bytes")));
        let count = match header.count {
            u16::MAX => ids.next().unwrap_or(0),
            count => u64::from(count),
        };
        if count > ids.len() as u64 {
            return self.problem(id, format!("lists {count} free pages, which do not fit"));
        }
        for free in ids.take(count as usize) {
            if !(2..self.meta.high_water).contains(&free) {
                self.problem(free, format!("free, out of bounds: {}", self.meta.high_water));
                continue;
            }
            let (word, bit) = (&mut self.seen[(free / 64) as usize], 1 << (free % 64));
            if *word & bit != 0 {
                self.problem(free, "reachable freed");
            } else {
                *word |= bit;
            }
        }
        for page in 2..self.meta.high_water {
            if self.seen[(page / 64) as usize] & (1 << (page % 64)) == 0 && !self.is_over {
                self.problem(page, "unreachable unfreed");
            }
        }
    }
}

/// Reads the element at a place of a page: its key, what belongs to it, and where in the page the key begins.
type Decode<'page, T> = fn(&'page [u8], usize) -> Option<(&'page [u8], T, usize)>;

/// An element of a page that was checked, where each of them decodes.
fn element<'page, T>(page: &'page [u8], at: usize, decode: Decode<'page, T>) -> Option<(&'page [u8], T)> {
    decode(page, HEADER_BYTES + at * ELEMENT_BYTES).map(|(key, what, _)| (key, what))
}

/// The elements lie in their page; their keys ascend and lie where they belong.
fn check_elements<'page, T>(
    header: Header,
    page: &'page [u8],
    decode: Decode<'page, T>,
    within: Interval,
) -> Result<(), String> {
    let count = usize::from(header.count);
    let table_end = HEADER_BYTES + count * ELEMENT_BYTES;
    if table_end > page.len() {
        return Err(format!("has no room for {count} elements"));
    }
    let (mut first, mut last): (&[u8], &[u8]) = (&[], &[]);
    for at in 0..count {
        let Some((key, _, start)) = decode(page, HEADER_BYTES + at * ELEMENT_BYTES) else {
            return Err(format!("element {at} lies outside of its place"));
        };
        if start < table_end {
            return Err(format!("element {at} lies outside of its place"));
        }
        // No key is empty, so this holds of the first one too.
        if key <= last {
            return Err(format!("key {} is not above the one before it", key.escape_ascii()));
        }
        if at == 0 {
            first = key;
        }
        last = key;
    }
    // What is between them need not be looked at.
    match [first, last].into_iter().find(|key| count > 0 && !within.contains(key)) {
        Some(key) => Err(format!("key {} does not belong below its parent", key.escape_ascii())),
        None => Ok(()),
    }
}

fn branch_element(page: &[u8], at: usize) -> Option<(&[u8], u64, usize)> {
    let element = BranchElement::decode(page, at)?;
    let start = at.checked_add(element.pos as usize)?;
    let key = page.get(start..start.checked_add(element.key_len as usize)?)?;
    Some((key, element.child, start))
}

/// Key, (value, is it a bucket), start.
pub(super) type LeafRow<'page> = (&'page [u8], (&'page [u8], bool), usize);

pub(super) fn leaf_element(page: &[u8], at: usize) -> Option<LeafRow<'_>> {
    let element = LeafElement::decode(page, at)?;
    let start = at.checked_add(element.pos as usize)?;
    let value_start = start.checked_add(element.key_len as usize)?;
    let key = page.get(start..value_start)?;
    let value = page.get(value_start..value_start.checked_add(element.value_len as usize)?)?;
    Some((key, (value, element.flags & IS_BUCKET != 0), start))
}
