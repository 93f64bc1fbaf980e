//! Has the disk begin with what was written, so that a sync at the end finds little left to do.

use std::fs::File;
use std::os::fd::AsRawFd;

/// Of a file that grows at its end.
pub struct Writeback<'file> {
    file: &'file File,
    /// What is before it is on its way.
    begun: u64,
    /// Since then, as far as was told.
    waiting: usize,
}

/// Bytes with which it is worth to begin.
const STEP_BYTES: usize = 32 << 20;

impl<'file> Writeback<'file> {
    pub fn new(file: &'file File) -> Self {
        Self { file, begun: 0, waiting: 0 }
    }

    /// So many bytes were written; begins with them when it is worth it.
    pub fn written(&mut self, bytes: usize) {
        self.waiting += bytes;
        if self.waiting >= STEP_BYTES {
            self.begin();
        }
    }

    /// Begins with all that was written since the last call. Only a hint: an error will be met again by the sync.
    #[allow(unsafe_code)] // rustix does not have it
    pub fn begin(&mut self) {
        self.waiting = 0;
        let Ok(length) = self.file.metadata().map(|metadata| metadata.len()) else { return };
        let (Ok(from), Ok(bytes)) = (self.begun.try_into(), length.saturating_sub(self.begun).try_into()) else {
            return;
        };
        // SAFETY: the descriptor is open for as long as `file` is borrowed; no memory is passed.
        unsafe { libc::sync_file_range(self.file.as_raw_fd(), from, bytes, libc::SYNC_FILE_RANGE_WRITE) };
        self.begun = length;
    }
}
