//! What an entry holds, and how etcd-dump-logs prints it.

use prost::Message;

use crate::pb::etcdserverpb::{self as rpc, InternalRaftRequest};
use crate::pb::raftpb::{ConfChange, Entry, EntryType};
use crate::pb::request::EntryData;
use crate::types::MemberId;
use crate::utl::text;

/// Stands for a password, a hash of one, or a token.
const REMOVED: &str = "<value removed>";

/// What an entry holds.
pub enum Content {
    /// `None`: of another form than any release writes.
    ConfChange(Option<ConfChange>),
    /// Without its secrets.
    Internal(Box<InternalRaftRequest>),
    V2(Box<rpc::Request>),
    Unknown,
}

impl Content {
    pub fn of(entry: &Entry) -> Self {
        let data = entry.data.clone().unwrap_or_default();
        match entry.r#type() {
            EntryType::EntryConfChange => Self::ConfChange(ConfChange::decode(data).ok()),
            EntryType::EntryConfChangeV2 => Self::ConfChange(None),
            EntryType::EntryNormal => match EntryData::decode(&data) {
                Ok(EntryData::Internal(request)) => Self::internal(request),
                Ok(EntryData::V2(request)) => Self::V2(request),
                Err(_) => Self::Unknown,
            },
        }
    }

    fn internal(mut request: Box<InternalRaftRequest>) -> Self {
        remove_secrets(&mut request);
        if let Some(change) = &mut request.auth_user_change_password {
            // As etcd-dump-logs: it stands there in any case.
            change.password = REMOVED.into();
        }
        Self::Internal(request)
    }

    /// As etcd-dump-logs prints it.
    pub fn text(&self) -> String {
        match self {
            Self::ConfChange(Some(change)) => {
                format!("method={} id={}", change.r#type().as_str_name(), MemberId(change.node_id()))
            }
            Self::ConfChange(None) | Self::Unknown => "???".into(),
            Self::Internal(request) => {
                let text = text::message("etcdserverpb.InternalRaftRequest", &request.encode_to_vec());
                text.unwrap_or_else(|| "???".into())
            }
            Self::V2(request) => text_of_v2(request),
        }
    }
}

fn text_of_v2(request: &rpc::Request) -> String {
    let path = text::quoted(request.path().as_bytes());
    match request.method() {
        "" => "noop".into(),
        "SYNC" => format!("method=SYNC time=\"{}\"", utc(request.time())),
        method @ ("QGET" | "DELETE") => format!("method={method} path={path}"),
        method => format!("method={method} path={path} val={}", text::quoted(request.val().as_bytes())),
    }
}

/// A time since 1970 as Go prints it.
fn utc(nanoseconds: i64) -> String {
    let (seconds, fraction) = (nanoseconds.div_euclid(1_000_000_000), nanoseconds.rem_euclid(1_000_000_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years begin in March here, so that the leap day is a year's last.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let fraction = match format!(".{fraction:09}").trim_end_matches('0') {
        "." => String::new(),
        digits => digits.into(),
    };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day_of_month:02} {hour:02}:{minute:02}:{second:02}{fraction} +0000 UTC")
}

/// Takes out what must not be printed: passwords and hashes of them, tokens. Was there any?
pub fn remove_secrets(request: &mut InternalRaftRequest) -> bool {
    let mut secrets: Vec<&mut String> = Vec::new();
    if let Some(change) = &mut request.auth_user_change_password {
        secrets.extend([&mut change.password, &mut change.hashed_password]);
    }
    if let Some(add) = &mut request.auth_user_add {
        secrets.extend([&mut add.password, &mut add.hashed_password]);
    }
    if let Some(authenticate) = &mut request.authenticate {
        secrets.extend([&mut authenticate.password, &mut authenticate.simple_token]);
    }
    secrets.retain(|secret| !secret.is_empty());
    let found = !secrets.is_empty();
    secrets.into_iter().for_each(|secret| *secret = REMOVED.into());
    found
}

/// The entry's data; without its secrets, encoded anew, if it holds some.
pub fn data_without_secrets(entry: &Entry) -> bytes::Bytes {
    let data = entry.data.clone().unwrap_or_default();
    if entry.r#type() == EntryType::EntryNormal
        && let Ok(EntryData::Internal(mut request)) = EntryData::decode(&data)
        && remove_secrets(&mut request)
    {
        return request.encode_to_vec().into();
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (nanoseconds, text) in [
            (1, "1970-01-01 00:00:00.000000001 +0000 UTC"),
            (951_782_400_000_000_000, "2000-02-29 00:00:00 +0000 UTC"),
            (-500_000_000, "1969-12-31 23:59:59.5 +0000 UTC"),
            (1_735_689_599_000_000_000, "2024-12-31 23:59:59 +0000 UTC"),
        ] {
            assert_eq!(utc(nanoseconds), text);
        }
    }
}
