//! Data directories that are damaged, half-made, of others or not to be used, and bytes on the client port that are no
//! requests. A start either serves all that was acknowledged or is refused: exit code 1, a text that names the file,
//! nothing changed. Never a panic, never a silent loss. `rsutl verify` names the same file.
//!
//! The cases are copies of one directory (`sample`): puts, deletions, a compaction, raft snapshots, and a SIGKILL.
//!
//! Not here: crashes (`tests/crash`); what each part of a file may be (unit tests of `storage`).

#[path = "../support/mod.rs"]
mod support;

mod backend;
mod directory;
mod sample;
mod wal;
mod wire;

/// Runs on this thread: a server ends with the thread that started it.
fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test);
}
