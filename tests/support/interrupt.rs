//! Programs that end on SIGINT even where these tests run with it ignored, as a shell does for what it starts with
//! `&`: a program inherits that, and some keep to it.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// The program will start with the usual disposition of SIGINT.
#[allow(unsafe_code)]
pub fn restore_interrupt(command: &mut Command) {
    let restore = || {
        // SAFETY: the default disposition names no handler.
        unsafe { libc::signal(libc::SIGINT, libc::SIG_DFL) };
        Ok(())
    };
    // SAFETY: between fork and exec it makes one system call and neither allocates nor takes a lock.
    unsafe { command.pre_exec(restore) };
}
