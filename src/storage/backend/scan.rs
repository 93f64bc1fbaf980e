//! All leaf pages of LMDB's file, without trust in its trees; the format is drawn in `pages`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::pages::{BIG_VALUE, BRANCH, HEADER, LEAF, NODE, OVERFLOW, PageFile, SUB_TREE, u16_at, u32_at, u64_at};
use crate::storage::scan::{FIRST_PAGE, Found, Row, USUAL_PAGE_BYTES, Visit};

/// Visits what is found; rows that tell of a tree are left out.
///
/// # Errors
/// The file cannot be opened, or `visit` fails.
pub fn scan(path: &Path, visit: &mut Visit<'_>) -> io::Result<()> {
    let file = File::open(path)?;
    let page_bytes = PageFile::open(path).map_or(USUAL_PAGE_BYTES, |file| file.page_bytes());
    let end = file.metadata()?.len() / page_bytes;
    let scan = Scan { file, page_bytes, end };
    let mut next = FIRST_PAGE;
    while next < end {
        let page = next;
        next += 1;
        let mut bytes = vec![0; page_bytes as usize];
        if let Err(error) = scan.file.read_exact_at(&mut bytes, page * page_bytes) {
            visit(Found::Broken { page, what: error.to_string() })?;
            continue;
        }
        let own = u64_at(&bytes, 0).unwrap_or(0);
        match u16_at(&bytes, 10).filter(|_| own == page) {
            Some(OVERFLOW) => {
                let run_end = page.saturating_add(u32_at(&bytes, 12).unwrap_or(1).max(1).into());
                next = if run_end <= end { run_end } else { next };
            }
            Some(LEAF) => visit(Found::Leaf { page, rows: &scan.rows(&bytes) })?,
            Some(BRANCH) => {}
            Some(_) | None if bytes.iter().all(|&byte| byte == 0) => {}
            Some(_) | None => {
                let what = "it has no header of a page of this number".into();
                visit(Found::Broken { page, what })?;
            }
        }
    }
    Ok(())
}

struct Scan {
    file: File,
    page_bytes: u64,
    /// Number of pages.
    end: u64,
}

impl Scan {
    fn rows<'page>(&self, page: &'page [u8]) -> Vec<Row<'page>> {
        let lower = u16_at(page, 12).map_or(0, usize::from).min(page.len());
        (HEADER..lower.saturating_sub(1)).step_by(2).filter_map(|slot| self.row(page, slot)).collect()
    }

    /// `None` for a row that tells of a tree.
    fn row<'page>(&self, page: &'page [u8], slot: usize) -> Option<Row<'page>> {
        let outside = || Some(Err("it lies outside of its page".into()));
        let Some((flags, key_len, value_len, node)) = node(page, slot) else { return outside() };
        if flags & SUB_TREE != 0 {
            return None;
        }
        let Some(key) = node.get(NODE..NODE + key_len) else { return outside() };
        let rest = &node[NODE + key_len..];
        if flags & BIG_VALUE == 0 {
            return match rest.get(..value_len) {
                Some(value) => Some(Ok((key.into(), value.into()))),
                None => outside(),
            };
        }
        let Some(first) = u64_at(rest, 0) else { return outside() };
        Some(self.big_value(first, value_len).map(|value| (key.into(), value.into())))
    }

    fn big_value(&self, first: u64, len: usize) -> Result<Vec<u8>, String> {
        let pages = ((HEADER + len) as u64).div_ceil(self.page_bytes);
        if first < FIRST_PAGE || first.checked_add(pages).is_none_or(|last| last > self.end) {
            return Err(format!("its value of {len} bytes is at page {first}, beyond the end of the file"));
        }
        let mut bytes = vec![0; HEADER + len];
        let read = self.file.read_exact_at(&mut bytes, first * self.page_bytes);
        read.map_err(|error| format!("its value at page {first}: {error}"))?;
        if u64_at(&bytes, 0) != Some(first) || u16_at(&bytes, 10) != Some(OVERFLOW) {
            return Err(format!("its value is at page {first}, which holds none"));
        }
        Ok(bytes.split_off(HEADER))
    }
}

/// Flags, lengths of key and value, and the bytes from the node on to the end of the page.
fn node(page: &[u8], slot: usize) -> Option<(u16, usize, usize, &[u8])> {
    let node = page.get(u16_at(page, slot)?.into()..)?;
    let value_len = usize::from(u16_at(node, 0)?) | usize::from(u16_at(node, 2)?) << 16;
    Some((u16_at(node, 4)?, u16_at(node, 6)?.into(), value_len, node))
}
