//! What the process tells about itself: log lines (`log`) and metrics (`metrics`), in etcd's shapes.
//!
//! Not here: what is told. Messages stand where things happen; metrics are declared here by subject, so that the list
//! of names is in one place, and are counted where things happen.

pub mod duration;
pub mod log;
pub mod metrics;
pub mod os_error;
