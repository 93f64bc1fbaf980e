//! membership

pub mod v2_tree;
