//! The members as the v2 JSON tree inside `.snap` files.
//!
//! Written as etcd 3.7 does: a tree made from nothing by one step a fact, counted from 1, in the order raft
//! attributes and attributes of each member, removed members, version. The steps are listed as events. Read from
//! all releases: up to 3.5 this tree is where members are kept.
//!
//! ```text
//! /0/members/<id>/raftAttributes  {"peerURLs":[...],"isLearner":true}
//! /0/members/<id>/attributes      {"name":"...","clientURLs":[...]}       once the member has published them
//! /0/removed_members/<id>         ""
//! /0/version                      3.7.0                                   once decided
//! /1                              empty
//! ```
//!
//! Not here: the file around it (`storage::snap`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Cluster;
use crate::types::MemberId;

/// What a tree says about one member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeMember {
    pub id: MemberId,
    pub peer_urls: Vec<String>,
    pub is_learner: bool,
    /// Empty until published.
    pub name: String,
    pub client_urls: Vec<String>,
}

/// What a tree says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    pub members: Vec<TreeMember>,
    pub removed: Vec<MemberId>,
    /// The cluster version, as `3.7.0`.
    pub version: Option<String>,
}

/// Why a tree cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    #[error("the member tree is no JSON of the known form: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{path:?} does not name a member")]
    Id { path: String },
    #[error("{path}: {source}")]
    Value { path: String, source: serde_json::Error },
    #[error("member {0} has no raft attributes")]
    NoRaftAttributes(MemberId),
}

const NEVER: &str = "0001-01-01T00:00:00Z";
const EVENTS_CAPACITY: usize = 1000;

#[derive(Serialize)]
struct Store<'a> {
    #[serde(rename = "Root")]
    root: Node,
    #[serde(rename = "WatcherHub")]
    watcher_hub: WatcherHub<'a>,
    #[serde(rename = "CurrentIndex")]
    current_index: usize,
    #[serde(rename = "Stats")]
    stats: Stats,
    #[serde(rename = "CurrentVersion")]
    current_version: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Node {
    path: String,
    created_index: usize,
    modified_index: usize,
    expire_time: &'static str,
    value: String,
    /// `None`: a leaf.
    children: Option<BTreeMap<String, Node>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WatcherHub<'a> {
    event_history: EventHistory<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EventHistory<'a> {
    queue: Queue<'a>,
    start_index: usize,
    last_index: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Queue<'a> {
    events: Vec<Option<&'a Event>>,
    size: usize,
    front: usize,
    back: usize,
    capacity: usize,
}

#[derive(Clone, Serialize)]
struct Event {
    action: &'static str,
    node: EventNode,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct EventNode {
    key: String,
    value: String,
    modified_index: usize,
    created_index: usize,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    gets_success: usize,
    gets_fail: usize,
    sets_success: usize,
    sets_fail: usize,
    delete_success: usize,
    delete_fail: usize,
    update_success: usize,
    update_fail: usize,
    create_success: usize,
    create_fail: usize,
    compare_and_swap_success: usize,
    compare_and_swap_fail: usize,
    compare_and_delete_success: usize,
    compare_and_delete_fail: usize,
    expire_count: usize,
    watchers: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RaftAttributes {
    #[serde(rename = "peerURLs", default)]
    peer_urls: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_learner: bool,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Attributes {
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(rename = "clientURLs", skip_serializing_if = "Option::is_none")]
    client_urls: Option<Vec<String>>,
}

/// Puts the tree together, step by step.
struct Builder {
    root: Node,
    events: Vec<Event>,
}

impl Builder {
    fn new() -> Self {
        let mut root = directory("/".into(), 0);
        for name in ["0", "1"] {
            children(&mut root).insert(name.into(), directory(format!("/{name}"), 0));
        }
        Self { root, events: Vec::new() }
    }

    fn step(&mut self, action: &'static str, path: &str, value: String) {
        let index = self.events.len() + 1;
        let mut node = &mut self.root;
        for (end, _) in path.char_indices().skip(1).filter(|&(_, letter)| letter == '/') {
            let (parent, name) = path[..end].rsplit_once('/').expect("a path starts with a slash");
            debug_assert!(node.path == parent || parent.is_empty());
            node = children(node).entry(name.into()).or_insert_with(|| directory(path[..end].into(), index));
        }
        let (_, name) = path.rsplit_once('/').expect("a path starts with a slash");
        let leaf = Node { value: value.clone(), children: None, ..directory(path.into(), index) };
        children(node).insert(name.into(), leaf);
        let node = EventNode { key: path.into(), value, modified_index: index, created_index: index };
        self.events.push(Event { action, node });
    }
}

fn directory(path: String, index: usize) -> Node {
    let (value, children) = (String::new(), Some(BTreeMap::new()));
    Node { path, created_index: index, modified_index: index, expire_time: NEVER, value, children }
}

fn children(node: &mut Node) -> &mut BTreeMap<String, Node> {
    node.children.get_or_insert_default()
}

impl Tree {
    /// What a cluster's members are, for older releases.
    pub fn of(cluster: &Cluster) -> Self {
        let members = cluster.members().map(|member| TreeMember {
            id: member.id,
            peer_urls: member.peer_urls.clone(),
            is_learner: member.is_learner,
            name: member.attributes.name.clone(),
            client_urls: member.attributes.client_urls.clone(),
        });
        let version = cluster.version().map(|version| version.to_string());
        Self { members: members.collect(), removed: cluster.removed().collect(), version }
    }

    /// The tree's bytes, as etcd 3.7 writes them for members in this order.
    pub fn encode(&self) -> Vec<u8> {
        let mut builder = Builder::new();
        for member in &self.members {
            let path = format!("/0/members/{}", member.id);
            let raft = RaftAttributes { peer_urls: Some(member.peer_urls.clone()), is_learner: member.is_learner };
            builder.step("create", &format!("{path}/raftAttributes"), go_json(&raft));
            if !member.client_urls.is_empty() {
                let attributes =
                    Attributes { name: member.name.clone(), client_urls: Some(member.client_urls.clone()) };
                builder.step("set", &format!("{path}/attributes"), go_json(&attributes));
            }
        }
        for id in &self.removed {
            builder.step("create", &format!("/0/removed_members/{id}"), String::new());
        }
        if let Some(version) = &self.version {
            builder.step("set", "/0/version", version.clone());
        }
        let Builder { root, events } = builder;
        let count = |action| events.iter().filter(|event| event.action == action).count();
        // The ring holds the last thousand; a cluster with more facts drops the oldest.
        let last = events.len();
        let shown = &events[last.saturating_sub(EVENTS_CAPACITY)..];
        let mut ring: Vec<_> = shown.iter().map(Some).collect();
        ring.resize(EVENTS_CAPACITY, None);
        let (size, back) = (shown.len(), shown.len() % EVENTS_CAPACITY);
        let queue = Queue { events: ring, size, front: 0, back, capacity: EVENTS_CAPACITY };
        let start_index = shown.first().map_or(0, |event| event.node.modified_index);
        let event_history = EventHistory { queue, start_index, last_index: last };
        let stats =
            Stats { gets_fail: 1, sets_success: count("set"), create_success: count("create"), ..Stats::default() };
        let store =
            Store { root, watcher_hub: WatcherHub { event_history }, current_index: last, stats, current_version: 2 };
        go_json(&store).into_bytes()
    }

    /// Reads a tree of etcd 3.4 or later. Members come in order of their ids' texts, which is that of the tree.
    ///
    /// # Errors
    /// The bytes are no such tree; an id or a value does not parse.
    pub fn decode(bytes: &[u8]) -> Result<Self, TreeError> {
        let store: OldStore = serde_json::from_slice(bytes)?;
        let mut tree = Self::default();
        let Some(mut cluster) = store.root.take("0") else { return Ok(tree) };
        let mut nodes = cluster.children.take().unwrap_or_default();
        tree.version = nodes.remove("version").map(|node| node.value);
        for (name, node) in nodes.remove("members").and_then(|node| node.children).unwrap_or_default() {
            tree.members.push(decode_member(&name, node)?);
        }
        for (name, _) in nodes.remove("removed_members").and_then(|node| node.children).unwrap_or_default() {
            tree.removed.push(parse_id("/0/removed_members", &name)?);
        }
        Ok(tree)
    }
}

/// A path that a client of the v2 API made, if there is one: this is data that etcd 3.6 does not start with.
///
/// # Errors
/// The bytes are no such tree.
pub fn user_data(bytes: &[u8]) -> Result<Option<String>, TreeError> {
    let store: OldStore = serde_json::from_slice(bytes)?;
    for (name, node) in store.root.children.unwrap_or_default() {
        match (&name[..], node.children) {
            ("0", _) => {}
            (_, None) => return Ok(Some(format!("/{name}"))),
            (_, Some(children)) => {
                // Under /2 empty names may be left.
                let is_data = |node: &OldNode| name != "2" || node.children.as_ref().is_some_and(|all| !all.is_empty());
                if let Some((child, _)) = children.into_iter().find(|(_, node)| is_data(node)) {
                    return Ok(Some(format!("/{name}/{child}")));
                }
            }
        }
    }
    Ok(None)
}

/// A node as read: only what is needed.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct OldNode {
    value: String,
    children: Option<BTreeMap<String, OldNode>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OldStore {
    root: OldNode,
}

impl OldNode {
    fn take(mut self, name: &str) -> Option<Self> {
        self.children.as_mut()?.remove(name)
    }
}

fn parse_id(parent: &str, name: &str) -> Result<MemberId, TreeError> {
    MemberId::parse(name).map_err(|_| TreeError::Id { path: format!("{parent}/{name}") })
}

fn decode_member(name: &str, node: OldNode) -> Result<TreeMember, TreeError> {
    let id = parse_id("/0/members", name)?;
    let mut facts = node.children.unwrap_or_default();
    let value = |fact, source| TreeError::Value { path: format!("/0/members/{name}/{fact}"), source };
    let raft = facts.remove("raftAttributes").ok_or(TreeError::NoRaftAttributes(id))?;
    let raft: RaftAttributes = serde_json::from_str(&raft.value).map_err(|source| value("raftAttributes", source))?;
    let attributes = match facts.remove("attributes") {
        Some(node) => serde_json::from_str(&node.value).map_err(|source| value("attributes", source))?,
        None => Attributes::default(),
    };
    Ok(TreeMember {
        id,
        peer_urls: raft.peer_urls.unwrap_or_default(),
        is_learner: raft.is_learner,
        name: attributes.name,
        client_urls: attributes.client_urls.unwrap_or_default(),
    })
}

/// JSON as Go's encoder writes it: `<`, `>`, `&` and the two line separators are escaped.
fn go_json(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).expect("these types have a JSON form");
    if !json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return json;
    }
    // All of them can only stand in strings.
    let mut escaped = String::with_capacity(json.len() + 64);
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::snap;

    fn data_of(file: &str) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("snap");
        std::fs::write(&path, crate::storage::testdata::read(&format!("snap/{file}.snap.gz"))).unwrap();
        snap::read(&path).unwrap().data.to_vec()
    }

    #[test]
    fn trees_of_3_7_are_written_again_to_the_byte() {
        for (file, order) in [("3.7.1-single", &[0][..]), ("3.7.1-three", &[2, 1, 0])] {
            let bytes = data_of(file);
            let tree = Tree::decode(&bytes).unwrap();
            // etcd took the members in no particular order, which the indexes in the file show.
            let members = order.iter().map(|&place| tree.members[place].clone()).collect();
            let tree = Tree { members, ..tree };
            assert_eq!(String::from_utf8(tree.encode()).unwrap(), String::from_utf8(bytes).unwrap(), "{file}");
        }
    }

    #[test]
    fn trees_of_older_releases_are_read() {
        let tree = Tree::decode(&data_of("3.4.23-single")).unwrap();
        let member = TreeMember {
            id: MemberId(0x4b98_e7c0_4828_efd3),
            peer_urls: vec!["http://127.0.0.1:56635".into()],
            is_learner: false,
            name: "m1".into(),
            client_urls: vec!["http://127.0.0.1:47915".into()],
        };
        assert_eq!(tree, Tree { members: vec![member], removed: vec![], version: Some("3.4.0".into()) });
        let tree = Tree::decode(&data_of("3.5.1-three")).unwrap();
        let names: Vec<_> = tree.members.iter().map(|member| &member.name[..]).collect();
        assert_eq!((names, tree.version.as_deref()), (vec!["m1", "m3", "m2"], Some("3.5.0")));
    }

    #[test]
    fn learners_removed_members_and_odd_letters_survive() {
        let learner = TreeMember {
            id: MemberId(7),
            peer_urls: vec!["http://h:1/<&>".into()],
            is_learner: true,
            ..TreeMember::default()
        };
        let tree = Tree { members: vec![learner], removed: vec![MemberId(0xab), MemberId(1)], version: None };
        let bytes = tree.encode();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(r#"{\"peerURLs\":[\"http://h:1/\\u003c\\u0026\\u003e\"],\"isLearner\":true}"#), "{text}");
        assert!(text.contains(r#""removed_members":{"Path":"/0/removed_members","CreatedIndex":2"#), "{text}");
        let read = Tree::decode(&bytes).unwrap();
        assert_eq!((read.members, read.removed), (tree.members, vec![MemberId(1), MemberId(0xab)]));
    }

    #[test]
    fn data_of_v2_clients_are_found() {
        for (children, expected) in [
            (r#""0":{"Children":{"members":{"Children":{}}}},"1":{"Children":{}}"#, None),
            (r#""1":{"Children":{"a":{"Value":"x"}}}"#, Some("/1/a")),
            (r#""1":{"Children":{"dir":{"Children":{}}}}"#, Some("/1/dir")),
            (r#""2":{"Children":{"a":{"Value":""}}}"#, None),
            (r#""2":{"Children":{"a":{"Children":{"b":{}}}}}"#, Some("/2/a")),
            (r#""file":{"Value":"x"}"#, Some("/file")),
        ] {
            let json = format!(r#"{{"Root":{{"Children":{{{children}}}}}}}"#);
            assert_eq!(user_data(json.as_bytes()).unwrap().as_deref(), expected, "{children}");
        }
        for release in ["3.4.23-single", "3.5.1-three", "3.7.1-three"] {
            assert_eq!(user_data(&data_of(release)).unwrap(), None, "{release}");
        }
    }

    #[test]
    fn bad_trees_are_refused() {
        for (json, reason) in [
            ("", "no JSON"),
            ("{}", "no root"),
            (r#"{"Root":{"Children":{"0":{"Children":{"members":{"Children":{"x":{}}}}}}}}"#, "an id that is no hex"),
            (r#"{"Root":{"Children":{"0":{"Children":{"members":{"Children":{"1":{}}}}}}}}"#, "no raft attributes"),
            (r#"{"Root":{"Children":{"0":{"Children":{"removed_members":{"Children":{"":{}}}}}}}}"#, "an empty id"),
        ] {
            assert!(Tree::decode(json.as_bytes()).is_err(), "{reason}");
        }
    }
}
