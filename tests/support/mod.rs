//! What the integration tests share: real server processes (`server`), where the programs are (`program`), waiting
//! (`wait`), programs that can be interrupted (`interrupt`), addresses without a server (`dead`), and gRPC calls with the messages as bytes (`wire`), shown and read as text (`text`).
//!
//! Not here: what a test expects.

// Each test binary includes this folder and uses its own part of it.
#![allow(dead_code)]

pub mod dead;
pub mod interrupt;
pub mod program;
pub mod server;
pub mod text;
pub mod wait;
pub mod wire;
