//! Files of ours read back, files of etcd read, and files that are damaged.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::meta::Meta;
use super::page::{BRANCH, BranchElement, FREELIST, HEADER_BYTES, Header, IS_BUCKET, LEAF, LeafElement, NO_PAGE};
use super::reader::{Item, Next, Reader};
use super::writer::{FileWriter, measure};

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// A file with these bytes and no name.
fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn fill(writer: &mut FileWriter, buckets: &BTreeMap<String, Rows>) -> io::Result<()> {
    for (name, rows) in buckets {
        let mut bucket = writer.bucket(name);
        for (key, value) in rows {
            bucket.push(key, value)?;
        }
        bucket.finish()?;
    }
    Ok(())
}

fn write(buckets: &BTreeMap<String, Rows>) -> Vec<u8> {
    let mut file = tempfile::tempfile().unwrap();
    let mut writer = FileWriter::new(&file);
    fill(&mut writer, buckets).unwrap();
    let length = writer.finish().unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, length);
    bytes
}

/// The same by way of a stream.
fn stream(buckets: &BTreeMap<String, Rows>) -> Vec<u8> {
    let layout = measure(|writer| fill(writer, buckets)).unwrap();
    let mut bytes = Vec::new();
    let mut out = |piece: &[u8]| {
        assert!(!piece.is_empty());
        bytes.extend_from_slice(piece);
        Ok(())
    };
    let mut writer = FileWriter::stream(layout, &mut out).unwrap();
    fill(&mut writer, buckets).unwrap();
    assert_eq!(writer.finish().unwrap(), layout.size_bytes());
    bytes
}

/// Buckets and rows as nested lists: `a{k=v n{x=y}}`.
fn show(reader: &Reader) -> (String, Vec<String>) {
    let mut text = String::new();
    let problems = reader.walk(|item| {
        match item {
            Item::Bucket(name) => text += &format!("{}{{", name.escape_ascii()),
            Item::Row { key, value } => text += &format!("{}={} ", key.escape_ascii(), value.escape_ascii()),
            Item::BucketEnd => text += "}",
        }
        Next::Continue
    });
    (text, problems.iter().map(ToString::to_string).collect())
}

fn read(bytes: &[u8]) -> BTreeMap<String, Rows> {
    let reader = Reader::open(file_of(bytes)).unwrap();
    assert_eq!(reader.check(), []);
    assert_eq!(reader.size_bytes(), bytes.len() as u64);
    let mut buckets = BTreeMap::<String, Rows>::new();
    let mut name = String::new();
    let problems = reader.walk(|item| {
        match item {
            Item::Bucket(bucket) => {
                name = String::from_utf8(bucket.to_vec()).unwrap();
                buckets.insert(name.clone(), Rows::new());
            }
            Item::Row { key, value } => {
                buckets.get_mut(&name).unwrap().insert(key.to_vec(), value.to_vec());
            }
            Item::BucketEnd => {}
        }
        Next::Continue
    });
    assert_eq!(problems, []);
    buckets
}

/// bbolt needs more than a reader does: a branch's key is its child's first key, and a branch has two children.
fn assert_fit_for_updates(bytes: &[u8]) {
    let page = |id: u64| &bytes[id as usize * 4096..];
    let first_key = |id: u64| match Header::decode(page(id)).unwrap().flags {
        BRANCH => {
            let element = BranchElement::decode(page(id), HEADER_BYTES).unwrap();
            &page(id)[HEADER_BYTES + element.pos as usize..][..element.key_len as usize]
        }
        _ => {
            let element = LeafElement::decode(page(id), HEADER_BYTES).unwrap();
            &page(id)[HEADER_BYTES + element.pos as usize..][..element.key_len as usize]
        }
    };
    let mut id = 2;
    while id < bytes.len() as u64 / 4096 {
        let header = Header::decode(page(id)).unwrap();
        if header.flags == BRANCH {
            assert!(header.count >= 2, "page {id} has {} children", header.count);
            for at in 0..usize::from(header.count) {
                let place = HEADER_BYTES + at * 16;
                let element = BranchElement::decode(page(id), place).unwrap();
                let key = &page(id)[place + element.pos as usize..][..element.key_len as usize];
                assert_eq!(key, first_key(element.child), "element {at} of page {id}");
            }
        }
        id += 1 + u64::from(header.overflow);
    }
}

fn numbered(count: usize, key_bytes: usize, value_bytes: usize) -> Rows {
    (0..count).map(|number| (format!("{number:0key_bytes$}").into_bytes(), vec![b'v'; value_bytes])).collect()
}

#[test]
fn trees_of_all_shapes_are_read_as_written() {
    for (count, key_bytes, value_bytes, why) in [
        (0, 1, 0, "an empty bucket"),
        (1, 1, 0, "an empty value"),
        (1, 17, 1024 - 16 - 16 - 17, "the largest inline page"),
        (1, 17, 1024 - 16 - 16 - 16, "one byte more"),
        (1, 17, 4096 - 16 - 16 - 17, "a page that is full to the last byte"),
        (1, 17, 4096 - 16 - 16 - 16, "one byte more"),
        (3, 17, 1 << 20, "rows of many pages"),
        (3, 17, 300_000, "rows around the size that is not buffered"),
        (124, 17, 4047, "a level that one branch holds"),
        (125, 17, 4047, "a branch with one child too many"),
        (126, 17, 4047, "and with two"),
        (1000, 17, 4200, "leaves of several pages"),
        (1000, 17, 1100, "rows of which the first page would hold three"),
        (20_000, 17, 100, "two levels"),
        (20_000, 4, 4060, "three levels"),
        (9, 30_000, 10, "branches that are longer than a page"),
        (65, 2000, 2000, "branches of two"),
    ] {
        let rows = numbered(count, key_bytes, value_bytes);
        let buckets = BTreeMap::from([
            ("a".to_owned(), Rows::new()),
            ("key".to_owned(), rows),
            ("z".to_owned(), numbered(3, 2, 2)),
        ]);
        let bytes = write(&buckets);
        assert!(read(&bytes) == buckets, "{why}");
        assert!(stream(&buckets) == bytes, "{why}: streamed");
        assert_fit_for_updates(&bytes);
    }
}

/// Of pages of 4 KiB, one row each would leave a half or more empty.
#[test]
fn pages_are_filled_whatever_the_length_of_the_rows() {
    for value_bytes in [10, 300, 700, 1100, 1500, 2100, 2800, 4200, 5000, 6000, 9000, 20_000, 40_000] {
        let buckets = BTreeMap::from([("key".to_owned(), numbered(500, 17, value_bytes))]);
        let length = write(&buckets).len();
        let rows = 500 * (17 + value_bytes + 16);
        assert!((length - 4 * 4096) * 100 <= rows * 125, "{length} bytes for {rows} of rows of {value_bytes}");
    }
}

#[test]
fn a_file_that_is_not_as_measured_is_refused() {
    let buckets = |count| BTreeMap::from([("key".to_owned(), numbered(count, 17, 3000))]);
    let layout = measure(|writer| fill(writer, &buckets(10))).unwrap();
    let mut out = |_: &[u8]| Ok(());
    let mut writer = FileWriter::stream(layout, &mut out).unwrap();
    fill(&mut writer, &buckets(20)).unwrap();
    assert_eq!(writer.finish().unwrap_err().kind(), io::ErrorKind::Other);
}

#[test]
fn many_buckets_make_a_tree_of_their_own() {
    let buckets: BTreeMap<_, _> =
        (0..500).map(|number| (format!("b{number:03}"), numbered(number % 40, 3, 7))).collect();
    let bytes = write(&buckets);
    assert!(read(&bytes) == buckets);
    assert_fit_for_updates(&bytes);
}

/// A database of etcd 3.5.1.
pub(super) fn etcd_file() -> Vec<u8> {
    let zipped = include_bytes!("testdata/etcd-3.5.1.db.gz");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&zipped[..]).read_to_end(&mut bytes).unwrap();
    bytes
}

/// A file with all that etcd's have not: nested and inline buckets, a stored freelist.
pub(super) fn sample_file() -> Vec<u8> {
    Sample::new().bytes()
}

#[test]
fn a_file_of_etcd_3_5_1() {
    let buckets = read(&etcd_file());
    let names: Vec<_> = buckets.keys().map(String::as_str).collect();
    let wanted = "alarm auth authRoles authUsers cluster key lease members members_removed meta";
    assert_eq!(names.join(" "), wanted);
    let mut hash = 0;
    for (name, rows) in &buckets {
        hash = crc32c::crc32c_append(hash, name.as_bytes());
        for (key, value) in rows {
            hash = crc32c::crc32c_append(crc32c::crc32c_append(hash, key), value);
        }
    }
    // What etcdutl 3.5.1 snapshot status says of it.
    assert_eq!((hash, buckets.values().map(BTreeMap::len).sum()), (ETCD_HASH, ETCD_ROWS));
}

const ETCD_HASH: u32 = 2_793_949_194;
const ETCD_ROWS: usize = 1513;

/// Seven pages: the root bucket on 3, with bucket `a` on a branch 4 over the leaves 5 and 6, which holds an inline
/// bucket and a nested one; a freelist on 2.
struct Sample {
    pages: Vec<Vec<u8>>,
    meta: Meta,
}

/// A leaf page: (key, value, is it a bucket).
fn leaf(id: u64, rows: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let mut page = Header { id, flags: LEAF, count: rows.len() as u16, overflow: 0 }.encode().to_vec();
    let mut data: Vec<u8> = Vec::new();
    for (at, (key, value, is_bucket)) in rows.iter().enumerate() {
        let pos = ((rows.len() - at) * 16 + data.len()) as u32;
        let flags = if *is_bucket { IS_BUCKET } else { 0 };
        let (key_len, value_len) = (key.len() as u32, value.len() as u32);
        page.extend(LeafElement { flags, pos, key_len, value_len }.encode());
        data.extend([key.as_bytes(), *value].concat());
    }
    page.extend(data);
    page
}

fn branch(id: u64, children: &[(&str, u64)]) -> Vec<u8> {
    let mut page = Header { id, flags: BRANCH, count: children.len() as u16, overflow: 0 }.encode().to_vec();
    let mut data: Vec<u8> = Vec::new();
    for (at, (key, child)) in children.iter().enumerate() {
        let pos = ((children.len() - at) * 16 + data.len()) as u32;
        page.extend(BranchElement { pos, key_len: key.len() as u32, child: *child }.encode());
        data.extend(key.as_bytes());
    }
    page.extend(data);
    page
}

fn freelist(id: u64, count: u16, ids: &[u64]) -> Vec<u8> {
    let mut page = Header { id, flags: FREELIST, count, overflow: 0 }.encode().to_vec();
    page.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
    page
}

fn bucket_at(root: u64) -> Vec<u8> {
    [root.to_le_bytes(), [0; 8]].concat()
}

fn inline(page: &[u8]) -> Vec<u8> {
    [&[0; 16], page].concat()
}

impl Sample {
    fn new() -> Self {
        let pages = vec![
            vec![],
            vec![],
            freelist(2, 1, &[8]),
            leaf(3, &[("a", &bucket_at(4), true)]),
            branch(4, &[("b", 5), ("k", 6)]),
            leaf(5, &[("b", b"1", false), ("i", &inline(&leaf(0, &[("x", b"y", false)])), true)]),
            leaf(6, &[("k", b"2", false), ("n", &bucket_at(7), true)]),
            leaf(7, &[("deep", b"", false)]),
            vec![0xff; 40],
        ];
        let high_water = pages.len() as u64;
        Self { pages, meta: Meta { page_size: 4096, root: 3, freelist: 2, high_water, txid: 9 } }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (id, page) in (0..).zip(&self.pages) {
            let mut page = match id {
                0 => Meta { txid: 8, root: 999, ..self.meta }.encode(0).to_vec(),
                1 => self.meta.encode(1).to_vec(),
                _ => page.clone(),
            };
            page.resize(4096, 0);
            bytes.extend(page);
        }
        bytes
    }

    fn problems(&self) -> String {
        match Reader::open(file_of(&self.bytes())) {
            Ok(reader) => {
                let problems: Vec<_> = reader.check().iter().map(ToString::to_string).collect();
                problems.join("; ")
            }
            Err(error) => error.to_string(),
        }
    }
}

#[test]
fn nested_and_inline_buckets_and_a_stored_freelist() {
    let reader = Reader::open(file_of(&Sample::new().bytes())).unwrap();
    assert_eq!(show(&reader), ("a{b=1 i{x=y }k=2 n{deep= }}".into(), vec![]));
    assert_eq!(reader.check(), []);

    let mut sample = Sample::new();
    sample.pages[2] = freelist(2, u16::MAX, &[1, 8]);
    assert_eq!(sample.problems(), "", "the long form of a freelist");
    sample.meta.freelist = NO_PAGE;
    assert_eq!(sample.problems(), "", "page 2 is free then");
}

#[test]
fn a_visitor_may_stop() {
    let reader = Reader::open(file_of(&Sample::new().bytes())).unwrap();
    let mut seen = Vec::new();
    reader.walk(|item| {
        if let Item::Row { key, .. } = item {
            seen.push(key.to_vec());
        }
        if seen.len() == 2 { Next::Stop } else { Next::Continue }
    });
    assert_eq!(seen, [b"b", b"x"]);
}

type Damage = (&'static str, fn(&mut Sample), &'static str);

#[test]
fn damage_is_told_with_its_page() {
    let table: &[Damage] = &[
        ("a page twice", |s| s.pages[4] = branch(4, &[("b", 5), ("k", 5)]), "page 5: multiple references"),
        ("a cycle", |s| s.pages[4] = branch(4, &[("b", 5), ("k", 4)]), "page 4: multiple references"),
        ("beyond the mark", |s| s.pages[4] = branch(4, &[("b", 5), ("k", 9)]), "page 9: out of bounds: 9"),
        ("a meta", |s| s.pages[4] = branch(4, &[("b", 5), ("k", 1)]), "page 1: out of bounds: 9"),
        ("another's number", |s| s.pages[6] = leaf(7, &[]), "page 6: says that it is page 7"),
        ("a free page", |s| s.pages[7] = freelist(7, 0, &[]), "page 7: invalid type: 10"),
        ("no children", |s| s.pages[4] = branch(4, &[]), "page 4: has no children"),
        (
            "order",
            |s| s.pages[7] = leaf(7, &[("b", b"", false), ("a", b"", false)]),
            "page 7: key a is not above the one before it",
        ),
        ("an empty key", |s| s.pages[7] = leaf(7, &[("", b"", false)]), "page 7: key  is not above the one before it"),
        (
            "a key of the next page",
            |s| s.pages[5] = leaf(5, &[("b", b"", false), ("k", b"", false)]),
            "page 5: key k does not belong below its parent",
        ),
        (
            "a key before its parent's",
            |s| s.pages[6] = leaf(6, &[("c", b"", false)]),
            "page 6: key c does not belong below its parent",
        ),
        ("an endless run", |s| s.pages[7][12] = 9, "page 7: has 9 further pages, out of bounds: 9"),
        ("many elements", |s| s.pages[7][10..12].fill(0xf0), "page 7: has no room for 61680 elements"),
        ("a far position", |s| s.pages[7][20..24].fill(0xff), "page 7: element 0 lies outside of its place"),
        ("a position in the table", |s| s.pages[7][20] = 0, "page 7: element 0 lies outside of its place"),
        ("a long value", |s| s.pages[7][31] = 0xff, "page 7: element 0 lies outside of its place"),
        ("no root", |s| s.pages[3] = leaf(3, &[("a", b"1234567", true)]), "page 3: bucket a has no root"),
        ("no inline page", |s| s.pages[3] = leaf(3, &[("a", &[0; 31], true)]), "page 3: bucket a has no inline page"),
        (
            "nested inline",
            |s| {
                let inner = leaf(0, &[("x", &bucket_at(7), true)]);
                s.pages[5] = leaf(5, &[("b", &inline(&inner), true)]);
            },
            "page 5: a bucket in an inline bucket",
        ),
        ("free and used", |s| s.pages[2] = freelist(2, 2, &[7, 8]), "page 7: reachable freed"),
        ("free twice", |s| s.pages[2] = freelist(2, 2, &[8, 8]), "page 8: reachable freed"),
        ("neither", |s| s.pages[2] = freelist(2, 0, &[]), "page 8: unreachable unfreed"),
        ("free beyond", |s| s.pages[2] = freelist(2, 2, &[8, 9]), "page 9: free, out of bounds: 9"),
        (
            "a long freelist",
            |s| s.pages[2] = freelist(2, u16::MAX, &[u64::MAX]),
            "page 2: lists 18446744073709551615 free pages, which do not fit",
        ),
        ("no freelist", |s| s.meta.freelist = 8, "page 8: says that it is page 18446744073709551615"),
        ("the root", |s| s.meta.root = 9, "meta page: root page 9 is not below the high-water mark 9"),
        ("the freelist", |s| s.meta.freelist = 1, "meta page: freelist page 1 is not below the high-water mark 9"),
        ("the mark", |s| s.meta.high_water = 10, "meta page: 40960 bytes are in use, the file has 36864"),
        ("a huge mark", |s| s.meta.high_water = 1 << 60, "meta page: high-water mark 1152921504606846976"),
    ];
    for (why, damage, wanted) in table {
        let mut sample = Sample::new();
        damage(&mut sample);
        assert_eq!(sample.problems(), *wanted, "{why}");
    }
}

#[test]
fn one_broken_meta_is_read_around_and_told() {
    for (broken, wanted) in [(0, "page 0: broken meta"), (4096, "page 1: broken meta")] {
        let mut bytes = write(&BTreeMap::from([("a".to_owned(), numbered(100, 9, 90))]));
        bytes[broken + 70] ^= 1;
        let reader = Reader::open(file_of(&bytes)).unwrap();
        let problems: Vec<_> = reader.check().iter().map(ToString::to_string).collect();
        assert_eq!(problems, [wanted]);
        assert_eq!(show(&reader).1, [""; 0]);
    }
    for (damage, wanted) in [(16, "invalid database"), (20, "version mismatch"), (60, "checksum error")] {
        let mut bytes = Sample::new().bytes();
        bytes[damage] ^= 1;
        bytes[4096 + damage] ^= 1;
        assert_eq!(Reader::open(file_of(&bytes)).err().unwrap().to_string(), wanted);
    }
    for short in [0, 79, 4096, 4096 * 9 - 1] {
        assert!(Reader::open(file_of(&Sample::new().bytes()[..short])).is_err(), "{short} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_buckets_are_read_as_written(
        buckets in btree_map("[a-c]{1,3}", btree_map(vec(any::<u8>(), 1..60), vec(any::<u8>(), 0..2000), 0..60), 0..5),
        long in (0_usize..6000, 0_usize..20_000),
    ) {
        let mut buckets = buckets;
        buckets.entry("b".into()).or_default().insert(vec![7; long.0 + 1], vec![8; long.1]);
        let bytes = write(&buckets);
        prop_assert!(read(&bytes) == buckets);
        assert_fit_for_updates(&bytes);
    }

    /// Whatever is changed: an error, problems, or rows; never a panic, and never without an end.
    #[test]
    fn any_bytes_are_read_without_panic(
        changes in vec((0_usize..9 * 4096, any::<u8>()), 1..40),
        near in vec((0_usize..9, 0_usize..140, any::<u8>()), 0..20),
        length in 0_usize..=9 * 4096,
    ) {
        let mut bytes = Sample::new().bytes();
        // Behind the metas, or nearly nothing would be read.
        for (at, byte) in changes.into_iter().filter(|(at, _)| *at >= 2 * 4096) {
            bytes[at] = byte;
        }
        for (page, at, byte) in near.into_iter().filter(|(page, ..)| *page >= 2) {
            bytes[page * 4096 + at] = byte;
        }
        for bytes in [&bytes[..], &bytes[..length]] {
            if let Ok(reader) = Reader::open(file_of(bytes)) {
                reader.check();
                show(&reader);
            }
        }
    }
}
