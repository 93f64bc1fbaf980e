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
