//! The buckets of the backend, their keys and values.

pub mod bucket;
