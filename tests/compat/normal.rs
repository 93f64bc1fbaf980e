//! What may be rewritten before two answers are compared: what no two servers can have in common. Each rule has a
//! name and the fields it touches; nothing else changes.

use prost_reflect::{DynamicMessage, FieldDescriptor, ReflectMessage, Value};

/// What belongs to one server.
#[derive(Clone, Debug)]
pub struct Own {
    pub member: u64,
    pub client_url: String,
    pub peer_url: String,
    /// Members that were added, in that order.
    pub added: Vec<u64>,
}

impl Own {
    /// The place of a member in a list that is to be compared: the server asked first, then the others as they came.
    pub fn place(&self, member: u64) -> usize {
        if member == self.member {
            return 0;
        }
        1 + self.added.iter().position(|&id| id == member).unwrap_or(self.added.len())
    }
}

struct Rule {
    #[allow(dead_code)] // for the reader
    name: &'static str,
    /// `Message.field` in package etcdserverpb.
    fields: &'static [&'static str],
    rewrite: fn(&Own, &Value) -> Option<String>,
}

const RULES: [Rule; 10] = [
    Rule {
        name: "cluster id: a hash over peer URLs",
        fields: &["ResponseHeader.cluster_id"],
        rewrite: |_, _| Some("CLUSTER".into()),
    },
    Rule {
        name: "member id: the same; other ids than the member's own stay",
        fields: &["ResponseHeader.member_id", "StatusResponse.leader", "AlarmMember.memberID"],
        rewrite: |own, value| (value.as_u64() == Some(own.member)).then(|| "MEMBER".into()),
    },
    Rule {
        name: "ids of members: those of added ones come from the time; lists are put in the order of their coming",
        fields: &["Member.ID"],
        rewrite: |own, value| match own.place(value.as_u64()?) {
            0 => Some("MEMBER".into()),
            place if place <= own.added.len() => Some(format!("ADDED{place}")),
            _ => None,
        },
    },
    Rule {
        name: "member id in a text",
        fields: &["StatusResponse.errors"],
        rewrite: |own, value| Some(format!("{:?}", value.as_str()?.replace(&own.member.to_string(), "MEMBER"))),
    },
    Rule {
        name: "ports",
        fields: &["Member.peerURLs", "Member.clientURLs"],
        rewrite: |own, value| {
            let text = value.as_str()?.replace(&own.client_url, "CLIENT_URL");
            Some(format!("{:?}", text.replace(&own.peer_url, "PEER_URL")))
        },
    },
    Rule {
        name: "sizes: pages of two different stores; and the sum over all buckets, which hold ids and sizes",
        fields: &["StatusResponse.dbSize", "StatusResponse.dbSizeInUse", "HashResponse.hash"],
        rewrite: |_, _| Some("SIZE".into()),
    },
    Rule {
        name: "ids of leases that the server drew",
        fields: &["LeaseGrantResponse.ID", "LeaseStatus.ID"],
        rewrite: |_, value| (value.as_i64()? > DRAWN_MIN).then(|| "DRAWN".into()),
    },
    Rule {
        name: "time left: a second more or less; 0 and negative while a lease waits for its revocation",
        fields: &["LeaseTimeToLiveResponse.TTL"],
        rewrite: |_, value| (value.as_i64()? > 0).then(|| "LEFT".into()),
    },
    Rule {
        name: "versions",
        fields: &["StatusResponse.version", "StatusResponse.storageVersion"],
        rewrite: |_, _| Some("VERSION".into()),
    },
    Rule {
        name: "raft indexes: entries that servers propose on their own",
        fields: &["StatusResponse.raftIndex", "StatusResponse.raftAppliedIndex"],
        rewrite: |_, _| Some("INDEX".into()),
    },
];

/// Scripts name smaller ones.
const DRAWN_MIN: i64 = 1 << 40;

/// Repeated fields that have no order: the keys of a lease.
pub fn sort(message: &mut DynamicMessage) {
    if message.descriptor().name() == "LeaseTimeToLiveResponse"
        && let Value::List(keys) = message.get_field_by_name_mut("keys").expect("a field of ours")
    {
        keys.sort_by(|a, b| a.as_bytes().cmp(&b.as_bytes()));
    }
}

/// The text in place of this value, if a rule has one.
pub fn rewrite(own: &Own, field: &FieldDescriptor, value: &Value) -> Option<String> {
    let name = field.full_name().strip_prefix("etcdserverpb.")?;
    let rule = RULES.iter().find(|rule| rule.fields.contains(&name))?;
    (rule.rewrite)(own, value)
}
