//! The fields format: one `"Name" : value` a line, strings quoted as Go's `%q`.

use std::fmt::{Display, Write};

use crate::{
    cli::go,
    pb::{
        etcdserverpb::{RangeResponse, ResponseHeader},
        mvccpb::KeyValue,
    },
};

/// Collects the lines of one answer.
pub struct Fields {
    out: String,
    hex: bool,
}

impl Fields {
    /// An empty answer; `hex` prints ids in hexadecimal.
    pub fn new(hex: bool) -> Self {
        Self { out: String::new(), hex }
    }

    /// A value as it is.
    pub fn value(&mut self, name: &str, value: impl Display) -> &mut Self {
        let _ = writeln!(self.out, "\"{name}\" : {value}");
        self
    }

    /// A string or bytes, quoted.
    pub fn text(&mut self, name: &str, value: impl AsRef<[u8]>) -> &mut Self {
        self.value(name, go::quote(value.as_ref()))
    }

    /// Values that each have a blank before them.
    pub fn list(&mut self, name: &str, values: &str) -> &mut Self {
        let _ = writeln!(self.out, "\"{name}\" :{values}");
        self
    }

    /// The id of a cluster or member.
    pub fn id(&mut self, name: &str, id: u64) -> &mut Self {
        if self.hex { self.value(name, format_args!("{id:x}")) } else { self.value(name, id) }
    }

    /// The header of an answer; a revision of zero is no revision.
    pub fn header(&mut self, header: Option<&ResponseHeader>) -> &mut Self {
        let header = header.cloned().unwrap_or_default();
        self.id("ClusterID", header.cluster_id).id("MemberID", header.member_id);
        if header.revision != 0 {
            self.value("Revision", header.revision);
        }
        self.value("RaftTerm", header.raft_term)
    }

    /// The answer of a range.
    pub fn range(&mut self, answer: &RangeResponse) -> &mut Self {
        self.header(answer.header.as_ref());
        for kv in &answer.kvs {
            self.key_value("", kv);
        }
        self.value("More", answer.more).value("Count", answer.count)
    }

    /// A key and its value; `prefix` stands before each name.
    pub fn key_value(&mut self, prefix: &str, kv: &KeyValue) -> &mut Self {
        let name = |what: &str| format!("{prefix}{what}");
        self.text(&name("Key"), &kv.key)
            .value(&name("CreateRevision"), kv.create_revision)
            .value(&name("ModRevision"), kv.mod_revision)
            .value(&name("Version"), kv.version)
            .text(&name("Value"), &kv.value);
        self.lease(&name("Lease"), kv.lease)
    }

    /// The id of a lease.
    pub fn lease(&mut self, name: &str, id: i64) -> &mut Self {
        if self.hex { self.value(name, go::lease_id(id)) } else { self.value(name, id) }
    }

    /// An empty line, which ends an item of a list.
    pub fn blank(&mut self) -> &mut Self {
        self.out.push('\n');
        self
    }

    /// The lines.
    pub fn finish(self) -> String {
        self.out
    }
}
