//! Watchers: who hears of which change, and when.
//!
//! Sans-IO: values in (changes, commands, results of history scans), moves out (encoded responses). Not here: clocks,
//! threads, channels (`server::watch`), ids and checks of requests (`api::grpc::watch_stream`).
//!
//! ```text
//!              start > H                        start <= H
//!   create ---------------> synced <---------+   +--------- create
//!                             |      caught  |   v
//!            its stream is    |        up    behind <-----------------+
//!            full             v              | ^   ^ more to read     |
//!                            slow -----------|-+   |                  | stream full
//!                                 has room   v     |                  |
//!                                          scanning --------> slow ---+
//!                                            |
//!                                            v next < compacted
//!                                           dead (its id stays taken until it is cancelled)
//! ```
//!
//! H is the hub's revision: the last one it has handed out. A synced watcher is fed by each publication; one that is
//! behind reads history, in the hub from the recent changes it remembers, else on a reader thread ([`catch_up`]). A
//! slow one waits for room in its stream and then reads what it missed; nothing is kept for it, nothing is dropped.

pub mod batch;
pub mod catch_up;
mod group;
pub mod hub;
mod interval;
pub mod watcher;

#[cfg(test)]
mod tests;
