//! How ids follow from URLs and token. They are computed once, and kept in the WAL ever after.

use sha1::{Digest, Sha1};

use crate::types::{ClusterId, MemberId};

/// The id of a first member: from its peer URLs and the cluster's token.
pub fn first_member_id(peer_urls: &[String], cluster_token: &str) -> MemberId {
    member_id(peer_urls, cluster_token)
}

/// The id of a member that joins a running cluster: from its peer URLs and the unix time of the request, in seconds.
pub fn added_member_id(peer_urls: &[String], added_s: u64) -> MemberId {
    member_id(peer_urls, &added_s.to_string())
}

fn member_id(peer_urls: &[String], suffix: &str) -> MemberId {
    let mut urls: Vec<&str> = peer_urls.iter().map(String::as_str).collect();
    urls.sort_unstable();
    let mut hash = Sha1::new();
    urls.iter().for_each(|url| hash.update(url));
    hash.update(suffix);
    MemberId(first_8_bytes(hash))
}

/// The id of a cluster: from its first members.
pub fn cluster_id(first_members: impl IntoIterator<Item = MemberId>) -> ClusterId {
    let mut ids: Vec<MemberId> = first_members.into_iter().collect();
    ids.sort_unstable();
    let mut hash = Sha1::new();
    ids.iter().for_each(|id| hash.update(id.0.to_be_bytes()));
    ClusterId(first_8_bytes(hash))
}

fn first_8_bytes(hash: Sha1) -> u64 {
    let hash = hash.finalize();
    u64::from_be_bytes(std::array::from_fn(|at| hash[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn member_ids_are_etcds() {
        for (urls, token, id) in [
            (&["http://127.0.0.1:16380"][..], "tok-fact", "aba921a69c785dcf"),
            (&["http://localhost:2380"], "etcd-cluster", "8e9e05c52164694d"),
        ] {
            let urls: Vec<String> = urls.iter().map(|&url| url.to_owned()).collect();
            assert_eq!(first_member_id(&urls, token).to_string(), id);
        }
    }

    #[test]
    fn order_of_urls_does_not_matter_but_time_does() {
        let urls = |urls: [&str; 2]| urls.map(str::to_owned).to_vec();
        let (ab, ba) = (urls(["http://a:1", "http://b:1"]), urls(["http://b:1", "http://a:1"]));
        assert_eq!(added_member_id(&ab, 5), added_member_id(&ba, 5));
        assert_eq!(added_member_id(&ab, 5), first_member_id(&ab, "5"));
        assert_ne!(added_member_id(&ab, 5), added_member_id(&ab, 6));
    }

    /// Ids of clusters that were started with etcd 3.7.1 and 3.5.1.
    #[test]
    fn cluster_ids_are_etcds() {
        let three = [10592517610304676835, 13894971144036016339, 79456377137097867];
        assert_eq!(cluster_id(three.map(MemberId)), ClusterId(12097023435647646879));
        assert_eq!(cluster_id([MemberId(0x8e9e_05c5_2164_694d)]).to_string(), "cdf818194e3a8c32");
    }
}
