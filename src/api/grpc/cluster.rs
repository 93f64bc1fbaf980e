//! The Cluster service.

use tonic::{Request, Response, Status};

use super::access;
use super::header::header;
use crate::membership;
use crate::pb::etcdserverpb::cluster_server::Cluster;
use crate::pb::etcdserverpb::{
    Member, MemberAddRequest, MemberAddResponse, MemberListRequest, MemberListResponse, MemberPromoteRequest,
    MemberPromoteResponse, MemberRemoveRequest, MemberRemoveResponse, MemberUpdateRequest, MemberUpdateResponse,
    ResponseHeader,
};
use crate::server::caller::Credentials;
use crate::server::{NewMemberUrls, Server};
use crate::telemetry::metrics::server::{LEARNERS_NOT_PROMOTED, LEARNERS_PROMOTED};
use crate::types::MemberId;

pub struct ClusterService {
    server: Server,
}

impl ClusterService {
    pub fn new(server: Server) -> Self {
        Self { server }
    }

    /// Answers of this service tell no revision.
    fn header(&self) -> Option<ResponseHeader> {
        Some(header(&self.server, 0))
    }

    /// All members, by id.
    fn members(&self) -> Vec<Member> {
        self.server.view().cluster.members().map(member).collect()
    }
}

fn member(member: &membership::Member) -> Member {
    Member {
        id: member.id.0,
        name: member.attributes.name.clone(),
        peer_ur_ls: member.peer_urls.clone(),
        client_ur_ls: member.attributes.client_urls.clone(),
        is_learner: member.is_learner,
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
        Ok(Response::new(MemberListResponse { header: self.header(), members: self.members() }))
    }

    async fn member_add(&self, request: Request<MemberAddRequest>) -> Result<Response<MemberAddResponse>, Status> {
        let credentials = Credentials::from(&request);
        let request = request.into_inner();
        let urls = NewMemberUrls::parse(&request.peer_ur_ls)?;
        access::root(&self.server, &credentials).await?;
        let added = self.server.add_member(urls, request.is_learner).await?;
        let answer = MemberAddResponse { header: self.header(), member: Some(member(&added)), members: self.members() };
        Ok(Response::new(answer))
    }

    async fn member_remove(
        &self,
        request: Request<MemberRemoveRequest>,
    ) -> Result<Response<MemberRemoveResponse>, Status> {
        self.server.remove_member(MemberId(request.into_inner().id)).await?;
        Ok(Response::new(MemberRemoveResponse { header: self.header(), members: self.members() }))
    }

    async fn member_update(
        &self,
        request: Request<MemberUpdateRequest>,
    ) -> Result<Response<MemberUpdateResponse>, Status> {
        let request = request.into_inner();
        self.server.update_member(MemberId(request.id), &request.peer_ur_ls).await?;
        Ok(Response::new(MemberUpdateResponse { header: self.header(), members: self.members() }))
    }

    async fn member_promote(
        &self,
        request: Request<MemberPromoteRequest>,
    ) -> Result<Response<MemberPromoteResponse>, Status> {
        let promoted = self.server.promote_member(MemberId(request.into_inner().id)).await.map_err(Status::from);
        match &promoted {
            Ok(()) => LEARNERS_PROMOTED.inc(),
            Err(status) => LEARNERS_NOT_PROMOTED.with_label_values(&[status.message()]).inc(),
        }
        promoted?;
        Ok(Response::new(MemberPromoteResponse { header: self.header(), members: self.members() }))
    }
}
