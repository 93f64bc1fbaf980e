//! `rsutl get`: keys with their values as they were at a revision, printed as `rsctl get` does.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;

use bytes::Bytes;
use prost::Message;

use super::Failure;
use super::context::Context;
use super::place::Place;
use crate::cli::output::Format;
use crate::cli::output::fields::Fields;
use crate::cli::output::json::{self, Ids};
use crate::cli::output::jsonl::Line;
use crate::offline::current::Identity;
use crate::offline::keyspace::{self, Bounds};
use crate::pb::etcdserverpb::{RangeResponse, ResponseHeader};
use crate::pb::mvccpb::KeyValue;

const FORMATS: [Format; 6] =
    [Format::Simple, Format::Json, Format::Fields, Format::Raw, Format::Jsonl, Format::Protobuf];

/// Get a key, or the keys with a prefix, as they were at a revision
#[derive(clap::Args, Debug)]
pub struct GetArgs {
    /// The key, or what it begins with
    key: OsString,
    #[command(flatten)]
    place: Place,
    /// Revision to read at; 0 for the newest
    #[arg(long, value_name = "REV", default_value_t = 0, hide_default_value = true)]
    rev: i64,
    /// Get the keys that begin with KEY
    #[arg(long)]
    prefix: bool,
    /// Print only values (with -w simple)
    #[arg(long)]
    print_value_only: bool,
}

impl GetArgs {
    pub fn run(self, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        let format = context.format_among(&FORMATS)?;
        let current = self.place.open(None, context.wait())?;
        let bounds = Bounds::read(current.source())?;
        let revision = bounds.revision(self.rev)?;
        let wanted = self.key.as_bytes();
        let selects = |key: &[u8]| if self.prefix { key.starts_with(wanted) } else { key == wanted };
        let keys = keyspace::keys_at(current.source(), revision, selects, |kv| KeyValue {
            key: Bytes::copy_from_slice(kv.key),
            create_revision: kv.create_revision,
            mod_revision: kv.mod_revision,
            version: kv.version,
            value: Bytes::copy_from_slice(kv.value),
            lease: kv.lease,
        })?;
        let kvs: Vec<_> = keys.into_values().collect();
        let header = Some(header(bounds, current.identity()));
        let answer = RangeResponse { header, count: kvs.len() as i64, more: false, kvs };
        self.print(format, &answer, out)
    }

    fn print(&self, format: Format, answer: &RangeResponse, out: &mut dyn Write) -> Result<(), Failure> {
        match format {
            Format::Json => {
                writeln!(out, "{}", json::message(answer, "etcdserverpb.RangeResponse", Ids::Decimal))?;
            }
            Format::Fields => {
                let mut lines = Fields::new(false);
                lines.range(answer);
                out.write_all(lines.finish().as_bytes())?;
            }
            Format::Protobuf => out.write_all(&answer.encode_to_vec())?,
            Format::Simple | Format::Raw | Format::Jsonl | Format::Table | Format::Yaml => {
                for kv in &answer.kvs {
                    self.print_pair(format, kv, out)?;
                }
            }
        }
        Ok(())
    }

    fn print_pair(&self, format: Format, kv: &KeyValue, out: &mut dyn Write) -> Result<(), Failure> {
        match format {
            Format::Raw => out.write_all(&kv.value)?,
            Format::Jsonl => out.write_all(Line::new().pair(kv).finish().as_bytes())?,
            _ => {
                let key = (!self.print_value_only).then_some(&kv.key);
                for bytes in key.into_iter().chain([&kv.value]) {
                    out.write_all(bytes)?;
                    out.write_all(b"\n")?;
                }
            }
        }
        Ok(())
    }
}

/// Of a file nobody knows who wrote it.
fn header(bounds: Bounds, identity: Option<Identity>) -> ResponseHeader {
    ResponseHeader {
        cluster_id: identity.map_or(0, |identity| identity.cluster_id.0),
        member_id: identity.map_or(0, |identity| identity.member_id.0),
        revision: bounds.newest,
        raft_term: identity.map_or(0, |identity| identity.term),
    }
}
