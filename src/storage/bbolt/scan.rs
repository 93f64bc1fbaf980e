//! All leaf pages of a file, without trust in its trees.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::page::{BRANCH, ELEMENT_BYTES, FREELIST, HEADER_BYTES, Header, LEAF};
use super::reader::{Reader, leaf_element};
use crate::storage::scan::{FIRST_PAGE, Found, Row, USUAL_PAGE_BYTES, Visit};

/// Visits what is found; buckets, which are rows too, are left out.
///
/// # Errors
/// The file cannot be opened, or `visit` fails.
pub fn scan(path: &Path, visit: &mut Visit<'_>) -> io::Result<()> {
    let file = File::open(path)?;
    let file_bytes = file.metadata()?.len();
    let (page_bytes, end) = match Reader::open(file.try_clone()?) {
        Ok(reader) => (reader.page_bytes(), reader.pages()),
        Err(_) => (USUAL_PAGE_BYTES, file_bytes / USUAL_PAGE_BYTES),
    };
    let mut next = FIRST_PAGE;
    while next < end {
        let page = next;
        next += 1;
        let mut run = vec![0; page_bytes as usize];
        if let Err(error) = file.read_exact_at(&mut run, page * page_bytes) {
            visit(Found::Broken { page, what: error.to_string() })?;
            continue;
        }
        let header = Header::decode(&run).filter(|header| header.id == page);
        let Some(header @ Header { flags: BRANCH | FREELIST | LEAF, .. }) = header else {
            if run.iter().any(|&byte| byte != 0) {
                let what = "it has no header of a page of this number".into();
                visit(Found::Broken { page, what })?;
            }
            continue;
        };
        // A run that is too long for the file is a header that lies: then the one page is all there is.
        let run_end = next.saturating_add(header.overflow.into());
        if run_end <= end {
            next = run_end;
        }
        if header.flags != LEAF {
            continue;
        }
        run.resize(((next - page) * page_bytes) as usize, 0);
        let rest = &mut run[page_bytes as usize..];
        if let Err(error) = file.read_exact_at(rest, (page + 1) * page_bytes) {
            visit(Found::Broken { page, what: error.to_string() })?;
        }
        visit(Found::Leaf { page, rows: &rows(header, &run) })?;
    }
    Ok(())
}

fn rows(header: Header, run: &[u8]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for at in 0..usize::from(header.count) {
        let row = match leaf_element(run, HEADER_BYTES + at * ELEMENT_BYTES) {
            Some((_, (_, true), _)) => continue,
            Some((key, (value, false), _)) => Ok((key.into(), value.into())),
            None => Err("it lies outside of its page".into()),
        };
        rows.push(row);
    }
    rows
}
