//! `rsutl wal DATA_DIR`: kinds, keys, JSON, records, damage.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rsetcd::pb::etcdserverpb as rpc;
use serde_json::Value;

use super::golden::data_dir;
use super::support::program;
use super::support::server::Server;
use super::{block_on, compare_with_golden, rsutl, transcript};

const SEGMENT: &str = "0000000000000000-0000000000000000.wal";

#[test]
fn output_is_as_recorded() {
    let root = tempfile::tempdir().unwrap();
    let mut runs = Vec::new();
    for release in ["3.4.23", "3.5.1", "3.7.1"] {
        data_dir(root.path(), release);
        let mut run = |line: &'static str| runs.push([line.split(' ').collect(), vec![release]].concat());
        run("wal -start-index 1 -end-index 16 -w json");
        run("wal --start-index 1 --write-out json --entry-type Request,IRRLeaseGrant,IRRCompaction");
        run("wal --start-index 1 --key-prefix a/1");
        run("wal -start-index=1 -key-prefix=gone/ -w=json");
        run("wal --start-index 1 --entry-type IRRTxn,IRRDeleteRange --key-prefix registry/pods/3");
        run("wal -raw -end-index 4 -w json");
        run("wal -raw -start-index 154");
    }
    for line in [
        "wal",
        "wal 3.7.1 3.5.1",
        "wal -start-snap x -start-index 1 3.7.1",
        "wal -raw -entry-type Normal 3.7.1",
        "wal -raw -start-snap x 3.7.1",
        "wal -w json -stream-decoder cat 3.7.1",
        "wal -start-index 150 -end-index 152 -stream-decoder cat 3.7.1",
        "wal -start-index 2 -end-index 3 -stream-decoder nowhere/decoder 3.7.1",
        "wal -start-index 1 -entry-type= 3.7.1",
        "wal --wal-dir 3.7.1/member/wal nowhere",
        "wal --start-index 158 --wal-dir 3.7.1/member/wal nowhere",
    ] {
        runs.push(line.split(' ').collect());
    }
    compare_with_golden("utl/wal.txt", &transcript(root.path(), &runs));
}

#[test]
fn a_decoder_answers_line_by_line_and_its_complaints_come_last() {
    let root = tempfile::tempdir().unwrap();
    data_dir(root.path(), "3.7.1");
    let script = "while read line; do echo complaint >&2; echo \"OK|${#line}|x\"; done; echo end >&2";
    fs::write(root.path().join("decoder"), script).unwrap();
    let args = ["wal", "--start-index", "1", "--end-index", "3", "--stream-decoder", "sh decoder", "3.7.1"];
    let (code, out, err) = rsutl(root.path(), &args);
    assert_eq!((code, err.as_str()), (0, "decoder stderr: complaint\ncomplaint\nend\n"));
    let row = "\t\tOK(*WARNING: data might contain deliminator used by etcd-dump-logs)\t0x\n";
    assert!(out.contains(&format!("   2\t         2\tnorm{row}")), "{out}");
}

#[test]
fn raw_goes_on_behind_a_bad_crc_and_tells_a_torn_tail() {
    let root = tempfile::tempdir().unwrap();
    let dir = data_dir(root.path(), "3.7.1");
    let segment = dir.join("member/wal").join(SEGMENT);
    let (_, whole, _) = rsutl(root.path(), &["wal", "--raw", "3.7.1"]);
    let good = fs::read(&segment).unwrap();
    let file = fs::File::options().write(true).open(&segment).unwrap();
    file.write_all_at(&[good[4000] ^ 1], 4000).unwrap();
    fs::write(segment.with_extension("wal.broken"), "").unwrap();
    let (code, out, err) = rsutl(root.path(), &["wal", "--raw", "3.7.1"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(err, format!("Warning: Ignoring not .wal file: {SEGMENT}.broken\n"));
    let told: Vec<_> = out.lines().filter(|line| !whole.contains(line)).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("Error: Reading entry failed with CRC error: "), "{told:?}");
    assert_eq!(out.lines().count(), whole.lines().count());

    let length = good.iter().rposition(|&byte| byte != 0).unwrap() as u64 - 20;
    file.write_all_at(&good[4000..4001], 4000).unwrap();
    file.set_len(length).unwrap();
    let (code, out, _) = rsutl(root.path(), &["wal", "--raw", "3.7.1"]);
    assert_eq!(code, 0);
    assert!(out.contains("\nErrUnexpectedEOF: The last record might be corrupted, error: "), "{out}");
    let (code, out, err) = rsutl(root.path(), &["wal", "--raw", "-w", "json", "3.7.1"]);
    assert!(code == 0 && err.contains("ErrUnexpectedEOF: "), "{err}");
    assert!(out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
}

#[test]
fn directories_named_like_a_command_and_its_beginning() {
    let root = tempfile::tempdir().unwrap();
    data_dir(root.path(), "rep");
    let (code, out, err) = rsutl(root.path(), &["wal", "--start-index", "1", "rep"]);
    assert!(code == 0 && out.contains("lastIndex=159"), "{err}");
    let (code, out, err) = rsutl(root.path(), &["wal", "repair", "rep"]);
    assert_eq!((code, out.as_str()), (0, "nothing to repair: the log ends with entry 159\n"), "{err}");
}

/// All that the tool prints about a log must be free of them.
fn assert_no_secrets(root: &Path, data_dir: &str) {
    for args in [
        &["wal", "--start-index", "1", data_dir][..],
        &["wal", "--start-index", "1", "-w", "json", data_dir],
        &["wal", "--raw", data_dir],
        &["wal", "--raw", "-w", "json", data_dir],
    ] {
        let (code, out, err) = rsutl(root, args);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("alice"), "{args:?}");
        assert!(out.contains("<value removed>"), "{args:?}");
        for secret in ["secret-1", "secret-2", "$2a$", "$2b$", "c2VjcmV0"] {
            assert!(!out.contains(secret), "{secret} in {args:?}");
        }
    }
}

#[test]
fn passwords_are_never_printed() {
    block_on(async {
        for program in [Some(program::own()), program::peer()].into_iter().flatten() {
            let mut server = Server::start(&program, &["--bcrypt-cost=4".into()]).await;
            let mut auth = rpc::auth_client::AuthClient::new(server.connect().await);
            let add =
                rpc::AuthUserAddRequest { name: "alice".into(), password: "secret-1".into(), ..Default::default() };
            auth.user_add(add).await.unwrap();
            let name = "alice".to_owned();
            let change = rpc::AuthUserChangePasswordRequest { name, password: "secret-2".into(), ..Default::default() };
            auth.user_change_password(change).await.unwrap();
            server.stop();
            assert_no_secrets(Path::new("/"), server.data_dir().to_str().unwrap());
        }
    });
}
