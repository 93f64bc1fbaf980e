//! The backend: etcd's buckets in LMDB, written behind by one thread, with an overlay of what is not yet committed.
