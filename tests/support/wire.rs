//! gRPC with messages as they are on the wire: nothing that a generated client would refuse or repair.

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::wait::PATIENCE;

#[derive(Clone, Copy, Default)]
struct RawCodec;

impl Codec for RawCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(length)))
    }
}

fn grpc(channel: &Channel) -> Grpc<Channel> {
    Grpc::new(channel.clone()).max_decoding_message_size(usize::MAX).max_encoding_message_size(usize::MAX)
}

fn path(path: &str) -> PathAndQuery {
    path.parse().expect("the path of a gRPC method")
}

/// A request by the holder of this token.
fn request<T>(message: T, token: Option<&str>) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(token) = token {
        request.metadata_mut().insert("token", token.parse().expect("a token"));
    }
    request
}

/// One message there, one back.
pub async fn unary(channel: &Channel, method: &str, message: Bytes) -> Result<Bytes, Status> {
    unary_as(channel, None, method, message).await
}

/// The same by the holder of a token.
pub async fn unary_as(channel: &Channel, token: Option<&str>, method: &str, message: Bytes) -> Result<Bytes, Status> {
    let mut grpc = grpc(channel);
    let call = async {
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        Ok(grpc.unary(request(message, token), path(method), RawCodec).await?.into_inner())
    };
    tokio::time::timeout(PATIENCE, call).await.unwrap_or_else(|_| Err(Status::deadline_exceeded("test: no answer")))
}

/// One message there, all that come back until the end.
pub async fn server_stream(channel: &Channel, method: &str, message: Bytes) -> Result<Vec<Bytes>, Status> {
    server_stream_as(channel, None, method, message).await
}

/// The same by the holder of a token.
pub async fn server_stream_as(
    channel: &Channel,
    token: Option<&str>,
    method: &str,
    message: Bytes,
) -> Result<Vec<Bytes>, Status> {
    let mut grpc = grpc(channel);
    let call = async {
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let mut stream = grpc.server_streaming(request(message, token), path(method), RawCodec).await?.into_inner();
        let mut messages = Vec::new();
        while let Some(message) = stream.message().await? {
            messages.push(message);
        }
        Ok(messages)
    };
    tokio::time::timeout(PATIENCE, call).await.unwrap_or_else(|_| Err(Status::deadline_exceeded("test: no answer")))
}

/// A stream both ways. Dropping it ends the call.
pub struct Duplex {
    pub send: mpsc::UnboundedSender<Bytes>,
    pub receive: mpsc::UnboundedReceiver<Result<Bytes, Status>>,
}

/// Makes a call that may take long: one message there, what comes back is received later.
pub fn open_as(channel: &Channel, token: Option<String>, method: String, message: Bytes) -> Duplex {
    let (send, _) = mpsc::unbounded_channel();
    let (incoming, receive) = mpsc::unbounded_channel();
    let mut grpc = grpc(channel);
    tokio::spawn(async move {
        let run = async {
            grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
            let request = request(message, token.as_deref());
            let mut stream = grpc.server_streaming(request, path(&method), RawCodec).await?.into_inner();
            while let Some(message) = stream.message().await? {
                if incoming.send(Ok(message)).is_err() {
                    break;
                }
            }
            Ok::<(), Status>(())
        };
        tokio::select! {
            result = run => if let Err(status) = result {
                incoming.send(Err(status)).ok();
            },
            () = incoming.closed() => {}
        }
    });
    Duplex { send, receive }
}

/// Opens a stream. A server may send nothing, headers included, before it has something to say: so this does not
/// wait for it.
pub fn duplex(channel: &Channel, method: &'static str) -> Duplex {
    duplex_as(channel, None, method)
}

/// The same by the holder of a token.
pub fn duplex_as(channel: &Channel, token: Option<String>, method: &'static str) -> Duplex {
    let (send, outgoing) = mpsc::unbounded_channel();
    let (incoming, receive) = mpsc::unbounded_channel();
    let mut grpc = grpc(channel);
    tokio::spawn(async move {
        let run = async {
            grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
            let requests = request(UnboundedReceiverStream::new(outgoing), token.as_deref());
            let mut stream = grpc.streaming(requests, path(method), RawCodec).await?.into_inner();
            while let Some(message) = stream.message().await? {
                if incoming.send(Ok(message)).is_err() {
                    break;
                }
            }
            Ok::<(), Status>(())
        };
        tokio::select! {
            result = run => if let Err(status) = result {
                incoming.send(Err(status)).ok();
            },
            () = incoming.closed() => {}
        }
    });
    Duplex { send, receive }
}
