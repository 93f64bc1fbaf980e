//! The codec of services whose answers are already encoded: stored bytes go to the wire as they are.

use std::marker::PhantomData;

use bytes::{Buf, BufMut, Bytes};
use prost::Message;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Status};

/// An encoded message.
#[derive(Clone, Debug)]
pub struct Encoded(pub Bytes);

impl<M: Message> From<&M> for Encoded {
    fn from(message: &M) -> Self {
        Self(message.encode_to_vec().into())
    }
}

/// Sends [`Encoded`] bytes, receives `Request` messages.
pub struct EncodedCodec<Answer, Request>(PhantomData<(Answer, Request)>);

impl<Answer, Request> Default for EncodedCodec<Answer, Request> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<Request> Codec for EncodedCodec<Encoded, Request>
where
    Request: Message + Default + Send + 'static,
{
    type Encode = Encoded;
    type Decode = Request;
    type Encoder = EncodedEncoder;
    type Decoder = RequestDecoder<Request>;

    fn encoder(&mut self) -> Self::Encoder {
        EncodedEncoder
    }

    fn decoder(&mut self) -> Self::Decoder {
        RequestDecoder(PhantomData)
    }
}

/// Copies the bytes into the frame.
pub struct EncodedEncoder;

impl Encoder for EncodedEncoder {
    type Item = Encoded;
    type Error = Status;

    fn encode(&mut self, item: Self::Item, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.reserve(item.0.len());
        buffer.put(item.0);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

/// Decodes a request; what cannot be decoded is answered as grpc-go answers it.
pub struct RequestDecoder<Request>(PhantomData<Request>);

impl<Request: Message + Default> Decoder for RequestDecoder<Request> {
    type Item = Request;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        Request::decode(bytes)
            .map(Some)
            .map_err(|error| Status::new(Code::Internal, format!("grpc: error unmarshalling request: {error}")))
    }
}
