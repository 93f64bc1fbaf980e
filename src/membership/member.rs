//! One member, and the JSON in which the bucket `members` and conf-change entries hold it:
//!
//! ```text
//! {"id":N,"peerURLs":[…],"isLearner":true,"name":"…","clientURLs":[…],"isPromote":true}
//! ```
//!
//! Always in this order; what is false or empty is left out, but for `peerURLs`, which is then null. `isPromote` occurs in
//! entries only.

use super::json::{self, JsonError};
use crate::types::MemberId;

/// A voter or learner of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    pub id: MemberId,
    pub peer_urls: Vec<String>,
    pub is_learner: bool,
    pub attributes: Attributes,
}

/// What a member says about itself once it has started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Empty until the member has started for the first time.
    pub name: String,
    pub client_urls: Vec<String>,
}

impl Member {
    /// As the bucket `members` holds it.
    pub fn to_json(&self) -> String {
        write(self, false)
    }

    /// # Errors
    /// The text is no JSON object, or a known field has the wrong type.
    pub fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        context(bytes).map(|(member, _)| member)
    }

    /// The context of an entry that adds this member or changes its URLs.
    pub fn to_context(&self) -> String {
        write(self, false)
    }

    /// The context of an entry that promotes the learner `id`.
    pub fn promotion_context(id: MemberId) -> String {
        write(&Self { id, ..Self::default() }, true)
    }
}

/// Reads the context of a conf change: the member, and whether it is to be promoted.
///
/// # Errors
/// The text is no JSON object, or a known field has the wrong type.
pub fn context(bytes: &[u8]) -> Result<(Member, bool), JsonError> {
    let mut member = Member::default();
    let mut is_promote = false;
    for (key, value) in json::fields(bytes)? {
        match &key {
            key if json::is(key, "id") => member.id = MemberId(json::number("id", &value)?),
            key if json::is(key, "peerURLs") => member.peer_urls = json::strings("peerURLs", value)?,
            key if json::is(key, "isLearner") => member.is_learner = json::flag("isLearner", &value)?,
            key if json::is(key, "name") => member.attributes.name = json::string("name", value)?,
            key if json::is(key, "clientURLs") => {
                member.attributes.client_urls = json::strings("clientURLs", value)?;
            }
            key if json::is(key, "isPromote") => is_promote = json::flag("isPromote", &value)?,
            // Go ignores what it does not know.
            _ => {}
        }
    }
    Ok((member, is_promote))
}

fn write(member: &Member, is_promote: bool) -> String {
    let mut out = format!("{{\"id\":{},\"peerURLs\":", member.id.0);
    json::push_strings(&mut out, &member.peer_urls);
    if member.is_learner {
        out.push_str(",\"isLearner\":true");
    }
    if !member.attributes.name.is_empty() {
        out.push_str(",\"name\":");
        json::push_string(&mut out, &member.attributes.name);
    }
    if !member.attributes.client_urls.is_empty() {
        out.push_str(",\"clientURLs\":");
        json::push_strings(&mut out, &member.attributes.client_urls);
    }
    if is_promote {
        out.push_str(",\"isPromote\":true");
    }
    out.push('}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: u64, url: &str, is_learner: bool, name: &str, client_urls: &[&str]) -> Member {
        Member {
            id: MemberId(id),
            peer_urls: vec![url.to_owned()],
            is_learner,
            attributes: Attributes {
                name: name.to_owned(),
                client_urls: client_urls.iter().map(|url| (*url).to_owned()).collect(),
            },
        }
    }

    /// Texts written by etcd 3.7.1.
    #[test]
    fn members_are_written_as_etcd_does() {
        for (member, text) in [
            (
                member(79456377137097867, "http://127.0.0.1:60101", false, "m1", &[]),
                r#"{"id":79456377137097867,"peerURLs":["http://127.0.0.1:60101"],"name":"m1"}"#,
            ),
            (
                member(12755485791323894931, "http://127.0.0.1:1", true, "", &[]),
                r#"{"id":12755485791323894931,"peerURLs":["http://127.0.0.1:1"],"isLearner":true}"#,
            ),
            (
                member(7, "http://a:1", false, "<n>", &["http://a:2", "http://b:2"]),
                "{\"id\":7,\"peerURLs\":[\"http://a:1\"],\"name\":\"\\u003cn\\u003e\",\"clientURLs\":[\"http://a:2\",\"http://b:2\"]}",
            ),
        ] {
            assert_eq!(member.to_json(), text);
            assert_eq!(Member::from_json(text.as_bytes()).unwrap(), member);
        }
        assert_eq!(Member::promotion_context(MemberId(7)), r#"{"id":7,"peerURLs":null,"isPromote":true}"#);
    }

    #[test]
    fn members_are_read_as_go_does() {
        let read = |text: &str| context(text.as_bytes()).map_err(|error| error.to_string());
        let (member, is_promote) =
            read(r#"{"ID":18446744073709551615,"peerurls":null,"ISLEARNER":true,"new":{},"isPromote":true}"#).unwrap();
        assert_eq!((member.id.0, member.peer_urls.len(), member.is_learner, is_promote), (u64::MAX, 0, true, true));
        for (text, error) in [
            ("[]", "JSON is no object"),
            (r#"{"id":"7"}"#, "JSON field id is no number of 64 bits"),
            (r#"{"id":-1}"#, "JSON field id is no number of 64 bits"),
            (r#"{"peerURLs":"a"}"#, "JSON field peerURLs is no list"),
            (r#"{"peerURLs":[1]}"#, "JSON field peerURLs is no string"),
            (r#"{"isLearner":1}"#, "JSON field isLearner is no boolean"),
        ] {
            assert_eq!(read(text).unwrap_err(), error);
        }
        assert!(read("{").unwrap_err().starts_with("not JSON"));
    }
}
