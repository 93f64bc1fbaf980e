//! Scripts against the state machine with a store on disk: `testdata/*.txt`; `words` reads their commands. Each block
//! holds commands, `----`, and what they print; `UPDATE=1` rewrites the second half.
//!
//! ```text
//! put KEY VALUE [prev] [keep-value] [keep-lease] [lease=N]
//! del KEY [END] [prev]
//! range KEY [END] [rev=N] [limit=N] [count] [keys] [sort=TARGET:ORDER] [serializable]
//! txn [if TARGET KEY[..END] OP GIVEN ...] [then { OP ; ... }] [else { OP ; ... }]
//! read-txn ...            on the published view, not as an entry
//! compact N
//! grant ID TTL, revoke ID, checkpoint ID SECONDS
//! leases                  all of them, with their keys
//! alarm get|activate|deactivate none|nospace|corrupt|NUMBER MEMBER
//! version V, attributes MEMBER NAME URL, v2 METHOD PATH VALUE
//! conf add|learner|promote|remove|update MEMBER [URL]
//! auth enable|disable|status|users|roles
//! auth user add NAME [PASSWORD] | del NAME | password NAME PASSWORD | grant NAME ROLE | revoke NAME ROLE | get NAME
//! auth role add NAME | del NAME | get NAME | grant NAME KIND KEY [END] | grant NAME nothing | revoke NAME KEY [END]
//! auth login NAME [TOKEN]
//! as NAME REVISION COMMAND    by this user, identified at that auth revision; `now` is the present one
//! unsupported, empty, garbage
//! foreign COMMAND         the entry of another member
//! replay COMMAND          the entry comes with an index that is applied already
//! term N, quota N, buckets, restart
//! ```
//! A key or end `*` is the byte 0, an empty word is `""`.

mod words;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use prost::Message;

use self::words::Words;
use super::machine::{Aftermath, Machine};
use super::worker::{Effects, Input, spawn};
use super::{
    Answer, AuthAnswer, Boot, Done, FramedRange, LeaseEvent, LocalEffect, OpAnswer, Outcome, Settings, Token,
    TxnAnswer, txn,
};
use crate::alarm::Alarms;
use crate::auth::AuthStore;
use crate::lease::Registry;
use crate::membership::Cluster;
use crate::mvcc::{self, RangeResult, Store, StoreOptions};
use crate::pb::authpb::{Permission, UserAddOptions};
use crate::pb::etcdserverpb::compare::TargetUnion;
use crate::pb::etcdserverpb::request_op::Request as Op;
use crate::pb::etcdserverpb::{
    self as pb, AlarmRequest, CompactionRequest, Compare, DeleteRangeRequest, InternalRaftRequest, LeaseCheckpoint,
    LeaseCheckpointRequest, LeaseGrantRequest, LeaseRevokeRequest, PutRequest, RangeRequest, RequestHeader, RequestOp,
    TxnRequest,
};
use crate::pb::membershippb::{
    Attributes, ClusterMemberAttrSetRequest, ClusterVersionSetRequest, DowngradeInfoSetRequest,
};
use crate::pb::mvccpb::KeyValue;
use crate::pb::raftpb::{ConfChange, Entry, EntryType};
use crate::pb::request::{Caller, Request};
use crate::storage::schema::bucket::Bucket;
use crate::types::{ClusterId, LeaseId, MemberId};

const MEMBER: u64 = 0x1234;
const OTHER_MEMBER: u64 = 0x9999;

fn options() -> StoreOptions {
    StoreOptions { map_size_bytes: 1 << 30, compaction_pause: Duration::from_millis(1), ..StoreOptions::default() }
}

pub(super) fn boot(dir: &Path) -> (Boot, Vec<crate::storage::schema::bucket::BucketChange>) {
    let (store, restored) = Store::open(dir, &options()).unwrap();
    let alarms: Vec<Bytes> =
        restored.buckets.iter().filter(|row| row.bucket == Bucket::Alarm).map(|row| row.key.clone()).collect();
    let boot = Boot {
        store,
        writer: restored.writer,
        applied: restored.consistent_index,
        term: restored.term,
        cluster: Cluster::restore(ClusterId(7), &restored.buckets).unwrap(),
        auth: AuthStore::restore(&restored.buckets).unwrap(),
        alarms: Alarms::restore(&alarms).unwrap(),
        leases: Registry::restore(&restored.buckets, &restored.leased_keys).unwrap(),
        settings: Settings {
            member_id: MemberId(MEMBER),
            quota_backend_bytes: -1,
            learners_max: 1,
            lease_ttl_min: 2,
            persists_checkpoints: false,
            warning_apply: Duration::from_secs(9),
        },
    };
    (boot, restored.buckets)
}

struct World {
    dir: tempfile::TempDir,
    machine: Option<Machine>,
    term: u64,
    next_id: u64,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let machine = Some(Machine::new(boot(dir.path()).0));
        Self { dir, machine, term: 2, next_id: 0 }
    }

    fn machine(&mut self) -> &mut Machine {
        self.machine.as_mut().unwrap()
    }

    fn run(&mut self, line: &str) -> String {
        let mut words = Words::of(line);
        match words.peek().as_str() {
            "range" => {
                words.next();
                let request = words.range();
                let view = self.machine().view();
                let query = match txn::range_query(&request) {
                    Ok(query) => query,
                    Err(_) => return "error: no key".into(),
                };
                match txn::range(&view.kv, &query) {
                    Ok(FramedRange { revision, rows: framed, more, count }) => {
                        let kvs = pb::RangeResponse::decode(&framed[..]).unwrap().kvs;
                        let kvs = kvs.iter().map(|kv| kv.encode_to_vec().into()).collect();
                        format!("range rev={revision}{}", rows(&RangeResult { kvs, more, count }))
                    }
                    Err(error) => format!("error: {error}"),
                }
            }
            "read-txn" => {
                words.next();
                let request = words.txn();
                let view = self.machine().view();
                match txn::read_txn(&view.kv, &request) {
                    Ok(answer) => txn_text(&answer, 0),
                    Err(error) => format!("error: {error}"),
                }
            }
            "term" => {
                words.next();
                self.term = words.number() as u64;
                "ok".into()
            }
            "quota" => {
                words.next();
                self.machine().quota_limit = Some(words.number() as u64);
                "ok".into()
            }
            "leases" => leases_text(&self.machine().leases.read()),
            "buckets" => self.restart(true),
            "restart" => self.restart(false),
            _ => self.apply(&mut words),
        }
    }

    /// Applies the command as an entry and tells what comes of it.
    fn apply(&mut self, words: &mut Words) -> String {
        let (mut is_foreign, mut is_replay) = (false, false);
        loop {
            match words.peek().as_str() {
                "foreign" => is_foreign = true,
                "replay" => is_replay = true,
                "as" => {
                    words.next();
                    words.caller.username = words.next();
                    words.caller.auth_revision = match words.peek().as_str() {
                        "now" => self.machine().auth.revision(),
                        revision => revision.parse().unwrap(),
                    };
                }
                _ => break,
            }
            words.next();
        }
        self.next_id += 1;
        let member = if is_foreign { OTHER_MEMBER } else { MEMBER };
        let (kind, data) = words.entry(member << 48 | self.next_id);
        let term = self.term;
        let (applied, _) = self.machine().position();
        let index = if is_replay { applied } else { applied + 1 };
        let entry = Entry { r#type: Some(kind as i32), term: Some(term), index: Some(index), data: Some(data) };
        let mut aftermath = Aftermath::default();
        self.machine().apply(&entry, &mut aftermath);
        assert_eq!(self.machine().position().0, if is_replay { applied } else { index });
        let mut text = String::new();
        for effect in &aftermath.local {
            writeln!(text, "{}", effect_text(effect)).unwrap();
        }
        for Done { outcome, .. } in &aftermath.answers {
            writeln!(text, "{}", outcome_text(outcome)).unwrap();
        }
        if text.is_empty() { "-".into() } else { text.trim_end().to_owned() }
    }

    /// Everything to disk and back. Tells the rows of the small buckets, or what the state machine restored.
    fn restart(&mut self, tells_buckets: bool) -> String {
        let mut machine = self.machine.take().unwrap();
        let (cluster, leases) = (machine.cluster.clone(), machine.leases.clone());
        let (done, synced) = mpsc::channel();
        machine.writer.seal(mvcc::Sync::Forced, Some(Box::new(move || done.send(()).unwrap())));
        synced.recv().unwrap();
        drop(machine);
        let (boot, buckets) = boot(self.dir.path());
        assert_eq!(boot.cluster, *cluster);
        assert_eq!(boot.leases, *leases.read());
        let (index, term) = (boot.applied, boot.term);
        let mut machine = Machine::new(boot);
        let revision = machine.view().kv.revision;
        let alarms = machine.alarms.list(0).len();
        self.machine = Some(machine);
        if !tells_buckets {
            return format!("index={index} term={term} rev={revision} alarms={alarms}");
        }
        let mut text = String::new();
        for row in buckets {
            let key = String::from_utf8_lossy(&row.key).into_owned();
            if matches!(key.as_str(), "consistent_index" | "term" | "storageVersion") {
                continue;
            }
            let value = row.value.as_deref().unwrap_or_default();
            let value = match row.bucket {
                Bucket::Auth | Bucket::Lease => format!("{value:02x?}"),
                _ => String::from_utf8_lossy(value).into_owned(),
            };
            let key = if matches!(row.bucket, Bucket::Alarm | Bucket::Lease) {
                format!("{:02x?}", &row.key[..])
            } else {
                key
            };
            writeln!(text, "{}/{key} = {value}", row.bucket.name()).unwrap();
        }
        text.trim_end().to_owned()
    }
}

fn leases_text(leases: &Registry) -> String {
    let mut all: Vec<_> = leases.all().collect();
    all.sort_unstable();
    let line = |(id, left): (LeaseId, i64)| {
        let keys: Vec<_> = leases.keys_of(id).map(|key| key.escape_ascii().to_string()).collect();
        format!("{id} ttl={} left={left} keys={keys:?}", leases.ttl(id).unwrap())
    };
    if all.is_empty() { "none".into() } else { all.into_iter().map(line).collect::<Vec<_>>().join("\n") }
}

fn effect_text(effect: &LocalEffect) -> String {
    match effect {
        LocalEffect::RaiseNoSpace => "raise NOSPACE".into(),
        LocalEffect::ConfDone { change, .. } => match change {
            Some(change) => format!("raft: {} {:x}", change.r#type().as_str_name(), change.node_id()),
            None => "raft: no change".into(),
        },
        LocalEffect::Lease(event) => match event {
            LeaseEvent::Granted { id, ttl } => format!("lease {id} begins, {ttl} s"),
            LeaseEvent::Revoked(id) => format!("lease {id} ends"),
        },
        LocalEffect::TokenAssigned { token, username } => format!("token {token} of {username}"),
        LocalEffect::TokensForgotten { username } => {
            format!("no more tokens of {}", username.as_deref().unwrap_or("all"))
        }
        LocalEffect::TakeSnapshot => "take a snapshot".into(),
        LocalEffect::OwnRemoval => "removed".into(),
        LocalEffect::NewTerm { term } => format!("new term {term}"),
        LocalEffect::Applied(_) => unreachable!("the worker says that"),
    }
}

fn outcome_text(outcome: &Outcome) -> String {
    match outcome {
        Ok(Answer::Put(put)) => put_text(put),
        Ok(Answer::DeleteRange(delete)) => delete_text(delete),
        Ok(Answer::Txn(txn)) => txn_text(txn, 0),
        Ok(Answer::Compact { revision }) => format!("compacted rev={revision}"),
        Ok(Answer::Alarm { alarms, .. }) => {
            let list: Vec<_> = alarms.iter().map(|alarm| format!("{:x}:{}", alarm.member_id, alarm.alarm)).collect();
            format!("alarms {list:?}")
        }
        Ok(Answer::LeaseGrant { revision, id, ttl }) => format!("granted rev={revision} id={id} ttl={ttl}"),
        Ok(Answer::LeaseRevoke { revision }) => format!("revoked rev={revision}"),
        Ok(Answer::Auth { revision, answer }) => format!("{} rev={revision}", auth_text(answer)),
        Ok(Answer::Done { revision }) => format!("done rev={revision}"),
        Err(error) => format!("error: {error}"),
    }
}

fn auth_text(answer: &AuthAnswer) -> String {
    match answer {
        AuthAnswer::Done => "auth done".into(),
        AuthAnswer::Status { is_enabled, auth_revision } => {
            format!("auth enabled={is_enabled} auth-rev={auth_revision}")
        }
        AuthAnswer::Token(Token(token)) => format!("auth token={token}"),
        AuthAnswer::Names(names) => format!("auth names={}", names.join(",")),
        AuthAnswer::Permissions(permissions) => {
            let text =
                |bytes: &Bytes| if bytes[..] == [0] { "*".into() } else { String::from_utf8_lossy(bytes).into_owned() };
            let list = permissions.iter().map(|permission| {
                let kind = permission.perm_type().as_str_name();
                format!("{kind}:{}..{}", text(&permission.key), text(&permission.range_end))
            });
            format!("auth permissions={}", list.collect::<Vec<_>>().join(","))
        }
    }
}

fn put_text(put: &super::PutAnswer) -> String {
    let previous = put.prev_kv.as_ref().map(|row| format!(" prev[{}]", row_text(row))).unwrap_or_default();
    format!("put rev={}{previous}", put.revision)
}

fn delete_text(delete: &super::DeleteRangeAnswer) -> String {
    let previous: String = delete.prev_kvs.iter().map(|row| format!(" prev[{}]", row_text(row))).collect();
    format!("del rev={} deleted={}{previous}", delete.revision, delete.deleted)
}

fn txn_text(txn: &TxnAnswer, depth: usize) -> String {
    let mut text = format!("txn rev={} {}", txn.revision, if txn.succeeded { "succeeded" } else { "failed" });
    for op in &txn.responses {
        let line = match op {
            OpAnswer::Range(range) => format!("range rev={}{}", range.revision, rows(&range.rows)),
            OpAnswer::Put(put) => put_text(put),
            OpAnswer::DeleteRange(delete) => delete_text(delete),
            OpAnswer::Txn(txn) => txn_text(txn, depth + 1),
        };
        write!(text, "\n{:1$}{line}", "", 2 * (depth + 1)).unwrap();
    }
    text
}

fn rows(rows: &RangeResult) -> String {
    let kvs: String = rows.kvs.iter().map(|row| format!(" [{}]", row_text(row))).collect();
    format!(" count={}{}{kvs}", rows.count, if rows.more { " more" } else { "" })
}

fn row_text(row: &Bytes) -> String {
    let kv = KeyValue::decode(row.clone()).unwrap();
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    let lease = if kv.lease == 0 { String::new() } else { format!(" lease={}", kv.lease) };
    format!(
        "{}={} create={} mod={} version={}{lease}",
        text(&kv.key),
        text(&kv.value),
        kv.create_revision,
        kv.mod_revision,
        kv.version
    )
}

/// Runs a script in a fresh world.
fn script(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/apply/testdata").join(name);
    let wanted = std::fs::read_to_string(&path).unwrap();
    let mut world = World::new();
    let mut got = String::new();
    for block in wanted.trim_end().split("\n\n") {
        let commands = block.split("\n----").next().unwrap();
        writeln!(got, "{commands}\n----").unwrap();
        for line in commands.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            writeln!(got, "{}", world.run(line)).unwrap();
        }
        got.push('\n');
    }
    let got = got.trim_end().to_owned() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, got).unwrap();
    } else {
        assert_eq!(got, wanted, "{name}; UPDATE=1 rewrites it");
    }
}

#[test]
fn operations() {
    script("operations.txt");
}

#[test]
fn transactions() {
    script("transactions.txt");
}

#[test]
fn leases() {
    script("leases.txt");
}

#[test]
fn alarms_and_quota() {
    script("alarms.txt");
}

#[test]
fn users_and_roles() {
    script("auth.txt");
}

#[test]
fn cluster() {
    script("cluster.txt");
}

#[test]
fn entries() {
    script("entries.txt");
}

/// The order that readers rely on: when an answer, a change or an effect is seen, the view shows it.
#[test]
fn views_are_published_before_anything_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let (sender, effects) = mpsc::channel();
    let place = std::sync::Arc::new(std::sync::OnceLock::<super::Handle>::new());
    let revision_seen = |place: &std::sync::Arc<std::sync::OnceLock<super::Handle>>| {
        let place = place.clone();
        move || place.get().map_or(0, |handle| handle.published().load().kv.revision)
    };
    let (in_changes, in_answers, in_local) = (revision_seen(&place), revision_seen(&place), revision_seen(&place));
    let (to_changes, to_answers, to_local) = (sender.clone(), sender.clone(), sender);
    let effects_in = Effects {
        changes: Box::new(move |revision, changes| {
            assert!(in_changes() >= revision);
            to_changes.send(format!("changes {revision}: {}", changes.len())).unwrap();
        }),
        answers: Box::new(move |answers| {
            for done in answers {
                let Ok(Answer::Put(put)) = done.outcome else { panic!("a put was asked for") };
                assert!(in_answers() >= put.revision);
                to_answers.send(format!("answer {}", put.revision)).unwrap();
            }
        }),
        local: Box::new(move |effect| {
            let LocalEffect::Applied(index) = effect else { panic!("only puts are applied") };
            to_local.send(format!("applied {index} at {}", in_local())).unwrap();
        }),
    };
    let (handle, thread) = spawn(boot(dir.path()).0, effects_in).unwrap();
    place.set(handle.clone()).ok().unwrap();
    let entries = |indices: std::ops::RangeInclusive<u64>| -> Vec<Entry> {
        indices
            .map(|index| {
                let request = Request::Put(PutRequest { key: "k".into(), ..Default::default() });
                let data = Some(request.encode(MEMBER << 48 | index, Caller::default()).into());
                Entry { r#type: None, term: Some(1), index: Some(index), data }
            })
            .collect()
    };
    handle.send(Input::Committed(entries(1..=2))).unwrap();
    let mut seen: Vec<String> = (0..4).map(|_| effects.recv().unwrap()).collect();
    handle.send(Input::Committed(entries(3..=3))).unwrap();
    seen.extend((0..3).map(|_| effects.recv().unwrap()));
    let wanted =
        ["changes 3: 2", "answer 2", "answer 3", "applied 2 at 3", "changes 4: 1", "answer 4", "applied 3 at 4"];
    assert_eq!(seen, wanted);

    let (barrier_sender, barrier) = mpsc::channel();
    handle.send(Input::Committed(entries(4..=300))).unwrap();
    handle.send(Input::Stop(Box::new(move |reached| barrier_sender.send(reached).unwrap()))).unwrap();
    let reached = barrier.recv().unwrap();
    assert_eq!((reached.index, reached.term, reached.view.kv.revision), (300, 1, 301));
    thread.join().unwrap();
    drop((reached, handle, place));
    let (again, _) = boot(dir.path());
    assert_eq!(again.applied, 300);
    let answers = effects.iter().filter(|line| line.starts_with("answer")).count();
    assert_eq!(answers, 297);
}

/// Replaying from any entry below the consistent index leaves the store as it is.
#[test]
fn replayed_entries_change_nothing() {
    let mut world = World::new();
    for line in ["put a 1", "put a 2", "del a", "put b 1"] {
        world.run(line);
    }
    let before = world.run("range * *");
    for line in ["replay put a 9", "replay del b", "replay compact 3"] {
        assert_eq!(world.run(line), "-");
    }
    assert_eq!(world.run("range * *"), before);
}
