//! Waiting for what has to come: long enough for a loaded machine with a slow disk, since the wait ends with its fact.

use std::time::{Duration, Instant};

/// What takes longer will not come. Nothing that passes waits for so long.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// The same for rsctl and etcdctl, whose own limits are a few seconds.
pub const PATIENT: [&str; 2] = ["--dial-timeout=60s", "--command-timeout=120s"];
/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// Asks until there is an answer.
///
/// # Panics
/// There is none in all that time.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(LOOK).await;
    }
}
