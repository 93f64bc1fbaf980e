//! Long work that gives way: in steps, with a rest after each one during which somebody else wanted the core.
//!
//! A low priority alone does not do: whoever wakes up still waits for the end of a time slice, and that several times
//! on the way of one request.

use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// A rest, in times of the step before it. Many requests leave the work a third of a core at least.
const REST: u32 = 2;
/// A step that took so many percent more than its work shared the core.
const SHARED_PERCENT: u32 = 25;

/// Between the steps of one piece of work, on the thread that does it.
pub struct Courtesy {
    began: Instant,
    /// The thread's time on a core when the step began.
    worked: Duration,
}

impl Courtesy {
    /// The first step begins.
    pub fn new() -> Self {
        Self { began: Instant::now(), worked: worked() }
    }

    /// A step is over and the next one begins.
    pub fn step(&mut self) {
        thread::yield_now();
        let work = worked().saturating_sub(self.worked);
        if is_shared(self.began.elapsed(), work) {
            thread::sleep(work * REST);
        }
        *self = Self::new();
    }
}

fn is_shared(took: Duration, work: Duration) -> bool {
    took * 100 > work * (100 + SHARED_PERCENT)
}

fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.try_into().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_step_in_which_others_ran_is_followed_by_a_rest() {
        for (took_us, work_us, wanted) in [(500, 500, false), (620, 500, false), (630, 500, true), (5000, 500, true)] {
            let micros = Duration::from_micros;
            assert_eq!(is_shared(micros(took_us), micros(work_us)), wanted, "{took_us} for {work_us}");
        }
    }

    #[test]
    fn time_on_the_core_is_the_threads_own() {
        let before = worked();
        thread::spawn(|| (0..1_000_000_u64).map(std::hint::black_box).sum::<u64>()).join().unwrap();
        let start = Instant::now();
        let (mut sum, mut spent) = (0_u64, Duration::ZERO);
        while spent < Duration::from_millis(1) {
            sum = std::hint::black_box(sum + 1);
            spent = worked() - before;
        }
        assert!(start.elapsed() >= Duration::from_micros(900), "no faster than the clock");
    }
}
