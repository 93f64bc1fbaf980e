//! The rules by which what depends on the run is replaced, each under its name. All of them are applied to the
//! recorded output and to the one of now, or to the outputs of both servers of a pair.

use prost::Message;
use rsetcd::pb::etcdserverpb::{
    DeleteRangeResponse, MemberListResponse, PutResponse, RangeResponse, ResponseHeader, TxnResponse, WatchResponse,
};

/// The server of a run.
pub struct Run<'a> {
    pub client_url: &'a str,
    pub peer_url: &'a str,
    pub cluster: u64,
    pub member: u64,
}

/// Where the columns of `endpoint status` are, counted from 0.
pub struct Columns {
    pub sizes: &'static [usize],
    pub indexes: &'static [usize],
}

/// Of the release that rsctl follows.
pub const COLUMNS_3_7: Columns = Columns { sizes: &[4, 5, 6], indexes: &[11, 12] };
/// Of etcdctl 3.5.
pub const COLUMNS_3_5: Columns = Columns { sizes: &[3], indexes: &[7, 8] };

/// Output as text: recorded and now.
pub fn lines(text: &str, format: &str, args: &[String], run: &Run) -> String {
    let text = lines_of_pair(text, format, args, run, &COLUMNS_3_7);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        // At revision 6 all runs hold the same; later ones hold a key of `lock`, whose name is the id of a lease.
        ["endpoint", "hashkv"] => hash(&text),
        _ => text,
    }
}

/// Output as text, of two servers with the same history.
pub fn lines_of_pair(text: &str, format: &str, args: &[String], run: &Run, columns: &Columns) -> String {
    let mut text = ids(&endpoints(text, run), run);
    if format == "table" {
        text = widths(&text);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["endpoint", "health", ..] => took(&text),
        ["endpoint", "status", ..] => raft_indexes(&sizes(&text, columns), columns),
        _ => text,
    }
}

/// Rule `versions`: of the server, in `endpoint status`; the two of a pair are of different releases.
pub fn versions(text: &str) -> String {
    text.replace("3.5.1", "VERSION").replace("3.7.1", "VERSION")
}

/// Rule `endpoints`: URLs of clients and peers.
fn endpoints(text: &str, run: &Run) -> String {
    text.replace(run.client_url, "http://CLIENT").replace(run.peer_url, "http://PEER")
}

/// Rule `ids`: cluster and member, decimal and hexadecimal.
fn ids(text: &str, run: &Run) -> String {
    let mut text = text.to_owned();
    for (id, name) in [(run.cluster, "CLUSTER"), (run.member, "MEMBER")] {
        text = text.replace(&id.to_string(), name).replace(&format!("{id:x}"), name);
    }
    text
}

/// Rule `widths`: the columns of a table are as wide as what stands in them.
fn widths(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if !(matches!(c, ' ' | '─' | '-') && out.ends_with(c)) {
            out.push(c);
        }
    }
    out
}

/// Rule `took`: how long something took.
fn took(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let number = rest[at..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len() - at);
        let (before, tail) = rest.split_at(at);
        let (digits, after) = tail.split_at(number);
        out += before;
        match ["ms", "µs", "s"].iter().find_map(|unit| after.strip_prefix(unit)) {
            Some(after) => {
                out += "TOOK";
                rest = after;
            }
            None => {
                out += digits;
                rest = after;
            }
        }
    }
    out + rest
}

/// Rule `sizes`: bytes of the database, all and in use.
fn sizes(text: &str, columns: &Columns) -> String {
    let text =
        ["dbSize", "dbSizeInUse", "DBSize", "DBSizeInUse"].iter().fold(text.to_owned(), |t, name| number(&t, name));
    columns.sizes.iter().fold(text, |text, &column| cell(&text, column, "SIZE"))
}

/// Rule `raft indexes`.
fn raft_indexes(text: &str, columns: &Columns) -> String {
    let names = ["raftIndex", "raftAppliedIndex", "RaftIndex", "RaftAppliedIndex"];
    let text = names.iter().fold(text.to_owned(), |text, name| number(&text, name));
    columns.indexes.iter().fold(text, |text, &column| cell(&text, column, "INDEX"))
}

/// Rule `hash`: of the newest revision.
fn hash(text: &str) -> String {
    let text = ["hash", "Hash"].iter().fold(text.to_owned(), |text, name| number(&text, name));
    cell(&text, 1, "HASH")
}

/// Replaces the number after `"name":` or `"name" : `, wherever it stands.
fn number(text: &str, name: &str) -> String {
    let mut text = text.to_owned();
    for marker in [format!("\"{name}\":"), format!("\"{name}\" : ")] {
        let parts: Vec<&str> = text.split(&marker).collect();
        let cut = |part: &str| part.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned();
        let rest: String = parts[1..].iter().map(|part| format!("{marker}N{}", cut(part))).collect();
        text = parts[0].to_owned() + &rest;
    }
    text
}

/// Replaces one column, counted from 0, of lines with commas and of the body of a table.
fn cell(text: &str, column: usize, with: &str) -> String {
    let replace = |line: &str| {
        let (separator, offset) = match line.chars().next() {
            Some('│') => ("│", 1),
            Some('|') => ("|", 1),
            _ => (", ", 0),
        };
        let mut cells: Vec<&str> = line.split(separator).collect();
        let is_body = cells.iter().any(|cell| cell.contains("http://"));
        if is_body && line.contains(separator) && !line.starts_with(['"', '{', '[']) && column + offset < cells.len() {
            cells[column + offset] = with;
        }
        cells.join(separator)
    };
    text.lines().map(|line| replace(line) + "\n").collect()
}

/// Whether `-w protobuf` writes a message for this command; the others write text.
pub fn has_message(args: &[String]) -> bool {
    let command = args.iter().find(|arg| !arg.starts_with('-')).map_or("", String::as_str);
    ["put", "get", "del", "txn", "watch", "member"].contains(&command)
}

/// A message as text, so that a difference can be read; the rules `ids` and `endpoints`.
pub fn protobuf(bytes: &[u8], args: &[String], run: &Run) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    let header = |header: &mut Option<ResponseHeader>| {
        let header = header.as_mut().expect("each answer has a header");
        assert_eq!((header.cluster_id, header.member_id), (run.cluster, run.member));
        (header.cluster_id, header.member_id) = (0, 0);
    };
    macro_rules! text {
        ($message:ty) => {{
            let mut message = <$message>::decode(bytes).expect("a message");
            header(&mut message.header);
            format!("{message:?}")
        }};
    }
    match args[0].as_str() {
        "put" => text!(PutResponse),
        "get" => text!(RangeResponse),
        "del" => text!(DeleteRangeResponse),
        "txn" => text!(TxnResponse),
        "watch" => text!(WatchResponse),
        "member" => endpoints(&text!(MemberListResponse), run).replace(&run.member.to_string(), "MEMBER"),
        other => panic!("{other} has no message"),
    }
}
