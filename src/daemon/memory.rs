//! How the process holds its memory: small, as a control plane's store runs beside others.

use std::ffi::c_int;

/// mimalloc's number of the option `purge_delay`: milliseconds until freed pages go back to the system.
const PURGE_DELAY: c_int = 15;

/// Keeps freed pages for nobody, and takes no huge ones: with a heap for each thread, a page of 2 MiB each is most of a
/// small member's memory. Neither shows in throughput. Called before threads are started.
pub fn keep_small() {
    // SAFETY: a request about this process, without pointers; where the kernel does not know it, nothing changes.
    #[allow(unsafe_code)]
    unsafe {
        libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0);
    }
    // SAFETY: sets a number; no other thread runs yet.
    #[allow(unsafe_code)]
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, 0);
    }
}
