//! The two families of file locks that etcd uses, so that it and we exclude each other: open-file-description locks
//! on WAL segments, `flock` on the backend's file and on our own LOCK. The two do not see each other.
//!
//! All locks end when the file is closed. Nothing here waits.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use rustix::fs::FlockOperation;

/// Takes an exclusive open-file-description lock on the whole file, as etcd does for WAL segments; `flock` where the
/// kernel has no such locks. `false`: somebody else, this process included, holds it through another open.
pub fn try_lock_segment(file: &File) -> io::Result<bool> {
    try_lock_whole(file, libc::F_WRLCK)
}

/// The same for a file that is open for reading alone: keeps writers out, and is refused while there is one.
pub fn try_lock_segment_shared(file: &File) -> io::Result<bool> {
    try_lock_whole(file, libc::F_RDLCK)
}

#[allow(unsafe_code)] // rustix has no open-file-description locks
fn try_lock_whole(file: &File, kind: libc::c_int) -> io::Result<bool> {
    // SAFETY: a zeroed `flock` is a valid one; the kernel wants `l_pid` 0 here.
    let mut whole: libc::flock = unsafe { std::mem::zeroed() };
    whole.l_type = kind as libc::c_short;
    whole.l_whence = libc::SEEK_SET as libc::c_short;
    // SAFETY: the descriptor is open for as long as `file` is borrowed, and `whole` outlives the call.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &whole) };
    if result == 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::EAGAIN | libc::EACCES) => Ok(false),
        Some(libc::EINVAL) => try_flock(file),
        _ => Err(error),
    }
}

/// Takes an exclusive `flock`. `false`: somebody else holds it.
pub fn try_flock(file: &File) -> io::Result<bool> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_open_of_a_locked_file_is_refused_even_in_this_process() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let first = File::create(&path).unwrap();
        let second = File::options().write(true).open(&path).unwrap();
        let reader = File::open(&path).unwrap();
        for lock in [try_lock_segment, try_flock] {
            assert!(lock(&first).unwrap());
            assert!(!lock(&second).unwrap());
        }
        assert!(!try_lock_segment_shared(&reader).unwrap());
        drop(first);
        assert!(try_lock_segment_shared(&reader).unwrap());
        assert!(!try_lock_segment(&second).unwrap());
        drop(reader);
        assert!(try_lock_segment(&second).unwrap());
    }
}
