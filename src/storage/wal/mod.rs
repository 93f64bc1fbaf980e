//! The write-ahead log in etcds format.
