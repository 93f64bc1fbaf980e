//! WAL, backend and snapshot files.

use prometheus::{Histogram, IntGauge};

use super::{declare, exp, gauge, histogram};

declare! {
    /// Each sync of the WAL.
    WAL_FSYNC_SECONDS: Histogram = histogram("etcd_disk_wal_fsync_duration_seconds",
        "How long syncs of the WAL take.", exp(0.001, 2.0, 14));
    /// Each write of records to the WAL.
    WAL_WRITE_SECONDS: Histogram = histogram("etcd_disk_wal_write_duration_seconds",
        "How long writes to the WAL take.", exp(0.001, 2.0, 14));
    /// Length field and padded record of each frame. A gauge in etcd, despite its name.
    WAL_WRITE_BYTES: IntGauge = gauge("etcd_disk_wal_write_bytes_total", "Bytes written to the WAL.");
    /// Each commit of the backend's write transaction.
    BACKEND_COMMIT_SECONDS: Histogram = histogram("etcd_disk_backend_commit_duration_seconds",
        "How long commits of the backend take.", exp(0.001, 2.0, 14));
    /// A whole backend snapshot, until its last chunk is handed over.
    BACKEND_SNAPSHOT_SECONDS: Histogram = histogram("etcd_disk_backend_snapshot_duration_seconds",
        "How long sending a backend snapshot takes.", exp(0.01, 2.0, 17));
    /// Each defragmentation of the backend.
    DEFRAG_SECONDS: Histogram = histogram("etcd_disk_backend_defrag_duration_seconds",
        "How long defragmentations of the backend take.", exp(0.1, 2.0, 13));
    /// 1 while the backend is defragmented.
    DEFRAG_INFLIGHT: IntGauge = gauge("etcd_disk_defrag_inflight", "Whether the backend is being defragmented.");
    /// The sync of a `.snap` file.
    SNAP_FSYNC_SECONDS: Histogram = histogram("etcd_snap_fsync_duration_seconds",
        "How long syncs of .snap files take.", exp(0.001, 2.0, 14));
    /// Encoding of a `.snap` file.
    SNAP_ENCODE_SECONDS: Histogram = histogram("etcd_debugging_snap_save_marshalling_duration_seconds",
        "How long encoding a .snap file takes.", exp(0.001, 2.0, 14));
    /// Encoding, writing and syncing of a `.snap` file.
    SNAP_SAVE_SECONDS: Histogram = histogram("etcd_debugging_snap_save_total_duration_seconds",
        "How long saving a .snap file takes.", exp(0.001, 2.0, 14));
}
