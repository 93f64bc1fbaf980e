//! The Lease service.

use futures_util::stream::{self, BoxStream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

use super::access;
use super::header::header;
use super::kv::admit;
use super::status::unexpected;
use crate::apply::{Answer, gate};
use crate::auth::Access;
use crate::pb::etcdserverpb::lease_server::Lease;
use crate::pb::etcdserverpb::{
    LeaseGrantRequest, LeaseGrantResponse, LeaseKeepAliveRequest, LeaseKeepAliveResponse, LeaseLeasesRequest,
    LeaseLeasesResponse, LeaseRevokeRequest, LeaseRevokeResponse, LeaseStatus, LeaseTimeToLiveRequest,
    LeaseTimeToLiveResponse, ResponseHeader,
};
use crate::pb::request::Request as Proposal;
use crate::server::Server;
use crate::server::caller::Credentials;
use crate::types::LeaseId;

/// What is said of a lease that does not exist.
const UNKNOWN_TTL: i64 = -1;
/// Leases listed on the spot.
const INLINE_LEASES_MAX: usize = 64;

pub struct LeaseService {
    server: Server,
}

impl LeaseService {
    pub fn new(server: Server) -> Self {
        Self { server }
    }

    fn header_now(&self) -> Option<ResponseHeader> {
        Some(header_now(&self.server))
    }
}

/// A header with the newest published revision.
fn header_now(server: &Server) -> ResponseHeader {
    header(server, server.view().kv.revision)
}

#[tonic::async_trait]
impl Lease for LeaseService {
    async fn lease_grant(&self, request: Request<LeaseGrantRequest>) -> Result<Response<LeaseGrantResponse>, Status> {
        let credentials = Credentials::from(&request);
        let mut request = request.into_inner();
        admit(&self.server, gate::LEASE_BYTES).await?;
        access::user(&self.server, &credentials).await?;
        if request.id == 0 {
            request.id = self.server.draw_lease_id().0;
        }
        match self.server.propose(Proposal::LeaseGrant(request), &credentials).await? {
            Answer::LeaseGrant { revision, id, ttl } => Ok(Response::new(LeaseGrantResponse {
                header: Some(header(&self.server, revision)),
                id: id.0,
                ttl,
                error: String::new(),
            })),
            other => Err(unexpected(&other)),
        }
    }

    async fn lease_revoke(
        &self,
        request: Request<LeaseRevokeRequest>,
    ) -> Result<Response<LeaseRevokeResponse>, Status> {
        let credentials = Credentials::from(&request);
        match self.server.propose(Proposal::LeaseRevoke(request.into_inner()), &credentials).await? {
            Answer::LeaseRevoke { revision } => {
                Ok(Response::new(LeaseRevokeResponse { header: Some(header(&self.server, revision)) }))
            }
            other => Err(unexpected(&other)),
        }
    }

    type LeaseKeepAliveStream = BoxStream<'static, Result<LeaseKeepAliveResponse, Status>>;

    async fn lease_keep_alive(
        &self,
        request: Request<Streaming<LeaseKeepAliveRequest>>,
    ) -> Result<Response<Self::LeaseKeepAliveStream>, Status> {
        let credentials = Credentials::from(&request);
        let state = (self.server.clone(), credentials, request.into_inner());
        let answers = stream::try_unfold(state, |(server, credentials, mut requests)| async move {
            let Some(request) = requests.message().await? else { return Ok(None) };
            // Before the renewal, as etcd does.
            let header = Some(header_now(&server));
            access::lease(&server, &credentials, Access::Write, LeaseId(request.id)).await?;
            let ttl = server.renew_lease(LeaseId(request.id)).await?;
            Ok(Some((LeaseKeepAliveResponse { header, id: request.id, ttl }, (server, credentials, requests))))
        });
        Ok(Response::new(answers.boxed()))
    }

    async fn lease_time_to_live(
        &self,
        request: Request<LeaseTimeToLiveRequest>,
    ) -> Result<Response<LeaseTimeToLiveResponse>, Status> {
        let credentials = Credentials::from(&request);
        let LeaseTimeToLiveRequest { id, keys } = request.into_inner();
        let caller = if keys {
            access::lease(&self.server, &credentials, Access::Read, LeaseId(id)).await?
        } else {
            access::user(&self.server, &credentials).await?
        };
        let standing = self.server.lease_standing(LeaseId(id)).await?;
        let mut attached = Vec::new();
        if keys {
            // Keys that were attached meanwhile are the caller's to see, too.
            attached = self.server.readable_keys(&caller, LeaseId(id)).await?;
            access::after_read(&self.server, &caller)?;
        }
        let header = self.header_now();
        Ok(Response::new(match standing {
            Some(lease) => {
                LeaseTimeToLiveResponse { header, id, ttl: lease.left, granted_ttl: lease.granted, keys: attached }
            }
            None => LeaseTimeToLiveResponse { header, id, ttl: UNKNOWN_TTL, granted_ttl: 0, keys: Vec::new() },
        }))
    }

    async fn lease_leases(
        &self,
        request: Request<LeaseLeasesRequest>,
    ) -> Result<Response<LeaseLeasesResponse>, Status> {
        access::all_leases(&self.server, &Credentials::from(&request)).await?;
        let server = self.server.clone();
        let list = move || server.lease_ids();
        let is_small = self.server.view().leases.read().len() <= INLINE_LEASES_MAX;
        let ids = if is_small { list() } else { self.server.run_blocking(list).await? };
        let leases = ids.into_iter().map(|LeaseId(id)| LeaseStatus { id }).collect();
        Ok(Response::new(LeaseLeasesResponse { header: self.header_now(), leases }))
    }
}
