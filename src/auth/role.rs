//! A role: a list of permissions.

use bytes::Bytes;

use super::AuthError;
use crate::pb::authpb::{Permission, Role};

pub(super) fn new(name: &str) -> Role {
    Role { name: Bytes::copy_from_slice(name.as_bytes()), key_permission: Vec::new() }
}

/// Permissions of what no key can be in are refused, as etcd does since 3.6.
pub(super) fn check(permission: &Permission) -> Result<(), AuthError> {
    let is_range = match &permission.range_end[..] {
        [] | [0] => true,
        end => &permission.key[..] < end,
    };
    if is_range && !permission.key.is_empty() { Ok(()) } else { Err(AuthError::InvalidManagement) }
}

/// Adds a permission, or changes the kind of the one on the same range. Like etcd only the first permission of a key
/// is looked at, so a range may come to stand in the list twice.
pub(super) fn grant(role: &mut Role, permission: Permission) {
    let list = &mut role.key_permission;
    let first = list.partition_point(|other| other.key < permission.key);
    match list.get_mut(first) {
        Some(same) if same.key == permission.key && same.range_end == permission.range_end => {
            same.perm_type = permission.perm_type;
        }
        _ => {
            list.push(permission);
            list.sort_by(|a, b| a.key.cmp(&b.key));
        }
    }
}

/// Takes away all permissions on exactly this range.
pub(super) fn revoke(role: &mut Role, key: &[u8], range_end: &[u8]) -> Result<(), AuthError> {
    let before = role.key_permission.len();
    role.key_permission.retain(|permission| permission.key != key || permission.range_end != range_end);
    if role.key_permission.len() == before { Err(AuthError::PermissionNotGranted) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permission(kind: i32, key: &'static str, end: &'static str) -> Permission {
        Permission { perm_type: kind, key: key.into(), range_end: end.into() }
    }

    #[test]
    fn only_the_first_permission_of_a_key_is_replaced() {
        let mut role = new("r");
        for (kind, key, end) in [(0, "b", ""), (0, "a", "c"), (1, "a", "z"), (2, "a", "z"), (1, "a", "c")] {
            grant(&mut role, permission(kind, key, end));
        }
        let wanted =
            [permission(1, "a", "c"), permission(1, "a", "z"), permission(2, "a", "z"), permission(0, "b", "")];
        assert_eq!(role.key_permission, wanted);
        revoke(&mut role, b"a", b"z").unwrap();
        assert_eq!(role.key_permission, [permission(1, "a", "c"), permission(0, "b", "")]);
        assert_eq!(revoke(&mut role, b"a", b"z"), Err(AuthError::PermissionNotGranted));
    }

    #[test]
    fn permissions_on_nothing() {
        for (key, end, is_good, why) in [
            ("a", "", true, "a key"),
            ("a", "b", true, "a range"),
            ("b", "\0", true, "open end"),
            ("b", "b", false, "empty range"),
            ("b", "a", false, "the wrong way round"),
            ("", "\0", false, "no key"),
        ] {
            assert_eq!(check(&permission(0, key, end)).is_ok(), is_good, "{why}");
        }
    }
}
