//! gRPC by hand on HTTP/2: what a request needs and nothing else.

use std::cell::RefCell;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use prost::Message;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tonic::Code;

use crate::client::{ClientError, SEND_BYTES_MAX, TlsConfig};
use crate::pb::rpc_error::RpcError;

const WINDOW_BYTES: u32 = 8 << 20;
const FRAME_HEAD_BYTES: usize = 5;

/// The gRPC methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rpc {
    Authenticate,
    Compact,
    HashKv,
    LeaseGrant,
    LeaseKeepAlive,
    Lock,
    Put,
    Range,
    RangeStream,
    Status,
    Txn,
    Unlock,
    Watch,
}

impl Rpc {
    const fn path(self) -> &'static str {
        match self {
            Self::Authenticate => "/etcdserverpb.Auth/Authenticate",
            Self::Compact => "/etcdserverpb.KV/Compact",
            Self::HashKv => "/etcdserverpb.Maintenance/HashKV",
            Self::LeaseGrant => "/etcdserverpb.Lease/LeaseGrant",
            Self::LeaseKeepAlive => "/etcdserverpb.Lease/LeaseKeepAlive",
            Self::Lock => "/v3lockpb.Lock/Lock",
            Self::Put => "/etcdserverpb.KV/Put",
            Self::Range => "/etcdserverpb.KV/Range",
            Self::RangeStream => "/etcdserverpb.KV/RangeStream",
            Self::Status => "/etcdserverpb.Maintenance/Status",
            Self::Txn => "/etcdserverpb.KV/Txn",
            Self::Unlock => "/v3lockpb.Lock/Unlock",
            Self::Watch => "/etcdserverpb.Watch/Watch",
        }
    }
}

/// One HTTP/2 connection, made at its first use.
pub struct Connection {
    pub endpoint: String,
    authority: String,
    tls: Option<TlsConfig>,
    headers: HeaderMap,
    /// No request may be larger.
    send_bytes_max: usize,
    sender: tokio::sync::OnceCell<SendRequest<Bytes>>,
    /// The address of the method called last.
    uri: RefCell<Option<(Rpc, Uri)>>,
}

impl Connection {
    /// # Errors
    /// The endpoint is not `host:port` with or without `http://` or `https://`.
    pub fn new(endpoint: &str, tls: Option<&TlsConfig>) -> Result<Self, String> {
        let (tls, address) = match endpoint.split_once("://") {
            None => (tls.cloned(), endpoint),
            Some(("http", rest)) => (None, rest),
            Some(("https", rest)) => (Some(tls.cloned().unwrap_or_default()), rest),
            Some(_) => return Err(format!("{endpoint}: bench speaks HTTP over TCP alone")),
        };
        let authority = address.trim_end_matches('/').to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        Ok(Self {
            endpoint: authority.clone(),
            authority,
            tls,
            headers,
            send_bytes_max: SEND_BYTES_MAX,
            sender: tokio::sync::OnceCell::new(),
            uri: RefCell::new(None),
        })
    }

    /// Sends this token with every request from now on.
    pub fn set_token(&mut self, token: &str) -> Result<(), String> {
        let token = HeaderValue::from_str(token).map_err(|error| error.to_string())?;
        self.headers.insert("token", token);
        Ok(())
    }

    /// Sets what a request may have in bytes; 0 for what etcd's client allows.
    pub fn set_send_limit(&mut self, bytes: usize) {
        self.send_bytes_max = if bytes == 0 { SEND_BYTES_MAX } else { bytes };
    }

    /// Calls a method with an encoded message; returns all messages of the answer, one behind the other: for a
    /// repeated message that is their merge.
    ///
    /// # Errors
    /// The error as etcd's client prints it.
    pub async fn call(&self, rpc: Rpc, message: &impl Message) -> Result<Bytes, String> {
        let bytes = message.encoded_len();
        if bytes > self.send_bytes_max {
            return Err(ClientError::request_too_large(bytes, self.send_bytes_max).to_string());
        }
        let (response, mut send) = self.request(rpc).await?;
        send.send_data(frame(message), true).map_err(lost)?;
        let mut answers = Answers::new(response);
        let Some(first) = answers.next().await? else { return Ok(Bytes::new()) };
        let Some(second) = answers.next().await? else { return Ok(first) };
        let mut merged = BytesMut::from(&first[..]);
        merged.put(second);
        while let Some(more) = answers.next().await? {
            merged.put(more);
        }
        Ok(merged.freeze())
    }

    /// The same, with the answer decoded.
    pub async fn ask<A: Message + Default>(&self, rpc: Rpc, message: &impl Message) -> Result<A, String> {
        A::decode(self.call(rpc, message).await?).map_err(|error| error.to_string())
    }

    /// Opens a stream in both directions.
    pub async fn open(&self, rpc: Rpc) -> Result<Duplex, String> {
        let (response, send) = self.request(rpc).await?;
        Ok(Duplex { send, answers: Answers::new(response) })
    }

    async fn request(&self, rpc: Rpc) -> Result<(ResponseFuture, SendStream<Bytes>), String> {
        let sender = self.sender.get_or_try_init(|| connect(&self.authority, self.tls.as_ref())).await?;
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri(rpc)?;
        *request.headers_mut() = self.headers.clone();
        let mut sender = sender.clone().ready().await.map_err(lost)?;
        sender.send_request(request, false).map_err(lost)
    }

    fn uri(&self, rpc: Rpc) -> Result<Uri, String> {
        let mut cached = self.uri.borrow_mut();
        match &*cached {
            Some((method, uri)) if *method == rpc => Ok(uri.clone()),
            _ => {
                let uri = Uri::builder()
                    .scheme(if self.tls.is_some() { "https" } else { "http" })
                    .authority(&self.authority[..])
                    .path_and_query(PathAndQuery::from_static(rpc.path()))
                    .build()
                    .map_err(|error| format!("{}: {error}", self.authority))?;
                *cached = Some((rpc, uri.clone()));
                Ok(uri)
            }
        }
    }
}

async fn connect(authority: &str, tls: Option<&TlsConfig>) -> Result<SendRequest<Bytes>, String> {
    let tcp = TcpStream::connect(authority).await.map_err(|error| format!("connect to {authority}: {error}"))?;
    tcp.set_nodelay(true).map_err(|error| error.to_string())?;
    let Some(tls) = tls else { return handshake(tcp).await };
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let stream = tls.wrap(tcp, host, b"h2").await.map_err(|error| format!("TLS with {authority}: {error}"))?;
    handshake(stream).await
}

async fn handshake(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<SendRequest<Bytes>, String> {
    let (sender, connection) = h2::client::Builder::new()
        .initial_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .handshake(stream)
        .await
        .map_err(lost)?;
    tokio::spawn(connection); // ends with the connection; requests on it tell the error
    Ok(sender)
}

/// Requests and answers of one stream.
pub struct Duplex {
    send: SendStream<Bytes>,
    answers: Answers,
}

impl Duplex {
    pub fn send(&mut self, message: &impl Message) -> Result<(), String> {
        self.send.send_data(frame(message), false).map_err(lost)
    }

    /// The next answer; the stream's end is an error.
    pub async fn next<A: Message + Default>(&mut self) -> Result<A, String> {
        let answer = self.answers.next().await?.ok_or("the stream has ended")?;
        A::decode(answer).map_err(|error| error.to_string())
    }
}

/// The messages of an answer.
struct Answers {
    response: Option<ResponseFuture>,
    body: Option<RecvStream>,
    /// Received, and not taken as messages yet.
    buffer: Pending,
}

/// Bytes of the body; nearly always whole messages in one chunk, which are not copied then.
#[derive(Default)]
struct Pending {
    whole: Bytes,
    parts: BytesMut,
}

impl Pending {
    fn push(&mut self, chunk: Bytes) {
        if self.whole.is_empty() && self.parts.is_empty() {
            self.whole = chunk;
        } else {
            self.parts.put(std::mem::take(&mut self.whole));
            self.parts.put(chunk);
        }
    }

    fn take_message(&mut self) -> Option<Bytes> {
        let bytes: &[u8] = if self.parts.is_empty() { &self.whole } else { &self.parts };
        let head: &[u8; FRAME_HEAD_BYTES] = bytes.first_chunk()?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if bytes.len() < FRAME_HEAD_BYTES + length {
            return None;
        }
        if self.parts.is_empty() {
            self.whole.advance(FRAME_HEAD_BYTES);
            Some(self.whole.split_to(length))
        } else {
            self.parts.advance(FRAME_HEAD_BYTES);
            Some(self.parts.split_to(length).freeze())
        }
    }
}

impl Answers {
    fn new(response: ResponseFuture) -> Self {
        Self { response: Some(response), body: None, buffer: Pending::default() }
    }

    /// `None` at the good end.
    async fn next(&mut self) -> Result<Option<Bytes>, String> {
        if let Some(response) = self.response.take() {
            let (head, body) = response.await.map_err(lost)?.into_parts();
            // An error before any message comes as headers alone.
            check_status(&head.headers)?;
            self.body = Some(body);
        }
        loop {
            if let Some(message) = self.buffer.take_message() {
                return Ok(Some(message));
            }
            let Some(body) = &mut self.body else { return Ok(None) };
            match body.data().await {
                Some(chunk) => {
                    let chunk = chunk.map_err(lost)?;
                    body.flow_control().release_capacity(chunk.len()).map_err(lost)?;
                    self.buffer.push(chunk);
                }
                None => {
                    let trailers = body.trailers().await.map_err(lost)?;
                    self.body = None;
                    return trailers.map_or(Ok(None), |trailers| check_status(&trailers).map(|()| None));
                }
            }
        }
    }
}

fn frame(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut frame = Vec::with_capacity(FRAME_HEAD_BYTES + length);
    frame.put_u8(0); // not compressed
    frame.put_u32(u32::try_from(length).expect("messages are below 4 GiB"));
    message.encode(&mut frame).expect("the buffer grows");
    frame.into()
}

fn check_status(headers: &HeaderMap) -> Result<(), String> {
    let Some(status) = headers.get("grpc-status") else { return Ok(()) };
    if status == "0" {
        return Ok(());
    }
    let code = Code::from_bytes(status.as_bytes());
    let message = headers.get("grpc-message").map_or(&b""[..], HeaderValue::as_bytes);
    Err(error_text(code, &percent_decode(message)))
}

fn lost(error: h2::Error) -> String {
    error_text(Code::Unavailable, &error.to_string())
}

/// As etcd's client prints it.
fn error_text(code: Code, message: &str) -> String {
    match RpcError::from_text(message) {
        Some(error) if error.is_known() => message.to_owned(),
        // Go's name of the code, which for this one is not that of the standard.
        _ if code == Code::Cancelled => format!("rpc error: code = Canceled desc = {message}"),
        _ => format!("rpc error: code = {code:?} desc = {message}"),
    }
}

fn percent_decode(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_of_any_chunks() {
        let mut all = Vec::new();
        for length in [0usize, 1, 300, 5] {
            all.put_u8(0);
            all.put_u32(u32::try_from(length).unwrap());
            all.extend(std::iter::repeat_n(b'x', length));
        }
        for size in [1, 3, 7, 306, all.len()] {
            let mut pending = Pending::default();
            let mut lengths = Vec::new();
            for chunk in all.chunks(size) {
                pending.push(Bytes::copy_from_slice(chunk));
                lengths.extend(std::iter::from_fn(|| pending.take_message()).map(|message| message.len()));
            }
            assert_eq!(lengths, [0, 1, 300, 5], "chunks of {size}");
        }
    }

    #[test]
    fn errors_read_as_in_etcds_client() {
        let text = |code, message: &str| error_text(code, &percent_decode(message.as_bytes()));
        for (code, message, expected) in [
            (Code::Unavailable, "etcdserver: no leader", "etcdserver: no leader"),
            (Code::Cancelled, "gone", "rpc error: code = Canceled desc = gone"),
            (Code::Internal, "50%25 %zz %", "rpc error: code = Internal desc = 50% %zz %"),
        ] {
            assert_eq!(text(code, message), expected);
        }
    }
}
