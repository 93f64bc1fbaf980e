//! Reads a file whose pages are asked for mostly in order: more than is asked for while they are, little after a jump.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// What is read at once at most; it fits into a core's own cache.
const WINDOW_BYTES: usize = 256 << 10;
/// What is read at once after a jump: a tree that was updated for long lies in the file like cards after shuffling.
const JUMP_BYTES: usize = 16 << 10;

pub(super) struct Ahead<'file> {
    file: &'file File,
    /// Nothing is read from here on.
    end: u64,
    /// Part of the file from `start` on, as far as `filled`.
    window: Vec<u8>,
    start: u64,
    filled: usize,
    /// What the next read should get.
    wanted: usize,
}

impl<'file> Ahead<'file> {
    /// The file has at least `end` bytes.
    pub(super) fn new(file: &'file File, end: u64) -> Self {
        Self { file, end, window: Vec::new(), start: 0, filled: 0, wanted: JUMP_BYTES }
    }

    /// Fills `bytes` from the file at `offset`.
    ///
    /// # Errors
    /// The file cannot be read there, or ends before `end`.
    pub(super) fn read(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        if bytes.len() >= WINDOW_BYTES {
            return self.file.read_exact_at(bytes, offset);
        }
        let at = match self.inside(offset, bytes.len()) {
            Some(at) => at,
            None => {
                self.fill(offset, bytes.len())?;
                0
            }
        };
        bytes.copy_from_slice(&self.window[at..at + bytes.len()]);
        Ok(())
    }

    /// Where in the window this part of the file is, if all of it is there.
    fn inside(&self, offset: u64, len: usize) -> Option<usize> {
        let at = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        (at.checked_add(len)? <= self.filled).then_some(at)
    }

    fn fill(&mut self, offset: u64, least: usize) -> io::Result<()> {
        // A gap as long as the window is a page or two that something else has.
        let is_next = (self.start..=self.start + 2 * self.filled as u64).contains(&offset);
        self.wanted = if is_next { WINDOW_BYTES.min(2 * self.wanted) } else { JUMP_BYTES };
        let left = usize::try_from(self.end.saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = self.wanted.min(left).max(least);
        self.window.resize(WINDOW_BYTES, 0);
        self.filled = 0;
        self.file.read_exact_at(&mut self.window[..len], offset)?;
        (self.start, self.filled) = (offset, len);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn every_part_is_what_the_file_has_there() {
        let content: Vec<u8> = (0_u32..300_000).flat_map(u32::to_le_bytes).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&content).unwrap();
        let mut ahead = Ahead::new(&file, content.len() as u64);
        let mut seed = 7_usize;
        for round in 0..4_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Runs in order, small gaps, jumps, and parts larger than the window.
            let len = if round % 97 == 0 { 300_000 } else { 4096 << (seed >> 60 & 1) };
            let at = if round % 50 == 0 { (seed >> 20) % (content.len() - len) } else { round % 50 * 6000 };
            let mut bytes = vec![0; len];
            ahead.read(at as u64, &mut bytes).unwrap();
            assert!(bytes == content[at..at + len], "{len} bytes at {at}");
        }
        assert!(ahead.read(content.len() as u64 - 1, &mut [0; 2]).is_err());
    }
}
