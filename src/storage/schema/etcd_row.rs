//! Rows as etcd has them, where LMDB cannot hold them so.

use super::bucket::Bucket;
use super::key::KeyValue;

/// Whether the rows of a bucket are stored in another order than etcd's.
pub const fn is_reordered(bucket: Bucket) -> bool {
    match bucket {
        // A name that is too long for LMDB is stored under a stand-in.
        Bucket::AuthRoles | Bucket::AuthUsers => true,
        Bucket::Alarm
        | Bucket::Auth
        | Bucket::Cluster
        | Bucket::Key
        | Bucket::Lease
        | Bucket::Members
        | Bucket::MembersRemoved
        | Bucket::Meta => false,
    }
}

/// The key that etcd has for a stored row.
pub fn etcd_key<'row>(bucket: Bucket, key: &'row [u8], value: &'row [u8]) -> &'row [u8] {
    if !is_reordered(bucket) {
        return key;
    }
    // Users and roles have their name in field 1, as key-value messages have their key.
    match KeyValue::decode(value) {
        Some(message) if !message.key.is_empty() => message.key,
        Some(_) | None => key,
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::pb::authpb::{Role, User, UserAddOptions};

    #[test]
    fn users_and_roles_are_under_their_names() {
        let name = "n".repeat(600);
        let user = User {
            name: name.clone().into(),
            password: "secret".into(),
            roles: vec!["r1".into(), "r2".into()],
            options: Some(UserAddOptions::default()),
        };
        let role = Role { name: name.clone().into(), ..Role::default() };
        for (bucket, key, value, wanted) in [
            (Bucket::AuthUsers, "stand-in", user.encode_to_vec(), name.as_str()),
            (Bucket::AuthRoles, "stand-in", role.encode_to_vec(), name.as_str()),
            (Bucket::AuthRoles, "broken", b"\x0a".to_vec(), "broken"),
            (Bucket::Lease, "other", role.encode_to_vec(), "other"),
        ] {
            assert_eq!(etcd_key(bucket, key.as_bytes(), &value), wanted.as_bytes());
        }
    }
}
