//! Changes of the membership: etcd's checks before one is proposed, then the wait until it is applied.
//!
//! The guards of `--strict-reconfig-check` are plain functions of the members and of who is connected. Not here: what
//! an applied change does (`membership`, `apply`).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Server, ServerError};
use crate::membership::{Change, Cluster, Member, id, urls};
use crate::raft;
use crate::types::MemberId;

/// How often someone who waits for a leader, or for apply, looks again.
const LOOK: Duration = Duration::from_millis(10);

/// Why a change of the membership was not made.
#[derive(Debug, thiserror::Error)]
pub enum ReconfigError {
    /// No URLs, or one that no member could listen on.
    #[error("given member URLs are invalid")]
    Urls,
    #[error("too few members have started")]
    NotEnoughStarted,
    #[error("too few members are connected")]
    Unhealthy,
    #[error("no such member")]
    NotFound,
    #[error("the learner is behind the leader")]
    LearnerBehind,
    #[error(transparent)]
    Server(#[from] ServerError),
}

/// The URLs of a new member: at least one, in order.
#[derive(Debug)]
pub struct NewMemberUrls(Vec<String>);

impl NewMemberUrls {
    /// # Errors
    /// There are none, or one is no URL.
    pub fn parse(texts: &[String]) -> Result<Self, ReconfigError> {
        let mut urls = parsed_urls(texts)?;
        urls.sort_unstable();
        Ok(Self(urls))
    }
}

impl Server {
    /// Adds a voter or a learner, whose id follows from its URLs and the time; gives it as it was added.
    ///
    /// # Errors
    /// The quorum would be in danger, or the members forbid it when it is applied.
    pub async fn add_member(&self, urls: NewMemberUrls, is_learner: bool) -> Result<Member, ReconfigError> {
        let NewMemberUrls(peer_urls) = urls;
        if self.shared.settings.strict_reconfig {
            may_add(&self.view().cluster, is_learner, &|id| self.is_active(id))?;
        }
        let now_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let id = id::added_member_id(&peer_urls, now_s);
        let member = Member { id, peer_urls, is_learner, ..Member::default() };
        self.propose_change(&Change::Add(member.clone())).await?;
        Ok(member)
    }

    /// # Errors
    /// The quorum would be in danger, or there is no such member.
    pub async fn remove_member(&self, id: MemberId) -> Result<(), ReconfigError> {
        if self.shared.settings.strict_reconfig {
            may_remove(&self.view().cluster, id, self.shared.member_id, &|id| self.is_active(id))?;
        }
        Ok(self.propose_change(&Change::Remove(id)).await?)
    }

    /// Changes a member's peer URLs.
    ///
    /// # Errors
    /// The URLs are none (etcd takes anything, and members that know the updated one end on it), there is no such member,
    /// or another one has them.
    pub async fn update_member(&self, id: MemberId, peer_urls: &[String]) -> Result<(), ReconfigError> {
        let peer_urls = parsed_urls(peer_urls)?;
        Ok(self.propose_change(&Change::Update { id, peer_urls }).await?)
    }

    /// Makes a learner a voter. Only the leader knows whether it has caught up.
    ///
    /// # Errors
    /// This member does not lead within the request's time, is behind itself, the learner is behind, or it is none.
    pub async fn promote_member(&self, id: MemberId) -> Result<(), ReconfigError> {
        self.wait_to_lead().await?;
        self.wait_until_applied().await?;
        let raft = &self.shared.raft_status;
        let (Some(learner), Some(leader)) = (raft.matched(id), raft.matched(self.shared.member_id)) else {
            return Err(ReconfigError::NotFound);
        };
        if learner * 10 < leader * 9 {
            return Err(ReconfigError::LearnerBehind);
        }
        if self.shared.settings.strict_reconfig {
            may_promote(&self.view().cluster)?;
        }
        Ok(self.propose_change(&Change::Promote(id)).await?)
    }

    /// Proposes a change and waits until it is applied here. Nothing but the asker's own patience ends the wait; without
    /// a leader nothing is proposed.
    async fn propose_change(&self, change: &Change) -> Result<(), ServerError> {
        while self.leader().is_none() {
            tokio::time::sleep(LOOK).await;
        }
        let id = self.runtime.ids.draw();
        let mut waiting = self.runtime.waiters.register(id, None);
        self.shared.raft.send(raft::Input::ProposeConfChange(change.encode(id))).map_err(|_| ServerError::Stopped)?;
        (&mut waiting.answer).await.unwrap_or(Err(ServerError::Stopped)).map(drop)
    }

    async fn wait_to_lead(&self) -> Result<(), ServerError> {
        let leads = async {
            while !self.is_leader() {
                tokio::time::sleep(LOOK).await;
            }
        };
        let limit = self.shared.settings.request_timeout;
        tokio::time::timeout(limit, leads).await.map_err(|_| ServerError::NoLeader)
    }

    /// Whether this member is connected with that one, or is it. There are no connections between members yet.
    fn is_active(&self, id: MemberId) -> bool {
        id == self.shared.member_id
    }

    /// Whether this member is connected with a quorum of the voters.
    pub(super) fn has_active_quorum(&self) -> bool {
        let view = self.view();
        let voters = || view.cluster.members().filter(|member| !member.is_learner);
        voters().filter(|member| self.is_active(member.id)).count() >= quorum(voters().count())
    }
}

/// At least one, as members write them, in the order given.
fn parsed_urls(texts: &[String]) -> Result<Vec<String>, ReconfigError> {
    if texts.is_empty() {
        return Err(ReconfigError::Urls);
    }
    texts.iter().map(|text| urls::parse(text.trim()).map_err(|_| ReconfigError::Urls)).collect()
}

fn quorum(voters: usize) -> usize {
    voters / 2 + 1
}

fn has_started(member: &Member) -> bool {
    !member.attributes.name.is_empty()
}

/// Whether the quorum survives a member that has not started yet.
fn may_add(cluster: &Cluster, is_learner: bool, is_active: &dyn Fn(MemberId) -> bool) -> Result<(), ReconfigError> {
    let voters: Vec<&Member> = cluster.members().filter(|member| !member.is_learner).collect();
    let started = voters.iter().filter(|member| has_started(member)).count();
    let becomes_two = started == 1 && voters.len() == 1;
    if !is_learner && !becomes_two && started < quorum(voters.len() + 1) {
        return Err(ReconfigError::NotEnoughStarted);
    }
    let active = voters.iter().filter(|member| is_active(member.id)).count();
    if voters.len() > 1 && active < quorum(voters.len() + 1) {
        return Err(ReconfigError::Unhealthy);
    }
    Ok(())
}

/// Whether those that stay are a quorum of their own.
fn may_remove(
    cluster: &Cluster,
    id: MemberId,
    own: MemberId,
    is_active: &dyn Fn(MemberId) -> bool,
) -> Result<(), ReconfigError> {
    if cluster.is_learner(id) {
        return Ok(());
    }
    let voters: Vec<&Member> = cluster.members().filter(|member| !member.is_learner).collect();
    let others: Vec<&&Member> = voters.iter().filter(|member| member.id != id).collect();
    let started = others.iter().filter(|member| has_started(member)).count();
    if started < quorum(others.len()) {
        return Err(ReconfigError::NotEnoughStarted);
    }
    if id != own && !is_active(id) {
        return Ok(());
    }
    let active = voters.iter().filter(|member| is_active(member.id)).count();
    if active.saturating_sub(1) < quorum(voters.len().saturating_sub(1)) {
        return Err(ReconfigError::Unhealthy);
    }
    Ok(())
}

/// Whether the voters that have started are a quorum with one more, which has.
fn may_promote(cluster: &Cluster) -> Result<(), ReconfigError> {
    let voters: Vec<&Member> = cluster.members().filter(|member| !member.is_learner).collect();
    let started = voters.iter().filter(|member| has_started(member)).count();
    if started + 1 < quorum(voters.len() + 1) { Err(ReconfigError::NotEnoughStarted) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::Attributes;
    use crate::types::ClusterId;

    /// One letter a member, ids from 1: `S` a started voter, `u` one that has not, `l` a learner.
    fn cluster(members: &str) -> Cluster {
        let mut cluster = Cluster::new(ClusterId(1));
        for (number, kind) in (1..).zip(members.chars()) {
            let member = Member {
                id: MemberId(number),
                peer_urls: vec![format!("http://m{number}:1")],
                is_learner: kind == 'l',
                attributes: Attributes {
                    name: if kind == 'u' { String::new() } else { format!("m{number}") },
                    client_urls: Vec::new(),
                },
            };
            cluster.apply(&Change::Add(member), 9).unwrap();
        }
        cluster
    }

    fn text(result: Result<(), ReconfigError>) -> &'static str {
        match result {
            Ok(()) => "ok",
            Err(ReconfigError::NotEnoughStarted) => "not enough started",
            Err(ReconfigError::Unhealthy) => "unhealthy",
            Err(error) => panic!("{error}"),
        }
    }

    /// `active` of the members, from the first.
    #[test]
    fn additions_are_guarded() {
        for (members, is_learner, active, expected, why) in [
            ("S", false, 1, "ok", "one becomes two, though one of two is no quorum"),
            ("S", true, 1, "ok", "a learner needs no quorum"),
            ("Su", false, 1, "not enough started", "1 of 3"),
            ("Su", true, 1, "unhealthy", "a learner needs connections: 1 of 3"),
            ("SS", false, 2, "ok", "2 of 3"),
            ("SS", false, 1, "unhealthy", "2 started, 1 connected"),
            ("SSS", false, 2, "unhealthy", "2 of 4"),
            ("SSSl", false, 4, "ok", "learners do not count"),
            ("SSu", false, 3, "not enough started", "2 of 4"),
        ] {
            let result = may_add(&cluster(members), is_learner, &|id| id.0 <= active);
            assert_eq!(text(result), expected, "{members}: {why}");
        }
    }

    #[test]
    fn removals_are_guarded() {
        for (members, id, active, expected, why) in [
            ("S", 1, 1, "not enough started", "nobody would be left"),
            ("S", 7, 1, "ok", "no such member: found out when it is applied"),
            ("Sl", 2, 1, "ok", "a learner"),
            ("Su", 2, 1, "ok", "not connected"),
            ("Su", 1, 1, "not enough started", "0 of 1"),
            ("SS", 2, 2, "ok", "1 of 1 stays"),
            ("SSS", 3, 2, "ok", "not connected"),
            ("SSS", 2, 2, "unhealthy", "1 of 2 stays"),
            ("SSS", 1, 2, "unhealthy", "itself: the same"),
            ("SSS", 1, 3, "ok", "2 of 2 stay"),
        ] {
            let result = may_remove(&cluster(members), MemberId(id), MemberId(1), &|id| id.0 <= active);
            assert_eq!(text(result), expected, "{members} without {id}: {why}");
        }
    }

    #[test]
    fn promotions_are_guarded() {
        for (members, expected) in [("S", "ok"), ("Su", "ok"), ("Suu", "not enough started"), ("SSul", "ok")] {
            assert_eq!(text(may_promote(&cluster(members))), expected, "{members}");
        }
    }

    #[test]
    fn urls_of_members() {
        for (texts, expected) in [
            (&["http://b:1", " HTTP://a:1 "][..], Some(&["http://a:1", "http://b:1"][..])),
            (&["unix://m:1"], Some(&["unix://m:1"])),
            (&[], None),
            (&["foo"], None),
            (&["http://a"], None),
            (&["http://a:1/path"], None),
            (&["http://a:1", ""], None),
        ] {
            let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
            let urls = NewMemberUrls::parse(&texts).ok().map(|urls| urls.0);
            let urls: Option<Vec<&str>> = urls.as_ref().map(|urls| urls.iter().map(String::as_str).collect());
            assert_eq!(urls.as_deref(), expected, "{texts:?}");
        }
        // An update keeps the order, and what goes into the log is what members can read.
        let urls = parsed_urls(&["http://b:1".to_owned(), " HTTP://a:1 ".to_owned()]).ok();
        assert_eq!(urls, Some(vec!["http://b:1".to_owned(), "http://a:1".to_owned()]));
    }
}
