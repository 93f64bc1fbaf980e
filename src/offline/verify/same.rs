//! Do two backends at the same entry hold the same in their small buckets?

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;

use super::backend::BackendFacts;
use super::report::Severity;
use crate::pb::authpb;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::RowKey;

/// How much of members must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactly {
    /// All of them.
    Members,
    /// Up to etcd 3.5 what the bucket says of a member is as of its first start.
    Ids,
}

/// What differs in `found`, as it should be `wanted`.
pub fn small_buckets(found: &BackendFacts, wanted: &BackendFacts, exactly: Exactly) -> Vec<(Severity, String)> {
    let mut wrong = Vec::new();
    for bucket in [Bucket::Alarm, Bucket::Auth, Bucket::AuthRoles] {
        rows(bucket, &found.buckets.rows(bucket), &wanted.buckets.rows(bucket), &mut wrong);
    }
    users(found, wanted, &mut wrong);
    leases(found, wanted, &mut wrong);
    members(found, wanted, exactly, &mut wrong);
    let versions = [found, wanted].map(|facts| facts.meta.cluster.version().map(|version| version.to_string()));
    if versions[0] != versions[1] {
        let [found, wanted] = versions.map(|version| version.unwrap_or_else(|| "none".to_owned()));
        wrong.push((Severity::Error, format!("cluster version {found}, should be {wanted}")));
    }
    wrong
}

fn rows(
    bucket: Bucket,
    found: &BTreeMap<&[u8], &[u8]>,
    wanted: &BTreeMap<&[u8], &[u8]>,
    wrong: &mut Vec<(Severity, String)>,
) {
    let keys: BTreeSet<_> = found.keys().chain(wanted.keys()).collect();
    for key in keys {
        let what = match (found.get(key), wanted.get(key)) {
            (found, wanted) if found == wanted => continue,
            (Some(_), Some(_)) => "differs",
            (Some(_), None) => "should not be there",
            (None, _) => "is missing",
        };
        wrong.push((Severity::Error, format!("bucket {}: row {} {what}", bucket.name(), key.escape_ascii())));
    }
}

/// Releases up to 3.4 hash a password where they apply it, each time differently.
fn users(found: &BackendFacts, wanted: &BackendFacts, wrong: &mut Vec<(Severity, String)>) {
    let without = |facts: &BackendFacts| -> Vec<(Vec<u8>, Vec<u8>)> {
        let rows = facts.buckets.rows(Bucket::AuthUsers);
        let stripped = rows.into_iter().map(|(key, value)| {
            let user = authpb::User::decode(value).map(|user| authpb::User { password: Default::default(), ..user });
            (key.to_vec(), user.map_or_else(|_| value.to_vec(), |user| user.encode_to_vec()))
        });
        stripped.collect()
    };
    fn borrowed(rows: &[(Vec<u8>, Vec<u8>)]) -> BTreeMap<&[u8], &[u8]> {
        rows.iter().map(|(key, value)| (&key[..], &value[..])).collect()
    }
    let before = wrong.len();
    rows(Bucket::AuthUsers, &borrowed(&without(found)), &borrowed(&without(wanted)), wrong);
    if wrong.len() == before && found.meta.term > 0 {
        let (found, wanted) = (found.buckets.rows(Bucket::AuthUsers), wanted.buckets.rows(Bucket::AuthUsers));
        rows(Bucket::AuthUsers, &found, &wanted, wrong);
    }
}

/// What a lease has left depends on settings, and so does the shortest time that is granted.
fn leases(found: &BackendFacts, wanted: &BackendFacts, wrong: &mut Vec<(Severity, String)>) {
    let (found, wanted) = (&found.meta.leases, &wanted.meta.leases);
    for id in found.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
        match (found.get(id), wanted.get(id)) {
            (Some(found), Some(wanted)) if found.ttl != wanted.ttl => {
                let what = format!("lease {id} has {} seconds, should have {}", found.ttl, wanted.ttl);
                wrong.push((Severity::Info, what));
            }
            (Some(_), Some(_)) => {}
            (Some(_), None) => wrong.push((Severity::Error, format!("lease {id} should not be there"))),
            (None, _) => wrong.push((Severity::Error, format!("lease {id} is missing"))),
        }
    }
}

fn members(found: &BackendFacts, wanted: &BackendFacts, exactly: Exactly, wrong: &mut Vec<(Severity, String)>) {
    let clusters = [&found.meta.cluster, &wanted.meta.cluster];
    let ids = clusters.map(|cluster| cluster.members().map(|member| member.id).collect::<BTreeSet<_>>());
    let removed = clusters.map(|cluster| cluster.removed().collect::<BTreeSet<_>>());
    let severity = if exactly == Exactly::Members { Severity::Error } else { Severity::Warning };
    for (name, [found, wanted]) in [("members", ids), ("removed members", removed)] {
        if found != wanted {
            let show = |ids: &BTreeSet<_>| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            wrong.push((severity, format!("{name} [{}], should be [{}]", show(&found), show(&wanted))));
        }
    }
    if exactly == Exactly::Members {
        let [found, wanted] = clusters;
        for member in found.members() {
            let other = wanted.members().find(|other| other.id == member.id);
            if other.is_some_and(|other| other != member) {
                wrong.push((Severity::Warning, format!("member {} is described otherwise", member.id)));
            }
        }
    }
}

/// The key of a row of bucket `key`, for people.
pub fn shown(key: &[u8]) -> String {
    RowKey::decode(key)
        .map_or_else(|| key.escape_ascii().to_string(), |(revision, _)| format!("{}_{}", revision.main, revision.sub))
}
