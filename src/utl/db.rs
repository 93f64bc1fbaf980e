//! `rsutl db`: prints what is in the backend of a data directory, as `etcd-dump-db` does for etcd's.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use prost::Message;

use crate::pb::{authpb, leasepb};
use crate::storage::backend::{Env, OpenError, hash};
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::storage::schema::meta;

/// Print buckets and rows of a data directory's backend
///
/// The server may be running meanwhile.
#[derive(clap::Args, Debug)]
pub struct DbArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// List the names of all buckets
    ListBucket {
        /// Data directory, or the directory member/snap in it
        path: PathBuf,
    },
    /// Print the rows of a bucket, the last one first
    IterateBucket {
        /// Data directory, or the directory member/snap in it
        path: PathBuf,
        /// Name of the bucket
        bucket: String,
        /// Rows to print; 0 is all
        #[arg(long, default_value_t = 0)]
        limit: u64,
        /// Print the fields of keys and values instead of their bytes
        #[arg(long)]
        decode: bool,
    },
    /// Print the checksum over all buckets
    Hash {
        /// Data directory, or the directory member/snap in it
        path: PathBuf,
    },
}

/// Every one of them ends the program with exit code 1.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("{0:?} does not exist")]
    Missing(PathBuf),
    #[error("{0} is a bbolt database (the backend of etcd); only the backend of rsetcd can be read")]
    Bbolt(PathBuf),
    #[error("{0} is a file; give the data directory")]
    IsFile(PathBuf),
    #[error("got nil bucket for {0}")]
    NoBucket(String),
    #[error("bucket {bucket}: the row with key {key} cannot be decoded")]
    Row { bucket: &'static str, key: String },
    #[error(transparent)]
    Open(OpenError),
    #[error("{0}")]
    Backend(#[from] heed::Error),
    #[error("{0}")]
    Output(#[from] io::Error),
}

/// Runs the command and prints to `out`.
pub fn run(args: &DbArgs, out: &mut dyn Write) -> Result<(), DbError> {
    match &args.command {
        Command::ListBucket { path } => {
            open(path)?;
            for bucket in Bucket::ALL {
                writeln!(out, "{}", bucket.name())?;
            }
        }
        Command::IterateBucket { path, bucket: name, limit, decode } => {
            let env = open(path)?;
            let bucket = Bucket::ALL.into_iter().find(|bucket| bucket.name() == name);
            let bucket = bucket.ok_or_else(|| DbError::NoBucket(name.clone()))?;
            let limit = if *limit == 0 { usize::MAX } else { usize::try_from(*limit).unwrap_or(usize::MAX) };
            let txn = env.read()?;
            for row in env.bucket(bucket).rev_iter(&txn)?.take(limit) {
                let (key, value) = row?;
                let line = if *decode { decoded(bucket, key, value) } else { Some(plain(key, value)) };
                let line = line.ok_or_else(|| DbError::Row { bucket: bucket.name(), key: quote(key) })?;
                writeln!(out, "{line}")?;
            }
        }
        Command::Hash { path } => {
            let env = open(path)?;
            let hash = hash::hash(&env, &env.read()?)?;
            writeln!(out, "db path: {}\nHash: {hash}", env.dir().join("data.mdb").display())?;
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<Env, DbError> {
    if path.is_file() {
        return Err(if is_bbolt(path) { DbError::Bbolt(path.into()) } else { DbError::IsFile(path.into()) });
    }
    let inner = path.join("member").join("snap");
    let snap_dir = if path.join("CURRENT").is_file() { path } else { &inner };
    if !snap_dir.is_dir() {
        return Err(DbError::Missing(snap_dir.into()));
    }
    Env::open_read_only(snap_dir).map_err(|error| match error {
        OpenError::Bbolt(path) => DbError::Bbolt(path),
        OpenError::Missing(path) => DbError::Missing(path),
        error => DbError::Open(error),
    })
}

/// Whether the file begins as bbolt's do: its magic number in the first meta page.
fn is_bbolt(path: &Path) -> bool {
    let mut start = [0; 20];
    let read = File::open(path).and_then(|mut file| io::Read::read_exact(&mut file, &mut start));
    read.is_ok() && start[16..] == 0xed0c_daed_u32.to_le_bytes()
}

fn plain(key: &[u8], value: &[u8]) -> String {
    format!("key={}, value={}", quote(key), quote(value))
}

/// `None` for a row that is not what its bucket holds.
fn decoded(bucket: Bucket, key: &[u8], value: &[u8]) -> Option<String> {
    match bucket {
        Bucket::Key => {
            let (revision, is_tombstone) = RowKey::decode(key)?;
            let kv = KeyValue::decode(value)?;
            Some(format!(
                "rev={{Revision:{{Main:{} Sub:{}}} tombstone:{is_tombstone}}}, \
                 value=[key {} | val {} | created {} | mod {} | ver {}]",
                revision.main,
                revision.sub,
                quote(kv.key),
                quote(kv.value),
                kv.create_revision,
                kv.mod_revision,
                kv.version
            ))
        }
        Bucket::Lease => {
            let id = u64::from_be_bytes(key.try_into().ok()?);
            let lease = leasepb::Lease::decode(value).ok()?;
            Some(format!("lease ID={id:016x}, TTL={}s, remaining TTL={}s", lease.ttl, lease.remaining_ttl))
        }
        Bucket::Auth => match key {
            b"authRevision" => Some(format!("key={}, value={}", quote(key), meta::decode_u64(value)?)),
            _ => Some(format!("key={}, value={}", quote(key), byte_list(value))),
        },
        Bucket::AuthRoles => {
            let role = authpb::Role::decode(value).ok()?;
            let permissions: Vec<_> = role.key_permission.iter().map(permission).collect();
            Some(format!("role={}, keyPermission=[{}]", quote(&role.name), permissions.join(" ")))
        }
        Bucket::AuthUsers => {
            let user = authpb::User::decode(value).ok()?;
            let roles: Vec<_> = user.roles.iter().map(|role| quote(role.as_bytes())).collect();
            let option = if user.options.is_some_and(|options| options.no_password) { "no_password:true" } else { "" };
            Some(format!("user={}, roles=[{}], option={option}", quote(&user.name), roles.join(" ")))
        }
        Bucket::Meta => match key {
            meta::CONSISTENT_INDEX | meta::TERM => {
                Some(format!("key={}, value={}", quote(key), meta::decode_u64(value)?))
            }
            meta::SCHEDULED_COMPACT_REVISION | meta::FINISHED_COMPACT_REVISION => {
                let (revision, _) = RowKey::decode(value)?;
                Some(format!("key={}, value={{{} {}}}", quote(key), revision.main, revision.sub))
            }
            _ => Some(plain(key, value)),
        },
        Bucket::Alarm | Bucket::Cluster | Bucket::Members | Bucket::MembersRemoved => Some(plain(key, value)),
    }
}

/// A permission in protobuf's text form.
fn permission(permission: &authpb::Permission) -> String {
    let mut fields = Vec::new();
    match permission.perm_type() {
        authpb::permission::Type::Read => {}
        kind => fields.push(format!("permType:{}", kind.as_str_name())),
    }
    if !permission.key.is_empty() {
        fields.push(format!("key:{}", quote(&permission.key)));
    }
    if !permission.range_end.is_empty() {
        fields.push(format!("range_end:{}", quote(&permission.range_end)));
    }
    fields.join(" ")
}

/// Bytes as Go prints a slice of them.
fn byte_list(bytes: &[u8]) -> String {
    let numbers: Vec<_> = bytes.iter().map(u8::to_string).collect();
    format!("[{}]", numbers.join(" "))
}

/// Bytes as Go quotes them.
fn quote(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|char| quote_char(char, &mut text));
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text.push('"');
    text
}

fn quote_char(char: char, text: &mut String) {
    match char {
        '"' | '\\' => text.extend(['\\', char]),
        '\x07' => text.push_str("\\a"),
        '\x08' => text.push_str("\\b"),
        '\x0c' => text.push_str("\\f"),
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        '\x0b' => text.push_str("\\v"),
        ' '..='~' => text.push(char),
        '\0'..='\x7f' => text.push_str(&format!("\\x{:02x}", char as u32)),
        // What Rust would not print as it is, is nothing for Go either.
        _ if char.escape_debug().len() == 1 => text.push(char),
        '\u{80}'..='\u{ffff}' => text.push_str(&format!("\\u{:04x}", char as u32)),
        _ => text.push_str(&format!("\\U{:08x}", char as u32)),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::storage::backend::generation;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        args: DbArgs,
    }

    fn run_words(words: &[&str]) -> Result<String, DbError> {
        let program = Program::try_parse_from([&["db"], words].concat()).expect("the arguments are right");
        let mut out = Vec::new();
        run(&program.args, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    /// A data directory with a row or two in each bucket.
    fn sample() -> tempfile::TempDir {
        let temp = tempfile::tempdir().unwrap();
        let snap = temp.path().join("member/snap");
        std::fs::create_dir_all(&snap).unwrap();
        let env = Env::open(&snap, 1 << 26).unwrap();
        let mut txn = env.write().unwrap();
        let user = authpb::User {
            name: "u9".into(),
            password: "secret".into(),
            roles: vec!["r1".into(), "root".into()],
            options: Some(authpb::UserAddOptions { no_password: true }),
        };
        let key_permission = vec![
            authpb::Permission { perm_type: 2, key: "a".into(), range_end: "b".into() },
            authpb::Permission { perm_type: 0, key: "c".into(), range_end: Default::default() },
        ];
        let role = authpb::Role { name: "r1".into(), key_permission };
        let lease = leasepb::Lease { id: 0x0dcd_a201_ac97_2d7a, ttl: 100, remaining_ttl: 0 };
        let rows: [(Bucket, Vec<u8>, Vec<u8>); 12] = [
            (
                Bucket::Key,
                b"\0\0\0\0\0\0\0\x02_\0\0\0\0\0\0\0\0".into(),
                b"\n\x03foo\x10\x02\x18\x02 \x01*\x01x".into(),
            ),
            (Bucket::Key, b"\0\0\0\0\0\0\0\x03_\0\0\0\0\0\0\0\x01t".into(), b"\n\x03foo".into()),
            (Bucket::Lease, lease.id.to_be_bytes().into(), lease.encode_to_vec()),
            (Bucket::Auth, b"authRevision".into(), 43u64.to_be_bytes().into()),
            (Bucket::Auth, b"authEnabled".into(), b"\0".into()),
            (Bucket::AuthRoles, b"r1".into(), role.encode_to_vec()),
            (Bucket::AuthUsers, b"u9".into(), user.encode_to_vec()),
            (Bucket::Meta, b"consistent_index".into(), 124u64.to_be_bytes().into()),
            (Bucket::Meta, b"scheduledCompactRev".into(), b"\0\0\0\0\0\0\x49\xdf_\0\0\0\0\0\0\0\0".into()),
            (Bucket::Meta, b"confState".into(), br#"{"voters":[5],"auto_leave":false}"#.into()),
            (Bucket::Cluster, b"clusterVersion".into(), b"3.7.0".into()),
            (Bucket::Alarm, b"\x08\x05\x10\x02".into(), b"".into()),
        ];
        for (bucket, key, value) in &rows {
            env.bucket(*bucket).put(&mut txn, key, value).unwrap();
        }
        txn.commit().unwrap();
        temp
    }

    #[test]
    fn buckets_and_rows_are_printed_as_the_dump_tool_does() {
        let temp = sample();
        let dir = temp.path().to_str().unwrap();
        let names = "alarm\nauth\nauthRoles\nauthUsers\ncluster\nkey\nlease\nmembers\nmembers_removed\nmeta\n";
        assert_eq!(run_words(&["list-bucket", dir]).unwrap(), names);
        for (bucket, decode, expected) in [
            (
                "key",
                false,
                "key=\"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x03_\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01t\", \
                 value=\"\\n\\x03foo\"\n\
                 key=\"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02_\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\", \
                 value=\"\\n\\x03foo\\x10\\x02\\x18\\x02 \\x01*\\x01x\"\n",
            ),
            (
                "key",
                true,
                "rev={Revision:{Main:3 Sub:1} tombstone:true}, \
                 value=[key \"foo\" | val \"\" | created 0 | mod 0 | ver 0]\n\
                 rev={Revision:{Main:2 Sub:0} tombstone:false}, \
                 value=[key \"foo\" | val \"x\" | created 2 | mod 2 | ver 1]\n",
            ),
            ("lease", true, "lease ID=0dcda201ac972d7a, TTL=100s, remaining TTL=0s\n"),
            ("auth", true, "key=\"authRevision\", value=43\nkey=\"authEnabled\", value=[0]\n"),
            (
                "authRoles",
                true,
                "role=\"r1\", keyPermission=[permType:READWRITE key:\"a\" range_end:\"b\" key:\"c\"]\n",
            ),
            ("authUsers", true, "user=\"u9\", roles=[\"r1\" \"root\"], option=no_password:true\n"),
            (
                "meta",
                true,
                "key=\"scheduledCompactRev\", value={18911 0}\nkey=\"consistent_index\", value=124\n\
                 key=\"confState\", value=\"{\\\"voters\\\":[5],\\\"auto_leave\\\":false}\"\n",
            ),
            ("cluster", true, "key=\"clusterVersion\", value=\"3.7.0\"\n"),
            ("alarm", true, "key=\"\\b\\x05\\x10\\x02\", value=\"\"\n"),
            ("members", true, ""),
        ] {
            let words: &[_] = if decode { &["--decode"] } else { &[] };
            let words = [&["iterate-bucket", dir, bucket], words].concat();
            assert_eq!(run_words(&words).unwrap(), expected, "{bucket}");
        }
        let one = run_words(&["iterate-bucket", dir, "key", "--limit", "1", "--decode"]).unwrap();
        assert!(one.starts_with("rev={Revision:{Main:3") && one.lines().count() == 1);
        assert!(run_words(&["hash", dir]).unwrap().contains("data.mdb\nHash: "));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let temp = sample();
        let dir = temp.path();
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let error = |words: &[&str]| run_words(words).unwrap_err().to_string();
        assert_eq!(error(&["iterate-bucket", &text(dir), "nob"]), "got nil bucket for nob");
        let missing = dir.join("nodir");
        assert_eq!(
            error(&["list-bucket", &text(&missing)]),
            format!("{:?} does not exist", missing.join("member/snap"))
        );

        let db = dir.join("some.db");
        let mut bbolt = vec![0; 4096];
        bbolt[16..20].copy_from_slice(&[0xed, 0xda, 0x0c, 0xed]);
        std::fs::write(&db, &bbolt).unwrap();
        let refusal = "is a bbolt database (the backend of etcd); only the backend of rsetcd can be read";
        assert_eq!(error(&["list-bucket", &text(&db)]), format!("{} {refusal}", text(&db)));
        std::fs::write(&db, "x").unwrap();
        assert!(error(&["list-bucket", &text(&db)]).ends_with("is a file; give the data directory"));

        let etcd = dir.join("etcd");
        std::fs::create_dir_all(etcd.join("member/snap")).unwrap();
        std::fs::write(etcd.join("member/snap/db"), &bbolt).unwrap();
        assert_eq!(error(&["list-bucket", &text(&etcd)]), format!("{} {refusal}", text(&etcd.join("member/snap/db"))));

        let snap = dir.join("member/snap");
        let generation = generation::current(&snap).unwrap().unwrap();
        std::fs::write(generation.join("data.mdb"), "x").unwrap();
        assert!(error(&["list-bucket", &text(dir)]).contains("lmdb-0000000000000001"));
    }
}
