//! Progress bars: on a terminal only, on standard error.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar of `steps` steps; draws nothing unless standard error is a terminal.
pub fn bar(steps: u64) -> ProgressBar {
    let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(steps), target);
    let style = ProgressStyle::with_template("{pos} / {len} [{bar:40}] {percent}% {eta}");
    match style {
        Ok(style) => bar.with_style(style.progress_chars("-> ")),
        Err(_) => bar,
    }
}

/// A bar of bytes that come over the wire, whose number is set as it becomes known; likewise.
pub fn bytes() -> ProgressBar {
    let style = ProgressStyle::with_template("{bytes} / {total_bytes} [{bar:40}] {bytes_per_sec} {eta}");
    let bar = bar(0);
    match style {
        Ok(style) => bar.with_style(style.progress_chars("-> ")),
        Err(_) => bar,
    }
}

/// A sign that something is going on of which nobody knows how far it is; likewise.
pub fn waiting(text: String) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
    let bar = bar(0).with_message(text);
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(100));
    }
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// How far a pass over a file is; the bar goes when this does. Likewise.
pub struct Pass {
    bar: ProgressBar,
    /// Not told to the bar yet.
    bytes: u64,
}

/// Bytes after which a bar is moved.
const PASS_STEP_BYTES: u64 = 1 << 20;

impl Pass {
    pub fn new(total_bytes: u64) -> Self {
        let bar = bytes();
        bar.set_length(total_bytes);
        Self { bar, bytes: 0 }
    }

    pub fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
        if self.bytes >= PASS_STEP_BYTES {
            self.bar.inc(std::mem::take(&mut self.bytes));
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
