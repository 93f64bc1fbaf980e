//! A lease that is kept alive as long as its owner is: what locks and candidates hang on.

use std::time::Duration;

use tokio::{sync::watch, task::JoinHandle};

use crate::{
    client::{Client, ClientError, LeaseEvent, LeaseLost},
    pb::{
        etcdserverpb::{LeaseGrantRequest, LeaseRevokeRequest},
        rpc_error::RpcError,
    },
};

/// Seconds that a session outlives its owner unless said otherwise.
const TTL_SECONDS: i64 = 60;

/// A lease that is kept alive. Dropped, it is renewed no more and ends with its TTL; [`Session::close`] ends it at once.
pub struct Session {
    client: Client,
    lease: i64,
    lost: watch::Receiver<Option<LeaseLost>>,
    renewing: JoinHandle<()>,
}

impl Session {
    /// A session that outlives its owner by 60 seconds at most.
    ///
    /// # Errors
    /// The lease is refused, or there was no answer in time.
    pub async fn new(client: &Client) -> Result<Self, ClientError> {
        Self::with_ttl(client, TTL_SECONDS).await
    }

    /// A session that outlives its owner by so many seconds at most; 60 when there are none.
    ///
    /// # Errors
    /// The lease is refused, or there was no answer in time.
    pub async fn with_ttl(client: &Client, seconds: i64) -> Result<Self, ClientError> {
        let ttl = if seconds <= 0 { TTL_SECONDS } else { seconds };
        let granted = client.lease_grant(LeaseGrantRequest { ttl, id: 0 }).await?;
        let ttl = Duration::from_secs(u64::try_from(granted.ttl).unwrap_or(0));
        Ok(Self::over(client, granted.id, ttl))
    }

    /// A session on a lease that exists. If it does not, the session is expired as soon as the server says so.
    pub fn with_lease(client: &Client, lease: i64) -> Self {
        Self::over(client, lease, client.dial_timeout() + Duration::from_secs(1))
    }

    fn over(client: &Client, lease: i64, ttl: Duration) -> Self {
        let mut events = client.lease_keeper().keep(lease, ttl);
        let (tell, lost) = watch::channel(None);
        let renewing = tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if let LeaseEvent::Lost(reason) = event {
                    tell.send_replace(Some(reason));
                }
            }
        });
        Self { client: client.clone(), lease, lost, renewing }
    }

    /// The lease's number.
    pub fn lease(&self) -> i64 {
        self.lease
    }

    /// The client that the session belongs to.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Why the lease is lost, once it is.
    pub fn lost(&self) -> Option<LeaseLost> {
        self.lost.borrow().clone()
    }

    /// Waits until the lease is lost.
    pub async fn expired(&self) -> LeaseLost {
        let mut lost = self.lost.clone();
        match lost.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or(LeaseLost::Expired),
            Err(_) => LeaseLost::Expired,
        }
    }

    /// Ends the lease now, and with it all keys that hang on it.
    ///
    /// # Errors
    /// The call failed; the lease then ends with its TTL. That it had ended before is no error.
    pub async fn close(self) -> Result<(), ClientError> {
        self.renewing.abort();
        match self.client.lease_revoke(LeaseRevokeRequest { id: self.lease }).await {
            Ok(_) | Err(ClientError::Rpc(RpcError::LeaseNotFound)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}
