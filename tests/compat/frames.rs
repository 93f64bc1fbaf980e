//! HTTP/2 bodies that are no sequence of gRPC messages. What a server says to them is its library's matter; it must be
//! an error, nothing may be written, and the connections of others go on.

use bytes::Bytes;
use http::Request;
use tokio::net::TcpStream;

use super::block_on;
use super::side::Side;
use super::support::program::{self, Program};
use super::support::wait::PATIENCE;

const PUT: &str = "/etcdserverpb.KV/Put";

type Headers = &'static [(&'static str, &'static str)];

/// Name, headers besides the usual ones, body: a gRPC message is a flag, four bytes of length, and the content.
const CASES: [(&str, Headers, &[u8]); 8] = [
    ("no message", &[], &[]),
    ("half a prefix", &[], &[0, 0, 0]),
    ("less than its length says", &[], &[0, 0, 0, 0, 9, 0x0a, 1, b'a']),
    ("length beyond all limits", &[], &[0, 0xff, 0xff, 0xff, 0xff, 0x0a, 1, b'a']),
    ("compressed, without saying how", &[], &[1, 0, 0, 0, 3, 0x0a, 1, b'a']),
    ("compressed in an unknown way", &[("grpc-encoding", "x")], &[1, 0, 0, 0, 3, 0x0a, 1, b'a']),
    ("not gzip", &[("grpc-encoding", "gzip")], &[1, 0, 0, 0, 3, 0x0a, 1, b'a']),
    ("unknown flag", &[], &[7, 0, 0, 0, 3, 0x0a, 1, b'a']),
];

pub fn run() {
    let programs = [Some(program::own()), program::peer()];
    for program in programs.into_iter().flatten() {
        block_on(check(&program));
    }
}

async fn check(program: &Program) {
    let mut side = Side::start(program, &[]).await;
    side.run("Put key:\"before\" value:\"1\"").await;
    for (name, headers, body) in CASES {
        let status = send(&side, headers, body).await;
        println!("{}: {name}: {status}", program.path.display());
        assert_ne!(status, "0", "{name} was taken for a request");
    }
    // Garbage instead of HTTP/2.
    let socket = connect(&side).await;
    socket.writable().await.expect("a connection");
    socket.try_write(b"\x16\x03\x01\x02\x00garbage\r\n\r\n").expect("sent");
    drop(socket);

    let all = side.run("Range key:\"\\x00\" range_end:\"\\x00\" keys_only:true").await.concat();
    assert!(all.contains("revision:2 ") && all.ends_with("count:1"), "{all}");
}

async fn connect(side: &Side) -> TcpStream {
    TcpStream::connect(("127.0.0.1", side.server.client_port())).await.expect("the client port")
}

/// The `grpc-status` of the answer, or how the call ended without one.
async fn send(side: &Side, headers: Headers, body: &[u8]) -> String {
    let (client, connection) = h2::client::handshake(connect(side).await).await.expect("an HTTP/2 connection");
    let driver = tokio::spawn(connection);
    let mut request = Request::post(format!("http://127.0.0.1:{}{PUT}", side.server.client_port()))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let call = async {
        let mut client = client.ready().await?;
        let (answer, mut stream) = client.send_request(request.body(()).expect("a request"), false)?;
        stream.send_data(Bytes::copy_from_slice(body), true)?;
        let answer = answer.await?;
        if let Some(status) = answer.headers().get("grpc-status") {
            return Ok(status.to_str().unwrap_or("not a number").to_string());
        }
        let mut body = answer.into_body();
        while let Some(data) = body.data().await {
            body.flow_control().release_capacity(data?.len())?;
        }
        let trailers = body.trailers().await?.unwrap_or_default();
        let status = trailers.get("grpc-status").and_then(|status| status.to_str().ok());
        Ok::<_, h2::Error>(status.unwrap_or("none").to_string())
    };
    let result = tokio::time::timeout(PATIENCE, call).await;
    driver.abort();
    match result {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => error.to_string(),
        Err(_) => panic!("no answer within {PATIENCE:?}"),
    }
}
