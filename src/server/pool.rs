//! Threads for work that is too long for an io thread.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// A fixed set of threads behind a bounded queue. A full queue refuses.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    /// Jobs not begun; guards the stop mark too.
    queue: Mutex<Queue>,
    ready: Condvar,
    queue_max: usize,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    is_stopped: bool,
}

/// Why a job was not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    #[error("{queued} requests wait for a reader already")]
    Full { queued: usize },
    #[error("the server is stopping")]
    Stopped,
}

impl Pool {
    /// Starts `threads` threads called `name`; `queue_max` jobs may wait.
    pub fn start(name: &str, threads: usize, queue_max: usize) -> std::io::Result<(Self, Vec<JoinHandle<()>>)> {
        Self::start_nice(name, threads, 0, queue_max)
    }

    /// [`Pool::start`] with priority `nice`, 0 to 19: the higher it is, the more the threads give way to others.
    pub fn start_nice(
        name: &str,
        threads: usize,
        nice: i32,
        queue_max: usize,
    ) -> std::io::Result<(Self, Vec<JoinHandle<()>>)> {
        let shared = Arc::new(Shared { queue: Mutex::default(), ready: Condvar::new(), queue_max });
        let handles = (0..threads)
            .map(|_| {
                let shared = shared.clone();
                std::thread::Builder::new().name(name.to_owned()).spawn(move || {
                    if nice > 0 {
                        // On Linux the value is the thread's own. Without it all still works, with less fairness.
                        let _ = rustix::process::nice(nice);
                    }
                    shared.work();
                })
            })
            .collect::<Result<_, _>>()?;
        Ok((Self { shared }, handles))
    }

    /// Runs `job` on one of the threads and waits for its result.
    ///
    /// # Errors
    /// The queue is full, or the pool is stopped.
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, PoolError> {
        let (sender, receiver) = oneshot::channel();
        self.post(Box::new(move || {
            // Whoever asked may have gone away while the job waited.
            if !sender.is_closed() {
                let _ = sender.send(job());
            }
        }))?;
        receiver.await.map_err(|_| PoolError::Stopped)
    }

    /// Queues `job` without waiting for it.
    ///
    /// # Errors
    /// The queue is full, or the pool is stopped.
    pub fn post(&self, job: Job) -> Result<(), PoolError> {
        let mut queue = self.shared.queue.lock();
        if queue.is_stopped {
            return Err(PoolError::Stopped);
        }
        if queue.jobs.len() >= self.shared.queue_max {
            return Err(PoolError::Full { queued: queue.jobs.len() });
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.shared.ready.notify_one();
        Ok(())
    }

    /// Drops what has not begun; the threads end after their present job.
    pub fn stop(&self) {
        let mut queue = self.shared.queue.lock();
        queue.is_stopped = true;
        queue.jobs.clear();
        self.shared.ready.notify_all();
    }
}

impl Shared {
    fn work(&self) {
        loop {
            let job = {
                let mut queue = self.queue.lock();
                loop {
                    if queue.is_stopped {
                        return;
                    }
                    if let Some(job) = queue.jobs.pop_front() {
                        break job;
                    }
                    self.ready.wait(&mut queue);
                }
            };
            job();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_refuses_and_a_stopped_pool_answers() {
        let (pool, threads) = Pool::start("test", 1, 1).unwrap();
        assert_eq!(pool.run(|| 7).await, Ok(7));
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (started, begun) = std::sync::mpsc::channel::<()>();
        pool.post(Box::new(move || {
            started.send(()).unwrap();
            let _ = held.recv();
        }))
        .unwrap();
        begun.recv().unwrap();
        pool.post(Box::new(|| ())).unwrap();
        assert_eq!(pool.run(|| 0).await, Err(PoolError::Full { queued: 1 }));
        pool.stop();
        drop(release);
        assert_eq!(pool.run(|| 0).await, Err(PoolError::Stopped));
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
