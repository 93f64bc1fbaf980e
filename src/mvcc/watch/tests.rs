//! The hub over an invented history: scripts in `testdata/`, and random runs against a plain list of changes.

mod random;
mod script;
mod world;
