//! Damage to the log: what a crash leaves is repaired, everything else is refused with file and offset.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rsetcd::pb::etcdserverpb::{PutRequest, kv_client::KvClient};

use crate::block_on;
use crate::sample::{
    all_keys, assert_refused, assert_serves, assert_verify, files_ending, flip, member, sample, write,
};
use crate::support::program;
use crate::support::server::Server;

const SECTOR: usize = 512;

fn segments(data_dir: &Path) -> Vec<PathBuf> {
    files_ending(&data_dir.join("member/wal"), ".wal")
}

/// The bytes up to the last one that is not zero, and the zeros that complete the record.
fn written(path: &Path) -> Vec<u8> {
    let mut bytes = fs::read(path).expect("a segment");
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    bytes.truncate(end.next_multiple_of(8));
    bytes
}

/// The tail as it was when all of the sample was acknowledged, and as it became later.
fn tails() -> (Vec<u8>, Vec<u8>) {
    let last = |dir: &Path| segments(dir).pop().expect("a segment");
    let (before, after) = (written(&last(&sample().dir())), written(&last(&sample().later)));
    assert!(after.len() > before.len() + 4 * SECTOR && after.starts_with(&before), "the later log continues the first");
    (before, after)
}

/// Where the frames of a segment start, and where the last one ends.
fn frame_starts(segment: &[u8]) -> Vec<usize> {
    const LENGTH_MASK: u64 = (1 << 56) - 1;
    let mut starts = vec![0];
    let mut start = 0;
    while let Some(word) = segment.get(start..start + 8) {
        let length = u64::from_le_bytes(word.try_into().expect("8 bytes")) & LENGTH_MASK;
        start = (start + 8 + length as usize).next_multiple_of(8);
        starts.push(start);
    }
    assert_eq!(start, segment.len(), "frames fill the segment");
    starts
}

/// A case: its name, and the tail that a crash has left.
fn torn_tails() -> Vec<(String, Vec<u8>)> {
    const SIZE: usize = 64_000_000;
    let (before, after) = tails();
    let starts = frame_starts(&after);
    let mut cases = Vec::new();
    for cut in [1, 7, 8, 9, 60, 700, 2100].map(|cut| before.len() + cut) {
        // Where one frame ends and the next has not begun, nothing is torn.
        let cut = if starts.contains(&cut) { cut + 1 } else { cut };
        let name = format!("file ends {} bytes into a write", cut - before.len());
        cases.push((name, after[..cut].to_vec()));
    }
    // Sectors are written whole, in any order. The first one holds at least a length word of what was written.
    let sector = (before.len() + 1).next_multiple_of(SECTOR);
    for count in 1..4 {
        let cut = sector + count * SECTOR;
        if !starts.contains(&cut) {
            let mut tail = after[..cut].to_vec();
            tail.resize(SIZE, 0);
            cases.push((format!("only the first {count} sectors of a write"), tail));
        }
    }
    let mut tail = after.clone();
    tail[before.len()..sector].fill(0);
    tail.resize(SIZE, 0);
    cases.push(("all but the first sector of a write".into(), tail));
    let mut tail = after;
    tail[sector..sector + SECTOR].fill(0);
    tail.resize(SIZE, 0);
    cases.push(("all but the second sector of a write".into(), tail));
    cases
}

#[test]
fn a_torn_tail_is_repaired_and_nothing_acknowledged_is_lost() {
    block_on(async {
        for (case, tail) in torn_tails() {
            let mut server = member(|data_dir| write(&segments(data_dir).pop().expect("a segment"), &tail));
            assert_verify(&server.data_dir(), &case, &[]);
            assert_serves(&mut server, &case).await;
            let log = server.log();
            let line = log.lines().find(|line| line.contains("repaired a torn WAL tail"));
            println!("{case}: {line:?}");
            // A cut that leaves only zeros of the next record is no damage.
            assert!(line.is_some_and(|line| line.contains(".wal")), "{case}:\n{log}");
            assert_eq!(files_ending(&server.data_dir(), ".wal.broken").len(), 1, "{case}");
            server.stop();
            assert_verify(&server.data_dir(), &case, &[]);
        }
    });
}

#[test]
fn a_flipped_bit_in_the_log_is_refused_with_file_and_offset() {
    let (before, _) = tails();
    let starts = frame_starts(&before);
    let frames: Vec<_> = starts.windows(2).skip(1).map(|pair| pair[0]..pair[1]).collect();
    // In the metadata, in old and newer records, and not in the last one, which might be torn. In the middle of what
    // is neither the length before nor the padding behind.
    for part in [0, 3, 20, 40, 77, 99] {
        let frame = &frames[(frames.len() - 1) * part / 100];
        let offset = (frame.start + 8 + (frame.len() - 15) / 2) as u64;
        let case = format!("flipped bit at {offset}");
        let server = member(|data_dir| flip(&segments(data_dir)[0], offset, 3));
        let segment = segments(&server.data_dir())[0].display().to_string();
        assert_refused(&server.data_dir(), &case, &[&segment, "offset "]);
        assert_verify(&server.data_dir(), &case, &[&segment, "offset "]);
    }
}

#[test]
fn zeros_in_the_middle_of_the_log_are_refused() {
    let (before, _) = tails();
    let server = member(|data_dir| {
        let file = File::options().write(true).open(&segments(data_dir)[0]).expect("the segment");
        let middle = (before.len() / 2).next_multiple_of(SECTOR) as u64;
        file.write_all_at(&[0; SECTOR], middle).expect("written");
    });
    // By itself it cannot be told from a torn write of much data; but the backend knows of later entries.
    let case = "a sector of zeros in the middle";
    assert_refused(&server.data_dir(), case, &["member/wal", "entries are missing"]);
    assert_verify(&server.data_dir(), case, &["data.mdb", "beyond the WAL's last entry"]);
}

#[test]
fn a_missing_or_short_segment_is_refused() {
    block_on(async {
        // Two cuts: values of a megabyte fill segments of 64 of them.
        let mut server = Server::start(&program::own(), &[]).await;
        let mut kv = KvClient::new(server.connect().await);
        for number in 0..135 {
            let (key, value) = (format!("big{number}"), vec![b'b'; 1 << 20]);
            kv.put(PutRequest { key: key.into(), value: value.into(), ..Default::default() }).await.expect("put");
        }
        let (keys, revision) = all_keys(&server).await;
        server.kill();
        let data_dir = server.data_dir();
        let segments = segments(&data_dir);
        assert_eq!(segments.len(), 3, "{segments:?}");
        assert_verify(&data_dir, "three segments", &[]);

        let aside = data_dir.with_file_name("aside");
        for (number, name) in ["first", "middle"].into_iter().enumerate() {
            fs::rename(&segments[number], &aside).expect("renamed");
            let case = format!("missing {name} segment");
            assert_refused(&data_dir, &case, &["member/wal"]);
            assert_verify(&data_dir, &case, &["member/wal"]);
            fs::rename(&aside, &segments[number]).expect("renamed");
        }
        let middle = &segments[1];
        let whole = fs::metadata(middle).expect("the segment").len();
        for left in [0, 3, 100_000, whole - 9] {
            fs::copy(middle, &aside).expect("copied");
            File::options().write(true).open(middle).and_then(|file| file.set_len(left)).expect("cut");
            let case = format!("middle segment cut to {left}");
            assert_refused(&data_dir, &case, &["member/wal", "offset "]);
            assert_verify(&data_dir, &case, &["member/wal", "offset "]);
            fs::rename(&aside, middle).expect("renamed");
        }
        server.start_again().await;
        assert!(all_keys(&server).await == (keys, revision), "all is there again");
    });
}
