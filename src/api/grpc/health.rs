//! The standard health service. Only the server as a whole, under the empty name, has a status.

use std::collections::HashMap;

use futures_util::stream::{self, BoxStream, StreamExt};
use tonic::{Code, Request, Response, Status};

use crate::pb::health::health_check_response::ServingStatus;
use crate::pb::health::health_server::Health;
use crate::pb::health::{HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse};
use crate::server::Server;

pub struct HealthService {
    server: Server,
}

impl HealthService {
    pub fn new(server: Server) -> Self {
        Self { server }
    }

    fn status(&self) -> HealthCheckResponse {
        answer(status_of(*self.server.serving().borrow()))
    }
}

fn status_of(is_serving: bool) -> ServingStatus {
    if is_serving { ServingStatus::Serving } else { ServingStatus::NotServing }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status as i32 }
}

#[tonic::async_trait]
impl Health for HealthService {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        if request.into_inner().service.is_empty() {
            Ok(Response::new(self.status()))
        } else {
            Err(Status::new(Code::NotFound, "unknown service"))
        }
    }

    type WatchStream = BoxStream<'static, Result<HealthCheckResponse, Status>>;

    /// The status, and then each change of it.
    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        if !request.into_inner().service.is_empty() {
            let unknown = stream::iter([Ok(answer(ServingStatus::ServiceUnknown))]);
            return Ok(Response::new(unknown.chain(stream::pending()).boxed()));
        }
        let mut serving = self.server.serving();
        serving.mark_changed();
        let changes = stream::unfold(serving, |mut serving| async {
            serving.changed().await.ok()?;
            let is_serving = *serving.borrow_and_update();
            Some((Ok(answer(status_of(is_serving))), serving))
        });
        Ok(Response::new(changes.boxed()))
    }

    async fn list(&self, _: Request<HealthListRequest>) -> Result<Response<HealthListResponse>, Status> {
        Ok(Response::new(HealthListResponse { statuses: HashMap::from([(String::new(), self.status())]) }))
    }
}
