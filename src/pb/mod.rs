//! The messages of etcd's interfaces and files, generated from `proto/`, under etcd's package names; and their
//! companions written by hand: every error text (`rpc_error`), what a raft entry may hold (`request`), and how requests stand in logs
//! (`loggable`).

// Generated code is not ours to lint.
#![allow(missing_docs, unused_qualifications, clippy::all, clippy::pedantic, rustdoc::all)]

pub mod loggable;
pub mod request;
pub mod rpc_error;

/// The client API and the data of raft entries.
pub mod etcdserverpb {
    tonic::include_proto!("etcdserverpb");
}
/// Keys, values and events.
pub mod mvccpb {
    tonic::include_proto!("mvccpb");
}
/// Users, roles and permissions.
pub mod authpb {
    tonic::include_proto!("authpb");
}
/// Cluster requests inside raft entries.
pub mod membershippb {
    tonic::include_proto!("membershippb");
}
/// Lease records.
pub mod leasepb {
    tonic::include_proto!("leasepb");
}
/// The lock service.
pub mod v3lockpb {
    tonic::include_proto!("v3lockpb");
}
/// The election service.
pub mod v3electionpb {
    tonic::include_proto!("v3electionpb");
}
/// Raft's log entries, state and messages. Values of raft-rs never reach disk or wire: see `raft::convert`.
pub mod raftpb {
    tonic::include_proto!("raftpb");
}
/// Records of the write-ahead log.
pub mod walpb {
    tonic::include_proto!("walpb");
}
/// The frame of a `.snap` file.
pub mod snappb {
    tonic::include_proto!("snappb");
}
/// The standard gRPC health service.
pub mod health {
    tonic::include_proto!("grpc.health.v1");
}

/// Servers whose answers are encoded by us; see `build.rs`.
pub(crate) mod encoded {
    include!(concat!(env!("OUT_DIR"), "/etcdserverpb.KV.rs"));
    include!(concat!(env!("OUT_DIR"), "/etcdserverpb.Watch.rs"));
}

/// The descriptors of all of `proto/`, as an encoded `FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
