//! SIGINT, SIGTERM and SIGHUP: what is temporary goes, then the process ends by the signal as it would have.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

use crate::offline::temporary;

const ENDING: [libc::c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// Watches for them from now on.
///
/// # Errors
/// The handlers cannot be set up.
pub fn watch() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut signals = Vec::new();
    {
        let _inside = runtime.enter();
        // What the parent wants to be ignored stays so.
        for number in ENDING.into_iter().filter(|&number| !is_ignored(number)) {
            signals.push((number, signal(SignalKind::from_raw(number))?));
        }
    }
    let wait = move || {
        let first = runtime.block_on(poll_fn(|context| {
            let came =
                signals.iter_mut().find_map(|(number, signal)| signal.poll_recv(context).is_ready().then_some(*number));
            came.map_or(Poll::Pending, Poll::Ready)
        }));
        for path in temporary::remove_all() {
            eprintln!("{}: cannot be removed, and is of no use", path.display());
        }
        end_by(first);
    };
    thread::Builder::new().name("signals".into()).spawn(wait).map(drop)
}

fn is_ignored(number: libc::c_int) -> bool {
    #[allow(unsafe_code)] // there is no safe way to ask
    // SAFETY: all zeros is a valid value, and the system only writes there.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(number, std::ptr::null(), &raw mut action) == 0 && action.sa_sigaction == libc::SIG_IGN
    }
}

/// As if it had not been handled.
fn end_by(number: libc::c_int) {
    #[allow(unsafe_code)] // the default action must come back, and there is no safe way to it
    // SAFETY: the calls take plain numbers; no handler of ours is running.
    unsafe {
        libc::signal(number, libc::SIG_DFL);
        libc::kill(libc::getpid(), number);
    }
    // As pid 1 such signals are ignored.
    std::process::exit(128 + number);
}
