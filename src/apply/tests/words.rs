//! Commands of scripts as requests and entries.

use super::*;

/// The words of a command, read one after the other as what it asks for.
pub(super) struct Words {
    words: Vec<String>,
    next: usize,
    /// Who asks.
    pub(super) caller: Caller,
}

impl Words {
    pub(super) fn of(line: &str) -> Self {
        Self { words: shlex::split(line).unwrap(), next: 0, caller: Caller::default() }
    }

    pub(super) fn peek(&self) -> String {
        self.words.get(self.next).cloned().unwrap_or_default()
    }

    pub(super) fn next(&mut self) -> String {
        self.next += 1;
        self.words[self.next - 1].clone()
    }

    pub(super) fn number(&mut self) -> i64 {
        self.next().parse().unwrap()
    }

    fn id(&mut self) -> u64 {
        u64::from_str_radix(&self.next(), 16).unwrap()
    }

    fn key(&mut self) -> Bytes {
        key(&self.next())
    }

    /// The options of an operation: up to the end, `;` or `}`.
    fn options(&mut self) -> Vec<String> {
        let mut options = Vec::new();
        while self.next < self.words.len() && !matches!(self.peek().as_str(), ";" | "}") {
            options.push(self.next());
        }
        options
    }

    fn put(&mut self) -> PutRequest {
        let mut request = PutRequest { key: self.key(), value: self.next().into(), ..Default::default() };
        for option in self.options() {
            match option.split_once('=') {
                Some(("lease", lease)) => request.lease = lease.parse().unwrap(),
                _ => match option.as_str() {
                    "prev" => request.prev_kv = true,
                    "keep-value" => request.ignore_value = true,
                    "keep-lease" => request.ignore_lease = true,
                    other => panic!("put {other}?"),
                },
            }
        }
        request
    }

    fn del(&mut self) -> DeleteRangeRequest {
        let mut request = DeleteRangeRequest { key: self.key(), ..Default::default() };
        for option in self.options() {
            match option.as_str() {
                "prev" => request.prev_kv = true,
                end => request.range_end = key(end),
            }
        }
        request
    }

    pub(super) fn range(&mut self) -> RangeRequest {
        let mut request = RangeRequest { key: self.key(), ..Default::default() };
        for option in self.options() {
            match option.split_once('=') {
                Some(("rev", revision)) => request.revision = revision.parse().unwrap(),
                Some(("limit", limit)) => request.limit = limit.parse().unwrap(),
                Some(("sort", sort)) => {
                    let (target, order) = sort.split_once(':').unwrap();
                    request.sort_target = target.parse().unwrap();
                    request.sort_order = order.parse().unwrap();
                }
                _ => match option.as_str() {
                    "count" => request.count_only = true,
                    "keys" => request.keys_only = true,
                    "serializable" => request.serializable = true,
                    end => request.range_end = key(end),
                },
            }
        }
        request
    }

    pub(super) fn txn(&mut self) -> TxnRequest {
        let mut request = TxnRequest::default();
        if self.peek() == "if" {
            self.next();
            while !matches!(self.peek().as_str(), "then" | "else" | "" | ";" | "}") {
                request.compare.push(self.compare());
            }
        }
        if self.peek() == "then" {
            self.next();
            request.success = self.ops();
        }
        if self.peek() == "else" {
            self.next();
            request.failure = self.ops();
        }
        request
    }

    fn ops(&mut self) -> Vec<RequestOp> {
        assert_eq!(self.next(), "{");
        let mut ops = Vec::new();
        loop {
            let request = match self.next().as_str() {
                "}" => return ops,
                ";" => continue,
                "put" => Some(Op::RequestPut(self.put())),
                "del" => Some(Op::RequestDeleteRange(self.del())),
                "range" => Some(Op::RequestRange(self.range())),
                "txn" => Some(Op::RequestTxn(self.txn())),
                "nothing" => None,
                other => panic!("operation {other}?"),
            };
            ops.push(RequestOp { request });
        }
    }

    fn compare(&mut self) -> Compare {
        let target = self.next();
        let keys = self.next();
        let (first, end) = keys.split_once("..").unwrap_or((&keys, ""));
        let result = match self.next().as_str() {
            "=" => 0,
            ">" => 1,
            "<" => 2,
            "!=" => 3,
            other => other.parse().unwrap(),
        };
        let given = self.next();
        let number = || given.parse().unwrap();
        // `version/mod` compares versions with what is given as a mod revision.
        let (target, union) = target.split_once('/').unwrap_or((&target, &target));
        let (union, target_number) = (
            match union {
                "version" => TargetUnion::Version(number()),
                "create" => TargetUnion::CreateRevision(number()),
                "mod" => TargetUnion::ModRevision(number()),
                "lease" => TargetUnion::Lease(number()),
                "value" => TargetUnion::Value(given.clone().into()),
                other => panic!("target {other}?"),
            },
            match target {
                "version" => 0,
                "create" => 1,
                "mod" => 2,
                "value" => 3,
                "lease" => 4,
                other => other.parse().unwrap(),
            },
        );
        Compare { result, target: target_number, key: key(first), range_end: key(end), target_union: Some(union) }
    }

    /// An entry's type and data.
    pub(super) fn entry(&mut self, id: u64) -> (EntryType, Bytes) {
        let caller = self.caller.clone();
        let normal = |request: Request| (EntryType::EntryNormal, Bytes::from(request.encode(id, caller)));
        match self.next().as_str() {
            "put" => normal(Request::Put(self.put())),
            "del" => normal(Request::DeleteRange(self.del())),
            "txn" => normal(Request::Txn(self.txn())),
            "compact" => normal(Request::Compaction(CompactionRequest { revision: self.number(), physical: false })),
            "grant" => {
                let (id, ttl) = (self.number(), self.number());
                normal(Request::LeaseGrant(LeaseGrantRequest { ttl, id }))
            }
            "revoke" => normal(Request::LeaseRevoke(LeaseRevokeRequest { id: self.number() })),
            "checkpoint" => {
                let checkpoints = vec![LeaseCheckpoint { id: self.number(), remaining_ttl: self.number() }];
                normal(Request::LeaseCheckpoint(LeaseCheckpointRequest { checkpoints }))
            }
            "alarm" => {
                let action = match self.next().as_str() {
                    "get" => 0,
                    "activate" => 1,
                    "deactivate" => 2,
                    other => other.parse().unwrap(),
                };
                let alarm = match self.next().as_str() {
                    "none" => 0,
                    "nospace" => 1,
                    "corrupt" => 2,
                    other => other.parse().unwrap(),
                };
                normal(Request::Alarm(AlarmRequest { action, member_id: self.id(), alarm }))
            }
            "auth" => normal(self.auth()),
            "version" => normal(Request::ClusterVersionSet(ClusterVersionSetRequest { ver: self.next() })),
            "downgrade" => {
                let ver = self.next();
                normal(Request::DowngradeInfoSet(DowngradeInfoSetRequest { enabled: ver != "off", ver }))
            }
            "attributes" => normal(Request::ClusterMemberAttrSet(ClusterMemberAttrSetRequest {
                member_id: self.id(),
                member_attributes: Some(Attributes { name: self.next(), client_urls: vec![self.next()] }),
            })),
            "v2" => {
                let request = pb::Request {
                    id: Some(id),
                    method: Some(self.next()),
                    path: Some(self.next()),
                    val: Some(self.next()),
                    ..Default::default()
                };
                (EntryType::EntryNormal, request.encode_to_vec().into())
            }
            "conf" => (EntryType::EntryConfChange, self.conf_change(id).encode_to_vec().into()),
            "unsupported" => {
                let request = InternalRaftRequest {
                    header: Some(RequestHeader { id, ..Default::default() }),
                    downgrade_info_set: Some(DowngradeInfoSetRequest::default()),
                    ..Default::default()
                };
                (EntryType::EntryNormal, request.encode_to_vec().into())
            }
            "empty" => (EntryType::EntryNormal, Bytes::new()),
            "garbage" => (EntryType::EntryNormal, Bytes::from_static(b"\xff\xff\xff")),
            other => panic!("command {other}?"),
        }
    }

    fn auth(&mut self) -> Request {
        match self.next().as_str() {
            "enable" => Request::AuthEnable(Default::default()),
            "disable" => Request::AuthDisable(Default::default()),
            "status" => Request::AuthStatus(Default::default()),
            "users" => Request::AuthUserList(Default::default()),
            "roles" => Request::AuthRoleList(Default::default()),
            "login" => {
                let (name, mut options) = (self.next(), self.options());
                let simple_token = options.pop().unwrap_or_default();
                Request::Authenticate(pb::InternalAuthenticateRequest { name, simple_token, ..Default::default() })
            }
            "user" => self.user(),
            "role" => self.role(),
            other => panic!("auth {other}?"),
        }
    }

    fn user(&mut self) -> Request {
        let (verb, name, mut options) = (self.next(), self.next(), self.options());
        let hash = |password: &str| base64::prelude::BASE64_STANDARD.encode(format!("hash of {password}"));
        match verb.as_str() {
            "add" => Request::AuthUserAdd(match options.pop() {
                Some(password) => {
                    pb::AuthUserAddRequest { name, hashed_password: hash(&password), ..Default::default() }
                }
                None => pb::AuthUserAddRequest {
                    name,
                    options: Some(UserAddOptions { no_password: true }),
                    ..Default::default()
                },
            }),
            "del" => Request::AuthUserDelete(pb::AuthUserDeleteRequest { name }),
            "get" => Request::AuthUserGet(pb::AuthUserGetRequest { name }),
            "password" => Request::AuthUserChangePassword(pb::AuthUserChangePasswordRequest {
                name,
                hashed_password: hash(&options.pop().unwrap()),
                ..Default::default()
            }),
            "grant" => {
                Request::AuthUserGrantRole(pb::AuthUserGrantRoleRequest { user: name, role: options.pop().unwrap() })
            }
            "revoke" => {
                Request::AuthUserRevokeRole(pb::AuthUserRevokeRoleRequest { name, role: options.pop().unwrap() })
            }
            other => panic!("auth user {other}?"),
        }
    }

    fn role(&mut self) -> Request {
        let (verb, name) = (self.next(), self.next());
        let mut words = self.options().into_iter();
        let mut next_key = move || words.next().map(|word| key(&word)).unwrap_or_default();
        match verb.as_str() {
            "add" => Request::AuthRoleAdd(pb::AuthRoleAddRequest { name }),
            "del" => Request::AuthRoleDelete(pb::AuthRoleDeleteRequest { role: name }),
            "get" => Request::AuthRoleGet(pb::AuthRoleGetRequest { role: name }),
            "grant" => {
                let perm_type = match &next_key()[..] {
                    b"read" => Some(0),
                    b"write" => Some(1),
                    b"readwrite" => Some(2),
                    b"nothing" => None,
                    other => panic!("permission {other:?}?"),
                };
                let perm = perm_type.map(|perm_type| Permission { perm_type, key: next_key(), range_end: next_key() });
                Request::AuthRoleGrantPermission(pb::AuthRoleGrantPermissionRequest { name, perm })
            }
            "revoke" => Request::AuthRoleRevokePermission(pb::AuthRoleRevokePermissionRequest {
                role: name,
                key: next_key(),
                range_end: next_key(),
            }),
            other => panic!("auth role {other}?"),
        }
    }

    fn conf_change(&mut self, id: u64) -> ConfChange {
        let verb = self.next();
        let node = self.id();
        let url = self.options().pop().unwrap_or_default();
        let (kind, context) = match verb.as_str() {
            "add" => (0, format!(r#"{{"id":{node},"peerURLs":["{url}"],"name":"n"}}"#)),
            "learner" => (3, format!(r#"{{"id":{node},"peerURLs":["{url}"],"isLearner":true}}"#)),
            "promote" => (0, format!(r#"{{"id":{node},"peerURLs":null,"isPromote":true}}"#)),
            "update" => (2, format!(r#"{{"id":{node},"peerURLs":["{url}"]}}"#)),
            "remove" => (1, String::new()),
            other => panic!("conf {other}?"),
        };
        ConfChange { id: Some(id), r#type: Some(kind), node_id: Some(node), context: Some(context.into()) }
    }
}

fn key(word: &str) -> Bytes {
    if word == "*" { Bytes::from_static(b"\0") } else { Bytes::copy_from_slice(word.as_bytes()) }
}
