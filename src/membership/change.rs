//! What a conf-change entry asks for.

use super::json::JsonError;
use super::member::{self, Member};
use crate::pb::raftpb;
use crate::types::MemberId;

/// A change of the membership, as an entry asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A voter, or a learner.
    Add(Member),
    /// A learner becomes a voter.
    Promote(MemberId),
    Remove(MemberId),
    Update {
        id: MemberId,
        peer_urls: Vec<String>,
    },
}

/// Why a change is not made. All members decide alike, from the members they have at that entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    #[error("membership: ID removed")]
    Removed,
    #[error("membership: ID exists")]
    Exists,
    #[error("membership: ID not found")]
    NotFound,
    #[error("membership: peerURL exists")]
    PeerUrlExists,
    #[error("membership: can only promote a learner member")]
    NotLearner,
    #[error("membership: too many learner members in cluster")]
    TooManyLearners,
}

/// A conf change that no etcd member writes, and that would end one.
#[derive(Debug, thiserror::Error)]
pub enum MalformedChange {
    #[error("configuration change type {0} is not known")]
    Type(i32),
    #[error("context of a configuration change: {0}")]
    Context(#[from] JsonError),
    #[error("configuration change of member {node} has a context of member {context}")]
    Ids { node: MemberId, context: MemberId },
}

impl Change {
    /// # Errors
    /// The change is of no known kind, or contradicts itself.
    pub fn parse(change: &raftpb::ConfChange) -> Result<Self, MalformedChange> {
        use raftpb::ConfChangeType as Type;
        let number = change.r#type.unwrap_or(0);
        let kind = Type::try_from(number).map_err(|_| MalformedChange::Type(number))?;
        let node = MemberId(change.node_id());
        if kind == Type::ConfChangeRemoveNode {
            return Ok(Self::Remove(node));
        }
        let (member, is_promote) = member::context(change.context())?;
        if member.id != node {
            return Err(MalformedChange::Ids { node, context: member.id });
        }
        Ok(match kind {
            Type::ConfChangeUpdateNode => Self::Update { id: node, peer_urls: member.peer_urls },
            _ if is_promote => Self::Promote(node),
            Type::ConfChangeAddNode | Type::ConfChangeAddLearnerNode | Type::ConfChangeRemoveNode => Self::Add(member),
        })
    }

    /// The entry's data that asks for this change. `request_id` finds the waiter after it was applied.
    pub fn encode(&self, request_id: u64) -> raftpb::ConfChange {
        use raftpb::ConfChangeType as Type;
        let (kind, id, context) = match self {
            Self::Add(member) if member.is_learner => {
                (Type::ConfChangeAddLearnerNode, member.id, Some(member.to_context()))
            }
            Self::Add(member) => (Type::ConfChangeAddNode, member.id, Some(member.to_context())),
            Self::Promote(id) => (Type::ConfChangeAddNode, *id, Some(Member::promotion_context(*id))),
            Self::Remove(id) => (Type::ConfChangeRemoveNode, *id, None),
            Self::Update { id, peer_urls } => {
                let member = Member { id: *id, peer_urls: peer_urls.clone(), ..Member::default() };
                (Type::ConfChangeUpdateNode, *id, Some(member.to_context()))
            }
        };
        raftpb::ConfChange {
            id: Some(request_id),
            r#type: Some(kind as i32),
            node_id: Some(id.0),
            context: context.map(Into::into),
        }
    }

    pub fn member_id(&self) -> MemberId {
        match self {
            Self::Add(member) => member.id,
            Self::Promote(id) | Self::Remove(id) | Self::Update { id, .. } => *id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_as_they_were_written() {
        let member = |is_learner| Member {
            id: MemberId(7),
            peer_urls: vec!["http://a:1".to_owned()],
            is_learner,
            ..Member::default()
        };
        for (change, kind, context) in [
            (Change::Add(member(false)), 0, r#"{"id":7,"peerURLs":["http://a:1"]}"#),
            (Change::Add(member(true)), 3, r#"{"id":7,"peerURLs":["http://a:1"],"isLearner":true}"#),
            (Change::Promote(MemberId(7)), 0, r#"{"id":7,"peerURLs":null,"isPromote":true}"#),
            (Change::Remove(MemberId(7)), 1, ""),
            (
                Change::Update { id: MemberId(7), peer_urls: vec!["http://b:1".to_owned()] },
                2,
                r#"{"id":7,"peerURLs":["http://b:1"]}"#,
            ),
        ] {
            let encoded = change.encode(9);
            assert_eq!((encoded.id, encoded.r#type, encoded.node_id), (Some(9), Some(kind), Some(7)));
            assert_eq!(encoded.context(), context.as_bytes());
            assert_eq!(Change::parse(&encoded).unwrap(), change);
        }
    }

    #[test]
    fn what_would_end_an_etcd_is_malformed() {
        let parse = |kind, node, context: &'static str| {
            let change = raftpb::ConfChange {
                id: None,
                r#type: Some(kind),
                node_id: Some(node),
                context: Some(context.as_bytes().into()),
            };
            Change::parse(&change).unwrap_err().to_string()
        };
        assert_eq!(parse(4, 7, "{}"), "configuration change type 4 is not known");
        assert_eq!(parse(0, 7, r#"{"id":8}"#), "configuration change of member 7 has a context of member 8");
        assert!(parse(0, 7, "").starts_with("context of a configuration change: not JSON"));
    }
}
