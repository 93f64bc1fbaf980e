//! The Auth service. All of it goes through raft; passwords are hashed and compared before, on threads of their own.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tonic::{Request, Response, Status};

use super::access;
use super::header::header;
use super::status::unexpected;
use crate::apply::{Answer, AuthAnswer};
use crate::auth::AuthError;
use crate::pb::etcdserverpb::auth_server::Auth;
use crate::pb::etcdserverpb::{self as pb, ResponseHeader};
use crate::pb::request::Request as Proposal;
use crate::pb::rpc_error::RpcError;
use crate::server::caller::Credentials;
use crate::server::{Server, ServerError};

/// Bytes of a name. etcd's backend takes no longer keys: an entry with one ends every member of a real etcd cluster.
const NAME_MAX: usize = 32 * 1024;

pub struct AuthService {
    server: Server,
}

impl AuthService {
    pub fn new(server: Server) -> Self {
        Self { server }
    }

    async fn ask(
        &self,
        request: Proposal,
        credentials: &Credentials,
    ) -> Result<(Option<ResponseHeader>, AuthAnswer), Status> {
        match self.server.propose(request, credentials).await? {
            Answer::Auth { revision, answer } => Ok((Some(header(&self.server, revision)), answer)),
            other => Err(unexpected(&other)),
        }
    }

    /// Asks for a change: its answer is a header.
    async fn change(&self, request: Proposal, credentials: &Credentials) -> Result<Option<ResponseHeader>, Status> {
        Ok(self.ask(request, credentials).await?.0)
    }

    async fn names(
        &self,
        request: Proposal,
        credentials: &Credentials,
    ) -> Result<(Option<ResponseHeader>, Vec<String>), Status> {
        match self.ask(request, credentials).await? {
            (header, AuthAnswer::Names(names)) => Ok((header, names)),
            (_, other) => Err(unexpected(&other)),
        }
    }

    /// The base64 of the password's hash: what may stand in the log. Costly, so it is done for root alone.
    async fn hashed(&self, password: String) -> Result<String, Status> {
        Ok(BASE64_STANDARD.encode(self.server.hash_password(password).await?))
    }

    /// A token for whom the password proves. Begins again while users and roles change meanwhile: the password that
    /// was compared may be an old one.
    async fn token(&self, request: &pb::AuthenticateRequest) -> Result<(Option<ResponseHeader>, String), Status> {
        loop {
            let view = self.server.view();
            let revision = view.auth.revision();
            let hash = match view.auth.password_hash(&request.name) {
                Ok(hash) => Some(hash),
                Err(AuthError::Failed) => None,
                Err(error) => return Err(error.into()),
            };
            drop(view);
            let tokens = self.server.tokens();
            let simple_token = tokens.draw().map_err(ServerError::from)?;
            if !self.server.is_password(&request.password, hash.as_deref()).await? {
                return Err(AuthError::Failed.into());
            }
            let entry =
                pb::InternalAuthenticateRequest { name: request.name.clone(), simple_token, ..Default::default() };
            let answer = self.server.propose_own(Proposal::Authenticate(entry)).await?;
            if self.server.view().auth.revision() != revision {
                continue;
            }
            let Answer::Auth { revision: kv_revision, answer: AuthAnswer::Token(token) } = answer else {
                return Err(unexpected(&answer));
            };
            let token = if tokens.are_signed() {
                let (signer, name) = (tokens.clone(), request.name.clone());
                let signed = self.server.run_blocking(move || signer.issue(&name, revision)).await?;
                signed.map_err(ServerError::from)?.unwrap_or(token.0)
            } else {
                token.0
            };
            return Ok((Some(header(&self.server, kv_revision)), token));
        }
    }
}

fn check_name(name: &str) -> Result<(), Status> {
    if name.len() > NAME_MAX { Err(RpcError::RequestTooLarge.into()) } else { Ok(()) }
}

type Answered<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Auth for AuthService {
    async fn auth_enable(&self, request: Request<pb::AuthEnableRequest>) -> Answered<pb::AuthEnableResponse> {
        let credentials = Credentials::from(&request);
        let header = self.change(Proposal::AuthEnable(request.into_inner()), &credentials).await?;
        Ok(Response::new(pb::AuthEnableResponse { header }))
    }

    async fn auth_disable(&self, request: Request<pb::AuthDisableRequest>) -> Answered<pb::AuthDisableResponse> {
        let credentials = Credentials::from(&request);
        let header = self.change(Proposal::AuthDisable(request.into_inner()), &credentials).await?;
        Ok(Response::new(pb::AuthDisableResponse { header }))
    }

    async fn auth_status(&self, request: Request<pb::AuthStatusRequest>) -> Answered<pb::AuthStatusResponse> {
        let credentials = Credentials::from(&request);
        match self.ask(Proposal::AuthStatus(request.into_inner()), &credentials).await? {
            (header, AuthAnswer::Status { is_enabled, auth_revision }) => {
                Ok(Response::new(pb::AuthStatusResponse { header, enabled: is_enabled, auth_revision }))
            }
            (_, other) => Err(unexpected(&other)),
        }
    }

    async fn authenticate(&self, request: Request<pb::AuthenticateRequest>) -> Answered<pb::AuthenticateResponse> {
        self.server.linearizable().await?;
        let (header, token) = self.token(request.get_ref()).await?;
        Ok(Response::new(pb::AuthenticateResponse { header, token }))
    }

    async fn user_add(&self, request: Request<pb::AuthUserAddRequest>) -> Answered<pb::AuthUserAddResponse> {
        let credentials = Credentials::from(&request);
        let mut request = request.into_inner();
        check_name(&request.name)?;
        let password = std::mem::take(&mut request.password);
        access::root(&self.server, &credentials).await?;
        let has_password = !request.options.is_some_and(|options| options.no_password);
        request.hashed_password = if has_password { self.hashed(password).await? } else { String::new() };
        let header = self.change(Proposal::AuthUserAdd(request), &credentials).await?;
        Ok(Response::new(pb::AuthUserAddResponse { header }))
    }

    async fn user_get(&self, request: Request<pb::AuthUserGetRequest>) -> Answered<pb::AuthUserGetResponse> {
        let credentials = Credentials::from(&request);
        let (header, roles) = self.names(Proposal::AuthUserGet(request.into_inner()), &credentials).await?;
        Ok(Response::new(pb::AuthUserGetResponse { header, roles }))
    }

    async fn user_list(&self, request: Request<pb::AuthUserListRequest>) -> Answered<pb::AuthUserListResponse> {
        let credentials = Credentials::from(&request);
        let (header, users) = self.names(Proposal::AuthUserList(request.into_inner()), &credentials).await?;
        Ok(Response::new(pb::AuthUserListResponse { header, users }))
    }

    async fn user_delete(&self, request: Request<pb::AuthUserDeleteRequest>) -> Answered<pb::AuthUserDeleteResponse> {
        let credentials = Credentials::from(&request);
        let header = self.change(Proposal::AuthUserDelete(request.into_inner()), &credentials).await?;
        Ok(Response::new(pb::AuthUserDeleteResponse { header }))
    }

    async fn user_change_password(
        &self,
        request: Request<pb::AuthUserChangePasswordRequest>,
    ) -> Answered<pb::AuthUserChangePasswordResponse> {
        let credentials = Credentials::from(&request);
        let mut request = request.into_inner();
        access::root(&self.server, &credentials).await?;
        let password = std::mem::take(&mut request.password);
        // As etcd: an empty one takes the hash away, and with it every way to log in by a password.
        request.hashed_password = if password.is_empty() { String::new() } else { self.hashed(password).await? };
        let header = self.change(Proposal::AuthUserChangePassword(request), &credentials).await?;
        Ok(Response::new(pb::AuthUserChangePasswordResponse { header }))
    }

    async fn user_grant_role(
        &self,
        request: Request<pb::AuthUserGrantRoleRequest>,
    ) -> Answered<pb::AuthUserGrantRoleResponse> {
        let credentials = Credentials::from(&request);
        let header = self.change(Proposal::AuthUserGrantRole(request.into_inner()), &credentials).await?;
        Ok(Response::new(pb::AuthUserGrantRoleResponse { header }))
    }

    async fn user_revoke_role(
        &self,
        request: Request<pb::AuthUserRevokeRoleRequest>,
    ) -> Answered<pb::AuthUserRevokeRoleResponse> {
        let credentials = Credentials::from(&request);
        let header = self.change(Proposal::AuthUserRevokeRole(request.into_inner()), &credentials).await?;
        Ok(Response::new(pb::AuthUserRevokeRoleResponse { header }))
    }

    async fn role_add(&self, request: Request<pb::AuthRoleAddRequest>) -> Answered<pb::AuthRoleAddResponse> {
        let credentials = Credentials::from(&request);
        check_name(&request.get_ref().name)?;
        let header = self.change(Proposal::AuthRoleAdd(request.into_inner()), &credentials).await?;
        Ok(Response::new(pb::AuthRoleAddResponse { header }))
    }

    async fn role_get(&self, request: Request<pb::AuthRoleGetRequest>) -> Answered<pb::AuthRoleGetResponse> {
        let credentials = Credentials::from(&request);
        match self.ask(Proposal::AuthRoleGet(request.into_inner()), &credentials).await? {
            (header, AuthAnswer::Permissions(perm)) => Ok(Response::new(pb::AuthRoleGetResponse { header, perm })),
            (_, other) => Err(unexpected(&other)),
        }
    }

    async fn role_list(&self, request: Request<pb::AuthRoleListRequest>) -> Answered<pb::AuthRoleListResponse> {
        let credentials = Credentials::from(&request);
        let (header, roles) = self.names(Proposal::AuthRoleList(request.into_inner()), &credentials).await?;
        Ok(Response::new(pb::AuthRoleListResponse { header, roles }))
    }

    async fn role_delete(&self, request: Request<pb::AuthRoleDeleteRequest>) -> Answered<pb::AuthRoleDeleteResponse> {
        let credentials = Credentials::from(&request);
        let header = self.change(Proposal::AuthRoleDelete(request.into_inner()), &credentials).await?;
        Ok(Response::new(pb::AuthRoleDeleteResponse { header }))
    }

    async fn role_grant_permission(
        &self,
        request: Request<pb::AuthRoleGrantPermissionRequest>,
    ) -> Answered<pb::AuthRoleGrantPermissionResponse> {
        let credentials = Credentials::from(&request);
        let header = self.change(Proposal::AuthRoleGrantPermission(request.into_inner()), &credentials).await?;
        Ok(Response::new(pb::AuthRoleGrantPermissionResponse { header }))
    }

    async fn role_revoke_permission(
        &self,
        request: Request<pb::AuthRoleRevokePermissionRequest>,
    ) -> Answered<pb::AuthRoleRevokePermissionResponse> {
        let credentials = Credentials::from(&request);
        let header = self.change(Proposal::AuthRoleRevokePermission(request.into_inner()), &credentials).await?;
        Ok(Response::new(pb::AuthRoleRevokePermissionResponse { header }))
    }
}
