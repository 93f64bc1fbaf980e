//! The Maintenance service.

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tonic::{Request, Response, Status};

use super::access;
use super::check;
use super::header::header;
use super::snapshot;
use super::status::unexpected;
use crate::apply::{Answer, Barrier, gate};
use crate::mvcc::ReadError;
use crate::pb::etcdserverpb::maintenance_server::Maintenance;
use crate::pb::etcdserverpb::{
    AlarmMember, AlarmRequest, AlarmResponse, AlarmType, DefragmentRequest, DefragmentResponse, DowngradeInfo,
    DowngradeRequest, DowngradeResponse, HashKvRequest, HashKvResponse, HashRequest, HashResponse, MoveLeaderRequest,
    MoveLeaderResponse, SnapshotRequest, SnapshotResponse, StatusRequest, StatusResponse,
    downgrade_request::DowngradeAction,
};
use crate::pb::request::Request as Proposal;
use crate::pb::rpc_error::RpcError;
use crate::server::Server;
use crate::server::caller::Credentials;
use crate::storage::backend::Pinned;
use crate::telemetry::metrics::mvcc as mvcc_metrics;
use crate::types::{ETCD_VERSION, MemberId};

pub struct MaintenanceService {
    server: Server,
}

impl MaintenanceService {
    pub fn new(server: Server) -> Self {
        Self { server }
    }
}

#[tonic::async_trait]
impl Maintenance for MaintenanceService {
    async fn alarm(&self, request: Request<AlarmRequest>) -> Result<Response<AlarmResponse>, Status> {
        let credentials = Credentials::from(&request);
        let request = request.into_inner();
        access::alarm(&self.server, &credentials, &request).await?;
        check::alarm(&request)?;
        match self.server.propose(Proposal::Alarm(request), &credentials).await? {
            Answer::Alarm { revision, alarms } => {
                Ok(Response::new(AlarmResponse { header: Some(header(&self.server, revision)), alarms }))
            }
            other => Err(unexpected(&other)),
        }
    }

    async fn status(&self, _request: Request<StatusRequest>) -> Result<Response<StatusResponse>, Status> {
        let view = self.server.view();
        let leader = self.server.leader();
        let no_leader = leader.is_none().then(|| RpcError::NoLeader.text().to_owned());
        let quota = match self.server.limits().quota_backend_bytes {
            0 => gate::DEFAULT_QUOTA_BYTES as i64,
            configured => configured,
        };
        Ok(Response::new(StatusResponse {
            header: Some(header(&self.server, view.kv.revision)),
            version: ETCD_VERSION.to_owned(),
            db_size: view.kv.store.size_bytes() as i64,
            leader: leader.unwrap_or_default().0,
            raft_index: self.server.committed(),
            raft_term: view.term,
            raft_applied_index: view.applied,
            errors: no_leader.into_iter().chain(view.alarms.iter().map(alarm_text)).collect(),
            db_size_in_use: view.kv.store.size_in_use_bytes() as i64,
            is_learner: self.server.is_learner(),
            storage_version: self.server.storage_version().unwrap_or_default(),
            db_size_quota: quota,
            downgrade_info: Some(DowngradeInfo {
                enabled: view.cluster.downgrade().is_some(),
                target_version: view.cluster.downgrade().map(|target| target.to_string()).unwrap_or_default(),
            }),
        }))
    }

    async fn defragment(&self, _: Request<DefragmentRequest>) -> Result<Response<DefragmentResponse>, Status> {
        self.server.defragment().await?;
        Ok(Response::new(DefragmentResponse::default()))
    }

    async fn hash(&self, _: Request<HashRequest>) -> Result<Response<HashResponse>, Status> {
        let work = |barrier: Barrier, pinned: Pinned| {
            let _timer = mvcc_metrics::HASH_SECONDS.start_timer();
            pinned.hash().map(|hash| (barrier.view.kv.revision, hash)).map_err(ReadError::from)
        };
        let (revision, hash) = self.server.run_pinned(work).await??;
        Ok(Response::new(HashResponse { header: Some(header(&self.server, revision)), hash }))
    }

    async fn hash_kv(&self, request: Request<HashKvRequest>) -> Result<Response<HashKvResponse>, Status> {
        let revision = request.into_inner().revision;
        let server = self.server.clone();
        let read = move || {
            let _timer = mvcc_metrics::HASH_REV_SECONDS.start_timer();
            let view = server.view();
            view.kv.store.hash_kv(&view.kv, revision)
        };
        let found = self.server.run_blocking(read).await??;
        Ok(Response::new(HashKvResponse {
            header: Some(header(&self.server, found.current_revision)),
            hash: found.hash,
            compact_revision: found.compact_revision,
            hash_revision: found.hash_revision,
        }))
    }

    type SnapshotStream = BoxStream<'static, Result<SnapshotResponse, Status>>;

    async fn snapshot(&self, _: Request<SnapshotRequest>) -> Result<Response<Self::SnapshotStream>, Status> {
        let export = self.server.export().await?;
        Ok(Response::new(snapshot::stream(self.server.clone(), export).boxed()))
    }

    async fn move_leader(&self, request: Request<MoveLeaderRequest>) -> Result<Response<MoveLeaderResponse>, Status> {
        self.server.move_leader(MemberId(request.into_inner().target_id)).await?;
        Ok(Response::new(MoveLeaderResponse { header: None }))
    }

    async fn downgrade(&self, request: Request<DowngradeRequest>) -> Result<Response<DowngradeResponse>, Status> {
        let request = request.into_inner();
        // As etcd: an error of the server, which the client library does not know.
        let action = DowngradeAction::try_from(request.action)
            .map_err(|_| Status::new(tonic::Code::Unknown, "etcdserver: unknown method"))?;
        match action {
            DowngradeAction::Validate => self.server.validate_downgrade(&request.version).await.map(drop)?,
            DowngradeAction::Enable => self.server.enable_downgrade(&request.version).await?,
            DowngradeAction::Cancel => self.server.cancel_downgrade().await,
        }
        let view = self.server.view();
        let version = view.cluster.version().map(|version| format!("{}.{}", version.major, version.minor));
        Ok(Response::new(DowngradeResponse {
            header: Some(header(&self.server, view.kv.revision)),
            version: version.unwrap_or_default(),
        }))
    }
}

/// An alarm in protobuf's text form.
fn alarm_text(alarm: &AlarmMember) -> String {
    let kind = match AlarmType::try_from(alarm.alarm) {
        Ok(kind) => kind.as_str_name().to_owned(),
        Err(_) => alarm.alarm.to_string(),
    };
    match alarm.member_id {
        0 => format!("alarm:{kind}"),
        id => format!("memberID:{id} alarm:{kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarm_texts() {
        for (member_id, alarm, text) in [
            (10501334649042878790, 1, "memberID:10501334649042878790 alarm:NOSPACE"),
            (0, 2, "alarm:CORRUPT"),
            (3, 9, "memberID:3 alarm:9"),
        ] {
            assert_eq!(alarm_text(&AlarmMember { member_id, alarm }), text);
        }
    }
}
