//! What callers may do while authentication is on: a whole member in this process, called through its gRPC services.

use bytes::{Buf, BufMut, Bytes};
use prost::Message;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Request, Status};

use super::{Member, Threads, start};
use crate::api::grpc::{Grpc, Method, Need, need};
use crate::config::{check, settings::Request as Command, settings::Settings};
use crate::pb::authpb::{Permission, UserAddOptions, permission::Type};
use crate::pb::etcdserverpb::{self as pb, compare, request_op::Request as Op, watch_request::RequestUnion};
use crate::pb::rpc_error::RpcError;
use crate::pb::v3electionpb::{
    CampaignRequest, CampaignResponse, LeaderKey, LeaderRequest, ProclaimRequest, ResignRequest,
};
use crate::pb::v3lockpb::{LockRequest, LockResponse, UnlockRequest};

/// Messages as bytes.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

/// A member with these users, each with a role of the same name:
///
/// | user | READWRITE |
/// |---|---|
/// | root | everything |
/// | nothing | – |
/// | key | `k` |
/// | range | `k` to `m` |
/// | prefix | `k` to `l` |
/// | from | `k` to the end |
/// | reader | READ `k` |
/// | writer | WRITE `k` |
struct World {
    _dir: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    member: Option<Member>,
    grpc: Grpc,
}

const GRANTS: &[(&str, Type, &str, &str)] = &[
    ("key", Type::Readwrite, "k", ""),
    ("range", Type::Readwrite, "k", "m"),
    ("prefix", Type::Readwrite, "k", "l"),
    ("from", Type::Readwrite, "k", "\0"),
    ("reader", Type::Read, "k", ""),
    ("writer", Type::Write, "k", ""),
];

impl World {
    fn new(flags: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut words = vec![format!("--data-dir={}", dir.path().display()), "--bcrypt-cost=4".to_owned()];
        words.extend(flags.iter().map(|&flag| flag.to_owned()));
        let Ok(Command::Run { settings, .. }) = Settings::load(&words, &[]) else { panic!("{words:?}") };
        let config = check::check(settings, Vec::new()).unwrap().server;
        let handle = runtime.handle().clone();
        let mut member = start(&config, Threads { clients: vec![handle.clone()], member: handle }).unwrap();
        runtime.block_on(&mut member.ready);
        let grpc = (member.grpc)(0);
        Self { _dir: dir, runtime, member: Some(member), grpc }
    }

    fn with_users(flags: &[&str]) -> Self {
        let world = Self::new(flags);
        for name in ["root", "nothing", "key", "range", "prefix", "from", "reader", "writer"] {
            let user = pb::AuthUserAddRequest { name: name.into(), password: name.into(), ..Default::default() };
            world.ok("Auth/UserAdd", &user, None);
            world.ok("Auth/RoleAdd", &pb::AuthRoleAddRequest { name: name.into() }, None);
            let grant = pb::AuthUserGrantRoleRequest { user: name.into(), role: name.into() };
            world.ok("Auth/UserGrantRole", &grant, None);
        }
        for &(name, kind, key, end) in GRANTS {
            let perm = Permission { perm_type: kind.into(), key: key.into(), range_end: end.into() };
            let grant = pb::AuthRoleGrantPermissionRequest { name: name.into(), perm: Some(perm) };
            world.ok("Auth/RoleGrantPermission", &grant, None);
        }
        world.put("k", "1");
        world.put("secret", "1");
        world.enable();
        world
    }

    fn put(&self, key: &'static str, value: &'static str) {
        self.ok("KV/Put", &pb::PutRequest { key: key.into(), value: value.into(), ..Default::default() }, None);
    }

    fn enable(&self) {
        self.ok("Auth/AuthEnable", &pb::AuthEnableRequest {}, None);
    }

    fn token(&self, name: &str) -> String {
        let request = pb::AuthenticateRequest { name: name.into(), password: name.into() };
        let answer = self.ok("Auth/Authenticate", &request, None);
        pb::AuthenticateResponse::decode(answer).unwrap().token
    }

    /// The first message of the answer, empty if there is none.
    fn call(&self, path: &str, request: Bytes, token: Option<&str>) -> Result<Bytes, Status> {
        let mut client = tonic::client::Grpc::new(self.grpc.clone());
        let mut request = Request::new(request);
        if let Some(token) = token {
            request.metadata_mut().insert("token", token.parse().unwrap());
        }
        let path = path.parse().unwrap();
        self.runtime.block_on(async move {
            client.ready().await.map_err(|_| Status::unavailable("not ready"))?;
            let mut answers = client.server_streaming(request, path, Raw).await?.into_inner();
            Ok(answers.message().await?.unwrap_or_default())
        })
    }

    fn ask(&self, method: &str, request: &impl Message, token: Option<&str>) -> Result<Bytes, Status> {
        self.call(&format!("/etcdserverpb.{method}"), request.encode_to_vec().into(), token)
    }

    fn ok(&self, method: &str, request: &impl Message, token: Option<&str>) -> Bytes {
        self.ask(method, request, token).unwrap_or_else(|status| panic!("{method}: {status}"))
    }

    /// What keeps the call from its caller; `None` if it may, whatever else comes of it.
    fn refusal(&self, method: &str, request: &impl Message, token: Option<&str>) -> Option<RpcError> {
        refusal(&self.ask(method, request, token))
    }

    #[track_caller]
    fn assert_denied(&self, method: &str, request: &impl Message, token: &str, why: &str) {
        assert_eq!(self.refusal(method, request, Some(token)), Some(RpcError::PermissionDenied), "{why}");
    }

    #[track_caller]
    fn assert_permitted(&self, method: &str, request: &impl Message, token: &str, why: &str) {
        assert_eq!(self.refusal(method, request, Some(token)), None, "{why}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let member = self.member.take().unwrap();
        (member.stop)();
    }
}

const REFUSALS: [RpcError; 4] =
    [RpcError::UserEmpty, RpcError::InvalidAuthToken, RpcError::PermissionDenied, RpcError::AuthOldRevision];

fn refusal(answer: &Result<Bytes, Status>) -> Option<RpcError> {
    match answer {
        Err(status) => {
            REFUSALS.into_iter().find(|error| error.text() == status.message() && error.code() == status.code())
        }
        // A watch is refused by a message.
        Ok(message) => {
            let reason = pb::WatchResponse::decode(message.clone()).map(|answer| answer.cancel_reason);
            let reason = reason.unwrap_or_default();
            REFUSALS
                .into_iter()
                .find(|error| reason == format!("rpc error: code = {:?} desc = {}", error.code(), error.text()))
        }
    }
}

/// The keys that a call asks for.
const ASKS: [(&str, &str); 4] = [("k", ""), ("k", "m"), ("k", "l"), ("k", "\0")];

/// Whether a grant covers what is asked for, by the table in `World`.
fn covers(user: &str, asked: (&str, &str)) -> bool {
    match user {
        "root" | "from" => true,
        "range" => asked != ("k", "\0"),
        "prefix" => asked == ("k", "") || asked == ("k", "l"),
        "key" => asked == ("k", ""),
        _ => false,
    }
}

fn range((key, end): (&'static str, &'static str)) -> pb::RangeRequest {
    pb::RangeRequest { key: key.into(), range_end: end.into(), ..Default::default() }
}

fn txn(op: Op) -> pb::TxnRequest {
    pb::TxnRequest { success: vec![pb::RequestOp { request: Some(op) }], ..Default::default() }
}

fn put(key: &'static str) -> pb::PutRequest {
    pb::PutRequest { key: key.into(), ..Default::default() }
}

fn watch((key, end): (&'static str, &'static str)) -> pb::WatchRequest {
    let create = pb::WatchCreateRequest { key: key.into(), range_end: end.into(), ..Default::default() };
    pb::WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }
}

/// Requests of a method whose rights follow from keys, with the keys they ask for.
fn key_requests(method: &str) -> Vec<(Bytes, (&'static str, &'static str))> {
    let mut requests: Vec<(Bytes, _)> = Vec::new();
    for asked in ASKS {
        let delete = pb::DeleteRangeRequest { key: asked.0.into(), range_end: asked.1.into(), prev_kv: true };
        let compare = pb::Compare { key: asked.0.into(), range_end: asked.1.into(), ..Default::default() };
        let of = |message: Vec<u8>| (Bytes::from(message), asked);
        match method {
            "Range" | "RangeStream" => requests.push(of(range(asked).encode_to_vec())),
            "DeleteRange" => requests.push(of(delete.encode_to_vec())),
            "Watch" => requests.push(of(watch(asked).encode_to_vec())),
            "Put" if asked.1.is_empty() => {
                requests.push(of(pb::PutRequest { prev_kv: true, ..put("k") }.encode_to_vec()));
            }
            "Put" => {}
            "Txn" => {
                requests.push(of(txn(Op::RequestRange(range(asked))).encode_to_vec()));
                requests.push(of(txn(Op::RequestDeleteRange(delete.clone())).encode_to_vec()));
                let read = pb::TxnRequest { compare: vec![compare.clone()], ..Default::default() };
                requests.push(of(read.encode_to_vec()));
                let write = pb::TxnRequest { compare: vec![compare], ..txn(Op::RequestPut(put("k"))) };
                requests.push(of(write.encode_to_vec()));
            }
            other => panic!("what does {other} ask for?"),
        }
    }
    requests
}

/// A request that does no harm, even to who may do everything.
fn harmless(method: &str, lease: i64) -> Bytes {
    let text = || "nobody".to_owned();
    let bytes = match method {
        // The member's own.
        "MemberAdd" => {
            let urls = vec!["http://localhost:2380".to_owned()];
            pb::MemberAddRequest { peer_ur_ls: urls, is_learner: false }.encode_to_vec()
        }
        "LeaseRevoke" => pb::LeaseRevokeRequest { id: 1 }.encode_to_vec(),
        "LeaseKeepAlive" => pb::LeaseKeepAliveRequest { id: lease }.encode_to_vec(),
        "LeaseTimeToLive" => pb::LeaseTimeToLiveRequest { id: lease, keys: false }.encode_to_vec(),
        "Compact" => pb::CompactionRequest { revision: i64::MAX, physical: false }.encode_to_vec(),
        "UserAdd" => pb::AuthUserAddRequest { name: "key".into(), ..Default::default() }.encode_to_vec(),
        "UserGet" | "UserDelete" | "UserChangePassword" | "RoleGet" | "RoleDelete" => {
            pb::AuthUserGetRequest { name: text() }.encode_to_vec()
        }
        "UserGrantRole" | "UserRevokeRole" => {
            pb::AuthUserGrantRoleRequest { user: text(), role: text() }.encode_to_vec()
        }
        _ => Vec::new(),
    };
    bytes.into()
}

fn id(lease: &Bytes) -> i64 {
    pb::LeaseGrantResponse::decode(lease.clone()).unwrap().id
}

/// Every method × who may call, from the table of `api::grpc::access`.
#[test]
fn every_method_asks_of_its_caller_what_the_table_says() {
    let world = World::with_users(&[]);
    let root = world.token("root");
    let lease = id(&world.ok("Lease/LeaseGrant", &pb::LeaseGrantRequest { ttl: 600, id: 0 }, Some(&root)));
    world.ok("KV/Put", &pb::PutRequest { lease, ..put("j") }, Some(&root));
    let users: Vec<(&str, String)> = ["nothing", "key", "range", "prefix", "from", "root"]
        .into_iter()
        .map(|name| (name, world.token(name)))
        .collect();
    let mut wrong = Vec::new();
    let mut cases = 0;
    let mut check = |method: &Method, who: &str, what: &str, token: Option<&str>, request: Bytes, wanted| {
        let answer = world.call(method.path(), request, token);
        let is_served = answer.as_ref().err().is_none_or(|status| status.code() != Code::Unimplemented);
        let got = refusal(&answer);
        cases += 1;
        if !is_served || got != wanted {
            wrong.push(format!("{} by {who}{what}: {answer:?}: {got:?} instead of {wanted:?}", method.path()));
        }
    };
    let denied = Some(RpcError::PermissionDenied);
    for method in Method::all() {
        let need = need(method);
        let plain = harmless(method.name, lease);
        let is_for_health = method.service == "grpc.health.v1.Health";
        // The next test's.
        if is_recipe(method) {
            continue;
        }
        let without = match need {
            Need::Nothing => None,
            _ => Some(RpcError::UserEmpty),
        };
        let with_bad = match method.name {
            _ if is_for_health => None,
            "Authenticate" => None,
            _ => Some(RpcError::InvalidAuthToken),
        };
        let first = match need {
            Need::Keys => key_requests(method.name)[0].0.clone(),
            _ => plain.clone(),
        };
        check(method, "nobody", "", None, first.clone(), without);
        check(method, "a bad token", "", Some("made.up"), first, with_bad);
        for (name, token) in &users {
            if need == Need::Keys {
                for (request, asked) in key_requests(method.name) {
                    let wanted = if covers(name, asked) { None } else { denied };
                    check(method, name, &format!(", keys {asked:?}"), Some(token), request, wanted);
                }
                continue;
            }
            // Switching it off ends all tokens; it has a test of its own.
            if method.name == "AuthDisable" && *name == "root" {
                continue;
            }
            let wanted = match (need, method.name) {
                // A key hangs on the lease that only root may touch.
                (_, "LeaseKeepAlive" | "LeaseLeases") if *name != "root" => denied,
                (Need::Root | Need::Manage, _) | (_, "MemberAdd") if *name != "root" => denied,
                _ => None,
            };
            check(method, name, "", Some(token), plain.clone(), wanted);
        }
    }
    assert!(wrong.is_empty(), "{} of {cases} differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases > 400, "{cases}");
}

fn is_recipe(method: &Method) -> bool {
    matches!(method.service, "v3lockpb.Lock" | "v3electionpb.Election")
}

/// A request for keys below `k/`. Each caller has names of its own, so that nobody waits for another.
fn recipe_request(method: &str, who: &str, lease: i64) -> Bytes {
    let (lock, election) = (format!("k/lock/{who}"), Bytes::from(format!("k/election/{who}")));
    let leader = LeaderKey { name: election.clone(), key: format!("k/election/{who}/1").into(), rev: 1, lease };
    let bytes = match method {
        "Lock" => LockRequest { name: lock.into(), lease }.encode_to_vec(),
        "Unlock" => UnlockRequest { key: format!("{lock}/1").into() }.encode_to_vec(),
        "Campaign" => CampaignRequest { name: election, lease, value: "v".into() }.encode_to_vec(),
        "Proclaim" => ProclaimRequest { leader: Some(leader), value: "v".into() }.encode_to_vec(),
        "Leader" | "Observe" => LeaderRequest { name: election }.encode_to_vec(),
        "Resign" => ResignRequest { leader: Some(leader) }.encode_to_vec(),
        other => panic!("what does {other} ask for?"),
    };
    bytes.into()
}

/// What keeps an inner call from its caller: its error is passed on as Unknown.
fn inner_refusal(answer: &Result<Bytes, Status>) -> Option<RpcError> {
    let status = answer.as_ref().err()?;
    let is_unknown = status.code() == Code::Unknown;
    REFUSALS.into_iter().find(|error| is_unknown && error.text() == status.message())
}

/// Locks and elections × who may call: their calls within are those of who called them.
#[test]
fn locks_and_elections_ask_of_their_caller_what_their_keys_ask() {
    let world = World::with_users(&[]);
    let mut users = vec![
        ("nobody", None, Some(RpcError::UserEmpty)),
        ("a bad token", Some("made.up".to_owned()), Some(RpcError::InvalidAuthToken)),
    ];
    for name in ["nothing", "key", "range", "prefix", "from", "root"] {
        let wanted = if covers(name, ("k", "l")) { None } else { Some(RpcError::PermissionDenied) };
        users.push((name, Some(world.token(name)), wanted));
    }
    let mut wrong = Vec::new();
    let mut cases = 0;
    for (name, token, wanted) in &users {
        // In the order of the table: there is a leader to observe.
        for method in Method::all().iter().filter(|method| is_recipe(method)) {
            let answer = world.call(method.path(), recipe_request(method.name, name, 0), token.as_deref());
            let is_right = match (method.name, wanted) {
                // As with etcd, refused observers are told nothing.
                ("Observe", _) => answer.as_ref().is_ok_and(|message| message.is_empty() == wanted.is_some()),
                (_, Some(_)) => inner_refusal(&answer) == *wanted,
                // These are too late: they have their rights, not what they ask for.
                ("Proclaim", None) => answer.as_ref().is_err_and(|status| status.message() == "election: not leader"),
                (_, None) => answer.is_ok(),
            };
            cases += 1;
            if !is_right {
                wrong.push(format!("{} by {name}: {answer:?}, not {wanted:?}", method.path()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases} differ\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(cases, 8 * 7);

    // A lease that holds the key of another cannot be brought along.
    let root = world.token("root");
    let lease = id(&world.ok("Lease/LeaseGrant", &pb::LeaseGrantRequest { ttl: 600, id: 0 }, Some(&root)));
    world.ok("KV/Put", &pb::PutRequest { lease, ..put("secret") }, Some(&root));
    let prefix = world.token("prefix");
    for (path, method) in [("/v3lockpb.Lock/Lock", "Lock"), ("/v3electionpb.Election/Campaign", "Campaign")] {
        let answer = world.call(path, recipe_request(method, "lease", lease), Some(&prefix));
        assert_eq!(inner_refusal(&answer), Some(RpcError::PermissionDenied), "{method}");
    }
}

/// Who brings no lease gets one of a minute, on which the key hangs.
#[test]
fn locks_and_candidates_without_a_lease_live_a_minute() {
    let world = World::new(&[]);
    let call = |path, method| world.call(path, recipe_request(method, "ann", 0), None).unwrap();
    let lock = LockResponse::decode(call("/v3lockpb.Lock/Lock", "Lock")).unwrap();
    let won = CampaignResponse::decode(call("/v3electionpb.Election/Campaign", "Campaign")).unwrap();
    for key in [lock.key, won.leader.unwrap().key] {
        let hex = std::str::from_utf8(&key).unwrap().rsplit('/').next().unwrap();
        let id = i64::from_str_radix(hex, 16).unwrap();
        let ask = pb::LeaseTimeToLiveRequest { id, keys: true };
        let lease = pb::LeaseTimeToLiveResponse::decode(world.ok("Lease/LeaseTimeToLive", &ask, None)).unwrap();
        assert_eq!((lease.granted_ttl, lease.keys), (60, vec![key]));
    }
}

#[test]
fn a_user_sees_itself_and_its_roles() {
    let world = World::with_users(&[]);
    let token = world.token("key");
    for (method, name, is_permitted) in
        [("UserGet", "key", true), ("UserGet", "root", false), ("RoleGet", "key", true), ("RoleGet", "range", false)]
    {
        let request = pb::AuthUserGetRequest { name: name.into() };
        let refusal = world.refusal(&format!("Auth/{method}"), &request, Some(&token));
        assert_eq!(refusal.is_none(), is_permitted, "{method} {name}");
    }
}

/// Advisory: rights were not asked for operations of transactions inside transactions.
#[test]
fn advisory_nested_txn_does_not_pass_by_the_check() {
    let world = World::with_users(&[]);
    let token = world.token("key");
    let secret = [
        Op::RequestRange(range(("secret", ""))),
        Op::RequestPut(put("secret")),
        Op::RequestDeleteRange(pb::DeleteRangeRequest { key: "secret".into(), ..Default::default() }),
        Op::RequestRange(range(("k", "\0"))),
    ];
    for op in secret {
        let once = txn(Op::RequestTxn(txn(op.clone())));
        let in_failure = pb::TxnRequest { success: Vec::new(), failure: once.success.clone(), compare: Vec::new() };
        let twice = txn(Op::RequestTxn(in_failure.clone()));
        for nested in [once, in_failure, twice] {
            world.assert_denied("KV/Txn", &nested, &token, "an operation inside");
        }
    }
    let compare =
        pb::Compare { key: "secret".into(), target: compare::CompareTarget::Value.into(), ..Default::default() };
    let peek = pb::TxnRequest { compare: vec![compare], ..Default::default() };
    world.assert_denied("KV/Txn", &peek, &token, "a compare tells what the value is");
    world.assert_denied("KV/Txn", &txn(Op::RequestTxn(peek)), &token, "a compare inside");
    world.assert_permitted("KV/Txn", &txn(Op::RequestTxn(txn(Op::RequestPut(put("k"))))), &token, "its own key");
}

/// Advisory: `prev_kv` gave values away to those who may only write, and a lease could be attached to by those who
/// may not write its keys, when this stood in a transaction.
#[test]
fn advisory_prev_kv_and_lease_in_a_txn_take_their_own_rights() {
    let world = World::with_users(&[]);
    let (root, writer) = (world.token("root"), world.token("writer"));
    let lease = id(&world.ok("Lease/LeaseGrant", &pb::LeaseGrantRequest { ttl: 600, id: 0 }, Some(&root)));
    world.ok("KV/Put", &pb::PutRequest { lease, ..put("secret") }, Some(&root));
    let delete = pb::DeleteRangeRequest { key: "k".into(), ..Default::default() };
    for (method, op, why) in [
        ("KV/Put", Op::RequestPut(pb::PutRequest { prev_kv: true, ..put("k") }), "the value before"),
        (
            "KV/DeleteRange",
            Op::RequestDeleteRange(pb::DeleteRangeRequest { prev_kv: true, ..delete.clone() }),
            "what was",
        ),
        ("KV/Put", Op::RequestPut(pb::PutRequest { lease, ..put("k") }), "a lease that holds another key"),
    ] {
        let plain = match &op {
            Op::RequestPut(put) => put.encode_to_vec(),
            Op::RequestDeleteRange(delete) => delete.encode_to_vec(),
            Op::RequestRange(_) | Op::RequestTxn(_) => unreachable!(),
        };
        let answer = world.call(&format!("/etcdserverpb.{method}"), plain.into(), Some(&writer));
        assert_eq!(refusal(&answer), Some(RpcError::PermissionDenied), "{why}, alone");
        world.assert_denied("KV/Txn", &txn(op.clone()), &writer, why);
        world.assert_denied("KV/Txn", &txn(Op::RequestTxn(txn(op))), &writer, why);
    }
    world.assert_permitted("KV/Txn", &txn(Op::RequestPut(put("k"))), &writer, "writing alone");
    world.assert_permitted("KV/Txn", &txn(Op::RequestDeleteRange(delete)), &writer, "deleting alone");
}

/// Advisory: who may read one key could watch all keys from it on.
#[test]
fn advisory_a_right_to_one_key_is_not_one_to_all_after_it() {
    let world = World::with_users(&[]);
    for name in ["key", "reader"] {
        let token = world.token(name);
        world.assert_permitted("Watch/Watch", &watch(("k", "")), &token, "the key");
        for asked in [("k", "\0"), ("\0", "\0"), ("", "\0"), ("", ""), ("k", "l"), ("secret", "")] {
            world.assert_denied("Watch/Watch", &watch(asked), &token, &format!("{asked:?}"));
        }
        world.assert_denied("KV/Range", &range(("k", "\0")), &token, "reading is the same");
    }
}

/// Advisory: calls about leases did not ask for rights on the keys that hang on them.
#[test]
fn advisory_leases_are_as_good_as_their_keys() {
    let world = World::with_users(&[]);
    let (root, key, reader) = (world.token("root"), world.token("key"), world.token("reader"));
    let grant = |keys: &[&'static str]| {
        let lease = id(&world.ok("Lease/LeaseGrant", &pb::LeaseGrantRequest { ttl: 600, id: 0 }, Some(&root)));
        for key in keys {
            world.ok("KV/Put", &pb::PutRequest { lease, ..put(key) }, Some(&root));
        }
        lease
    };
    let (secret, own) = (grant(&["secret"]), grant(&["k"]));
    for (token, id, reads, writes) in [
        (&key, secret, false, false),
        (&key, own, true, true),
        (&reader, own, true, false),
        (&root, secret, true, true),
    ] {
        let denied = Some(RpcError::PermissionDenied);
        let wanted = |is_permitted: bool| if is_permitted { None } else { denied };
        let list = pb::LeaseTimeToLiveRequest { id, keys: true };
        assert_eq!(world.refusal("Lease/LeaseTimeToLive", &list, Some(token)), wanted(reads));
        let alone = pb::LeaseTimeToLiveRequest { id, keys: false };
        world.assert_permitted("Lease/LeaseTimeToLive", &alone, token, "without its keys");
        let renew = pb::LeaseKeepAliveRequest { id };
        assert_eq!(world.refusal("Lease/LeaseKeepAlive", &renew, Some(token)), wanted(writes));
        if !writes {
            world.assert_denied("Lease/LeaseRevoke", &pb::LeaseRevokeRequest { id }, token, "revoking deletes keys");
        }
    }
    world.assert_permitted("Lease/LeaseRevoke", &pb::LeaseRevokeRequest { id: own }, &key, "its own key's");
    for (method, request) in [("LeaseLeases", Vec::new()), ("LeaseGrant", Vec::new())] {
        let path = format!("/etcdserverpb.Lease/{method}");
        assert_eq!(refusal(&world.call(&path, request.into(), None)), Some(RpcError::UserEmpty), "{method}");
    }
    world.assert_denied("Lease/LeaseLeases", &pb::LeaseLeasesRequest {}, &key, "one of them holds another key");
}

/// Advisory: several calls were served to whoever came. What each asks stands here once more, apart from the table that
/// decides it.
#[test]
fn advisory_no_call_is_served_without_asking_who_calls() {
    use pb::alarm_request::AlarmAction;
    let world = World::with_users(&[]);
    let (root, nothing) = (world.token("root"), world.token("nothing"));
    let lease = id(&world.ok("Lease/LeaseGrant", &pb::LeaseGrantRequest { ttl: 600, id: 0 }, Some(&root)));
    world.ok("KV/Put", &pb::PutRequest { lease, ..put("j") }, Some(&root));
    let (user, root_only) = (None, Some(RpcError::PermissionDenied));
    let mut calls: Vec<(String, Bytes, Option<RpcError>)> = Vec::new();
    for (methods, wanted) in [
        ("Cluster: MemberList; Maintenance: Alarm Status; Lease: LeaseGrant LeaseRevoke LeaseTimeToLive", user),
        ("Cluster: MemberAdd MemberRemove MemberUpdate MemberPromote; KV: Compact", root_only),
        ("Maintenance: Defragment Hash HashKV Snapshot MoveLeader Downgrade", root_only),
        ("Lease: LeaseKeepAlive LeaseLeases", root_only),
        ("Auth: AuthEnable AuthDisable UserAdd UserGet UserList UserDelete UserChangePassword", root_only),
        ("Auth: UserGrantRole UserRevokeRole RoleAdd RoleGet RoleList RoleDelete", root_only),
        ("Auth: RoleGrantPermission RoleRevokePermission", root_only),
    ] {
        for (service, names) in methods.split("; ").filter_map(|list| list.split_once(": ")) {
            let names = names.split(' ');
            calls.extend(names.map(|name| (format!("/etcdserverpb.{service}/{name}"), harmless(name, lease), wanted)));
        }
    }
    // And the five of `key_requests`, the two that are for all, health, locks and elections: each has a test.
    let others = Method::all().iter().filter(|method| !method.path().starts_with("/etcdserverpb.")).count() + 6 + 2;
    assert_eq!(calls.len() + others, Method::all().len());
    for action in [AlarmAction::Activate, AlarmAction::Deactivate] {
        let request = pb::AlarmRequest { action: action.into(), member_id: 7, alarm: pb::AlarmType::Nospace.into() };
        calls.push(("/etcdserverpb.Maintenance/Alarm".to_owned(), request.encode_to_vec().into(), root_only));
    }
    for (path, request, wanted) in calls {
        let refusal_of = |token| refusal(&world.call(&path, request.clone(), token));
        assert_eq!(refusal_of(None), Some(RpcError::UserEmpty), "{path} by nobody");
        assert_eq!(refusal_of(Some("made.up")), Some(RpcError::InvalidAuthToken), "{path} with a token made up");
        assert_eq!(refusal_of(Some(&nothing)), wanted, "{path} by who may do nothing");
    }
    let alarms = world.ok("Maintenance/Alarm", &pb::AlarmRequest::default(), Some(&root));
    assert_eq!(pb::AlarmResponse::decode(alarms).unwrap().alarms, []);
}

/// etcd 3.5.1 asks nobody for rights any more once an alarm has been raised.
#[test]
fn an_alarm_switches_no_rights_off() {
    let world = World::with_users(&[]);
    let (root, key) = (world.token("root"), world.token("key"));
    let lease = id(&world.ok("Lease/LeaseGrant", &pb::LeaseGrantRequest { ttl: 600, id: 0 }, Some(&root)));
    world.ok("KV/Put", &pb::PutRequest { lease, ..put("secret") }, Some(&root));
    let alarm = pb::AlarmType::Nospace.into();
    let raise = pb::AlarmRequest { action: pb::alarm_request::AlarmAction::Activate.into(), member_id: 7, alarm };
    world.ok("Maintenance/Alarm", &raise, Some(&root));
    let delete = pb::DeleteRangeRequest { key: "secret".into(), ..Default::default() };
    assert_eq!(world.refusal("KV/DeleteRange", &delete, None), Some(RpcError::UserEmpty));
    world.assert_denied("KV/DeleteRange", &delete, &key, "deleting");
    world.assert_denied("KV/Txn", &txn(Op::RequestDeleteRange(delete)), &key, "deleting in a txn");
    world.assert_denied("KV/Range", &range(("secret", "")), &key, "reading");
    world.assert_denied("Lease/LeaseRevoke", &pb::LeaseRevokeRequest { id: lease }, &key, "ending the lease");
    world.assert_denied("KV/Compact", &pb::CompactionRequest { revision: 2, physical: false }, &key, "compacting");
    world.assert_denied("Auth/RoleAdd", &pb::AuthRoleAddRequest { name: "mine".into() }, &key, "managing");
    world.assert_permitted(
        "KV/DeleteRange",
        &pb::DeleteRangeRequest { key: "k".into(), ..Default::default() },
        &key,
        "own",
    );
}

/// A lock or a candidacy without a lease is granted one: no way around what a grant asks for.
#[test]
fn nobody_gets_a_lease_by_locks_and_elections() {
    let world = World::with_users(&[]);
    let root = world.token("root");
    for path in ["/v3lockpb.Lock/Lock", "/v3electionpb.Election/Campaign"] {
        for (token, text) in [(None, RpcError::UserEmpty), (Some("made.up"), RpcError::InvalidAuthToken)] {
            // Field 1 is the name in both.
            let status = world.call(path, Bytes::from_static(b"\x0a\x01n"), token).unwrap_err();
            assert_eq!((status.code(), status.message()), (Code::Unknown, text.text()), "{path}");
        }
    }
    let leases = world.ok("Lease/LeaseLeases", &pb::LeaseLeasesRequest {}, Some(&root));
    assert_eq!(pb::LeaseLeasesResponse::decode(leases).unwrap().leases, []);
}

/// Leases end for who may do nothing, too: the member revokes them in its own name.
#[test]
fn leases_expire_while_authentication_is_on() {
    let world = World::with_users(&[]);
    let root = world.token("root");
    let lease = id(&world.ok("Lease/LeaseGrant", &pb::LeaseGrantRequest { ttl: 6, id: 0 }, Some(&root)));
    world.ok("KV/Put", &pb::PutRequest { lease, ..put("leased") }, Some(&root));
    let begun = std::time::Instant::now();
    loop {
        let answer = world.ok("KV/Range", &range(("leased", "")), Some(&root));
        if pb::RangeResponse::decode(answer).unwrap().count == 0 {
            break;
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(120), "the lease does not end");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn tokens_end_with_what_they_stood_for() {
    let world = World::with_users(&[]);
    let root = world.token("root");
    let read = range(("k", ""));
    let invalid = Some(RpcError::InvalidAuthToken);

    let key = world.token("key");
    world.assert_permitted("KV/Range", &read, &key, "fresh");
    let change = pb::AuthUserChangePasswordRequest { name: "key".into(), password: "new".into(), ..Default::default() };
    world.ok("Auth/UserChangePassword", &change, Some(&root));
    assert_eq!(world.refusal("KV/Range", &read, Some(&key)), invalid, "new password");
    let login = pb::AuthenticateRequest { name: "key".into(), password: "key".into() };
    let refused = world.ask("Auth/Authenticate", &login, None).unwrap_err();
    assert_eq!(refused.message(), RpcError::AuthFailed.text());

    let from = world.token("from");
    world.ok("Auth/UserDelete", &pb::AuthUserDeleteRequest { name: "from".into() }, Some(&root));
    assert_eq!(world.refusal("KV/Range", &read, Some(&from)), invalid, "deleted user");

    let range_token = world.token("range");
    world.ok("Auth/RoleDelete", &pb::AuthRoleDeleteRequest { role: "range".into() }, Some(&root));
    world.assert_denied("KV/Range", &read, &range_token, "the role is gone, and the token still good");

    world.ok("Auth/AuthDisable", &pb::AuthDisableRequest {}, Some(&root));
    assert_eq!(world.refusal("KV/Range", &read, Some("made.up")), None, "nobody looks at tokens while it is off");
    world.enable();
    assert_eq!(world.refusal("KV/Range", &read, Some(&root)), invalid, "of before");
}

#[test]
fn logins_that_fail() {
    let world = World::with_users(&[]);
    let root = world.token("root");
    let no_password = pb::AuthUserAddRequest {
        name: "cert".into(),
        options: Some(UserAddOptions { no_password: true }),
        ..Default::default()
    };
    world.ok("Auth/UserAdd", &no_password, Some(&root));
    let login = |name: &str, password: &str| {
        let request = pb::AuthenticateRequest { name: name.into(), password: password.into() };
        let status = world.ask("Auth/Authenticate", &request, None).unwrap_err();
        (status.code(), status.message().to_owned())
    };
    let failed = (Code::InvalidArgument, RpcError::AuthFailed.text().to_owned());
    assert_eq!(login("key", "other"), failed);
    assert_eq!(login("missing", "x"), failed);
    assert_eq!(login("", ""), failed);
    let text = "auth: authentication failed, password was given for no password user".to_owned();
    assert_eq!(login("cert", "x"), (Code::Unknown, text));
    let long = pb::AuthUserAddRequest { name: "long".into(), password: "p".repeat(73), ..Default::default() };
    let longer =
        pb::AuthUserChangePasswordRequest { name: "key".into(), password: "p".repeat(73), ..Default::default() };
    for refused in [
        world.ask("Auth/UserAdd", &long, Some(&root)).unwrap_err(),
        world.ask("Auth/UserChangePassword", &longer, Some(&root)).unwrap_err(),
    ] {
        assert_eq!((refused.code(), refused.message()), (Code::Unknown, "bcrypt: password length exceeds 72 bytes"));
    }
    world.ok("Auth/AuthDisable", &pb::AuthDisableRequest {}, Some(&root));
    assert_eq!(login("key", "key"), (Code::FailedPrecondition, RpcError::AuthNotEnabled.text().to_owned()));
}

/// A token that is signed holds the auth revision: any change makes it old.
#[test]
fn signed_tokens_end_with_any_change() {
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("secret");
    std::fs::write(&secret, "a secret of this test").unwrap();
    let world = World::with_users(&[&format!("--auth-token=jwt,sign-method=HS256,priv-key={}", secret.display())]);
    let (root, key) = (world.token("root"), world.token("key"));
    world.assert_permitted("KV/Range", &range(("k", "")), &key, "fresh");
    world.assert_denied("KV/Range", &range(("secret", "")), &key, "another key");
    world.ok("Auth/RoleAdd", &pb::AuthRoleAddRequest { name: "more".into() }, Some(&root));
    let old = Some(RpcError::AuthOldRevision);
    for (method, request) in [
        ("KV/Range", range(("k", "")).encode_to_vec()),
        ("KV/Put", put("k").encode_to_vec()),
        ("Watch/Watch", watch(("k", "")).encode_to_vec()),
    ] {
        let answer = world.call(&format!("/etcdserverpb.{method}"), request.into(), Some(&key));
        assert_eq!(refusal(&answer), old, "{method}");
    }
    world.assert_permitted("KV/Range", &range(("k", "")), &world.token("key"), "a new one");
}
