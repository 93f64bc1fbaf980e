//! The key-value store and its watches.

use prometheus::{Histogram, IntCounter, IntGauge};

use super::{counter, declare, exp, gauge, histogram};

declare! {
    /// The backend file's length.
    DB_SIZE_BYTES: IntGauge = gauge("etcd_mvcc_db_total_size_in_bytes", "Bytes of the database on disk.");
    /// Pages in use.
    DB_IN_USE_BYTES: IntGauge = gauge("etcd_mvcc_db_total_size_in_use_in_bytes", "Bytes of the database that hold data.");
    DB_READ_TRANSACTIONS: IntGauge = gauge("etcd_mvcc_db_open_read_transactions", "Open read transactions.");
    /// Range operations, those inside transactions too.
    RANGE_TOTAL: IntCounter = counter("etcd_mvcc_range_total", "Range operations on this member.");
    PUT_TOTAL: IntCounter = counter("etcd_mvcc_put_total", "Put operations on this member.");
    /// Operations, not keys.
    DELETE_TOTAL: IntCounter = counter("etcd_mvcc_delete_total", "Delete operations on this member.");
    /// Store transactions of more than one operation.
    TXN_TOTAL: IntCounter = counter("etcd_mvcc_txn_total", "Transactions of several operations on this member.");
    HASH_SECONDS: Histogram = histogram("etcd_mvcc_hash_duration_seconds",
        "How long hashing the whole store takes.", exp(0.01, 2.0, 15));
    HASH_REV_SECONDS: Histogram = histogram("etcd_mvcc_hash_rev_duration_seconds",
        "How long hashing the store up to a revision takes.", exp(0.01, 2.0, 15));
    KEYS: IntGauge = gauge("etcd_debugging_mvcc_keys_total", "Keys alive.");
    CURRENT_REVISION: IntGauge = gauge("etcd_debugging_mvcc_current_revision", "Revision of the store.");
    /// -1 on a new store.
    COMPACT_REVISION: IntGauge = gauge("etcd_debugging_mvcc_compact_revision", "Revision of the last compaction.");
    /// Sum of the lengths of keys and values since the start.
    PUT_BYTES: IntGauge = gauge("etcd_debugging_mvcc_total_put_size_in_bytes", "Bytes put since the start.");
    WATCH_STREAMS: IntGauge = gauge("etcd_debugging_mvcc_watch_stream_total", "Open watch streams.");
    WATCHERS: IntGauge = gauge("etcd_debugging_mvcc_watcher_total", "Watchers.");
    /// Watchers that have not caught up.
    SLOW_WATCHERS: IntGauge = gauge("etcd_debugging_mvcc_slow_watcher_total", "Watchers that are catching up.");
    EVENTS_TOTAL: IntCounter = counter("etcd_debugging_mvcc_events_total", "Events handed to watch streams.");
    /// Events queued and not taken by a stream.
    PENDING_EVENTS: IntGauge = gauge("etcd_debugging_mvcc_pending_events_total", "Events waiting for a watch stream.");
    /// Milliseconds for which a compaction holds the index.
    INDEX_COMPACTION_PAUSE_MS: Histogram = histogram("etcd_debugging_mvcc_index_compaction_pause_duration_milliseconds",
        "Milliseconds that a step of an index compaction takes.", exp(0.5, 2.0, 14));
    /// Milliseconds of each step.
    DB_COMPACTION_PAUSE_MS: Histogram = histogram("etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds",
        "Milliseconds that a step of a database compaction takes.", exp(1.0, 2.0, 13));
    /// Milliseconds of a whole compaction.
    DB_COMPACTION_TOTAL_MS: Histogram = histogram("etcd_debugging_mvcc_db_compaction_total_duration_milliseconds",
        "Milliseconds that a database compaction takes.", exp(100.0, 2.0, 14));
    /// Unix seconds; 0 until the first since the start.
    DB_COMPACTION_LAST: IntGauge = gauge("etcd_debugging_mvcc_db_compaction_last", "When the last compaction ended, unix seconds.");
    DB_COMPACTION_KEYS_TOTAL: IntCounter = counter("etcd_debugging_mvcc_db_compaction_keys_total", "Revisions removed by compactions.");
}
