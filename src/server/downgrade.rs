//! A cluster that is to run the release before: validate, begin, cancel, and the leader's look whether it is over.

use tracing::{info, warn};

use super::{Server, ServerError};
use crate::membership::ClusterVersion;
use crate::pb::membershippb::DowngradeInfoSetRequest;
use crate::pb::request::Request;

/// Why a downgrade does not begin.
#[derive(Debug, thiserror::Error)]
pub enum DowngradeError {
    #[error("the target is no version")]
    Format,
    #[error("the cluster has no version yet")]
    NoClusterVersion,
    #[error("the target is not the release before")]
    Target,
    #[error("a downgrade is under way")]
    InProgress,
    #[error(transparent)]
    Server(#[from] ServerError),
}

impl Server {
    /// Whether the cluster could be taken down to `target`.
    ///
    /// # Errors
    /// It could not, or this member cannot tell.
    pub async fn validate_downgrade(&self, target: &str) -> Result<ClusterVersion, DowngradeError> {
        let target = target_version(target).ok_or(DowngradeError::Format)?;
        if self.view().cluster.version().is_none() {
            return Err(DowngradeError::NoClusterVersion);
        }
        self.linearizable().await?;
        let view = self.view();
        check(view.cluster.version(), view.cluster.downgrade(), target)?;
        Ok(target)
    }

    /// Begins a downgrade: the leader lowers the cluster version after that.
    ///
    /// # Errors
    /// As [`Self::validate_downgrade`] and any proposal.
    pub async fn enable_downgrade(&self, target: &str) -> Result<(), DowngradeError> {
        let target = self.validate_downgrade(target).await?;
        let request = DowngradeInfoSetRequest { enabled: true, ver: target.to_string() };
        Ok(self.propose_own(Request::DowngradeInfoSet(request)).await.map(drop)?)
    }

    /// Ends a downgrade, if one is under way: the leader raises the cluster version after that. As etcd 3.7 does, it
    /// keeps to itself what stands against it.
    pub async fn cancel_downgrade(&self) {
        let outcome = async {
            self.linearizable().await?;
            if self.view().cluster.downgrade().is_none() {
                warn!("no downgrade is under way that could be canceled");
                return Ok(());
            }
            self.propose_own(Request::DowngradeInfoSet(DowngradeInfoSetRequest::default())).await.map(drop)
        };
        let outcome: Result<(), ServerError> = outcome.await;
        if let Err(error) = outcome {
            warn!(%error, "failed to cancel downgrade");
        }
    }

    /// Ends a downgrade once all members run its target, as long as this member leads.
    pub async fn monitor_downgrade(&self) {
        loop {
            tokio::time::sleep(self.shared.settings.downgrade_check).await;
            let Some(target) = self.view().cluster.downgrade() else { continue };
            if self.is_leader() && is_over(&self.member_versions(), target) {
                info!("cluster-version" = %target, "the cluster has been downgraded");
                self.cancel_downgrade().await;
            }
        }
    }
}

/// `X.Y.Z`, or `X.Y`.
fn target_version(text: &str) -> Option<ClusterVersion> {
    ClusterVersion::parse(text).or_else(|_| ClusterVersion::parse(&format!("{text}.0"))).ok()
}

fn check(
    present: Option<ClusterVersion>,
    downgrade: Option<ClusterVersion>,
    target: ClusterVersion,
) -> Result<(), DowngradeError> {
    let present = present.ok_or(DowngradeError::NoClusterVersion)?;
    let before = present.minor.checked_sub(1).map(|minor| ClusterVersion::new(present.major, minor));
    if before != Some(target) {
        return Err(DowngradeError::Target);
    }
    if downgrade.is_some() { Err(DowngradeError::InProgress) } else { Ok(()) }
}

fn is_over(members: &[Option<ClusterVersion>], target: ClusterVersion) -> bool {
    members.iter().all(|version| *version == Some(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        for (text, version) in [
            ("3.6.0", Some("3.6.0")),
            ("3.6.14", Some("3.6.0")),
            ("3.6", Some("3.6.0")),
            ("3", None),
            ("", None),
            ("v3.6", None),
            ("3.6.0.0", None),
        ] {
            assert_eq!(target_version(text).map(|version| version.to_string()).as_deref(), version, "{text}");
        }
    }

    #[test]
    fn only_the_release_before_is_a_target_and_only_once() {
        let version = |minor| ClusterVersion::new(3, minor);
        for (present, downgrade, target, refusal) in [
            (Some(7), None, 6, None),
            (Some(7), None, 5, Some("the target is not the release before")),
            (Some(7), None, 7, Some("the target is not the release before")),
            (Some(6), Some(6), 6, Some("the target is not the release before")),
            (Some(6), Some(6), 5, Some("a downgrade is under way")),
            (None, None, 6, Some("the cluster has no version yet")),
        ] {
            let result = check(present.map(version), downgrade.map(version), version(target));
            let text = result.err().map(|error| error.to_string());
            assert_eq!(text.as_deref(), refusal, "{present:?} {downgrade:?} {target}");
        }
    }

    #[test]
    fn a_downgrade_is_over_when_all_members_run_its_target() {
        let (old, new) = (ClusterVersion::new(3, 6), ClusterVersion::new(3, 7));
        for (members, expected) in [
            (&[Some(old), Some(old)][..], true),
            (&[Some(old), Some(new)], false),
            (&[Some(old), None], false),
            (&[Some(new)], false),
        ] {
            assert_eq!(is_over(members, old), expected, "{members:?}");
        }
    }
}
