//! The first start of a new cluster: who its members are, and the log that all of them begin with.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;
use prost::Message as _;

use super::id;
use super::member::{Attributes, Member};
use super::urls::{self, UrlError};
use crate::pb::{etcdserverpb, raftpb};
use crate::types::{ClusterId, MemberId};

/// The flag `--initial-cluster`: names with their peer URLs, each name's sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitialCluster(BTreeMap<String, Vec<String>>);

/// Why a new cluster cannot be formed; the texts are etcd's.
#[derive(Debug, thiserror::Error)]
pub enum InitialClusterError {
    #[error("couldn't find local name {0:?} in the initial cluster configuration")]
    LocalName(String),
    #[error("--initial-cluster has {missing} but missing from --initial-advertise-peer-urls={advertised} ({why})")]
    NotAdvertised { missing: String, advertised: String, why: String },
    #[error("--initial-advertise-peer-urls has {missing} but missing from --initial-cluster={cluster}")]
    NotInCluster { missing: String, cluster: String },
    #[error("failed to resolve {advertised} to match --initial-cluster={cluster} ({why})")]
    Unequal { advertised: String, cluster: String, why: String },
    #[error("initial cluster {0} has duplicate url")]
    DuplicateUrl(String),
}

/// Everything a member of a new cluster starts from. All members make the same entries.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCluster {
    pub cluster_id: ClusterId,
    pub member_id: MemberId,
    /// In order of their ids, which is that of the entries.
    pub members: Vec<Member>,
    /// The WAL's metadata record.
    pub metadata: Bytes,
    /// One committed conf change a member.
    pub entries: Vec<raftpb::Entry>,
    pub hard_state: raftpb::HardState,
}

impl InitialCluster {
    /// Reads `name=url,name=url,…`; a name may occur again with another URL.
    ///
    /// # Errors
    /// A URL is none.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, url) = pair.split_once('=').unwrap_or((pair, ""));
            members.entry(name.trim().to_owned()).or_default().push(urls::parse(url.trim())?);
        }
        members.values_mut().for_each(|urls| urls.sort_unstable());
        Ok(Self(members))
    }

    /// Checks that this member is named, with the URLs that it advertises, and that no URL occurs twice.
    /// Names of hosts are looked up only when the texts differ.
    ///
    /// # Errors
    /// What is wrong, in etcd's words.
    pub fn check(
        &self,
        name: &str,
        advertised: &[String],
        lookup: &dyn Fn(&str) -> std::io::Result<SocketAddr>,
    ) -> Result<(), InitialClusterError> {
        let own = self.0.get(name).ok_or_else(|| InitialClusterError::LocalName(name.to_owned()))?;
        let mut advertised = advertised.to_vec();
        advertised.sort_unstable();
        if let Err(why) = equal(&advertised, own, lookup) {
            return Err(mismatch(name, &advertised, own, why));
        }
        let mut all: Vec<&String> = self.0.values().flatten().collect();
        all.sort_unstable();
        if all.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(InitialClusterError::DuplicateUrl(self.to_string()));
        }
        Ok(())
    }

    /// Forms the cluster as seen by the member `name`.
    ///
    /// # Errors
    /// No member has that name.
    pub fn form(&self, name: &str, token: &str) -> Result<NewCluster, InitialClusterError> {
        let member = |(name, urls): (&String, &Vec<String>)| Member {
            id: id::first_member_id(urls, token),
            peer_urls: urls.clone(),
            is_learner: false,
            attributes: Attributes { name: name.clone(), client_urls: Vec::new() },
        };
        let mut members: Vec<Member> = self.0.iter().map(member).collect();
        members.sort_unstable_by_key(|member| member.id);
        let own = members.iter().find(|member| member.attributes.name == name);
        let member_id = own.ok_or_else(|| InitialClusterError::LocalName(name.to_owned()))?.id;
        let cluster_id = id::cluster_id(members.iter().map(|member| member.id));
        Ok(NewCluster {
            cluster_id,
            member_id,
            metadata: metadata(member_id, cluster_id),
            entries: (1..).zip(&members).map(|(index, member)| first_entry(index, member)).collect(),
            hard_state: raftpb::HardState { term: Some(1), vote: Some(0), commit: Some(members.len() as u64) },
            members,
        })
    }
}

/// The metadata record that every segment of a member's WAL begins with.
pub fn metadata(member: MemberId, cluster: ClusterId) -> Bytes {
    etcdserverpb::Metadata { node_id: Some(member.0), cluster_id: Some(cluster.0) }.encode_to_vec().into()
}

/// Member and cluster of a metadata record.
///
/// # Errors
/// The bytes are no such record.
pub fn parse_metadata(bytes: &Bytes) -> Result<(MemberId, ClusterId), prost::DecodeError> {
    let metadata = etcdserverpb::Metadata::decode(bytes.clone())?;
    Ok((MemberId(metadata.node_id()), ClusterId(metadata.cluster_id())))
}

/// As etcd 3.7 writes it: without a request id, for nobody waits.
fn first_entry(index: u64, member: &Member) -> raftpb::Entry {
    let change = raftpb::ConfChange {
        id: None,
        r#type: Some(raftpb::ConfChangeType::ConfChangeAddNode as i32),
        node_id: Some(member.id.0),
        context: Some(member.to_context().into()),
    };
    raftpb::Entry {
        r#type: Some(raftpb::EntryType::EntryConfChange as i32),
        term: Some(1),
        index: Some(index),
        data: Some(change.encode_to_vec().into()),
    }
}

/// Whether two sorted lists name the same addresses; if not, how they differ.
fn equal(
    left: &[String],
    right: &[String],
    lookup: &dyn Fn(&str) -> std::io::Result<SocketAddr>,
) -> Result<(), String> {
    if left == right {
        return Ok(());
    }
    if left.len() != right.len() {
        return Err(format!("len({}) != len({})", quoted(left), quoted(right)));
    }
    let resolved = |urls: &[String]| -> Result<Vec<String>, String> {
        let resolve =
            |url: &String| urls::resolve(url, lookup).map_err(|error| format!("failed to resolve {url:?}: {error}"));
        let mut urls = urls.iter().map(resolve).collect::<Result<Vec<_>, String>>()?;
        urls.sort_unstable();
        Ok(urls)
    };
    for (left, right) in resolved(left)?.into_iter().zip(resolved(right)?) {
        if left != right {
            return Err(format!("resolved urls: {left:?} != {right:?}"));
        }
    }
    Ok(())
}

fn mismatch(name: &str, advertised: &[String], own: &[String], why: String) -> InitialClusterError {
    let named = |urls: &[String]| {
        let mut urls = urls.to_vec();
        urls.dedup();
        urls.iter().map(|url| format!("{name}={url}")).collect::<Vec<_>>().join(",")
    };
    let without = |urls: &[String], others: &[String]| -> Vec<String> {
        urls.iter().filter(|url| !others.contains(url)).cloned().collect()
    };
    let not_advertised = without(own, advertised);
    let not_in_cluster = without(advertised, own);
    if !not_advertised.is_empty() {
        let missing = named(&not_advertised);
        InitialClusterError::NotAdvertised { missing, advertised: advertised.join(","), why }
    } else if !not_in_cluster.is_empty() {
        InitialClusterError::NotInCluster { missing: not_in_cluster.join(","), cluster: named(advertised) }
    } else {
        InitialClusterError::Unequal { advertised: advertised.join(","), cluster: named(own), why }
    }
}

fn quoted(urls: &[String]) -> String {
    let quoted: Vec<String> = urls.iter().map(|url| format!("{url:?}")).collect();
    format!("[{}]", quoted.join(" "))
}

impl fmt::Display for InitialCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self.0.iter().flat_map(|(name, urls)| urls.iter().map(move |url| format!("{name}={url}")));
        f.write_str(&pairs.collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::Change;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Texts as etcd 3.5.1 printed them.
    #[test]
    fn initial_clusters_are_checked_as_etcd_does() {
        let lookup = |address: &str| match address {
            "known:1" => Ok(SocketAddr::from(([10, 0, 0, 1], 1))),
            _ => Err(std::io::Error::other("no such host")),
        };
        let (u1, u3) = ("http://127.0.0.1:23811", "http://127.0.0.1:23813");
        for (cluster, advertised, expected) in [
            (format!("a={u1}"), u1, ""),
            (format!("a={u1},"), u1, ""),
            (format!("a={u1}, b = http://127.0.0.1:23899"), u1, ""),
            ("a=http://known:1".to_owned(), "http://10.0.0.1:1", ""),
            (String::new(), u1, "couldn't find local name \"a\" in the initial cluster configuration"),
            (format!("={u1}"), u1, "couldn't find local name \"a\" in the initial cluster configuration"),
            (
                format!("a={u1},b={u1}"),
                u1,
                "initial cluster a=http://127.0.0.1:23811,b=http://127.0.0.1:23811 has duplicate url",
            ),
            (
                format!("a={u3}"),
                u1,
                "--initial-cluster has a=http://127.0.0.1:23813 but missing from --initial-advertise-peer-urls=http://127.0.0.1:23811 (resolved urls: \"http://127.0.0.1:23811\" != \"http://127.0.0.1:23813\")",
            ),
            (
                format!("a={u1}"),
                "http://localhost:23811",
                "--initial-cluster has a=http://127.0.0.1:23811 but missing from --initial-advertise-peer-urls=http://localhost:23811 (resolved urls: \"http://localhost:23811\" != \"http://127.0.0.1:23811\")",
            ),
            (
                format!("a={u1},a={u3}"),
                u1,
                "--initial-cluster has a=http://127.0.0.1:23813 but missing from --initial-advertise-peer-urls=http://127.0.0.1:23811 (len([\"http://127.0.0.1:23811\"]) != len([\"http://127.0.0.1:23811\" \"http://127.0.0.1:23813\"]))",
            ),
            (
                format!("a={u1},a={u1}"),
                u1,
                "failed to resolve http://127.0.0.1:23811 to match --initial-cluster=a=http://127.0.0.1:23811 (len([\"http://127.0.0.1:23811\"]) != len([\"http://127.0.0.1:23811\" \"http://127.0.0.1:23811\"]))",
            ),
            (
                format!("a={u1}"),
                "http://127.0.0.1:23811,http://127.0.0.1:23815",
                "--initial-advertise-peer-urls has http://127.0.0.1:23815 but missing from --initial-cluster=a=http://127.0.0.1:23811,a=http://127.0.0.1:23815",
            ),
        ] {
            let mut advertised: Vec<String> = advertised.split(',').map(|url| urls::parse(url).unwrap()).collect();
            advertised.sort_unstable();
            let found = InitialCluster::parse(&cluster).unwrap().check("a", &advertised, &lookup);
            assert_eq!(found.map_or_else(|error| error.to_string(), |()| String::new()), expected, "{cluster}");
        }
        for (cluster, expected) in [
            ("foo", "URL scheme must be http, https, unix, or unixs: "),
            ("a=http://127.0.0.1:1,http://127.0.0.1:2", "URL scheme must be http, https, unix, or unixs: "),
            ("a=http://127.0.0.1", "URL address does not have the form \"host:port\": http://127.0.0.1"),
        ] {
            assert_eq!(InitialCluster::parse(cluster).unwrap_err().to_string(), expected);
        }
    }

    /// Ids as in a cluster that etcd 3.7.1 formed; the entry's bytes are its too, but for the id.
    #[test]
    fn first_log_is_etcds() {
        let members = "m2=http://127.0.0.1:49071,m1=http://127.0.0.1:60101,m3=http://127.0.0.1:53789";
        let new = InitialCluster::parse(members).unwrap().form("m1", "etcd-cluster").unwrap();
        assert_eq!(new.member_id, MemberId(9731566923421555115));
        assert!(new.members.is_sorted_by_key(|member| member.id));
        let Member { id, .. } = new.members[0];
        let entry = &new.entries[0];
        assert_eq!((entry.r#type, entry.term, entry.index), (Some(1), Some(1), Some(1)));
        let data = entry.data();
        assert_eq!(hex(&data[..3]), "100018", "type, then member; no request id");
        let json = new.members[0].to_json();
        assert_eq!(&data[data.len() - json.len()..], json.as_bytes());
        assert_eq!(new.hard_state.encode_to_vec(), [0x08, 1, 0x10, 0, 0x18, 3]);
        assert_eq!(parse_metadata(&new.metadata).unwrap(), (new.member_id, new.cluster_id));

        let mut cluster = crate::membership::Cluster::new(new.cluster_id);
        for entry in &new.entries {
            let change = raftpb::ConfChange::decode(entry.data().to_vec().as_slice()).unwrap();
            cluster.apply(&Change::parse(&change).unwrap(), 1).unwrap();
        }
        assert!(cluster.members().eq(&new.members));
        assert_eq!(cluster.members().find(|member| member.id == id), Some(&new.members[0]));
    }

    #[test]
    fn first_entry_has_the_bytes_of_etcd_3_7() {
        let member = Member {
            id: MemberId(79456377137097867),
            peer_urls: vec!["http://127.0.0.1:60101".to_owned()],
            is_learner: false,
            attributes: Attributes { name: "m1".to_owned(), client_urls: Vec::new() },
        };
        let expected = concat!(
            "08011001180122581000188bd995f3f6a4928d01224a7b226964223a37393435363337373133373039373836372c22706565",
            "7255524c73223a5b22687474703a2f2f3132372e302e302e313a3630313031225d2c226e616d65223a226d31227d"
        );
        assert_eq!(hex(&first_entry(1, &member).encode_to_vec()), expected);
        let metadata = metadata(member.id, ClusterId(12097023435647646879));
        assert_eq!(hex(&metadata), "088bd995f3f6a4928d01109ff9e98a8dd7d0f0a701");
    }
}
