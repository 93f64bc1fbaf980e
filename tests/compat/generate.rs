//! Makes up operations, as lines of a script, from a seed. It follows the revision that the servers report, so that
//! most operations succeed and the others fail in every way there is.
//!
//! Left out is what real servers answer by chance or otherwise in 3.5.1 (each has its script): ties of sorts over
//! more than six rows (etcd's sort is not stable), unknown sort numbers, negative starts of watches, watches and
//! hashes at exactly the compacted revision, compactions at 0. Compaction is physical, so that hashes do not depend on its progress.
//! The key `!` is never deleted: HashKV has other rules when nothing is alive.

mod phases;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Keys that operations are about: k00 to k39, and some of unusual form around them.
const KEYS: u32 = 40;
const ODD_KEYS: [&str; 5] = ["a", "k", "k\\xff", "zz", "\\x00\\x01"];
const STREAMS: u32 = 3;
/// Leases 1 to this, each with another TTL, none of which ends within a run.
const LEASES: u32 = 5;
const NESTED_MAX: u32 = 3;

pub struct Generator {
    random: StdRng,
    /// The newest revision that the servers have reported.
    revision: i64,
    compacted: i64,
    /// The compacted revision before.
    compacted_before: i64,
    next_watch_id: i64,
    /// Watches that can be cancelled.
    watches: Vec<(u32, i64)>,
    /// Which leases there are, by id.
    leases: [bool; LEASES as usize + 1],
    /// The lease that holds each lock.
    holders: [Option<u32>; 3],
    /// How many were added so far.
    learners: u32,
    /// Calls are made in the name of users.
    has_users: bool,
}

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            revision: 1,
            compacted: 0,
            compacted_before: 0,
            next_watch_id: 1,
            watches: Vec::new(),
            leases: [false; LEASES as usize + 1],
            holders: [None; 3],
            learners: 0,
            has_users: false,
        }
    }

    /// The first lines of each run.
    pub fn opening(&mut self) -> Vec<String> {
        let mut lines = vec!["Put key:\"!\" value:\"anchor\"".to_string()];
        lines.push(format!("Watch 0 create_request{{key:\"\\x00\" range_end:\"\\x00\" watch_id:{}}}", self.watch_id()));
        lines
    }

    /// The last lines of each run: all keys, and the hash over all rows.
    pub fn closing() -> Vec<String> {
        ["Put key:\"!\" value:\"end\"", "Range key:\"\\x00\" range_end:\"\\x00\"", "HashKV"].map(String::from).into()
    }

    /// Some operations, given the servers' newest revision.
    pub fn block(&mut self, revision: i64) -> Vec<String> {
        self.revision = revision;
        let mut lines = Vec::new();
        if self.chance(25) {
            self.term_of_office(&mut lines);
        }
        for _ in 0..64 {
            self.operation(&mut lines);
        }
        lines
    }

    /// A stop of both servers ends all watches.
    pub fn restart(&mut self) -> Vec<String> {
        self.watches.clear();
        let kill = if self.chance(50) { "restart" } else { "kill" };
        vec![
            kill.to_string(),
            format!("Watch 0 create_request{{key:\"\\x00\" range_end:\"\\x00\" watch_id:{}}}", self.watch_id()),
        ]
    }

    fn below(&mut self, count: u32) -> u32 {
        self.random.random_range(0..count)
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    fn watch_id(&mut self) -> i64 {
        self.next_watch_id += 1;
        self.next_watch_id
    }

    fn operation(&mut self, lines: &mut Vec<String>) {
        match self.below(1000) {
            0..310 => {
                let put = self.put();
                lines.push(format!("Put {put}"));
            }
            310..525 => {
                let range = self.range();
                lines.push(format!("Range {range}"));
            }
            525..600 => {
                let delete = self.delete();
                lines.push(format!("DeleteRange {delete}"));
            }
            600..840 => {
                let txn = self.txn(0);
                lines.push(format!("Txn {txn}"));
            }
            840..848 => {
                let compaction = self.compaction();
                lines.push(format!("Compact {compaction}"));
            }
            848..890 => self.watch(lines),
            890..910 => self.hash_kv(lines),
            910..950 => self.lease(lines),
            950..970 => self.lock(lines),
            970..980 => self.election(lines),
            980..998 => self.mistake(lines),
            _ => self.alarm(lines),
        }
    }

    fn key(&mut self) -> String {
        if self.chance(5) {
            return ODD_KEYS[self.below(ODD_KEYS.len() as u32) as usize].to_string();
        }
        format!("k{:02}", self.below(KEYS))
    }

    /// Some keys: `key:… range_end:…`. None of them holds `!`.
    fn span(&mut self) -> String {
        match self.below(20) {
            0..10 => format!("key:\"{}\"", self.key()),
            10..15 => {
                let (a, b) = (self.below(KEYS), self.below(KEYS));
                format!("key:\"k{:02}\" range_end:\"k{:02}\"", a.min(b), a.max(b))
            }
            15..17 => {
                let digit = self.below(4);
                format!("key:\"k{digit}\" range_end:\"k{}\"", digit + 1)
            }
            17 => format!("key:\"k{:02}\" range_end:\"\\x00\"", self.below(KEYS)),
            18 => "key:\"k\" range_end:\"l\"".into(),
            // The end before the start: nothing.
            _ => format!("key:\"k{:02}\" range_end:\"a\"", self.below(KEYS)),
        }
    }

    fn value(&mut self) -> String {
        match self.below(40) {
            0 => "\"\"".into(),
            1 => format!("\"v\"*{}", self.below(3000)),
            2 => "\"\\x00\\xff\"".into(),
            _ => format!("\"v{}\"", self.below(6)),
        }
    }

    fn put(&mut self) -> String {
        let key = self.key();
        let prev_kv = if self.chance(30) { " prev_kv:true" } else { "" };
        if self.chance(6) {
            return format!("key:\"{key}\"{prev_kv} ignore_value:true");
        }
        let lease = match self.below(20) {
            0 => " ignore_lease:true".into(),
            1..4 => format!(" lease:{}", self.lease_id()),
            _ => String::new(),
        };
        format!("key:\"{key}\" value:{}{prev_kv}{lease}", self.value())
    }

    fn delete(&mut self) -> String {
        let prev_kv = if self.chance(40) { " prev_kv:true" } else { "" };
        let span = if self.chance(75) { format!("key:\"{}\"", self.key()) } else { self.span() };
        format!("{span}{prev_kv}")
    }

    /// Mostly one that can be read.
    fn revision(&mut self) -> i64 {
        match self.below(20) {
            0 => self.revision + 100_000,
            1 => self.compacted - 1,
            _ => self.random.random_range(self.compacted.max(1)..=self.revision),
        }
    }

    fn range(&mut self) -> String {
        let mut words = Vec::new();
        if self.chance(25) {
            // Few rows: with more, equal ones come in no fixed order.
            let first = self.below(KEYS - 6);
            words.push(format!("key:\"k{first:02}\" range_end:\"k{:02}\"", first + 6));
            let order = ["NONE", "ASCEND", "DESCEND"][self.below(3) as usize];
            let target = ["KEY", "VERSION", "CREATE", "MOD", "VALUE"][self.below(5) as usize];
            words.push(format!("sort_order:{order} sort_target:{target}"));
        } else {
            words.push(self.span());
            if self.chance(10) {
                words.push("sort_order:DESCEND sort_target:KEY".into());
            }
        }
        if self.chance(25) {
            words.push(format!("limit:{}", self.below(8)));
        }
        if self.chance(20) {
            words.push(format!("revision:{}", self.revision()));
        }
        for (flag, percent) in [("serializable", 30), ("keys_only", 10), ("count_only", 10)] {
            if self.chance(percent) {
                words.push(format!("{flag}:true"));
            }
        }
        for bound in ["min_mod_revision", "max_mod_revision", "min_create_revision", "max_create_revision"] {
            if self.chance(6) {
                let revision = self.random.random_range(1..=self.revision + 1);
                words.push(format!("{bound}:{revision}"));
            }
        }
        words.join(" ")
    }

    fn compare(&mut self) -> String {
        let span = if self.chance(80) { format!("key:\"{}\"", self.key()) } else { self.span() };
        let result = ["EQUAL", "GREATER", "LESS", "NOT_EQUAL"][self.below(4) as usize];
        let revision = self.random.random_range(0..=self.revision + 1);
        let (target, given) = match self.below(10) {
            0..3 => ("VERSION", format!("version:{}", self.below(5))),
            3..5 => ("CREATE", format!("create_revision:{revision}")),
            5..7 => ("MOD", format!("mod_revision:{revision}")),
            7..9 => ("VALUE", format!("value:{}", self.value())),
            _ if self.chance(80) => ("LEASE", format!("lease:{}", self.below(LEASES + 1))),
            // A value that is not the target's.
            _ => ("LEASE", format!("version:{}", self.below(2))),
        };
        // In order of field number, as it is shown again.
        format!("compare{{{span} result:{result} target:{target} {given}}}")
    }

    fn txn(&mut self, depth: u32) -> String {
        let mut words = Vec::new();
        for _ in 0..self.below(3) {
            words.push(self.compare());
        }
        // Few keys come twice, else most would be refused.
        let first = self.below(KEYS);
        for branch in ["success", "failure"] {
            for number in 0..self.below(4) {
                let key = format!("k{:02}", (first + 11 * depth + number) % KEYS);
                let operation = self.txn_operation(depth, &key);
                words.push(format!("{branch}{{{operation}}}"));
            }
        }
        words.join(" ")
    }

    fn txn_operation(&mut self, depth: u32, key: &str) -> String {
        let prev_kv = if self.chance(30) { " prev_kv:true" } else { "" };
        match self.below(40) {
            0..16 => format!("request_put{{key:\"{key}\" value:{}{prev_kv}}}", self.value()),
            16..18 => format!("request_put{{{}}}", self.put()),
            18..26 => format!("request_delete_range{{key:\"{key}\"{prev_kv}}}"),
            26..28 => format!("request_delete_range{{{}}}", self.delete()),
            28..34 if depth < NESTED_MAX => format!("request_txn{{{}}}", self.txn(depth + 1)),
            _ => format!("request_range{{{}}}", self.range()),
        }
    }

    fn compaction(&mut self) -> String {
        let revision = match self.below(6) {
            0 => self.revision + 100_000,
            1 if self.compacted > 0 => self.compacted,
            _ => self.random.random_range((self.compacted + self.revision) / 2..=self.revision),
        };
        if revision <= self.revision && revision > self.compacted {
            (self.compacted_before, self.compacted) = (self.compacted, revision);
        }
        format!("revision:{revision} physical:true")
    }

    fn watch(&mut self, lines: &mut Vec<String>) {
        if self.chance(30) && !self.watches.is_empty() {
            let number = self.below(self.watches.len() as u32) as usize;
            let (stream, id) = self.watches.swap_remove(number);
            lines.push(format!("Watch {stream} cancel_request{{watch_id:{id}}}"));
            return;
        }
        let (stream, id) = (1 + self.below(STREAMS), self.watch_id());
        let mut words = vec![if self.chance(10) { "key:\"\\x00\" range_end:\"\\x00\"".into() } else { self.watched() }];
        let start = match self.below(10) {
            0..4 => 0,
            4..8 => self.random.random_range(self.compacted + 1..=self.revision.max(self.compacted + 1)),
            8 => self.compacted / 2,
            _ => self.revision.max(self.compacted) + 1 + i64::from(self.below(200)),
        };
        if start != 0 {
            words.push(format!("start_revision:{start}"));
        }
        match self.below(6) {
            0 => words.push("filters:NOPUT".into()),
            1 => words.push("filters:NODELETE".into()),
            _ => {}
        }
        for flag in ["prev_kv", "fragment", "progress_notify"] {
            if self.chance(30) {
                words.push(format!("{flag}:true"));
            }
        }
        words.push(format!("watch_id:{id}"));
        lines.push(format!("Watch {stream} create_request{{{}}}", words.join(" ")));
        // One that begins below the compacted revision ends by itself.
        if start == 0 || start > self.compacted {
            self.watches.push((stream, id));
        }
    }

    /// As a span, but an end before the start is refused (in 3.5.1 with another id: `watch_rules`).
    fn watched(&mut self) -> String {
        match self.below(3) {
            0 => format!("key:\"{}\"", self.key()),
            1 => {
                let a = self.below(KEYS - 1);
                format!("key:\"k{a:02}\" range_end:\"k{:02}\"", a + 1 + self.below(KEYS - a))
            }
            _ => format!("key:\"k{:02}\" range_end:\"\\x00\"", self.below(KEYS)),
        }
    }

    fn hash_kv(&mut self, lines: &mut Vec<String>) {
        match self.below(5) {
            0 => lines.push(format!("HashKV revision:{}", self.revision + 100_000)),
            // Of the last compactions 3.7 remembers the hash.
            1 if self.compacted > 1 && self.compacted_before != self.compacted - 1 => {
                lines.push(format!("HashKV revision:{}", self.compacted - 1))
            }
            2 if self.revision > self.compacted + 1 => {
                let revision = self.random.random_range(self.compacted + 1..=self.revision);
                lines.push(format!("HashKV revision:{revision}"));
            }
            // A put first: at exactly the compacted revision there are other rules.
            _ => {
                lines.push("Put key:\"!\" value:\"hash\"".into());
                lines.push("HashKV".into());
            }
        }
    }

    /// A request that is refused, or more likely so than others.
    fn mistake(&mut self, lines: &mut Vec<String>) {
        let key = self.key();
        let future = self.revision + 100_000;
        let line = match self.below(22) {
            0 => "Range key:\"\"".to_string(),
            1 => "Put value:\"1\"".into(),
            2 => "DeleteRange range_end:\"z\"".into(),
            3 => format!("Put key:\"{key}\" value:\"1\" ignore_value:true"),
            4 => format!("Put key:\"{key}\" lease:5 ignore_lease:true"),
            5 => format!("Put key:\"{key}\" value:\"1\" lease:{}", 1 + self.below(9)),
            6 => format!("Put key:\"never{}\" ignore_value:true", self.below(9)),
            7 => format!("Put key:\"never{}\" value:\"1\" ignore_lease:true", self.below(9)),
            // Between the two lies the limit; where exactly depends on the length of the request id, which is of 8 to
            // 10 bytes, another one in each server.
            8 => format!("Put key:\"{key}\" value:\"x\"*{}", [1_572_800, 1_572_850][self.below(2) as usize]),
            9 => format!("Txn success{{request_range{{key:\"{key}\"}}}}*129"),
            10 => format!("Txn compare{{key:\"{key}\"}}*129"),
            11 => format!("Txn success{{request_range{{key:\"{key}\"}}}}*128"),
            12 => format!("Txn success{{request_put{{key:\"{key}\"}}}}*2"),
            13 => {
                format!("Txn success{{request_put{{key:\"{key}\"}}}} success{{request_delete_range{{key:\"{key}\"}}}}")
            }
            14 => format!(
                "Txn failure{{request_put{{key:\"{key}\"}}}} failure{{request_txn{{success{{request_put{{key:\"{key}\"}}}}}}}}"
            ),
            15 => "Txn compare{target:MOD}".into(),
            16 => "Txn failure{request_put{value:\"1\"}}".into(),
            17 => "Txn success{}".into(),
            18 => format!("Txn success{{request_put{{key:\"{key}\" lease:7}}}}"),
            19 => format!(
                "Txn success{{request_put{{key:\"{key}\"}}}} success{{request_range{{key:\"a\" revision:{future}}}}}"
            ),
            20 => "Txn success{request_put{key:\"never\" ignore_value:true}}".into(),
            _ if self.compacted > 1 => {
                let revision = self.compacted - 1;
                format!(
                    "Txn success{{request_put{{key:\"{key}\"}}}} success{{request_range{{key:\"a\" revision:{revision}}}}}"
                )
            }
            _ => "Compact revision:-1".into(),
        };
        lines.push(line);
    }

    fn lease_id(&mut self) -> u32 {
        1 + self.below(LEASES)
    }

    fn lease(&mut self, lines: &mut Vec<String>) {
        let id = self.lease_id();
        lines.push(match self.below(12) {
            0..5 => {
                self.leases[id as usize] = true;
                format!("LeaseGrant ID:{id} TTL:{}", 100_000 * id)
            }
            5..7 => {
                self.lease_revoked(id);
                format!("LeaseRevoke ID:{id}")
            }
            7..9 => format!("LeaseTimeToLive ID:{id} keys:true"),
            9 => format!("LeaseTimeToLive ID:{id}"),
            10 if !self.has_users => format!("renew 9 ID:{id}"),
            _ => "LeaseLeases".into(),
        });
    }

    /// A few operations while an alarm stands.
    fn alarm(&mut self, lines: &mut Vec<String>) {
        let alarm = if self.chance(50) { "NOSPACE" } else { "CORRUPT" };
        lines.push(format!("Alarm action:ACTIVATE memberID:7 alarm:{alarm}"));
        for _ in 0..6 {
            let line = match self.below(4) {
                0 => format!("Put {}", self.put()),
                1 => format!("DeleteRange {}", self.delete()),
                // Not nested: whether nested puts count as cost differs (`alarm_gates`).
                2 => format!("Txn {}", self.txn(NESTED_MAX)),
                _ => format!("Range {}", self.range()),
            };
            lines.push(line);
        }
        lines.push("Alarm".into());
        lines.push(format!("Alarm action:DEACTIVATE memberID:7 alarm:{alarm}"));
    }
}
