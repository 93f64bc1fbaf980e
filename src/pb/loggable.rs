//! Requests as lines of the log show them: protobuf's text form as etcd 3.5.1 writes it, without the blanks at the end
//! of messages. Values are their sizes; passwords and tokens are not there at all.

use std::fmt::{self, Display, Formatter, Write};

use super::authpb::{Permission, permission};
use super::etcdserverpb::{
    AlarmRequest, AlarmType, Compare, DeleteRangeRequest, InternalRaftRequest, PutRequest, RangeRequest, RequestHeader,
    RequestOp, TxnRequest, alarm_request::AlarmAction, compare, compare::TargetUnion, range_request, request_op,
};

/// A request whose text may stand in a log.
pub trait Loggable {
    /// Writes it, without a mark around it.
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result;
}

/// A request as its text.
pub struct Text<'request, T>(pub &'request T);

impl<T: Loggable> Display for Text<'_, T> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.0.write(out)
    }
}

/// The fields of one message, with a blank between two. Fields that are zero are left out.
struct Fields<'out, 'formatter> {
    out: &'out mut Formatter<'formatter>,
    is_first: bool,
    result: fmt::Result,
}

impl<'out, 'formatter> Fields<'out, 'formatter> {
    fn of(out: &'out mut Formatter<'formatter>) -> Self {
        Self { out, is_first: true, result: Ok(()) }
    }

    /// What is written as it is, after its name.
    fn field(&mut self, name: &str, value: impl FnOnce(&mut Formatter<'_>) -> fmt::Result) -> &mut Self {
        if self.result.is_ok() {
            let blank = if self.is_first { "" } else { " " };
            self.is_first = false;
            self.result = write!(self.out, "{blank}{name}:").and_then(|()| value(self.out));
        }
        self
    }

    fn bytes(&mut self, name: &str, value: &[u8]) -> &mut Self {
        if value.is_empty() { self } else { self.field(name, |out| write_quoted(out, value)) }
    }

    fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.bytes(name, value.as_bytes())
    }

    fn number(&mut self, name: &str, value: impl Display + Default + PartialEq) -> &mut Self {
        if value == Default::default() { self } else { self.field(name, |out| write!(out, "{value}")) }
    }

    fn flag(&mut self, name: &str, value: bool) -> &mut Self {
        if value { self.field(name, |out| out.write_str("true")) } else { self }
    }

    /// A number that has a name, or none.
    fn word(&mut self, name: &str, value: i32, word: Option<&str>) -> &mut Self {
        match word {
            _ if value == 0 => self,
            Some(word) => self.field(name, |out| out.write_str(word)),
            None => self.number(name, value),
        }
    }

    /// A message between marks; also when it is empty.
    fn message(&mut self, name: &str, value: &impl Loggable) -> &mut Self {
        self.field(name, |out| write!(out, "<{}>", Text(value)))
    }
}

/// As etcd quotes keys: bytes that do not print are octal.
fn write_quoted(out: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    out.write_char('"')?;
    for &byte in bytes {
        match byte {
            b'\n' => out.write_str("\\n")?,
            b'\r' => out.write_str("\\r")?,
            b'\t' => out.write_str("\\t")?,
            b'"' => out.write_str("\\\"")?,
            b'\\' => out.write_str("\\\\")?,
            b' '..=b'~' => out.write_char(char::from(byte))?,
            _ => write!(out, "\\{byte:03o}")?,
        }
    }
    out.write_char('"')
}

impl Loggable for PutRequest {
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result {
        Fields::of(out)
            .bytes("key", &self.key)
            .number("value_size", self.value.len())
            .number("lease", self.lease)
            .flag("prev_kv", self.prev_kv)
            .flag("ignore_value", self.ignore_value)
            .flag("ignore_lease", self.ignore_lease)
            .result
    }
}

impl Loggable for RangeRequest {
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let order = range_request::SortOrder::try_from(self.sort_order).ok().map(|order| order.as_str_name());
        let target = range_request::SortTarget::try_from(self.sort_target).ok().map(|target| target.as_str_name());
        Fields::of(out)
            .bytes("key", &self.key)
            .bytes("range_end", &self.range_end)
            .number("limit", self.limit)
            .number("revision", self.revision)
            .word("sort_order", self.sort_order, order)
            .word("sort_target", self.sort_target, target)
            .flag("serializable", self.serializable)
            .flag("keys_only", self.keys_only)
            .flag("count_only", self.count_only)
            .number("min_mod_revision", self.min_mod_revision)
            .number("max_mod_revision", self.max_mod_revision)
            .number("min_create_revision", self.min_create_revision)
            .number("max_create_revision", self.max_create_revision)
            .result
    }
}

impl Loggable for DeleteRangeRequest {
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result {
        Fields::of(out).bytes("key", &self.key).bytes("range_end", &self.range_end).flag("prev_kv", self.prev_kv).result
    }
}

impl Loggable for TxnRequest {
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result {
        Fields::of(out)
            .message("compare", &Each(&self.compare))
            .message("success", &Each(&self.success))
            .message("failure", &Each(&self.failure))
            .result
    }
}

/// Messages in a row, with a blank between two.
struct Each<'all, T>(&'all [T]);

impl<T: Loggable> Loggable for Each<'_, T> {
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for (number, one) in self.0.iter().enumerate() {
            if number > 0 {
                out.write_char(' ')?;
            }
            one.write(out)?;
        }
        Ok(())
    }
}

impl Loggable for Compare {
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let result = compare::CompareResult::try_from(self.result).ok().map(|result| result.as_str_name());
        let target = compare::CompareTarget::try_from(self.target).ok().map(|target| target.as_str_name());
        let mut fields = Fields::of(out);
        fields.word("result", self.result, result).word("target", self.target, target).bytes("key", &self.key);
        // Members of a oneof show also when they are zero.
        let given: Option<(&str, &dyn Display)> = match &self.target_union {
            Some(TargetUnion::Version(version)) => Some(("version", version)),
            Some(TargetUnion::CreateRevision(revision)) => Some(("create_revision", revision)),
            Some(TargetUnion::ModRevision(revision)) => Some(("mod_revision", revision)),
            Some(TargetUnion::Lease(lease)) => Some(("lease", lease)),
            Some(TargetUnion::Value(_)) | None => None,
        };
        if let Some(TargetUnion::Value(value)) = &self.target_union {
            fields.field("value_size", |out| write!(out, "{}", value.len()));
        }
        if let Some((name, given)) = given {
            fields.field(name, |out| given.fmt(out));
        }
        fields.bytes("range_end", &self.range_end).result
    }
}

impl Loggable for RequestOp {
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result {
        use request_op::Request as Op;
        let mut fields = Fields::of(out);
        match &self.request {
            Some(Op::RequestRange(request)) => fields.message("request_range", request).result,
            Some(Op::RequestPut(request)) => fields.message("request_put", request).result,
            Some(Op::RequestDeleteRange(request)) => fields.message("request_delete_range", request).result,
            Some(Op::RequestTxn(request)) => fields.message("request_txn", request).result,
            None => Ok(()),
        }
    }
}

impl Loggable for RequestHeader {
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result {
        Fields::of(out)
            .number("ID", self.id)
            .text("username", &self.username)
            .number("auth_revision", self.auth_revision)
            .result
    }
}

impl Loggable for AlarmRequest {
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let action = AlarmAction::try_from(self.action).ok().map(|action| action.as_str_name());
        let alarm = AlarmType::try_from(self.alarm).ok().map(|alarm| alarm.as_str_name());
        Fields::of(out)
            .word("action", self.action, action)
            .number("memberID", self.member_id)
            .word("alarm", self.alarm, alarm)
            .result
    }
}

impl Loggable for Permission {
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let kind = permission::Type::try_from(self.perm_type).ok().map(|kind| kind.as_str_name());
        Fields::of(out)
            .word("permType", self.perm_type, kind)
            .bytes("key", &self.key)
            .bytes("range_end", &self.range_end)
            .result
    }
}

/// A message of these fields.
struct Message<F>(F);

impl<F: Fn(&mut Fields<'_, '_>)> Loggable for Message<F> {
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let mut fields = Fields::of(out);
        self.0(&mut fields);
        fields.result
    }
}

impl Loggable for InternalRaftRequest {
    fn write(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let mut all = Fields::of(out);
        if let Some(header) = &self.header {
            all.message("header", header);
        }
        macro_rules! kinds {
            ($($field:ident: |$request:ident, $fields:ident| $write:expr;)*) => {
                $(if let Some($request) = &self.$field {
                    all.message(stringify!($field), &Message(|$fields: &mut Fields<'_, '_>| { let _ = $write; }));
                })*
            };
        }
        if let Some(put) = &self.put {
            all.message("put", put);
        }
        if let Some(txn) = &self.txn {
            all.message("txn", txn);
        }
        if let Some(range) = &self.range {
            all.message("range", range);
        }
        if let Some(delete) = &self.delete_range {
            all.message("delete_range", delete);
        }
        if let Some(alarm) = &self.alarm {
            all.message("alarm", alarm);
        }
        kinds! {
            compaction: |request, fields| fields.number("revision", request.revision).flag("physical", request.physical);
            lease_grant: |request, fields| fields
                .field("ttl", |out| write!(out, "{}-second", request.ttl))
                .field("id", |out| write!(out, "{:016x}", request.id));
            lease_revoke: |request, fields| fields.field("id", |out| write!(out, "{:016x}", request.id));
            lease_checkpoint: |request, fields| request.checkpoints.iter().for_each(|one| {
                fields.message("checkpoints", &Message(|fields: &mut Fields<'_, '_>| {
                    fields.number("ID", one.id).number("remaining_TTL", one.remaining_ttl);
                }));
            });
            auth_enable: |_request, fields| fields;
            auth_disable: |_request, fields| fields;
            auth_status: |_request, fields| fields;
            authenticate: |request, fields| fields.field("name", |out| out.write_str(&request.name));
            auth_user_add: |request, fields| fields.field("name", |out| out.write_str(&request.name));
            auth_user_delete: |request, fields| fields.text("name", &request.name);
            auth_user_get: |request, fields| fields.text("name", &request.name);
            auth_user_change_password: |request, fields| fields.field("name", |out| out.write_str(&request.name));
            auth_user_grant_role: |request, fields| fields.text("user", &request.user).text("role", &request.role);
            auth_user_revoke_role: |request, fields| fields.text("name", &request.name).text("role", &request.role);
            auth_user_list: |_request, fields| fields;
            auth_role_list: |_request, fields| fields;
            auth_role_add: |request, fields| fields.text("name", &request.name);
            auth_role_delete: |request, fields| fields.text("role", &request.role);
            auth_role_get: |request, fields| fields.text("role", &request.role);
            auth_role_grant_permission: |request, fields| {
                fields.text("name", &request.name);
                request.perm.iter().for_each(|permission| {
                    fields.message("perm", permission);
                });
            };
            auth_role_revoke_permission: |request, fields| fields
                .text("role", &request.role)
                .bytes("key", &request.key)
                .bytes("range_end", &request.range_end);
            cluster_version_set: |request, fields| fields.text("ver", &request.ver);
            cluster_member_attr_set: |request, fields| {
                fields.number("member_ID", request.member_id);
                request.member_attributes.iter().for_each(|attributes| {
                    fields.message("member_attributes", &Message(|fields: &mut Fields<'_, '_>| {
                        fields.text("name", &attributes.name);
                        attributes.client_urls.iter().for_each(|url| {
                            fields.text("client_urls", url);
                        });
                    }));
                });
            };
            downgrade_info_set: |request, fields| fields.flag("enabled", request.enabled).text("ver", &request.ver);
        }
        all.result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::etcdserverpb as pb;

    fn put(key: &'static [u8], value: &'static [u8]) -> PutRequest {
        PutRequest { key: key.into(), value: value.into(), ..Default::default() }
    }

    /// As 3.5.1 logged them, with `--experimental-warning-apply-duration=1ns`; blanks before `>` and doubled ones are
    /// taken out.
    #[test]
    fn texts_are_those_of_etcd() {
        let op = |request| RequestOp { request: Some(request) };
        let range = |key: &'static [u8]| RangeRequest { key: key.into(), ..Default::default() };
        let compare = |result, target, union, range_end: &'static [u8]| Compare {
            result,
            target,
            key: b"a"[..].into(),
            range_end: range_end.into(),
            target_union: Some(union),
        };
        use request_op::Request as Op;
        let txn = TxnRequest {
            compare: vec![
                compare(0, 3, TargetUnion::Value(b"secretvalue"[..].into()), b""),
                compare(1, 0, TargetUnion::Version(1), b""),
                compare(2, 2, TargetUnion::ModRevision(1), b"c"),
                compare(3, 1, TargetUnion::CreateRevision(0), b""),
                compare(0, 4, TargetUnion::Lease(1), b""),
            ],
            success: vec![
                op(Op::RequestPut(PutRequest { prev_kv: true, ..put(b"a", b"secretvalue") })),
                op(Op::RequestRange(range(b"b"))),
                op(Op::RequestDeleteRange(DeleteRangeRequest { key: b"c"[..].into(), ..Default::default() })),
                op(Op::RequestTxn(TxnRequest {
                    success: vec![op(Op::RequestPut(put(b"nn", b"secret")))],
                    failure: vec![op(Op::RequestRange(range(b"x")))],
                    ..Default::default()
                })),
            ],
            failure: vec![op(Op::RequestRange(RangeRequest { range_end: b"b"[..].into(), ..range(b"a") }))],
        };
        let password = "hunter2".to_owned();
        let name = "root".to_owned();
        let empty = InternalRaftRequest::default;
        let permission = Permission { perm_type: 2, key: b"a"[..].into(), range_end: b"b"[..].into() };
        for (request, text) in [
            (
                InternalRaftRequest {
                    put: Some(PutRequest { prev_kv: true, ..put(b"a\0\"\xff\n\\", b"secretvalue") }),
                    ..empty()
                },
                r#"put:<key:"a\000\"\377\n\\" value_size:11 prev_kv:true>"#,
            ),
            (
                InternalRaftRequest {
                    put: Some(PutRequest { lease: 5, ignore_value: true, ..put(b"a", b"") }),
                    ..empty()
                },
                r#"put:<key:"a" lease:5 ignore_value:true>"#,
            ),
            (
                InternalRaftRequest {
                    delete_range: Some(DeleteRangeRequest {
                        key: b"q"[..].into(),
                        range_end: b"\0"[..].into(),
                        prev_kv: true,
                    }),
                    ..empty()
                },
                r#"delete_range:<key:"q" range_end:"\000" prev_kv:true>"#,
            ),
            (
                InternalRaftRequest { txn: Some(txn), ..empty() },
                concat!(
                    r#"txn:<compare:<target:VALUE key:"a" value_size:11 result:GREATER key:"a" version:1 "#,
                    r#"result:LESS target:MOD key:"a" mod_revision:1 range_end:"c" "#,
                    r#"result:NOT_EQUAL target:CREATE key:"a" create_revision:0 target:LEASE key:"a" lease:1> "#,
                    r#"success:<request_put:<key:"a" value_size:11 prev_kv:true> request_range:<key:"b"> "#,
                    r#"request_delete_range:<key:"c"> request_txn:<compare:<> "#,
                    r#"success:<request_put:<key:"nn" value_size:6>> failure:<request_range:<key:"x">>>> "#,
                    r#"failure:<request_range:<key:"a" range_end:"b">>>"#,
                ),
            ),
            (
                InternalRaftRequest {
                    compaction: Some(pb::CompactionRequest { revision: 3, physical: true }),
                    ..empty()
                },
                "compaction:<revision:3 physical:true>",
            ),
            (
                InternalRaftRequest { lease_grant: Some(pb::LeaseGrantRequest { ttl: 100, id: 5 }), ..empty() },
                "lease_grant:<ttl:100-second id:0000000000000005>",
            ),
            (
                InternalRaftRequest { lease_revoke: Some(pb::LeaseRevokeRequest { id: 5 }), ..empty() },
                "lease_revoke:<id:0000000000000005>",
            ),
            (
                InternalRaftRequest {
                    auth_user_add: Some(pb::AuthUserAddRequest {
                        name: name.clone(),
                        password: password.clone(),
                        hashed_password: password.clone(),
                        ..Default::default()
                    }),
                    ..empty()
                },
                "auth_user_add:<name:root>",
            ),
            (
                InternalRaftRequest {
                    auth_user_change_password: Some(pb::AuthUserChangePasswordRequest {
                        name: name.clone(),
                        password: password.clone(),
                        hashed_password: password.clone(),
                    }),
                    ..empty()
                },
                "auth_user_change_password:<name:root>",
            ),
            (
                InternalRaftRequest {
                    authenticate: Some(pb::InternalAuthenticateRequest {
                        name: name.clone(),
                        password,
                        simple_token: "hunter2".into(),
                    }),
                    ..empty()
                },
                "authenticate:<name:root>",
            ),
            (
                InternalRaftRequest {
                    header: Some(RequestHeader { id: 9, username: name.clone(), auth_revision: 8 }),
                    alarm: Some(AlarmRequest { action: 1, member_id: 9, alarm: 1 }),
                    ..empty()
                },
                r#"header:<ID:9 username:"root" auth_revision:8> alarm:<action:ACTIVATE memberID:9 alarm:NOSPACE>"#,
            ),
            (InternalRaftRequest { auth_status: Some(pb::AuthStatusRequest {}), ..empty() }, "auth_status:<>"),
            (
                InternalRaftRequest {
                    auth_role_grant_permission: Some(pb::AuthRoleGrantPermissionRequest {
                        name,
                        perm: Some(permission),
                    }),
                    ..empty()
                },
                r#"auth_role_grant_permission:<name:"root" perm:<permType:READWRITE key:"a" range_end:"b">>"#,
            ),
        ] {
            assert_eq!(Text(&request).to_string(), text);
        }
        let request = RangeRequest {
            key: b"a"[..].into(),
            range_end: b"b"[..].into(),
            limit: 5,
            revision: 2,
            sort_order: 1,
            sort_target: 2,
            serializable: true,
            keys_only: true,
            min_mod_revision: 1,
            ..Default::default()
        };
        let text = r#"key:"a" range_end:"b" limit:5 revision:2 sort_order:ASCEND sort_target:CREATE serializable:true keys_only:true min_mod_revision:1"#;
        assert_eq!(Text(&request).to_string(), text);
        assert_eq!(Text(&RangeRequest { sort_order: 9, ..Default::default() }).to_string(), "sort_order:9");
    }
}
