//! Buckets `auth`, `authUsers` and `authRoles`.
//!
//! ```text
//! auth       authEnabled   one byte, 0 or 1; absent until it is first changed
//!            authRevision  big-endian u64
//! authUsers  name → authpb.User
//! authRoles  name → authpb.Role
//! ```
//! etcd takes the name itself as the key. LMDB's keys end at 511 bytes, so a name of more than 440 bytes has the key
//! `first 440 bytes | SHA-256 of the name`, which no shorter name can be; the whole name is field 1 of the value.

use bytes::Bytes;
use prost::Message;
use sha2::{Digest, Sha256};

use super::bucket::{Bucket, BucketChange};
use super::key::key_span;
use crate::pb::authpb::{Role, User};

pub const ENABLED: &[u8] = b"authEnabled";
pub const REVISION: &[u8] = b"authRevision";

/// Names up to here are keys as they are.
const NAME_MAX: usize = 440;
const DIGEST_LEN: usize = 32;
const _: () = assert!(NAME_MAX + DIGEST_LEN <= 511, "LMDB's longest key");

pub fn enabled(is_enabled: bool) -> BucketChange {
    row(Bucket::Auth, Bytes::from_static(ENABLED), Some(Bytes::copy_from_slice(&[is_enabled.into()])))
}

pub fn revision(revision: u64) -> BucketChange {
    row(Bucket::Auth, Bytes::from_static(REVISION), Some(Bytes::copy_from_slice(&revision.to_be_bytes())))
}

pub fn user(user: &User) -> BucketChange {
    row(Bucket::AuthUsers, key_of(&user.name), Some(user.encode_to_vec().into()))
}

pub fn user_gone(name: &[u8]) -> BucketChange {
    row(Bucket::AuthUsers, key_of(name), None)
}

pub fn role(role: &Role) -> BucketChange {
    row(Bucket::AuthRoles, key_of(&role.name), Some(role.encode_to_vec().into()))
}

pub fn role_gone(name: &[u8]) -> BucketChange {
    row(Bucket::AuthRoles, key_of(name), None)
}

/// The key that etcd has for a row of ours.
pub fn etcd_key<'row>(bucket: Bucket, key: &'row [u8], value: &'row [u8]) -> &'row [u8] {
    let is_cut = holds_names(bucket) && key.len() > NAME_MAX;
    let name = if is_cut { key_span(value) } else { None };
    name.map_or(key, |name| &value[name])
}

/// Whether the keys of a bucket are names: then our rows may be in another order than etcd's.
pub const fn holds_names(bucket: Bucket) -> bool {
    matches!(bucket, Bucket::AuthUsers | Bucket::AuthRoles)
}

/// The key of a user or role of this name, which is not empty.
pub fn key_of(name: &[u8]) -> Bytes {
    match name.split_at_checked(NAME_MAX) {
        Some((first, rest)) if !rest.is_empty() => [first, &Sha256::digest(name)[..]].concat().into(),
        _ => Bytes::copy_from_slice(name),
    }
}

fn row(bucket: Bucket, key: Bytes, value: Option<Bytes>) -> BucketChange {
    BucketChange { bucket, key, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_have_keys_of_their_own_and_lead_back() {
        let long = |last: &str| format!("{}{last}", "n".repeat(600));
        for (name, is_cut, why) in [
            ("ann".to_owned(), false, "short"),
            ("n".repeat(NAME_MAX), false, "the longest that is its own key"),
            ("n".repeat(NAME_MAX + 1), true, "one more"),
            (long("a"), true, "same beginning"),
            (long("b"), true, "same beginning, other end"),
        ] {
            let row = user(&User { name: name.clone().into(), ..Default::default() });
            let (key, value) = (row.key, row.value.unwrap());
            assert_eq!(key != name, is_cut, "{why}");
            assert_eq!(etcd_key(Bucket::AuthUsers, &key, &value), name.as_bytes(), "{why}");
        }
        assert_ne!(key_of(long("a").as_bytes()), key_of(long("b").as_bytes()));
    }

    /// As etcd 3.5 writes them.
    #[test]
    fn rows_are_etcds() {
        let ann = User { name: "ann".into(), options: Some(Default::default()), ..Default::default() };
        for (row, key, value) in [
            (enabled(true), &b"authEnabled"[..], &[1][..]),
            (revision(258), b"authRevision", &[0, 0, 0, 0, 0, 0, 1, 2]),
            (user(&ann), b"ann", b"\x0a\x03ann\x22\x00"),
            (role(&Role { name: "root".into(), key_permission: Vec::new() }), b"root", b"\x0a\x04root"),
        ] {
            assert_eq!((&row.key[..], row.value.as_deref()), (key, Some(value)));
        }
    }
}
