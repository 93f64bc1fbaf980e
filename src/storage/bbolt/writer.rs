//! Writes a fresh file in one pass: pages from number 2 on in the order in which they are complete.
//!
//! The metas name the root and the end, which are known last. So they are written last; or what is written is measured
//! before ([`measure`]), by the same pass without the bytes, and the file goes out from its front to its end
//! ([`FileWriter::stream`]).
//!
//! Rows are borrowed until the page they are in is written, so that each is copied once, into the write buffer; those
//! that cannot live so long are given away. Rows that would leave much of a page empty share a run of pages, which
//! wastes less: a leaf ends when little of its pages is left, or when it is long.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

use super::meta::Meta;
use super::page::{
    BRANCH, BUCKET_BYTES, BranchElement, ELEMENT_BYTES, HEADER_BYTES, Header, IS_BUCKET, LEAF, LeafElement, NO_PAGE,
    PAGE_BYTES,
};

/// Buckets whose only page would be no larger are kept in the root bucket.
const INLINE_BYTES_MAX: usize = PAGE_BYTES / 4;
/// A leaf ends before a row that does not fit into its pages if so many parts of them are full, in sixteenths.
const FULL_SIXTEENTHS: usize = 14;
/// A leaf of more bytes ends at the end of a page, however much of that stays empty.
const LEAF_BYTES_MAX: usize = 8 * PAGE_BYTES;
/// What is gathered for one write.
const BUFFER_BYTES: usize = 1 << 20;
/// Transaction of the newer meta, on page 0; the older one has the number before it, on page 1.
const TXID: u64 = 2;

const _: () = {
    assert!(TXID.is_multiple_of(2), "a transaction's meta is on the page of its parity");
    assert!(LEAF_BYTES_MAX / ELEMENT_BYTES < u16::MAX as usize, "a page's count is exact");
};

/// Where the pages of a file are: all that its metas say of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    root: u64,
    high_water: u64,
}

impl Layout {
    /// The length of the file, a multiple of 4096.
    pub fn size_bytes(self) -> u64 {
        self.high_water * PAGE_BYTES as u64
    }
}

/// The layout of the file that `fill` makes of its buckets and rows, of which only lengths are looked at.
///
/// # Errors
/// What `fill` says.
pub fn measure<E: From<io::Error>>(fill: impl FnOnce(&mut FileWriter) -> Result<(), E>) -> Result<Layout, E> {
    let mut writer = FileWriter::to(Target::Nowhere);
    fill(&mut writer)?;
    Ok(writer.finish_pages()?)
}

/// A file that is being written: a bucket after the other, in byte order of their names, then [`FileWriter::finish`].
pub struct FileWriter<'out> {
    pages: Pages<'out>,
    /// Names and values of the root bucket's rows.
    buckets: Vec<(Vec<u8>, Vec<u8>)>,
    /// What the metas said that were written before the pages.
    announced: Option<Layout>,
}

impl<'out> FileWriter<'out> {
    /// Into `file`, which is empty.
    pub fn new(file: &'out File) -> Self {
        Self::to(Target::File(file))
    }

    /// Gives the file to `out`, piece by piece, from its front to its end. The buckets and rows that follow have the
    /// `layout`.
    ///
    /// # Errors
    /// What `out` says.
    pub fn stream(layout: Layout, out: &'out mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<Self> {
        out(&metas(layout))?;
        Ok(Self { announced: Some(layout), ..Self::to(Target::Stream(out)) })
    }

    fn to(target: Target<'out>) -> Self {
        Self { pages: Pages::new(target), buckets: Vec::new(), announced: None }
    }

    /// Begins a bucket; [`BucketWriter::finish`] ends it.
    pub fn bucket<'rows>(&mut self, name: &str) -> BucketWriter<'_, 'out, 'rows> {
        debug_assert!(self.buckets.last().is_none_or(|(last, _)| last[..] < *name.as_bytes()), "names ascend");
        self.buckets.push((name.into(), Vec::new()));
        BucketWriter { tree: Tree::new(0), file: self }
    }

    /// Writes the root bucket, and the metas where they are due; gives the length of the file, which is a multiple of
    /// 4096 bytes. Nothing is synced.
    ///
    /// # Errors
    /// The file cannot be written, or is not as it was measured.
    pub fn finish(mut self) -> io::Result<u64> {
        let layout = self.finish_pages()?;
        if let Target::File(file) = self.pages.target {
            file.write_all_at(&metas(layout), 0)?;
        }
        match self.announced {
            Some(announced) if announced != layout => {
                Err(io::Error::other(format!("{announced:?} was measured and {layout:?} written")))
            }
            _ => Ok(layout.size_bytes()),
        }
    }

    fn finish_pages(&mut self) -> io::Result<Layout> {
        let mut tree = Tree::new(IS_BUCKET);
        for (name, value) in &self.buckets {
            tree.push(&mut self.pages, name.into(), value.into())?;
        }
        let root = tree.finish(&mut self.pages)?;
        self.pages.flush()?;
        Ok(Layout { root, high_water: self.pages.next })
    }
}

/// The first two pages.
fn metas(Layout { root, high_water }: Layout) -> [u8; 2 * PAGE_BYTES] {
    let mut pages = [0; 2 * PAGE_BYTES];
    for (id, txid) in [(0, TXID), (1, TXID - 1)] {
        let meta = Meta { page_size: PAGE_BYTES as u32, root, freelist: NO_PAGE, high_water, txid };
        let encoded = meta.encode(id);
        pages[id as usize * PAGE_BYTES..][..encoded.len()].copy_from_slice(&encoded);
    }
    pages
}

/// One bucket's rows, in byte order of their keys.
pub struct BucketWriter<'writer, 'out, 'rows> {
    file: &'writer mut FileWriter<'out>,
    tree: Tree<'rows>,
}

impl<'rows> BucketWriter<'_, '_, 'rows> {
    /// Appends a row. The key is not empty and above all others; both have lengths below 2 GiB.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn push(&mut self, key: impl Into<Cow<'rows, [u8]>>, value: impl Into<Cow<'rows, [u8]>>) -> io::Result<()> {
        self.tree.push(&mut self.file.pages, key.into(), value.into())
    }

    /// # Errors
    /// The file cannot be written.
    pub fn finish(self) -> io::Result<()> {
        let mut value = vec![0; BUCKET_BYTES]; // root page 0: inline; the sequence is not used
        if self.tree.is_one_leaf() && self.tree.rows.bytes <= INLINE_BYTES_MAX {
            write_leaf(&mut value, 0, 0, &self.tree.rows)?;
        } else {
            let root = self.tree.finish(&mut self.file.pages)?;
            value[..8].copy_from_slice(&root.to_le_bytes());
        }
        self.file.buckets.last_mut().expect("pushed when the bucket began").1 = value;
        Ok(())
    }
}

/// A tree that grows at its right edge: the leaf being filled, and above it a branch being filled on each level.
struct Tree<'rows> {
    rows: Rows<'rows>,
    /// Lowest first.
    levels: Vec<Level<'rows>>,
}

/// A key and its value.
type Row<'rows> = (Cow<'rows, [u8]>, Cow<'rows, [u8]>);

/// The rows of the next leaf.
struct Rows<'rows> {
    rows: Vec<Row<'rows>>,
    /// Of the page that holds them.
    bytes: usize,
    /// Of all elements.
    flags: u32,
}

impl Rows<'_> {
    /// Whether a row of so many bytes belongs to the next leaf.
    fn is_full_for(&self, row_bytes: usize) -> bool {
        let page_bytes = self.bytes.next_multiple_of(PAGE_BYTES);
        !self.rows.is_empty()
            && self.bytes + row_bytes > page_bytes
            && (self.bytes >= page_bytes / 16 * FULL_SIXTEENTHS || self.bytes + row_bytes > LEAF_BYTES_MAX)
    }
}

/// The children of the next branches of one level.
struct Level<'rows> {
    /// First key and page.
    children: Vec<(Cow<'rows, [u8]>, u64)>,
    /// As many of them as the next page takes, at least two if there are so many.
    fitting: usize,
    /// Of a page with the fitting ones.
    bytes: usize,
    /// A page of this level is written, so there is a level above.
    has_pages: bool,
}

impl<'rows> Tree<'rows> {
    fn new(flags: u32) -> Self {
        Self { rows: Rows { rows: Vec::new(), bytes: HEADER_BYTES, flags }, levels: Vec::new() }
    }

    fn is_one_leaf(&self) -> bool {
        self.levels.is_empty()
    }

    fn push(&mut self, pages: &mut Pages, key: Cow<'rows, [u8]>, value: Cow<'rows, [u8]>) -> io::Result<()> {
        debug_assert!(!key.is_empty() && self.rows.rows.last().is_none_or(|(last, _)| *last < key), "keys ascend");
        let row_bytes = ELEMENT_BYTES + key.len() + value.len();
        if self.rows.is_full_for(row_bytes) {
            self.end_leaf(pages)?;
        }
        self.rows.rows.push((key, value));
        self.rows.bytes += row_bytes;
        Ok(())
    }

    fn end_leaf(&mut self, pages: &mut Pages) -> io::Result<()> {
        let id = pages.run(self.rows.bytes, |out, id, overflow| write_leaf(out, id, overflow, &self.rows))?;
        let first = self.rows.rows.drain(..).next().map_or(Cow::Borrowed(&[][..]), |(key, _)| key);
        self.rows.bytes = HEADER_BYTES;
        self.add_child(pages, 0, first, id)
    }

    fn add_child(&mut self, pages: &mut Pages, level: usize, key: Cow<'rows, [u8]>, id: u64) -> io::Result<()> {
        if level == self.levels.len() {
            self.levels.push(Level::new());
        }
        self.levels[level].push(key, id);
        // Two more than a page takes: whatever comes, the next page will not have a single child.
        if self.levels[level].children.len() >= self.levels[level].fitting + 2 {
            self.end_branch(pages, level, self.levels[level].fitting)?;
        }
        Ok(())
    }

    /// Writes the first `count` children of a level as a branch.
    fn end_branch(&mut self, pages: &mut Pages, level: usize, count: usize) -> io::Result<()> {
        let children = &self.levels[level].children[..count];
        let bytes = children.iter().map(|(key, _)| ELEMENT_BYTES + key.len()).sum::<usize>() + HEADER_BYTES;
        let id = pages.run(bytes, |out, id, overflow| write_branch(out, id, overflow, children))?;
        let first = children[0].0.clone();
        self.levels[level].drop_first(count);
        self.add_child(pages, level + 1, first, id)
    }

    /// Writes what is left; gives the root's page.
    fn finish(mut self, pages: &mut Pages) -> io::Result<u64> {
        // An empty bucket has an empty leaf.
        if !self.rows.rows.is_empty() || self.is_one_leaf() {
            self.end_leaf(pages)?;
        }
        let mut level = 0;
        loop {
            let Level { children, fitting, has_pages, .. } = &self.levels[level];
            match (children.len(), *fitting) {
                (1, _) if !has_pages => return Ok(children[0].1),
                // A single one is left beside a page: it gets company, or all go together.
                (all, fitting) if all == fitting + 1 && fitting > 2 => {
                    self.end_branch(pages, level, fitting - 1)?;
                    self.end_branch(pages, level, 2)?;
                }
                (all, _) => self.end_branch(pages, level, all)?,
            }
            level += 1;
        }
    }
}

impl<'rows> Level<'rows> {
    fn new() -> Self {
        Self { children: Vec::new(), fitting: 0, bytes: HEADER_BYTES, has_pages: false }
    }

    fn push(&mut self, key: Cow<'rows, [u8]>, id: u64) {
        self.children.push((key, id));
        self.count_fitting();
    }

    fn drop_first(&mut self, count: usize) {
        self.children.drain(..count);
        self.has_pages = true;
        (self.fitting, self.bytes) = (0, HEADER_BYTES);
        self.count_fitting();
    }

    fn count_fitting(&mut self) {
        while let Some((key, _)) = self.children.get(self.fitting) {
            let bytes = self.bytes + ELEMENT_BYTES + key.len();
            if bytes > PAGE_BYTES && self.fitting >= 2 {
                break;
            }
            self.fitting += 1;
            self.bytes = bytes;
        }
    }
}

/// A whole leaf page; its length is `rows.bytes`.
fn write_leaf(out: &mut impl Write, id: u64, overflow: u32, rows: &Rows) -> io::Result<()> {
    let count = rows.rows.len();
    out.write_all(&Header { id, flags: LEAF, count: count as u16, overflow }.encode())?;
    let mut pos = count * ELEMENT_BYTES;
    for (key, value) in &rows.rows {
        let (key_len, value_len) = (key.len() as u32, value.len() as u32);
        out.write_all(&LeafElement { flags: rows.flags, pos: pos as u32, key_len, value_len }.encode())?;
        pos = pos - ELEMENT_BYTES + key.len() + value.len();
    }
    for (key, value) in &rows.rows {
        out.write_all(key)?;
        out.write_all(value)?;
    }
    Ok(())
}

fn write_branch(out: &mut impl Write, id: u64, overflow: u32, children: &[(Cow<[u8]>, u64)]) -> io::Result<()> {
    out.write_all(&Header { id, flags: BRANCH, count: children.len() as u16, overflow }.encode())?;
    let mut pos = children.len() * ELEMENT_BYTES;
    for (key, child) in children {
        let child = *child;
        out.write_all(&BranchElement { pos: pos as u32, key_len: key.len() as u32, child }.encode())?;
        pos = pos - ELEMENT_BYTES + key.len();
    }
    for (key, _) in children {
        out.write_all(key)?;
    }
    Ok(())
}

/// Where pages go.
enum Target<'out> {
    /// To their places.
    File(&'out File),
    /// One after the other.
    Stream(&'out mut dyn FnMut(&[u8]) -> io::Result<()>),
    /// They are only counted.
    Nowhere,
}

/// The pages from number 2 on, one after the other.
struct Pages<'out> {
    target: Target<'out>,
    /// The next page's number.
    next: u64,
    buffer: Vec<u8>,
    /// Where the buffer belongs.
    offset: u64,
}

impl<'out> Pages<'out> {
    fn new(target: Target<'out>) -> Self {
        let next = 2;
        let buffer = match target {
            Target::Nowhere => Vec::new(),
            Target::File(_) | Target::Stream(_) => Vec::with_capacity(BUFFER_BYTES + LEAF_BYTES_MAX),
        };
        Self { target, next, buffer, offset: next * PAGE_BYTES as u64 }
    }

    /// Gives `write` the next run that holds `bytes`; it writes exactly so many. The run's number comes back.
    fn run(&mut self, bytes: usize, write: impl FnOnce(&mut Self, u64, u32) -> io::Result<()>) -> io::Result<u64> {
        let pages = bytes.div_ceil(PAGE_BYTES);
        let id = self.next;
        self.next += pages as u64;
        if let Target::Nowhere = self.target {
            return Ok(id);
        }
        write(self, id, (pages - 1) as u32)?;
        let filled = (self.next * PAGE_BYTES as u64 - self.offset) as usize;
        debug_assert_eq!(filled - self.buffer.len(), pages * PAGE_BYTES - bytes, "as long as announced");
        self.buffer.resize(filled, 0);
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush()?;
        }
        Ok(id)
    }
}

impl Target<'_> {
    fn put(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        match self {
            _ if bytes.is_empty() => Ok(()),
            Self::File(file) => file.write_all_at(bytes, offset),
            Self::Stream(out) => out(bytes),
            Self::Nowhere => Ok(()),
        }
    }
}

impl Write for Pages<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() < BUFFER_BYTES / 4 {
            self.buffer.extend_from_slice(bytes);
        } else {
            // Too long to be copied twice.
            self.flush()?;
            self.target.put(bytes, self.offset)?;
            self.offset += bytes.len() as u64;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.put(&self.buffer, self.offset)?;
        self.offset += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}
