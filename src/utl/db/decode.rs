//! Rows as text, in the words of `etcd-dump-db`, and as lines of JSON.

use prost::Message;

use crate::cli::go;
use crate::cli::output::jsonl::Line;
use crate::pb::{authpb, leasepb};
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::storage::schema::meta;

/// The bytes of a row, whatever it is.
pub fn plain(key: &[u8], value: &[u8]) -> String {
    format!("key={}, value={}", go::quote(key), go::quote(value))
}

/// A row as a line of JSON; of a bucket that etcd does not know, its bytes. `None` for a row that is not what its
/// bucket holds. Of a user everything but the password's hash.
pub fn json(name: &[u8], bucket: Option<Bucket>, key: &[u8], value: &[u8]) -> Option<Line> {
    let line = Line::new().text("bucket", &String::from_utf8_lossy(name));
    let bytes = |line: Line| line.bytes("key", key).bytes("value", value);
    Some(match bucket {
        Some(Bucket::Key) => key_json(line, key, value)?,
        Some(Bucket::AuthUsers) => line.bytes("key", key).text("decoded", &decoded(Bucket::AuthUsers, key, value)?),
        Some(bucket @ (Bucket::Lease | Bucket::Auth | Bucket::AuthRoles | Bucket::Meta)) => {
            bytes(line).text("decoded", &decoded(bucket, key, value)?)
        }
        Some(Bucket::Alarm | Bucket::Cluster | Bucket::Members | Bucket::MembersRemoved) | None => bytes(line),
    })
}

/// The fields of a row of bucket `key`, added to a line.
pub fn key_json(line: Line, key: &[u8], value: &[u8]) -> Option<Line> {
    let (revision, is_tombstone) = RowKey::decode(key)?;
    let kv = KeyValue::decode(value)?;
    let line = line.number("main", revision.main).number("sub", revision.sub).number("tombstone", is_tombstone);
    let line = line.bytes("key", kv.key).bytes("value", kv.value);
    let line = line.number("create_revision", kv.create_revision).number("mod_revision", kv.mod_revision);
    let line = line.number("version", kv.version);
    Some(if kv.lease == 0 { line } else { line.number("lease", kv.lease) })
}

/// `None` for a row that is not what its bucket holds.
pub fn decoded(bucket: Bucket, key: &[u8], value: &[u8]) -> Option<String> {
    match bucket {
        Bucket::Key => {
            let (revision, is_tombstone) = RowKey::decode(key)?;
            let kv = KeyValue::decode(value)?;
            Some(format!(
                "rev={{Revision:{{Main:{} Sub:{}}} tombstone:{is_tombstone}}}, \
                 value=[key {} | val {} | created {} | mod {} | ver {}]",
                revision.main,
                revision.sub,
                go::quote(kv.key),
                go::quote(kv.value),
                kv.create_revision,
                kv.mod_revision,
                kv.version
            ))
        }
        Bucket::Lease => {
            let id = u64::from_be_bytes(key.try_into().ok()?);
            let lease = leasepb::Lease::decode(value).ok()?;
            Some(format!("lease ID={id:016x}, TTL={}s, remaining TTL={}s", lease.ttl, lease.remaining_ttl))
        }
        Bucket::Auth => match key {
            b"authRevision" => Some(format!("key={}, value={}", go::quote(key), meta::decode_u64(value)?)),
            _ => Some(format!("key={}, value={}", go::quote(key), byte_list(value))),
        },
        Bucket::AuthRoles => {
            let role = authpb::Role::decode(value).ok()?;
            let permissions: Vec<_> = role.key_permission.iter().map(permission).collect();
            Some(format!("role={}, keyPermission=[{}]", go::quote(&role.name), permissions.join(" ")))
        }
        Bucket::AuthUsers => {
            let user = authpb::User::decode(value).ok()?;
            let roles: Vec<_> = user.roles.iter().map(|role| go::quote(role.as_bytes())).collect();
            let option = if user.options.is_some_and(|options| options.no_password) { "no_password:true" } else { "" };
            Some(format!("user={}, roles=[{}], option={option}", go::quote(&user.name), roles.join(" ")))
        }
        Bucket::Meta => match key {
            meta::CONSISTENT_INDEX | meta::TERM => {
                Some(format!("key={}, value={}", go::quote(key), meta::decode_u64(value)?))
            }
            meta::SCHEDULED_COMPACT_REVISION | meta::FINISHED_COMPACT_REVISION => {
                let (revision, _) = RowKey::decode(value)?;
                Some(format!("key={}, value={{{} {}}}", go::quote(key), revision.main, revision.sub))
            }
            _ => Some(plain(key, value)),
        },
        Bucket::Alarm | Bucket::Cluster | Bucket::Members | Bucket::MembersRemoved => Some(plain(key, value)),
    }
}

/// A permission in protobuf's text form.
fn permission(permission: &authpb::Permission) -> String {
    let mut fields = Vec::new();
    match permission.perm_type() {
        authpb::permission::Type::Read => {}
        kind => fields.push(format!("permType:{}", kind.as_str_name())),
    }
    if !permission.key.is_empty() {
        fields.push(format!("key:{}", go::quote(&permission.key)));
    }
    if !permission.range_end.is_empty() {
        fields.push(format!("range_end:{}", go::quote(&permission.range_end)));
    }
    fields.join(" ")
}

/// Bytes as Go prints a slice of them.
fn byte_list(bytes: &[u8]) -> String {
    let numbers: Vec<_> = bytes.iter().map(u8::to_string).collect();
    format!("[{}]", numbers.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUT: &[u8] = b"\0\0\0\0\0\0\0\x02_\0\0\0\0\0\0\0\0";
    const TOMBSTONE: &[u8] = b"\0\0\0\0\0\0\0\x03_\0\0\0\0\0\0\0\x01t";

    fn user() -> Vec<u8> {
        let options = Some(authpb::UserAddOptions { no_password: true });
        let roles = vec!["r1".into(), "root".into()];
        authpb::User { name: "u9".into(), password: "secret".into(), roles, options }.encode_to_vec()
    }

    #[test]
    fn rows_are_decoded_in_the_words_of_the_dump_tool() {
        let role = authpb::Role {
            name: "r1".into(),
            key_permission: vec![
                authpb::Permission { perm_type: 2, key: "a".into(), range_end: "b".into() },
                authpb::Permission { perm_type: 0, key: "c".into(), range_end: Default::default() },
            ],
        };
        let lease = leasepb::Lease { id: 0x0dcd_a201_ac97_2d7a, ttl: 100, remaining_ttl: 0 };
        for (bucket, key, value, expected) in [
            (
                Bucket::Key,
                PUT,
                b"\n\x03foo\x10\x02\x18\x02 \x01*\x01x".to_vec(),
                "rev={Revision:{Main:2 Sub:0} tombstone:false}, value=[key \"foo\" | val \"x\" | created 2 | mod 2 | ver 1]",
            ),
            (
                Bucket::Key,
                TOMBSTONE,
                b"\n\x03foo".to_vec(),
                "rev={Revision:{Main:3 Sub:1} tombstone:true}, value=[key \"foo\" | val \"\" | created 0 | mod 0 | ver 0]",
            ),
            (
                Bucket::Key,
                PUT,
                Vec::new(),
                "rev={Revision:{Main:2 Sub:0} tombstone:false}, value=[key \"\" | val \"\" | created 0 | mod 0 | ver 0]",
            ),
            (
                Bucket::Lease,
                &lease.id.to_be_bytes(),
                lease.encode_to_vec(),
                "lease ID=0dcda201ac972d7a, TTL=100s, remaining TTL=0s",
            ),
            (Bucket::Auth, b"authRevision", 43_u64.to_be_bytes().to_vec(), "key=\"authRevision\", value=43"),
            (Bucket::Auth, b"authEnabled", vec![0], "key=\"authEnabled\", value=[0]"),
            (
                Bucket::AuthRoles,
                b"r1",
                role.encode_to_vec(),
                "role=\"r1\", keyPermission=[permType:READWRITE key:\"a\" range_end:\"b\" key:\"c\"]",
            ),
            (Bucket::AuthUsers, b"u9", user(), "user=\"u9\", roles=[\"r1\" \"root\"], option=no_password:true"),
            (Bucket::Meta, b"consistent_index", 124_u64.to_be_bytes().to_vec(), "key=\"consistent_index\", value=124"),
            (
                Bucket::Meta,
                b"scheduledCompactRev",
                b"\0\0\0\0\0\0\x49\xdf_\0\0\0\0\0\0\0\0".to_vec(),
                "key=\"scheduledCompactRev\", value={18911 0}",
            ),
            (Bucket::Meta, b"storageVersion", b"3.7.0".to_vec(), "key=\"storageVersion\", value=\"3.7.0\""),
            (Bucket::Alarm, b"\x08\x05\x10\x02", Vec::new(), "key=\"\\b\\x05\\x10\\x02\", value=\"\""),
        ] {
            assert_eq!(decoded(bucket, key, &value).as_deref(), Some(expected));
        }
        for bucket in [Bucket::Key, Bucket::Lease, Bucket::AuthUsers, Bucket::AuthRoles] {
            assert_eq!(decoded(bucket, b"what", b"\xff"), None, "{bucket:?}");
        }
    }

    #[test]
    fn a_line_of_json_has_no_hash_of_a_password() {
        let line = json(b"authUsers", Some(Bucket::AuthUsers), b"u9", &user()).unwrap().finish();
        assert!(line.contains("u9") && !line.contains("secret") && !line.contains("c2VjcmV0"), "{line}");
    }
}
