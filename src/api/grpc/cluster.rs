//! The Cluster service.

use tonic::{Request, Response, Status};

use super::access;
use super::header::header;
use super::unsupported::unsupported;
use crate::pb::etcdserverpb::cluster_server::Cluster;
use crate::pb::etcdserverpb::{
    Member, MemberAddRequest, MemberAddResponse, MemberListRequest, MemberListResponse, MemberPromoteRequest,
    MemberPromoteResponse, MemberRemoveRequest, MemberRemoveResponse, MemberUpdateRequest, MemberUpdateResponse,
};
use crate::server::Server;
use crate::server::caller::Credentials;

pub struct ClusterService {
    server: Server,
}

impl ClusterService {
    pub fn new(server: Server) -> Self {
        Self { server }
    }
}

#[tonic::async_trait]
impl Cluster for ClusterService {
    async fn member_list(&self, request: Request<MemberListRequest>) -> Result<Response<MemberListResponse>, Status> {
        let credentials = Credentials::from(&request);
        if request.into_inner().linearizable {
            self.server.linearizable().await?;
        }
        access::user(&self.server, &credentials).await?;
        let view = self.server.view();
        let members = view.cluster.members().map(|member| Member {
            id: member.id.0,
            name: member.attributes.name.clone(),
            peer_ur_ls: member.peer_urls.clone(),
            client_ur_ls: member.attributes.client_urls.clone(),
            is_learner: member.is_learner,
        });
        Ok(Response::new(MemberListResponse { header: Some(header(&self.server, 0)), members: members.collect() }))
    }

    async fn member_add(&self, _: Request<MemberAddRequest>) -> Result<Response<MemberAddResponse>, Status> {
        Err(unsupported("MemberAdd"))
    }

    async fn member_remove(&self, _: Request<MemberRemoveRequest>) -> Result<Response<MemberRemoveResponse>, Status> {
        Err(unsupported("MemberRemove"))
    }

    async fn member_update(&self, _: Request<MemberUpdateRequest>) -> Result<Response<MemberUpdateResponse>, Status> {
        Err(unsupported("MemberUpdate"))
    }

    async fn member_promote(
        &self,
        _: Request<MemberPromoteRequest>,
    ) -> Result<Response<MemberPromoteResponse>, Status> {
        Err(unsupported("MemberPromote"))
    }
}
