//! Scripts in `testdata/` that drive several cores in memory: network, disks and applying are played by `World`, and
//! nothing happens unless a line of the script makes it happen.
//!
//! | command | does |
//! |---|---|
//! | `bootstrap 1 2 3` | members of a new cluster, each with the conf-change entries of all in its WAL |
//! | `join 4` | a member with an empty log |
//! | `tick 1 [n]` | n ticks of member 1; every election timeout is 19 ticks, a leader's lease 10 |
//! | `deliver [1->2]` | deliver messages (of one link) in order, and what they cause, until none is left |
//! | `lose [1->2]` | drop the messages under way |
//! | `hold 1->2` / `late 1->2` | put messages of a link aside from now on / put them back on the way |
//! | `cut 1` / `heal` | drop all messages to and from 1 from now on / end of all cuts |
//! | `propose 1 a b` | two entries at member 1 |
//! | `duty 1 3 a` | an entry at member 1, if it leads in term 3 |
//! | `change 1 add\|learner\|remove\|update 4` | a conf change at member 1 |
//! | `refuse on\|off` | whether applying refuses conf changes |
//! | `read 1 7` | read index with context 7 |
//! | `transfer 1 2` | ask member 1 to hand leadership to 2 |
//! | `disk 1 stop\|go` | saves stay unsynced / are synced again |
//! | `apply 1 stop\|go` | committed entries stay unapplied / are applied again |
//! | `offer 1` | member 1 offers a snapshot of what it has applied |
//! | `truncate 1 5` | member 1 forgets entries up to 5 |
//! | `sent 1 2 yes\|no` | the snapshot from 1 to 2 arrived or not |
//! | `unreachable 1 2` | member 1 hears that a message to 2 was lost |
//! | `crash 1` / `restart 1` | lose what is not synced / start again from WAL and backend |
//! | `expect` | print what changed nothing else: role, term, leader, indexes, configuration of each member |
//! | `quiet` at the start of a line | do it without printing |

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use prost::Message as _;

use super::super::output::{Role, SnapshotMeta};
use super::*;

#[test]
fn scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/raft/testdata");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let failed: Vec<_> = paths.iter().filter(|path| !run_script(path)).collect();
    assert!(failed.is_empty(), "UPDATE=1 accepts the new output of {failed:?}");
}

#[test]
fn boots_that_contradict_themselves_are_refused() {
    let boot = bootstrap(&[1]);
    let voters = |voters: &[u64]| raftpb::ConfState { voters: voters.to_vec(), ..Default::default() };
    let commit = |commit| raftpb::HardState { commit: Some(commit), ..boot.hard_state };
    let second = |number, data: &'static [u8]| {
        let mut entries = boot.entries.clone();
        let data = Some(bytes::Bytes::from_static(data));
        entries.push(raftpb::Entry { r#type: Some(number), term: Some(2), index: Some(2), data });
        entries
    };
    for (boot, expected) in [
        (boot.clone(), "starts"),
        (Boot { applied: 1, conf_state: voters(&[1]), ..boot.clone() }, "starts"),
        (Boot { hard_state: commit(0), applied: 1, conf_state: voters(&[1]), ..boot.clone() }, "starts"),
        (Boot { entries: second(0, b"x"), ..boot.clone() }, "starts"),
        (Boot { applied: 2, ..boot.clone() }, "backend is at index 2, past the WAL's last entry 1"),
        (Boot { hard_state: commit(2), ..boot.clone() }, "commit index 2 is past the WAL's last entry 1"),
        (Boot { start: (1, 1), ..boot.clone() }, "WAL entry 1 where 2 was due"),
        (Boot { start: (5, 1), entries: vec![], ..boot.clone() }, "backend is at index 0, before the WAL's start 5"),
        (Boot { entries: second(2, b""), ..boot.clone() }, "WAL entry 2: joint configuration changes are not used"),
        (Boot { entries: second(1, b"\xff"), ..boot.clone() }, "WAL entry 2: configuration change is not readable"),
    ] {
        let found = Core::start(&RaftConfig::new(MemberId(1)), boot);
        assert_eq!(found.map_or_else(|error| error.to_string(), |_| "starts".to_owned()), expected);
    }
    let twice = Core::start(&RaftConfig::new(MemberId(1)), Boot { conf_state: voters(&[1, 1]), ..boot });
    assert!(matches!(twice, Err(BootError::ConfState(_))));
}

#[test]
fn term_of_the_last_entry_counts_when_its_hard_state_was_not_written() {
    let mut boot = bootstrap(&[1, 2, 3]);
    boot.entries.push(raftpb::Entry { term: Some(7), index: Some(4), ..Default::default() });
    boot.hard_state.vote = Some(2);
    let core = Core::start(&RaftConfig::new(MemberId(1)), boot).unwrap();
    assert_eq!((core.leadership().term, core.raw.raft.vote), (7, 0));
}

proptest::proptest! {
    /// Other members cannot make a member abort, whatever they send.
    #[test]
    fn no_message_panics(messages in proptest::collection::vec(any_message(), 1..40)) {
        let mut world = World::default();
        let mut out = String::new();
        for line in ["bootstrap 1 2 3", "tick 1 19", "deliver"] {
            world.command(line, &mut out);
        }
        for message in messages {
            world.input(1, Input::Step(Box::new(message)), &mut out);
            world.command("tick 1 3", &mut out);
            world.command("propose 1 x", &mut out);
        }
    }
}

fn any_message() -> impl proptest::strategy::Strategy<Value = raftpb::Message> {
    use proptest::prelude::*;
    let numbers = (0..24, 2..4_u64, 0..6_u64, 0..5_u64, 0..9_u64, 0..12_u64, 0..9_u64);
    (numbers, 0..4_u64, any::<bool>(), any::<bool>()).prop_map(|(numbers, count, reject, context)| {
        let (kind, from, term, log_term, index, commit, hint) = numbers;
        let entry = |index| raftpb::Entry { term: Some(term), index: Some(index), ..Default::default() };
        let conf_state = raftpb::ConfState { voters: vec![1, 2], learners: vec![3], ..Default::default() };
        let metadata =
            raftpb::SnapshotMetadata { conf_state: Some(conf_state), index: Some(commit), term: Some(log_term) };
        raftpb::Message {
            r#type: Some(kind),
            to: Some(1),
            from: Some(from),
            term: Some(if matches!(kind, 2 | 15) { 0 } else { term }),
            log_term: Some(log_term),
            index: Some(index),
            entries: (index + 1..).take(count as usize).map(entry).collect(),
            commit: Some(commit),
            snapshot: Some(raftpb::Snapshot { data: None, metadata: Some(metadata) }),
            reject: Some(reject),
            reject_hint: Some(hint),
            context: context.then(|| "CampaignTransfer".into()),
            ..Default::default()
        }
    })
}

/// Runs one file; false when its output differs from what is written in it.
fn run_script(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap();
    let mut world = World::default();
    let mut rewritten = String::new();
    let mut lines = text.lines().peekable();
    while lines.peek().is_some() {
        let mut out = String::new();
        for line in lines.by_ref().take_while(|line| *line != "----") {
            writeln!(rewritten, "{line}").unwrap();
            world.command(line, &mut out);
        }
        while lines.next_if(|line| !line.is_empty()).is_some() {}
        write!(rewritten, "----\n{}", if out.is_empty() { "ok\n" } else { &out }).unwrap();
        if lines.next().is_some() {
            rewritten.push('\n');
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &rewritten).unwrap();
        return true;
    }
    for (expected, found) in text.lines().zip(rewritten.lines()).filter(|(expected, found)| expected != found) {
        println!("{}:\n  expected {expected}\n  found    {found}", path.display());
    }
    text == rewritten
}

#[derive(Default)]
struct World {
    members: BTreeMap<u64, Member>,
    net: VecDeque<raftpb::Message>,
    held: BTreeMap<(u64, u64), VecDeque<raftpb::Message>>,
    cut: BTreeSet<u64>,
    refuse: bool,
}

/// A member's core with its disk and its state machine.
struct Member {
    core: Option<Core>,
    disk_stopped: bool,
    apply_stopped: bool,
    saves: VecDeque<Save>,
    install: Option<SnapshotMeta>,
    to_apply: VecDeque<Work>,
    /// What a crash leaves: the WAL,
    wal: Boot,
    /// the last hard state that was written without a sync,
    unsynced: Option<raftpb::HardState>,
    /// and what was applied.
    applied: (Index, Term),
    conf_state: raftpb::ConfState,
}

enum Work {
    Entry(raftpb::Entry),
    Snapshot(SnapshotMeta),
}

impl World {
    fn command(&mut self, line: &str, out: &mut String) {
        let line = line.split('#').next().unwrap_or("");
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut unheard = String::new();
        let (words, out) = match &words[..] {
            ["quiet", rest @ ..] => (rest, &mut unheard),
            all => (all, out),
        };
        let id = |word: &str| word.parse::<u64>().unwrap();
        match words {
            [] => {}
            ["bootstrap", ids @ ..] => {
                let ids: Vec<u64> = ids.iter().map(|word| id(word)).collect();
                for &member in &ids {
                    self.members.insert(member, Member::new(bootstrap(&ids)));
                    self.restart(member, out);
                }
            }
            ["join", member] => {
                self.members.insert(id(member), Member::new(Boot::default()));
                self.restart(id(member), out);
            }
            ["tick", member] => self.input(id(member), Input::Tick, out),
            ["tick", member, count] => {
                (0..id(count)).for_each(|_| self.input(id(member), Input::Tick, out));
            }
            ["deliver"] => self.deliver(None, out),
            ["deliver", on] => self.deliver(Some(link(on)), out),
            ["lose"] => self.net.clear(),
            ["lose", on] => self.net.retain(|message| ends(message) != link(on)),
            ["hold", on] => {
                self.held.insert(link(on), VecDeque::new());
            }
            ["late", on] => self.net.extend(self.held.remove(&link(on)).unwrap()),
            ["cut", member] => {
                self.cut.insert(id(member));
            }
            ["heal"] => self.cut.clear(),
            ["propose", member, datas @ ..] => {
                let datas = datas.iter().map(|data| data.to_string().into()).collect();
                self.input(id(member), Input::Propose(datas), out);
            }
            ["duty", member, term, data] => {
                let data = data.to_string().into();
                self.input(id(member), Input::ProposeInTerm { term: id(term), data }, out);
            }
            ["change", member, kind, node] => {
                self.input(id(member), Input::ProposeConfChange(conf_change(kind, id(node))), out);
            }
            ["refuse", how] => self.refuse = *how == "on",
            ["read", member, context] => self.input(id(member), Input::ReadIndex(id(context)), out),
            ["transfer", member, to] => self.input(id(member), Input::TransferLeader(MemberId(id(to))), out),
            ["disk", member, how] => {
                self.members.get_mut(&id(member)).unwrap().disk_stopped = *how == "stop";
                self.settle(id(member), out);
            }
            ["apply", member, how] => {
                self.members.get_mut(&id(member)).unwrap().apply_stopped = *how == "stop";
                self.settle(id(member), out);
            }
            ["offer", member] => {
                let from = &self.members[&id(member)];
                let (index, term) = from.applied;
                let meta = SnapshotMeta { index, term, conf_state: from.conf_state.clone() };
                self.input(id(member), Input::SnapshotMeta(meta), out);
            }
            ["truncate", member, index] => self.input(id(member), Input::Truncate(id(index)), out),
            ["sent", member, to, how] => {
                let status = Input::SnapshotStatus { to: MemberId(id(to)), sent: *how == "yes" };
                self.input(id(member), status, out);
            }
            ["unreachable", member, to] => {
                self.input(id(member), Input::Unreachable(MemberId(id(to))), out);
            }
            ["crash", member] => self.members.get_mut(&id(member)).unwrap().crash(),
            ["restart", member] => self.restart(id(member), out),
            ["expect"] => {
                for (id, member) in &self.members {
                    member.describe(*id, out);
                }
            }
            _ => panic!("unknown command: {line}"),
        }
    }

    fn input(&mut self, id: u64, input: Input, out: &mut String) {
        let member = self.members.get_mut(&id).unwrap();
        let Some(core) = &mut member.core else { return };
        core.input(input);
        core.raw.raft.set_randomized_election_timeout(19);
        self.settle(id, out);
    }

    /// Carries out what the member's core wants, as far as its disk and its state machine go on.
    fn settle(&mut self, id: u64, out: &mut String) {
        loop {
            let member = self.members.get_mut(&id).unwrap();
            let Some(core) = &mut member.core else { return };
            let outputs = core.outputs();
            core.raw.raft.set_randomized_election_timeout(19);
            for output in outputs {
                print(id, &output, out);
                match output {
                    Output::Send(messages) => {
                        for message in messages {
                            let (from, to) = ends(&message);
                            if let Some(held) = self.held.get_mut(&(from, to)) {
                                held.push_back(message);
                            } else if !self.cut.contains(&from) && !self.cut.contains(&to) {
                                self.net.push_back(message);
                            }
                        }
                    }
                    Output::Save(save) => member.saves.push_back(save),
                    Output::Install(meta) => member.install = Some(meta),
                    Output::Committed(entries) => member.to_apply.extend(entries.into_iter().map(Work::Entry)),
                    Output::Leadership(_) | Output::ReadStates(_) | Output::SnapshotWanted(_) | Output::Refused(_) => {}
                }
            }
            if !member.sync() && !member.apply(self.refuse) {
                return;
            }
        }
    }

    fn deliver(&mut self, only: Option<(u64, u64)>, out: &mut String) {
        for _ in 0..1000 {
            let matches = |message: &raftpb::Message| only.is_none_or(|link| ends(message) == link);
            let Some(at) = self.net.iter().position(matches) else { return };
            let message = self.net.remove(at).unwrap();
            let (from, to) = ends(&message);
            if self.members.contains_key(&to) && !self.cut.contains(&from) && !self.cut.contains(&to) {
                self.input(to, Input::Step(Box::new(message)), out);
            }
        }
        panic!("messages without end");
    }

    fn restart(&mut self, id: u64, out: &mut String) {
        let member = self.members.get_mut(&id).unwrap();
        member.crash();
        let boot = Boot { conf_state: member.conf_state.clone(), applied: member.applied.0, ..member.wal.clone() };
        match Core::start(&RaftConfig::new(MemberId(id)), boot) {
            Ok(core) => member.core = Some(core),
            Err(error) => writeln!(out, "{id}: {error}").unwrap(),
        }
        self.settle(id, out);
    }
}

impl Member {
    fn new(wal: Boot) -> Self {
        Self {
            core: None,
            disk_stopped: false,
            apply_stopped: false,
            saves: VecDeque::new(),
            install: None,
            to_apply: VecDeque::new(),
            wal,
            unsynced: None,
            applied: (0, 0),
            conf_state: raftpb::ConfState::default(),
        }
    }

    fn crash(&mut self) {
        self.core = None;
        self.saves.clear();
        self.install = None;
        self.to_apply.clear();
        self.unsynced = None;
        (self.disk_stopped, self.apply_stopped) = (false, false);
    }

    /// Syncs what is queued; false if there is nothing to do.
    fn sync(&mut self) -> bool {
        if self.disk_stopped || self.saves.is_empty() {
            return false;
        }
        let core = self.core.as_mut().unwrap();
        for save in self.saves.drain(..) {
            if let Some(first) = save.entries.first().map(|entry| entry.index()) {
                self.wal.entries.retain(|entry| entry.index() < first);
            }
            self.wal.entries.extend(save.entries);
            self.unsynced = save.hard_state.or(self.unsynced);
            if save.must_sync {
                self.wal.hard_state = self.unsynced.take().unwrap_or(self.wal.hard_state);
            }
            core.input(Input::Persisted(save.number));
        }
        if let Some(meta) = self.install.take() {
            self.wal.start = (meta.index, meta.term);
            self.wal.entries.clear();
            core.input(Input::SnapshotSaved(meta.index));
            self.to_apply.push_back(Work::Snapshot(meta));
        }
        true
    }

    /// Applies what is queued; false if there is nothing to do.
    fn apply(&mut self, refuse: bool) -> bool {
        if self.apply_stopped || self.to_apply.is_empty() {
            return false;
        }
        let core = self.core.as_mut().unwrap();
        for work in self.to_apply.drain(..) {
            let (index, term) = match &work {
                Work::Entry(entry) => (entry.index(), entry.term()),
                Work::Snapshot(meta) => (meta.index, meta.term),
            };
            match work {
                Work::Entry(entry) if entry.r#type() == raftpb::EntryType::EntryConfChange => {
                    let change = raftpb::ConfChange::decode(entry.data().to_vec().as_slice()).unwrap();
                    core.input(Input::ConfDone { index, change: (!refuse).then_some(change) });
                }
                Work::Entry(_) | Work::Snapshot(_) => core.input(Input::Applied(index)),
            }
            core.raw.raft.set_randomized_election_timeout(19);
            assert!(self.applied.0 < index, "{index} applied after {}", self.applied.0);
            self.applied = (index, term);
            self.conf_state = core.conf_state();
        }
        true
    }

    fn describe(&self, id: u64, out: &mut String) {
        let Some(core) = &self.core else { return writeln!(out, "{id}: down").unwrap() };
        let (lead, at) = (leadership_of(&core.raw), core.progress());
        writeln!(
            out,
            "{id}: {} commit={} applied={} log={}..{} {}",
            leadership(&lead),
            at.committed,
            at.applied,
            at.first,
            at.last,
            configuration(&core.conf_state())
        )
        .unwrap();
    }
}

fn bootstrap(ids: &[u64]) -> Boot {
    let entry = |(index, &id): (u64, &u64)| raftpb::Entry {
        r#type: Some(1),
        term: Some(1),
        index: Some(index),
        data: Some(conf_change("add", id).encode_to_vec().into()),
    };
    Boot {
        hard_state: raftpb::HardState { term: Some(1), vote: Some(0), commit: Some(ids.len() as u64) },
        entries: (1..).zip(ids).map(entry).collect(),
        ..Boot::default()
    }
}

fn conf_change(kind: &str, node: u64) -> raftpb::ConfChange {
    let number = match kind {
        "add" => 0,
        "remove" => 1,
        "update" => 2,
        "learner" => 3,
        _ => panic!("unknown change {kind}"),
    };
    raftpb::ConfChange { id: Some(9), r#type: Some(number), node_id: Some(node), context: Some("{}".into()) }
}

fn link(word: &str) -> (u64, u64) {
    let (from, to) = word.split_once("->").unwrap();
    (from.parse().unwrap(), to.parse().unwrap())
}

fn ends(message: &raftpb::Message) -> (u64, u64) {
    (message.from(), message.to())
}

fn leadership(leadership: &Leadership) -> String {
    let role = match leadership.role {
        Role::Follower => "follower",
        Role::PreCandidate => "pre-candidate",
        Role::Candidate => "candidate",
        Role::Leader => "leader",
    };
    let leader = leadership.leader.map_or("none".to_owned(), |id| id.to_string());
    format!("{role} term={} leader={leader}", leadership.term)
}

fn configuration(state: &raftpb::ConfState) -> String {
    format!("voters={:?} learners={:?}", state.voters, state.learners)
}

fn entry(entry: &raftpb::Entry) -> String {
    let what = match entry.r#type() {
        raftpb::EntryType::EntryNormal => String::from_utf8_lossy(entry.data()).into_owned(),
        raftpb::EntryType::EntryConfChange => {
            let change = raftpb::ConfChange::decode(entry.data().to_vec().as_slice()).unwrap();
            format!("{} {}", change.r#type().as_str_name().trim_start_matches("ConfChange"), change.node_id())
        }
        raftpb::EntryType::EntryConfChangeV2 => "joint".to_owned(),
    };
    format!("{}/{}[{what}]", entry.index(), entry.term())
}

fn entries(entries: &[raftpb::Entry]) -> String {
    entries.iter().map(entry).collect::<Vec<_>>().join(" ")
}

fn print(id: u64, output: &Output, out: &mut String) {
    match output {
        Output::Leadership(lead) => writeln!(out, "{id}: {}", leadership(lead)),
        Output::Send(messages) => return messages.iter().for_each(|one| message(one, out)),
        Output::Save(save) => {
            let mut line = format!("{id}: save {}", entries(&save.entries));
            if let Some(state) = &save.hard_state {
                write!(line, " term={} vote={} commit={}", state.term(), state.vote(), state.commit()).unwrap();
            }
            writeln!(out, "{}{}", line.replace("  ", " "), if save.must_sync { " sync" } else { "" })
        }
        Output::Install(meta) => {
            writeln!(out, "{id}: install {}/{} {}", meta.index, meta.term, configuration(&meta.conf_state))
        }
        Output::Committed(committed) => writeln!(out, "{id}: apply {}", entries(committed)),
        Output::ReadStates(states) => writeln!(out, "{id}: read states {states:?}"),
        Output::SnapshotWanted(to) => writeln!(out, "{id}: snapshot wanted for {to}"),
        Output::Refused(datas) => writeln!(out, "{id}: refused {datas:?}"),
    }
    .unwrap();
}

fn message(message: &raftpb::Message, out: &mut String) {
    let kind = message.r#type().as_str_name().trim_start_matches("Msg");
    write!(out, "{}->{} {kind}", message.from(), message.to()).unwrap();
    for (name, value) in [
        ("term", message.term()),
        ("logterm", message.log_term()),
        ("index", message.index()),
        ("commit", message.commit()),
        ("hint", message.reject_hint()),
    ] {
        if value != 0 {
            write!(out, " {name}={value}").unwrap();
        }
    }
    if message.reject() {
        out.push_str(" reject");
    }
    if !message.entries.is_empty() {
        let bytes = matches!(kind, "ReadIndex" | "ReadIndexResp");
        let shown = if bytes { format!("{:?}", message.entries[0].data()) } else { entries(&message.entries) };
        write!(out, " {shown}").unwrap();
    }
    if let Some(context) = &message.context {
        write!(out, " context={context:?}").unwrap();
    }
    if let Some(metadata) = message.snapshot.as_ref().and_then(|snapshot| snapshot.metadata.as_ref()) {
        let state = metadata.conf_state.as_ref().unwrap();
        write!(out, " snapshot={}/{} {}", metadata.index(), metadata.term(), configuration(state)).unwrap();
    }
    out.push('\n');
}
