//! What a request of the v2 store says about the cluster. Logs written up to etcd 3.6 hold them; of their paths only
//! two mean anything in a cluster of the v3 API.

use serde::Deserialize;

use super::Attributes;
use crate::pb::etcdserverpb::Request;
use crate::types::MemberId;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum V2Change {
    /// The cluster version, as text.
    Version(String),
    /// What a member says about itself.
    Attributes(MemberId, Attributes),
    /// Reads, and the expiry of v2 keys.
    Nothing,
    /// Data of a client of the v2 API.
    UserData,
}

/// Member attributes that are no JSON of the known form.
#[derive(Debug, thiserror::Error)]
#[error("malformed attributes of member {member} in a v2 request: {source}")]
pub struct MalformedAttributes {
    member: MemberId,
    source: serde_json::Error,
}

#[derive(Deserialize)]
struct AttributesJson {
    #[serde(default)]
    name: String,
    #[serde(default, rename = "clientURLs")]
    client_urls: Option<Vec<String>>,
}

impl V2Change {
    /// # Errors
    /// Attributes that do not parse.
    pub fn parse(request: &Request) -> Result<Self, MalformedAttributes> {
        match (request.method(), path(request.path())) {
            ("PUT", Path::Version) => Ok(Self::Version(request.val().to_owned())),
            ("PUT", Path::Attributes(member)) => {
                let json: AttributesJson =
                    serde_json::from_str(request.val()).map_err(|source| MalformedAttributes { member, source })?;
                let attributes = Attributes { name: json.name, client_urls: json.client_urls.unwrap_or_default() };
                Ok(Self::Attributes(member, attributes))
            }
            ("QGET" | "SYNC", _) => Ok(Self::Nothing),
            _ => Ok(Self::UserData),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Path {
    Version,
    Attributes(MemberId),
    Other,
}

fn path(path: &str) -> Path {
    if path == "/0/version" {
        return Path::Version;
    }
    path.strip_prefix("/0/members/")
        .and_then(|rest| rest.strip_suffix("/attributes"))
        .and_then(|id| MemberId::parse(id).ok())
        .map_or(Path::Other, Path::Attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_mean_what_their_paths_say() {
        let id = MemberId(0x8e9e_05c5_2164_694d);
        let attributes = Attributes { name: "m1".into(), client_urls: vec!["http://a:1".into()] };
        let of_member = "/0/members/8e9e05c52164694d/attributes";
        for (method, path, value, wanted) in [
            ("PUT", "/0/version", "3.5.0", Some(V2Change::Version("3.5.0".into()))),
            (
                "PUT",
                of_member,
                r#"{"name":"m1","clientURLs":["http://a:1"]}"#,
                Some(V2Change::Attributes(id, attributes)),
            ),
            ("PUT", of_member, "{}", Some(V2Change::Attributes(id, Attributes::default()))),
            ("PUT", of_member, "{", None),
            ("DELETE", "/0/version", "", Some(V2Change::UserData)),
            ("PUT", "/0/members/8e9e05c52164694d/raftAttributes", "", Some(V2Change::UserData)),
            ("PUT", "/0/members/xyz/attributes", "", Some(V2Change::UserData)),
            ("PUT", "/1/version", "", Some(V2Change::UserData)),
            ("QGET", "/1/a", "", Some(V2Change::Nothing)),
            ("SYNC", "", "", Some(V2Change::Nothing)),
        ] {
            let request = Request {
                method: Some(method.to_owned()),
                path: Some(path.to_owned()),
                val: Some(value.to_owned()),
                ..Request::default()
            };
            assert_eq!(V2Change::parse(&request).ok(), wanted, "{method} {path}");
        }
    }
}
