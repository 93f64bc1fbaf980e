//! Bytes on the client port that are no requests. The connection or the stream that brings them ends with an error;
//! all others go on. What is a stream of gRPC messages but no request is in `tests/compat`.

use std::io::{self, ErrorKind};

use bytes::Bytes;
use rsetcd::pb::etcdserverpb::{PutRequest, kv_client::KvClient};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::transport::Channel;

use crate::block_on;
use crate::support::program;
use crate::support::server::Server;
use crate::support::wait::PATIENCE;
use crate::support::wire::unary;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A server that reads more of one request's headers than this keeps no bound.
const HEADERS_MAX: usize = 16 << 20;

const SETTINGS: u8 = 4;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const DATA: u8 = 0;
const GOAWAY: u8 = 7;

/// An HTTP/2 frame that says that its payload has `len` bytes.
fn frame(kind: u8, flags: u8, stream: u32, len: usize, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (len as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Name, and what is sent after the preface. The server ends the connection.
fn broken_connections() -> Vec<(&'static str, Vec<u8>)> {
    let settings = frame(SETTINGS, 0, 0, 0, &[]);
    let after = |bytes: Vec<u8>| [&settings[..], &bytes].concat();
    vec![
        ("garbage instead of frames", vec![0xa5; 64]),
        ("settings of an odd length", frame(SETTINGS, 0, 0, 5, &[0; 5])),
        ("a frame of 16 MiB", after(frame(DATA, 0, 1, 0xff_ffff, &[0; 1000]))),
        ("headers of 16 MiB", after(frame(HEADERS, 4, 1, 0xff_ffff, &[0; 1000]))),
        ("headers that do not decompress", after(frame(HEADERS, 5, 1, 4, &[0xff; 4]))),
        ("headers on stream 0", after(frame(HEADERS, 5, 0, 1, &[0x82]))),
        ("data on a stream that was never opened", after(frame(DATA, 1, 7, 1, &[0]))),
        ("a continuation of nothing", after(frame(CONTINUATION, 4, 1, 1, &[0x82]))),
        ("a frame between headers and their continuation", {
            let open = frame(HEADERS, 0, 1, 1, &[0x82]);
            after([open, frame(DATA, 0, 1, 1, &[0])].concat())
        }),
    ]
}

/// A connection over which nothing is asked, with pings at once. Both servers answer the first ones, and end it at the
/// same one: HTTP/2's error 11, and a text.
#[test]
fn a_client_that_pings_too_often_is_sent_away() {
    const PING: u8 = 6;
    let ping = frame(PING, 0, 0, 8, b"12345678");
    let greeting = [PREFACE, &frame(SETTINGS, 0, 0, 0, &[])].concat();
    block_on(async {
        for program in [Some(program::own()), program::peer()].into_iter().flatten() {
            let server = Server::start(&program, &[]).await;
            let other = server.connect().await;
            let mut socket = connect(&server).await;
            socket.write_all(&[&greeting[..], &ping.repeat(3)].concat()).await.expect("sent");
            // A request over another connection: the pings have been read by then.
            assert_others_served(&server, &other, "three pings").await;
            socket.write_all(&ping).await.expect("two strikes are borne");
            let answer = until_end(&mut socket).await;
            let goaway = answer.windows(31).find(|window| window.ends_with(b"\0\0\0\x0btoo_many_pings"));
            let goaway = goaway.unwrap_or_else(|| panic!("{}: {}", program.path.display(), answer.escape_ascii()));
            assert_eq!(goaway[..5], [0, 0, 22, GOAWAY, 0]);
            assert_others_served(&server, &other, "pings").await;
        }
    });
}

/// Silence is asked after, and a connection that does not answer is ended; the settings tell how many streams.
#[test]
fn a_silent_connection_is_ended_and_streams_are_limited() {
    block_on(async {
        let flags = ["--grpc-keepalive-interval=300ms", "--grpc-keepalive-timeout=300ms", "--max-concurrent-streams=7"];
        let server = Server::start(&program::own(), &flags.map(String::from)).await;
        let other = server.connect().await;
        let mut socket = connect(&server).await;
        socket.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, 0, &[])].concat()).await.expect("sent");
        let answer = until_end(&mut socket).await;
        assert!(kinds(&answer).contains(&6), "no ping: {:?}", kinds(&answer));
        let max_streams = [0, 3, 0, 0, 0, 7];
        assert!(answer.windows(6).any(|window| window == max_streams), "{}", answer.escape_ascii());
        assert_others_served(&server, &other, "keep-alive").await;
    });
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(("127.0.0.1", server.client_port())).await.expect("the client port")
}

/// Everything the server says until it ends the connection.
async fn until_end(socket: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let read = async {
        let mut part = [0; 4096];
        loop {
            match socket.read(&mut part).await {
                Ok(0) => return,
                Ok(len) => all.extend(&part[..len]),
                Err(error) if is_gone(&error) => return,
                Err(error) => panic!("{error}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("the server ends the connection");
    all
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}

/// The kinds of the frames in `bytes`.
fn kinds(mut bytes: &[u8]) -> Vec<u8> {
    let mut kinds = Vec::new();
    while bytes.len() >= 9 {
        let len = usize::from(bytes[0]) << 16 | usize::from(bytes[1]) << 8 | usize::from(bytes[2]);
        kinds.push(bytes[3]);
        bytes = bytes.get(9 + len..).unwrap_or_default();
    }
    kinds
}

/// Others are served, on their old connection and on a new one.
async fn assert_others_served(server: &Server, other: &Channel, case: &str) {
    for channel in [other.clone(), server.connect().await] {
        let put = PutRequest { key: "other".into(), value: case.to_owned().into(), ..Default::default() };
        let answer = tokio::time::timeout(PATIENCE, KvClient::new(channel).put(put)).await;
        answer.expect("in time").unwrap_or_else(|status| panic!("{case}: {status}"));
    }
}

#[test]
fn a_broken_connection_ends_and_others_go_on() {
    block_on(async {
        let server = Server::start(&program::own(), &[]).await;
        let other = server.connect().await;
        for (case, bytes) in broken_connections() {
            let mut socket = connect(&server).await;
            socket.write_all(PREFACE).await.expect("sent");
            if let Err(error) = socket.write_all(&bytes).await {
                assert!(is_gone(&error), "{case}: {error}");
            }
            let answer = kinds(&until_end(&mut socket).await);
            println!("{case}: {answer:?}");
            assert!(answer.contains(&GOAWAY), "{case}: frames {answer:?}");
            assert_others_served(&server, &other, case).await;
        }
        for (case, bytes) in [
            ("zeros", vec![0; 4096]),
            ("a TLS greeting", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec()),
            ("no HTTP/1", b"GET /version SPDY/9\r\n\r\n".to_vec()),
            ("half a preface and garbage", b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".to_vec()),
            ("a length that is no number", b"POST /version HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_vec()),
        ] {
            let mut socket = connect(&server).await;
            socket.write_all(&bytes).await.expect("sent");
            let answer = until_end(&mut socket).await;
            println!("{case}: {}", answer.escape_ascii());
            assert!(!answer.starts_with(b"HTTP/1.1 200"), "{case}");
            assert_others_served(&server, &other, case).await;
        }
    });
}

#[test]
fn endless_headers_end_the_connection() {
    block_on(async {
        let server = Server::start(&program::own(), &[]).await;
        let other = server.connect().await;
        let part = [b'x'; 1000];
        let http2 = {
            let mut literal = vec![0, 1, b'a', 0x7f, 0xe9, 6]; // a new name, a value of 1000 bytes
            literal.extend(part);
            frame(CONTINUATION, 0, 1, literal.len(), &literal)
        };
        let open = [PREFACE, &frame(SETTINGS, 0, 0, 0, &[]), &frame(HEADERS, 0, 1, 1, &[0x83])].concat();
        let line = [b"X-Long: ", &part[..], b"\r\n"].concat();
        let cases = [
            ("HTTP/2", open, http2),
            ("HTTP/1", b"GET /version HTTP/1.1\r\nHost: x\r\n".to_vec(), line),
            ("HTTP/1, one line", b"GET /".to_vec(), part.to_vec()),
        ];
        for (case, begin, part) in cases {
            let mut socket = connect(&server).await;
            socket.write_all(&begin).await.expect("sent");
            let mut sent = 0;
            let send = async {
                while sent < HEADERS_MAX && socket.write_all(&part).await.is_ok() {
                    sent += part.len();
                }
            };
            tokio::time::timeout(PATIENCE, send).await.unwrap_or_else(|_| panic!("{case}: neither read nor ended"));
            println!("{case}: ended after {sent} bytes");
            assert!(sent < HEADERS_MAX, "{case}: the server read all of {sent} bytes");
            assert_others_served(&server, &other, case).await;
        }
    });
}

#[test]
fn fields_that_cannot_be_are_refused_or_ignored() {
    // Method, request, part of the answer: an error, or "ok".
    let cases: &[(&str, &[u8], &str)] = &[
        // User "\xff": a string of bytes that are no UTF-8.
        ("/etcdserverpb.Auth/Authenticate", b"\x0a\x01\xff", "error"),
        ("/etcdserverpb.Cluster/MemberAdd", b"\x0a\x02\xc3\x28", "error"),
        // Range key:"a" sort_order:77, sort_target:99.
        ("/etcdserverpb.KV/Range", b"\x0a\x01a\x28\x4d", "invalid sort option"),
        ("/etcdserverpb.KV/Range", b"\x0a\x01a\x30\x63", "invalid sort option"),
        // Alarm action:9; action:GET alarm:9.
        ("/etcdserverpb.Maintenance/Alarm", b"\x08\x09", ""),
        ("/etcdserverpb.Maintenance/Alarm", b"\x18\x09", ""),
        // Txn compare{result:9 target:9 key:"a"}: etcd compares with nothing.
        ("/etcdserverpb.KV/Txn", b"\x0a\x07\x08\x09\x10\x09\x1a\x01a", ""),
        // Put with a length beyond the message, an unfinished varint, field 0, a group that never ends.
        ("/etcdserverpb.KV/Put", b"\x0a\x7fabc", "error"),
        ("/etcdserverpb.KV/Put", b"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "error"),
        ("/etcdserverpb.KV/Put", b"\x00\x01", "error"),
        ("/etcdserverpb.KV/Put", b"\x0a\x01a\x7b\x7b\x7b", "error"),
        // No such method, no such service, no method at all.
        ("/etcdserverpb.KV/Nonsense", b"", "error"),
        ("/nonsense.KV/Put", b"", "error"),
        ("/", b"", "error"),
    ];
    block_on(async {
        let server = Server::start(&program::own(), &[]).await;
        let other = server.connect().await;
        for (method, request, expected) in cases {
            let case = format!("{method} {}", request.escape_ascii());
            let answer = match unary(&other, method, Bytes::from_static(request)).await {
                Ok(_) => "ok".to_owned(),
                Err(status) => format!("error {:?} {:?}", status.code(), status.message()),
            };
            println!("{case}: {answer}");
            assert!(answer.contains(expected) && !answer.contains("test: no answer"), "{case}: {answer}");
            assert_others_served(&server, &other, &case).await;
        }
    });
}
