//! Data directories as crashes and bad disks leave them. A torn tail is repaired; damage before it is refused, with its
//! place; nothing is lost in either case.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rsetcd::pb::etcdserverpb::{PutRequest, RangeRequest, kv_client::KvClient};

use super::support::program;
use super::support::server::Server;

const KEYS: usize = 50;
const FRAME_HEAD: usize = 8;

/// A server that was killed after some writes; the only segment of its WAL.
async fn killed_after_writes() -> (Server, PathBuf) {
    let mut server = Server::start(&program::own(), &[]).await;
    let mut client = KvClient::new(server.connect().await);
    for number in 0..KEYS {
        let (key, value) = (format!("key{number:02}").into(), vec![b'v'; 100].into());
        client.put(PutRequest { key, value, ..Default::default() }).await.expect("a put");
    }
    // What is about damage has to begin with all entries on disk: see `super::load_until_kill` for etcd.
    if server.program().is_rsetcd {
        server.kill()
    } else {
        server.stop()
    }
    let segment = server.data_dir().join("member/wal/0000000000000000-0000000000000000.wal");
    (server, segment)
}

async fn count_keys(server: &Server) -> i64 {
    let request = RangeRequest { key: "key".into(), range_end: "kez".into(), count_only: true, ..Default::default() };
    KvClient::new(server.connect().await).range(request).await.expect("a read").into_inner().count
}

/// Offsets of all frames, and of the end of the last.
fn frames(segment: &[u8]) -> Vec<usize> {
    let mut offsets = vec![0];
    loop {
        let offset = offsets[offsets.len() - 1];
        let Some(head) = segment.get(offset..offset + FRAME_HEAD) else { return offsets };
        let word = u64::from_le_bytes(head.try_into().expect("eight bytes"));
        if word == 0 {
            return offsets;
        }
        // Bits 0 to 55: length of the record; 56 to 58: of the padding, if bit 63 is set.
        let padding = if word >> 63 == 1 { (word >> 56) & 7 } else { 0 };
        offsets.push(offset + FRAME_HEAD + ((word & ((1 << 56) - 1)) + padding) as usize);
    }
}

#[test]
fn a_torn_tail_is_repaired_and_nothing_is_lost() {
    super::block_on(async {
        let (mut server, path) = killed_after_writes().await;
        let segment = fs::read(&path).expect("the segment");
        let frames = frames(&segment);
        let (last, end) = (frames[frames.len() - 2], frames[frames.len() - 1]);
        // One frame more, of which only the beginning was written.
        let mut torn = segment[..end].to_vec();
        torn.extend_from_slice(&segment[last..(last + end) / 2]);
        fs::write(&path, torn).expect("the segment is writable");
        server.start_again().await;
        assert_eq!(count_keys(&server).await, KEYS as i64);
        let kept = fs::read_dir(path.parent().expect("a folder")).expect("readable");
        let kept = kept.filter(|entry| entry.as_ref().is_ok_and(|e| e.path().to_string_lossy().ends_with(".broken")));
        assert_eq!(kept.count(), 1, "the torn segment is kept aside");
        assert!(server.log().contains("repair"), "the repair is logged");
    });
}

#[test]
fn a_flipped_bit_in_the_middle_is_refused_with_its_place() {
    super::block_on(async {
        let (mut server, path) = killed_after_writes().await;
        let mut segment = fs::read(&path).expect("the segment");
        let before = segment.clone();
        let frames = frames(&segment);
        let middle = frames[frames.len() / 2];
        let in_its_record = (middle + frames[frames.len() / 2 + 1]) / 2;
        segment[in_its_record] ^= 0x10;
        fs::write(&path, &segment).expect("the segment is writable");
        let log = server.refuses_to_start();
        if server.program().is_rsetcd {
            let name = path.file_name().expect("a name").to_string_lossy();
            let verify = Command::new(program::rsutl()).arg("verify").arg(server.data_dir()).output().expect("rsutl");
            assert!(!verify.status.success(), "rsutl verify finds nothing");
            let verify = [verify.stdout, verify.stderr].concat();
            for text in [&*log, &*String::from_utf8_lossy(&verify)] {
                assert!(text.contains(&*name), "the file is not named\n{text}");
                assert!(text.contains(&middle.to_string()), "the offset {middle} is not named\n{text}");
            }
        }
        assert!(fs::read(&path).expect("the segment") == segment, "a refused file stays as it is");
        // With the bit as it was, all is there.
        fs::write(&path, before).expect("the segment is writable");
        server.start_again().await;
        assert_eq!(count_keys(&server).await, KEYS as i64);
    });
}

#[test]
fn data_in_use_is_refused() {
    if !program::own().is_rsetcd {
        println!("skipped: etcd waits for the other one to end");
        return;
    }
    super::block_on(async {
        let (mut server, _) = killed_after_writes().await;
        server.start_again().await;
        let mut second = server.second_on_this_data();
        let log = second.refuses_to_start();
        assert!(log.contains("lock"), "{log}");
        assert_eq!(count_keys(&server).await, KEYS as i64);
    });
}
