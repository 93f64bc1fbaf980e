//! What `-w protobuf` writes, as text, so that a difference can be read. The ids of the run are checked and left out.

use prost::Message;
use rsetcd::pb::etcdserverpb::{
    AlarmResponse, DeleteRangeResponse, DowngradeResponse, MemberAddResponse, MemberListResponse, PutResponse,
    RangeResponse, ResponseHeader, TxnResponse, WatchResponse,
};

use crate::normal::{Run, endpoints, fresh};

/// Whether `-w protobuf` writes a message for this command; the others write text.
pub fn has_message(args: &[String]) -> bool {
    let args: Vec<&str> = args.iter().map(String::as_str).filter(|arg| !arg.starts_with('-')).collect();
    match args[..] {
        ["auth", "enable" | "disable", ..] => false,
        ["put" | "get" | "del" | "txn" | "watch" | "member" | "lease" | "alarm" | "downgrade" | "elect", ..] => true,
        ["user" | "role" | "auth", ..] => true,
        _ => false,
    }
}

/// A message as text, by the rules `ids`, `endpoints`, `fresh` and `order`.
///
/// # Panics
/// It is none, or has ids of another member, or fields that are unknown or not in their order.
pub fn protobuf(bytes: &[u8], args: &[String], run: &Run) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    let header = |header: Option<&mut ResponseHeader>| {
        let header = header.expect("each answer has a header");
        assert_eq!((header.cluster_id, header.member_id), (run.cluster, run.member));
        (header.cluster_id, header.member_id) = (0, 0);
    };
    macro_rules! message {
        ($message:ty) => {{
            let message = <$message>::decode(bytes).expect("a message");
            assert_eq!(message.encode_to_vec(), bytes, "{args:?} {message:?}");
            message
        }};
    }
    macro_rules! text {
        ($message:ty) => {{
            let mut message = message!($message);
            header(message.header.as_mut());
            format!("{message:?}")
        }};
    }
    let members = |text: &str| endpoints(text, run).replace(&run.member.to_string(), "MEMBER");
    match args[0].as_str() {
        "put" => text!(PutResponse),
        "get" => text!(RangeResponse),
        "elect" => fresh(&text!(RangeResponse)),
        "del" => text!(DeleteRangeResponse),
        "txn" => text!(TxnResponse),
        // Several messages, which are read as one.
        "watch" => {
            let mut message = WatchResponse::decode(bytes).expect("a message");
            header(message.header.as_mut());
            format!("{message:?}")
        }
        // Around headers the bytes are told as they are; there may be prompts and lines of text before them.
        "user" | "role" | "auth" => {
            let (mut text, mut rest) = (String::new(), bytes);
            let is_header = |part: &[u8]| part[0] == b'\n' && part[2] == 8;
            while let Some(at) = rest.windows(3).position(is_header) {
                let (start, end) = (at + 2, at + 2 + usize::from(rest[at + 1]));
                let mut message = ResponseHeader::decode(&rest[start..end]).expect("a header");
                header(Some(&mut message));
                text += &format!("{} {message:?} ", rest[..at].escape_ascii());
                rest = &rest[end..];
            }
            format!("{text}{}", rest.escape_ascii())
        }
        // Of leases the header alone is written.
        "lease" => {
            let mut message = message!(ResponseHeader);
            header(Some(&mut message));
            format!("{message:?}")
        }
        // What was disarmed comes without a header.
        "alarm" if args[1] == "disarm" => members(&format!("{:?}", message!(AlarmResponse))),
        "alarm" => members(&text!(AlarmResponse)),
        "downgrade" => text!(DowngradeResponse),
        "member" if args[1] == "add" => {
            let mut message = message!(MemberAddResponse);
            header(message.header.as_mut());
            message.members.sort_by(|a, b| a.name.cmp(&b.name));
            fresh(&members(&format!("{message:?}")))
        }
        "member" => {
            let mut message = message!(MemberListResponse);
            header(message.header.as_mut());
            message.members.sort_by(|a, b| a.name.cmp(&b.name));
            fresh(&members(&format!("{message:?}")))
        }
        other => panic!("{other} has no message"),
    }
}
