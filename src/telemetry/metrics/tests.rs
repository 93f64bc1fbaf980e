use super::text;

#[test]
fn a_page_is_sorted_and_holds_every_method_and_code() {
    super::init(false);
    let page = text();
    let names: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("# HELP ")).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
    let row = "grpc_server_handled_total{grpc_code=\"DataLoss\",grpc_method=\"Watch\",grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"} 0\n";
    assert!(page.contains(row));
    assert!(page.contains("etcd_disk_wal_fsync_duration_seconds_bucket{le=\"8.192\"} "));
    assert!(page.contains("etcd_disk_wal_fsync_duration_seconds_bucket{le=\"+Inf\"} "));
}
