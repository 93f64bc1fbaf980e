//! Makes a failing list of operations shorter, by leaving parts out and trying again. The last line is the one that
//! fails.

use std::time::{Duration, Instant};

/// The shortest list found within `limit` for which `fails` still holds. Parts get smaller from halves to single
/// lines.
pub async fn shorten(
    mut lines: Vec<String>,
    limit: Duration,
    mut fails: impl AsyncFnMut(&[String]) -> bool,
) -> Vec<String> {
    let start = Instant::now();
    // Often the last few lines are enough, and short lists are quick to try.
    let mut count = 1;
    while count < lines.len() {
        let end = lines[lines.len() - count..].to_vec();
        if fails(&end).await {
            lines = end;
        }
        count *= 2;
    }
    let mut size = lines.len().div_ceil(2);
    while size > 0 && !lines.is_empty() {
        let mut shortened = false;
        // From the end, so that what made the state is dropped last.
        let mut end = lines.len();
        while end > 0 {
            if start.elapsed() > limit {
                return lines;
            }
            let begin = end.saturating_sub(size);
            let mut rest = lines.clone();
            rest.drain(begin..end);
            if fails(&rest).await {
                lines = rest;
                shortened = true;
            }
            end = begin;
        }
        if !(shortened && size == 1) {
            size /= 2;
        }
    }
    lines
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn keeps_only_what_is_needed() {
        let lines: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let needed = ["7", "42", "99"];
        let fails = async |lines: &[String]| needed.iter().all(|line| lines.iter().any(|other| other == line));
        let short = crate::block_on(shorten(lines, Duration::MAX, fails));
        assert_eq!(short, needed);
    }
}
