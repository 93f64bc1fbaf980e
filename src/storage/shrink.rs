//! Gives back the space of large files in small steps. Whoever frees much at once makes every sync of the file
//! system's journal wait, and with it the log's.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::thread;
use std::time::Duration;

/// Bytes that are freed at once, and the pause after that: some 160 MiB a second.
const STEP_BYTES: u64 = 4 << 20;
const PAUSE: Duration = Duration::from_millis(25);

/// Empties `file`, from its end on. Nobody may read it any more.
pub fn empty(file: &File) -> io::Result<()> {
    let mut length = file.metadata()?.len();
    while length > 0 {
        length = length.saturating_sub(STEP_BYTES);
        file.set_len(length)?;
        // What was freed goes with the next commit of the journal: many small ones hold up nobody.
        file.sync_data()?;
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// Closes a file, open for writing, whose last name is gone. If nobody else has it open, a thread empties it first.
pub fn close(file: File) {
    if !is_ours_alone(&file) {
        return;
    }
    // Without a thread, or when it fails, the file system frees all at once.
    let _ = thread::Builder::new().name("shrink".into()).spawn(move || empty(&file));
}

/// Is there no other descriptor of `file` in any process? No, if the system cannot tell.
#[allow(unsafe_code)] // rustix does not have it
fn is_ours_alone(file: &File) -> bool {
    // SAFETY: the descriptor is open for as long as `file` is borrowed; no memory is passed.
    let lease = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_WRLCK) };
    lease == 0
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::FileExt;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_file_that_somebody_reads_stays_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let bytes = vec![7; 9 << 20];
        fs::write(&path, &bytes).unwrap();
        let reader = File::open(&path).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        assert!(!is_ours_alone(&file));
        fs::remove_file(&path).unwrap();
        close(file);
        let mut read = vec![0; bytes.len()];
        reader.read_exact_at(&mut read, 0).unwrap();
        assert!(read == bytes);
    }

    #[test]
    fn a_file_of_nobody_is_emptied_in_steps() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, vec![7; 9 << 20]).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        let started = Instant::now();
        empty(&file).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 0);
        assert!(started.elapsed() >= 3 * PAUSE, "9 MiB are three steps");
    }
}
