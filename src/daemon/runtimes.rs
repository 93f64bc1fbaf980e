//! The threads that carry client connections: one `current_thread` runtime each, so that a request never moves
//! between threads.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

/// Runtimes, each on its own thread.
pub struct Runtimes {
    list: Vec<Runtime>,
    stop: CancellationToken,
}

struct Runtime {
    handle: Handle,
    connections: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

/// Counts a connection of a runtime while it lives.
pub struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Runtimes {
    /// How many this machine gets: a core is left for raft, WAL and apply, unless there are two, since reads need none of
    /// these.
    pub fn default_count() -> usize {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        (cores - 1).clamp(cores.min(2), 16)
    }

    /// Starts `count` threads.
    ///
    /// # Errors
    /// The system has no more threads or files.
    pub fn start(count: usize) -> io::Result<Self> {
        let stop = CancellationToken::new();
        let mut list = Vec::with_capacity(count);
        for number in 0..count {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let (handle, stop) = (runtime.handle().clone(), stop.clone());
            let thread = thread::Builder::new().name(format!("client-{number}")).spawn(move || {
                runtime.block_on(stop.cancelled());
                // Not waiting for blocking work that a connection left behind.
                runtime.shutdown_background();
            })?;
            list.push(Runtime { handle, connections: Arc::default(), thread });
        }
        Ok(Self { list, stop })
    }

    pub fn handles(&self) -> Vec<Handle> {
        self.list.iter().map(|runtime| runtime.handle.clone()).collect()
    }

    /// The runtime with the fewest connections, and the count of one more on it.
    pub fn take_place(&self) -> (usize, Handle, Counted) {
        let fewest = self.list.iter().enumerate().min_by_key(|(_, one)| one.connections.load(Ordering::Relaxed));
        let (number, runtime) = fewest.expect("there is at least one runtime");
        runtime.connections.fetch_add(1, Ordering::Relaxed);
        (number, runtime.handle.clone(), Counted(runtime.connections.clone()))
    }

    /// Ends all threads; what still runs on them is dropped.
    pub fn stop(self) {
        self.stop.cancel();
        for runtime in self.list {
            // A thread that panicked has ended, which is all that is wanted.
            let _ = runtime.thread.join();
        }
    }
}
