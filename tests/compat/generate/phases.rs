//! Parts of a run that need several lines in a row: users and what they may do, a lease that ends by itself, locks,
//! elections, a learner.
//!
//! Left out of the life with users is what 3.7 checks and 3.5.1 does not (script `auth`): for others than root only
//! the keys of a transaction's first level, and no leases, compactions or watches; and what role root holds.

use super::{Generator, KEYS};

/// Names of locks and elections: below all keys that are deleted.
const LOCKS: [&str; 3] = ["e0", "e1", "e2"];
/// A lease that nothing else uses.
const ENDING: u32 = 9;
const USERS: [&str; 3] = ["ann", "bob", "eve"];
const ROLES: [&str; 3] = ["r", "s", "t"];

impl Generator {
    /// Root comes, users and roles come and go and do what they may and may not, and all is open again.
    pub fn auth(&mut self, steps: usize) -> Vec<String> {
        let mut lines: Vec<String> = [
            "UserAdd name:\"root\" password:\"rootpw\"",
            "AuthEnable",
            "UserGrantRole user:\"root\" role:\"root\"",
            "UserAdd name:\"ann\" password:\"annpw\"",
            "UserAdd name:\"bob\" options{no_password:true}",
            "RoleAdd name:\"r\"",
            "RoleAdd name:\"s\"",
            "UserGrantRole user:\"ann\" role:\"r\"",
            "RoleGrantPermission name:\"r\" perm{permType:READWRITE key:\"k0\" range_end:\"k3\"}",
            "AuthEnable",
            "login root rootpw",
            "login ann annpw",
        ]
        .map(String::from)
        .into();
        self.has_users = true;
        for _ in 0..steps {
            let line = match self.below(20) {
                0..11 => self.work(),
                11..16 => self.managing(),
                16 => {
                    let mut some = Vec::new();
                    self.lease(&mut some);
                    format!("as root {}", some.remove(0))
                }
                17..19 => {
                    let name = USERS[self.below(3) as usize];
                    let password = if self.chance(80) { format!("{name}pw") } else { "wrong".into() };
                    format!("login {name} {password}")
                }
                _ => [
                    "as root AuthStatus",
                    "as root AuthEnable",
                    "as root MemberList",
                    "as root Alarm",
                    "as ann AuthEnable",
                ][self.below(5) as usize]
                    .into(),
            };
            lines.push(line);
        }
        self.has_users = false;
        lines.push("as ann AuthDisable".into());
        lines.push("AuthDisable".into());
        for name in ["ann", "bob", "eve"] {
            lines.push(format!("as root UserDelete name:\"{name}\""));
        }
        for role in ROLES {
            lines.push(format!("as root RoleDelete role:\"{role}\""));
        }
        lines.push("as root UserList".into());
        lines.push("as root RoleList".into());
        lines.push("as root Put key:\"!\" value:\"hash\"".into());
        lines.push("as root HashKV".into());
        lines.push("as root AuthDisable".into());
        lines.push("UserDelete name:\"root\"".into());
        lines
    }

    /// Something with keys, by someone.
    fn work(&mut self) -> String {
        let who = ["as root ", "as ann ", "as ann ", "as ann ", "as eve ", "", "as bob "][self.below(7) as usize];
        let prev_kv = if self.chance(25) { " prev_kv:true" } else { "" };
        match self.below(10) {
            0..3 => format!("{who}Put key:\"{}\" value:{}{prev_kv}", self.key(), self.value()),
            3..6 => format!("{who}Range {}", self.range()),
            6 => format!("{who}DeleteRange {}", self.delete()),
            7 => format!("as root Txn {}", self.txn(0)),
            _ => {
                let mut words = Vec::new();
                if self.chance(60) {
                    words.push(self.compare());
                }
                let first = self.below(KEYS);
                for (branch, number) in [("success", 0), ("success", 1), ("failure", 0)] {
                    let key = format!("k{:02}", (first + number) % KEYS);
                    let value = self.value();
                    words.push(match self.below(4) {
                        0 => format!("{branch}{{request_put{{key:\"{key}\" value:{value}}}}}"),
                        1 => format!("{branch}{{request_delete_range{{key:\"{key}\"}}}}"),
                        2 => format!("{branch}{{request_range{{key:\"{key}\"}}}}"),
                        _ => continue,
                    });
                }
                format!("{who}Txn {}", words.join(" "))
            }
        }
    }

    /// Something with users and roles, mostly by root.
    fn managing(&mut self) -> String {
        let who = ["as root ", "as root ", "as root ", "as root ", "as root ", "as root ", "as ann ", ""]
            [self.below(8) as usize];
        let user = USERS[self.below(3) as usize];
        let role = ROLES[self.below(3) as usize];
        let call = match self.below(20) {
            0..2 => format!("UserAdd name:\"{user}\" password:\"{user}pw\""),
            2 => format!("UserDelete name:\"{user}\""),
            3 => format!("UserChangePassword name:\"{user}\" password:\"{user}pw\""),
            4..7 => format!("UserGrantRole user:\"{user}\" role:\"{role}\""),
            7 => format!("UserRevokeRole name:\"{user}\" role:\"{role}\""),
            8..10 => format!("UserGet name:\"{user}\""),
            10 => "UserList".into(),
            11 => format!("RoleAdd name:\"{role}\""),
            12 => format!("RoleDelete role:\"{role}\""),
            13 => format!("RoleGet role:\"{role}\""),
            14 => "RoleList".into(),
            15..18 => {
                let kind = ["READ", "WRITE", "READWRITE"][self.below(3) as usize];
                format!("RoleGrantPermission name:\"{role}\" perm{{permType:{kind} {}}}", self.watched())
            }
            18 => format!("RoleRevokePermission role:\"{role}\" {}", self.watched()),
            _ => ["UserDelete name:\"root\"", "UserRevokeRole name:\"root\" role:\"root\"", "RoleDelete role:\"root\""]
                [self.below(3) as usize]
                .into(),
        };
        format!("{who}{call}")
    }

    /// A lease with keys that ends by itself: the only one that is near its end, until both servers have revoked it.
    pub fn expiry(&mut self) -> Vec<String> {
        let mut lines = vec![format!("LeaseGrant ID:{ENDING} TTL:6")];
        for _ in 0..3 {
            lines.push(format!("Put key:\"{}\" value:\"ends\" lease:{ENDING}", self.key()));
        }
        lines.push(format!("renew 9 ID:{ENDING}"));
        lines.push(format!("Put key:\"k00\" value:\"ends\" lease:{ENDING}"));
        lines.push(format!("until TTL:-1$ LeaseTimeToLive ID:{ENDING} keys:true"));
        lines.push("Range key:\"k\" range_end:\"l\"".into());
        lines.push(format!("renew 9 ID:{ENDING}"));
        lines
    }

    /// What a lease's end takes away.
    pub(super) fn lease_revoked(&mut self, id: u32) {
        self.leases[id as usize] = false;
        for holder in &mut self.holders {
            holder.take_if(|holder| *holder == id);
        }
    }

    /// A lock is asked for, or given back. Never one that someone else holds: that would wait.
    pub(super) fn lock(&mut self, lines: &mut Vec<String>) {
        let place = self.below(LOCKS.len() as u32) as usize;
        let (name, lease, value) = (LOCKS[place], self.lease_id(), self.value());
        let line = match (self.holders[place], self.below(10)) {
            (Some(holder), 0..4) => {
                self.holders[place] = None;
                format!("Unlock key:\"{name}/{holder:x}\"")
            }
            (Some(holder), 4..7) => format!("Lock name:\"{name}\" lease:{holder}"),
            (Some(holder), _) => format!("Campaign name:\"{name}\" lease:{holder} value:{value}"),
            (None, how) => {
                // Of a lease that there is not: an error.
                self.holders[place] = self.leases[lease as usize].then_some(lease);
                match how {
                    0..5 => format!("Lock name:\"{name}\" lease:{lease}"),
                    _ => format!("Campaign name:\"{name}\" lease:{lease} value:{value}"),
                }
            }
        };
        lines.push(line);
    }

    /// Calls about a leader, which mostly is not the one named.
    pub(super) fn election(&mut self, lines: &mut Vec<String>) {
        let place = self.below(LOCKS.len() as u32) as usize;
        let name = LOCKS[place];
        lines.push(format!("Leader name:\"{name}\""));
        let lease = self.lease_id();
        let leader = format!("leader{{name:\"{name}\" key:\"{name}/{lease:x}\" rev:{} lease:{lease}}}", self.revision);
        match self.below(8) {
            0..4 => lines.push(format!("Proclaim {leader} value:{}", self.value())),
            4..6 => lines.push(format!("Resign {leader}")),
            6 => lines.push("Proclaim value:\"nothing\"".into()),
            _ => lines.push("Resign".into()),
        }
    }

    /// First lines of a block, when the revision is known: a leader that is right.
    pub(super) fn term_of_office(&mut self, lines: &mut Vec<String>) {
        let lease = self.lease_id();
        let place = self.below(LOCKS.len() as u32) as usize;
        if self.holders[place].is_some() || !self.leases[lease as usize] {
            return;
        }
        let (name, revision) = (LOCKS[place], self.revision + 1);
        let leader = format!("leader{{name:\"{name}\" key:\"{name}/{lease:x}\" rev:{revision} lease:{lease}}}");
        lines.push(format!("Campaign name:\"{name}\" lease:{lease} value:\"elected\""));
        lines.push(format!("Leader name:\"{name}\""));
        for number in 0..self.below(3) {
            lines.push(format!("Proclaim {leader} value:\"{number}\""));
        }
        lines.push(format!("LeaseTimeToLive ID:{lease} keys:true"));
        lines.push(format!("Resign {leader}"));
    }

    /// A learner comes, is not in step, and goes.
    pub fn learner(&mut self) -> Vec<String> {
        self.learners += 1;
        let number = self.learners;
        // The same URL again would be the same id, or not, as the time wants it.
        let add = |port: u32| format!("MemberAdd isLearner:true peerURLs:\"http://127.0.0.1:{port}\"");
        let mut lines = vec![add(number), add(number + 10), "MemberList linearizable:true".into()];
        lines.push(format!("Put key:\"{}\" value:\"with a learner\"", self.key()));
        lines.push(format!("MemberPromote ID:$added{number}"));
        lines.push(format!("MemberRemove ID:$added{number}"));
        lines.push(format!("MemberRemove ID:$added{number}"));
        lines.push("MemberList".into());
        lines
    }
}
