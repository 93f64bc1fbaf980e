//! The Election service.

use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt};
use tonic::{Code, Request, Response, Status};

use super::local::{Services, failed};
use crate::client::concurrency::{self, Election as Candidates};
use crate::pb::etcdserverpb::ResponseHeader;
use crate::pb::v3electionpb::election_server::Election;
use crate::pb::v3electionpb::{
    CampaignRequest, CampaignResponse, LeaderKey, LeaderRequest, LeaderResponse, ProclaimRequest, ProclaimResponse,
    ResignRequest, ResignResponse,
};

pub struct ElectionService {
    services: Arc<Services>,
}

impl ElectionService {
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

#[tonic::async_trait]
impl Election for ElectionService {
    async fn campaign(&self, request: Request<CampaignRequest>) -> Result<Response<CampaignResponse>, Status> {
        let (store, CampaignRequest { name, lease, value }) = self.services.of(request);
        let lease = store.lease(lease).await?;
        let won = Candidates::new(&store, &name).campaign(lease, value).await.map_err(failed)?;
        let leader = LeaderKey { name, key: won.key, rev: won.revision, lease };
        Ok(Response::new(CampaignResponse { header: Some(won.header), leader: Some(leader) }))
    }

    async fn proclaim(&self, request: Request<ProclaimRequest>) -> Result<Response<ProclaimResponse>, Status> {
        let (store, ProclaimRequest { leader, value }) = self.services.of(request);
        let mut leader = leader.ok_or_else(no_leader_field)?;
        // As etcd: who does not say on which lease the key hangs lets it hang on a new one.
        leader.lease = store.lease(leader.lease).await?;
        let election = Candidates::new(&store, &leader.name);
        let header = election.proclaim(&winner(leader), value).await.map_err(failed)?;
        Ok(Response::new(ProclaimResponse { header: Some(header) }))
    }

    async fn leader(&self, request: Request<LeaderRequest>) -> Result<Response<LeaderResponse>, Status> {
        let (store, LeaderRequest { name }) = self.services.of(request);
        let (header, kv) = Candidates::new(&store, &name).leader().await.map_err(failed)?;
        Ok(Response::new(LeaderResponse { header: Some(header), kv: Some(kv) }))
    }

    type ObserveStream = BoxStream<'static, Result<LeaderResponse, Status>>;

    async fn observe(&self, request: Request<LeaderRequest>) -> Result<Response<Self::ObserveStream>, Status> {
        let (store, LeaderRequest { name }) = self.services.of(request);
        let observer = Candidates::new(&store, &name).observe();
        // As etcd: when a call fails the stream ends, without an error.
        let seen = stream::unfold(observer, |mut observer| async {
            let seen = observer.next().await.ok()?;
            Some((Ok(LeaderResponse { header: Some(seen.header), kv: Some(seen.leader) }), observer))
        });
        Ok(Response::new(seen.boxed()))
    }

    async fn resign(&self, request: Request<ResignRequest>) -> Result<Response<ResignResponse>, Status> {
        let (store, ResignRequest { leader }) = self.services.of(request);
        let leader = leader.ok_or_else(no_leader_field)?;
        let election = Candidates::new(&store, &leader.name);
        let header = election.resign(&winner(leader)).await.map_err(failed)?;
        Ok(Response::new(ResignResponse { header: Some(header) }))
    }
}

/// The leader whose key the client holds.
fn winner(leader: LeaderKey) -> concurrency::Leader {
    let header = ResponseHeader::default();
    concurrency::Leader { key: leader.key, revision: leader.rev, lease: leader.lease, header }
}

fn no_leader_field() -> Status {
    Status::new(Code::Unknown, "\"leader\" field must be provided")
}
