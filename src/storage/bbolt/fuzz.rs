//! The fuzz target of the reader: files of etcd, damaged at random with their metas made valid again, so that the damage
//! is met deep inside. Whatever is in a file, reading it ends, in bounded time and memory, without a panic.
//!
//! A short run belongs to the tests. A long one, which tells the seed of each round that fails:
//!
//! ```text
//! RSETCD_FUZZ_SECONDS=600 cargo test --release --lib bbolt::fuzz -- --nocapture
//! ```

use std::fs::File;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::meta::{META_BYTES, Meta};
use super::page::{ELEMENT_BYTES, HEADER_BYTES};
use super::reader::{Item, Next, Reader};
use super::tests::{etcd_file, sample_file};

const PAGE: usize = 4096;
/// Rounds of a run that is not told how long it shall be.
const ROUNDS: u64 = 400;
/// Of one round, which reads a file of a few hundred pages.
const ROUND_MAX: Duration = Duration::from_secs(120);

#[test]
fn damaged_files_are_read_to_an_end() {
    let seconds = std::env::var("RSETCD_FUZZ_SECONDS").ok().map(|text| text.parse().expect("a number of seconds"));
    let first: u64 = std::env::var("RSETCD_FUZZ_SEED").map_or(0, |text| text.parse().expect("a number"));
    let corpus = [etcd_file(), sample_file()];
    let begun = Instant::now();
    let mut problems = 0;
    for seed in first.. {
        let is_over = match seconds {
            Some(seconds) => begun.elapsed() >= Duration::from_secs(seconds),
            None => seed - first >= ROUNDS,
        };
        if is_over {
            println!("{} rounds, {problems} problems found in files", seed - first);
            break;
        }
        let mut rng = StdRng::seed_from_u64(seed);
        let mut bytes = corpus[rng.random_range(0..corpus.len())].clone();
        damage(&mut bytes, &mut rng);
        let round = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| read(&bytes))) {
            Ok(found) => problems += found,
            Err(_) => panic!("seed {seed}: the reader panicked"),
        }
        assert!(round.elapsed() < ROUND_MAX, "seed {seed}: {:?} for {} bytes", round.elapsed(), bytes.len());
    }
    assert!(problems > 0 || seconds == Some(0), "nothing was damaged");
}

/// All that the reader can do with a file.
fn read(bytes: &[u8]) -> usize {
    let mut file: File = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let Ok(reader) = Reader::open(file) else { return 1 };
    reader.size_bytes();
    let mut visited = 0_usize;
    let problems = reader.walk(|item| {
        if let Item::Row { key, value } = item {
            visited += key.len() + value.len();
        }
        Next::Continue
    });
    assert!(visited <= bytes.len(), "no byte is visited twice");
    problems.len().max(reader.check().len())
}

/// A few changes of a few kinds.
fn damage(bytes: &mut Vec<u8>, rng: &mut StdRng) {
    for _ in 0..rng.random_range(1..6) {
        let pages = bytes.len() / PAGE;
        let page = rng.random_range(0..pages) * PAGE;
        // Most of what a reader goes by is at the start of a page.
        let near = page + rng.random_range(0..HEADER_BYTES + 8 * ELEMENT_BYTES);
        match rng.random_range(0..8) {
            0 => bytes[near] ^= 1 << rng.random_range(0..8),
            1 => {
                let at = rng.random_range(0..bytes.len());
                bytes[at] = rng.random();
            }
            2 => write_number(bytes, near & !7, &interesting(pages, rng).to_le_bytes()),
            3 => write_number(bytes, near & !3, &(interesting(pages, rng) as u32).to_le_bytes()),
            4 => write_number(bytes, near & !1, &(interesting(pages, rng) as u16).to_le_bytes()),
            5 => {
                // Another page in its place, now and then under the number it should have.
                let from = rng.random_range(0..pages) * PAGE;
                let copy = bytes[from..from + PAGE].to_vec();
                bytes[page..page + PAGE].copy_from_slice(&copy);
                if rng.random() {
                    bytes[page..page + 8].copy_from_slice(&((page / PAGE) as u64).to_le_bytes());
                }
            }
            6 => bytes[page..page + PAGE].fill(0),
            _ if pages > 4 && rng.random_range(0..4) == 0 => bytes.truncate(rng.random_range(2 * PAGE..bytes.len())),
            _ => {}
        }
    }
    if rng.random_range(0..8) > 0 {
        mend_metas(bytes);
    }
}

/// Numbers at which something changes.
fn interesting(pages: usize, rng: &mut StdRng) -> u64 {
    let pages = pages as u64;
    let numbers = [0, 1, 2, pages - 1, pages, pages + 1, 0xffff, 0x1_0000, u64::from(u32::MAX), 1 << 40, u64::MAX];
    match rng.random_range(0..numbers.len() + 2) {
        chosen if chosen < numbers.len() => numbers[chosen],
        _ => rng.random_range(0..pages),
    }
}

fn write_number(bytes: &mut [u8], at: usize, number: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + number.len()) {
        place.copy_from_slice(number);
    }
}

/// Metas whose checksums fit whatever they say now.
fn mend_metas(bytes: &mut [u8]) {
    for id in [0, 1] {
        let Some(page) = bytes.get_mut(id * PAGE..id * PAGE + META_BYTES) else { return };
        let number = |at: usize| u64::from_le_bytes(page[at..at + 8].try_into().unwrap());
        let meta = Meta {
            page_size: u32::from_le_bytes(page[24..28].try_into().unwrap()),
            root: number(32),
            freelist: number(48),
            high_water: number(56),
            txid: number(64),
        };
        page.copy_from_slice(&meta.encode(id as u64));
    }
}
