//! The Lock service.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::local::{Services, failed};
use crate::client::Delete;
use crate::client::concurrency::{Mutex, Store};
use crate::pb::v3lockpb::lock_server::Lock;
use crate::pb::v3lockpb::{LockRequest, LockResponse, UnlockRequest, UnlockResponse};

pub struct LockService {
    services: Arc<Services>,
}

impl LockService {
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

#[tonic::async_trait]
impl Lock for LockService {
    async fn lock(&self, request: Request<LockRequest>) -> Result<Response<LockResponse>, Status> {
        let (store, LockRequest { name, lease }) = self.services.of(request);
        let lease = store.lease(lease).await?;
        let locked = Mutex::with_lease(store, &name, lease).lock().await.map_err(failed)?;
        Ok(Response::new(LockResponse { header: Some(*locked.header()), key: locked.key().clone() }))
    }

    async fn unlock(&self, request: Request<UnlockRequest>) -> Result<Response<UnlockResponse>, Status> {
        let (store, UnlockRequest { key }) = self.services.of(request);
        let deleted = store.delete(Delete::new(key).into()).await.map_err(|status| failed(status.into()))?;
        Ok(Response::new(UnlockResponse { header: deleted.header }))
    }
}
