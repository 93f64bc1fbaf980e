//! `tests/data/samples.txt`: messages that real servers of 3.5.1 and 3.7.1 wrote to files and connections. Our types
//! decode them and give the same bytes again; so field numbers, types, presence and order are etcd's.

use prost::Message;
use rsetcd::pb::{etcdserverpb, mvccpb, raftpb, walpb};

const SAMPLES: &str = include_str!("../data/samples.txt");

/// Encodes what was decoded, or says why that is not possible.
type Again = fn(&[u8]) -> Result<Vec<u8>, prost::DecodeError>;

macro_rules! types {
    ($($package:ident::$name:ident)*) => {
        &[$((
            concat!(stringify!($package), ".", stringify!($name)),
            (|bytes| Ok($package::$name::decode(bytes)?.encode_to_vec())) as Again,
        )),*]
    };
}

const TYPES: &[(&str, Again)] = types! {
    etcdserverpb::AlarmRequest etcdserverpb::AlarmResponse
    etcdserverpb::CompactionRequest etcdserverpb::CompactionResponse
    etcdserverpb::DeleteRangeRequest etcdserverpb::DeleteRangeResponse
    etcdserverpb::HashKvRequest etcdserverpb::HashKvResponse
    etcdserverpb::InternalRaftRequest
    etcdserverpb::MemberListRequest etcdserverpb::MemberListResponse
    etcdserverpb::Metadata
    etcdserverpb::PutRequest etcdserverpb::PutResponse
    etcdserverpb::RangeRequest etcdserverpb::RangeResponse
    etcdserverpb::Request
    etcdserverpb::StatusRequest etcdserverpb::StatusResponse
    etcdserverpb::TxnRequest etcdserverpb::TxnResponse
    etcdserverpb::WatchRequest etcdserverpb::WatchResponse
    mvccpb::KeyValue
    raftpb::ConfChange raftpb::Entry raftpb::HardState raftpb::SnapshotMetadata
    walpb::Record walpb::Snapshot
};

#[test]
fn what_real_servers_wrote_is_encoded_the_same() {
    let mut unused: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
    for line in SAMPLES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, hex) = line.split_once(' ').expect("a name and hex digits");
        // prost writes the name in its own capitals.
        let (_, again) = TYPES
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .unwrap_or_else(|| panic!("no type for {name}"));
        unused.retain(|other| !other.eq_ignore_ascii_case(name));
        let bytes = from_hex(hex);
        let encoded = again(&bytes).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(to_hex(&encoded), hex, "{name}");
    }
    assert!(unused.is_empty(), "no samples of {unused:?}");
}

fn from_hex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex digits");
    (0..text.len()).step_by(2).map(byte).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
