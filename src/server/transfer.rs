//! Moving leadership to another member.

use super::Server;
use crate::raft;
use crate::types::MemberId;

/// Why leadership does not move.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error("this member does not lead")]
    NotLeader,
    #[error("the target is no voter")]
    BadTarget,
    #[error("raft has stopped")]
    Stopped,
}

impl Server {
    /// Hands leadership to `target` and waits until it leads. Nothing but the asker's own patience ends the wait.
    ///
    /// # Errors
    /// This member does not lead, or the target is no voter.
    pub async fn move_leader(&self, target: MemberId) -> Result<(), TransferError> {
        if !self.is_leader() {
            return Err(TransferError::NotLeader);
        }
        let view = self.view();
        if !view.cluster.members().any(|member| member.id == target && !member.is_learner) {
            return Err(TransferError::BadTarget);
        }
        if target != self.shared.member_id {
            self.shared.raft.send(raft::Input::TransferLeader(target)).map_err(|_| TransferError::Stopped)?;
        }
        while self.leader() != Some(target) {
            tokio::time::sleep(self.shared.settings.tick).await;
        }
        Ok(())
    }
}
