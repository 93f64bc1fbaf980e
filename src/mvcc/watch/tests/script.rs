//! Runs the scripts of `testdata/`. Blocks of commands and their output; a block without output shows that nothing
//! was sent. `UPDATE=1` rewrites the outputs.
//!
//! ```text
//! config recent=N scan=N responses=N bytes=N fragment=N   first line: bounds
//! open S | close S | tick S                               streams have numbers
//! create S KEY [END] [start=N] [id=N] [published=N] [prev] [progress] [fragment] [noput] [nodelete]
//! refuse S REASON | cancel S ID | progress S
//! put K V | del K | txn put K V; del K                    commits and publishes
//! commit put K V                                          commits only
//! publish | lose                                          the committed changes reach the hub, or never do
//! compact REV
//! recent | scan | settle | start-scan | end-scan          catching up
//! take S [N]                                              a client reads its responses: the only output
//! counts
//! ```

use std::fmt::Write;
use std::{env, fs};

use bytes::Bytes;

use super::world::{Op, World, stream_id};
use crate::mvcc::watch::catch_up::Scan;
use crate::mvcc::watch::hub::{Command, Create, HubConfig};
use crate::mvcc::watch::watcher::Filters;
use crate::pb::etcdserverpb::WatchResponse;
use crate::pb::mvccpb::KeyValue;
use crate::types::KeyRange;

#[test]
fn scripts() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/src/mvcc/watch/testdata");
    let mut paths: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let actual = run(&text);
        if env::var_os("UPDATE").is_some() {
            fs::write(&path, actual).unwrap();
        } else {
            assert_eq!(text, actual, "{}", path.display());
        }
    }
}

/// The script with the outputs that come out now.
fn run(text: &str) -> String {
    let mut player = None;
    let mut result = String::new();
    let mut in_output = false;
    let mut output = String::new();
    // A block's output ends with an empty line or the end of the file.
    for line in text.lines().chain([""]) {
        match line {
            "----" => {
                writeln!(result, "----\n{output}").unwrap();
                output.clear();
                in_output = true;
            }
            "" => in_output = false,
            _ if in_output => {}
            _ => {
                writeln!(result, "{line}").unwrap();
                if !line.starts_with('#') {
                    player.get_or_insert_with(|| Player::new(line)).play(line, &mut output);
                }
            }
        }
    }
    assert!(output.is_empty(), "the last block has no ----");
    result.truncate(result.trim_end().len());
    result + "\n"
}

struct Player {
    world: World,
    scan: Option<Scan>,
}

impl Player {
    fn new(first_line: &str) -> Self {
        let mut config = HubConfig::new(0, 0, 2 << 20);
        for word in first_line.split(' ').skip(1).filter(|_| first_line.starts_with("config")) {
            let (name, number) = word.split_once('=').unwrap();
            let number = number.parse().unwrap();
            match name {
                "recent" => config.recent_changes_max = number,
                "responses" => config.stream_responses_max = number,
                "bytes" => config.stream_bytes_max = number,
                "fragment" => config.fragment_limit_bytes = number,
                "scan" => config.scan_revisions_max = number,
                _ => panic!("{word}"),
            }
        }
        Self { world: World::new(config), scan: None }
    }

    fn play(&mut self, line: &str, output: &mut String) {
        let words: Vec<&str> = line.split(' ').collect();
        let stream = || stream_id(words[1].parse().unwrap());
        let world = &mut self.world;
        match words[0] {
            "config" => {}
            "open" => world.hub.open(stream()),
            "close" => world.hub.close(stream()),
            "tick" => world.hub.tick(stream()),
            "create" => world.hub.command(stream(), create(&words[2..], world.revision)),
            "refuse" => world.hub.command(stream(), Command::Refuse(words[2..].join(" "))),
            "cancel" => world.hub.command(stream(), Command::Cancel(words[2].parse().unwrap())),
            "progress" => world.hub.command(stream(), Command::Progress),
            "put" | "del" => {
                world.commit(&ops(line));
                world.publish();
            }
            "txn" => {
                world.commit(&ops(&words[1..].join(" ")));
                world.publish();
            }
            "commit" => world.commit(&ops(&words[1..].join(" "))),
            "publish" => world.publish(),
            "lose" => world.lose(),
            "compact" => world.compact(words[1].parse().unwrap()),
            "recent" => world.catch_up_from_recent(),
            "scan" => {
                let scan = world.hub.plan_scan();
                show_scan(scan.as_ref(), output);
                scan.into_iter().for_each(|scan| world.finish(scan));
            }
            "start-scan" => {
                self.scan = world.hub.plan_scan();
                show_scan(self.scan.as_ref(), output);
            }
            "end-scan" => world.finish(self.scan.take().unwrap()),
            "settle" => world.settle(),
            "take" => {
                let number = words[1].parse().unwrap();
                let count = words.get(2).map_or(usize::MAX, |count| count.parse().unwrap());
                for response in world.take(number, count) {
                    writeln!(output, "{number}: {}", show(&response)).unwrap();
                }
            }
            "counts" => writeln!(output, "{:?}", world.hub.counts()).unwrap(),
            _ => panic!("{line}"),
        }
        self.world.collect();
    }
}

fn create(words: &[&str], revision: i64) -> Command {
    let mut create = Create {
        id: 0,
        range: KeyRange::One(Bytes::copy_from_slice(words[0].as_bytes())),
        start: 0,
        published: revision,
        filters: Filters::default(),
        prev_kv: false,
        progress_notify: false,
        fragment: false,
    };
    for word in &words[1..] {
        let number = |text: &str| text.parse().unwrap();
        match word.split_once('=') {
            Some(("start", start)) => create.start = number(start),
            Some(("id", id)) => create.id = number(id),
            Some(("published", published)) => create.published = number(published),
            _ => match *word {
                "prev" => create.prev_kv = true,
                "progress" => create.progress_notify = true,
                "fragment" => create.fragment = true,
                "noput" => create.filters.no_put = true,
                "nodelete" => create.filters.no_delete = true,
                end => {
                    let end = if end == "\\0" { "\0" } else { end };
                    let key = Bytes::copy_from_slice(create.range.start());
                    create.range = KeyRange::parse(key, Bytes::copy_from_slice(end.as_bytes())).unwrap();
                }
            },
        }
    }
    Command::Create(create)
}

fn ops(text: &str) -> Vec<Op> {
    let op = |text: &str| {
        let words: Vec<&str> = text.split(' ').collect();
        match words[..] {
            ["put", key, value] => Op::Put(key.into(), value.into()),
            ["del", key] => Op::Delete(key.into()),
            _ => panic!("{text}"),
        }
    };
    text.split("; ").map(op).collect()
}

fn show_scan(scan: Option<&Scan>, output: &mut String) {
    match scan {
        Some(scan) => writeln!(output, "scan {}..={} for {}", scan.first, scan.last, scan.watchers.len()).unwrap(),
        None => writeln!(output, "no scan").unwrap(),
    }
}

fn show(response: &WatchResponse) -> String {
    let header = response.header.as_ref().unwrap();
    assert_eq!(header.raft_term, 2);
    let mut line = format!("rev={} id={}", header.revision, response.watch_id);
    for (is_set, name) in
        [(response.created, " created"), (response.canceled, " canceled"), (response.fragment, " fragment")]
    {
        line += if is_set { name } else { "" };
    }
    if response.compact_revision != 0 {
        write!(line, " compacted={}", response.compact_revision).unwrap();
    }
    if !response.cancel_reason.is_empty() {
        write!(line, " reason={:?}", response.cancel_reason).unwrap();
    }
    for event in &response.events {
        let kv = event.kv.as_ref().unwrap();
        match event.r#type {
            0 => write!(line, " PUT {}", show_kv(kv)).unwrap(),
            _ => write!(line, " DELETE {}@{}", text(&kv.key), kv.mod_revision).unwrap(),
        }
        if let Some(prev) = &event.prev_kv {
            write!(line, " (was {})", show_kv(prev)).unwrap();
        }
    }
    line
}

fn show_kv(kv: &KeyValue) -> String {
    format!("{}={}@{}", text(&kv.key), text(&kv.value), kv.mod_revision)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
