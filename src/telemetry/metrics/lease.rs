//! Leases.

use prometheus::{Histogram, IntCounter};

use super::{counter, declare, exp, histogram};

declare! {
    /// Applied here, whoever leads.
    GRANTED: IntCounter = counter("etcd_debugging_lease_granted_total", "Leases granted.");
    /// Applied here, whoever leads; expired ones too.
    REVOKED: IntCounter = counter("etcd_debugging_lease_revoked_total", "Leases revoked.");
    /// On the leader.
    RENEWED: IntCounter = counter("etcd_debugging_lease_renewed_total", "Leases renewed by this leader.");
    TTL_SECONDS: Histogram = histogram("etcd_debugging_lease_ttl_total", "TTLs of granted leases in seconds.", exp(1.0, 2.0, 24));
    /// Leases that this leader set out to revoke; one that is tried again counts again.
    EXPIRED: IntCounter = counter("etcd_debugging_server_lease_expired_total", "Leases that are over.");
}
